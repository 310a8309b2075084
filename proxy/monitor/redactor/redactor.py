"""Whole recordings without secrets and personal data. What cannot be read is not kept."""

from dataclasses import dataclass
from urllib.parse import quote, unquote

import msgspec

from proxy.dialects import headers, reader
from proxy.errors import WireError
from proxy.monitor.redactor import bodies, text
from proxy.monitor.redactor.bodies import Timed
from proxy.monitor.redactor.spans import Rules
from proxy.recording.recording import Body, Headers, Recording

ENCODING = b"content-encoding"
SAFE = "/?&=:;,+@!$'()*<>~-._"
# Whatever goes wrong while foreign bytes are read, the body is not kept. Only what ends
# the process anyway is let through, and then nothing is written either.
UNREDACTABLE = (
    *(WireError, ValueError, LookupError, TypeError, AttributeError),
    *(ArithmeticError, RuntimeError, MemoryError, StopIteration, msgspec.MsgspecError),
)


@dataclass(frozen=True, slots=True)
class Redacted:
    recording: Recording
    failed: bool
    """A body that was there is not kept."""


def redacted(recording: Recording, dialect: str, rules: Rules = text.RULES) -> Redacted:
    """Never raises what a recording could cause."""
    try:
        plain = heads(recording, rules)
    except UNREDACTABLE:
        return Redacted(headless(recording), True)
    asked = request_body(recording, rules)
    said = response_body(recording, dialect, rules)
    request, response = recording.request_body, recording.response_body
    kept = msgspec.structs.replace(
        plain,
        request_body=replaced(request, asked),
        request_reads=times(asked),
        response_body=replaced(response, said),
        response_reads=times(said),
    )
    return Redacted(kept, asked is None or said is None)


def heads(recording: Recording, rules: Rules) -> Recording:
    """Headers, target and what the application says of itself, but for the conversation,
    by which it can be forgotten. The bodies' encoding goes: they are kept decoded."""
    return msgspec.structs.replace(
        recording,
        target=target(recording.target, rules),
        request_headers=fields(recording.request_headers, rules),
        response_headers=fields(recording.response_headers, rules),
        app=word(recording.app, rules),
        variant=word(recording.variant, rules),
        peer_error=word(recording.peer_error, rules),
    )


def target(raw: bytes, rules: Rules) -> bytes:
    """Also what percent signs hide, such as the blanks of a number in groups."""
    plain = unquote(raw.decode("latin-1"))
    found = text.redacted(plain, rules)
    return line(raw, rules) if found == plain else quote(found, SAFE).encode()


def word(given: str | None, rules: Rules) -> str | None:
    return None if given is None else text.redacted(given, rules)


def fields(given: Headers, rules: Rules) -> Headers:
    return [(n, line(value, rules)) for n, value in given if n.lower() != ENCODING]


def line(value: bytes, rules: Rules) -> bytes:
    return text.redacted(value.decode("latin-1"), rules).encode("latin-1", "replace")


def headless(recording: Recording) -> Recording:
    """Sizes and times alone."""
    return msgspec.structs.replace(
        recording,
        target=b"",
        request_headers=[],
        response_headers=[],
        request_body=replaced(recording.request_body, None),
        response_body=replaced(recording.response_body, None),
    )


def request_body(recording: Recording, rules: Rules) -> list[Timed] | None:
    """None where it cannot be kept."""
    if recording.marks.request_end is None and recording.request_body.total:
        return None
    try:
        given = timed(recording.request_body, recording.request_reads)
        encoding = headers.encoding(recording.request_headers)
        kind = headers.lowered(recording.request_headers).get("content-type", "")
        return bodies.request(given, encoding, bodies.media_type(kind), rules)
    except UNREDACTABLE:
        return None


def response_body(
    recording: Recording, dialect: str, rules: Rules
) -> list[Timed] | None:
    """None where it cannot be kept; an answer that broke off may end inside a secret."""
    if recording.outcome != "complete" and recording.response_body.total:
        return None
    try:
        given = timed(recording.response_body, recording.response_reads)
        call = reader.surroundings(recording, dialect)
        return bodies.response(given, call, rules)
    except UNREDACTABLE:
        return None


def timed(body: Body, reads: list[int]) -> list[Timed]:
    """The body's slices, each with its moment. WireError where it is not all there."""
    if body.truncated:
        raise WireError("only a part of it was captured")
    moments = reads[::2]
    last = moments[-1] if moments else 0
    late = [last] * max(0, len(body.slices) - len(moments))
    return list(zip(body.slices, [*moments, *late], strict=False))


def replaced(body: Body, parts: list[Timed] | None) -> Body:
    """`total` stays that of the wire; a body that is not kept looks as if never copied."""
    if parts is None:
        return Body([], body.total, body.total > 0)
    return Body([data for data, _ in parts], body.total, False)


def times(parts: list[Timed] | None) -> list[int]:
    return [number for data, at in parts or () for number in (at, len(data))]
