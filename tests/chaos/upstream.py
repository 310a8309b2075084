"""A model API that does what the target asks, as a process of its own.

    /unary?id=7&size=200              that many bytes, made from the id
    /stream?id=7&events=20&gap=0.01   server-sent events
    /upload?id=7                      length and checksum of the request's body
    /wait?id=7                        read and never answer
    /cut, /reset, /malformed, /broken-chunk, /stall, /busy, /fail    faults
    /stats                            what is open and under way, as JSON

It prints its port and ends with its standard input.
"""

import asyncio
import json
import socket
import struct
import sys
import zlib
from collections.abc import Callable
from urllib.parse import parse_qsl

import uvloop
from httptools import HttpRequestParser

RESET = struct.pack("ii", 1, 0)
TEXT = b"text/plain"


def pattern(number: int, size: int) -> bytes:
    """Bytes that no other exchange has: an answer that went astray shows."""
    piece = b"%010d;" % number
    return (piece * (size // len(piece) + 1))[:size]


def event(number: int, index: int) -> bytes:
    return b'data: {"id": %d, "n": %d, "delta": "lorem ipsum"}\n\n' % (number, index)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def answer(status: str, body: bytes, kind: bytes = TEXT) -> bytes:
    return (
        b"HTTP/1.1 %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
        % (status.encode(), kind, len(body))
    ) + body


STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


class Stats:
    def __init__(self) -> None:
        self.open = 0
        self.under_way = 0
        self.served = 0
        self.left = 0
        """Requests whose client went away before their answer."""


class Connection(asyncio.Protocol):
    def __init__(self, stats: Stats) -> None:
        self.stats = stats
        self.parser = HttpRequestParser(self)
        self.transport: asyncio.Transport
        self.timer: asyncio.TimerHandle | None = None
        self.asked = False
        self.restart()

    def restart(self) -> None:
        self.url = b""
        self.size = 0
        self.checksum = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.stats.open += 1

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.stats.open -= 1
        if self.timer is not None:
            self.timer.cancel()
        if self.asked:
            self.asked = False
            self.stats.under_way -= 1
            self.stats.left += 1

    def on_url(self, url: bytes) -> None:
        self.url += url

    def on_headers_complete(self) -> None:
        self.asked = True
        self.stats.under_way += 1

    def on_body(self, data: bytes) -> None:
        self.size += len(data)
        self.checksum = zlib.crc32(data, self.checksum)

    def on_message_complete(self) -> None:
        path, _, query = self.url.decode().partition("?")
        asked = dict(parse_qsl(query))
        size, checksum = self.size, self.checksum
        self.restart()
        number = int(asked.get("id", 0))
        match path:
            case "/unary":
                self.end(answer("200 OK", pattern(number, int(asked["size"]))))
            case "/upload":
                self.end(answer("200 OK", b"%d %d" % (size, checksum)))
            case "/stream":
                self.transport.write(STREAM_HEAD)
                self.stream(number, 0, int(asked["events"]), float(asked["gap"]))
            case "/stats":
                self.end(answer("200 OK", json.dumps(vars(self.stats)).encode()))
            case "/wait":
                pass
            case _:
                self.misbehave(path)

    def misbehave(self, path: str) -> None:
        match path:
            case "/cut":
                self.transport.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500
                )
                self.later(0.002, self.transport.close)
            case "/reset":
                self.reset()
            case "/malformed":
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n")
            case "/broken-chunk":
                self.transport.write(STREAM_HEAD + chunk(b"data: 1\n\n"))
                self.later(0.002, lambda: self.transport.write(b"zz\r\noh\r\n"))
            case "/stall":
                self.transport.write(STREAM_HEAD + chunk(b"data: 1\n\n"))
            case "/busy":
                self.end(answer("429 Too Many Requests", b"later"))
            case "/fail":
                self.end(answer("500 Internal Server Error", b"sorry"))

    def stream(self, number: int, index: int, events: int, gap: float) -> None:
        self.timer = None
        if gap:
            self.transport.write(chunk(event(number, index)))
            index += 1
        else:
            # As a fast model does: several events in one write.
            parts = [chunk(event(number, i)) for i in range(index, events)]
            self.transport.write(b"".join(parts))
            index = events
        if index < events:
            self.later(gap, lambda: self.stream(number, index, events, gap))
        else:
            self.end(b"0\r\n\r\n")

    def end(self, last: bytes) -> None:
        self.asked = False
        self.stats.under_way -= 1
        self.stats.served += 1
        self.transport.write(last)

    def reset(self) -> None:
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()

    def later(self, seconds: float, act: Callable[[], object]) -> None:
        self.timer = asyncio.get_running_loop().call_later(seconds, act)


async def main() -> None:
    loop = asyncio.get_running_loop()
    stats = Stats()
    server = await loop.create_server(
        lambda: Connection(stats), "127.0.0.1", 0, backlog=4096
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()
    server.close()


if __name__ == "__main__":
    uvloop.run(main())
