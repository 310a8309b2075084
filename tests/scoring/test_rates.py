"""Rates: what is shown, what is bounded, what is withheld."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.scoring import accuracy
from proxy.scoring.accuracy import Accuracy, Share, corrected
from proxy.scoring.intervals import wilson
from proxy.scoring.rates import Counts, count, rate

SHARP = Accuracy(Share(95, 100), Share(90, 100))


def test_rate_has_point_and_wilson_interval() -> None:
    found = rate(Counts(30, 60))
    assert (found.state, found.numerator, found.denominator) == ("measured", 30, 60)
    assert found.point == 0.5
    assert (found.low, found.high) == wilson(30, 60)


@pytest.mark.parametrize("closed", [0, 1, 49])
def test_few_observations_are_no_number(closed: int) -> None:
    found = rate(Counts(0, closed))
    assert found.state == "insufficient"
    assert (found.point, found.low, found.high, found.bounds) == (None,) * 4
    assert found.denominator == closed


def test_fifty_observations_are_enough() -> None:
    assert rate(Counts(0, 50)).state == "measured"


def test_unknown_outcomes_bound_the_rate() -> None:
    found = rate(Counts(60, 80, censored=20))
    assert found.bounds == (0.6, 0.8)
    assert found.point == 0.75


@pytest.mark.parametrize(
    ("censored", "state"),
    [pytest.param(30, "measured", id="30 %"), pytest.param(31, "bounded", id="more")],
)
def test_too_many_unknown_outcomes_leave_bounds_and_no_point(
    censored: int, state: str
) -> None:
    found = rate(Counts(35, 70, censored))
    assert found.state == state
    assert (found.point is None) == (state == "bounded")


def test_bounds_reach_as_far_as_chance_and_the_unknown_together() -> None:
    found = rate(Counts(20, 40, censored=60))
    assert found.low == wilson(20, 100).low
    assert found.high == wilson(80, 100).high


def test_few_known_among_many_unknown_are_bounded_not_measured() -> None:
    assert rate(Counts(1, 2, censored=98)).state == "bounded"


@pytest.mark.parametrize("counts", [Counts(2, 1), Counts(-1, 1), Counts(0, 0, -1)])
def test_impossible_counts_are_refused(counts: Counts) -> None:
    with pytest.raises(ValueError, match="no counts"):
        rate(counts)


# --- one conversation is one observation ---------------------------------------------


def test_conversation_counts_once_by_its_first_known_outcome() -> None:
    seen = [("a", None), ("a", False), ("a", True), ("b", True), ("c", None)]
    assert count(seen, by="first") == Counts(hits=1, closed=2, censored=1)


def test_conversation_counts_once_by_any_hit() -> None:
    seen = [("a", False), ("a", True), ("a", False), ("b", False), ("b", None)]
    assert count(seen, by="any") == Counts(hits=1, closed=2)


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from([True, False, None])))
)
def test_observations_are_conversations(seen: list[tuple[str, bool | None]]) -> None:
    for by in ("first", "any"):
        found = count(seen, by)  # type: ignore[arg-type]  # a loop over the literals
        assert found.all == len({conversation for conversation, _ in seen})
        assert 0 <= found.hits <= found.closed


# --- the detector's own error --------------------------------------------------------


def test_correction_is_the_inverse_of_the_detectors_error() -> None:
    true = 0.2
    sens, spec = SHARP.sensitivity.estimate, SHARP.specificity.estimate
    seen = true * sens + (1 - true) * (1 - spec)
    assert corrected(seen, SHARP) == pytest.approx(true)


def test_false_alarms_alone_correct_to_zero() -> None:
    assert corrected(0.05, SHARP) == 0.0


def test_corrected_rate_says_so_and_is_wider() -> None:
    plain, found = rate(Counts(150, 500)), rate(Counts(150, 500), SHARP)
    assert (plain.is_corrected, found.is_corrected) == (False, True)
    assert None not in (plain.high, plain.low, found.high, found.low)
    assert found.high - found.low > plain.high - plain.low  # type: ignore[operator]


def test_detector_no_better_than_a_coin_corrects_nothing() -> None:
    coin = Accuracy(Share(50, 100), Share(52, 100))
    assert not rate(Counts(150, 500), coin).is_corrected


def test_domain_without_figures_takes_the_pooled_ones() -> None:
    pooled = accuracy.of("tool_error", "all")
    assert pooled is not None
    assert accuracy.of("tool_error", "gardening") == pooled


def test_detector_that_was_not_measured_has_no_figures() -> None:
    assert accuracy.of("astrology", "all") is None


def test_every_figure_is_a_count() -> None:
    for known in accuracy.table().values():
        for share in (known.sensitivity, known.specificity):
            assert 0 <= share.hits <= share.n
            assert share.n > 0


def sampled(random: Random, true: float, n: int) -> bool:
    """One study: accuracy measured on 150 and 150, then the rate on n; is it covered?"""
    sens, spec = 0.9, 0.95
    known = Accuracy(
        Share(sum(random.random() < sens for _ in range(150)), 150),
        Share(sum(random.random() < spec for _ in range(150)), 150),
    )
    chance = true * sens + (1 - true) * (1 - spec)
    hits = sum(random.random() < chance for _ in range(n))
    found = rate(Counts(hits, n), known)
    assert found.low is not None
    assert found.high is not None
    return found.low <= true <= found.high


@pytest.mark.parametrize("true", [0.05, 0.3, 0.7])
def test_corrected_interval_covers_the_truth(true: float) -> None:
    random = Random(7)
    covered = sum(sampled(random, true, 300) for _ in range(600))
    assert covered >= 0.93 * 600
