"""Numbers as people read them."""

import pytest

from proxy.demo import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param(None, "-", id="nothing"),
        pytest.param(0.000085, "85 µs", id="microseconds"),
        pytest.param(0.00021, "0.21 ms", id="parts of a millisecond"),
        pytest.param(0.0021, "2.1 ms", id="a few milliseconds"),
        pytest.param(0.16, "160 ms", id="milliseconds"),
        pytest.param(0.9996, "1.0 s", id="nearly a second"),
        pytest.param(1.44, "1.4 s", id="seconds"),
        pytest.param(327.68, "328 s", id="minutes"),
    ],
)
def test_seconds(value: float | None, text: str) -> None:
    assert words.seconds(value) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (999, "999 B"), (1200, "1.2 kB"), (5e9, "5.0 GB")]
)
def test_size(count: float, text: str) -> None:
    assert words.size(count) == text


def test_bars_show_small_values_and_leave_out_none() -> None:
    assert words.bars([0, 0.01, 4, 8]) == " ▁▅█"


def test_bars_of_nothing_are_empty() -> None:
    assert words.bars([0, 0]) == "  "
    assert words.bars([]) == ""


@pytest.mark.parametrize(
    ("share", "text"), [(1.0, "████"), (0.5, "██"), (0.001, "▏"), (0.0, "")]
)
def test_bar(share: float, text: str) -> None:
    assert words.bar(share, 4) == text


def test_clock() -> None:
    assert words.clock(65.9) == "1:05"
