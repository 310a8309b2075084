"""A histogram as Prometheus shows it, and reading quantiles from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import inf


@dataclass(frozen=True, slots=True)
class Histogram:
    """`bounds` end with infinity; `counts` are cumulative, one for each bound."""

    bounds: tuple[float, ...] = ()
    counts: tuple[float, ...] = ()

    @property
    def count(self) -> float:
        return self.counts[-1] if self.counts else 0.0

    def __sub__(self, earlier: "Histogram") -> "Histogram":
        if not earlier.counts:
            return self
        pairs = zip(self.counts, earlier.counts, strict=True)
        return Histogram(self.bounds, tuple(a - b for a, b in pairs))

    def quantile(self, share: float) -> float | None:
        """As PromQL's histogram_quantile: a straight line within the bucket, and the
        highest finite bound for what lies above it. None of an empty histogram."""
        if not self.count:
            return None
        rank = share * self.count
        below_bound, below = 0.0, 0.0
        for bound, count in zip(self.bounds, self.counts, strict=True):
            if count >= rank and count > below:
                if bound == inf:
                    return below_bound
                part = (rank - below) / (count - below)
                return below_bound + (bound - below_bound) * part
            if bound != inf:
                below_bound = bound
            below = count
        return below_bound

    def shares(self) -> list[float]:
        """What part of the observations each bucket holds."""
        if not self.count:
            return [0.0] * len(self.counts)
        return [(b - a) / self.count for a, b in pairwise((0.0, *self.counts))]


EMPTY = Histogram()


def merge(histograms: Iterable[Histogram]) -> Histogram:
    """The sum of histograms that have the same bounds."""
    found = [one for one in histograms if one.counts]
    if not found:
        return EMPTY
    columns = zip(*(one.counts for one in found), strict=True)
    return Histogram(found[0].bounds, tuple(map(sum, columns)))
