"""One connection to a model API: reads responses, hands them to the exchange it serves."""

from __future__ import annotations

import asyncio
import select
import time
from typing import TYPE_CHECKING, Final, cast

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserUpgrade,
    HttpResponseParser,
)

from proxy.recording.recording import Headers
from proxy.relay import sockets
from proxy.relay.refusals import Refusal

if TYPE_CHECKING:
    from proxy.relay.exchange import Exchange
    from proxy.relay.pool import Pool

monotonic_ns = time.monotonic_ns
LINGER_NS: Final = 2_000_000_000
HEAD_LIMIT: Final = 256 * 1024


class Surplus(Exception):
    """Bytes after the end of a response: nothing asked for them."""


class UpstreamConnection:
    """Belongs to its pool while idle and to one exchange while it serves."""

    __slots__ = (
        "exchange",
        "expires",
        "fin",
        "head_bytes",
        "headers",
        "keep_alive_seconds",
        "made",
        "parser",
        "poll",
        "pool",
        "reading",
        "reason",
        "served",
        "transport",
        "writable",
    )

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.exchange: Exchange | None = None
        self.parser: HttpResponseParser | None = None
        self.transport: asyncio.Transport
        self.poll: select.poll | None = None
        self.made = 0
        self.expires = 0
        self.head_bytes = 0
        self.served = 0
        self.keep_alive_seconds: float | None = None
        self.reading = True
        self.writable = True
        self.fin = False
        self.reason = b""
        self.headers: Headers = []

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.parser = HttpResponseParser(self)
        self.made = monotonic_ns()
        self.pool.open.add(self)
        self.poll = select.poll()
        self.poll.register(
            self.transport.get_extra_info("socket").fileno(), select.POLLIN
        )

    def data_received(self, data: bytes) -> None:
        exchange = self.exchange
        if exchange is None or self.parser is None:
            self.abort()  # an answer that nobody asked for must reach nobody
            return
        exchange.now = monotonic_ns()
        if exchange.tunnelled:
            exchange.tunnel_to_client(data)
            return
        self.head_bytes += len(data)
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            exchange.switch_protocols(data[upgrade.args[0] :])
        except HttpParserCallbackError as error:
            match error.__context__:
                case Surplus():
                    exchange.response.reusable = False
                case Refusal() as refusal:
                    # Its traceback holds this frame, and that holds the refusal.
                    exchange.refuse(refusal.with_traceback(None))
                case _:
                    raise
        except HttpParserError as error:
            if exchange.response.ended:
                exchange.response.reusable = False
            else:
                exchange.malformed_response(str(error))
                return
        if self.head_bytes > HEAD_LIMIT and not exchange.response.ended:
            exchange.malformed_response("the head or the trailers are too long")
            return
        exchange.forward_response()

    def eof_received(self) -> None:
        self.fin = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.pool.open.discard(self)
        self.parser = (
            None  # it holds this object: the cycle would outlive the connection
        )
        exchange = self.exchange
        if exchange is not None:
            exchange.now = monotonic_ns()
            exchange.upstream_lost(clean=self.fin and exc is None, exc=exc)
        elif self in self.pool.idle:
            self.pool.idle.remove(self)

    def pause_writing(self) -> None:
        self.writable = False
        if self.exchange is not None:
            self.exchange.hold_client()

    def resume_writing(self) -> None:
        self.writable = True
        if self.exchange is not None:
            self.exchange.release_client()

    # -- httptools callbacks: only ever called from data_received, with an exchange

    def on_message_begin(self) -> None:
        if self.exchange is None or self.exchange.response.ended:
            raise Surplus
        self.exchange.response.start = self.exchange.now
        self.reason = b""
        self.headers = []

    def on_status(self, reason: bytes) -> None:
        self.reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        headers, self.headers = self.headers, []  # what follows are trailers
        if self.exchange is not None and self.parser is not None:
            self.exchange.response_head(self.parser, self.reason, headers)

    def on_body(self, data: bytes) -> None:
        if self.exchange is not None:
            self.head_bytes = 0  # from here on it bounds trailers
            self.exchange.response.add(self.exchange.now, data)

    def on_message_complete(self) -> None:
        if self.exchange is not None:
            self.exchange.response.end_message(self.headers)

    # -- for the pool and the exchange

    def is_quiet(self) -> bool:
        """Nothing to read: the upstream has neither closed it nor spoken out of turn."""
        return (
            self.poll is not None
            and not self.transport.is_closing()
            and not self.poll.poll(0)
        )

    def serve(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self.head_bytes = 0
        self.served += 1

    def renew_parser(self) -> None:
        """After HEAD the old parser waits for a body that will not come."""
        self.parser = HttpResponseParser(self)

    def leave(self, now: int, *, reusable: bool) -> None:
        """The exchange is over; keep the connection for the next one if it is sound."""
        self.exchange = None
        # What the upstream has not taken yet, though it has answered, the next request
        # would wait behind, and its body in our memory.
        taken = not self.transport.get_write_buffer_size()
        if not reusable or not taken or self.fin or self.transport.is_closing():
            self.abort()
            return
        self.resume_reading()
        self.pool.give(self, now)

    def linger(self, now: int) -> None:
        """A tunnel is over: what was written still leaves, for so long and no longer."""
        self.exchange = None
        self.expires = now + LINGER_NS
        self.transport.close()

    def is_stuck(self, now: int) -> bool:
        """It was closed, and the upstream does not take what is still to be written."""
        closing = self.exchange is None and self.transport.is_closing()
        return closing and now > self.expires

    def is_reset(self) -> bool:
        """While reading is paused there may be bytes before the reset: they come first."""
        return self.reading and sockets.is_reset(self.transport)

    def pause_reading(self) -> None:
        if self.reading:
            self.reading = False
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.reading:
            self.reading = True
            self.transport.resume_reading()

    def close(self) -> None:
        self.transport.close()

    def abort(self) -> None:
        self.transport.abort()
