"""HAR files, as browsers and debugging proxies export them, read as Recordings.

HAR 1.2 keeps response bodies decoded, so their Content-Encoding is dropped; names that
begin with a colon are HTTP/2's pseudo headers, which repeat the first line.
"""

import base64
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from proxy.errors import WireError
from proxy.recording.recording import VERSION, Body, Marks, Recording
from proxy.recording.rows import Recorded, origin

MILLISECOND = 1_000_000


class Header(msgspec.Struct, frozen=True):
    name: str
    value: str


class PostData(msgspec.Struct, frozen=True):
    text: str = ""
    encoding: str = ""


class HarRequest(msgspec.Struct, frozen=True, rename="camel"):
    method: str
    url: str
    headers: list[Header] = []
    post_data: PostData | None = None


class Content(msgspec.Struct, frozen=True):
    text: str | None = None
    encoding: str = ""
    size: float = 0


class HarResponse(msgspec.Struct, frozen=True):
    status: int
    headers: list[Header] = []
    content: Content = Content()


class Timings(msgspec.Struct, frozen=True):
    """Milliseconds; -1 where one does not apply."""

    blocked: float | None = None
    dns: float | None = None
    connect: float | None = None
    send: float | None = None
    wait: float | None = None
    receive: float | None = None


class Entry(msgspec.Struct, frozen=True, rename="camel"):
    request: HarRequest
    response: HarResponse
    started_date_time: str | None = None
    timings: Timings = Timings()


class Log(msgspec.Struct, frozen=True):
    entries: list[msgspec.Raw]


class Document(msgspec.Struct, frozen=True):
    log: Log


documents = msgspec.json.Decoder(Document)
decoder = msgspec.json.Decoder(Entry)


def entries(document: bytes) -> list[bytes]:
    """Each entry's own JSON, in order. WireError where the file is no HAR."""
    try:
        found = documents.decode(document.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise WireError(f"not a HAR file: {error}") from error
    return [bytes(entry) for entry in found.log.entries]


def parse(entry: bytes) -> Recorded:
    """WireError says what is wrong with the entry."""
    try:
        found = decoder.decode(entry)
        started = seconds(found.started_date_time)
        return Recorded(None, recording(found, started or 0.0), started=started)
    except (ArithmeticError, OSError, RecursionError, ValueError) as error:
        raise WireError(f"not an entry of a HAR file: {error}") from error


def recording(entry: Entry, started: float) -> Recording:
    request, response = entry.request, entry.response
    given = request.post_data or PostData()
    asked = content(given.text, given.encoding)
    said = content(response.content.text or "", response.content.encoding)
    kept = response.content.text is not None or not response.content.size
    return Recording(
        version=VERSION,
        relay="",
        boot=b"",
        seq=0,
        route=None,
        source="live",
        run_id=None,
        conversation=None,
        app=None,
        variant=None,
        method=request.method.upper(),
        target=target(request.url),
        request_headers=list(headers(request.headers)),
        response_headers=list(headers(response.headers, b"content-encoding")),
        # 0 is how browsers write that nothing was answered.
        status=response.status or None,
        marks=marks(entry.timings, int(started * 1e9)),
        request_reads=[],
        response_reads=[],
        request_body=Body([asked] if asked else [], len(asked), False),
        response_body=Body([said] if said else [], len(said) + (not kept), not kept),
        outcome="complete" if response.status else "upstream_error",
        refusal=None,
        attempts=1,
        reused=False,
        upstream=origin(request.url),
        traceparent=None,
        peer_error=None,
    )


def content(text: str, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.b64decode(text, validate=True)
    return text.encode("utf-8", "replace")


def headers(given: list[Header], *dropped: bytes) -> Iterator[tuple[bytes, bytes]]:
    for one in given:
        name = one.name.encode("latin-1", "replace")
        if not name.startswith(b":") and name.lower() not in dropped:
            yield name, one.value.encode("latin-1", "replace")


def target(url: str) -> bytes:
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.path or '/'}{query}".encode("utf-8", "replace")


def seconds(text: str | None) -> float | None:
    return datetime.fromisoformat(text).timestamp() if text else None


def marks(timings: Timings, started: int) -> Marks:
    def after(*parts: float | None) -> int:
        given = (part for part in parts if part is not None and part > 0)
        return started + int(sum(given) * MILLISECOND)

    before = (timings.blocked, timings.dns, timings.connect)
    first = after(*before, timings.send, timings.wait)
    last = after(*before, timings.send, timings.wait, timings.receive)
    return Marks(
        accepted=started,
        request_start=started,
        request_head=started,
        request_end=after(*before, timings.send),
        connected=after(*before),
        request_sent=after(*before, timings.send),
        first_byte=first,
        last_byte=last,
        end=last,
    )
