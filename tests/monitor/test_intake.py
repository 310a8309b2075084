"""A connection takes any bytes: it counts frames, holds a bounded rest, or ends."""

import os
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.export import catalog
from proxy.export.series import Board
from proxy.monitor import intake
from proxy.monitor.intake import MOST_CONNECTIONS, Connection, Intake
from proxy.monitor.worker import Worker
from proxy.recording.frames import HEADER
from proxy.recording.recording import VERSION
from proxy.settings import Instance
from tests.make import make_frame, make_heartbeat, make_recording

FRAMES = make_frame(make_recording()) + make_frame(make_heartbeat())


class FakeSocket:
    def __init__(self, uid: int) -> None:
        self.uid = uid

    def getsockopt(self, *_: int) -> bytes:
        return struct.pack("3i", 1, self.uid, 1)


class FakeTransport:
    """What a connection uses of a transport; `uid` is the peer's."""

    def __init__(self, uid: int) -> None:
        self.socket = FakeSocket(uid)
        self.closed = False

    def get_extra_info(self, _: str) -> FakeSocket:
        return self.socket

    def is_closing(self) -> bool:
        return self.closed

    def abort(self) -> None:
        self.closed = True


def make_intake() -> Intake:
    worker = Worker(Board(), [], workers=1, clock=lambda: 0.0, secret=b"s")
    return Intake(Instance(run_dir=Path("/nowhere")), worker)


def connect(found: Intake, uid: int | None = None) -> tuple[Connection, FakeTransport]:
    transport = FakeTransport(os.geteuid() if uid is None else uid)
    connection = Connection(found)
    untyped: Any = transport
    connection.connection_made(untyped)
    return connection, transport


def received(found: Intake) -> float:
    return found.worker.board.tally(catalog.RECEIVED).values[()]


def drops(found: Intake, reason: str) -> float:
    return found.worker.dropped.values["monitor", reason]


@given(st.lists(st.binary(max_size=50), max_size=20))
def test_garbage_never_raises_and_little_of_it_is_held(chunks: list[bytes]) -> None:
    found = make_intake()
    connection, transport = connect(found)
    for chunk in chunks:
        connection.data_received(chunk)
    assert found.partial <= sum(map(len, chunks))
    assert drops(found, "undecodable") == (1 if transport.closed else 0)
    connection.connection_lost(None)
    assert found.partial == 0
    assert not found.connections


@given(st.integers(0, len(FRAMES)), st.binary(min_size=8, max_size=50))
def test_frames_before_garbage_are_counted(cut: int, garbage: bytes) -> None:
    found = make_intake()
    connection, _ = connect(found)
    connection.data_received(FRAMES[:cut])
    connection.data_received(FRAMES[cut:])
    connection.data_received(b"\xff" * HEADER.size + garbage)
    connection.data_received(FRAMES)
    assert received(found) == 1
    assert drops(found, "undecodable") == 1


def test_another_user_is_turned_away() -> None:
    found = make_intake()
    connection, transport = connect(found, uid=os.geteuid() + 1)
    connection.data_received(FRAMES)
    assert transport.closed
    assert drops(found, "stranger") == 1
    assert received(found) == 0


def test_connections_are_bounded() -> None:
    found = make_intake()
    transports = [connect(found)[1] for _ in range(MOST_CONNECTIONS + 1)]
    assert [t.closed for t in transports] == [False] * MOST_CONNECTIONS + [True]
    assert drops(found, "connections") == 1


def test_half_frames_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PARTIAL_LIMIT", 1_000)
    found = make_intake()
    half = HEADER.pack(10_000, VERSION) + b"x" * 600
    first, kept = connect(found)
    second, refused = connect(found)
    first.data_received(half)
    second.data_received(half)
    assert (kept.closed, refused.closed) == (False, True)
    assert drops(found, "partial") == 1
    second.connection_lost(None)
    assert found.partial == len(half)
