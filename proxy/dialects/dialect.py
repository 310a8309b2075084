"""What a dialect is: it reads a request, a whole answer, and an answer that streams.

A dialect sees decoded bytes only. Which framing a stream has is found out before
(`framing.py`); the dialect gets one event after the other, each with the moment at which
its last byte was read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from proxy.model.exchange import Message, ToolCall, Usage
from proxy.model.vocabulary import ErrorType, Operation


@dataclass(frozen=True, slots=True)
class Call:
    """The surroundings of a body: all that is not in it and may matter to read it."""

    dialect: str
    provider: str
    method: str
    path: str
    """Raw, without the query."""
    query: str
    status: int
    headers: Mapping[str, str]
    """The response's, names in lower case, values of repeated ones joined by commas."""


@dataclass(slots=True)
class Ask:
    """What a request says. Tool results are taken from the messages."""

    model: str | None = None
    stream: bool = False
    messages: list[Message] = field(default_factory=list)
    tools_declared: int = 0
    json_output: bool = False
    max_output_tokens: int | None = None
    previous_response_id: str | None = None
    conversation_id: str | None = None
    operation: Operation | None = None
    """Where it depends on the request; else the dialect's."""


@dataclass(slots=True)
class Failure:
    """An error as the wire states it; `error_type` only where status and words mislead."""

    type: str | None = None
    code: str | None = None
    message: str | None = None
    error_type: ErrorType | None = None


@dataclass(slots=True)
class Reply:
    """What an answer says. Of several choices only the first one's text is kept."""

    model: str | None = None
    id: str | None = None
    fingerprint: str | None = None
    service_tier: str | None = None
    usage: Usage | None = None
    finish_reasons: list[str | int | None] = field(default_factory=list)
    text: str = ""
    reasoning: str = ""
    refusal: str = ""
    tool_calls: list[ToolCall] = field(default_factory=list)
    server_tool_calls: list[str] = field(default_factory=list)
    item_ids: list[str] = field(default_factory=list)
    failure: Failure | None = None
    complete: bool = True
    """A stream told its end. Of no meaning for a whole body."""
    operation: Operation | None = None


class Stream(Protocol):
    """One streamed answer under way.

    `event` returns what the event brought: CONTENT, REASONING, both added, or 0 for
    none; from these the times of first content and of chunks are taken. `kind` is the
    event's name, empty where the framing has none; `data` may have blanks around it.
    """

    def event(self, kind: str, data: bytes) -> int: ...

    def finish(self) -> Reply: ...


CONTENT = 1
REASONING = 2


class Dialect(Protocol):
    """One wire format. Every method raises WireError for what cannot be read."""

    operation: Operation

    def ask(self, body: bytes, call: Call) -> Ask:
        """Read the request. `body` is never empty."""
        ...

    def whole(self, body: bytes, call: Call) -> Reply:
        """Read an answer that is one document. `body` is never empty.

        An error document inside a 200 is a Reply with a failure (`failures.stated`).
        Answers of status 400 and more are read by `failures.read` and never come here.
        """
        ...

    def stream(self, call: Call) -> Stream: ...
