"""Values for tests: each call states only what the test is about."""

from typing import Any

import msgspec

from proxy.model.exchange import Exchange, Message, Timings, Usage
from proxy.recording.frames import encode_into
from proxy.recording.recording import VERSION, Body, Heartbeat, Marks, Recording

BOOT = bytes(range(16))
MS = 1_000_000


def make_marks(**given: Any) -> Marks:
    """One exchange of 100 ms: the first byte after 40 ms, the last after 99 ms."""
    start = given.pop("request_start", 1_000 * MS)
    usual = {
        "accepted": start,
        "request_start": start,
        "request_head": start + MS,
        "request_end": start + MS,
        "connected": start + 2 * MS,
        "request_sent": start + 3 * MS,
        "first_byte": start + 40 * MS,
        "last_byte": start + 99 * MS,
        "end": start + 100 * MS,
    }
    return Marks(**{**usual, **given})


def make_body(content: bytes = b"", **given: Any) -> Body:
    usual = {
        "slices": [content] if content else [],
        "total": len(content),
        "truncated": False,
    }
    return Body(**{**usual, **given})


def make_recording(**given: Any) -> Recording:
    """A complete chat completion on the route `openai`."""
    usual = {
        "version": VERSION,
        "relay": "relay-0",
        "boot": BOOT,
        "seq": 0,
        "route": "openai",
        "source": "live",
        "run_id": None,
        "conversation": None,
        "app": None,
        "variant": None,
        "method": "POST",
        "target": b"/v1/chat/completions",
        "request_headers": [(b"Content-Type", b"application/json")],
        "response_headers": [(b"content-type", b"application/json")],
        "status": 200,
        "marks": make_marks(),
        "request_reads": [],
        "response_reads": [],
        "request_body": make_body(b'{"model":"m"}'),
        "response_body": make_body(b'{"id":"1"}'),
        "outcome": "complete",
        "refusal": None,
        "attempts": 1,
        "reused": True,
        "upstream": "https://api.openai.com",
        "traceparent": None,
        "peer_error": None,
    }
    return Recording(**{**usual, **given})


def make_heartbeat(**given: Any) -> Heartbeat:
    """A relay that is ready, the only one of its instance."""
    usual = {
        "version": VERSION,
        "relay": "relay-0",
        "boot": BOOT,
        "pid": 4711,
        "seq": 0,
        "ready": True,
        "in_flight": 0,
        "connections": 0,
        "upstream_connections": 0,
        "lag_seconds": 0.0,
        "cpu_seconds": 1.0,
        "monotonic_ns": 10**12,
        "wall_ns": 10**18,
        "drops": {},
        "spoofed": 0,
        "settings_hash": "0123456789ab",
        "workers": 1,
    }
    return Heartbeat(**{**usual, **given})


def make_frame(message: msgspec.Struct) -> bytes:
    """The message as it crosses a socket."""
    buffer = bytearray()
    encode_into(buffer, message)
    return bytes(buffer)


def make_exchange(**given: Any) -> Exchange:
    """One answered chat completion; `said` and `asked` are its words."""
    asked = given.pop("asked", "hello")
    usual = {
        "dialect": "openai.chat",
        "provider": "openai",
        "operation": "chat",
        "streaming": False,
        "status": 200,
        "request_model": "m",
        "usage": Usage(),
        "text": given.pop("said", "hello, you"),
        "messages": (Message("user", asked),),
        "timings": Timings(0),
    }
    return Exchange(**{**usual, **given})
