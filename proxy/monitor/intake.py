"""The unix socket on which relays hand over their frames.

Whatever arrives, memory stays bounded: frames are counted as they are decoded, and all
half-received frames together may take `PARTIAL_LIMIT` bytes.
"""

import asyncio
import contextlib
import fcntl
import logging
import os
import socket
import struct
from pathlib import Path
from typing import cast

from proxy.errors import SettingsError, WireError
from proxy.monitor.worker import Worker
from proxy.recording.frames import Decoder
from proxy.recording.recording import Frame, Heartbeat, Recording
from proxy.settings import Instance
from proxy.settings.secret import prepare_run_dir

log = logging.getLogger(__name__)

SOCKET_NAME = "monitor.sock"
LOCK_NAME = "monitor.lock"
MOST_CONNECTIONS = 512
PARTIAL_LIMIT = 128 * 1024 * 1024
CREDENTIALS = struct.Struct("3i")


class Intake:
    """Owns the socket file and the connections made to it."""

    def __init__(self, instance: Instance, worker: Worker) -> None:
        self.instance = instance
        self.path = instance.run_dir / SOCKET_NAME
        self.lock_path = instance.run_dir / LOCK_NAME
        self.worker = worker
        self.connections: set[Connection] = set()
        self.partial = 0
        self.frames = 0
        self.lock = -1
        self.server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen, in the place of a monitor that died; SettingsError if one lives."""
        prepare_run_dir(self.instance)
        self.lock = os.open(
            self.lock_path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SettingsError(
                str(self.path.parent),
                "instance.run_dir",
                "another monitor is at work here; give each instance its own folder",
            ) from error
        loop = asyncio.get_running_loop()
        self.server = await loop.create_unix_server(
            lambda: Connection(self), sock=listening(self.path)
        )

    async def stop(self, seconds: float) -> None:
        """Take no new connection, read what has been sent, then hang up."""
        if self.server is not None:
            self.server.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.silence()
        for connection in list(self.connections):
            connection.close()
        if self.server is not None:
            self.path.unlink(missing_ok=True)
            self.server = None
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1

    async def silence(self) -> None:
        """Return when nothing arrived for a moment."""
        before = -1
        while self.connections and before != self.frames:
            before = self.frames
            await asyncio.sleep(0.1)


class Connection(asyncio.Protocol):
    """One relay. A frame that cannot be read ends the connection; the relay returns."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.decoder: Decoder[Frame] = Decoder(
            cast("type[Frame]", Recording | Heartbeat)
        )
        self.partial = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        if peer_uid(self.transport) != os.geteuid():
            self.refuse("stranger")
        elif len(self.intake.connections) >= MOST_CONNECTIONS:
            self.refuse("connections")
        else:
            self.intake.connections.add(self)

    def data_received(self, data: bytes) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        take = self.intake.worker.take
        frames = 0
        try:
            for frame in self.decoder.feed(data):
                frames += 1
                take(frame)
        except WireError as error:
            self.refuse("undecodable", type(error.__cause__ or error).__name__)
        self.intake.frames += frames
        self.hold(len(self.decoder.buffer))
        if self.intake.partial > PARTIAL_LIMIT:
            self.refuse("partial")

    def hold(self, partial: int) -> None:
        """Account for the bytes of a frame whose rest is still to come."""
        self.intake.partial += partial - self.partial
        self.partial = partial

    def refuse(self, reason: str, error: str | None = None) -> None:
        self.intake.worker.lose(reason)
        log.warning("relay connection closed", extra={"reason": reason, "error": error})
        self.close()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self.intake.connections.discard(self)
        self.decoder.buffer.clear()
        self.hold(0)


def listening(path: Path) -> socket.socket:
    """A socket that only this user may connect to, in place of a stale one."""
    path.unlink(missing_ok=True)
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(found.fileno(), 0o600)
        found.bind(str(path))
        path.chmod(0o600)
        found.listen(MOST_CONNECTIONS)
    except OSError:
        found.close()
        raise
    return found


def peer_uid(transport: asyncio.Transport) -> int:
    connected: socket.socket = transport.get_extra_info("socket")
    raw = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
    return int(CREDENTIALS.unpack(raw)[1])
