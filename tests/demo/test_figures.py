"""Reading the monitor's own exposition."""

import math

import pytest

from proxy.demo.figures import Figures, parse
from proxy.export import catalog
from proxy.export.prometheus import Exposition, written
from proxy.export.series import Board
from proxy.monitor.aggregate import Aggregate
from tests.make import MS, make_marks, make_recording


def parsed(board: Board) -> Figures:
    body, _ = written(Exposition(board, lambda: None).snapshot(), "text/plain")
    return parse(body.decode())


@pytest.fixture
def board() -> Board:
    """Three complete exchanges on two routes, and one of each that went wrong."""
    board = Board()
    aggregate = Aggregate(board)
    fast = make_marks(first_byte=1_005 * MS, last_byte=1_009 * MS, end=1_010 * MS)
    for given in (
        {},
        {},
        {"route": "gemini", "marks": fast},
        {"status": 429},
        {"status": 502, "outcome": "upstream_error"},
        {"outcome": "upstream_cut"},
        {"outcome": "client_gone"},
        {"status": 404, "outcome": "refused", "refusal": "route"},
    ):
        aggregate.take(make_recording(**given), "openai.chat")
    return board


def test_requests_are_counted_by_route(board: Board) -> None:
    figures = parsed(board)
    assert figures.measured == 8
    assert {name: one.requests for name, one in figures.routes.items()} == {
        "openai": 7,
        "gemini": 1,
    }


def test_errors_are_told_apart(board: Board) -> None:
    assert parsed(board).routes["openai"].errors == {
        "4xx": 1,
        "5xx": 1,
        "cut": 1,
        "left": 1,
        "refused": 1,
    }


def test_histograms_add_up_all_series_of_a_route(board: Board) -> None:
    route = parsed(board).routes["openai"]
    assert route.total.count == 7
    assert route.total.bounds == (*catalog.SECONDS, math.inf)
    assert 0.08 <= (route.total.quantile(0.5) or 0) <= 0.16


def test_overhead_is_the_total_phase_alone(board: Board) -> None:
    assert parsed(board).routes["gemini"].overhead.count == 1


def test_drops_count_as_unmeasured_unless_only_a_file_is_missing(board: Board) -> None:
    dropped = board.tally(catalog.DROPPED)
    dropped.add(("relay", "full"), 3)
    dropped.add(("gap", "lost"), 2)
    dropped.add(("recordings", "write_failed"), 9)
    assert parsed(board).unmeasured == 5


def test_gauges_of_several_relays_become_one(board: Board) -> None:
    for relay, lag in (("relay-0", 0.25), ("relay-1", 0.5)):
        board.tally(catalog.RELAY_UP).set((relay,), 1)
        board.tally(catalog.IN_FLIGHT).set((relay,), 4)
        board.tally(catalog.LOOP_LAG).set((relay,), lag)
    figures = parsed(board)
    assert (figures.relays, figures.in_flight, figures.lag) == (2, 8, 0.5)


def test_nothing_measured_yet_is_no_error() -> None:
    figures = parsed(Board())
    assert (figures.measured, figures.whole.first_byte.quantile(0.5)) == (0, None)
