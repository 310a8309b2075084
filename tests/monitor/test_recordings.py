"""Recordings are kept beside the intake, never in its way."""

import base64
import errno
import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from proxy.export import catalog
from proxy.export.series import Board
from proxy.monitor import recordings
from proxy.monitor.folder import Folder
from proxy.monitor.recordings import MOST_WAITING, RETRY_SECONDS, RecordingFiles
from proxy.settings import Route
from tests.make import make_body, make_frame, make_recording
from tests.monitor.process import MonitorProcess, wait_until

CHAT = {"name": "openai", "prefix": "/o", "upstream": "http://127.0.0.1:1"}
FULL = Route.model_validate({**CHAT, "content": "full"})
REDACTED = Route.model_validate({**CHAT, "content": "redacted"})
NONE = Route.model_validate(CHAT)
MAIL = b'{"to":"jane@example.com"}'


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class FakeFolder(Folder):
    """Keeps lines in memory; fails while `error` is set, waits while `gate` is shut."""

    def __init__(self, max_size: int = 10**9) -> None:
        super().__init__(Path("/nowhere"), max_size, 1000.0)
        self.lines: list[bytes] = []
        self.error: int | None = None
        self.gate = threading.Event()
        self.gate.set()

    def append(self, lines: bytes, now: float) -> None:
        self.gate.wait(10)
        if self.error is not None:
            raise OSError(self.error, os.strerror(self.error))
        self.lines += lines.splitlines()

    def tend(self, now: float) -> None:
        pass


class Bench:
    """A keeper over a fake folder, driven by hand instead of by its thread."""

    def __init__(self, *routes: Route, max_size: int = 10**9) -> None:
        self.folder = FakeFolder(max_size)
        self.clock = Clock()
        self.keeper = RecordingFiles(self.folder, routes, Clock(), self.clock)

    def keep(self, **given: Any) -> None:
        self.keeper.offer(make_recording(**given), "openai.chat")
        batch = self.keeper.taken()
        assert batch is not None
        self.keeper.write(batch)

    def rows(self) -> list[Any]:
        return [json.loads(line) for line in self.folder.lines]

    def drops(self, reason: str) -> float:
        board = Board()
        self.keeper.refresh(board)
        return board.tally(catalog.DROPPED).values["recordings", reason]

    def level(self, metric: catalog.Metric) -> float:
        board = Board()
        self.keeper.refresh(board)
        return board.tally(metric).values[()]


def test_bodies_are_kept_of_routes_whose_content_is_full() -> None:
    bench = Bench(FULL)
    bench.keep(request_body=make_body(b"abc"))
    [row] = bench.rows()
    assert row["request"]["body_b64"] == "YWJj"


def test_bodies_are_redacted_of_routes_whose_content_is_redacted() -> None:
    bench = Bench(REDACTED)
    bench.keep(request_body=make_body(MAIL))
    [row] = bench.rows()
    assert base64.b64decode(row["request"]["body_b64"]) == b'{"to":"<email>"}'
    assert row["request"]["body_source"] == "redacted"
    assert bench.drops("unredactable") == 0


def test_a_body_that_cannot_be_redacted_is_not_kept_and_counted() -> None:
    bench = Bench(REDACTED)
    bench.keep(request_body=make_body(MAIL[:-1]))
    [row] = bench.rows()
    assert row["request"]["body_b64"] is None
    assert row["request"]["body_source"] == "not_kept"
    assert bench.drops("unredactable") == 1
    assert b"jane" not in b"".join(bench.folder.lines)


def test_a_reload_leaves_what_waits_as_it_was_taken() -> None:
    """Or what was taken to be redacted would be kept in full."""
    bench = Bench(REDACTED)
    bench.keeper.offer(make_recording(request_body=make_body(MAIL)), "other")
    bench.keeper.reload([FULL])
    bench.keeper.write(bench.keeper.taken() or [])
    assert b"jane" not in base64.b64decode(bench.rows()[0]["request"]["body_b64"])


def test_that_names_stay_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(REDACTED)
    bench.keeper.start()
    for _ in range(3):
        bench.keeper.offer(make_recording(), "other")
    bench.keeper.stop(10)
    [said] = caplog.records
    assert said.message.startswith("person names are not redacted")


def test_a_dead_thread_removes_nothing_and_says_so() -> None:
    bench = Bench(NONE)
    done = bench.keeper.remove("a", ())
    bench.keeper.die([])
    for future in (done, bench.keeper.remove("a", ())):
        with pytest.raises(OSError, match="not written any more"):
            future.result(0)


def test_a_removal_nobody_waits_for_any_more_is_left_out() -> None:
    bench = Bench(NONE)
    assert bench.keeper.remove("a", ()).cancel()
    bench.keeper.obey()
    assert bench.keeper.orders == []


@pytest.mark.parametrize("route", ["openai", None, "elsewhere"])
def test_bodies_of_other_routes_never_reach_the_queue(route: str | None) -> None:
    bench = Bench(NONE)
    bench.keeper.offer(make_recording(route=route), "openai.chat")
    [item] = bench.keeper.waiting
    waiting = item.recording
    assert waiting.request_body.slices == waiting.response_body.slices == []
    assert waiting.response_body.total == len(b'{"id":"1"}')


def test_a_reload_changes_whose_bodies_are_kept() -> None:
    bench = Bench(FULL)
    bench.keeper.reload([NONE])
    bench.keep()
    [row] = bench.rows()
    assert row["request"]["body_b64"] is None
    assert row["seatrial"]["request_body"]["total"] == len(b'{"model":"m"}')


def test_a_full_queue_drops_and_counts() -> None:
    bench = Bench(NONE)
    for _ in range(MOST_WAITING + 3):
        bench.keeper.offer(make_recording(), "openai.chat")
    assert len(bench.keeper.waiting) == MOST_WAITING
    assert bench.drops("queue_full") == 3


def test_waiting_bytes_are_bounded() -> None:
    bench = Bench(FULL)
    body = make_body(b"x" * 2**20)
    for _ in range(100):
        bench.keeper.offer(make_recording(request_body=body), "openai.chat")
    assert bench.level(catalog.WRITE_QUEUE) <= recordings.MOST_WAITING_BYTES
    assert bench.drops("queue_full") > 30


def test_a_failing_disk_is_counted_logged_once_and_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    bench = Bench(NONE)
    bench.folder.error = errno.ENOSPC
    bench.keep()
    bench.keep()
    bench.clock.now += RETRY_SECONDS
    bench.keep()
    assert bench.drops("write_failed") == 3
    assert bench.level(catalog.WRITE_FAILING) == 1
    bench.folder.error = None
    bench.keep()
    assert bench.drops("write_failed") == 4
    bench.clock.now += RETRY_SECONDS
    bench.keep()
    assert bench.level(catalog.WRITE_FAILING) == 0
    assert bench.level(catalog.WRITTEN) == 1
    assert [record.message for record in caplog.records] == [
        "recordings cannot be written",
        "recordings are written again",
    ]


def test_a_recording_larger_than_the_folder_may_be_is_dropped() -> None:
    bench = Bench(FULL, max_size=4096)
    bench.keep(request_body=make_body(b"x" * 5000))
    bench.keep(request_body=make_body(b"x"))
    assert bench.drops("too_large") == 1
    assert len(bench.rows()) == 1


@pytest.fixture
def stalled() -> Iterator[Bench]:
    bench = Bench(NONE)
    bench.folder.gate.clear()
    bench.keeper.start()
    yield bench
    bench.folder.gate.set()
    bench.keeper.stop(10)


def test_a_stalled_disk_does_not_stop_the_intake(stalled: Bench) -> None:
    for _ in range(3 * MOST_WAITING):
        stalled.keeper.offer(make_recording(), "openai.chat")
    assert stalled.drops("queue_full") > 0
    stalled.folder.gate.set()
    stalled.keeper.stop(10)
    kept = len(stalled.folder.lines)
    assert kept + stalled.drops("queue_full") == 3 * MOST_WAITING


def test_stopping_does_not_wait_for_a_dead_disk(stalled: Bench) -> None:
    stalled.keeper.offer(make_recording(), "openai.chat")
    stalled.keeper.stop(0.05)
    assert stalled.keeper.thread.is_alive()


class BrokenFolder(FakeFolder):
    def append(self, lines: bytes, now: float) -> None:
        raise AttributeError("a bug of ours")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_what_a_dead_writer_leaves_unwritten_is_counted() -> None:
    bench = Bench()
    bench.keeper.folder = BrokenFolder()
    bench.keeper.offer(make_recording(), "openai.chat")
    bench.keeper.start()
    bench.keeper.thread.join(10)
    bench.keeper.offer(make_recording(), "openai.chat")
    assert bench.drops("write_failed") == 2
    assert bench.level(catalog.WRITE_FAILING) == 1


def test_the_process_goes_on_while_the_folder_is_a_file(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.touch()
    monitor = MonitorProcess(tmp_path, recordings={"write": str(kept)})
    with monitor, monitor.relay() as relay:
        relay.sendall(make_frame(make_recording()))
        monitor.wait_value(
            1, "seatrial_dropped_total", stage="recordings", reason="write_failed"
        )
        assert monitor.value("seatrial_recordings_received_total") == 1
        assert monitor.value("seatrial_recordings_write_failing") == 1
        kept.unlink()

        def written_again() -> bool:
            relay.sendall(make_frame(make_recording()))
            return monitor.value("seatrial_recordings_write_failing") == 0

        wait_until(written_again, "the folder can be made")
        assert list(kept.glob("*.jsonl"))
