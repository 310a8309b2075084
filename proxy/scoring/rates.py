"""Rates: a share of conversations with its interval, what is not known yet, and whether
it may be shown at all.

One conversation is one observation: replies within one are not independent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from proxy.scoring.accuracy import USELESS, Accuracy, corrected, widened
from proxy.scoring.intervals import Interval, wilson

FEWEST = 50
"""Observations below which a rate is no number."""
MOST_CENSORED = 0.3
"""Share of unknown outcomes above which the bounds are shown and no point."""

State = Literal["measured", "bounded", "insufficient"]
By = Literal["first", "any"]


@dataclass(frozen=True, slots=True)
class Counts:
    hits: int
    closed: int
    """Observations whose outcome is known."""
    censored: int = 0

    @property
    def all(self) -> int:
        return self.closed + self.censored


@dataclass(frozen=True, slots=True)
class Rate:
    """`low` and `high` bound the rate at the confidence asked for. Where many outcomes
    are unknown they hold whatever those turn out to be."""

    numerator: int
    denominator: int
    censored: int
    state: State
    point: float | None
    low: float | None
    high: float | None
    bounds: Interval | None
    """The rate if no, and if every, unknown outcome were a hit; None without unknown."""
    is_corrected: bool
    """For the detector's own error."""
    confidence: float


def count(observations: Iterable[tuple[str, bool | None]], by: By) -> Counts:
    """Pairs of a conversation's id and what was seen, in order; None is not known yet.

    `first` takes the first known outcome of a conversation, `any` a hit if there is one.
    """
    seen: dict[str, bool | None] = {}
    for conversation, hit in observations:
        known = seen.get(conversation)
        if known is None or (by == "any" and hit):
            seen[conversation] = hit
    hits = sum(hit is True for hit in seen.values())
    closed = sum(hit is not None for hit in seen.values())
    return Counts(hits, closed, len(seen) - closed)


def rate(
    counts: Counts, accuracy: Accuracy | None = None, confidence: float = 0.95
) -> Rate:
    """Corrected where the detector's accuracy is known."""
    if not 0 <= counts.hits <= counts.closed or counts.censored < 0:
        raise ValueError(f"no counts of a rate: {counts}")
    if accuracy is not None and accuracy.power <= USELESS:
        accuracy = None
    is_bounded = counts.censored > MOST_CENSORED * counts.all
    enough = counts.all if is_bounded else counts.closed
    if enough < FEWEST:
        return made(counts, "insufficient", None, None, None, accuracy, confidence)
    if is_bounded:
        outer = outermost(counts, accuracy, confidence)
        return made(
            counts, "bounded", None, outer, bounds(counts), accuracy, confidence
        )
    share = counts.hits / counts.closed
    inner = interval(counts.hits, counts.closed, accuracy, confidence)
    point = share if accuracy is None else corrected(share, accuracy)
    return made(counts, "measured", point, inner, bounds(counts), accuracy, confidence)


def made(
    counts: Counts,
    state: State,
    point: float | None,
    within: Interval | None,
    outer: Interval | None,
    accuracy: Accuracy | None,
    confidence: float,
) -> Rate:
    return Rate(
        numerator=counts.hits,
        denominator=counts.closed,
        censored=counts.censored,
        state=state,
        point=point,
        low=within.low if within else None,
        high=within.high if within else None,
        bounds=outer,
        is_corrected=accuracy is not None and state != "insufficient",
        confidence=confidence,
    )


def bounds(counts: Counts) -> Interval | None:
    """As observed, without correction."""
    if not counts.censored:
        return None
    low, high = counts.hits, counts.hits + counts.censored
    return Interval(low / counts.all, high / counts.all)


def interval(
    hits: int, n: int, accuracy: Accuracy | None, confidence: float
) -> Interval:
    seen = wilson(hits, n, confidence)
    if accuracy is None:
        return seen
    return widened(hits / n, seen, accuracy, confidence)


def outermost(counts: Counts, accuracy: Accuracy | None, confidence: float) -> Interval:
    """From the lower end if no unknown outcome is a hit to the upper if each is."""
    least = interval(counts.hits, counts.all, accuracy, confidence)
    most = interval(counts.hits + counts.censored, counts.all, accuracy, confidence)
    return Interval(least.low, most.high)
