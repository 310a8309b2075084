"""The picture at the sizes that terminals have."""

import io
from math import inf

import pytest
from rich.console import Console

from proxy.demo.calls import Tally
from proxy.demo.figures import Figures, RouteFigures
from proxy.demo.histogram import Histogram
from proxy.demo.history import History
from proxy.demo.options import Options
from proxy.demo.screen import Places, Scene
from proxy.demo.view import Drawing

ROUTES = ("openai", "anthropic", "gemini")


def scene(routes: tuple[str, ...] = ROUTES, sent: int = 30, **given: object) -> Scene:
    bounds = (*(0.01 * 2**power for power in range(16)), inf)
    times = Histogram(bounds, tuple(float(n) for n in range(1, 18)))
    one = RouteFigures(10.0, {"4xx": 1.0, "left": 2.0}, times, times, times)
    history = History()
    for second in range(1, 9):
        history.add(second, Figures(routes=dict.fromkeys(routes, one), relays=2))
    tally = Tally()
    tally.sent["openai"] = sent
    places = Places(
        "http://127.0.0.1:9464/metrics", "demo/recordings", routes, "curl …"
    )
    options = Options(seatrial=(), seconds=20.0)
    usual = {"elapsed": 8.0, "ending": False}
    return Scene(options, places, history=history, tally=tally, **{**usual, **given})


def drawn(shown: Scene, width: int = 80, height: int = 24) -> list[str]:
    console = Console(file=io.StringIO(), width=width, height=height, color_system=None)
    with console.capture() as capture:
        console.print(Drawing(shown))
    return capture.get().rstrip("\n").splitlines()


@pytest.mark.parametrize(
    ("width", "height"),
    [(80, 24), (100, 30), (120, 40), (200, 60)],
    ids=lambda size: str(size),
)
@pytest.mark.parametrize("count", [1, 3, 23], ids=lambda count: f"{count} routes")
def test_it_fits_the_terminal(width: int, height: int, count: int) -> None:
    lines = drawn(scene(tuple(f"route-{n}" for n in range(count))), width, height)
    assert len(lines) <= height
    assert max(map(len, lines)) <= width
    assert not any("…" in line for line in lines if "curl" not in line)


def test_every_route_has_a_row_where_there_is_room() -> None:
    text = "\n".join(drawn(scene()))
    assert all(text.count(f" {route} ") == 2 for route in ROUTES)


def test_routes_without_room_share_a_row() -> None:
    text = "\n".join(drawn(scene(tuple(f"route-{n}" for n in range(23)))))
    assert "21 more" in text


def test_a_tall_terminal_shows_the_spread() -> None:
    assert any("≤ 160 ms" in line for line in drawn(scene(), 120, 45))


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        pytest.param(30, "sent 30, measured 30  ✓", id="all"),
        pytest.param(34, "measured 30, under way 4", id="some under way"),
        pytest.param(28, "measured 30, from elsewhere 2", id="somebody else's"),
    ],
)
def test_counts_are_held_against_each_other(sent: int, told: str) -> None:
    assert any(told in line for line in drawn(scene(sent=sent)))


def test_the_end_is_announced() -> None:
    assert "waiting for the last answers" in drawn(scene(ending=True))[0]
