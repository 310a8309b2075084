"""Places in a text that must not be kept, and the text without them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

Kind = Literal["secret", "email", "phone", "card", "iban", "ip", "name", "data"]


class Span(NamedTuple):
    """`end` is the first character that may stay."""

    start: int
    end: int
    kind: Kind


Rule = Callable[[str], Iterable[Span]]
Rules = Sequence[Rule]


def merged(found: Iterable[Span]) -> list[Span]:
    """In order, none touching another; of two that overlap the first one's kind stays."""
    kept: list[Span] = []
    for span in sorted(found, key=lambda one: (one.start, -one.end)):
        if kept and span.start < kept[-1].end:
            last = kept[-1]
            kept[-1] = last._replace(end=max(last.end, span.end))
        elif span.end > span.start:
            kept.append(span)
    return kept


def replaced(text: str, spans: Iterable[Span]) -> str:
    """`spans` as `merged` gives them."""
    parts: list[str] = []
    done = 0
    for start, end, kind in spans:
        parts += (text[done:start], f"<{kind}>")
        done = end
    return "".join(parts) + text[done:] if parts else text


def spread(pieces: Sequence[str], spans: Sequence[Span]) -> list[str]:
    """The pieces of a text without what stands in it, wherever it was cut.

    A span's mark goes into the piece in which it begins. `spans` are of the joined text.
    """
    kept: list[str] = []
    at = 0
    first = 0
    for piece in pieces:
        end = at + len(piece)
        while first < len(spans) and spans[first].end <= at:
            first += 1
        kept.append(without(piece, at, spans, first))
        at = end
    return kept


def without(piece: str, at: int, spans: Sequence[Span], first: int) -> str:
    """One piece that begins at `at`; spans before `first` end before it."""
    parts: list[str] = []
    done = at
    end = at + len(piece)
    while first < len(spans) and spans[first].start < end:
        span = spans[first]
        if span.start >= at:
            parts += (piece[done - at : span.start - at], f"<{span.kind}>")
        done = min(span.end, end)
        first += 1
    return "".join(parts) + piece[done - at :]
