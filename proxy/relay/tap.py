"""The one door from the hot path to the rest: it never waits, and says what it dropped.

Frames gather in a buffer and leave in batches over a unix socket. Without a monitor they
wait, up to a bound, for the next one; past the bound the newest is dropped and counted.
"""

import asyncio
import errno
import os
import socket
import struct
from pathlib import Path
from typing import Final

from proxy.recording.frames import encode_into
from proxy.recording.recording import Heartbeat, Recording

BATCH_SECONDS: Final = 0.005
BATCH_BYTES: Final = 128 * 1024
FRAME_OVERHEAD: Final = 8 * 1024
BUSY = {errno.EAGAIN, errno.EWOULDBLOCK, errno.ENOBUFS}


class Tap:
    """Bounded: at most `limit` bytes wait in `filling` and as many in `sending`."""

    def __init__(self, path: Path, limit: int) -> None:
        self.path = str(path)
        self.limit = limit
        self.socket: socket.socket | None = None
        self.filling = bytearray()
        self.starts: list[int] = []
        self.sending = bytearray()
        self.sending_starts: list[int] = []
        self.sent = 0
        self.flush_due: asyncio.TimerHandle | None = None
        self.blocked = False
        self.drops: dict[str, int] = {}

    def has_room(self, body_bytes: int) -> bool:
        """Whether a recording of so many body bytes fits; False has counted the drop."""
        if len(self.filling) + body_bytes + FRAME_OVERHEAD <= self.limit:
            return True
        self.drop("full" if self.socket is not None else "absent")
        return False

    def drop(self, reason: str) -> None:
        self.drops[reason] = self.drops.get(reason, 0) + 1

    def offer(self, message: Recording | Heartbeat) -> None:
        """Put one message behind the others; it leaves within `BATCH_SECONDS`."""
        start = len(self.filling)
        try:
            encode_into(self.filling, message)
        except BaseException:
            del self.filling[start:]  # half a frame would spoil those behind it
            raise
        self.starts.append(start)
        if self.flush_due is None and self.socket is not None and not self.blocked:
            loop = asyncio.get_running_loop()
            delay = 0 if len(self.filling) > BATCH_BYTES else BATCH_SECONDS
            self.flush_due = loop.call_later(delay, self.flush)

    def flush(self) -> None:
        """Send as much as the socket takes now; the rest when it takes more."""
        self.flush_due = None
        while self.socket is not None:
            if self.sent == len(self.sending):
                if not self.filling:
                    return
                self.swap()
            try:
                with memoryview(self.sending) as view, view[self.sent :] as rest:
                    self.sent += self.socket.send(rest)
            except OSError as error:
                if error.errno in BUSY:
                    self.wait_writable()
                else:
                    self.disconnect()
                return

    def swap(self) -> None:
        self.sending.clear()
        self.sending, self.filling = self.filling, self.sending
        self.sending_starts, self.starts = self.starts, []
        self.sent = 0

    def wait_writable(self) -> None:
        if not self.blocked and self.socket is not None:
            self.blocked = True
            asyncio.get_running_loop().add_writer(self.socket, self.writable)

    def writable(self) -> None:
        self.unblock()
        self.flush()

    def unblock(self) -> None:
        if self.blocked and self.socket is not None:
            self.blocked = False
            asyncio.get_running_loop().remove_writer(self.socket)

    def connect(self) -> None:
        """Try once; a monitor that is absent or frozen is tried again by the sweep."""
        if self.socket is not None:
            return
        candidate = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        candidate.setblocking(False)
        try:
            candidate.connect(self.path)
            if peer_uid(candidate) != os.getuid():
                raise PermissionError("the monitor's socket belongs to another user")
        except OSError:
            candidate.close()
            return
        self.socket = candidate
        asyncio.get_running_loop().add_reader(candidate, self.hung_up)
        self.flush()

    def hung_up(self) -> None:
        """The monitor never speaks here: readable means that it is gone."""
        self.disconnect()

    def disconnect(self) -> None:
        """Forget the socket; the frame that was half sent will be sent whole."""
        if self.socket is None:
            return
        self.unblock()
        asyncio.get_running_loop().remove_reader(self.socket)
        self.socket.close()
        self.socket = None
        if self.sent < len(self.sending):
            self.sent = max(
                start for start in self.sending_starts if start <= self.sent
            )

    async def drain(self, seconds: float) -> None:
        """At the end: wait for what is buffered to leave, so long and no longer."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while self.socket is not None and loop.time() < end:
            self.flush()
            if self.sent == len(self.sending) and not self.filling:
                break
            await asyncio.sleep(0.01)
        self.disconnect()


def peer_uid(connected: socket.socket) -> int:
    credentials = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int(struct.unpack("3i", credentials)[1])
