"""One kept recording: a JSON line in the schema that `seatrial analyze` reads.

The schema is that of recorded-exchange corpora: `request` and `response` with redacted
headers and base64 bodies, whole or redacted. What only Seatrial knows is under `seatrial`.
"""

from typing import Literal

import msgspec

from proxy.monitor import redaction
from proxy.recording.recording import Body, Headers, Recording

FRAMING = {"content-length", "transfer-encoding", "connection"}
STREAMS = (
    *("text/event-stream", "application/x-ndjson", "application/stream+json"),
    "application/vnd.amazon.eventstream",
)
Source = Literal["recorded", "redacted"]
Named = dict[str, str | list[str]]

encoder = msgspec.json.Encoder()


def line(
    recording: Recording,
    dialect: str,
    offset_seconds: float,
    source: Source = "recorded",
) -> bytes:
    """`offset_seconds` is wall clock minus monotonic clock."""
    return encoder.encode(row(recording, dialect, offset_seconds, source)) + b"\n"


def row(
    recording: Recording,
    dialect: str,
    offset_seconds: float,
    source: Source = "recorded",
) -> dict[str, object]:
    target = redaction.url(recording.target.decode("latin-1"))
    answered, framing = split(headers(recording.response_headers))
    kind = first(answered, "content-type").partition(";")[0].strip().lower()
    return {
        "id": f"{recording.boot.hex()[:16]}-{recording.seq}",
        "protocol": dialect,
        "streaming": kind in STREAMS,
        "request": {
            "method": recording.method,
            "url": (recording.upstream or "") + target,
            "path": target,
            "headers": headers(recording.request_headers),
            **content(recording.request_body, source),
        },
        "response": {
            "status": recording.status,
            "headers": answered,
            **content(recording.response_body, source),
            "content_encoding": first(answered, "content-encoding") or None,
            "recorded_framing_headers": framing,
        },
        "seatrial": facts(recording, offset_seconds),
    }


def facts(recording: Recording, offset_seconds: float) -> dict[str, object]:
    started = recording.marks.request_start / 1e9 + offset_seconds
    return {
        "version": recording.version,
        "relay": recording.relay,
        "boot": recording.boot.hex(),
        "seq": recording.seq,
        "started": round(started, 6),
        "route": recording.route,
        "source": recording.source,
        "run_id": recording.run_id,
        "conversation": recording.conversation,
        "app": recording.app,
        "variant": recording.variant,
        "outcome": recording.outcome,
        "refusal": recording.refusal,
        "attempts": recording.attempts,
        "reused": recording.reused,
        "upstream": recording.upstream,
        "traceparent": recording.traceparent,
        "peer_error": recording.peer_error,
        "marks": msgspec.structs.asdict(recording.marks),
        "request_reads": recording.request_reads,
        "response_reads": recording.response_reads,
        "request_body": sizes(recording.request_body),
        "response_body": sizes(recording.response_body),
    }


def content(body: Body, source: Source) -> dict[str, object]:
    """`recorded` bytes are whole and `redacted` ones were; an empty body is whole
    without having been kept."""
    whole = b"".join(body.slices)
    if not whole and body.total:
        return {"body_b64": None, "body_source": "not_kept"}
    return {
        "body_b64": whole,
        "body_source": "truncated" if body.truncated else source,
    }


def sizes(body: Body) -> dict[str, object]:
    return {
        "total": body.total,
        "captured": sum(map(len, body.slices)),
        "truncated": body.truncated,
    }


def headers(pairs: Headers) -> Named:
    """Redacted; a repeated header is a list under the name first seen."""
    found: Named = {}
    spelt: dict[str, str] = {}
    for raw_name, raw_value in pairs:
        name = raw_name.decode("latin-1")
        name = spelt.setdefault(name.lower(), name)
        value = redaction.header(name, raw_value.decode("latin-1"))
        earlier = found.get(name)
        if earlier is None:
            found[name] = value
        elif isinstance(earlier, list):
            earlier.append(value)
        else:
            found[name] = [earlier, value]
    return found


def split(found: Named) -> tuple[Named, Named]:
    """The response's own headers, and those that framed it on that connection."""
    kept = {n: value for n, value in found.items() if n.lower() not in FRAMING}
    framing = {n.lower(): value for n, value in found.items() if n not in kept}
    return kept, framing


def first(found: Named, wanted: str) -> str:
    for name, value in found.items():
        if name.lower() == wanted:
            return value if isinstance(value, str) else value[0]
    return ""
