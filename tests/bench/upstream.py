"""The upstream of the benchmark, a process of its own: says its port on stdout and serves."""

import asyncio
import gc
import resource
from typing import cast

import uvloop

from tests.bench.line import Line
from tests.bench.wire import WANTED, Answer, answer

EMPTY = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

held: list["Upstream"] = []
"""Streams that wait for a `release`."""


class Upstream(asyncio.Protocol):
    """One connection. It trusts its clients: they are proxies under test, not attackers."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.received = bytearray()
        self.missing = 0
        """Bytes of the request's body that have not come yet."""
        self.wanted = b""
        self.sending: Answer
        self.sent = 0
        self.due = 0.0
        self.line: Line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.line = Line(cast(asyncio.Transport, transport))  # uvloop's inherit nothing

    def data_received(self, data: bytes) -> None:
        if self.missing:
            self.missing -= len(data)
        else:
            self.received += data
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            self.read_head(
                bytes(self.received[: end + 2]), len(self.received) - end - 4
            )
        if not self.missing:
            self.answer(self.wanted.decode())

    def read_head(self, head: bytes, body_bytes: int) -> None:
        self.received.clear()
        self.wanted = field(head, WANTED)
        length = field(head.lower(), b"content-length: ")
        self.missing = int(length or b"0") - body_bytes

    def answer(self, name: str) -> None:
        if name == "release":
            for stream in held:
                stream.send_next()
            held.clear()
            self.line.write(EMPTY)
            return
        self.sending = answer(name)
        self.sent = 0
        self.due = self.loop.time()
        self.send_next()

    def send_next(self) -> None:
        """The next piece; those without a gap before them follow at once, each a write."""
        sending = self.sending
        while self.sent < len(sending.pieces) and not self.line.transport.is_closing():
            self.line.write(sending.pieces[self.sent])
            self.sent += 1
            if sending.gap_seconds and self.sent < len(sending.pieces):
                self.due += sending.gap_seconds
                self.loop.call_at(self.due, self.send_next)
                return
            if sending.held and self.sent == 1:
                held.append(self)
                return


def field(head: bytes, name: bytes) -> bytes:
    """The value of the field, b"" when there is none."""
    start = head.find(b"\r\n" + name)
    if start < 0:
        return b""
    start += 2 + len(name)
    return head[start : head.index(b"\r\n", start)]


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    gc.freeze()
    await server.serve_forever()


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    uvloop.run(serve())
