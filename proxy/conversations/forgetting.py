"""Lets go of one conversation because somebody asked for it."""

from dataclasses import dataclass

from proxy.conversations.memory import Conversation
from proxy.conversations.stitcher import Stitcher


@dataclass(frozen=True, slots=True)
class Gone:
    conversation: str
    """The id of its first exchange."""
    exchanges: tuple[str, ...]
    """Those that were remembered of it; the oldest of a long one were not any more."""


def is_open(stitcher: Stitcher, header: str) -> bool:
    """Whether a conversation of this `x-seatrial-conversation` is remembered."""
    return found(stitcher, header) is not None


def forget(stitcher: Stitcher, header: str) -> Gone | None:
    """None where nothing is remembered under that header.

    Exchanges without the header that were put into it, by their history, go too.
    """
    conversation = found(stitcher, header)
    if conversation is None:
        return None
    ids = tuple(dict.fromkeys(node.id for _, node in conversation.keys))
    stitcher.memory.close(conversation)
    return Gone(conversation.id, ids)


def found(stitcher: Stitcher, header: str) -> Conversation | None:
    key = stitcher.print("header", header)
    return None if key is None else stitcher.memory.headers.get(key)
