"""The questions of people, pages and the score, written once for both engines.

Rates and latency come from rollups of all traffic and are exact but for the sketches'
stated error; conversations, examples and runs come from rows, of which there is a sample.
"""

from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, TypeVar, cast

from proxy.store.answers import (
    Asked,
    Conversation,
    ErrorCount,
    Evidence,
    Latency,
    Point,
    Run,
    Sums,
    Total,
    Window,
)
from proxy.store.batch import SUMS
from proxy.store.rows import (
    ConversationRow,
    IncidentRow,
    RunRow,
    ScoreRow,
    SignalRow,
    Target,
    columns,
)
from proxy.store.sketch import quantiles

T = TypeVar("T")

BUSIEST = 200
EXAMPLES = 3
EXAMPLE_ROWS = 300
QUANTILES = (0.5, 0.95, 0.99)
SUMMED = ", ".join(
    (
        "SUM(r.exchanges)",
        "SUM(CASE WHEN s.outcome = 'error' THEN r.exchanges ELSE 0 END)",
        "SUM(CASE WHEN s.outcome = 'client_cancelled' THEN r.exchanges ELSE 0 END)",
        *(f"SUM(r.{name})" for name in SUMS[1:]),
    )
)
SUM_NAMES = tuple(field.name for field in fields(Sums))


class Queries(ABC):
    @abstractmethod
    async def fetch(self, text: str, *values: object) -> list[Sequence[Any]]: ...

    async def totals(
        self, window: Window, asked: Asked, most: int = BUSIEST
    ) -> list[Total]:
        tier = window.tier()
        since, until = window.span(tier)
        where, values = rolled(asked, tier, since, until)
        rows = await self.fetch(
            f"SELECT s.target, {SUMMED} {where} GROUP BY s.target "
            "ORDER BY SUM(r.exchanges) DESC LIMIT ?",
            *(*values, most),
        )
        if not rows:
            return []
        ids = [row[0] for row in rows]
        marks = ", ".join("?" * len(ids))
        latency = await self.latency(
            "s.target", f"{where} AND s.target IN ({marks})", [*values, *ids]
        )
        names = await self.targets()
        return [
            Total(names[by], since, until, sums, *latency.of(by, sums))
            for by, sums in ((row[0], summed(row[1:])) for row in rows)
        ]

    async def targets(self) -> dict[int, Target]:
        rows = await self.fetch("SELECT id, route, model, variant, source FROM targets")
        return {row[0]: Target(*row[1:]) for row in rows}

    async def timeline(self, window: Window, asked: Asked, step: int) -> list[Point]:
        where, values = rolled(asked, step, *window.span(step))
        rows = await self.fetch(
            f"SELECT r.at, {SUMMED} {where} GROUP BY r.at ORDER BY r.at", *values
        )
        latency = await self.latency("r.at", where, values)
        return [
            Point(at, sums, *latency.of(at, sums))
            for at, sums in ((row[0], summed(row[1:])) for row in rows)
        ]

    async def latency(self, by: str, where: str, values: list[object]) -> "Latencies":
        rows = await self.fetch(f"SELECT {by}, r.duration, r.first {where}", *values)
        return Latencies(rows)

    async def errors(self, window: Window, asked: Asked, most: int) -> list[ErrorCount]:
        tier = window.tier()
        where, values = rolled(asked, tier, *window.span(tier))
        rows = await self.fetch(
            f"SELECT s.target, s.error_type, s.status_class, SUM(r.exchanges) {where} "
            "AND s.error_type <> 'none' GROUP BY s.target, s.error_type, s.status_class "
            "ORDER BY SUM(r.exchanges) DESC LIMIT ?",
            *(*values, most),
        )
        examples = await self.examples(window, asked)
        names = await self.targets()
        return [
            ErrorCount(
                names[row[0]],
                *(row[1], row[2], int(row[3])),
                tuple(examples[names[row[0]], row[1]][:EXAMPLES]),
            )
            for row in rows
        ]

    async def examples(
        self, window: Window, asked: Asked
    ) -> defaultdict[tuple[Target, str], list[str]]:
        rows = await self.fetch(
            "SELECT route, model, variant, source, error_type, id FROM exchanges "
            f"WHERE error_type <> 'none' AND at >= ? AND at < ?{also(asked)} "
            "ORDER BY at DESC LIMIT ?",
            *(window.since, window.until, *asked.values(), EXAMPLE_ROWS),
        )
        found: defaultdict[tuple[Target, str], list[str]] = defaultdict(list)
        for row in rows:
            found[Target(*row[:4]), row[4]].append(row[5])
        return found

    async def conversations(
        self, window: Window, asked: Asked, most: int
    ) -> list[Conversation]:
        rows = await self.fetch(
            f"SELECT {', '.join(columns(ConversationRow))} FROM conversations "
            f"WHERE last >= ? AND last < ?{also(asked)} ORDER BY last DESC LIMIT ?",
            *(window.since, window.until, *asked.values(), most),
        )
        found = [ConversationRow(**named(ConversationRow, row)) for row in rows]
        signals = await self.signals(found)
        return [Conversation(row, tuple(signals[row.id])) for row in found]

    async def signals(
        self, conversations: Sequence[ConversationRow]
    ) -> defaultdict[str, list[SignalRow]]:
        found: defaultdict[str, list[SignalRow]] = defaultdict(list)
        if not conversations:
            return found
        marks = ", ".join("?" * len(conversations))
        rows = await self.fetch(
            f"SELECT {', '.join(columns(SignalRow))} FROM signals "
            f"WHERE conversation IN ({marks}) ORDER BY at, exchange, number",
            *(row.id for row in conversations),
        )
        for row in rows:
            signal = SignalRow(**named(SignalRow, row))
            found[signal.conversation].append(signal)
        return found

    async def incidents(
        self, window: Window, asked: Asked, most: int
    ) -> list[IncidentRow]:
        rows = await self.fetch(
            f"SELECT {', '.join(columns(IncidentRow))} FROM incidents "
            f"WHERE opened < ? AND (closed IS NULL OR closed >= ?)"
            f"{also(asked, sourced=False)} ORDER BY opened DESC LIMIT ?",
            *(window.until, window.since, *asked.values(sourced=False), most),
        )
        return [IncidentRow(**named(IncidentRow, row)) for row in rows]

    async def runs(self, window: Window, asked: Asked, most: int) -> list[Run]:
        names = ", ".join(f"r.{name}" for name in columns(RunRow))
        rows = await self.fetch(
            f"SELECT {names}, c.body FROM runs r LEFT JOIN content c "
            "ON c.owner = 'run' AND c.id = r.id AND c.part = 'transcript' "
            f"WHERE r.at >= ? AND r.at < ?{also(asked, 'r.', sourced=False)} "
            "ORDER BY r.at DESC LIMIT ?",
            *(window.since, window.until, *asked.values(sourced=False), most),
        )
        return [Run(RunRow(**named(RunRow, row[:-1])), row[-1]) for row in rows]

    async def evidence(self, window: Window, asked: Asked) -> list[Evidence]:
        found: dict[tuple[str, str, str], Evidence] = {}

        def of(route: str, model: str, variant: str) -> Evidence:
            key = (route, model, variant)
            return found.setdefault(key, Evidence(*key))

        for row in await self.event_counts(window, asked):
            of(*row[:3]).events[row[3], row[4], row[5]] = int(row[6])
        for row in await self.run_counts(window, asked):
            of(*row[:3]).runs[row[3], row[4]] = (int(row[5]), float(row[6]))
        for row in await self.newest_scores(window, asked):
            score = ScoreRow(**named(ScoreRow, row))
            of(score.route, score.model, score.variant).scores[score.domain] = score
        return [found[key] for key in sorted(found)]

    async def event_counts(self, window: Window, asked: Asked) -> list[Sequence[Any]]:
        tier = window.tier()
        return await self.fetch(
            "SELECT t.route, t.model, t.variant, t.source, k.name, k.value, e.n FROM "
            "(SELECT k.id, SUM(e.n) AS n "
            f"FROM kinds k CROSS JOIN events_{tier} e WHERE e.kind = k.id "
            f"AND e.at >= ? AND e.at < ?{of_targets('k.target', asked)} GROUP BY k.id) e "
            "JOIN kinds k ON k.id = e.id JOIN targets t ON t.id = k.target",
            *(*window.span(tier), *asked.values()),
        )

    async def run_counts(self, window: Window, asked: Asked) -> list[Sequence[Any]]:
        return await self.fetch(
            "SELECT route, model, variant, pack, outcome, COUNT(*), "
            "SUM(1 / probability) FROM runs "
            f"WHERE at >= ? AND at < ?{also(asked, sourced=False)} "
            "GROUP BY route, model, variant, pack, outcome",
            *(window.since, window.until, *asked.values(sourced=False)),
        )

    async def newest_scores(self, window: Window, asked: Asked) -> list[Sequence[Any]]:
        names = ", ".join(f"s.{name}" for name in columns(ScoreRow))
        return await self.fetch(
            f"SELECT {names} FROM scores s JOIN (SELECT route, model, variant, domain, "
            "MAX(at) AS newest FROM scores WHERE at >= ? AND at < ?"
            f"{also(asked, sourced=False)} GROUP BY route, model, variant, domain) n "
            "ON s.route = n.route AND s.model = n.model AND s.variant = n.variant "
            "AND s.domain = n.domain AND s.at = n.newest",
            *(window.since, window.until, *asked.values(sourced=False)),
        )


class Latencies:
    """Sketches, by whatever the first column names."""

    def __init__(self, rows: Iterable[Sequence[Any]]) -> None:
        self.durations: defaultdict[Any, list[bytes]] = defaultdict(list)
        self.firsts: defaultdict[Any, list[bytes]] = defaultdict(list)
        for by, duration, first in rows:
            if duration:
                self.durations[by].append(duration)
            if first:
                self.firsts[by].append(first)

    def of(self, by: object, sums: Sums) -> tuple[Latency, Latency]:
        durations, firsts = self.durations.get(by, []), self.firsts.get(by, [])
        return (
            Latency(*quantiles(durations, sums.durations, *QUANTILES)),
            Latency(*quantiles(firsts, sums.firsts, *QUANTILES)),
        )


def summed(values: Sequence[Any]) -> Sums:
    return Sums(**dict(zip(SUM_NAMES, map(int, values), strict=True)))


def named(kind: type, row: Sequence[Any]) -> dict[str, Any]:
    names = [field.name for field in fields(cast("Any", kind))]
    return dict(zip(names, row, strict=True))


def rolled(asked: Asked, tier: int, since: int, until: int) -> tuple[str, list[object]]:
    """FROM and WHERE of rollups: by series and then by time, as they lie.

    CROSS JOIN keeps SQLite from scanning all rollups instead; PostgreSQL joins as it
    likes.
    """
    return (
        f"FROM series s CROSS JOIN rollups_{tier} r WHERE r.series = s.id "
        f"AND r.at >= ? AND r.at < ?{of_targets('s.target', asked)}",
        [since, until, *asked.values()],
    )


def of_targets(column: str, asked: Asked) -> str:
    terms = " AND ".join(asked.terms())
    return f" AND {column} IN (SELECT id FROM targets WHERE {terms})" if terms else ""


def also(asked: Asked, prefix: str = "", *, sourced: bool = True) -> str:
    terms = asked.terms(prefix, sourced=sourced)
    return "".join(f" AND {term}" for term in terms)
