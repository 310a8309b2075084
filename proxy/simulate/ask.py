"""What the simulation reads from a request, whatever the wire format."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.errors import WireError

JsonObject = dict[str, Any]


class RequestError(WireError):
    """The client's request is wrong; it gets a 400 of the provider's shape."""

    def __init__(self, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param


@dataclass(frozen=True, slots=True)
class Incoming:
    """One request as received, its JSON parsed. `target` is the raw path and query."""

    method: str
    target: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    json: JsonObject
    body_bytes: int
    path_model: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    schema: JsonObject


@dataclass(frozen=True, slots=True)
class Ask:
    """One request to a chat model. `must_call` is a tool choice that demands a call."""

    model: str
    stream: bool
    prompt: str
    input_tokens: int
    tools: tuple[Tool, ...] = ()
    must_call: bool = False
    after_tool_result: bool = False
    max_tokens: int | None = None
    include_usage: bool = False
    raw: JsonObject = field(default_factory=dict)


def checked(read: Callable[[Incoming], Ask], incoming: Incoming) -> Ask:
    """Read a request; a body whose parts have other types than expected is the client's
    mistake, wherever in it the reader stumbles."""
    try:
        return read(incoming)
    except (AttributeError, LookupError, TypeError, ValueError) as stumble:
        raise RequestError(f"unexpected shape of the body: {stumble}") from stumble


def required_text(body: JsonObject, key: str) -> str:
    value = body.get(key)
    if not isinstance(value, str) or not value:
        raise RequestError(f"{key}: a non-empty string is required", key)
    return value


def required_items(body: JsonObject, key: str) -> list[JsonObject]:
    """The non-empty list of objects at `key`."""
    value = body.get(key)
    if not isinstance(value, list) or not value:
        raise RequestError(f"{key}: a non-empty array is required", key)
    if not all(isinstance(item, dict) for item in value):
        raise RequestError(f"{key}: every element must be an object", key)
    return value


def limit(body: JsonObject, *keys: str) -> int | None:
    """The token limit under the first of `keys` that is present."""
    for key in keys:
        value = body.get(key)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise RequestError(f"{key}: must be a whole number of 1 or more", key)
        return value
    return None


def allowed_tools(tools: tuple[Tool, ...], name: str | None) -> tuple[Tool, ...]:
    """All tools, or the one a tool choice names."""
    if name is None:
        return tools
    chosen = tuple(tool for tool in tools if tool.name == name)
    if not chosen:
        raise RequestError(
            f"tool_choice: {name!r} is not a declared tool", "tool_choice"
        )
    return chosen


def estimate_tokens(size: int) -> int:
    """Four bytes a token, the usual rule of thumb for English JSON."""
    return max(1, size // 4)


def flatten(content: object) -> str:
    """The text in a message's content: a string, or parts that hold `text`."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return " ".join(flatten(part) for part in content)
    if isinstance(content, dict):
        return flatten(content.get("text", ""))
    return ""
