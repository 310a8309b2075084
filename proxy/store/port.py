"""What the rest of Seatrial may ask of a store, whichever engine keeps it."""

from collections.abc import Sequence
from typing import Protocol

from proxy.store.answers import (
    Asked,
    Conversation,
    ErrorCount,
    Evidence,
    Info,
    Point,
    Run,
    Total,
    Window,
)
from proxy.store.batch import Batch
from proxy.store.rows import Account, IncidentRow

Line = dict[str, object]
"""One row of any table, as export writes it and import reads it."""


class Store(Protocol):
    """Every call raises StoreError, and then nothing of it took place."""

    place: str
    """Where it is, without a password."""

    async def open(self) -> None:
        """Connect and migrate. Also done by the first other call; again after a fault."""

    async def close(self) -> None: ...

    async def write(self, batch: Batch) -> None:
        """All of it or nothing. A batch that is there already is not written again."""

    async def accounts(self) -> list[Account]:
        """How far each relay's recordings were written when the last batch was."""

    async def totals(
        self, window: Window, asked: Asked, most: int = ...
    ) -> list[Total]:
        """Rates and latency of the busiest targets of the window, in that order."""

    async def timeline(self, window: Window, asked: Asked, step: int) -> list[Point]:
        """The same as a series in time; `step` is one of TIERS."""

    async def errors(
        self, window: Window, asked: Asked, most: int
    ) -> list[ErrorCount]: ...

    async def conversations(
        self, window: Window, asked: Asked, most: int
    ) -> list[Conversation]:
        """Those that are kept, with their signals, the newest first."""

    async def incidents(
        self, window: Window, asked: Asked, most: int
    ) -> list[IncidentRow]:
        """Those that were open at some moment of the window, the newest first."""

    async def runs(self, window: Window, asked: Asked, most: int) -> list[Run]:
        """Probe runs with their transcripts, the newest first."""

    async def evidence(self, window: Window, asked: Asked) -> list[Evidence]:
        """What a score rests on: counted events, run outcomes, the newest scores."""

    async def info(self) -> Info: ...

    async def lines(
        self, table: str, after: Sequence[object] | None, most: int
    ) -> list[Line]:
        """Rows in the order of their key, from behind `after`, for export."""

    async def load(self, table: str, lines: Sequence[Line]) -> int:
        """Insert rows that are not there; how many that were."""

    async def prune(self, table: str, before: float, most: int, dry: bool) -> int:
        """Remove at most about `most` rows older than that; how many went, or are old."""

    async def forget(self, conversation: str) -> int:
        """Remove every row of a conversation; how many there were."""
