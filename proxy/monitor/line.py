"""This process's end of the line to the supervisor."""

import asyncio
import socket
from typing import cast

from proxy.errors import WireError
from proxy.recording.control import Beat, Begin, Control, Drain, Draining, Ready, Reload
from proxy.recording.frames import Decoder, encode_into

BACKLOG = 64
WRITE_LIMIT = 64 * 1024


class Line(asyncio.Protocol):
    """Messages in order, then None: the supervisor is gone."""

    def __init__(self) -> None:
        self.decoder: Decoder[Control] = Decoder(
            cast("type[Control]", Begin | Reload | Drain | Draining | Ready | Beat)
        )
        self.messages: asyncio.Queue[Control | None] = asyncio.Queue(BACKLOG)
        self.transport: asyncio.Transport | None = None

    @classmethod
    async def on(cls, descriptor: int) -> "Line":
        loop = asyncio.get_running_loop()
        connected = socket.socket(fileno=descriptor)
        connected.setblocking(False)
        _, line = await loop.create_connection(cls, sock=connected)
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self.decoder.feed(data):
                self.messages.put_nowait(message)
        except (WireError, asyncio.QueueFull):
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        while self.messages.full():
            self.messages.get_nowait()
        self.messages.put_nowait(None)

    async def begin(self) -> Begin:
        """The first message. Raises WireError when it is another one or none."""
        async with asyncio.timeout(30):
            first = await self.messages.get()
        if not isinstance(first, Begin):
            raise WireError("the supervisor's first message must be `begin`")
        return first

    def send(self, message: Ready | Beat) -> None:
        """Say it unless the supervisor has long stopped listening."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        if transport.get_write_buffer_size() < WRITE_LIMIT:
            buffer = bytearray()
            encode_into(buffer, message)
            transport.write(bytes(buffer))

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()
