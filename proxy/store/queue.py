"""What stands between the monitor and the store: bounded, and never waited for.

What is offered is added up in memory and written as one batch a second. While the store
is at fault the batch in hand is tried again, ever less often, and the next one goes on
adding up: rollups of an hour of outage take little memory. Past the bounds the newest is
dropped, with a reason and a count. A kill costs what was offered since the last batch was
cut: `BATCH_SECONDS` and the time a write takes.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from proxy.store.accounts import Accounts
from proxy.store.batch import Batch, Measured
from proxy.store.faults import Fault, StoreError
from proxy.store.port import Store
from proxy.store.rows import Row, Series, Target

log = logging.getLogger(__name__)

BATCH_SECONDS = 0.5
WRITE_SECONDS = 30.0
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 3.0
MOST_ROWS = 20_000
MOST_KEYS = 20_000

Drop = Literal["rollups_full", "events_full", "rows_full", "stopped"]
DROPS: tuple[Drop, ...] = ("rollups_full", "events_full", "rows_full", "stopped")
LOSS = Target("none", "none", "none", "live")


@dataclass(slots=True)
class Health:
    """`since` and `written` are monotonic seconds."""

    fault: Fault | None = None
    problem: str = ""
    since: float = 0.0
    written: float | None = None
    """When the last batch was committed."""


class Queue:
    """`clock` is monotonic, `wall` since the epoch; `writer` names this process's life."""

    def __init__(
        self,
        store: Store,
        writer: str,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        self.store = store
        self.writer = writer
        self.clock = clock
        self.wall = wall
        self.accounts = Accounts()
        self.number = 1
        self.pending = Batch(writer, 1)
        self.in_hand: Batch | None = None
        self.health = Health()
        self.dropped: Counter[Drop] = Counter(dict.fromkeys(DROPS, 0))
        self.batches: Counter[str] = Counter({"written": 0, "failed": 0})
        self.written_rows = 0
        self.write_seconds = 0.0
        self.longest_write = 0.0
        self.has_accounts = False
        self.lost_told = 0

    def count(self, series: Series, at: float, measured: Measured) -> None:
        if not self.pending.count(series, at, measured, MOST_KEYS):
            self.dropped["rollups_full"] += 1

    def tally(self, target: Target, name: str, value: str, at: float) -> None:
        if not self.pending.tally(target, name, value, at, most=MOST_KEYS):
            self.dropped["events_full"] += 1

    def append(self, row: Row) -> None:
        if self.pending.length < MOST_ROWS:
            self.pending.append(row)
        else:
            self.dropped["rows_full"] += 1

    def forget(self, conversation: str) -> None:
        """Never dropped: it is a person's wish."""
        self.pending.forgotten.append(conversation)

    def waiting(self) -> int:
        """Rows and rollups that are not written yet."""
        batches = (self.pending, *([self.in_hand] if self.in_hand else []))
        return sum(batch.length + batch.keys() for batch in batches)

    async def run(self) -> None:
        """Until it is cancelled; `finish` then writes what is left."""
        pause = 0.0
        while True:
            await asyncio.sleep(max(BATCH_SECONDS, pause))
            was_tried = self.in_hand is not None
            if await self.turn():
                pause = 0.0
                if was_tried:
                    # What came meanwhile is as old as the fault: a kill must not cost it.
                    await self.turn()
            else:
                pause = min(LONGEST_PAUSE, pause * 2 or FIRST_PAUSE)

    async def finish(self) -> None:
        """Once more, without another try: first the batch in hand, then the rest."""
        if await self.turn():
            await self.turn()
        left = self.in_hand.exchanges if self.in_hand else 0
        self.dropped["stopped"] += left + self.pending.exchanges

    async def turn(self) -> bool:
        """Write one batch; False when it has to be tried again."""
        started = self.clock()
        try:
            async with asyncio.timeout(WRITE_SECONDS):
                await self.find_accounts()
                batch = self.cut()
                if batch is not None:
                    await self.store.write(batch)
        except StoreError as error:
            self.failed(error.fault, str(error))
            return False
        except TimeoutError:
            self.failed("slow", f"no answer for {WRITE_SECONDS:.0f} s")
            return False
        if batch is not None:
            self.succeeded(batch, self.clock() - started)
        return True

    async def find_accounts(self) -> None:
        """Before the first batch, which writes over them."""
        if not self.has_accounts:
            self.accounts.restore(await self.store.accounts())
            self.has_accounts = True

    def cut(self) -> Batch | None:
        """The batch in hand, or else what came since the last one."""
        if self.in_hand is None and not self.pending.is_empty():
            self.tell_loss()
            self.pending.accounts = self.accounts.snapshot(self.wall())
            self.in_hand, self.number = self.pending, self.number + 1
            self.pending = Batch(self.writer, self.number)
        return self.in_hand

    def tell_loss(self) -> None:
        """What an earlier kill cost is counted in the store, too."""
        found = self.accounts.lost - self.lost_told
        if found:
            self.pending.tally(LOSS, "loss", "kill", self.wall(), found)
            self.lost_told = self.accounts.lost

    def succeeded(self, batch: Batch, seconds: float) -> None:
        self.in_hand = None
        self.batches["written"] += 1
        self.written_rows += batch.length
        self.write_seconds += seconds
        self.longest_write = max(self.longest_write, seconds)
        if self.health.fault is not None:
            away = self.clock() - self.health.since
            facts = {"store": self.store.place, "seconds": round(away, 1)}
            log.warning("store is back", extra=facts)
        self.health = Health(written=self.clock())

    def failed(self, fault: Fault, problem: str) -> None:
        self.batches["failed"] += 1
        before = self.health
        if before.fault != fault:
            facts = {"store": self.store.place, "fault": fault, "problem": problem}
            log.error("store cannot be written", extra=facts)
        since = before.since if before.fault is not None else self.clock()
        self.health = Health(fault, problem, since, before.written)
