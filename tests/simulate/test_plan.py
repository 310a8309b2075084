"""Choices by seed."""

from collections import Counter
from statistics import fmean

import pytest

from proxy.simulate import Behaviour
from proxy.simulate.plan import draw, pick
from proxy.simulate.steering import Steering

MANY = range(4000)


def test_the_same_seed_and_number_give_the_same_plan() -> None:
    settings = Behaviour(seed=7, ttft=0.2, faults={"cut": 0.5})
    assert draw(settings, 3, Steering()) == draw(settings, 3, Steering())


def test_another_seed_gives_other_plans() -> None:
    one, two = Behaviour(seed=1, ttft=1), Behaviour(seed=2, ttft=1)
    assert draw(one, 3, Steering()) != draw(two, 3, Steering())


def test_first_byte_times_have_the_mean_that_was_set() -> None:
    settings = Behaviour(ttft=0.2)
    times = [draw(settings, n, Steering()).ttft for n in MANY]
    assert fmean(times) == pytest.approx(0.2, rel=0.05)
    assert min(times) > 0


def test_faults_come_as_often_as_was_set() -> None:
    settings = Behaviour(faults={"rate_limited": 0.2, "cut": 0.1})
    seen = Counter(draw(settings, n, Steering()).fault for n in MANY)
    assert seen["rate_limited"] == pytest.approx(800, rel=0.15)
    assert seen["cut"] == pytest.approx(400, rel=0.15)


def test_the_header_wins_over_the_settings() -> None:
    settings = Behaviour(ttft=9, chunk_interval=9, chunks=9, faults={"cut": 1.0})
    plan = draw(settings, 1, Steering(fault="none", ttft=0.0, interval=0.0, chunks=2))
    assert (plan.fault, plan.ttft, plan.interval, plan.chunks) == (None, 0, 0, 2)


def test_identifiers_differ_between_requests_and_purposes() -> None:
    plans = [draw(Behaviour(), n, Steering()) for n in range(50)]
    tokens = {plan.token(prefix) for plan in plans for prefix in ("req_", "msg_")}
    assert len(tokens) == 100


@pytest.mark.parametrize(
    ("roll", "name"),
    [
        pytest.param(0.0, "a", id="start of the first share"),
        pytest.param(0.25, "b", id="shares are half open"),
        pytest.param(0.9, None, id="past the last"),
    ],
)
def test_pick_finds_the_share_that_holds_the_roll(
    roll: float, name: str | None
) -> None:
    assert pick({"a": 0.25, "b": 0.5}, roll) == name
