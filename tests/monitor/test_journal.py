"""What the store is told of a recording: sums of all, rows of what matters, no words."""

from typing import cast

import pytest

from proxy.conversations.forgetting import Gone
from proxy.conversations.placement import Placement
from proxy.export.series import Board
from proxy.model.behaviour import Reading
from proxy.model.exchange import ExchangeError, Usage
from proxy.model.recovery import Episode
from proxy.model.signal import Signal
from proxy.monitor.journal import Journal
from proxy.monitor.signals import Seen
from proxy.monitor.target import Target
from proxy.store.port import Store
from proxy.store.queue import Queue
from proxy.store.rows import ConversationRow, ExchangeRow, RecoveryRow, SignalRow
from tests.make import make_exchange, make_heartbeat, make_marks, make_recording

ONE = Target("openai", "m", "baseline", "live")
FAILED = ExchangeError(529, None, None, "words", False, "overloaded")
MINUTE = 60


@pytest.fixture
def queue():
    return Queue(cast("Store", None), "w", lambda: 0.0, lambda: 0.0)


@pytest.fixture
def journal(queue):
    """One that samples nothing and whose clocks agree."""
    return Journal(Board(), queue, 0.0, lambda: 0.0)


def place(**given) -> Placement:
    usual = {
        "exchange": "x-1",
        "conversation": "x-0",
        "parent": "x-0",
        "evidence": "history_text",
        "confidence": "probable",
        "depth": 2,
        "call": "x-1",
        "attempt": 1,
        "fresh": 0,
    }
    return Placement(**{**usual, **given})


def take(journal, recording=None, seen=None, placed=None, one=ONE, **exchange) -> None:
    journal.take(
        recording or make_recording(),
        make_exchange(**exchange),
        placed or place(),
        one,
        seen,
    )


def rows(queue: Queue, kind: type) -> list:
    return [
        row
        for found in queue.pending.rows.values()
        for row in found
        if type(row) is kind
    ]


def the_rollup(queue: Queue):
    ((series, at), delta) = next(iter(queue.pending.rollups.items()))
    return series, at, delta


def test_every_exchange_is_summed_in_its_minute(journal, queue):
    marks = make_marks(request_start=119 * 10**9)
    take(journal, make_recording(marks=marks))
    series, at, delta = the_rollup(queue)
    assert (series.route, series.model, series.outcome) == ("openai", "m", "ok")
    assert (series.status_class, series.error_type, at) == ("2xx", "none", MINUTE)
    assert delta.sums[0] == 1
    assert delta.sums[10:12] == [1, 100_000]


def test_usage_that_was_not_said_is_not_counted(journal, queue):
    take(journal, usage=Usage(input_tokens_incl_cache=7))
    take(journal, usage=Usage())
    _, _, delta = the_rollup(queue)
    assert delta.sums[2:4] == [1, 7]


def test_span_that_makes_no_sense_is_left_out(journal, queue):
    marks = make_marks(end=0)
    take(journal, make_recording(marks=marks))
    _, _, delta = the_rollup(queue)
    assert delta.sums[10] == 0


def test_what_no_dialect_reads_counts_too(journal, queue):
    journal.unread(make_recording(status=None))
    series, _, _ = the_rollup(queue)
    assert (series.model, series.operation, series.outcome) == (
        "none",
        "other",
        "error",
    )


def test_error_has_a_row_without_words(journal, queue):
    take(journal, error=FAILED, said="secret")
    (row,) = rows(queue, ExchangeRow)
    assert (row.why, row.error_type, row.probability) == ("error", "overloaded", 1.0)
    assert "secret" not in repr(row)
    assert "words" not in repr(row)


def test_success_has_no_row_unless_it_is_sampled(journal, queue):
    take(journal)
    assert rows(queue, ExchangeRow) == []


def test_sampled_row_says_how_likely_it_was(queue):
    journal = Journal(Board(), queue, 1.0, lambda: 0.0)
    take(journal)
    (row,) = rows(queue, ExchangeRow)
    assert (row.why, row.probability) == ("sample", 1.0)
    (conversation,) = rows(queue, ConversationRow)
    assert (conversation.id, conversation.exchanges) == ("x-0", 1)


def test_conversations_are_sampled_whole_and_at_the_rate_that_is_said(queue):
    journal = Journal(Board(), queue, 0.25, lambda: 0.0)
    taken = [n for n in range(4_000) if journal.is_sampled(f"c-{n}")]
    assert 850 < len(taken) < 1_150
    assert all(journal.is_sampled(f"c-{n}") for n in taken)


def test_probe_has_a_row(journal, queue):
    probe = Target("openai", "m", "baseline", "probe")
    take(journal, make_recording(source="probe"), one=probe)
    (row,) = rows(queue, ExchangeRow)
    assert row.why == "probe"


def test_recovery_has_rows_and_its_signals_too(journal, queue):
    signal = Signal("tool_episode", "recovered", "x-0", 1.0, "live", "alternative_call")
    episode = Episode(1, b"tool", "recovered", "alternative_call", 2, 1, 3, 4.0)
    take(journal, seen=Seen(ONE, [signal], [episode]))
    (row,) = rows(queue, ExchangeRow)
    assert row.why == "recovery"
    (kept,) = rows(queue, SignalRow)
    assert (kept.name, kept.value, kept.conversation) == (
        "tool_episode",
        "recovered",
        "x-0",
    )
    (recovery,) = rows(queue, RecoveryRow)
    assert (recovery.outcome, recovery.errors, recovery.seconds) == (
        "recovered",
        2,
        4.0,
    )


def test_events_are_counted_of_all_that_is_detected(journal, queue):
    reading = Reading(
        behaviour="answer",
        probability=None,
        clarifying=False,
        clarifying_probability=None,
    )
    for _ in range(3):
        take(journal, seen=Seen(ONE, reading=reading, first=True))
    take(journal, seen=None)
    counts = {event[1:3]: n for event, n in queue.pending.events.items()}
    assert counts == {
        ("detected", "yes"): 3,
        ("detected", "no"): 1,
        ("reply", "answer"): 3,
        ("first_reply", "answer"): 3,
    }


def test_end_of_a_conversation_is_counted_too(journal, queue):
    signal = Signal("abandonment", True, "x-0", 1.0, "live", "silence")
    journal.expired(Seen(ONE, [signal]), 90.0)
    (event,) = queue.pending.events
    assert event[1:] == ("signal:abandonment", "true", MINUTE)


def test_heartbeats_and_recordings_make_the_account(journal, queue):
    journal.heartbeat(make_heartbeat(seq=5))
    take(journal)
    (account,) = queue.accounts.snapshot(0.0)
    assert (account.seq, account.received) == (5, 1)


def test_forgetting_is_written_with_the_next_batch(journal, queue):
    journal.forget(Gone("c", ("x-0", "x-1")))
    assert queue.pending.forgotten == ["c", "x-0", "x-1"]
