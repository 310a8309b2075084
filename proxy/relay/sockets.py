"""The two functions that make transports: uvloop's own, or aiofastnet's where installed.

The `fast` extra brings aiofastnet; what it saves and costs is in tests/bench/RESULTS.md.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

FAST = find_spec("aiofastnet") is not None
"""Which of the two; a process's main may turn it off before it makes any transport."""
HANDSHAKE_SECONDS = 10.0
TCP_CLOSE = 7

Factory = Callable[[], Any]
"""Makes what asyncio calls a protocol; ours inherit nothing so that they can be compiled."""


def prepare_listener(listener: socket.socket) -> None:
    listener.setblocking(False)
    if listener.family != socket.AF_UNIX:
        # Accepted sockets inherit it. Without it small events wait for the client's
        # delayed acknowledgement, 40 ms; uvloop sets it by itself, aiofastnet does not.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def accepted(
    factory: Factory, connection: socket.socket, tls: ssl.SSLContext | None
) -> None:
    """Hand an accepted connection to a protocol of `factory`, after its handshake."""
    loop = asyncio.get_running_loop()
    handshake = HANDSHAKE_SECONDS if tls else None
    if FAST and connection.family != socket.AF_UNIX:
        import aiofastnet

        await aiofastnet.connect_accepted_socket(
            loop, factory, connection, ssl=tls, ssl_handshake_timeout=handshake
        )
        return
    await loop.connect_accepted_socket(
        factory, connection, ssl=tls, ssl_handshake_timeout=handshake
    )


async def create_connection(
    factory: Factory,
    connected: socket.socket,
    tls: ssl.SSLContext | None,
    server_name: str | None,
    seconds: float,
) -> None:
    """`seconds` is the caller's own limit, so that the handshake's never comes first."""
    loop = asyncio.get_running_loop()
    name = server_name if tls else None
    handshake = seconds + 1 if tls else None
    if FAST:
        import aiofastnet

        await aiofastnet.create_connection(
            loop,
            factory,
            sock=connected,
            ssl=tls,
            server_hostname=name,
            ssl_handshake_timeout=handshake,
        )
        return
    await loop.create_connection(
        factory,
        sock=connected,
        ssl=tls,
        server_hostname=name,
        ssl_handshake_timeout=handshake,
    )


def is_reset(transport: asyncio.BaseTransport) -> bool:
    """Whether the peer has reset the connection: only the kernel knows (TCP_INFO's first
    byte) while reading is paused, and with aiofastnet on uvloop also where the reset
    came together with the last bytes: libuv then wakes the reader once and never again."""
    connection = transport.get_extra_info("socket")
    if transport.is_closing() or connection is None:
        return False
    if connection.family == socket.AF_UNIX:
        return False
    state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)
    return bool(state[0] == TCP_CLOSE)
