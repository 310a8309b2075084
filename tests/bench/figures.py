"""What the samples amount to: medians, ratios to nginx in the same round, verdicts on bars."""

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from tests.bench.rounds import Sample
from tests.bench.scenarios import BARS, SCENARIOS, Measure

YARDSTICK = "nginx"
BASE = "direct"
FEWEST_ROUNDS = 3
ALLOWANCE = 1.5
"""What `--check` grants a ratio on a machine that has other work too."""

Verdict = Literal["pass", "fail", "not decided"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the rounds, and the middle half of them."""

    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class Figure:
    scenario: str
    target: str
    measure: Measure
    value: Spread
    """Microseconds for `cpu` and `added`, else bytes."""
    ratio: Spread | None
    """To the yardstick."""
    bar: float | None
    verdict: Verdict | None

    @property
    def is_far_beyond(self) -> bool:
        if self.bar is None or self.ratio is None:
            return False
        return self.ratio.median > self.bar * ALLOWANCE


Value = Callable[[Sample], float | None]


def figures(samples: Sequence[Sample]) -> list[Figure]:
    """Of the sound samples: where an answer was wrong, what it cost says nothing."""
    sound = [sample for sample in samples if not sample.errors]
    p50s = {(s.scenario, s.round): s.p50_us for s in sound if s.target == BASE}

    def added(sample: Sample) -> float | None:
        direct = p50s.get((sample.scenario, sample.round))
        if direct is None or sample.target == BASE:
            return None
        return sample.p50_us - direct

    found: list[Figure] = []
    for scenario in unique(sample.scenario for sample in sound):
        rows = [sample for sample in sound if sample.scenario == scenario]
        if SCENARIOS[scenario].held:
            found += told(rows, "idle", lambda sample: sample.idle_bytes)
            found += told(rows, "held", lambda sample: sample.held_bytes)
        else:
            found += told(rows, "cpu", lambda sample: sample.cpu_us)
        if SCENARIOS[scenario].rate:
            found += told(rows, "added", added)
    return found


def told(rows: Sequence[Sample], measure: Measure, value: Value) -> Iterator[Figure]:
    """One measure of one scenario, for each target that has it."""
    by_target: dict[str, dict[int, float]] = {}
    for row in rows:
        if (measured := value(row)) is not None:
            by_target.setdefault(row.target, {})[row.round] = measured
    yard = by_target.get(YARDSTICK, {})
    for target, own in by_target.items():
        # A yardstick of nothing, or less, is noise: such a round gives no ratio.
        ratios = [own[r] / yard[r] for r in own if yard.get(r, 0.0) > 0]
        bar = bar_of(rows[0].scenario, target, measure)
        held_to = (
            (list(own.values()), 1)  # steady: one will do
            if measure in ("idle", "held")
            else (ratios, FEWEST_ROUNDS)
        )
        yield Figure(
            scenario=rows[0].scenario,
            target=target,
            measure=measure,
            value=spread(own.values()),
            ratio=spread(ratios) if ratios else None,
            bar=bar,
            verdict=None if bar is None else judge(*held_to, bar),
        )


def judge(values: Sequence[float], fewest: int, bar: float) -> Verdict:
    """Decided where the middle half of the rounds is on one side of the bar."""
    if len(values) < fewest:
        return "not decided"
    middle = spread(values)
    if middle.high <= bar:
        return "pass"
    return "fail" if middle.low > bar else "not decided"


def bar_of(scenario: str, target: str, measure: Measure) -> float | None:
    for bar in BARS:
        if (bar.scenario, bar.target, bar.measure) == (scenario, target, measure):
            return bar.most
    return None


def spread(values: Iterable[float]) -> Spread:
    """Of one value at least."""
    found = list(values)
    if len(found) == 1:
        return Spread(found[0], found[0], found[0])
    low, median, high = statistics.quantiles(found, n=4, method="inclusive")
    return Spread(low, median, high)


def unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
