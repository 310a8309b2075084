"""The store of those who outgrow one machine: a PostgreSQL database, shared by replicas.

Writers take turns by an advisory lock, so that their rollups merge exactly and no two of
them wait for each other in a circle.
"""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from typing import Any

from proxy.store import lines, partitions, sketch, statements
from proxy.store.answers import Info
from proxy.store.batch import SKETCHES, SUMS, Batch
from proxy.store.lines import Line
from proxy.store.loading import loading
from proxy.store.migrations.table import MIGRATIONS, Migration
from proxy.store.partitions import Piece
from proxy.store.postgres_server import LOCK, Server
from proxy.store.queries import Queries
from proxy.store.rows import AGES, CONVERSED, Account
from proxy.store.statements import numbered
from proxy.store.writing import Names, Values, write

SIZES = (
    "SELECT COALESCE(p.relname, c.relname), SUM(s.n_live_tup) "
    "FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid "
    "LEFT JOIN pg_inherits i ON i.inhrelid = c.oid "
    "LEFT JOIN pg_class p ON p.oid = i.inhparent GROUP BY 1"
)


class PostgresStore(Queries):
    def __init__(
        self,
        url: str,
        wall: Callable[[], float],
        *,
        read_only: bool = False,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self.server = Server(url, read_only=read_only, migrations=migrations)
        self.place = self.server.place
        self.wall = wall
        self.names = Names()
        self.pieces: set[Piece] = set()
        """Those that are known to be there."""

    async def open(self) -> None:
        await self.server.open()

    async def close(self) -> None:
        await self.server.close()

    @contextlib.asynccontextmanager
    async def changing(self, pieces: Iterable[Piece] = ()) -> AsyncIterator[Any]:
        """One transaction, alone among writers."""
        missing = sorted(set(pieces) - self.pieces)
        try:
            async with self.server.connection() as connected, connected.transaction():
                await connected.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
                for piece in missing:
                    await connected.execute(partitions.create(piece))
                yield connected
        except BaseException:
            self.names.clear()
            self.pieces.clear()
            raise
        self.pieces |= set(missing)

    async def write(self, batch: Batch) -> None:
        async with self.changing(partitions.of_batch(batch)) as connected:
            await write(Work(connected), self.names, batch, self.wall())

    async def fetch(self, text: str, *values: object) -> list[Sequence[Any]]:
        async with self.server.connection() as connected:
            return list(await connected.fetch(numbered(text), *values))

    async def accounts(self) -> list[Account]:
        return [Account(*row) for row in await self.fetch(statements.ACCOUNTS)]

    async def info(self) -> Info:
        counts = {row[0]: int(row[1]) for row in await self.fetch(SIZES)}
        rows = {table: counts.get(table, 0) for table in statements.ALL_TABLES}
        ((oldest, newest),) = await self.fetch(
            "SELECT MIN(at), MAX(at) FROM rollups_86400"
        )
        ((version,),) = await self.fetch("SELECT MAX(version) FROM migrations")
        ((length,),) = await self.fetch("SELECT pg_database_size(current_database())")
        return Info(self.place, "postgres", version, length, rows, oldest, newest)

    async def lines(
        self, table: str, after: Sequence[object] | None, most: int
    ) -> list[Line]:
        rows = await self.fetch(lines.page(table, after), *(after or ()), most)
        return [lines.line(table, row) for row in rows]

    async def load(self, table: str, found: Sequence[Line]) -> int:
        times = (float(str(one.get("at") or 0)) for one in found)
        async with self.changing(partitions.needed(table, times)) as connected:
            text, rows = await loading(Work(connected), self.names, table, found)
            loaded = 0
            for row in rows:
                status = await connected.execute(numbered(text), *row)
                loaded += int(status.rpartition(" ")[2])
            return loaded

    async def prune(self, table: str, before: float, most: int, dry: bool) -> int:
        if table in partitions.LENGTH:
            return await self.drop(table, before, dry)
        age = AGES.get(table, "at")
        bound = int(before) if table not in AGES else before
        if dry:
            text = f"SELECT COUNT(*) FROM {table} WHERE {age} < ?"
            ((found,),) = await self.fetch(text, bound)
            return int(found)
        async with self.server.connection() as connected:
            status = await connected.execute(
                f"DELETE FROM {table} WHERE ctid = ANY(ARRAY("
                f"SELECT ctid FROM {table} WHERE {age} < $1 LIMIT $2))",
                *(bound, most),
            )
            return int(status.rpartition(" ")[2])

    async def drop(self, table: str, before: float, dry: bool) -> int:
        """The oldest piece, if all of it is old; its rows are the server's estimate."""
        async with self.server.connection() as connected:
            rows = await connected.fetch(partitions.LIST, table)
            old = partitions.old(table, rows, before)
            if dry:
                return sum(count for _, count in old)
            if not old:
                return 0
            piece, count = old[0]
            await connected.execute(f"DROP TABLE {piece}")
            self.pieces.discard((table, partitions.number(table, piece)))
            return max(1, count)

    async def forget(self, conversation: str) -> int:
        removed = 0
        async with self.changing() as connected:
            for text in CONVERSED:
                status = await connected.execute(numbered(text), conversation)
                removed += int(status.rpartition(" ")[2])
        return removed


class Work:
    """A transaction's statements on one connection."""

    def __init__(self, connected: Any) -> None:
        self.connected = connected

    async def fetch(self, text: str, *values: object) -> list[Values]:
        return list(await self.connected.fetch(numbered(text), *values))

    async def many(self, text: str, rows: Sequence[Values]) -> None:
        await self.connected.executemany(numbered(text), rows)

    async def add_rollups(self, tier: int, rows: Sequence[Values]) -> None:
        """Sketches are merged here: no other writer is at work meanwhile."""
        times = [int(str(row[1])) for row in rows]
        found = await self.connected.fetch(
            f"SELECT r.series, r.at, r.duration, r.first FROM rollups_{tier} r "
            "JOIN unnest($1::bigint[], $2::bigint[]) AS k (series, at) "
            "ON r.series = k.series AND r.at = k.at WHERE r.at BETWEEN $3 AND $4",
            *([row[0] for row in rows], times, min(times), max(times)),
        )
        there = {(row[0], row[1]): (row[2], row[3]) for row in found}
        await self.many(
            statements.add_rollup(tier, "{1}"),
            [merged(row, there.get((row[0], row[1]))) for row in rows],
        )


def merged(row: Values, there: tuple[bytes, bytes] | None) -> Values:
    if there is None:
        return row
    upto = 2 + len(SUMS)
    sketches = row[upto : upto + len(SKETCHES)]
    joined = (
        sketch.merge(old, new)
        for old, new in zip(there, sketches, strict=True)
        if isinstance(new, bytes)
    )
    return (*row[:upto], *joined)
