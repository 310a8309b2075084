"""A response on its way back: its head as the client gets it, its body as it was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxy.recording.recording import Headers
from proxy.relay import headers as rules
from proxy.relay.capture import Capture, CaptureLimits
from proxy.relay.refusals import Refusal

if TYPE_CHECKING:
    from httptools import HttpResponseParser

    from proxy.relay.request import Request


class Response:
    """Gathers parts to write; `take` hands out those that were not written yet."""

    __slots__ = (
        "body",
        "chunked",
        "ended",
        "first_byte",
        "head_sent",
        "headers",
        "interim",
        "keep_alive_seconds",
        "last_byte",
        "packed",
        "parts",
        "plan",
        "reusable",
        "start",
        "status",
        "until_close",
    )

    def __init__(self, limits: CaptureLimits) -> None:
        self.status: int | None = None
        self.headers: Headers = []
        self.plan = rules.EMPTY
        self.body = Capture(limits)
        self.chunked = False
        """The client gets chunks."""
        self.until_close = False
        """The upstream's body ends with its connection."""
        self.interim = False
        self.ended = False
        self.head_sent = False
        self.reusable = True
        """The upstream's connection may serve another exchange."""
        self.keep_alive_seconds: float | None = None
        self.packed: bytes | None = None
        self.parts: list[bytes] = []
        self.start = 0
        """When the message under way began; 0 while nothing has come."""
        self.first_byte: int | None = None
        self.last_byte: int | None = None

    def read_head(
        self,
        parser: HttpResponseParser,
        reason: bytes,
        headers: Headers,
        request: Request,
        *,
        closing: bool,
    ) -> None:
        """An interim or the final head is complete. Raises Refusal."""
        status = parser.get_status_code()
        if parser.get_http_version() not in {"1.0", "1.1"} or status < 100:
            raise Refusal(502, "protocol", "the upstream's answer is not HTTP/1.1")
        plan = rules.plan_for(headers)
        head = rules.for_client(headers, plan)
        line = b"HTTP/1.1 %d %b" % (status, reason)
        if status < 200 and status != 101:
            self.interim = True
            if not request.http_1_0:
                self.parts.append(rules.whole_head(line, head.lines))
            return
        if status == 101:
            switch(head, request)
        else:
            self.reusable = parser.should_keep_alive()
            self.frame(status, head, request)
            if closing:
                head.lines.append(b"Connection: close")
        self.parts.append(rules.whole_head(line, head.lines))
        self.status = status
        self.headers = headers
        self.plan = plan
        self.first_byte = self.start
        if request.method == b"HEAD":
            self.ended = True

    def frame(self, status: int, head: rules.ResponseHead, request: Request) -> None:
        """Decide how the client learns where the body ends."""
        if head.keep_alive is not None:
            self.keep_alive_seconds = rules.keep_alive_timeout(head.keep_alive)
        if request.method == b"HEAD" or status in (204, 304):
            if head.chunked:
                head.lines.append(rules.CHUNKED)
        elif not head.length:
            self.until_close = not head.chunked
            # An HTTP/1.0 client knows no chunks: its body ends with the connection.
            self.chunked = not request.http_1_0
            if self.chunked:
                head.lines.append(rules.CHUNKED)
            else:
                head.lines = rules.without_fields(head.lines, {b"trailer"})

    def pack(self) -> None:
        """Make the headers small while the stream goes on; the recorder unpacks them."""
        self.packed = rules.pack(self.headers)
        self.headers = []

    def recorded_headers(self) -> Headers:
        if self.packed is None:
            return self.headers
        return rules.unpack(self.plan, self.packed)

    def add(self, now: int, data: bytes) -> None:
        if self.ended:
            self.reusable = False  # a body behind HEAD's head
            return
        if self.chunked:
            self.parts += (b"%x\r\n" % len(data), data, b"\r\n")
        else:
            self.parts.append(data)
        self.body.add(now, data)

    def end_message(self, trailers: Headers) -> None:
        if self.interim:
            self.interim = False
            self.start = 0
        elif not self.ended and self.status != 101:
            self.ended = True
            if self.chunked:
                self.parts.append(b"0\r\n%b\r\n" % rules.trailer_lines(trailers))

    def take(self, now: int) -> list[bytes]:
        """What is to be written now."""
        parts, self.parts = self.parts, []
        if parts:
            self.head_sent = self.status is not None
            self.last_byte = now
        return parts

    def replace(self, status: int) -> None:
        """Seatrial answers itself; what the upstream may have begun is forgotten."""
        self.status = status
        self.headers = []
        self.packed = None
        self.plan = rules.EMPTY

    @property
    def is_framed(self) -> bool:
        """A client can tell a body that was cut from one that ended."""
        return self.chunked or bool(self.plan.content_length)


def switch(head: rules.ResponseHead, request: Request) -> None:
    if request.upgrade is None or head.upgrade is None:
        raise Refusal(502, "protocol", "the upstream switched protocols unasked")
    head.lines.append(b"Connection: Upgrade\r\nUpgrade: " + head.upgrade)
