"""Removes what is old, in steps so small that the writer never waits for long."""

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from proxy.store.faults import StoreError
from proxy.store.port import Store
from proxy.store.rows import TABLES
from proxy.store.statements import EVENT_TABLES, ROLLUP_TABLES

log = logging.getLogger(__name__)

EVERY_SECONDS = 60.0
PAUSE_SECONDS = 0.1
STEP_ROWS = 1_000
MOST_STEPS = 200
"""Of one table in one round: what is more goes in the next."""
FINE = ("_60", "_600")


@dataclass(frozen=True, slots=True)
class Ages:
    """Seconds for which rows, rollups up to ten minutes, and longer ones are kept."""

    rows: float
    minutes: float
    rollups: float

    def cuts(self, now: float) -> Iterator[tuple[str, float]]:
        """Each table, and the moment before which its rows are old."""
        for table in (*ROLLUP_TABLES, *EVENT_TABLES):
            is_fine = table.endswith(FINE)
            yield table, now - (self.minutes if is_fine else self.rollups)
        for table in TABLES:
            is_small = table in ("scores", "incidents")
            yield table, now - (self.rollups if is_small else self.rows)


class Retention:
    def __init__(self, store: Store, ages: Ages, wall: Callable[[], float]) -> None:
        self.store = store
        self.ages = ages
        self.wall = wall
        self.removed = 0

    async def run(self) -> None:
        """Until it is cancelled. A store at fault is asked again in the next round."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            try:
                await self.round()
            except StoreError as error:
                log.warning("nothing pruned", extra={"fault": error.fault})

    async def round(self) -> int:
        removed = 0
        for table, before in self.ages.cuts(self.wall()):
            for _ in range(MOST_STEPS):
                gone = await self.store.prune(table, before, STEP_ROWS, False)
                removed += gone
                if not gone:
                    break
                await asyncio.sleep(PAUSE_SECONDS)
        self.removed += removed
        return removed
