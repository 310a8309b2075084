"""One batch as statements, in an order that never deadlocks: names, sums, rows, accounts."""

import asyncio
from collections.abc import Sequence
from dataclasses import astuple
from typing import Protocol

from proxy.store import statements as sql
from proxy.store.batch import Batch
from proxy.store.rows import CONVERSED, Series, Target

Values = Sequence[object]
Kind = tuple[Target, str, str]
"""What is counted: of whom, the name of the event, and its value."""


class Transaction(Protocol):
    async def fetch(self, text: str, *values: object) -> list[Values]: ...

    async def many(self, text: str, rows: Sequence[Values]) -> None: ...

    async def add_rollups(self, tier: int, rows: Sequence[Values]) -> None:
        """Rows of ROLLUP_COLUMNS, in the order of their key."""


class Names:
    """Ids of targets and series. What was learnt in a transaction that failed is void."""

    def __init__(self) -> None:
        self.targets: dict[Target, int] = {}
        self.series: dict[Series, int] = {}
        self.kinds: dict[Kind, int] = {}

    def clear(self) -> None:
        self.targets.clear()
        self.series.clear()
        self.kinds.clear()

    async def of_target(self, work: Transaction, target: Target) -> int:
        found = self.targets.get(target)
        if found is None:
            values = astuple(target)
            found = await self.found(work, sql.FIND_TARGET, sql.ADD_TARGET, values)
            self.targets[target] = found
        return found

    async def of_series(self, work: Transaction, series: Series) -> int:
        found = self.series.get(series)
        if found is None:
            target = Target(series.route, series.model, series.variant, series.source)
            values = (
                await self.of_target(work, target),
                *(series.operation, series.status_class),
                *(series.outcome, series.error_type),
            )
            found = await self.found(work, sql.FIND_SERIES, sql.ADD_SERIES, values)
            self.series[series] = found
        return found

    async def of_kind(self, work: Transaction, kind: Kind) -> int:
        found = self.kinds.get(kind)
        if found is None:
            target, name, value = kind
            values = (await self.of_target(work, target), name, value)
            found = await self.found(work, sql.FIND_KIND, sql.ADD_KIND, values)
            self.kinds[kind] = found
        return found

    async def found(
        self, work: Transaction, find: str, add: str, values: Values
    ) -> int:
        rows = await work.fetch(find, *values)
        if not rows:
            await work.many(add, [values])
            rows = await work.fetch(find, *values)
        return int(str(rows[0][0]))


async def write(work: Transaction, names: Names, batch: Batch, at: float) -> bool:
    """False where it was written before: the word of that commit was lost, not the batch."""
    last = await work.fetch(sql.LAST_BATCH, batch.writer)
    if last and int(str(last[0][0])) >= batch.number:
        return False
    await write_rollups(work, names, batch)
    await write_events(work, names, batch)
    for table in sorted(batch.rows):
        rows: list[Values] = [astuple(row) for row in batch.rows[table]]
        await work.many(sql.add_row(table), rows)
    if batch.forgotten:
        for text in CONVERSED:
            await work.many(text, [(id,) for id in batch.forgotten])
    accounts: list[Values] = [astuple(account) for account in batch.accounts]
    if accounts:
        await work.many(sql.KEEP_ACCOUNT, accounts)
    await work.many(sql.KEEP_BATCH, [(batch.writer, batch.number, at)])
    return True


async def write_rollups(work: Transaction, names: Names, batch: Batch) -> None:
    ids = {series: await names.of_series(work, series) for series, _ in batch.rollups}
    for tier, rows in (await asyncio.to_thread(rollup_rows, batch, ids)).items():
        if rows:
            await work.add_rollups(tier, rows)


def rollup_rows(batch: Batch, ids: dict[Series, int]) -> dict[int, list[Values]]:
    """In a thread: after an outage there are many, and the loop has other work."""
    return {
        tier: [
            *sorted((ids[s], at, *delta.values()) for (s, at), delta in deltas.items())
        ]
        for tier, deltas in batch.tiers().items()
    }


async def write_events(work: Transaction, names: Names, batch: Batch) -> None:
    ids = {event[:3]: await names.of_kind(work, event[:3]) for event in batch.events}
    for tier, events in batch.tiered_events().items():
        rows = sorted((ids[event[:3]], event[3], n) for event, n in events.items())
        if rows:
            await work.many(sql.add_event(tier), rows)
