"""Wilson's interval for a share: honest at small counts and near 0 and 1."""

import math
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple


class Interval(NamedTuple):
    low: float
    high: float


@lru_cache(maxsize=64)
def quantile(confidence: float) -> float:
    """Of the normal distribution, two-sided: 1.96 for 0.95."""
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(hits: int, n: int, confidence: float = 0.95) -> Interval:
    """Of `hits` in `n`; all is possible where nothing was seen."""
    if not 0 <= hits <= n:
        raise ValueError(f"hits must be within 0 and n, got {hits} of {n}")
    if n == 0:
        return Interval(0.0, 1.0)
    z = quantile(confidence)
    share, spread = hits / n, z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # Exact at the ends, where rounding would leave 1e-17.
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == n else min(1.0, centre + half)
    return Interval(low, high)
