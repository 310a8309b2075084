"""The store in the monitor: what writes and prunes it, and how that ends."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable

from proxy.settings import Settings
from proxy.store.opening import store_at
from proxy.store.queue import Queue
from proxy.store.retention import Ages, Retention

LAST_WRITES_SECONDS = 5.0
CLOSE_SECONDS = 5.0


def queue(
    settings: Settings, monotonic: Callable[[], float], wall: Callable[[], float]
) -> Queue | None:
    """None where `store.url` is null."""
    if settings.store.url is None:
        return None
    store = store_at(settings.store.url, wall)
    return Queue(store, secrets.token_hex(16), monotonic, wall)


def retention(queue: Queue, settings: Settings) -> Retention:
    keep = settings.store.retention
    ages = Ages(keep.rows, keep.minutes, keep.rollups)
    return Retention(queue.store, ages, queue.wall)


async def finish(queue: Queue) -> None:
    """What was read last is written too, if the store is well; then it is closed."""
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WRITES_SECONDS):
                await queue.finish()
    finally:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await queue.store.close()
