"""What stands between the monitor and the store: bounded, in order, and counted."""

import asyncio
from typing import cast

import pytest

from proxy.store import queue as queues
from proxy.store.batch import Batch, Measured
from proxy.store.faults import StoreUnavailable
from proxy.store.port import Store
from proxy.store.queue import Queue
from proxy.store.rows import Account
from tests.store.examples import AT, make_exchange_row, make_series


class MemoryStore:
    """Keeps batches; `fault` is what the next writes end with."""

    place = "memory"

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.fault: StoreUnavailable | None = None
        self.before: list[Account] = []

    async def accounts(self) -> list[Account]:
        return self.before

    async def write(self, batch: Batch) -> None:
        if self.fault is not None:
            raise self.fault
        self.batches.append(batch)

    async def close(self) -> None: ...


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def queue(store):
    return Queue(cast("Store", store), "w", lambda: 100.0, lambda: AT)


def offer(queue: Queue, n: int = 1) -> None:
    for _ in range(n):
        queue.count(make_series(), AT, Measured())


def turn(queue: Queue) -> bool:
    return asyncio.run(queue.turn())


def exchanges(store: MemoryStore) -> list[int]:
    return [batch.exchanges for batch in store.batches]


def test_what_was_offered_is_one_batch(queue, store):
    offer(queue, 3)
    assert turn(queue)
    assert exchanges(store) == [3]
    assert queue.waiting() == 0


def test_nothing_is_no_batch(queue, store):
    assert turn(queue)
    assert store.batches == []


def test_failed_batch_is_written_later_with_its_number(queue, store):
    offer(queue, 3)
    store.fault = StoreUnavailable("full", "disk full")
    assert not turn(queue)
    offer(queue, 2)
    assert not turn(queue)
    store.fault = None
    assert turn(queue)
    assert turn(queue)
    assert [(b.number, b.exchanges) for b in store.batches] == [(1, 3), (2, 2)]


def test_health_says_what_is_wrong_and_when_it_is_over(queue, store):
    offer(queue)
    store.fault = StoreUnavailable("full", "disk full")
    turn(queue)
    assert (queue.health.fault, queue.health.problem) == ("full", "disk full")
    store.fault = None
    turn(queue)
    assert queue.health.fault is None
    assert queue.health.written == 100.0


def test_fault_is_logged_once(queue, store, caplog):
    offer(queue)
    store.fault = StoreUnavailable("full", "disk full")
    for _ in range(5):
        turn(queue)
    assert caplog.messages == ["store cannot be written"]


def test_rows_past_the_bound_are_dropped_and_counted(queue, monkeypatch):
    monkeypatch.setattr(queues, "MOST_ROWS", 2)
    for n in range(5):
        queue.append(make_exchange_row(id=f"x-{n}"))
    assert queue.pending.length == 2
    assert queue.dropped["rows_full"] == 3


def test_rollups_past_the_bound_are_dropped_and_counted(queue, monkeypatch):
    monkeypatch.setattr(queues, "MOST_KEYS", 2)
    for n in range(5):
        queue.count(make_series(), AT + 60 * n, Measured())
    assert queue.pending.exchanges == 2
    assert queue.dropped["rollups_full"] == 3


def test_full_queue_goes_on_counting_what_it_has(queue, monkeypatch):
    monkeypatch.setattr(queues, "MOST_KEYS", 1)
    offer(queue, 5)
    assert queue.pending.exchanges == 5


def test_end_writes_what_is_in_hand_and_what_came_since(queue, store):
    offer(queue)
    store.fault = StoreUnavailable("locked", "locked")
    turn(queue)
    offer(queue)
    store.fault = None
    asyncio.run(queue.finish())
    assert exchanges(store) == [1, 1]
    assert queue.dropped["stopped"] == 0


def test_what_cannot_be_written_at_the_end_is_counted(queue, store):
    offer(queue, 3)
    store.fault = StoreUnavailable("full", "disk full")
    asyncio.run(queue.finish())
    assert queue.dropped["stopped"] == 3


def test_batch_carries_how_far_the_relays_were(queue, store):
    queue.accounts.heartbeat("b", "relay-0", 10, 0)
    queue.accounts.received("b", "relay-0")
    offer(queue)
    turn(queue)
    assert store.batches[0].accounts == (Account("b", "relay-0", 10, 0, 1, 0, AT),)


def test_loss_by_an_earlier_kill_is_in_the_first_batch(queue, store):
    store.before = [Account("b", "relay-0", 10, 0, 5, 0, AT)]
    queue.accounts.heartbeat("b", "relay-0", 18, 0)
    offer(queue)
    turn(queue)
    offer(queue)
    turn(queue)
    (event,) = store.batches[0].events.items()
    assert event[0][1:3] == ("loss", "kill")
    assert event[1] == 3
