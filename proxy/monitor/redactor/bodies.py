"""One body, decoded and without secrets and personal data; WireError where it cannot be.

Kept are JSON, its streams and plain text. Forms with files, sounds, images and Amazon's
binary streams are not: nothing here can look into them.
"""

from collections.abc import Callable, Iterator, Sequence

from proxy.dialects import encodings, framing
from proxy.dialects.dialect import Call
from proxy.dialects.framing import Framing
from proxy.dialects.table import FRAMERS
from proxy.errors import WireError
from proxy.monitor.redactor import documents, streams, text
from proxy.monitor.redactor.spans import Rules
from proxy.monitor.redactor.streams import Event

Timed = tuple[bytes, int]
"""Bytes, and when the last of them was read."""
MOST_BYTES = 4 * 1024 * 1024
"""Decoded; a larger body is not kept."""

WRITERS: dict[Framing, Callable[[Sequence[Event]], Iterator[Timed]]] = {
    "sse": streams.as_sse,
    "ndjson": streams.as_lines,
    "json-array": streams.as_array,
}


def request(
    slices: Sequence[Timed], encoding: str, kind: str, rules: Rules
) -> list[Timed]:
    parts = decoded(slices, encoding)
    return [(whole(parts, kind, rules), parts[-1][1])] if parts else []


def response(slices: Sequence[Timed], call: Call, rules: Rules) -> list[Timed]:
    parts = decoded(slices, call.headers.get("content-encoding", ""))
    if not parts:
        return []
    start = b"".join(part for part, _ in parts)[: framing.LOOK_AHEAD]
    found = framing.detect(call, start)
    if found == "json":
        return [
            (
                whole(parts, media_type(call.headers.get("content-type", "")), rules),
                parts[-1][1],
            )
        ]
    writer = WRITERS.get(found)
    if writer is None:
        raise WireError(f"streams of the form {found} are not redacted")
    return list(writer(streams.redacted(list(events(parts, found)), rules)))


def decoded(slices: Sequence[Timed], encoding: str) -> list[Timed]:
    parts: list[Timed] = []
    room = MOST_BYTES
    for data, at in encodings.decoded(slices, encoding):
        room -= len(data)
        if room < 0:
            raise WireError("too large to be redacted")
        parts.append((data, at))
    if slices and not parts:
        raise WireError("nothing could be decoded")
    return parts


def events(parts: Sequence[Timed], found: Framing) -> Iterator[Event]:
    framer = FRAMERS[found]()
    at = 0
    for data, at in parts:
        for name, payload in framer.feed(data):
            yield streams.event(name, payload, at)
    for name, payload in framer.flush():
        yield streams.event(name, payload, at)


def whole(parts: Sequence[Timed], kind: str, rules: Rules) -> bytes:
    data = b"".join(part for part, _ in parts)
    is_document = data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")
    if is_document or kind in ("", "application/json"):
        return documents.written(documents.redacted(documents.parsed(data), rules))
    if not kind.startswith("text/"):
        raise WireError("bodies of this content type are not redacted")
    try:
        found = data.decode()
    except UnicodeDecodeError as error:
        raise WireError("text that is no UTF-8") from error
    return text.redacted(found, rules).encode("utf-8", "replace")


def media_type(header: str) -> str:
    return header.partition(";")[0].strip().lower()
