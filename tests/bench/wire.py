"""The bytes of the benchmark: what is asked, and what the upstream answers to it.

Both sides make them here, so that the driver can compare every answer byte by byte.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

PREFIX = "/openai"
"""Of the route; targets remove it as they relay."""
WANTED = b"x-bench-answer: "
"""The request field that says what to answer: `unary-BYTES`, `stream-EVENTS-MILLISECONDS`,
`held-EVENTS` (waits after the first event for somebody to ask for `release`)."""

# As many as the SDKs send, and as long.
REQUEST_FIELDS = (
    ("accept", "application/json"),
    ("accept-encoding", "gzip, deflate"),
    ("authorization", "Bearer sk-bench-" + "0" * 40),
    ("content-type", "application/json"),
    ("user-agent", "Bench/Python 1.0.0"),
    ("x-sdk-arch", "x64"),
    ("x-sdk-async", "async:asyncio"),
    ("x-sdk-lang", "python"),
    ("x-sdk-os", "Linux"),
    ("x-sdk-package-version", "1.0.0"),
    ("x-sdk-read-timeout", "600"),
    ("x-sdk-retry-count", "0"),
    ("x-sdk-runtime", "CPython"),
    ("x-sdk-runtime-version", "3.11.2"),
)
# As many as an API behind a content delivery network sends.
ANSWER_FIELDS = (
    ("Date", "Tue, 24 Nov 2026 09:00:00 GMT"),
    ("Server", "bench"),
    ("Connection", "keep-alive"),
    ("Access-Control-Expose-Headers", "X-Request-ID"),
    ("Alt-Svc", 'h3=":443"; ma=86400'),
    ("Cache-Control", "no-store"),
    ("Set-Cookie", "visit=" + "a1" * 60 + "; path=/; HttpOnly; Secure"),
    ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Organization", "bench-organization-000000"),
    ("X-Processing-Ms", "312"),
    ("X-Version", "2026-11-24"),
    ("X-RateLimit-Limit-Requests", "10000"),
    ("X-RateLimit-Limit-Tokens", "2000000"),
    ("X-RateLimit-Remaining-Requests", "9999"),
    ("X-RateLimit-Remaining-Tokens", "1999713"),
    ("X-RateLimit-Reset-Requests", "6ms"),
    ("X-RateLimit-Reset-Tokens", "8ms"),
    ("X-Request-ID", "req_" + "0f" * 16),
)
USAGE = {"prompt_tokens": 287, "completion_tokens": 64, "total_tokens": 351}


@dataclass(frozen=True, slots=True)
class Answer:
    """`pieces` leave one by one, `gap_seconds` apart; the first has the head before it."""

    pieces: tuple[bytes, ...]
    body: bytes
    gap_seconds: float = 0.0
    held: bool = False


@cache
def answer(name: str) -> Answer:
    match name.split("-"):
        case ["unary", size]:
            return unary(int(size))
        case ["stream", events, milliseconds]:
            return stream(int(events), gap_seconds=int(milliseconds) / 1000)
        case ["held", events]:
            return stream(int(events), held=True)
        case _:
            raise ValueError(f"no such answer: {name!r}")


def unary(size: int) -> Answer:
    body = padded(lambda text: completion("chat.completion", "message", text), size)
    return Answer((head(content_length=len(body)) + body,), body)


def stream(events: int, gap_seconds: float = 0.0, held: bool = False) -> Answer:
    payloads = [
        b"data: %b\n\n" % completion("chat.completion.chunk", "delta", f" word{number}")
        for number in range(events)
    ]
    end = b"data: [DONE]\n\n"
    pieces = [chunk(payload) for payload in payloads]
    pieces[0] = head(content_length=None) + pieces[0]
    pieces.append(chunk(end) + b"0\r\n\r\n")
    return Answer(tuple(pieces), b"".join(payloads) + end, gap_seconds, held)


def head(content_length: int | None) -> bytes:
    framing = (
        {"Content-Type": "text/event-stream", "Transfer-Encoding": "chunked"}
        if content_length is None
        else {"Content-Type": "application/json", "Content-Length": content_length}
    )
    return fields("HTTP/1.1 200 OK", dict(ANSWER_FIELDS) | framing)


def chunk(payload: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(payload), payload)


def completion(kind: str, part: str, text: str) -> bytes:
    return encoded(
        {
            "id": "chatcmpl-" + "b" * 29,
            "object": kind,
            "created": 1795510800,
            "model": "bench-model-2026-11-24",
            "choices": [
                {
                    "index": 0,
                    part: {"role": "assistant", "content": text},
                    "logprobs": None,
                    "finish_reason": None,
                }
            ],
            "usage": USAGE,
        }
    )


def request(path: str, wanted: str, size: int) -> bytes:
    """A chat completion request whose body has `size` bytes."""
    streams = not wanted.startswith("unary")
    body = padded(lambda text: question(text, streams), size)
    named = dict(REQUEST_FIELDS) | {
        "host": "127.0.0.1",
        WANTED[:-2].decode(): wanted,
        "content-length": len(body),
    }
    return fields(f"POST {path}/v1/chat/completions HTTP/1.1", named) + body


def question(text: str, streams: bool) -> bytes:
    messages = [
        {"role": "system", "content": "Answer briefly."},
        {"role": "user", "content": text},
    ]
    return encoded({"model": "bench-model", "messages": messages, "stream": streams})


def fields(first: str, named: Mapping[str, object]) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join([*lines, "", ""]).encode()


def padded(make: Callable[[str], bytes], size: int) -> bytes:
    """What `make` makes of a text so long that the whole has `size` bytes."""
    missing = max(0, size - len(make("")))
    return make(
        ("the harbour is calm and the ship is fit " * (missing // 40 + 1))[:missing]
    )


def encoded(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
