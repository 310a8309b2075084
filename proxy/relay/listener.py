"""Accepts clients, and is where an unexpected error of this process ends.

uvloop reports an exception of a protocol here and closes that connection: one request
fails, the others do not notice, the error is logged with its place.
"""

import asyncio
import logging
import os
import socket
import ssl
from typing import Any

from proxy.relay.acceptor import Acceptor
from proxy.relay.client import ClientConnection
from proxy.relay.worker import Worker
from proxy.settings import Settings

log = logging.getLogger(__name__)

STARVED_STATUS = 71
"""EX_OSERR of sysexits.h; the supervisor logs it."""


class Listener:
    """The relay's listening sockets and its neighbours', inherited from the supervisor."""

    def __init__(
        self,
        worker: Worker,
        listening: list[socket.socket],
        neighbours: dict[str, list[socket.socket]] | None = None,
    ) -> None:
        self.worker = worker
        self.listening = listening
        self.neighbours = neighbours or {}
        self.tls: ssl.SSLContext | None = None
        self.acceptors: list[Acceptor] = []
        self.covering: dict[str, list[Acceptor]] = {}
        self.closed: list[Acceptor] = []
        self.errors = 0

    async def start(self, tls: ssl.SSLContext | None) -> None:
        asyncio.get_running_loop().set_exception_handler(self.report)
        self.tls = tls
        self.acceptors = self.serve(self.listening)
        self.worker.ready = True

    def serve(self, listening: list[socket.socket]) -> list[Acceptor]:
        return [Acceptor(self.accept, sock, self.tls) for sock in listening]

    async def cover(self, name: str) -> None:
        """Accept for a neighbour; its sockets stay open for it to come back to."""
        if name not in self.covering:
            copies = [sock.dup() for sock in self.neighbours.get(name, [])]
            self.covering[name] = self.serve(copies)

    def uncover(self, name: str) -> None:
        self.close(self.covering.pop(name, []))

    def accept(self) -> ClientConnection:
        return ClientConnection(self.worker)

    def close(self, acceptors: list[Acceptor]) -> None:
        for acceptor in acceptors:
            acceptor.close()
        self.closed = [a for a in (*self.closed, *acceptors) if a.connecting]

    def stop(self) -> None:
        """Accept no more; connections that are open go on."""
        self.close(self.acceptors)
        self.acceptors = []
        for name, sockets_of_one in self.neighbours.items():
            self.uncover(name)
            # A port is free, and refuses, once the last copy is closed.
            for sock in sockets_of_one:
                sock.close()
        self.neighbours = {}

    @property
    def connecting(self) -> bool:
        """After `stop`: somebody was accepted who is no client yet."""
        return any(acceptor.connecting for acceptor in self.closed)

    def report(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        kind = (
            error if isinstance(error, type) else type(error)
        )  # aiofastnet: the class
        if issubclass(kind, (ConnectionError, TimeoutError, ssl.SSLError)):
            return  # a peer's doing, already felt by the connection it happened on
        if issubclass(kind, MemoryError):
            end_starved()
        self.errors += 1
        log.error(
            "unexpected error, connection closed",
            exc_info=error if isinstance(error, BaseException) else None,
            extra={"what": context.get("message")},
        )


def end_starved() -> None:
    """End at once: a relay without memory would go on to accept connections and fail them.

    Its listening sockets are the other relays' too, and the supervisor replaces it.
    """
    try:
        log.critical("out of memory, relay ends")
    finally:
        os._exit(STARVED_STATUS)


def server_tls(settings: Settings) -> ssl.SSLContext | None:
    tls = settings.relay.tls
    if tls is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls.client_ca)
    # A locked key must fail: OpenSSL would ask the terminal for its password.
    context.load_cert_chain(tls.cert, tls.key, password=lambda: "")
    context.set_alpn_protocols(["http/1.1"])
    if tls.client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context
