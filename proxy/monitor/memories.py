"""All that the monitor remembers of a conversation, asked for and let go in one place."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, Protocol

from proxy.conversations import forgetting
from proxy.conversations.forgetting import Gone
from proxy.conversations.stitcher import Stitcher
from proxy.monitor.feedback import Book
from proxy.monitor.recordings import RecordingFiles
from proxy.monitor.removal import Removed

MOST_LEFT = 1_000
SECONDS = 60.0
"""For the files: they may hold gigabytes."""

Files = Literal["removed", "off", "failed", "late"]
Hook = Callable[[Gone], None]


@dataclass(frozen=True, slots=True)
class Forgotten:
    exchanges: int
    """In memory, by which later ones would have been joined to it."""
    feedback: int
    lines: int
    """Of recordings, in so many files."""
    files: int
    recordings: Files
    """`off`: none are kept. `failed`, `late`: lines may be left."""

    def is_something(self) -> bool:
        return bool(self.exchanges or self.feedback or self.lines)

    def is_sure(self) -> bool:
        return self.recordings in ("removed", "off")


class Conversations(Protocol):
    """What the admin port asks of the rest."""

    def conversation_of(self, header: str) -> bool: ...

    async def forget(self, header: str) -> Forgotten: ...


class Memories:
    """`hooks` let go of what others keep under the ids of exchanges."""

    def __init__(
        self,
        stitcher: Stitcher,
        book: Book,
        keeper: RecordingFiles | None,
        hooks: Iterable[Hook] = (),
        seconds: float = SECONDS,
    ) -> None:
        self.stitcher = stitcher
        self.book = book
        self.keeper = keeper
        self.hooks = tuple(hooks)
        self.seconds = seconds
        self.left: OrderedDict[str, tuple[str, ...]] = OrderedDict()
        """Of what is not sure to be out of the files, for when it is asked again."""

    def conversation_of(self, header: str) -> bool:
        return forgetting.is_open(self.stitcher, header)

    async def forget(self, header: str) -> Forgotten:
        """What is in memory goes at once, what is on disk after what waits for it."""
        gone = forgetting.forget(self.stitcher, header)
        if gone is not None:
            for hook in self.hooks:
                hook(gone)
        feedback = self.book.forget(header)
        exchanges = gone.exchanges if gone is not None else ()
        again = (*self.left.pop(header, ()), *exchanges)
        removed, state = await self.remove(header, again)
        if state in ("failed", "late"):
            self.left[header] = again
            if len(self.left) > MOST_LEFT:
                self.left.popitem(last=False)
        return Forgotten(len(exchanges), feedback, removed.lines, removed.files, state)

    async def remove(
        self, header: str, exchanges: tuple[str, ...]
    ) -> tuple[Removed, Files]:
        if self.keeper is None:
            return Removed(), "off"
        try:
            async with asyncio.timeout(self.seconds):
                future = self.keeper.remove(header, exchanges)
                return await asyncio.wrap_future(future), "removed"
        except TimeoutError:
            return Removed(), "late"
        except OSError:
            return Removed(), "failed"
