"""Quantiles as PromQL reads them."""

from math import inf

import pytest

from proxy.demo.histogram import EMPTY, Histogram, merge

BOUNDS = (1.0, 2.0, 4.0, inf)


@pytest.mark.parametrize(
    ("counts", "share", "value"),
    [
        pytest.param((0, 10, 10, 10), 0.5, 1.5, id="middle of a bucket"),
        pytest.param((10, 10, 10, 10), 0.5, 0.5, id="first bucket begins at zero"),
        pytest.param((5, 5, 10, 10), 0.5, 1.0, id="exactly at a bound"),
        pytest.param((0, 0, 10, 10), 1.0, 4.0, id="all of a bucket"),
        pytest.param((0, 0, 0, 10), 0.5, 4.0, id="beyond the last bound"),
        pytest.param((0, 0, 0, 0), 0.5, None, id="nothing observed"),
    ],
)
def test_quantile(counts: tuple[float, ...], share: float, value: float | None) -> None:
    assert Histogram(BOUNDS, counts).quantile(share) == value


def test_difference_is_what_came_since() -> None:
    earlier, later = Histogram(BOUNDS, (1, 2, 3, 3)), Histogram(BOUNDS, (1, 4, 6, 7))
    assert (later - earlier).counts == (0, 2, 3, 4)


def test_difference_from_nothing_is_all() -> None:
    histogram = Histogram(BOUNDS, (1, 2, 3, 3))
    assert histogram - EMPTY == histogram


def test_shares_add_up_to_one() -> None:
    assert Histogram(BOUNDS, (1, 2, 2, 4)).shares() == [0.25, 0.25, 0.0, 0.5]


def test_merge_adds_and_passes_over_empty_ones() -> None:
    one = Histogram(BOUNDS, (1, 1, 1, 2))
    assert merge([EMPTY, one, one]).counts == (2, 2, 2, 4)
    assert merge([]) == EMPTY
