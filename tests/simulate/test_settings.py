"""Durations, weights and what the settings refuse."""

import pytest

from proxy.errors import UsageError
from proxy.simulate import Behaviour
from proxy.simulate.settings import BEHAVIOURS, FAULTS, duration, weights


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("200ms", 0.2, id="milliseconds"),
        pytest.param("2s", 2.0, id="seconds"),
        pytest.param("1.5m", 90.0, id="minutes"),
        pytest.param("250us", 0.00025, id="microseconds"),
        pytest.param("0", 0.0, id="zero needs no unit"),
    ],
)
def test_a_duration_is_read_as_seconds(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["5", "fast", "-1s", "", "1h", "1 2s"])
def test_a_wrong_duration_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="200ms"):
        duration(text)


def test_weights_are_read_by_name() -> None:
    assert weights("answer=0.7, refusal=0.3", BEHAVIOURS) == {
        "answer": 0.7,
        "refusal": 0.3,
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("explode=1", "one of rate_limited", id="unknown name"),
        pytest.param("cut=many", "cut=0.1", id="not a number"),
        pytest.param("cut=-1", "0 or more", id="negative"),
        pytest.param("cut=nan", "0 or more", id="not a quantity"),
        pytest.param("cut=1,cut=1", "twice", id="given twice"),
        pytest.param("cut", "cut=0.1", id="no number"),
    ],
)
def test_wrong_weights_are_refused_with_what_is_right(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        weights(text, FAULTS)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param({"faults": {"cut": 0.7, "stall": 0.6}}, "1.3", id="sum over 1"),
        pytest.param({"behaviours": {"sing": 1}}, "sing", id="unknown behaviour"),
        pytest.param({"behaviours": {"answer": 0}}, "above 0", id="no weight at all"),
        pytest.param({"chunks": 0}, "1 or more", id="no chunks"),
        pytest.param({"ttft": -1}, "ttft", id="negative time"),
    ],
)
def test_impossible_settings_are_refused(
    settings: dict[str, object], told: str
) -> None:
    with pytest.raises(UsageError, match=told):
        Behaviour(**settings)  # type: ignore[arg-type]  # the table holds wrong values
