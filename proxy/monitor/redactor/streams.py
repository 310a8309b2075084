"""Streamed answers without secrets and personal data, wherever the stream cut them.

Texts that grow event by event are joined, searched as one, and cut again at the same
places, so that every event keeps its time. Which texts belong together is told by their
place in the event and the indexes around it, so no dialect has to be known.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proxy.errors import WireError
from proxy.monitor.redactor import documents, text
from proxy.monitor.redactor.documents import Json, Path, Walk
from proxy.monitor.redactor.spans import Rules, spread

DONE = "[DONE]"
NEVER_GROW = frozenset(
    (
        *("id", "item_id", "response_id", "request_id", "call_id", "object", "model"),
        *("type", "role", "name", "status", "finish_reason", "stop_reason"),
        *("system_fingerprint", "service_tier", "obfuscation", "modelVersion"),
        *("responseId", "finishReason", "created_at", "done_reason"),
    )
)
"""Fields that are whole in each event that has them: joined they would look random."""
MOST_EVENTS = 200_000
LONG = 8
"""A text that is so long and the same in every event is no part of a growing one."""


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    """Empty where the framing has none."""
    document: Json
    is_text: bool
    """The payload is no JSON: its text itself is the document."""
    at: int
    """Nanoseconds: when its last byte was read."""


def event(name: str, payload: bytes, at: int) -> Event:
    """WireError for a payload that begins as JSON and is none: it was cut."""
    stripped = payload.strip()
    if stripped.startswith((b"{", b"[")) and stripped != DONE.encode():
        return Event(name, documents.parsed(stripped), False, at)
    try:
        return Event(name, payload.decode(), True, at)
    except UnicodeDecodeError as error:
        raise WireError("an event is no UTF-8") from error


def redacted(events: Sequence[Event], rules: Rules) -> list[Event]:
    if len(events) > MOST_EVENTS:
        raise WireError("too many events to be redacted")
    channels: dict[Path, list[str]] = defaultdict(list)

    def collect(path: Path, found: str) -> str:
        channels[path].append(found)
        return found

    changed(events, Walk(rules, collect))
    ready = {path: iter(grown(path, found, rules)) for path, found in channels.items()}

    def take(path: Path, found: str) -> str:
        return next(ready[path])

    return changed(events, Walk(rules, take))


def changed(events: Sequence[Event], walk: Walk) -> list[Event]:
    return [
        Event(
            text.redacted(one.name, walk.rules),
            walk.value(one.document, (one.name, kind_of(one.document))),
            one.is_text,
            one.at,
        )
        for one in events
    ]


def kind_of(document: Json) -> str:
    """`type` of the event: texts of two kinds never continue each other."""
    kind = document.get("type") if isinstance(document, dict) else None
    return kind if isinstance(kind, str) else ""


def grown(path: Path, pieces: list[str], rules: Rules) -> list[str]:
    different = set(pieces)
    is_constant = len(different) == 1 and len(pieces[0]) >= LONG
    if path[-1] in NEVER_GROW or is_constant:
        ready = {piece: documents.in_document(piece, rules) for piece in different}
        return [ready[piece] for piece in pieces]
    return joined(pieces, rules)


def joined(pieces: list[str], rules: Rules) -> list[str]:
    """The pieces of one growing text. One that is a document goes into its first piece:
    in pieces, a name and its value may be apart."""
    whole = "".join(pieces)
    if documents.document_in(whole) is not None:
        fresh = documents.in_document(whole, rules)
        return pieces if fresh == whole else [fresh, *[""] * (len(pieces) - 1)]
    return spread(pieces, text.spans(whole, rules))


def as_sse(events: Sequence[Event]) -> Iterator[tuple[bytes, int]]:
    for one in events:
        name = f"event: {one.name}\n".encode() if one.name else b""
        lines = content(one).split(b"\n")
        yield (
            name + b"".join(b"data: " + line + b"\n" for line in lines) + b"\n",
            one.at,
        )


def as_lines(events: Sequence[Event]) -> Iterator[tuple[bytes, int]]:
    for one in events:
        yield content(one).replace(b"\n", b" ") + b"\n", one.at


def as_array(events: Sequence[Event]) -> Iterator[tuple[bytes, int]]:
    last = len(events) - 1
    for place, one in enumerate(events):
        before = b"," if place else b"["
        yield before + content(one) + (b"]" if place == last else b"\n"), one.at


def content(one: Event) -> bytes:
    if one.is_text and isinstance(one.document, str):
        return one.document.encode("utf-8", "replace")
    return documents.written(one.document)
