"""One line of a file of recorded exchanges, and the Recording it holds.

The schema is that of recorded-exchange corpora and of Seatrial's own recording files:
`request` and `response` with headers and base64 bodies, and under `seatrial` what only a
relay knows. A line without that part has no times: its marks are zero.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from proxy.errors import WireError
from proxy.recording.recording import (
    VERSION,
    Body,
    Marks,
    Outcome,
    Recording,
    Source,
)

Named = dict[str, str | list[str]]
BodySource = Literal["recorded", "reserialised", "truncated", "not_kept"]
NO_MARKS = Marks(0, 0, 0, None, None, None, None, None, 0)


class Request(msgspec.Struct, frozen=True):
    method: str
    path: str
    headers: Named | None = None
    url: str | None = None
    body_b64: bytes | None = None
    body_source: str | None = None


class Response(msgspec.Struct, frozen=True):
    status: int | None
    headers: Named | None = None
    body_b64: bytes | None = None
    body_source: str | None = None


class Sizes(msgspec.Struct, frozen=True):
    total: int = 0
    truncated: bool = False


class Facts(msgspec.Struct, frozen=True):
    """What a relay knows beyond the bytes; absent from other people's recordings."""

    version: int = VERSION
    relay: str = ""
    boot: str = ""
    seq: int = 0
    started: float | None = None
    route: str | None = None
    source: Source = "live"
    run_id: str | None = None
    conversation: str | None = None
    app: str | None = None
    variant: str | None = None
    outcome: Outcome = "complete"
    refusal: str | None = None
    attempts: int = 1
    reused: bool = False
    upstream: str | None = None
    traceparent: str | None = None
    peer_error: str | None = None
    marks: dict[str, int | None] | None = None
    request_reads: list[int] = []
    response_reads: list[int] = []
    request_body: Sizes | None = None
    response_body: Sizes | None = None


class Row(msgspec.Struct, frozen=True):
    request: Request
    response: Response
    id: str | None = None
    provider: str | None = None
    seatrial: Facts | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """One exchange of a file, with the name the file gives it."""

    id: str | None
    recording: Recording
    provider: str | None = None
    """As the file states it, which only labels it."""
    started: float | None = None
    """Seconds of the wall clock, where the file says so."""


decoder = msgspec.json.Decoder(Row)


def parse(line: bytes) -> Recorded:
    """WireError says what is wrong with the line."""
    try:
        row = decoder.decode(line)
        facts = row.seatrial or Facts()
        return Recorded(row.id, recording(row, facts), row.provider, facts.started)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise WireError(f"not a recorded exchange: {error}") from error


def recording(row: Row, facts: Facts) -> Recording:
    request, response = row.request, row.response
    return Recording(
        version=facts.version,
        relay=facts.relay,
        boot=bytes.fromhex(facts.boot),
        seq=facts.seq,
        route=facts.route,
        source=facts.source,
        run_id=facts.run_id,
        conversation=facts.conversation,
        app=facts.app,
        variant=facts.variant,
        method=request.method.upper(),
        target=request.path.encode("utf-8", "replace"),
        request_headers=list(headers(request.headers or {})),
        response_headers=list(headers(response.headers or {})),
        status=response.status,
        marks=marks(facts.marks),
        request_reads=facts.request_reads,
        response_reads=facts.response_reads,
        request_body=body(request, facts.request_reads, facts.request_body),
        response_body=body(response, facts.response_reads, facts.response_body),
        outcome=facts.outcome,
        refusal=facts.refusal,
        attempts=facts.attempts,
        reused=facts.reused,
        upstream=facts.upstream or origin(request.url),
        traceparent=facts.traceparent,
        peer_error=facts.peer_error,
    )


def headers(named: Named) -> Iterator[tuple[bytes, bytes]]:
    for name, values in named.items():
        for value in [values] if isinstance(values, str) else values:
            yield name.encode("latin-1", "replace"), value.encode("latin-1", "replace")


def marks(named: dict[str, int | None] | None) -> Marks:
    if named is None:
        return NO_MARKS
    return msgspec.convert([named.get(f) for f in Marks.__struct_fields__], Marks)


def body(part: Request | Response, reads: list[int], sizes: Sizes | None) -> Body:
    content = part.body_b64 or b""
    kept = len(content)
    if sizes is None:
        cut = part.body_source in ("truncated", "not_kept")
        return Body([content] if content else [], kept + cut, cut)
    return Body(list(slices(content, reads)), max(sizes.total, kept), sizes.truncated)


def slices(content: bytes, reads: list[int]) -> Iterator[bytes]:
    """The content cut where it was read, for that is where its times belong."""
    start = 0
    for size in reads[1::2]:
        if start < len(content) and size > 0:
            yield content[start : start + size]
            start += size
    if start < len(content):
        yield content[start:]


def origin(url: str | None) -> str | None:
    """`scheme://host:port` of a URL."""
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
