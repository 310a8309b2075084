"""Messages as facts: who called what, what came of it, what was said to whom.

A fact may hold the words it is read from, and lives no longer than the reading.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from proxy.conversations.fingerprints import Fingerprints, Print
from proxy.detectors.tools import arguments, errors, expected, verbs
from proxy.detectors.tools.stance import HANDS_OVER
from proxy.detectors.tools.verbs import Deed, Kind
from proxy.model.exchange import Message, ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class Call:
    """A call of which no result is known yet."""

    id: Print | None
    tool: Print
    arguments: Print
    kind: Kind
    deed: Deed | None
    words: frozenset[Print]
    """What the tool's name says it is about, to find tools for the same end."""
    expects: bool
    """It is made to see something fail."""
    hands_over: bool
    """It fetches a person."""


@dataclass(frozen=True, slots=True)
class Called:
    calls: tuple[Call, ...]


@dataclass(frozen=True, slots=True)
class Returned:
    """A tool's result. Whether it is an error depends on the call, which may be older
    than what is at hand: so each kind's reading is made when the call is found."""

    id: Print | None
    tool: Print | None
    message: int
    result: ToolResult


@dataclass(frozen=True, slots=True)
class Said:
    """A reply without calls: the model yields to the user."""

    text: str
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A message of the user."""

    text: str


@dataclass(frozen=True, slots=True)
class Left:
    """The client hung up before the answer ended."""


Fact = Called | Returned | Said | Asked | Left


class Facts:
    """Reads messages; all it keeps is the key."""

    def __init__(self, prints: Fingerprints) -> None:
        self.prints = prints
        self.words = lru_cache(maxsize=1024)(self.hashed_words)
        self.tool = lru_cache(maxsize=1024)(self.hashed_tool)

    def hashed_words(self, name: str) -> frozenset[Print]:
        return frozenset(self.prints.of("word", w)[:8] for w in verbs.things(name))

    def hashed_tool(self, name: str) -> Print:
        return self.prints.of("tool", name)[:8]

    def of(self, messages: Sequence[Message], start: int = 0) -> Iterator[Fact]:
        """Of the messages from `start` on."""
        for index in range(start, len(messages)):
            yield from self.of_message(messages[index], index)

    def of_message(self, message: Message, index: int) -> Iterator[Fact]:
        for result in message.tool_results:
            yield self.returned(result, index)
        if message.role == "assistant":
            yield self.replied(message.text, message.tool_calls)
        elif message.role == "user" and (message.text.strip() or message.media):
            yield Asked(message.text)

    def replied(
        self, text: str, calls: Sequence[ToolCall], is_cut: bool = False
    ) -> Fact:
        if calls:
            return Called(tuple(self.call(one, text) for one in calls))
        return Said(text, is_cut)

    def call(self, call: ToolCall, text: str) -> Call:
        what = kind(call)
        return Call(
            id=self.id(call.id),
            tool=self.tool(call.name),
            arguments=self.prints.of(arguments.canonical(call.arguments))[:8],
            kind=what,
            deed=verbs.deed(call.name),
            words=self.words(call.name),
            expects=what == "run" and expected.expects_failure(call.arguments, text),
            hands_over=HANDS_OVER.search(call.name) is not None,
        )

    def returned(self, result: ToolResult, index: int) -> Returned:
        tool = self.tool(result.name) if result.name else None
        return Returned(self.id(result.id), tool, index, result)

    def id(self, given: str | None) -> Print | None:
        return self.prints.of("id", given)[:8] if given else None


def kind(call: ToolCall) -> Kind:
    """A tool that takes a program is an interpreter, whatever its name."""
    named = verbs.kind(call.name)
    if named != "run" and arguments.has_program(call.arguments):
        return "run"
    return named


def read(result: ToolResult, kind: Kind) -> errors.Read:
    return errors.read(result.text, kind, result.is_error)
