"""What becomes of each header between the two connections.

Hop-by-hop fields belong to one connection (RFC 9110 §7.6.1): relaying them corrupts the
other. All else passes with its name, value, order and duplicates as received.

An SDK sends the same names in the same order again and again, so what to do with them is
worked out once per sequence of names and remembered as a Plan: a quarter of the cost of
asking for each header of each message.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from proxy.recording.recording import Headers
from proxy.relay import credentials
from proxy.relay.refusals import Refusal

HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"te",
    b"upgrade",
    b"transfer-encoding",
    b"proxy-connection",
    # Of the proxy that the client knows, which is not the upstream (RFC 9110 §11.7).
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-authentication-info",
}
FRAMING = {b"host", b"content-length", b"transfer-encoding"}
TRACE = {b"traceparent", b"tracestate"}
NOTHING_NAMED = {b"keep-alive", b"Keep-Alive", b"close"}
encoder = msgspec.msgpack.Encoder()
decoder = msgspec.msgpack.Decoder(list[bytes])

MEMO_LIMIT: Final = 1024
MEMO_NAMES = 2048
CHUNKED: Final = b"Transfer-Encoding: chunked"

Names = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where, in a head with these names, each field is that the relay acts on."""

    names: Names

    dropped: tuple[int, ...]
    """Highest first, so that deleting one leaves the others in place."""
    hosts: tuple[int, ...]
    connection: tuple[int, ...]
    keep_alive: tuple[int, ...]
    upgrade: tuple[int, ...]
    transfer_encoding: tuple[int, ...]
    content_length: tuple[int, ...]
    authorization: tuple[int, ...]
    traceparent: tuple[int, ...]
    trace: tuple[int, ...]
    seatrial: tuple[int, ...]
    redacted: tuple[int, ...]
    """Credentials and links, for the recording; they pass to the other side as they are."""


def make_plan(names: Names) -> Plan:
    lower = [name.lower() for name in names]

    def where(*wanted: bytes) -> tuple[int, ...]:
        return tuple(at for at, name in enumerate(lower) if name in wanted)

    return Plan(
        names=names,
        dropped=tuple(
            at for at in reversed(range(len(lower))) if is_one_connections(lower[at])
        ),
        hosts=where(b"host"),
        connection=where(b"connection"),
        keep_alive=where(b"keep-alive"),
        upgrade=where(b"upgrade"),
        transfer_encoding=where(b"transfer-encoding"),
        content_length=where(b"content-length"),
        authorization=where(b"authorization"),
        traceparent=where(b"traceparent"),
        trace=where(*TRACE),
        seatrial=tuple(at for at, name in enumerate(lower) if is_ours(name)),
        redacted=tuple(
            at for at, name in enumerate(lower) if credentials.is_sensitive(name)
        ),
    )


def is_one_connections(lower: bytes) -> bool:
    return lower in HOP_BY_HOP or is_ours(lower)


def is_ours(lower: bytes) -> bool:
    return lower.startswith(b"x-seatrial-")


EMPTY = make_plan(())
plans: dict[Names, Plan] = {}
"""Bounded, for clients choose the names."""


def plan_for(headers: Headers) -> Plan:
    names = tuple([name for name, _ in headers])
    plan = plans.get(names)
    if plan is None:
        plan = make_plan(names)
        if len(plans) >= MEMO_LIMIT:
            plans.clear()  # else odd orders from one client would switch it off for all
        if sum(map(len, names)) <= MEMO_NAMES:
            plans[names] = plan
    return plan


def pack(headers: Headers) -> bytes:
    """The values in a fifth of the memory, for as long as a stream is held."""
    return encoder.encode([value for _, value in headers])


def unpack(plan: Plan, packed: bytes) -> Headers:
    """The headers again, in their order; `plan` is theirs and has the names."""
    return list(zip(plan.names, decoder.decode(packed), strict=True))


@dataclass(slots=True)
class RequestHead:
    """A request's head as the upstream gets it, and what the relay must know of it."""

    lines: list[bytes]
    """Header lines without their CRLF."""
    chunked: bool
    upgrade: bytes | None
    signed: bool
    """An AWS Signature Version 4 covers host and path."""
    traceparent: bytes | None
    seatrial: dict[bytes, bytes]
    """The app's `x-seatrial-*` headers by lower-case name."""


def for_upstream(
    headers: Headers, plan: Plan, host: bytes | None, *, trace: bool
) -> RequestHead:
    """The head to send on; `host` None keeps the client's. Raises Refusal."""
    lines = as_lines(headers)
    if host is not None:
        at = plan.hosts[0]
        lines[at] = b"%b: %b" % (headers[at][0], host)
    chunked = is_chunked(headers, plan, 501)
    lines = without_dropped(lines, headers, plan)
    if chunked:
        lines.append(CHUNKED)
    if plan.trace and not trace:
        lines = without_fields(lines, TRACE)
    return RequestHead(
        lines,
        chunked,
        value_at(headers, plan.upgrade),
        is_signed(headers, plan),
        value_at(headers, plan.traceparent),
        {headers[at][0].lower(): headers[at][1] for at in plan.seatrial},
    )


@dataclass(slots=True)
class ResponseHead:
    """A response's head as the client gets it, and how its body is framed upstream."""

    lines: list[bytes]
    """Header lines without their CRLF, without `Transfer-Encoding`."""
    chunked: bool
    length: bool
    keep_alive: bytes | None
    upgrade: bytes | None


def for_client(headers: Headers, plan: Plan) -> ResponseHead:
    """The head to send back, without framing of the relay's own. Raises Refusal."""
    chunked = is_chunked(headers, plan, 502)
    return ResponseHead(
        without_dropped(as_lines(headers), headers, plan),
        chunked,
        bool(plan.content_length),
        value_at(headers, plan.keep_alive),
        value_at(headers, plan.upgrade),
    )


def as_lines(headers: Headers) -> list[bytes]:
    """Header lines without their CRLF."""
    return list(map(b": ".join, headers))


def is_signed(headers: Headers, plan: Plan) -> bool:
    return any(headers[at][1].startswith(b"AWS4-") for at in plan.authorization)


def without_dropped(lines: list[bytes], headers: Headers, plan: Plan) -> list[bytes]:
    for at in plan.dropped:
        del lines[at]
    for at in plan.connection:
        if headers[at][1] not in NOTHING_NAMED:
            lines = without_fields(lines, named_by(headers[at][1]))
    return lines


def named_by(connection: bytes) -> set[bytes]:
    """The fields that `Connection` names, but never framing or Host: a client that could
    remove those could make the two sides disagree on where a message ends."""
    return {token.strip().lower() for token in connection.split(b",")} - FRAMING


def without_fields(lines: list[bytes], names: set[bytes]) -> list[bytes]:
    return [line for line in lines if line.partition(b":")[0].lower() not in names]


def is_chunked(headers: Headers, plan: Plan, status: int) -> bool:
    for at in plan.transfer_encoding:
        twice = len(plan.transfer_encoding) > 1
        if twice or headers[at][1].strip(b" \t").lower() != b"chunked":
            code = "bad_request" if status == 501 else "protocol"
            raise Refusal(
                status, code, "the only transfer coding known here is chunked"
            )
    return bool(plan.transfer_encoding)


def value_at(headers: Headers, places: tuple[int, ...]) -> bytes | None:
    return headers[places[0]][1] if places else None


def whole_head(line: bytes, lines: list[bytes]) -> bytes:
    """A head ready to be written: its first line, its fields, the blank line."""
    lines.insert(0, line)
    lines += (b"", b"")
    return b"\r\n".join(lines)


def trailer_lines(trailers: Headers) -> bytes:
    """Trailers pass; fields that would be read as framing or as ours do not."""
    return b"".join(
        b"%b: %b\r\n" % (name, value)
        for name, value in trailers
        if not is_one_connections(name.lower()) and name.lower() not in FRAMING
    )


def keep_alive_timeout(value: bytes) -> float | None:
    """Seconds promised by `Keep-Alive: timeout=5, max=100`."""
    for part in value.split(b","):
        name, _, seconds = part.partition(b"=")
        if name.strip().lower() == b"timeout" and seconds.strip().isdigit():
            return float(seconds)
    return None
