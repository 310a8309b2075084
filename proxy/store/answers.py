"""What a store is asked, and what it answers: values, the same from every engine."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.store.rows import TIERS, ConversationRow, RunRow, ScoreRow, SignalRow, Target

LONGEST_BY_TIER = ((60, 30 * 60), (600, 6 * 3_600), (3_600, 48 * 3_600))
"""A window up to that long is added up from rollups of that length."""


@dataclass(frozen=True, slots=True)
class Window:
    """From `since` up to, but not including, `until`."""

    since: float
    until: float

    def tier(self) -> int:
        length = self.until - self.since
        return next((t for t, most in LONGEST_BY_TIER if length <= most), TIERS[-1])

    def span(self, tier: int) -> tuple[int, int]:
        """Widened to whole rollups."""
        return int(self.since // tier * tier), int(-(-self.until // tier) * tier)


@dataclass(frozen=True, slots=True)
class Asked:
    """Only what is of these; None is all."""

    route: str | None = None
    model: str | None = None
    variant: str | None = None
    source: str | None = None

    def terms(self, prefix: str = "", *, sourced: bool = True) -> Iterator[str]:
        names = ("route", "model", "variant", "source")[: 4 if sourced else 3]
        for name in names:
            if getattr(self, name) is not None:
                yield f"{prefix}{name} = ?"

    def values(self, *, sourced: bool = True) -> list[object]:
        all_values = (self.route, self.model, self.variant, self.source)
        return [v for v in all_values[: 4 if sourced else 3] if v is not None]


ALL = Asked()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sums:
    """Of all exchanges in a span; exact."""

    exchanges: int = 0
    errors: int = 0
    cancelled: int = 0
    begun: int = 0
    stated: int = 0
    """Exchanges that told their usage: the tokens are theirs."""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    created_tokens: int = 0
    reasoning_tokens: int = 0
    request_bytes: int = 0
    response_bytes: int = 0
    durations: int = 0
    duration_us: int = 0
    firsts: int = 0
    first_us: int = 0


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds, each within `sketch.RELATIVE_ERROR`; None where nothing was measured."""

    p50: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Total:
    target: Target
    since: int
    until: int
    """The window, widened to whole rollups: what was really added up."""
    sums: Sums
    duration: Latency
    first: Latency


@dataclass(frozen=True, slots=True)
class Point:
    at: int
    sums: Sums
    duration: Latency
    first: Latency


@dataclass(frozen=True, slots=True)
class ErrorCount:
    target: Target
    error_type: str
    status_class: str
    exchanges: int
    examples: tuple[str, ...]
    """Ids of the newest ones that have rows."""


@dataclass(frozen=True, slots=True)
class Conversation:
    row: ConversationRow
    signals: tuple[SignalRow, ...]


@dataclass(frozen=True, slots=True)
class Run:
    row: RunRow
    transcript: str | None
    """None where it is not kept."""


@dataclass(slots=True)
class Evidence:
    route: str
    model: str
    variant: str
    events: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """By source, name and value; counted over all that was detected."""
    runs: dict[tuple[str, str], tuple[int, float]] = field(default_factory=dict)
    """By pack and outcome: how many, and the sum of their weights 1 / probability."""
    scores: dict[str, ScoreRow] = field(default_factory=dict)
    """The newest of each domain."""


@dataclass(frozen=True, slots=True)
class Info:
    place: str
    engine: str
    version: int
    bytes: int
    rows: dict[str, int]
    """On PostgreSQL the planner's estimate."""
    oldest: float | None
    newest: float | None
    """Of the rollups."""
