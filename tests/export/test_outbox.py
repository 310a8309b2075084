"""Whatever the other side does, offering never waits and every loss is counted."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from proxy.export.otel_outbox import Limits, Outbox

AT_ONCE = Limits(queue=100, batch=1, delay_seconds=60.0)


class Collector:
    """Answers as told, once it may."""

    def __init__(self, takes: bool = True) -> None:
        self.takes = takes
        self.batches: list[list[int]] = []
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.asked = threading.Event()

    def send(self, batch: list[int]) -> bool:
        self.asked.set()
        self.may_answer.wait()
        self.batches.append(batch)
        return self.takes


@contextmanager
def outbox(collector: Collector, limits: Limits = AT_ONCE) -> Iterator[Outbox[int]]:
    found = Outbox("test", collector.send, limits)
    yield found
    collector.may_answer.set()
    found.begin_stop()
    assert found.is_over(time.monotonic() + 10)


def test_what_is_offered_is_sent_in_order() -> None:
    collector = Collector()
    with outbox(collector, Limits(100, 2, 60.0)) as box:
        for number in range(5):
            box.offer(number)
    assert [n for batch in collector.batches for n in batch] == [0, 1, 2, 3, 4]
    assert max(map(len, collector.batches)) <= 2


def test_a_full_outbox_drops_and_counts() -> None:
    collector = Collector()
    collector.may_answer.clear()
    with outbox(collector, Limits(3, 1, 60.0)) as box:
        box.offer(0)
        assert collector.asked.wait(10)
        for number in range(1, 6):
            box.offer(number)
        assert box.lost["full"] == 2
    assert [n for batch in collector.batches for n in batch] == [0, 1, 2, 3]


def test_what_a_collector_refuses_is_counted() -> None:
    with outbox(Collector(takes=False)) as box:
        box.offer(1)
        box.offer(2)
    assert box.lost == {"full": 0, "failed": 2, "shutdown": 0}


def test_an_exporter_that_raises_is_a_failure_and_not_the_end() -> None:
    calls: list[int] = []

    def send(batch: list[int]) -> bool:
        calls.extend(batch)
        if len(calls) == 1:
            raise ValueError("closed")
        return True

    box = Outbox("test", send, AT_ONCE)
    box.offer(1)
    box.offer(2)
    box.begin_stop()
    assert box.is_over(time.monotonic() + 10)
    assert calls == [1, 2]
    assert box.lost["failed"] == 1


def test_what_a_silent_collector_holds_is_counted_at_the_end() -> None:
    collector = Collector()
    collector.may_answer.clear()
    box = Outbox("test", collector.send, AT_ONCE)
    box.offer(1)
    assert collector.asked.wait(10)
    box.offer(2)
    box.begin_stop()
    assert not box.is_over(time.monotonic() + 0.05)
    box.give_up()
    assert box.lost["shutdown"] == 2
    collector.may_answer.set()
    assert box.is_over(time.monotonic() + 10)


def test_nothing_is_taken_after_the_end() -> None:
    collector = Collector()
    with outbox(collector) as box:
        pass
    box.offer(1)
    assert collector.batches == []
    assert box.lost["full"] == 1


def test_failing_is_told_once_and_its_end_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    collector = Collector(takes=False)
    with outbox(collector) as box:
        for takes in (False, False, True, True):
            collector.takes = takes
            count = len(collector.batches)
            box.offer(0)
            end = time.monotonic() + 10
            while len(collector.batches) == count or box.under_way:
                assert time.monotonic() < end
                time.sleep(0.001)
    assert [record.message for record in caplog.records] == [
        "telemetry is not delivered",
        "telemetry is delivered again",
    ]
