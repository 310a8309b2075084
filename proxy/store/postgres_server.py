"""The connections to a PostgreSQL database, its version, and its faults in our words."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from proxy.store.faults import Fault, StoreError, StoreUnavailable, newer
from proxy.store.migrations.table import Migration

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0
COMMAND_SECONDS = 20.0
LOCK_TIMEOUT = "2s"
MOST_CONNECTIONS = 4
LOCK = 0x5EA7_21A1
"""The advisory lock that makes writers of one database take turns."""
BY_CLASS: dict[str, Fault] = {"08": "absent", "28": "refused", "3D": "refused"}
BY_STATE: dict[str, Fault] = {
    "53100": "full",
    "25006": "read_only",
    "55P03": "locked",
    "40P01": "locked",
    "57014": "slow",
    "57P01": "absent",
    "57P02": "absent",
    "57P03": "absent",
    "53300": "absent",
    "XX001": "corrupt",
    "XX002": "corrupt",
}
VERSIONS = (
    "CREATE TABLE IF NOT EXISTS migrations "
    "(version BIGINT PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT now())"
)


class Server:
    def __init__(
        self, url: str, *, read_only: bool, migrations: Sequence[Migration]
    ) -> None:
        self.url = url
        self.place = without_password(url)
        self.read_only = read_only
        self.migrations = migrations
        self.pool: asyncpg.Pool | None = None
        self.opening = asyncio.Lock()

    async def open(self) -> None:
        async with self.opening:
            if self.pool is None:
                async with self.faults():
                    self.pool = await self.connect()

    async def connect(self) -> asyncpg.Pool:
        settings = {"lock_timeout": LOCK_TIMEOUT, "application_name": "seatrial"}
        if self.read_only:
            settings["default_transaction_read_only"] = "on"
        pool = await asyncpg.create_pool(
            self.url,
            min_size=1,
            max_size=MOST_CONNECTIONS,
            timeout=CONNECT_SECONDS,
            command_timeout=COMMAND_SECONDS,
            server_settings=settings,
        )
        try:
            async with pool.acquire() as connected:
                await self.migrate(connected)
        except BaseException:
            pool.terminate()
            raise
        return pool

    async def migrate(self, connected: Any) -> None:
        if self.read_only:
            await self.check(connected)
            return
        async with connected.transaction():
            await connected.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
            await connected.execute(VERSIONS)
            version = await self.check(connected)
            for number in range(version + 1, len(self.migrations) + 1):
                for text in self.migrations[number - 1]("postgres"):
                    await connected.execute(text)
                await connected.execute("INSERT INTO migrations VALUES ($1)", number)
                facts = {"place": self.place, "version": number}
                log.info("store migrated", extra=facts)

    async def check(self, connected: Any) -> int:
        exists = await connected.fetchval(
            "SELECT to_regclass('migrations') IS NOT NULL"
        )
        version = 0
        if exists:
            text = "SELECT COALESCE(MAX(version), 0) FROM migrations"
            version = int(await connected.fetchval(text))
        if version > len(self.migrations):
            raise newer(self.place, version, len(self.migrations))
        if version == 0 and self.read_only:
            raise StoreUnavailable("absent", f"{self.place}: holds no store")
        return version

    @contextlib.asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        await self.open()
        if self.pool is None:
            raise StoreUnavailable("absent", f"{self.place}: closed")
        async with (
            self.faults(),
            self.pool.acquire(timeout=CONNECT_SECONDS) as connected,
        ):
            yield connected

    @contextlib.asynccontextmanager
    async def faults(self) -> AsyncIterator[None]:
        """PostgreSQL's errors as ours. A connection that broke is not used again: the
        pool makes a new one."""
        try:
            yield
        except StoreError:
            raise
        except (
            asyncpg.PostgresError,
            asyncpg.InterfaceError,
            OSError,
            ValueError,
        ) as error:
            # After a restart of the server every kept connection is a broken one.
            if self.pool is not None and fault(error) == "absent":
                await self.pool.expire_connections()
            problem = f"{self.place}: {type(error).__name__}: {error}"
            raise StoreUnavailable(fault(error), problem) from error

    async def close(self) -> None:
        pool, self.pool = self.pool, None
        if pool is not None:
            try:
                async with asyncio.timeout(CONNECT_SECONDS):
                    await pool.close()
            except (TimeoutError, OSError, asyncpg.PostgresError):
                pool.terminate()


def fault(error: BaseException) -> Fault:
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        return BY_STATE.get(state) or BY_CLASS.get(state[:2], "error")
    if isinstance(error, TimeoutError):
        return "slow"
    if isinstance(error, OSError | asyncpg.InterfaceError):
        return "absent"
    return "error"


def without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"
