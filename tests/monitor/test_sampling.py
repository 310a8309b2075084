"""A monitor that is behind spares the detectors, not the counts, and says how much."""

import pytest

from proxy.monitor.sampling import LEAST, RISE, Sampling


def after(*delays: float) -> Sampling:
    """A step each."""
    sampling = Sampling()
    for second, delay in enumerate(delays):
        sampling.saw(delay, float(second))
    return sampling


@pytest.mark.parametrize(
    ("delays", "probability"),
    [
        pytest.param([0.0] * 5, 1.0, id="in time"),
        pytest.param([2.0], 0.5, id="behind"),
        pytest.param([2.0] * 3, 0.125, id="further behind each second"),
        pytest.param([2.0] * 20, LEAST, id="never nothing"),
        pytest.param([2.0, 0.5], 0.5, id="not caught up: as it was"),
        pytest.param([2.0, 0.0], 0.5 * RISE, id="caught up: slowly back"),
        pytest.param([2.0] * 3 + [0.0] * 12, 1.0, id="in the end all of it"),
    ],
)
def test_probability_follows_the_delay(delays: list[float], probability: float) -> None:
    assert after(*delays).probability == pytest.approx(probability)


def test_one_late_exchange_of_a_second_counts() -> None:
    sampling = after(0.0)
    sampling.saw(3.0, 0.5)
    sampling.saw(0.0, 1.0)
    assert sampling.probability == 0.5


def test_conversations_are_taken_whole_and_in_that_proportion() -> None:
    sampling = after(2.0, 2.0)
    ids = [f"conversation-{number}" for number in range(4_000)]
    taken = {one for one in ids if sampling.takes(one)}
    assert 0.22 < len(taken) / len(ids) < 0.28
    assert taken == {one for one in ids if sampling.takes(one)}
    lower = after(2.0, 2.0, 2.0)
    assert {one for one in ids if lower.takes(one)} < taken
