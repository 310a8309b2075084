"""Conversation logs: what the last reply of each does, and what became of tools' errors."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import msgspec

from proxy.cli.analysis.files import Line
from proxy.conversations.fingerprints import Fingerprints
from proxy.detectors import corrections
from proxy.detectors.behaviour.classify import classify
from proxy.detectors.tools.recovery import Recovery
from proxy.dialects.openai_request import AskMessage, message
from proxy.dialects.parsing import Shape
from proxy.errors import WireError
from proxy.model.behaviour import Reading, Reply
from proxy.model.exchange import Message
from proxy.model.recovery import Episode, ErrorEvent

Row = dict[str, object]


class Log(msgspec.Struct, gc=False):
    """One line: OpenAI's chat shape, tool calls and results included."""

    id: str | int | None = None
    messages: list[AskMessage] | None = None


LOG = Shape("conversation", Log)


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is said of one; nothing of what was said in it."""

    id: str
    reading: Reading | None
    """Of its last message; None where that is not the assistant's."""
    tools: tuple[tuple[ErrorEvent, str], ...]
    """Error events, and the tool's name."""
    episodes: tuple[Episode, ...]
    correction: bool

    def row(self) -> Row:
        reading = self.reading
        return {
            "id": self.id,
            "behaviour": reading and reading.behaviour,
            "clarifying": reading and reading.clarifying,
            "clarifying_probability": reading and reading.clarifying_probability,
            "kind": reading and reading.kind,
            "questions": reading and reading.questions,
            "events": [event(one, tool) for one, tool in self.tools],
            "refusal": reading and reading.behaviour == "refusal",
            "correction": self.correction,
        }


def event(one: ErrorEvent, tool: str) -> Row:
    return {
        "index": one.message,
        "tool": tool,
        "outcome": one.outcome,
        "sub": one.sub,
        "episode": one.episode,
    }


@dataclass(frozen=True, slots=True)
class BrokenLine:
    line: int
    problem: str


class Reader:
    """`key` hashes what a conversation's calls and words are compared by."""

    def __init__(self, key: bytes) -> None:
        self.prints = Fingerprints(key)

    def read(self, lines: Iterable[Line]) -> Iterator[Conversation | BrokenLine]:
        for number, line in lines:
            try:
                if isinstance(line, WireError):
                    raise line
                yield self.conversation(line, number)
            except WireError as error:
                yield BrokenLine(number, str(error))

    def conversation(self, line: bytes, number: int) -> Conversation:
        log = LOG.read(line)
        if not log.messages:
            raise WireError("has no messages")
        messages = [message(one) for one in log.messages]
        # Habits of tools are learnt within a conversation: a file may mix applications.
        found = Recovery(self.prints).read_whole(messages)
        reply = last_reply(messages)
        signals, _ = corrections.read(
            messages, 0, corrections.START, None, self.prints, ""
        )
        return Conversation(
            id=str(number if log.id is None else log.id),
            reading=None if reply is None else classify(reply),
            tools=tuple((one, tool_of(messages, one.message)) for one in found.events),
            episodes=tuple(found.episodes),
            correction=any(one.name == "user_correction" for one in signals),
        )


def last_reply(messages: list[Message]) -> Reply | None:
    """None where the last word is not the assistant's."""
    last, before = messages[-1], messages[:-1]
    if last.role != "assistant":
        return None
    users = [m.text for m in before if m.role == "user" and m.text]
    said = (m.text for m in reversed(before) if m.role == "assistant" and m.text)
    return Reply(
        text=last.text,
        tool_calls=bool(last.tool_calls),
        user=users[-1] if users else "",
        earlier=tuple(users[:-1]),
        asked=next(said, ""),
        system=next((m.text for m in before if m.role == "system"), ""),
    )


def tool_of(messages: list[Message], index: int) -> str:
    """The name of the tool whose result the message holds; empty where nobody says."""
    result = messages[index].tool_results[0]
    names = {
        call.id: call.name for m in messages[:index] for call in m.tool_calls if call.id
    }
    return result.name or names.get(result.id or "", "")
