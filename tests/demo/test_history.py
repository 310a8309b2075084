"""Rates and recent figures from scrapes at uneven times."""

from proxy.demo.figures import Figures, RouteFigures
from proxy.demo.history import History


def history(*moments: tuple[float, float]) -> History:
    made = History()
    for at, requests in moments:
        made.add(at, Figures(routes={"openai": RouteFigures(requests)}))
    return made


def test_recent_figures_are_those_of_the_window() -> None:
    seen = history((10.0, 100.0), (20.0, 300.0), (25.0, 500.0))
    recent = seen.recent(["openai"])
    assert recent.requests == 400.0
    assert seen.rate(recent) == 400.0 / 15.0


def test_a_young_history_reaches_back_to_its_beginning() -> None:
    seen = history((2.0, 10.0))
    assert seen.rate(seen.recent(["openai"])) == 5.0


def test_rates_are_by_whole_seconds_however_scrapes_fell() -> None:
    seen = history((0.5, 5.0), (1.5, 15.0), (3.0, 30.0))
    assert seen.rates(["openai"], 10) == [10.0, 10.0, 10.0]


def test_rates_are_no_more_than_asked_for() -> None:
    seen = history((5.0, 5.0), (6.0, 25.0))
    assert seen.rates(["openai"], 2) == [1.0, 20.0]


def test_an_unknown_route_has_no_requests() -> None:
    assert history((1.0, 9.0)).recent(["gemini"]).requests == 0.0
