"""What a call adds to the conventions' metrics, and which trace shows it."""

from typing import Any

import pytest

from proxy.conversations.placement import Placement
from proxy.export import catalog
from proxy.export.series import Board, Distribution, Trace
from proxy.model.exchange import ExchangeError, Timings, Usage
from proxy.monitor.calls import Call, Calls
from proxy.monitor.target import Target
from tests.make import MS, make_exchange, make_marks, make_recording

PLACE = Placement("e", "c", None, None, None, 1, "e", 1, 0)
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
KEY = ("chat", "openai", "m")
OVERLOADED = ExchangeError(529, None, None, None, False, "overloaded")


def take(source: Any = "live", wall: float = 5.0, **given: Any) -> Calls:
    """The counts of one call; `exchange` are its facts, the rest the recording's."""
    calls = Calls(Board())
    calls.wall = lambda: wall
    exchange = make_exchange(**given.pop("exchange", {}))
    target = Target("openai", exchange.request_model or "none", "baseline", source)
    calls.take(make_recording(**given), exchange, PLACE, target, None)
    return calls


def sums(distribution: Distribution) -> dict[tuple[str, ...], float]:
    return {key: round(row[-1], 6) for key, row in distribution.rows.items()}


def test_a_call_lasts_from_the_requests_head_to_the_answers_last_byte() -> None:
    assert sums(take().duration) == {(*KEY, "none", "live"): 0.098}


def test_an_error_is_told_by_whose_fault_it_was() -> None:
    calls = take(exchange={"error": OVERLOADED})
    assert list(calls.duration.rows) == [(*KEY, "overloaded", "live")]


def test_what_its_client_cancelled_has_no_duration() -> None:
    assert take(outcome="client_gone").duration.rows == {}


def test_what_led_to_no_upstream_is_no_call() -> None:
    assert take(upstream=None).duration.rows == {}


def test_what_is_no_operation_of_a_model_is_no_call() -> None:
    assert take(exchange={"operation": "other"}).duration.rows == {}


@pytest.mark.parametrize("source", ["probe", "shadow"])
def test_what_no_user_asked_for_is_kept_apart(source: str) -> None:
    assert list(take(source).duration.rows) == [(*KEY, "none", source)]


def test_a_stream_tells_its_first_chunk_and_the_mean_time_between_chunks() -> None:
    start = make_marks().request_head
    chunks = tuple(start + n * 10 * MS for n in (3, 4, 6, 9))
    calls = take(exchange={"timings": Timings(start, chunks=chunks)})
    assert sums(calls.first_chunk) == {(*KEY, "live"): 0.03}
    assert sums(calls.per_chunk) == {(*KEY, "live"): 0.02}


def test_one_chunk_has_no_time_between() -> None:
    timings = Timings(0, chunks=(make_marks().request_head,))
    assert take(exchange={"timings": timings}).per_chunk.rows == {}


def test_tokens_are_told_where_they_were_stated() -> None:
    calls = take(exchange={"usage": Usage(input_tokens_incl_cache=0)})
    assert sums(calls.usage) == {(*KEY, "input", "live"): 0}


def test_absurd_counts_are_no_counts() -> None:
    calls = take(exchange={"usage": Usage(input_tokens_incl_cache=2**41)})
    assert calls.usage.rows == {}


def test_marks_that_make_no_sense_give_no_duration() -> None:
    marks = make_marks(last_byte=0)
    assert take(marks=marks).duration.rows == {}


def exemplar(calls: Calls) -> Trace | None:
    found = [e for each in calls.duration.exemplars.values() for e in each.values()]
    return found[0][1] if found else None


def test_a_trace_that_the_client_keeps_is_the_exemplar() -> None:
    calls = take(traceparent=f"00-{TRACE}-{SPAN}-01")
    assert exemplar(calls) == Trace(TRACE, SPAN, 5.0)


def test_a_trace_that_is_not_kept_is_an_errors_exemplar_only() -> None:
    stated = f"00-{TRACE}-{SPAN}-00"
    assert exemplar(take(traceparent=stated)) is None
    assert exemplar(take(traceparent=stated, exchange={"error": OVERLOADED}))


@pytest.mark.parametrize(
    "stated",
    [
        pytest.param(f"ff-{TRACE}-{SPAN}-01", id="forbidden version"),
        pytest.param(f"00-{'0' * 32}-{SPAN}-01", id="no trace id"),
        pytest.param(f"00-{TRACE}-{'0' * 16}-01", id="no span id"),
        pytest.param(f"00-{TRACE.upper()}-{SPAN}-01", id="upper case"),
        pytest.param('00-"}\n', id="nonsense"),
        pytest.param("", id="empty"),
    ],
)
def test_what_is_no_trace_is_no_exemplar(stated: str) -> None:
    assert exemplar(take(traceparent=stated)) is None


def test_our_own_span_is_the_exemplar_before_the_clients() -> None:
    ours = Trace("1" * 32, "2" * 16, 7.0)

    class Ours:
        def take(self, call: Call) -> Trace | None:
            return ours

    calls = Calls(Board())
    calls.wall, calls.tracer = (lambda: 5.0), Ours()
    recording = make_recording(traceparent=f"00-{TRACE}-{SPAN}-01")
    target = Target("openai", "m", "baseline", "live")
    calls.take(recording, make_exchange(), PLACE, target, None)
    assert exemplar(calls) == ours


def test_a_hundred_thousand_model_names_leave_the_series_where_they_were() -> None:
    """T28."""
    calls = Calls(Board())
    for number in range(100_000):
        name = f"m-{number}"
        target = Target("openai", name, "baseline", "live")
        exchange = make_exchange(request_model=name, provider=f"p-{number}")
        calls.take(make_recording(), exchange, PLACE, target, None)
    assert len(calls.duration.rows) <= catalog.CALL_DURATION.label_sets()
    assert sum(sum(row[:-1]) for row in calls.duration.rows.values()) == 100_000
