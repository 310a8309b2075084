"""Writing server-sent events, and gathering them into the pieces of a stream."""

from collections.abc import Iterable, Iterator

from proxy.simulate.answer import Answer, Headers, compact, encoded


def named(event: str, value: object) -> bytes:
    """An event with a name, as Anthropic and OpenAI Responses send them."""
    return encoded(f"event: {event}\ndata: {compact(value)}\n\n")


def unnamed(value: object, end: str = "\n\n") -> bytes:
    return encoded(f"data: {compact(value)}{end}")


def stream(
    pieces: Iterable[bytes],
    headers: Headers,
    behaviour: str,
    content_type: str = "text/event-stream; charset=utf-8",
) -> Answer:
    """An answer written at the plan's pace, a piece at a time."""
    typed = (("content-type", content_type), ("cache-control", "no-cache"), *headers)
    return Answer(200, typed, tuple(pieces), streamed=True, behaviour=behaviour)


def paced(opening: bytes, contents: Iterable[bytes]) -> Iterator[bytes]:
    """Put the opening events before the first content piece: time to first byte is then
    time to first token."""
    for content in contents:
        yield opening + content
        opening = b""
    if opening:
        yield opening
