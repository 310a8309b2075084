"""What many analysed exchanges come to."""

from collections import Counter
from dataclasses import dataclass, field

from proxy.cli.analysis.results import Broken, Found, Row

MOST_SHOWN = 40
"""Exchanges that a person is shown one by one."""


@dataclass(slots=True)
class Group:
    exchanges: int = 0
    streams: int = 0
    errors: int = 0
    tool_calls: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    """None where not one exchange said."""
    without_usage: int = 0
    """Exchanges that did not say how much they used; they are in no sum."""

    def add(self, row: Row) -> None:
        self.exchanges += 1
        self.streams += row["streaming"] is True
        self.errors += row["error"] is not None
        self.tool_calls += length(row["tool_calls"])
        read, written = number(row, "input_tokens"), number(row, "output_tokens")
        self.input_tokens = plus(self.input_tokens, read)
        self.output_tokens = plus(self.output_tokens, written)
        self.without_usage += read is None and written is None


def plus(sum_: int | None, more: int | None) -> int | None:
    return sum_ if more is None else (sum_ or 0) + more


@dataclass(slots=True)
class Summary:
    groups: dict[tuple[str, str, str], Group] = field(default_factory=dict)
    """By provider, dialect and model."""
    total: Group = field(default_factory=Group)
    sizes: Counter[object] = field(default_factory=Counter)
    """Exchanges of each conversation."""
    evidence: Counter[str] = field(default_factory=Counter)
    errors: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By status and what the provider calls it."""
    incomplete_streams: int = 0
    broken: list[Broken] = field(default_factory=list)
    shown: list[Row] | None = field(default_factory=list)
    """Every exchange; None once there are too many to look at."""

    def add(self, one: Found | Broken) -> None:
        if isinstance(one, Broken):
            self.broken.append(one)
            return
        row = one.row
        model = row["response_model"] or row["request_model"] or "-"
        name = (str(row["provider"]), str(row["dialect"]), str(model))
        self.groups.setdefault(name, Group()).add(row)
        self.total.add(row)
        self.sizes[row["conversation"]] += 1
        if row["link_evidence"] is not None:
            self.evidence[str(row["link_evidence"])] += 1
        self.incomplete_streams += row["stream_complete"] is False
        self.note_error(row["error"])
        self.show(row)

    def note_error(self, error: object) -> None:
        if isinstance(error, dict):
            told = error["type"] or error["code"] or "without a name"
            self.errors[str(error["status"] or "-"), str(told)] += 1

    def show(self, row: Row) -> None:
        if self.shown is not None:
            self.shown.append(row)
            if len(self.shown) > MOST_SHOWN:
                self.shown = None

    def document(self) -> dict[str, object]:
        return {
            "exchanges": self.total.exchanges,
            "streams": self.total.streams,
            "incomplete_streams": self.incomplete_streams,
            "errors": self.total.errors,
            "tool_calls": self.total.tool_calls,
            "input_tokens": self.total.input_tokens,
            "output_tokens": self.total.output_tokens,
            "without_usage": self.total.without_usage,
            "conversations": len(self.sizes),
            "conversations_of_several": self.conversations_of_several,
            "links": dict(self.evidence),
            "broken": len(self.broken),
        }

    @property
    def conversations_of_several(self) -> int:
        return sum(size > 1 for size in self.sizes.values())


def length(value: object) -> int:
    return len(value) if isinstance(value, list) else 0


def number(row: Row, key: str) -> int | None:
    value = row[key]
    return value if isinstance(value, int) else None
