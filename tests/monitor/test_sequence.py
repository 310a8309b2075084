"""Losses are what neither arrived nor was reported as dropped."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.monitor.sequence import MOST_BOOTS, Sequences

BOOT = b"b" * 16


def received(sequences: Sequences, count: int) -> None:
    for _ in range(count):
        sequences.received(BOOT)


def test_all_received_is_no_loss() -> None:
    sequences = Sequences()
    assert sequences.heartbeat(BOOT, 0, 0) == 0
    received(sequences, 10)
    assert sequences.heartbeat(BOOT, 10, 0) == 0


def test_drops_that_the_relay_reports_are_no_loss() -> None:
    sequences = Sequences()
    sequences.heartbeat(BOOT, 0, 0)
    received(sequences, 6)
    assert sequences.heartbeat(BOOT, 10, 4) == 0


def test_what_nobody_explains_is_lost_once() -> None:
    sequences = Sequences()
    sequences.heartbeat(BOOT, 100, 7)
    received(sequences, 5)
    assert sequences.heartbeat(BOOT, 110, 9) == 3
    assert sequences.heartbeat(BOOT, 110, 9) == 0
    received(sequences, 4)
    assert sequences.heartbeat(BOOT, 115, 9) == 1


def test_nothing_is_claimed_before_the_first_heartbeat() -> None:
    sequences = Sequences()
    received(sequences, 3)
    assert sequences.heartbeat(BOOT, 5_000, 40) == 0


def test_boots_are_counted_apart() -> None:
    sequences = Sequences()
    sequences.heartbeat(BOOT, 0, 0)
    sequences.heartbeat(b"c" * 16, 0, 0)
    received(sequences, 2)
    assert sequences.heartbeat(b"c" * 16, 2, 0) == 2
    assert sequences.heartbeat(BOOT, 2, 0) == 0


def test_a_successor_goes_on_where_its_predecessor_saved() -> None:
    first = Sequences()
    first.heartbeat(BOOT, 0, 0)
    received(first, 4)
    first.heartbeat(BOOT, 5, 0)
    second = Sequences()
    second.restore(first.state())
    received(second, 2)
    assert second.heartbeat(BOOT, 10, 1) == 2


def test_a_successor_without_the_state_claims_nothing() -> None:
    sequences = Sequences()
    received(sequences, 2)
    assert sequences.heartbeat(BOOT, 10, 1) == 0


def test_other_bytes_are_no_state() -> None:
    with pytest.raises(msgspec.DecodeError):
        Sequences().restore(b"\xc1 no state")


def test_boots_are_bounded_and_the_longest_silent_goes() -> None:
    sequences = Sequences()
    sequences.heartbeat(BOOT, 0, 0)
    for n in range(MOST_BOOTS):
        sequences.heartbeat(n.to_bytes(16, "big"), 0, 0)
    assert len(sequences.ledgers) == MOST_BOOTS
    assert BOOT not in sequences.ledgers


@given(st.lists(st.sampled_from(["received", "dropped", "lost", "beat"]), max_size=200))
def test_each_exchange_is_received_dropped_or_lost(events: list[str]) -> None:
    sequences = Sequences()
    sequences.heartbeat(BOOT, 0, 0)
    seq = drops = found = 0
    for event in [*events, "beat"]:
        match event:
            case "beat":
                found += sequences.heartbeat(BOOT, seq, drops)
                continue
            case "received":
                sequences.received(BOOT)
            case "dropped":
                drops += 1
            case _:
                pass
        seq += 1
    assert found == events.count("lost")
