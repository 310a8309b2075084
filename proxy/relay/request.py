"""A request on its way: its head as the upstream gets it, its body as it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxy.recording.recording import Headers
from proxy.relay import headers as rules
from proxy.relay import tags
from proxy.relay.capture import Capture, CaptureLimits
from proxy.relay.refusals import Refusal

if TYPE_CHECKING:
    from proxy.relay.routes import Destination, RouteTable

IDEMPOTENT = {b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE"}
"""Sent again once when a kept connection turned out dead; a POST may have been billed."""
RESEND_LIMIT: Final = 64 * 1024


class Request:
    """Gathers parts to write; `take` hands out those that were not written yet."""

    __slots__ = (
        "body",
        "chunked",
        "end",
        "ended",
        "head_at",
        "headers",
        "http_1_0",
        "method",
        "packed",
        "parts",
        "plan",
        "resend",
        "sent",
        "start",
        "tags",
        "target",
        "traceparent",
        "upgrade",
    )

    def __init__(
        self,
        method: bytes,
        target: bytes,
        headers: Headers,
        start: int,
        head_at: int,
        limits: CaptureLimits,
    ) -> None:
        self.method = method
        self.target = target
        self.headers = headers
        self.plan = rules.plan_for(headers)
        self.start = start
        self.head_at = head_at
        self.http_1_0 = False
        self.chunked = False
        self.upgrade: bytes | None = None
        """The protocol that the connection shall become, where it may."""
        self.tags = tags.LIVE
        self.traceparent: bytes | None = None
        self.body = Capture(limits)
        self.ended = False
        self.end: int | None = None
        self.sent: int | None = None
        self.packed: bytes | None = None
        self.parts: list[bytes] = []
        self.resend: list[bytes] | None = [] if method in IDEMPOTENT else None

    def find_route(self, table: RouteTable) -> Destination:
        """The destination; from here on the target is the one to send there."""
        hosts = self.plan.hosts
        if len(hosts) != 1:
            raise Refusal(
                400, "bad_request", "a request carries exactly one Host header"
            )
        if self.target == b"*" and self.method != b"OPTIONS":
            raise Refusal(400, "bad_request", "only OPTIONS has * for a target")
        destination, self.target = table.select(self.target, self.headers[hosts[0]][1])
        return destination

    def write_head(
        self, destination: Destination, secret: bytes, *, may_upgrade: bool
    ) -> None:
        """Put the head for `destination` before the body. Raises Refusal."""
        plan = self.plan
        head = rules.for_upstream(
            self.headers, plan, destination.host, trace=destination.trace
        )
        if destination.host is not None and (
            head.signed or self.target.find(b"X-Amz-Signature=") >= 0
        ):
            raise Refusal(
                400,
                "sigv4_route",
                "a SigV4 signature covers host and path: use a host route with "
                "preserve_host and no prefix",
            )
        if head.chunked and self.http_1_0:
            # Faulty framing (RFC 9112 §6.1): HTTP/1.0 has no chunks.
            raise Refusal(400, "bad_request", "an HTTP/1.0 request cannot be chunked")
        self.chunked = head.chunked
        self.traceparent = head.traceparent
        if head.seatrial:
            self.tags = tags.read(head.seatrial, secret)
        lines = head.lines
        if head.upgrade is not None and may_upgrade and self.may_switch(head.upgrade):
            self.upgrade = head.upgrade
            lines.append(b"Connection: Upgrade\r\nUpgrade: " + head.upgrade)
        line = b" ".join((self.method, self.target, b"HTTP/1.1"))
        self.parts.append(rules.whole_head(line, lines))

    def may_switch(self, upgrade: bytes) -> bool:
        """Only WebSocket is tunnelled, and only after a request without a body: its body
        could be taken for the tunnel's first bytes."""
        has_body = self.plan.content_length or self.plan.transfer_encoding
        return not has_body and not self.http_1_0 and upgrade.lower() == b"websocket"

    def framing_head(self) -> bytes:
        """A head with this request's framing alone, for a parser that missed the body."""
        framing = [
            b"%b: %b\r\n" % header
            for header in self.headers
            if header[0].lower() in {b"content-length", b"transfer-encoding"}
        ]
        return b"%b / HTTP/1.1\r\nHost: -\r\n%b\r\n" % (self.method, b"".join(framing))

    def pack(self) -> None:
        """Make the headers small while the stream goes on; the recorder unpacks them."""
        self.packed = rules.pack(self.headers)
        self.headers = []

    def recorded_headers(self) -> Headers:
        if self.packed is None:
            return self.headers
        return rules.unpack(self.plan, self.packed)

    def add(self, now: int, data: bytes) -> None:
        if self.chunked:
            self.parts += (b"%x\r\n" % len(data), data, b"\r\n")
        else:
            self.parts.append(data)
        self.body.add(now, data)

    def end_message(self, now: int, trailers: Headers) -> None:
        if self.chunked:
            self.parts.append(b"0\r\n%b\r\n" % rules.trailer_lines(trailers))
        self.ended = True
        self.end = now

    def take(self) -> list[bytes]:
        """What is to be written now, remembered while it may have to be sent again."""
        parts, self.parts = self.parts, []
        if self.resend is not None:
            self.resend += parts
            if self.body.total > RESEND_LIMIT:
                self.resend = None
        return parts

    def rewind(self) -> bool:
        """Make everything sent so far due again: once, and only where that is safe."""
        if self.resend is None:
            return False
        self.parts = self.resend + self.parts
        self.resend = None
        return True
