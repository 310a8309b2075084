"""What the store holds, as values. A dataclass's fields are its table's columns.

Times are seconds since the epoch. None is "not known", and never 0.
"""

from dataclasses import dataclass, fields
from typing import Literal

TIERS = (60, 600, 3_600, 86_400)
"""Lengths in seconds at which rollups are kept: each counts all traffic."""

Why = Literal["error", "recovery", "probe", "sample"]
"""Why an exchange has a row of its own; `sample` has the probability that it had to get one."""
Owner = Literal["exchange", "run"]
Part = Literal["request", "response", "transcript"]


@dataclass(frozen=True, slots=True)
class Target:
    """Whose traffic it is; names are admitted, so that there are few."""

    route: str
    model: str
    variant: str
    source: str


@dataclass(frozen=True, slots=True)
class Series:
    """The key of a rollup, beside its minute."""

    route: str
    model: str
    variant: str
    source: str
    operation: str
    status_class: str
    outcome: str
    error_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeRow:
    id: str
    at: float
    route: str
    model: str
    variant: str
    source: str
    operation: str
    dialect: str
    status: int | None
    outcome: str
    error_type: str
    why: Why
    probability: float
    """With which an exchange like this one gets a row; 1 for errors."""
    duration_us: int | None
    first_us: int | None
    input_tokens: int | None
    output_tokens: int | None
    finish: str | None
    conversation: str | None
    parent: str | None
    attempt: int
    app: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalRow:
    exchange: str
    number: int
    at: float
    conversation: str
    route: str
    model: str
    variant: str
    source: str
    name: str
    value: str
    evidence: str
    weight: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRow:
    conversation: str
    number: int
    at: float
    route: str
    model: str
    variant: str
    source: str
    outcome: str
    sub: str | None
    errors: int
    identical: int
    calls: int | None
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationRow:
    """Of those that are kept; counts grow with each batch."""

    id: str
    begun: float
    last: float
    route: str
    model: str
    variant: str
    source: str
    app: str | None
    exchanges: int
    errors: int
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    id: str
    opened: float
    closed: float | None
    route: str
    model: str
    variant: str
    signal: str
    state: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    id: str
    at: float
    ended: float | None
    route: str
    model: str
    variant: str
    pack: str
    scenario: str
    seed: int
    outcome: str
    probability: float
    usd: float | None
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    at: float
    route: str
    model: str
    variant: str
    domain: str
    score: float | None
    low: float | None
    high: float | None
    verdict: str
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRow:
    """Words, where a route keeps them; in a table of its own, so that none is read by chance."""

    owner: Owner
    id: str
    part: Part
    at: float
    body: str


@dataclass(frozen=True, slots=True)
class Account:
    """How far one boot of a relay is in the store: see `accounts`."""

    boot: str
    relay: str
    seq: int
    drops: int
    received: int
    gaps: int
    """Lost between relay and monitor, and counted there."""
    at: float


Row = (
    ExchangeRow
    | SignalRow
    | RecoveryRow
    | ConversationRow
    | IncidentRow
    | RunRow
    | ScoreRow
    | ContentRow
)

TABLES: dict[str, type[Row]] = {
    "exchanges": ExchangeRow,
    "signals": SignalRow,
    "recoveries": RecoveryRow,
    "conversations": ConversationRow,
    "incidents": IncidentRow,
    "runs": RunRow,
    "scores": ScoreRow,
    "content": ContentRow,
}
KEYS: dict[str, tuple[str, ...]] = {
    "exchanges": ("id", "at"),
    "signals": ("exchange", "number", "at"),
    "recoveries": ("conversation", "number"),
    "conversations": ("id",),
    "incidents": ("id",),
    "runs": ("id",),
    "scores": ("route", "model", "variant", "domain", "at"),
    "content": ("owner", "id", "part", "at"),
}
TABLE_OF = {kind: table for table, kind in TABLES.items()}
AGES = {
    **dict.fromkeys(("exchanges", "signals", "recoveries", "content"), "at"),
    "conversations": "last",
    "runs": "at",
    "scores": "at",
    "incidents": "closed",
}
"""The column by which a row is old; an open incident never is."""


def columns(kind: type[Row]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


CONVERSED = (
    "DELETE FROM content WHERE owner = 'exchange' AND id IN "
    "(SELECT id FROM exchanges WHERE conversation = ?)",
    *(
        f"DELETE FROM {table} WHERE conversation = ?"
        for table in ("exchanges", "signals", "recoveries")
    ),
    "DELETE FROM conversations WHERE id = ?",
)
"""What forgetting a conversation takes; sums hold nothing of anybody."""
