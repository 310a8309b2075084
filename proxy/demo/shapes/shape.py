"""What a conversation needs of a wire shape, and what the shapes share."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from proxy.demo.calls import Call

Message = dict[str, Any]
"""A message of the history in the shape's own form."""
Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model said: messages that go on the history, and calls to answer."""

    messages: tuple[Message, ...]
    calls: tuple[ToolCall, ...] = ()


class Shape(Protocol):
    route: str

    def said(self, text: str) -> Message:
        """A user's message."""

    def result(self, call: ToolCall, text: str) -> Message: ...

    def call(
        self, history: Sequence[Message], tools: Sequence[Tool], stream: bool
    ) -> Call: ...

    def read(self, body: bytes, stream: bool) -> Reply:
        """The reply in a whole response body; ValueError or LookupError if there is none."""


def post(route: str, target: str, headers: Headers, content: dict[str, Any]) -> Call:
    """A request with a JSON body as the SDKs send it."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Call(route, "POST", target, (*JSON, *headers), body)


JSON: Headers = (
    ("Accept", "application/json"),
    ("Content-Type", "application/json"),
    ("Accept-Encoding", "gzip, deflate"),
)
STAINLESS: Headers = (
    ("X-Stainless-Lang", "python"),
    ("X-Stainless-OS", "Linux"),
    ("X-Stainless-Runtime", "CPython"),
    ("X-Stainless-Async", "async:asyncio"),
    ("x-stainless-retry-count", "0"),
    ("x-stainless-read-timeout", "600"),
)
"""What the generated SDKs of OpenAI and Anthropic say of themselves."""


def events(body: bytes) -> Iterator[dict[str, Any]]:
    """The JSON of the server-sent events of a whole stream."""
    for line in body.decode().splitlines():
        data = line.removeprefix("data:").strip()
        if line.startswith("data:") and data != "[DONE]":
            yield json.loads(data)
