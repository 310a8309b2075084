"""From `store.url` to the engine that keeps it."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from proxy.errors import UsageError
from proxy.store.port import Store
from proxy.store.sqlite import SqliteStore

POSTGRES = ("postgresql", "postgres")
EXAMPLES = "sqlite:seatrial.db or postgresql://user@host/database"


def store_at(url: str, wall: Callable[[], float], *, read_only: bool = False) -> Store:
    """Not connected yet. UsageError for an address that no engine knows."""
    scheme, _, rest = url.partition(":")
    if scheme == "sqlite" and rest:
        return SqliteStore(Path(rest), wall, read_only=read_only)
    if scheme in POSTGRES and urlsplit(url).path.strip("/"):
        return postgres(url, wall, read_only)
    raise UsageError(f"store.url: must be {EXAMPLES}")


def postgres(url: str, wall: Callable[[], float], read_only: bool) -> Store:
    try:
        from proxy.store.postgres import PostgresStore
    except ImportError as error:
        raise UsageError(
            "store.url: PostgreSQL needs asyncpg: pip install 'seatrial[postgres]'"
        ) from error
    return PostgresStore(url, wall, read_only=read_only)
