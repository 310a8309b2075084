"""What is written at once: sums of all traffic by minute, and rows."""

from dataclasses import dataclass, field

from proxy.store import sketch
from proxy.store.rows import TABLE_OF, TIERS, Account, Row, Series, Target

MICRO = 1e6
SUMS = (
    *("exchanges", "begun", "stated", "input_tokens", "output_tokens"),
    *("cached_tokens", "created_tokens", "reasoning_tokens"),
    *("request_bytes", "response_bytes", "durations", "duration_us"),
    *("firsts", "first_us"),
)
"""Columns of a rollup that are added; `stated` counts the exchanges that told their usage."""
SKETCHES = ("duration", "first")
"""Columns of a rollup that are merged."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one exchange adds to its rollup; None where it was not measured or not said."""

    duration_us: int | None = None
    first_us: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cached_tokens: int | None = None
    created_tokens: int | None = None
    reasoning_tokens: int | None = None
    request_bytes: int = 0
    response_bytes: int = 0
    begins: bool = False
    """It begins a conversation."""


class Delta:
    """What is to be added to one rollup."""

    __slots__ = ("duration", "first", "sums")

    def __init__(self) -> None:
        self.sums = [0] * len(SUMS)
        self.duration: dict[int, int] = {}
        self.first: dict[int, int] = {}

    def add(self, one: Measured) -> None:
        sums = self.sums
        sums[0] += 1
        sums[1] += one.begins
        sums[2] += one.input_tokens is not None or one.output_tokens is not None
        sums[3] += one.input_tokens or 0
        sums[4] += one.output_tokens or 0
        sums[5] += one.cached_tokens or 0
        sums[6] += one.created_tokens or 0
        sums[7] += one.reasoning_tokens or 0
        sums[8] += one.request_bytes
        sums[9] += one.response_bytes
        if one.duration_us is not None:
            sums[10] += 1
            sums[11] += one.duration_us
            observe(self.duration, one.duration_us)
        if one.first_us is not None:
            sums[12] += 1
            sums[13] += one.first_us
            observe(self.first, one.first_us)

    def join(self, other: "Delta") -> None:
        self.sums = [a + b for a, b in zip(self.sums, other.sums, strict=True)]
        for mine, theirs in (
            (self.duration, other.duration),
            (self.first, other.first),
        ):
            for key, n in theirs.items():
                mine[key] = mine.get(key, 0) + n

    def values(self) -> tuple[object, ...]:
        return (
            *self.sums,
            sketch.encode(self.duration),
            sketch.encode(self.first),
        )


def observe(counts: dict[int, int], microseconds: int) -> None:
    key = sketch.bucket(microseconds)
    counts[key] = counts.get(key, 0) + 1


Minute = tuple[Series, int]
Event = tuple[Target, str, str, int]
"""Target, name, value, minute: what is counted of signals and behaviour."""


@dataclass(slots=True)
class Batch:
    """Grows until it is written. `writer` and `number` make writing it twice harmless."""

    writer: str
    number: int
    rollups: dict[Minute, Delta] = field(default_factory=dict)
    events: dict[Event, int] = field(default_factory=dict)
    rows: dict[str, list[Row]] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)
    """Conversations of which no row shall be left, of this batch neither."""
    accounts: tuple[Account, ...] = ()
    exchanges: int = 0
    """Exchanges whose counts are in it."""
    length: int = 0
    """Rows in it."""

    def count(
        self, series: Series, at: float, measured: Measured, most: int | None = None
    ) -> bool:
        """False where it would need another key than the `most` there may be."""
        key = (series, minute(at))
        delta = self.rollups.get(key)
        if delta is None:
            if most is not None and self.keys() >= most:
                return False
            delta = self.rollups[key] = Delta()
        delta.add(measured)
        self.exchanges += 1
        return True

    def tally(
        self,
        target: Target,
        name: str,
        value: str,
        at: float,
        n: int = 1,
        most: int | None = None,
    ) -> bool:
        key = (target, name, value, minute(at))
        if key not in self.events and most is not None and self.keys() >= most:
            return False
        self.events[key] = self.events.get(key, 0) + n
        return True

    def append(self, row: Row) -> None:
        self.rows.setdefault(TABLE_OF[type(row)], []).append(row)
        self.length += 1

    def is_empty(self) -> bool:
        return not (self.rollups or self.events or self.rows or self.forgotten)

    def keys(self) -> int:
        return len(self.rollups) + len(self.events)

    def tiers(self) -> dict[int, dict[Minute, Delta]]:
        """The sums at every length that is kept."""
        found: dict[int, dict[Minute, Delta]] = {TIERS[0]: self.rollups}
        for tier in TIERS[1:]:
            coarse = found[tier] = {}
            for (series, at), delta in self.rollups.items():
                coarse.setdefault((series, at // tier * tier), Delta()).join(delta)
        return found

    def tiered_events(self) -> dict[int, dict[Event, int]]:
        found: dict[int, dict[Event, int]] = {TIERS[0]: self.events}
        for tier in TIERS[1:]:
            coarse = found[tier] = {}
            for (target, name, value, at), n in self.events.items():
                key = (target, name, value, at // tier * tier)
                coarse[key] = coarse.get(key, 0) + n
        return found


def minute(at: float) -> int:
    return int(at) // 60 * 60
