"""The embedded store: one SQLite file.

Law: nothing but `changing` changes the file, and it is one transaction of the one writer.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import aiosqlite

from proxy.store import lines, statements
from proxy.store.answers import Info
from proxy.store.batch import Batch
from proxy.store.faults import StoreUnavailable
from proxy.store.lines import Line
from proxy.store.loading import loading
from proxy.store.migrations.table import MIGRATIONS, Migration
from proxy.store.queries import Queries
from proxy.store.rows import AGES, CONVERSED, Account
from proxy.store.sqlite_file import Clock, SqliteFile, transaction
from proxy.store.writing import Names, Values, write

QUERY_SECONDS = 10.0
SERIES_A_STEP = 20
FREE_PAGES_A_STEP = 256


class SqliteStore(Queries):
    def __init__(
        self,
        path: Path,
        wall: Clock,
        *,
        read_only: bool = False,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self.file = SqliteFile(path, wall, read_only=read_only, migrations=migrations)
        self.place = self.file.place
        self.wall = wall
        self.names = Names()
        self.named_in: aiosqlite.Connection | None = None
        """The connection at which the names were learnt."""
        self.pruned: dict[str, int] = {}
        """Of each table of rollups, the last series that was looked at."""

    async def open(self) -> None:
        await self.file.open()

    async def close(self) -> None:
        await self.file.close()

    @contextlib.asynccontextmanager
    async def changing(self) -> AsyncIterator[aiosqlite.Connection]:
        """One transaction of the one writer."""
        await self.open()
        file = self.file
        async with file.writing, file.faults():
            if file.writer is None:
                raise StoreUnavailable("absent", f"{self.place}: closed")
            if self.named_in is not file.writer:
                self.names.clear()
                self.named_in = file.writer
            try:
                async with transaction(file.writer):
                    yield file.writer
            except BaseException:
                self.names.clear()
                raise

    async def write(self, batch: Batch) -> None:
        async with self.changing() as connected:
            await write(Work(connected), self.names, batch, self.wall())

    async def fetch(self, text: str, *values: object) -> list[Sequence[Any]]:
        await self.open()
        reader = self.file.reader
        async with self.file.faults():
            if reader is None:
                raise StoreUnavailable("absent", f"{self.place}: closed")
            try:
                async with asyncio.timeout(QUERY_SECONDS):
                    return list(await reader.execute_fetchall(text, values))
            except TimeoutError:
                await reader.interrupt()
                problem = f"{self.place}: a query took too long"
                raise StoreUnavailable("slow", problem) from None

    async def accounts(self) -> list[Account]:
        return [Account(*row) for row in await self.fetch(statements.ACCOUNTS)]

    async def info(self) -> Info:
        rows = {}
        for table in statements.ALL_TABLES:
            (row,) = await self.fetch(f"SELECT COUNT(*) FROM {table}")
            rows[table] = int(row[0])
        ((oldest, newest),) = await self.fetch(
            "SELECT MIN(at), MAX(at) FROM rollups_86400"
        )
        ((version,),) = await self.fetch("PRAGMA user_version")
        length = await asyncio.to_thread(self.file.length)
        return Info(self.place, "sqlite", version, length, rows, oldest, newest)

    async def lines(
        self, table: str, after: Sequence[object] | None, most: int
    ) -> list[Line]:
        rows = await self.fetch(lines.page(table, after), *(after or ()), most)
        return [lines.line(table, row) for row in rows]

    async def load(self, table: str, found: Sequence[Line]) -> int:
        async with self.changing() as connected:
            text, rows = await loading(Work(connected), self.names, table, found)
            before = connected.total_changes
            await connected.executemany(text, rows)
            return connected.total_changes - before

    async def prune(self, table: str, before: float, most: int, dry: bool) -> int:
        if table not in AGES:
            return await self.prune_sums(table, before, dry)
        age = AGES[table]
        if dry:
            ((found,),) = await self.fetch(
                f"SELECT COUNT(*) FROM {table} WHERE {age} < ?", before
            )
            return int(found)
        return await self.remove(
            f"DELETE FROM {table} WHERE rowid IN "
            f"(SELECT rowid FROM {table} WHERE {age} < ? LIMIT ?)",
            [(before, most)],
        )

    async def prune_sums(self, table: str, before: float, dry: bool) -> int:
        """Some series at a time, round and round: they lie by series, not by time."""
        by = "series" if table in statements.ROLLUP_TABLES else "kind"
        names = "series" if by == "series" else "kinds"
        if dry:
            ((found,),) = await self.fetch(
                f"SELECT COUNT(*) FROM {table} WHERE at < ?", before
            )
            return int(found)
        removed = 0
        while not removed:
            ids = await self.fetch(
                f"SELECT id FROM {names} WHERE id > ? ORDER BY id LIMIT ?",
                *(self.pruned.get(table, 0), SERIES_A_STEP),
            )
            if not ids:
                self.pruned[table] = 0
                return 0
            self.pruned[table] = ids[-1][0]
            removed = await self.remove(
                f"DELETE FROM {table} WHERE {by} = ? AND at < ?",
                [(row[0], int(before)) for row in ids],
            )
        return removed

    async def remove(self, text: str, rows: list[tuple[object, ...]]) -> int:
        async with self.changing() as connected:
            before = connected.total_changes
            await connected.executemany(text, rows)
            removed = connected.total_changes - before
        async with self.file.writing, self.file.faults():
            if removed and self.file.writer is not None:
                await self.file.writer.execute_fetchall(
                    f"PRAGMA incremental_vacuum({FREE_PAGES_A_STEP})"
                )
        return removed

    async def forget(self, conversation: str) -> int:
        async with self.changing() as connected:
            before = connected.total_changes
            for text in CONVERSED:
                await connected.execute(text, (conversation,))
            return connected.total_changes - before


class Work:
    """A transaction's statements on one connection."""

    def __init__(self, connected: aiosqlite.Connection) -> None:
        self.connected = connected

    async def fetch(self, text: str, *values: object) -> list[Values]:
        return list(await self.connected.execute_fetchall(text, values))

    async def many(self, text: str, rows: Sequence[Values]) -> None:
        await self.connected.executemany(text, rows)

    async def add_rollups(self, tier: int, rows: Sequence[Values]) -> None:
        await self.many(statements.add_rollup(tier, "merge_sketch({}, {})"), rows)
