"""How an answer's bytes are cut into documents, found out from what came.

Not from the request: a stream that was asked for may be refused in one JSON document, and
servers mislabel their streams.
"""

from collections.abc import Sequence
from typing import Literal, Protocol

from proxy.dialects.dialect import Call

Framing = Literal["json", "sse", "ndjson", "json-array", "eventstream"]

Event = tuple[str, bytes]
"""The event's name (empty where the framing has none) and its payload."""

SSE_STARTS = (b"data:", b"event:", b":", b"id:", b"retry:")
NDJSON_TYPES = ("application/x-ndjson", "application/stream+json", "application/jsonl")
AMAZON = "application/vnd.amazon.eventstream"
LINE_DIALECTS = ("ollama.", "cohere.")
LOOK_AHEAD = 4096
BOM = b"\xef\xbb\xbf"


class Framer(Protocol):
    """Turns decoded bytes of any chunking into events, in time linear in the bytes."""

    def feed(self, data: bytes) -> Sequence[Event]: ...

    def flush(self) -> Sequence[Event]:
        """What the end of the body left unfinished, as far as it is an event."""
        ...


def detect(call: Call, start: bytes) -> Framing:
    """`start` is the beginning of the decoded body: LOOK_AHEAD bytes, or all of it."""
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    # The first frame is not 16 MiB long, so it begins with 0, as text never does.
    if start.startswith(b"\0") or (kind == AMAZON and not start.startswith(b"{")):
        return "eventstream"
    text = start.removeprefix(BOM).lstrip()
    if text.startswith(SSE_STARTS) or (kind == "text/event-stream" and not text):
        return "sse"
    if kind in NDJSON_TYPES:
        return "ndjson"
    if text.startswith(b"["):
        return "json-array" if "streamGenerateContent" in call.path else "json"
    if call.dialect.startswith(LINE_DIALECTS) and b"}\n{" in text.replace(b"\r", b""):
        return "ndjson"
    return "json"
