"""One connection from an application: reads requests, hands them to an exchange each."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from typing import TYPE_CHECKING, Final, cast

from httptools import (
    HttpParserCallbackError,
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
)

from proxy.recording.recording import Headers
from proxy.relay import sockets
from proxy.relay.exchange import Exchange
from proxy.relay.refusals import Refusal, readiness

if TYPE_CHECKING:
    from proxy.relay.worker import Worker

monotonic_ns = time.monotonic_ns
SURPLUS_LIMIT: Final = 64 * 1024
FRESH_NS = 250_000_000
LINGER_NS = 2_000_000_000
RESET = struct.pack("ii", 1, 0)


class Pipelined(Exception):
    """A request before the answer to the one before it."""


class ClientConnection:
    """Serves one exchange at a time; a pipelined request is not forwarded."""

    __slots__ = (
        "accepted",
        "closing_since",
        "exchange",
        "head_bytes",
        "headers",
        "heard",
        "parser",
        "reading",
        "request_start",
        "spent",
        "surplus",
        "transport",
        "url",
        "worker",
        "writable",
    )

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.transport: asyncio.Transport
        self.parser: HttpRequestParser | None = HttpRequestParser(self)
        self.exchange: Exchange | None = None
        self.url = b""
        self.headers: Headers = []
        self.head_bytes = 0
        self.request_start = 0
        self.accepted = 0
        self.heard = 0
        self.surplus = 0
        self.closing_since = 0
        self.spent = False
        self.reading = True
        self.writable = True

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.accepted = self.heard = monotonic_ns()
        self.worker.clients.add(self)
        if len(self.worker.clients) > self.worker.settings.relay.connections:
            self.refuse(Refusal(503, "limit", "the relay has too many connections"))

    def data_received(self, data: bytes) -> None:
        self.heard = now = monotonic_ns()
        exchange = self.exchange
        if self.closing_since:
            return  # a refused request's remainder: read so that the answer survives
        if exchange is None:
            if not self.head_bytes:
                self.request_start = now
        else:
            exchange.now = now
            if exchange.tunnelled:
                exchange.tunnel_to_upstream(data)
                return
            if exchange.request.ended:
                self.hold_back(data)
                return
        self.head_bytes += len(data)
        self.parse(data)
        exchange = self.exchange
        if exchange is not None and exchange.request.ended:
            exchange.forward_request()
        elif self.closing_since:
            return
        elif self.head_bytes > self.worker.head_limit:
            self.refuse(Refusal(431, "limit", "the request's head is too long"))
        elif exchange is not None:
            exchange.forward_request()
        elif self.head_bytes == len(data) and not data.strip(b"\r\n"):
            self.head_bytes = 0  # empty lines before a request are none (RFC 9112 §2.2)

    def eof_received(self) -> None:
        # A client that has finished sending has left: half-close is not supported.
        if self.exchange is not None:
            self.exchange.now = monotonic_ns()
            self.exchange.client_left()

    def connection_lost(self, exc: Exception | None) -> None:
        self.worker.clients.discard(self)
        self.parser = (
            None  # it holds this object: the cycle would outlive the connection
        )
        exchange, self.exchange = self.exchange, None
        if exchange is not None:
            exchange.now = monotonic_ns()
            exchange.client_left()

    def pause_writing(self) -> None:
        self.writable = False
        if self.exchange is not None:
            self.exchange.hold_upstream()

    def resume_writing(self) -> None:
        self.writable = True
        if self.exchange is not None:
            self.exchange.release_upstream()

    # -- httptools callbacks

    def on_message_begin(self) -> None:
        if self.exchange is not None or self.closing_since:
            raise Pipelined

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        headers, self.headers = self.headers, []  # what follows are trailers
        target, self.url = self.url, b""
        if self.parser is not None:
            self.begin(self.parser, target, headers)

    def on_body(self, data: bytes) -> None:
        if self.exchange is not None:
            self.head_bytes = 0  # from here on it bounds trailers
            self.exchange.request.add(self.exchange.now, data)

    def on_message_complete(self) -> None:
        exchange, parser = self.exchange, self.parser
        if exchange is None or parser is None or parser.should_upgrade():
            return  # llhttp stopped after the head: see upgrade()
        exchange.request.end_message(exchange.now, self.headers)

    # -- reading

    def parse(self, data: bytes) -> None:
        """Feed the parser; whatever it finds wrong becomes an answer of ours."""
        if self.parser is None:
            return
        rest: bytes | None = None
        try:
            self.parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            rest = data[upgrade.args[0] :]
        except HttpParserCallbackError as error:
            match error.__context__:
                case Refusal() as refusal:
                    # Its traceback holds this frame, and that holds the refusal.
                    self.refuse(refusal.with_traceback(None))
                case Pipelined():
                    self.hold_back(b"")
                case _:
                    raise
        except HttpParserInvalidMethodError:
            self.refuse(
                Refusal(501, "bad_request", "the request's method is not known")
            )
        except HttpParserError as error:
            if self.exchange is not None and self.exchange.request.ended:
                self.hold_back(b"")
            elif str(error) == "Pause on PRI/Upgrade":
                self.refuse(
                    Refusal(505, "bad_request", "HTTP/1.1 only: no h2c, no gRPC")
                )
            else:
                self.refuse(Refusal(400, "bad_request", str(error)))
        if rest is not None:
            # Not in the handler: there the upgrade would be the context of every error.
            self.upgrade(rest)

    def begin(self, parser: HttpRequestParser, target: bytes, headers: Headers) -> None:
        version = parser.get_http_version()
        if version not in {"1.0", "1.1"}:
            raise Refusal(505, "bad_request", "HTTP/1.1 only: no h2c, no gRPC")
        limit = self.worker.head_limit
        if self.head_bytes > limit and head_size(target, headers) > limit:
            raise Refusal(431, "limit", "the request's head is too long")
        method = parser.get_method()
        if target == b"/-/ready":
            self.answer(readiness(self.worker.ready))
            return
        if method == b"CONNECT":
            raise Refusal(405, "bad_request", "the relay is no forward proxy")
        exchange = Exchange(self, self.worker, method, target, headers)
        self.exchange = exchange
        exchange.begin(
            http_1_0=version == "1.0",
            keep_alive=parser.should_keep_alive(),
            upgrade=parser.should_upgrade(),
        )

    def upgrade(self, rest: bytes) -> None:
        """llhttp stops after a head that asks for another protocol."""
        exchange = self.exchange
        if exchange is None:
            return
        if exchange.request.upgrade is not None:
            exchange.request.end_message(exchange.now, [])
            if rest:
                self.hold_back(rest)
            return
        # Any other Upgrade is dropped and the request relayed with its body, which a new
        # parser finds once it has been told the framing again.
        self.spent = True
        self.parser = HttpRequestParser(BodyOnly(self))
        self.parser.feed_data(exchange.request.framing_head())
        if rest:
            self.parse(rest)

    def hold_back(self, data: bytes) -> None:
        """Bytes behind a complete request: a pipelined one, or a tunnel's first.

        They are kept for a tunnel and else dropped; reading goes on so that the client's
        leaving is felt, up to a limit.
        """
        exchange = self.exchange
        if exchange is None:
            return
        exchange.early_bytes(data)
        self.surplus += len(data)
        if self.surplus > SURPLUS_LIMIT:
            self.pause_reading()

    def pause_reading(self) -> None:
        if self.reading:
            self.reading = False
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        if not self.reading:
            self.reading = True
            self.transport.resume_reading()

    # -- answering

    def refuse(self, refusal: Refusal) -> None:
        """Answer for a request that could not even be read, or is half read."""
        exchange = self.exchange or Exchange(
            self, self.worker, b"", self.url, self.headers
        )
        self.exchange = exchange
        exchange.now = monotonic_ns()
        exchange.refuse(refusal)

    def answer(self, data: bytes) -> None:
        """One of the relay's own answers, not an exchange."""
        self.transport.write(data)
        self.close(unread=True)

    def next(self) -> None:
        """The exchange is over and the connection stays: be ready for another."""
        if self.spent:
            self.spent = False
            self.parser = HttpRequestParser(self)
        if self.exchange is not None:
            self.heard = self.exchange.now  # idle from here on, however long it took
        self.exchange = None
        self.head_bytes = 0
        self.headers = []
        self.surplus = 0
        self.resume_reading()

    def rest_parser(self) -> None:
        """Nothing is parsed before the next request, which gets a parser of its own."""
        self.parser = None
        self.spent = True

    def close(self, *, unread: bool) -> None:
        """End the connection after what was written.

        Closing a socket with unread bytes resets it and may destroy the answer on its way
        (RFC 9112 §9.6): then only our side is ended, and the rest is read and dropped.
        TLS has no half-close: there the client is given a while to leave by itself.
        """
        self.exchange = None
        self.closing_since = monotonic_ns()
        if not unread:
            self.transport.close()
            return
        self.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def break_off(self, *, reset: bool) -> None:
        """End in the middle of a body, so that nobody takes what was sent for whole.

        Where the framing tells (a length, chunks) what was written still leaves; a body
        that ends with the connection must be reset instead.
        """
        self.exchange = None
        self.closing_since = monotonic_ns()
        connection = self.transport.get_extra_info("socket")
        if not reset:
            self.transport.close()
            return
        if connection is not None and connection.family != socket.AF_UNIX:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()

    def close_if_idle(self) -> None:
        """While draining: a kept connection without a request ends now.

        Who has only just connected is about to ask, or has asked already.
        """
        fresh = (
            self.heard == self.accepted and monotonic_ns() - self.accepted < FRESH_NS
        )
        if not (self.exchange or self.head_bytes or self.closing_since or fresh):
            self.close(unread=False)

    # -- the sweep

    def check(self, now: int) -> None:
        """Called several times a second: time-outs, and a leaving that no read tells."""
        relay = self.worker.settings.relay
        if self.closing_since:
            written = not self.transport.get_write_buffer_size()
            patience = LINGER_NS if written else relay.keepalive * 1e9
            if now - self.closing_since > patience:
                self.give_up(now)
        elif self.exchange is not None:
            unheard = not self.reading or self.exchange.may_miss_reset(now)
            if unheard and sockets.is_reset(self.transport):
                self.exchange.now = now
                self.exchange.client_left()
            else:
                self.exchange.check(now)
        elif self.head_bytes:
            if now - self.request_start > relay.head_timeout * 1e9:
                self.refuse(
                    Refusal(408, "timeout", "the request's head did not arrive")
                )
        elif now - self.heard > relay.keepalive * 1e9:
            self.transport.close()

    def give_up(self, now: int) -> None:
        """The client has not left after its last answer."""
        if self.transport.can_write_eof() or self.transport.is_closing():
            self.transport.abort()
        else:
            self.closing_since = now
            self.transport.close()


class BodyOnly:
    """httptools callbacks for a request whose head is already read."""

    def __init__(self, client: ClientConnection) -> None:
        self.on_body = client.on_body
        self.on_message_complete = client.on_message_complete
        self.client = client
        self.head_read = False

    def on_message_begin(self) -> None:
        if self.head_read:
            raise Pipelined

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.head_read:
            self.client.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.head_read = True


def head_size(target: bytes, headers: Headers) -> int:
    return len(target) + sum(len(name) + len(value) + 4 for name, value in headers)
