"""What a relay saw of one exchange, and what it says of itself each second.

These are msgspec structs rather than dataclasses because they cross a socket once per
exchange: encoded as arrays they cost a tenth of a dataclass encoded as a map.
New fields go to the end with a default, so that an older monitor reads a newer relay.
"""

from typing import Literal

import msgspec

VERSION = 1

Source = Literal["live", "probe", "mirror"]
Outcome = Literal[
    "complete", "client_gone", "upstream_cut", "upstream_error", "refused"
]
Headers = list[tuple[bytes, bytes]]
"""Names and values, raw and in the order of the wire."""


class Marks(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Moments of one exchange in monotonic nanoseconds; None where it never came."""

    accepted: int
    """The client's connection was accepted (the same for all its exchanges)."""
    request_start: int
    """The first byte of the request was read."""
    request_head: int
    """The request's head was complete."""
    request_end: int | None
    """The last byte of the request was read."""
    connected: int | None
    """An upstream connection was in hand (new or from the pool)."""
    request_sent: int | None
    """The request's head was handed to the upstream's socket."""
    first_byte: int | None
    """The first byte of the final response was read."""
    last_byte: int | None
    """The last byte of the response was read."""
    end: int
    """Everything was handed to the client's socket, or the exchange was given up."""


class Body(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A body's payload as relayed, without chunk framing, content encoding untouched."""

    slices: list[bytes]
    """The captured beginning, in the slices in which it was read."""
    total: int
    """Payload bytes relayed, captured or not."""
    truncated: bool
    """The captured bytes are fewer than the relayed ones."""


class Recording(
    msgspec.Struct, array_like=True, frozen=True, gc=False, tag="recording"
):
    """Bytes and times of one request and response as relayed, complete or cut short.

    Credential header values and query fields are already replaced by `cred:<hash>`.
    """

    version: int
    relay: str
    """The worker that relayed it, e.g. `relay-0`."""
    boot: bytes
    """16 random bytes drawn when that worker started."""
    seq: int
    """Counts that worker's exchanges, those dropped by the tap too."""
    route: str | None
    """None when no route matched."""
    source: Source
    run_id: str | None
    conversation: str | None
    app: str | None
    variant: str | None
    method: str
    target: bytes
    """The target as sent to the upstream, without the route's prefix: raw but redacted.
    The client's own where no route matched."""
    request_headers: Headers
    response_headers: Headers
    status: int | None
    """None when nothing was answered."""
    marks: Marks
    request_reads: list[int]
    """Pairs flattened: nanoseconds, bytes, nanoseconds, bytes, …"""
    response_reads: list[int]
    request_body: Body
    response_body: Body
    outcome: Outcome
    refusal: str | None
    """The `x-seatrial-error` code when the answer was Seatrial's own."""
    attempts: int
    """Times the request was sent upstream; 0 when it never was."""
    reused: bool
    """The upstream connection had served an exchange before."""
    upstream: str | None
    """`scheme://host:port` it was sent to."""
    traceparent: str | None
    peer_error: str | None
    """What the failing side said, in one line, without addresses or credentials."""


class Heartbeat(
    msgspec.Struct, array_like=True, frozen=True, gc=False, tag="heartbeat"
):
    """What a relay says of itself once a second."""

    version: int
    relay: str
    boot: bytes
    pid: int
    seq: int
    """The next sequence number: one more than the newest exchange's."""
    ready: bool
    """It accepts connections and is not draining."""
    in_flight: int
    connections: int
    """Client connections open."""
    upstream_connections: int
    lag_seconds: float
    """How late the loop's timer was, at worst, since the last heartbeat."""
    cpu_seconds: float
    """User and system time of the process so far."""
    monotonic_ns: int
    """The relay's monotonic clock when this was written."""
    wall_ns: int
    """The wall clock at the same moment: adds a date to a Recording's marks."""
    drops: dict[str, int]
    """Recordings not handed over so far, by reason."""
    spoofed: int
    """Requests so far whose `x-seatrial-run` did not verify."""
    settings_hash: str
    workers: int = 1
    """How many relays the instance runs."""


Frame = Recording | Heartbeat
