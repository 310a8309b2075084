"""All that is remembered of a conversation goes with one call."""

import asyncio
from concurrent.futures import Future
from pathlib import Path

from proxy.conversations.caller import Caller
from proxy.conversations.forgetting import Gone
from proxy.conversations.stitcher import Stitcher
from proxy.monitor.feedback import Book, Feedback
from proxy.monitor.folder import Folder
from proxy.monitor.memories import Forgotten, Memories
from proxy.monitor.recordings import RecordingFiles
from proxy.monitor.removal import Removed
from tests.make import make_exchange


class Never(RecordingFiles):
    """Its disk never answers."""

    def remove(self, conversation: str, exchanges: tuple[str, ...]) -> Future[Removed]:
        return Future()


def never(folder: Path) -> RecordingFiles:
    return Never(Folder(folder, 1000, 1000.0), [], lambda: 0.0, lambda: 0.0)


def test_memory_feedback_and_hooks_let_go() -> None:
    stitcher, book, told = Stitcher(b"key"), Book(b"key"), list[Gone]()
    memories = Memories(stitcher, book, None, [told.append])
    stitcher.place("x-1", make_exchange(), 0.0, Caller(header="a"))
    book.take(Feedback("a", "resolved", True), True)
    assert memories.conversation_of("a")
    assert asyncio.run(memories.forget("a")) == Forgotten(1, 1, 0, 0, "off")
    assert told == [Gone("x-1", ("x-1",))]
    assert not memories.conversation_of("a")


def test_a_disk_that_never_answers_is_waited_for_no_longer_than_told(
    tmp_path: Path,
) -> None:
    memories = Memories(Stitcher(b"key"), Book(b"key"), never(tmp_path), seconds=0.01)
    found = asyncio.run(memories.forget("a"))
    assert found.recordings == "late"
    assert not found.is_sure()
