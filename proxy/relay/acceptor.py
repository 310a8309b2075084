"""Accepts the connections of one listening socket.

The event loops' own servers hang up on whoever they have accepted in the very moment in
which they are closed; a relay closes them in service, when a neighbour is back.
"""

import asyncio
import errno
import logging
import socket
import ssl

from proxy.relay import sockets

log = logging.getLogger(__name__)

MOST_AT_ONCE = 4096
REST_SECONDS = 0.5
EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Acceptor:
    def __init__(
        self,
        factory: sockets.Factory,
        listening: socket.socket,
        tls: ssl.SSLContext | None,
    ) -> None:
        self.factory = factory
        self.listening = listening
        self.tls = tls
        self.loop = asyncio.get_running_loop()
        self.connecting: set[asyncio.Task[None]] = set()
        """Accepted, and not yet a client: a TLS handshake takes its time."""
        self.open = True
        sockets.prepare_listener(listening)
        self.loop.add_reader(listening, self.accept)

    def accept(self) -> None:
        """All that wait."""
        for _ in range(MOST_AT_ONCE):
            try:
                connection, _ = self.listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except ConnectionAbortedError:
                continue
            except OSError as error:
                if error.errno not in EXHAUSTED:
                    raise
                self.rest(error)
                return
            connection.setblocking(False)
            task = self.loop.create_task(self.connect(connection))
            self.connecting.add(task)
            task.add_done_callback(self.connecting.discard)

    async def connect(self, connection: socket.socket) -> None:
        try:
            await sockets.accepted(self.factory, connection, self.tls)
        except (OSError, ssl.SSLError):
            connection.close()  # it left, or its handshake failed

    def rest(self, error: OSError) -> None:
        """Out of descriptors: who waits keeps waiting, and we do not spin."""
        log.error("connections cannot be accepted", extra={"reason": error.strerror})
        self.loop.remove_reader(self.listening)
        self.loop.call_later(REST_SECONDS, self.resume)

    def resume(self) -> None:
        if self.open:
            self.loop.add_reader(self.listening, self.accept)

    def close(self) -> None:
        """Take who has connected already, then accept no more."""
        if self.open:
            self.open = False
            self.accept()
            self.loop.remove_reader(self.listening)
            self.listening.close()
