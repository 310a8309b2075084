"""Starting work at a steady rate, and letting what is under way finish."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import suppress

LAST_ANSWERS_SECONDS = 4.0
MOST_UNDER_WAY = 256
MOST_LATE_SECONDS = 1.0


async def ticks(rate: float, stop: asyncio.Event) -> AsyncIterator[int]:
    """A number each time another request is due, until `stop`.

    Late ones come at once, but whoever lags by more than a second has lost them.
    """
    clock = asyncio.get_running_loop().time
    due = clock()
    number = 0
    while not stop.is_set():
        yield number
        number += 1
        due = max(due + 1.0 / rate, clock() - MOST_LATE_SECONDS)
        await until(due, stop)


async def until(due: float, stop: asyncio.Event) -> None:
    """Wait for a moment of the loop's clock, or for `stop`."""
    with suppress(TimeoutError):
        async with asyncio.timeout_at(due):
            await stop.wait()


class Crew:
    """Owns tasks that run side by side. On leaving, they may finish for some seconds and
    are cancelled then; at once when the leaving is an error."""

    def __init__(self) -> None:
        self.room = asyncio.Semaphore(MOST_UNDER_WAY)
        self.tasks: set[asyncio.Task[None]] = set()
        self.group = asyncio.TaskGroup()

    async def __aenter__(self) -> "Crew":
        await self.group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: object,
    ) -> None:
        if kind is None and self.tasks:
            await asyncio.wait(self.tasks, timeout=LAST_ANSWERS_SECONDS)
            for task in self.tasks:
                task.cancel()
        await self.group.__aexit__(kind, error, None)

    async def take(self, work: Coroutine[object, object, None]) -> None:
        """Start it; wait first while too many are under way."""
        await self.room.acquire()
        task = self.group.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.let_go)

    def let_go(self, task: asyncio.Task[None]) -> None:
        self.tasks.discard(task)
        self.room.release()
