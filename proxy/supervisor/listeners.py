"""Binds the addresses that the relays listen on.

Each relay has sockets of its own (SO_REUSEPORT), so that the kernel spreads connections
over them: with one shared socket whoever wakes first takes them all. Every relay inherits
the others' sockets too, to accept on them while a neighbour is dead or frozen.
"""

import errno
import os
import socket
import stat
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from proxy.errors import SeatrialError

BACKLOG = 4096


def bind(addresses: Sequence[str], key: str) -> list[socket.socket]:
    """Listening, non-blocking sockets in the order of `addresses`; all of them or an error."""
    with ExitStack() as opened:
        sockets = []
        for address in addresses:
            for sock in bind_one(address, key):
                sockets.append(opened.enter_context(sock))
        opened.pop_all()
        return sockets


def bind_sets(
    addresses: Sequence[str], key: str, count: int
) -> list[list[socket.socket]]:
    """`count` sets of listening sockets for `addresses`; a unix socket is in all of them."""
    first = bind(addresses, key)
    if count == 1:
        return [first]
    sets: list[list[socket.socket]] = [[] for _ in range(count)]
    for sock in first:
        if sock.family == socket.AF_UNIX:
            for each in sets:
                each.append(sock)
            continue
        # That it could be bound alone proves that nobody has it; shared from the start,
        # a second instance would silently take half of the first one's connections.
        family, where = sock.family, sock.getsockname()
        sock.close()
        for each in sets:
            each.append(listen_tcp(family, where, shared=True))
    return sets


def bind_one(address: str, key: str) -> list[socket.socket]:
    """More than one socket for a name with several addresses, e.g. localhost."""
    try:
        if address.startswith("unix:"):
            return [listen_unix(Path(address.removeprefix("unix:")))]
        return [listen_tcp(*found) for found in resolve(address)]
    except OSError as error:
        raise SeatrialError(f"{key}: {reason(address, error)}") from error


def assert_free(address: str, key: str) -> None:
    """Find out before anything starts that a child would not get its address."""
    if address.startswith("unix:"):
        return
    for sock in bind_one(address, key):
        sock.close()


def resolve(address: str) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
    host, _, port = address.rpartition(":")
    found = socket.getaddrinfo(
        host.strip("[]"),
        int(port),
        type=socket.SOCK_STREAM,
        flags=socket.AI_PASSIVE,
    )
    return list(dict.fromkeys((family, where) for family, _, _, _, where in found))


def listen_tcp(
    family: int, address: tuple[object, ...], *, shared: bool = False
) -> socket.socket:
    with ExitStack() as opened:
        sock = opened.enter_context(socket.socket(family, socket.SOCK_STREAM))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind(address)
        sock.listen(BACKLOG)
        opened.pop_all()
        return sock


def listen_unix(path: Path) -> socket.socket:
    remove_stale(path)
    with ExitStack() as opened:
        sock = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        sock.setblocking(False)
        before = os.umask(0o177)  # no moment in which others may connect
        try:
            sock.bind(str(path))
        finally:
            os.umask(before)
        sock.listen(BACKLOG)
        opened.pop_all()
        return sock


def remove_stale(path: Path) -> None:
    """Remove a socket file that nobody listens on; leave anything else alone."""
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise OSError(errno.EEXIST, "a file that is no socket is there")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.settimeout(1.0)
        try:
            sock.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except TimeoutError:
            pass  # its backlog is full: somebody listens
    raise OSError(errno.EADDRINUSE, "in use")


def reason(address: str, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"{address} is in use already, perhaps by another Seatrial "
            "(ss -ltnp shows who listens)"
        )
    if error.errno == errno.EACCES:
        return f"{address} may not be bound by this user"
    if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
        return f"{address} is no address of this machine"
    return f"{address} cannot be bound: {error.strerror or error}"


def written(sock: socket.socket) -> str:
    """The address as one would write it in settings, with the port that was given."""
    if sock.family == socket.AF_UNIX:
        return f"unix:{sock.getsockname()}"
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
