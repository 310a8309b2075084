"""The connections to one SQLite file: one writes, another reads.

A fault closes both, and the next call opens them anew. A file that SQLite finds corrupt is
set aside under another name and a new one begun; one of a newer version is refused; one of
an older version is copied before it is migrated.
"""

import asyncio
import contextlib
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import aiosqlite

from proxy.store import sketch
from proxy.store.faults import Fault, StoreError, StoreUnavailable, newer
from proxy.store.migrations.table import MIGRATIONS, Migration

log = logging.getLogger(__name__)

PAGE_BYTES = 8_192
BUSY_MS = 1_000
CACHE_KIB = 32 * 1024
SUFFIXES = ("", "-wal", "-shm")
CODES: dict[int, Fault] = {
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_IOERR: "io",
    sqlite3.SQLITE_CANTOPEN: "absent",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_INTERRUPT: "slow",
}
Clock = Callable[[], float]


class SqliteFile:
    """`wall` is seconds since the epoch: it dates files that are set aside."""

    def __init__(
        self,
        path: Path,
        wall: Clock,
        *,
        read_only: bool = False,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> None:
        self.path = path
        self.place = f"sqlite:{path}"
        self.wall = wall
        self.read_only = read_only
        self.migrations = migrations
        self.writer: aiosqlite.Connection | None = None
        self.reader: aiosqlite.Connection | None = None
        self.inode = 0
        self.is_corrupt = False
        self.set_aside: list[Path] = []
        """Corrupt files found since the start, under their new names."""
        self.writing = asyncio.Lock()
        """Held by whoever uses the writer."""
        self.opening = asyncio.Lock()

    async def open(self) -> None:
        async with self.opening:
            if self.writer is not None and self.is_in_place():
                return
            await self.close()
            async with self.faults():
                try:
                    await self.connect()
                except sqlite3.DatabaseError as error:
                    if fault(error) != "corrupt" or self.read_only:
                        raise
                    self.is_corrupt = True
                    await self.disconnect()
                    await self.connect()

    def is_in_place(self) -> bool:
        """Whether the file that is open still is the one of that name."""
        try:
            return self.path.stat().st_ino == self.inode
        except OSError:
            return False

    def length(self) -> int:
        """Bytes of the file and of those that belong to it."""
        files = (Path(f"{self.path}{suffix}") for suffix in SUFFIXES)
        return sum(file.stat().st_size for file in files if file.exists())

    async def connect(self) -> None:
        if self.is_corrupt:
            self.put_aside()
        if self.read_only and not self.path.exists():
            raise StoreUnavailable("absent", f"{self.place}: there is no such file")
        if not self.read_only:
            touch(self.path)
        self.writer = await self.connection(self.read_only)
        self.inode = self.path.stat().st_ino
        if not self.read_only:
            await self.migrate(self.writer)
        else:
            await self.check(self.writer)
        self.reader = await self.connection(True)

    async def connection(self, read_only: bool) -> aiosqlite.Connection:
        mode = "ro" if read_only else "rw"
        connected = await aiosqlite.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            isolation_level=None,
        )
        try:
            await connected.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
            await connected.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            if read_only:
                await connected.execute("PRAGMA query_only = ON")
            else:
                await prepare(connected)
        except BaseException:
            await connected.close()
            raise
        return connected

    async def check(self, connected: aiosqlite.Connection) -> int:
        """The file's version; raises StoreRefused for one that is newer."""
        async with connected.execute("PRAGMA user_version") as cursor:
            row = await cursor.fetchone()
        version = int(row[0]) if row else 0
        if version > len(self.migrations):
            raise newer(self.place, version, len(self.migrations))
        if version == 0 and self.read_only:
            raise StoreUnavailable("absent", f"{self.place}: holds no store yet")
        return version

    async def migrate(self, connected: aiosqlite.Connection) -> None:
        version = await self.check(connected)
        if 0 < version < len(self.migrations):
            await self.back_up(connected, version)
        for number in range(version + 1, len(self.migrations) + 1):
            async with transaction(connected):
                for text in self.migrations[number - 1]("sqlite"):
                    await connected.execute(text)
                await connected.execute(f"PRAGMA user_version = {number}")
            log.info("store migrated", extra={"place": self.place, "version": number})

    async def back_up(self, connected: aiosqlite.Connection, version: int) -> None:
        """A whole copy beside the file; without it there is no migration."""
        kept = self.path.with_name(f"{self.path.name}.version-{version}")
        fresh = kept.with_name(f"{kept.name}.new")
        fresh.unlink(missing_ok=True)
        await connected.execute("VACUUM INTO ?", (str(fresh),))
        fresh.chmod(0o600)
        fresh.replace(kept)
        log.info("store backed up", extra={"place": self.place, "backup": str(kept)})

    def put_aside(self) -> None:
        stamp = int(self.wall())
        for suffix in SUFFIXES:
            found = Path(f"{self.path}{suffix}")
            if found.exists():
                kept = Path(f"{self.path}.corrupt-{stamp}{suffix}")
                found.replace(kept)
                if not suffix:
                    self.set_aside.append(kept)
        self.is_corrupt = False
        log.error(
            "store was corrupt: set aside, a new one begun",
            extra={"place": self.place, "kept": f"{self.path}.corrupt-{stamp}"},
        )

    async def close(self) -> None:
        async with self.writing:
            await self.disconnect()

    async def disconnect(self) -> None:
        connections = (self.reader, self.writer)
        self.reader = self.writer = None
        for connected in connections:
            if connected is not None:
                with contextlib.suppress(sqlite3.Error, ValueError):
                    await connected.close()

    @contextlib.asynccontextmanager
    async def faults(self) -> AsyncIterator[None]:
        """SQLite's errors as ours. What cannot be trusted any more is closed."""
        try:
            yield
        except (sqlite3.Error, OSError, ValueError) as error:
            found = fault(error)
            self.is_corrupt |= found == "corrupt"
            if found != "locked" and found != "slow":
                await self.disconnect()
            raise StoreUnavailable(found, f"{self.place}: {error}") from error
        except StoreError:
            await self.disconnect()
            raise


async def prepare(connected: aiosqlite.Connection) -> None:
    await connected.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    await connected.execute("PRAGMA auto_vacuum = INCREMENTAL")
    await connected.execute_fetchall("PRAGMA journal_mode = WAL")
    # What is committed survives kill -9; a power cut may cost the newest commits, and
    # never the file.
    await connected.execute("PRAGMA synchronous = NORMAL")
    await connected.create_function("merge_sketch", 2, sketch.merge, deterministic=True)


@contextlib.asynccontextmanager
async def transaction(connected: aiosqlite.Connection) -> AsyncIterator[None]:
    await connected.execute("BEGIN IMMEDIATE")
    try:
        yield
        await connected.execute("COMMIT")
    except BaseException:
        if connected.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                await connected.execute("ROLLBACK")
        raise


def touch(path: Path) -> None:
    """Make the file before SQLite does: nobody else may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def fault(error: BaseException) -> Fault:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(code, int):
        return CODES.get(code & 0xFF, "error")
    if isinstance(error, OSError):
        return "io"
    return "error"
