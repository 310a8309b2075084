"""One request and its response on their way between a client and an upstream.

Everything is decided here and nothing waits: bytes come in from either connection, leave
on the other, and are remembered for the recorder only after they left.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from proxy.recording.recording import Headers, Outcome
from proxy.relay import sockets
from proxy.relay.refusals import Refusal, response
from proxy.relay.request import Request
from proxy.relay.response import Response

if TYPE_CHECKING:
    import asyncio

    from httptools import HttpResponseParser

    from proxy.relay.client import ClientConnection
    from proxy.relay.routes import Destination
    from proxy.relay.upstream import UpstreamConnection
    from proxy.relay.worker import Worker

monotonic_ns = time.monotonic_ns

OWN_CODES = {"route", "limit", "bad_request", "draining", "sigv4_route"}
SILENT_NS: Final = 200_000_000
WAITING_LIMIT: Final = 64 * 1024
JOIN_LIMIT: Final = 16 * 1024


class Exchange:
    """Lives from a request's complete head until its outcome; ends exactly once."""

    __slots__ = (
        "attempts",
        "client",
        "close_after",
        "connected_at",
        "connecting",
        "destination",
        "early",
        "now",
        "over",
        "peer_error",
        "pipelined",
        "refusal",
        "request",
        "response",
        "reused",
        "tunnelled",
        "upstream",
        "upstream_name",
        "worker",
    )

    def __init__(
        self,
        client: ClientConnection,
        worker: Worker,
        method: bytes,
        target: bytes,
        headers: Headers,
    ) -> None:
        self.client = client
        self.worker = worker
        self.now = client.heard
        start = client.request_start or client.accepted
        self.request = Request(method, target, headers, start, self.now, worker.capture)
        self.response = Response(worker.capture)
        self.destination: Destination | None = None
        self.upstream: UpstreamConnection | None = None
        self.upstream_name: str | None = None
        self.connecting = False
        self.connected_at: int | None = None
        self.attempts = 0
        self.reused = False
        self.close_after = False
        """The client's connection ends with this exchange."""
        self.pipelined = False
        self.tunnelled = False
        self.early = b""
        """What the client sent for a tunnel before there was one."""
        self.refusal: str | None = None
        self.peer_error: str | None = None
        self.over = False
        worker.in_flight += 1

    # -- the request, client → upstream

    def begin(self, *, http_1_0: bool, keep_alive: bool, upgrade: bool) -> None:
        """Choose the upstream and write its head. Raises Refusal."""
        worker = self.worker
        request = self.request
        request.http_1_0 = http_1_0
        self.close_after = not keep_alive or http_1_0 or worker.draining
        destination = request.find_route(worker.table)
        self.destination = destination
        request.write_head(destination, worker.secret, may_upgrade=upgrade)
        worker.spoofed += request.tags.spoofed
        if not destination.captures:
            request.body.stop()
            self.response.body.stop()

    def forward_request(self) -> None:
        """Send what was read, or find a connection for it."""
        if self.over:
            return
        if self.upstream is not None:
            self.write_upstream(self.upstream)
        elif self.connecting:
            if self.request.body.total > WAITING_LIMIT:
                self.client.pause_reading()
        elif self.destination is not None:
            found = self.destination.pool.take(self.now)
            if found is not None:
                self.use(found)
            else:
                self.connect(self.destination)

    def connect(self, destination: Destination) -> None:
        self.connecting = True
        destination.pool.connect(self.connected, self.not_connected)

    def connected(self, upstream: UpstreamConnection) -> None:
        self.connecting = False
        now = monotonic_ns()
        if self.over:
            upstream.pool.give(upstream, now)
            return
        self.now = now
        if upstream in upstream.pool.open:
            self.use(upstream)
        else:  # it ended before anything could be asked
            self.refuse(Refusal(502, "connect", "the upstream closed at once"))

    def not_connected(self, refusal: Refusal) -> None:
        self.connecting = False
        self.now = monotonic_ns()
        self.refuse(refusal)

    def use(self, upstream: UpstreamConnection) -> None:
        self.upstream = upstream
        self.upstream_name = upstream.pool.name
        upstream.serve(self)
        self.reused = upstream.served > 1
        self.connected_at = self.now
        self.attempts += 1
        if not self.client.writable:
            upstream.pause_reading()
        self.write_upstream(upstream)
        if upstream.writable:
            self.client.resume_reading()

    def write_upstream(self, upstream: UpstreamConnection) -> None:
        request = self.request
        parts = request.take()
        if parts:
            write(upstream.transport, parts)
            if request.sent is None:
                request.sent = monotonic_ns()

    # -- the response, upstream → client

    def response_head(
        self, parser: HttpResponseParser, reason: bytes, headers: Headers
    ) -> None:
        """An interim or the final head is complete. Raises Refusal."""
        request = self.request
        closing = self.close_after or not request.ended or bool(self.early)
        self.response.read_head(parser, reason, headers, request, closing=closing)
        status = self.response.status
        if status is None:
            request.resend = None  # the upstream has begun to answer
        elif status != 101:
            self.close_after = closing
            if request.upgrade is not None:
                request.upgrade = None  # refused by the upstream: an ordinary answer
                self.client.spent = True

    def forward_response(self) -> None:
        """Send what was read; with the last of it the exchange is over."""
        if self.over:
            return
        self.write_client()
        if self.response.ended:
            self.finish("complete")
        elif self.response.head_sent and self.response.packed is None:
            self.settle()

    def settle(self) -> None:
        """A stream goes on, perhaps for minutes: let go of what it does not need."""
        self.request.pack()
        self.response.pack()
        if self.request.ended:
            self.client.rest_parser()

    def write_client(self) -> None:
        parts = self.response.take(self.now)
        if parts:
            write(self.client.transport, parts)

    # -- tunnels

    def switch_protocols(self, rest: bytes) -> None:
        """101 was answered: from here on bytes pass both ways unread."""
        self.tunnelled = True
        self.request.body.stop()
        self.response.body.stop()
        self.write_client()
        if rest:
            self.tunnel_to_client(rest)
        if self.early:
            early, self.early = self.early, b""
            self.tunnel_to_upstream(early)
        self.client.resume_reading()

    def tunnel_to_client(self, data: bytes) -> None:
        self.response.body.add(self.now, data)
        self.response.last_byte = self.now
        self.client.transport.write(data)

    def tunnel_to_upstream(self, data: bytes) -> None:
        self.request.body.add(self.now, data)
        if self.upstream is not None:
            self.upstream.transport.write(data)

    def early_bytes(self, data: bytes) -> None:
        """What follows a complete request: a tunnel's first bytes, or a pipelined one."""
        if self.request.upgrade is not None:
            self.early += data
        else:
            self.pipelined = self.close_after = True

    # -- back-pressure

    def hold_client(self) -> None:
        self.client.pause_reading()

    def release_client(self) -> None:
        self.now = monotonic_ns()
        self.client.resume_reading()

    def hold_upstream(self) -> None:
        if self.upstream is not None:
            self.upstream.pause_reading()

    def release_upstream(self) -> None:
        self.now = monotonic_ns()
        if self.upstream is not None:
            self.upstream.resume_reading()

    # -- endings

    def client_left(self) -> None:
        """The upstream must feel it at once, else it goes on generating (TRAP T1)."""
        if not self.over:
            self.client.transport.abort()
            self.finish("complete" if self.tunnelled else "client_gone")

    def upstream_lost(self, *, clean: bool, exc: Exception | None) -> None:
        if self.over:
            return
        self.upstream = None
        if self.tunnelled:
            self.close_after = True
            self.finish("complete")
        elif self.response.until_close and clean:
            self.response.end_message([])
            self.forward_response()
        else:
            self.peer_error = "closed early" if exc is None else type(exc).__name__
            self.upstream_broke()

    def upstream_broke(self) -> None:
        destination = self.destination
        if self.response.head_sent:
            self.cut()
        elif self.response.start:
            self.refuse(Refusal(502, "protocol", "the upstream closed amid its head"))
        elif not self.reused:
            self.refuse(
                Refusal(502, "protocol", "the upstream closed without an answer")
            )
        elif destination is not None and self.request.rewind():
            self.connect(destination)
        else:
            self.refuse(
                Refusal(
                    502, "stale", "the upstream closed a kept connection as it was used"
                )
            )

    def malformed_response(self, problem: str) -> None:
        self.peer_error = problem
        if self.response.head_sent:
            self.write_client()
            self.cut("upstream_error")
        else:
            self.refuse(Refusal(502, "protocol", "the upstream's answer is malformed"))

    def cut(self, outcome: Outcome = "upstream_cut") -> None:
        """A broken answer must reach the client broken, never as a clean end (TRAP T7)."""
        reset = not self.response.is_framed and not self.tunnelled
        self.finish(outcome, broken=True, reset=reset)

    def refuse(self, refusal: Refusal) -> None:
        """Answer in the upstream's stead, or break off what has begun."""
        if self.over:
            return
        if self.response.head_sent:
            self.cut("refused")
            return
        self.refusal = refusal.code  # the exception itself would hold this object
        self.response.replace(refusal.status)
        self.close_after = True
        with_body = self.request.method != b"HEAD"
        self.client.transport.write(response(refusal, with_body=with_body))
        ours = refusal.code in OWN_CODES or refusal.status < 500
        self.finish("refused" if ours else "upstream_error")

    def check(self, now: int) -> None:
        """Time-outs; any byte from either side counts as life, comments too."""
        destination = self.destination
        if self.upstream is None or destination is None:
            return  # connecting has a time-out of its own
        if self.may_miss_reset(now) and self.upstream.is_reset():
            self.upstream.abort()
            return
        answering = self.response.head_sent or self.response.start
        waiting = self.request.ended and not answering
        limit = destination.first_byte_ns if waiting else destination.idle_ns
        if now - self.now > limit:
            self.now = now
            self.peer_error = "first byte timeout" if waiting else "idle timeout"
            self.time_out(self.upstream)

    def may_miss_reset(self, now: int) -> bool:
        """Only with aiofastnet, and only while nothing is heard from either side."""
        return sockets.FAST and now - self.now > SILENT_NS

    def time_out(self, upstream: UpstreamConnection) -> None:
        """End at whoever kept the other waiting."""
        if self.response.head_sent:
            if self.client.writable:
                self.cut()
            else:
                self.client_left()
        elif self.request.ended:
            self.refuse(Refusal(504, "timeout", "the upstream did not answer in time"))
        elif not upstream.writable:
            self.refuse(
                Refusal(504, "timeout", "the upstream did not take the request")
            )
        else:
            self.refuse(Refusal(408, "timeout", "the request's body did not arrive"))

    def finish(
        self, outcome: Outcome, *, broken: bool = False, reset: bool = False
    ) -> None:
        """The one end: counts, returns the connections, hands over the recording."""
        if self.over:
            return
        self.over = True
        self.worker.in_flight -= 1
        request = self.request
        whole = outcome == "complete" and not self.tunnelled and request.ended
        self.leave_upstream(reusable=whole and self.response.reusable)
        if broken:
            self.client.break_off(reset=reset)
        elif whole and not self.close_after:
            self.client.next()
        elif outcome != "client_gone":
            self.client.close(unread=self.pipelined or not request.ended)
        try:
            self.worker.recorder.record(self, outcome)
        finally:
            request.body.release()
            self.response.body.release()

    def leave_upstream(self, *, reusable: bool) -> None:
        upstream, self.upstream = self.upstream, None
        if upstream is None:
            return
        if self.tunnelled:
            upstream.linger(self.now)
            return
        if self.response.keep_alive_seconds is not None:
            upstream.keep_alive_seconds = self.response.keep_alive_seconds
        if self.request.method == b"HEAD":
            upstream.renew_parser()
        upstream.leave(self.now, reusable=reusable)


def write(transport: asyncio.WriteTransport, parts: list[bytes]) -> None:
    """One write where the parts are small, one gathered write where copying would cost."""
    if len(parts) == 1:
        transport.write(parts[0])
    elif sum(map(len, parts)) <= JOIN_LIMIT:
        transport.write(b"".join(parts))
    else:
        transport.writelines(parts)
