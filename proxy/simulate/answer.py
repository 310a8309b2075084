"""What goes back on the wire, whatever the format: status, headers and pieces of a body."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Headers = tuple[tuple[str, str], ...]
FailureName = Literal[
    "bad_request", "not_found", "rate_limited", "server_error", "overloaded"
]


@dataclass(frozen=True, slots=True)
class Answer:
    """A response ready to be written.

    A stream is written piece by piece at the plan's pace and without a length;
    anything else leaves at once and with its length.
    """

    status: int
    headers: Headers
    pieces: tuple[bytes, ...]
    streamed: bool = False
    behaviour: str | None = None

    @property
    def body(self) -> bytes:
        return b"".join(self.pieces)


@dataclass(frozen=True, slots=True)
class Failure:
    """An error to be put into a provider's words."""

    name: FailureName
    message: str
    param: str | None = None


FAULT_MESSAGES: Mapping[str, str] = {
    "rate_limited": "Simulated rate limit reached. Please retry later.",
    "server_error": "The simulated server had an error while processing the request.",
    "overloaded": "The simulated model is overloaded. Please retry later.",
}


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def encoded(text: str) -> bytes:
    """UTF-8; half a surrogate pair, which JSON requests can carry, becomes `?`."""
    return text.encode("utf-8", "replace")


def unary(value: object, headers: Headers, behaviour: str | None = None) -> Answer:
    """A complete JSON answer."""
    body = encoded(json.dumps(value, ensure_ascii=False))
    json_type = ("content-type", "application/json")
    return Answer(200, (json_type, *headers), (body,), behaviour=behaviour)


def retry_headers(seconds: float) -> Headers:
    """`retry-after` counts whole seconds (RFC 9110, section 10.2.3); the SDKs of OpenAI and
    Anthropic read `retry-after-ms` first."""
    return (
        ("retry-after", str(math.ceil(seconds))),
        ("retry-after-ms", str(round(seconds * 1000))),
    )


def failed(status: int, value: object, headers: Headers) -> Answer:
    body = encoded(json.dumps(value, ensure_ascii=False))
    return Answer(status, (("content-type", "application/json"), *headers), (body,))
