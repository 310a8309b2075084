"""Wilson's interval against values of scipy 1.17 (`binomtest(k, n).proportion_ci`)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.scoring.intervals import quantile, wilson


@pytest.mark.parametrize(
    ("hits", "n", "confidence", "low", "high"),
    [
        pytest.param(5, 50, 0.95, 0.04347576493189041, 0.21360231437479654, id="few"),
        pytest.param(0, 50, 0.95, 0.0, 0.07134759913335872, id="none"),
        pytest.param(50, 50, 0.95, 0.9286524008666412, 1.0, id="all"),
        pytest.param(27, 60, 0.99, 0.297916189314933, 0.6120409006476251, id="99 %"),
        pytest.param(
            1, 1000, 0.95, 0.00017654637062607809, 0.0056425585979579355, id="rare"
        ),
        pytest.param(400, 427, 0.9, 0.9145113861566195, 0.9535248905032528, id="90 %"),
    ],
)
def test_agrees_with_scipy(
    hits: int, n: int, confidence: float, low: float, high: float
) -> None:
    assert wilson(hits, n, confidence) == pytest.approx((low, high), abs=1e-12)


def test_nothing_seen_leaves_all_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("hits", "n"), [(-1, 5), (6, 5)])
def test_more_hits_than_observations_are_refused(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="within 0 and n"):
        wilson(hits, n)


COUNTS = st.integers(1, 10_000).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n))
)


@given(COUNTS, st.floats(0.5, 0.999))
def test_ends_solve_the_score_equation(
    counts: tuple[int, int], confidence: float
) -> None:
    hits, n = counts
    z = quantile(confidence)
    for end in wilson(hits, n, confidence):
        assert (hits / n - end) ** 2 * n == pytest.approx(
            z * z * end * (1 - end), abs=1e-6
        )


@given(COUNTS)
def test_interval_holds_the_share_and_mirrors(counts: tuple[int, int]) -> None:
    hits, n = counts
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1
    mirrored = wilson(n - hits, n)
    assert (1 - high, 1 - low) == pytest.approx(tuple(mirrored), abs=1e-12)
