"""Raw peers on loopback: a client and an upstream that do exactly what a test says.

Nothing here understands more HTTP than it must, so that what the relay sends can be
compared byte by byte.
"""

import asyncio
import inspect
import os
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Literal, cast

DEADLINE = 5.0
RESET = struct.pack("ii", 1, 0)
End = Literal["fin", "reset"]


async def eventually(
    claim: Callable[[], object], what: str = "", *, seconds: float = DEADLINE
) -> None:
    """Return once `claim` holds; fail with its source when it does not in time."""
    end = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > end:
            raise AssertionError(
                f"not within {seconds} s: {what or inspect.getsource(claim)}"
            )
        await asyncio.sleep(0.002)


class Unmade(asyncio.Transport):
    """Stands in until a TLS handshake is through."""

    def abort(self) -> None:
        pass


class Peer(asyncio.Protocol):
    """One end of a connection: remembers what came, and how and when it ended."""

    def __init__(self, script: "Script | None" = None) -> None:
        self.script = script
        self.scripted: asyncio.Task[None] | None = None
        self.received = bytearray()
        self.total = 0
        self.end: End | None = None
        self.ended_at = 0.0
        self.closed = False
        self.writable = True
        self.changed = asyncio.Event()
        self.transport: asyncio.Transport = Unmade()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if self.script is not None:
            loop = asyncio.get_running_loop()
            self.scripted = loop.create_task(self.play(self.script))

    async def play(self, script: "Script") -> None:
        try:
            await script(self)
        except Ended:
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.received += data
        self.total += len(data)
        self.changed.set()

    def eof_received(self) -> bool:
        self.note("fin")
        return self.transport.can_write_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        tls = self.transport.get_extra_info("ssl_object") is not None
        # Under TLS an end without close_notify is a cut, and reaches no eof_received.
        clean = exc is None and (self.end == "fin" or not tls)
        self.note("fin" if clean else "reset")

    def note(self, end: End) -> None:
        if self.end is None or end == "reset":
            self.end = end
            self.ended_at = self.ended_at or time.monotonic()
        self.changed.set()

    def pause_writing(self) -> None:
        self.writable = False

    def resume_writing(self) -> None:
        self.writable = True
        self.changed.set()

    # -- what it does

    def send(self, data: bytes) -> None:
        self.transport.write(data)

    async def pour(self, data: bytes, piece: int = 65536) -> int:
        """Send as fast as the other side reads; the bytes handed to the kernel so far
        are `sent`."""
        self.poured = 0
        for start in range(0, len(data), piece):
            while not self.writable:
                self.changed.clear()
                if self.closed:
                    raise Ended
                await self.changed.wait()
            self.transport.write(data[start : start + piece])
            self.poured += piece
        return self.poured

    def fin(self) -> None:
        self.transport.write_eof()

    def close(self) -> None:
        self.transport.close()

    def reset(self) -> None:
        """Close with RST; under TLS this also leaves close_notify out."""
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()

    def fin_without_close_notify(self) -> None:
        """What a TLS peer sees when the process behind it died or an attacker cut in."""
        descriptor = self.transport.get_extra_info("socket").fileno()
        with socket.socket(fileno=os.dup(descriptor)) as raw:
            raw.shutdown(socket.SHUT_WR)

    # -- what it waits for

    async def until(
        self, claim: Callable[[], object], what: str, seconds: float = DEADLINE
    ) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not claim():
                    if self.end is not None:
                        raise Ended(
                            f"{self.end} before {what}; had {bytes(self.received)!r}"
                        )
                    self.changed.clear()
                    await self.changed.wait()
        except TimeoutError:
            raise AssertionError(
                f"no {what} within {seconds} s; had {bytes(self.received[:4000])!r}"
            ) from None

    def take(self, size: int) -> bytes:
        taken = bytes(self.received[:size])
        del self.received[:size]
        return taken

    async def line(self, end: bytes = b"\r\n") -> bytes:
        """What comes up to and with `end`."""
        await self.until(lambda: end in self.received, repr(end))
        return self.take(self.received.index(end) + len(end))

    async def head(self) -> bytes:
        return await self.line(b"\r\n\r\n")

    async def exactly(self, size: int) -> bytes:
        await self.until(lambda: len(self.received) >= size, f"{size} bytes")
        return self.take(size)

    async def body(self, head: bytes) -> bytes:
        """The payload of a message whose head is `head`; trailers are dropped."""
        return (await self.message_body(head))[0]

    async def message_body(self, head: bytes) -> tuple[bytes, bytes]:
        """Payload and trailer section of a message whose head is `head`."""
        if b"chunked" in field(head, b"transfer-encoding"):
            return await self.chunks()
        return await self.exactly(int(field(head, b"content-length") or 0)), b""

    async def chunks(self) -> tuple[bytes, bytes]:
        """A chunked body's payload and trailer section."""
        payload = bytearray()
        while True:
            size = int(await self.line(), 16)
            if size == 0:
                break
            payload += await self.exactly(size)
            assert await self.exactly(2) == b"\r\n"
        trailers = b""
        while (line := await self.line()) != b"\r\n":
            trailers += line
        return bytes(payload), trailers

    async def request(self) -> tuple[bytes, bytes]:
        """A whole request (head, body), as an upstream reads it."""
        head = await self.head()
        return head, await self.body(head)

    async def response(self) -> tuple[bytes, bytes]:
        """A whole response with a length or chunks."""
        head = await self.head()
        return head, await self.body(head)

    async def ended(self, seconds: float = DEADLINE) -> End:
        """Wait for the other side to leave and say how."""
        await eventually(
            lambda: self.end is not None, "the connection's end", seconds=seconds
        )
        # A reset may follow what first looked like an orderly end.
        await asyncio.sleep(0)
        assert self.end is not None
        return self.end

    async def rest(self, seconds: float = DEADLINE) -> bytes:
        """All that comes until the other side leaves, however it leaves."""
        await self.ended(seconds)
        return self.take(len(self.received))


Script = Callable[[Peer], Awaitable[None]]


class Ended(Exception):
    """The other side left before what a script waited for."""


def field(head: bytes, name: bytes) -> bytes:
    """The lower-cased values of a header, joined; empty where it is missing."""
    return b", ".join(values(head, name)).lower()


def values(head: bytes, name: bytes) -> list[bytes]:
    return [value for key, value in fields(head) if key.lower() == name]


def fields(head: bytes) -> list[tuple[bytes, bytes]]:
    """Header names and values as they stand, in order."""
    lines = head.split(b"\r\n")[1:-2]
    return [
        (name, value) for name, _, value in (line.partition(b": ") for line in lines)
    ]


def status(head: bytes) -> int:
    return int(head.split(b" ", 2)[1])


class Upstream:
    """A listening peer; each accepted connection plays the script."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.peers: list[Peer] = []
        self.server: asyncio.Server
        self.scheme = "http"
        self.host = "127.0.0.1"

    async def listen(
        self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
    ) -> "Upstream":
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(self.accept, host, 0, ssl=tls)
        self.scheme = "https" if tls else "http"
        self.host = host
        return self

    def accept(self) -> Peer:
        peer = Peer(self.script)
        self.peers.append(peer)
        return peer

    @property
    def port(self) -> int:
        return int(self.server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def open_peers(self) -> list[Peer]:
        return [peer for peer in self.peers if peer.end is None]

    async def peer(self, number: int = 0) -> Peer:
        """The connection of that number, once it is there."""
        await eventually(lambda: len(self.peers) > number, f"connection {number}")
        return self.peers[number]

    async def close(self) -> None:
        self.server.close()
        for peer in self.peers:
            if not peer.closed:
                peer.transport.abort()
        tasks = [peer.scripted for peer in self.peers if peer.scripted]
        for task in tasks:
            if not task.done():
                task.cancel()
        problems = await asyncio.gather(*tasks, return_exceptions=True)
        for problem in problems:
            if isinstance(problem, Exception):
                raise problem


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def answering(*answers: bytes) -> Script:
    """Answer each request with the next of `answers`, the last for ever."""

    async def script(peer: Peer) -> None:
        for number in range(1_000_000):
            await peer.request()
            peer.send(answers[min(number, len(answers) - 1)])

    return script


async def silent(peer: Peer) -> None:
    """Read and never answer."""


async def echo(peer: Peer) -> None:
    """Answer each request with its own head and body."""
    while True:
        head, body = await peer.request()
        payload = head + body
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(payload))
        if not head.startswith(b"HEAD"):
            peer.send(payload)
