"""The figures of the last seconds: rates, recent quantiles and lines over time."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from proxy.demo.figures import Figures, RouteFigures, together

WINDOW_SECONDS = 15.0
KEPT_SECONDS = 180.0


@dataclass(frozen=True, slots=True)
class Moment:
    """`at` is seconds since the traffic began."""

    at: float
    figures: Figures

    def of(self, routes: Iterable[str]) -> RouteFigures:
        known = self.figures.routes
        return together(known[name] for name in routes if name in known)

    def requests(self, routes: Iterable[str]) -> float:
        known = self.figures.routes
        return sum(known[name].requests for name in routes if name in known)


class History:
    """Starts with nothing at second zero."""

    def __init__(self) -> None:
        self.moments: deque[Moment] = deque([Moment(0.0, Figures())])

    def add(self, at: float, figures: Figures) -> None:
        self.moments.append(Moment(at, figures))
        while self.moments[0].at < at - KEPT_SECONDS:
            self.moments.popleft()

    @property
    def newest(self) -> Moment:
        return self.moments[-1]

    def window_start(self) -> Moment:
        """The newest moment that lies a whole window back, or the first."""
        since = self.newest.at - WINDOW_SECONDS
        older = [moment for moment in self.moments if moment.at <= since]
        return older[-1] if older else self.moments[0]

    def recent(self, routes: Sequence[str]) -> RouteFigures:
        """What the window holds."""
        return self.newest.of(routes) - self.window_start().of(routes)

    def rate(self, recent: RouteFigures) -> float:
        """Requests a second, of figures that cover the window."""
        seconds = self.newest.at - self.window_start().at
        return recent.requests / seconds if seconds else 0.0

    def rates(self, routes: Sequence[str], count: int) -> list[float]:
        """Requests a second of the last `count` whole seconds, the newest last; fewer
        while the traffic is younger."""
        newest = int(self.newest.at)
        ends = list(range(max(0, newest - count), newest + 1))
        counts = [self.requests_at(routes, end) for end in ends]
        return [after - before for before, after in pairwise(counts)]

    def requests_at(self, routes: Sequence[str], at: float) -> float:
        """Requests by then; between two moments on a straight line."""
        before = self.moments[0]
        for moment in self.moments:
            if moment.at > at:
                return between(before, moment, routes, at)
            before = moment
        return before.requests(routes)


def between(before: Moment, after: Moment, routes: Sequence[str], at: float) -> float:
    low, high = before.requests(routes), after.requests(routes)
    if before is after:
        return low
    return low + (high - low) * max(0.0, at - before.at) / (after.at - before.at)
