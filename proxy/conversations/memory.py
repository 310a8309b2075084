"""What is remembered of open conversations: bounded, and forgotten after silence."""

from collections import OrderedDict, deque
from dataclasses import dataclass, field

from proxy.conversations.evidence import Manner
from proxy.conversations.fingerprints import Print
from proxy.conversations.placement import Confidence, Evidence

MOST_ALIKE = 8
"""Exchanges kept under one key; the oldest gives way."""


@dataclass(frozen=True, slots=True)
class Limits:
    silence_seconds: float = 3_600.0
    """A conversation without an exchange for so long is forgotten."""
    conversations: int = 20_000
    keys: int = 200_000
    """In all conversations. An exchange leaves three or more of them, and takes about
    1 KB with them; the memory stays below about 80 MB."""
    keys_each: int = 2_000
    """Of one conversation; its oldest exchanges can then no longer be continued."""


@dataclass(slots=True, eq=False)
class Conversation:
    id: str
    seen: float = 0.0
    latest: "Node | None" = None
    header: Print | None = None
    keys: deque[tuple[Print, "Node"]] = field(default_factory=deque)


@dataclass(slots=True, eq=False)
class Node:
    """An exchange as far as later ones may refer to it."""

    id: str
    conversation: Conversation
    seen: float
    history: Print
    request: Print
    manner: Manner
    credential: Print | None
    agent: Print | None
    failed: bool
    answered: bool
    """It said something or called a tool."""
    call: str
    attempt: int = 1
    parent: str | None = None
    depth: int = 1
    evidence: Evidence | None = None
    confidence: Confidence | None = None
    continued: bool = False
    """Another exchange follows it, or repeats it where it failed."""


@dataclass(slots=True)
class Forgotten:
    """Conversations and keys let go so far, by reason."""

    silent: int = 0
    crowded: int = 0
    """The memory was full; the conversation silent for longest went."""
    keys: int = 0
    """Of conversations longer than the limit."""


class Memory:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open: OrderedDict[Conversation, None] = OrderedDict()
        """The one silent for longest first."""
        self.index: dict[Print, tuple[Node, ...]] = {}
        self.headers: dict[Print, Conversation] = {}
        self.keys = 0
        self.forgotten = Forgotten()

    def find(self, key: Print) -> tuple[Node, ...]:
        """All that left this key, the newest last."""
        return self.index.get(key, ())

    def add(self, node: Node, keys: list[Print], now: float) -> None:
        conversation = node.conversation
        conversation.seen = now
        conversation.latest = node
        self.open[conversation] = None
        self.open.move_to_end(conversation)
        for key in dict.fromkeys(keys):
            conversation.keys.append((key, node))
            self.index[key] = (*self.find(key), node)[-MOST_ALIKE:]
            self.keys += 1
        self.shorten(conversation)
        if self.is_crowded():
            self.forget(now)

    def bind(self, header: Print, conversation: Conversation) -> None:
        conversation.header = header
        self.headers[header] = conversation

    def shorten(self, conversation: Conversation) -> None:
        while len(conversation.keys) > self.limits.keys_each:
            self.drop(*conversation.keys.popleft())
            self.forgotten.keys += 1

    def forget(self, now: float) -> None:
        """Let go of what is silent or too much. Amortised: each goes once."""
        while self.open:
            oldest = next(iter(self.open))
            if now - oldest.seen > self.limits.silence_seconds:
                self.forgotten.silent += 1
            elif self.is_crowded():
                self.forgotten.crowded += 1
            else:
                return
            self.close(oldest)

    def is_crowded(self) -> bool:
        limits = self.limits
        return len(self.open) > limits.conversations or self.keys > limits.keys

    def close(self, conversation: Conversation) -> None:
        del self.open[conversation]
        if conversation.header is not None:
            self.headers.pop(conversation.header, None)
        while conversation.keys:
            self.drop(*conversation.keys.popleft())
        conversation.latest = None

    def drop(self, key: Print, node: Node) -> None:
        self.keys -= 1
        left = tuple(other for other in self.find(key) if other is not node)
        if left:
            self.index[key] = left
        else:
            self.index.pop(key, None)
