"""A Recording made of the wire's words, read."""

import json
from typing import Any

from proxy.dialects.reader import read
from proxy.model.exchange import Exchange
from proxy.recording.recording import Recording
from tests.make import make_body, make_recording

TYPES = {
    "json": b"application/json",
    "sse": b"text/event-stream",
    "ndjson": b"application/x-ndjson",
    "amazon": b"application/vnd.amazon.eventstream",
}


def recorded(
    target: str,
    request: object,
    response: object,
    *,
    kind: str = "json",
    upstream: str = "https://model.example",
    headers: tuple[tuple[str, str], ...] = (),
    slices: list[bytes] | None = None,
    **given: Any,
) -> Recording:
    """Documents are sent as JSON, bytes as they are."""
    body = raw(response)
    more = [(name.encode(), value.encode()) for name, value in headers]
    return make_recording(
        target=target.encode(),
        upstream=upstream,
        request_body=make_body(raw(request)),
        response_body=make_body(body, slices=[body] if slices is None else slices),
        response_headers=[(b"Content-Type", TYPES[kind]), *more],
        **given,
    )


def raw(document: object) -> bytes:
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def exchange(target: str, request: object, response: object, **given: Any) -> Exchange:
    return read(recorded(target, request, response, **given))


def lines(*documents: object) -> bytes:
    return b"".join(raw(document) + b"\n" for document in documents)


def events(*documents: object, end: bytes = b"\n\n") -> bytes:
    return b"".join(b"data: " + raw(document) + end for document in documents)
