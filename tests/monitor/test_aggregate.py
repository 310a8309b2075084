"""What a recording adds, and what senseless marks do not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.export import catalog
from proxy.export.catalog import Metric
from proxy.export.series import Board, Distribution
from proxy.monitor.aggregate import Aggregate
from proxy.recording.recording import Marks, Recording
from tests.make import MS, make_body, make_marks, make_recording

START = 1_000 * MS


def counted(*recordings: Recording, dialect: str = "openai.chat") -> Board:
    board = Board()
    aggregate = Aggregate(board)
    for recording in recordings:
        aggregate.take(recording, dialect)
    return board


def total(board: Board, metric: Metric) -> float:
    return sum(board.tally(metric).values.values())


def seconds(board: Board, metric: Metric, *key: str) -> float | None:
    """The sum over one label set; None when nothing was observed."""
    row = board.distribution(metric).rows.get(key)
    return None if row is None else row[-1]


def marks_after(**milliseconds: int | None) -> Marks:
    given = {k: None if v is None else START + v * MS for k, v in milliseconds.items()}
    return make_marks(request_start=START, **given)


@pytest.mark.parametrize(
    ("given", "labels"),
    [
        pytest.param({}, ("openai", "POST", "2xx"), id="usual"),
        pytest.param({"status": 529}, ("openai", "POST", "5xx"), id="odd status"),
        pytest.param({"status": None}, ("openai", "POST", "none"), id="no answer"),
        pytest.param({"status": 0}, ("openai", "POST", "none"), id="status zero"),
        pytest.param({"status": -200}, ("openai", "POST", "none"), id="negative"),
        pytest.param({"status": 999}, ("openai", "POST", "none"), id="no such class"),
        pytest.param({"route": None}, ("none", "POST", "2xx"), id="no route"),
        pytest.param({"method": "BREW"}, ("openai", "other", "2xx"), id="odd method"),
    ],
)
def test_requests_are_counted_by(
    given: dict[str, Any], labels: tuple[str, ...]
) -> None:
    [key] = counted(make_recording(**given)).tally(catalog.REQUESTS).values
    assert key == (*labels, "complete", "openai.chat", "live")


def test_duration_runs_from_the_first_byte_to_the_end() -> None:
    board = counted(make_recording(marks=marks_after(end=250)))
    assert seconds(board, catalog.DURATION, "openai", "2xx", "live") == 0.25


@pytest.mark.parametrize(
    ("request_end", "request_sent", "first_byte", "expected"),
    [
        pytest.param(1, 3, 40, 0.037, id="the head left after the request's end"),
        pytest.param(30, 3, 40, 0.010, id="the upload ended last"),
        pytest.param(50, 3, 40, 0.037, id="the answer came before the upload's end"),
        pytest.param(None, 3, 40, 0.037, id="the upload never ended"),
        pytest.param(1, 3, None, None, id="no first byte"),
        pytest.param(1, None, 40, None, id="never sent"),
    ],
)
def test_time_to_first_byte(
    request_end: int | None,
    request_sent: int | None,
    first_byte: int | None,
    expected: float | None,
) -> None:
    marks = marks_after(
        request_end=request_end, request_sent=request_sent, first_byte=first_byte
    )
    board = counted(make_recording(marks=marks))
    found = seconds(board, catalog.FIRST_BYTE, "openai", "2xx", "live")
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    ("reused", "request_part"),
    [
        pytest.param(True, 0.005, id="from the head, on a pooled connection"),
        pytest.param(False, 0.001, id="from the connection, when it was dialled"),
    ],
)
def test_overhead_leaves_out_waiting_for_peers(
    reused: bool, request_part: float
) -> None:
    marks = marks_after(
        request_head=1, connected=5, request_sent=6, last_byte=98, end=100
    )
    board = counted(make_recording(marks=marks, reused=reused))
    found = {
        phase: seconds(board, catalog.PROXY_OVERHEAD, "openai", phase)
        for phase in catalog.PHASE.values
    }
    assert found == {
        "request": pytest.approx(request_part),
        "response": pytest.approx(0.002),
        "total": pytest.approx(request_part + 0.002),
    }


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"outcome": "client_gone"}, id="the client left"),
        pytest.param({"attempts": 0, "outcome": "refused"}, id="never sent"),
        pytest.param({"marks": marks_after(last_byte=None)}, id="no last byte"),
        pytest.param({"marks": marks_after(request_sent=None)}, id="no head sent"),
    ],
)
def test_overhead_is_of_exchanges_that_ran_their_course(given: dict[str, Any]) -> None:
    board = counted(make_recording(**given))
    assert not board.distribution(catalog.PROXY_OVERHEAD).rows
    assert total(board, catalog.INVALID) == 0


@pytest.mark.parametrize(
    ("marks", "measures"),
    [
        pytest.param(
            marks_after(end=-1), {"duration", "overhead"}, id="end before start"
        ),
        pytest.param(
            marks_after(first_byte=2),
            {"time_to_first_byte"},
            id="answer before request",
        ),
        pytest.param(
            marks_after(end=10**15), {"duration", "overhead"}, id="a thousand years"
        ),
        pytest.param(marks_after(request_sent=0), {"overhead"}, id="sent before read"),
    ],
)
def test_senseless_spans_are_counted_as_invalid(
    marks: Marks, measures: set[str]
) -> None:
    board = counted(make_recording(marks=marks))
    assert {m for (m,) in board.tally(catalog.INVALID).values} == measures
    assert total(board, catalog.REQUESTS) == 1


def test_refusals_are_counted_by_code() -> None:
    board = counted(
        make_recording(outcome="refused", refusal="timeout", status=504),
        make_recording(outcome="refused", refusal="never heard of", status=500),
    )
    assert board.tally(catalog.REFUSED).values == {
        ("openai", "timeout"): 1,
        ("openai", "other"): 1,
    }


def test_attempts_add_up() -> None:
    board = counted(*(make_recording(attempts=n) for n in (0, 1, 2, -5, 10**9)))
    assert total(board, catalog.ATTEMPTS) == 3


def test_bodies_are_counted_relayed_and_captured() -> None:
    cut = make_body(b"12345", total=9, truncated=True)
    board = counted(make_recording(request_body=make_body(b"1"), response_body=cut))
    key = ("openai", "response")
    assert board.tally(catalog.BODY_BYTES).values[key] == 9
    assert board.tally(catalog.CAPTURED_BYTES).values[key] == 5
    assert board.tally(catalog.TRUNCATED).values == {key: 1}


@pytest.mark.parametrize("size", [-1, 4, 2**63])
def test_a_body_of_senseless_size_is_invalid(size: int) -> None:
    board = counted(
        make_recording(
            request_body=make_body(), response_body=make_body(b"12345", total=size)
        )
    )
    assert total(board, catalog.BODY_BYTES) == 0
    assert board.tally(catalog.INVALID).values == {("body",): 1}


moment = st.integers(-(2**63), 2**64 - 1) | st.integers(0, 10**10)
maybe = st.none() | moment
any_marks = st.builds(
    Marks, moment, moment, moment, maybe, maybe, maybe, maybe, maybe, moment
)
any_recording = st.builds(
    make_recording,
    route=st.none() | st.text(max_size=70),
    method=st.text(max_size=10),
    status=st.none() | moment,
    marks=any_marks,
    outcome=st.sampled_from(catalog.OUTCOME.values),
    refusal=st.none() | st.text(max_size=20),
    attempts=moment,
    reused=st.booleans(),
    request_body=st.builds(
        make_body, st.binary(max_size=5), total=moment, truncated=st.booleans()
    ),
)


@given(st.lists(any_recording, max_size=30))
def test_whatever_a_relay_sends_counts_stay_sensible(sent: list[Recording]) -> None:
    board = counted(*sent)
    for series in board:
        if isinstance(series, Distribution):
            rows = series.rows.values()
            assert all(number >= 0 for row in rows for number in row)
            assert len(rows) <= series.metric.label_sets()
        else:
            assert all(number >= 0 for number in series.values.values())
            assert len(series.values) <= series.metric.label_sets()
    assert total(board, catalog.REQUESTS) == len(sent)
