"""Measuring that finds no memory is given up and counted; the exchange does not suffer."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from proxy.recording.frames import Decoder
from proxy.recording.recording import Frame, Heartbeat, Recording
from proxy.relay.credentials import Redactor
from proxy.relay.recorder import Recorder
from proxy.relay.tap import Tap
from tests.make import make_heartbeat


def test_message_that_cannot_be_encoded_leaves_no_half_frame():
    tap = Tap(Path("/nowhere"), 1024 * 1024)
    tap.offer(make_heartbeat(seq=1))
    with pytest.raises(TypeError):
        tap.offer(make_heartbeat(seq=2, settings_hash=object()))
    tap.offer(make_heartbeat(seq=3))
    decoder: Decoder[Frame] = Decoder(Recording | Heartbeat)  # type: ignore[arg-type]
    assert [beat.seq for beat in decoder.feed(bytes(tap.filling))] == [1, 3]
    assert len(tap.starts) == 2


def test_recording_without_memory_for_it_is_a_counted_drop():
    class NoMemory(Tap):
        def offer(self, message):
            raise MemoryError

    tap = NoMemory(Path("/nowhere"), 1024 * 1024)
    recorder = Recorder("relay-0", Redactor(b"s" * 32), tap)
    recorder.recording = lambda *_: None  # what it holds does not matter here
    body = SimpleNamespace(held=0)
    part = SimpleNamespace(body=body)
    recorder.record(SimpleNamespace(request=part, response=part), "complete")
    assert tap.drops == {"memory": 1}
    assert recorder.seq == 1
