"""A new connection to an upstream: names, addresses, an egress proxy, TLS."""

import asyncio
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohappyeyeballs

from proxy.relay import sockets
from proxy.relay.refusals import Refusal
from proxy.settings import Route

HAPPY_EYEBALLS_SECONDS = 0.25
PROXY_HEAD_LIMIT = 16 * 1024


@dataclass(frozen=True, slots=True)
class Address:
    """Where and how an upstream is reached. Equal addresses share a pool."""

    scheme: str
    host: str
    port: int
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    proxy: tuple[str, int] | None = None
    connect_seconds: float = 10.0

    def __str__(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


def address_of(route: Route) -> Address:
    parts = urlsplit(route.upstream)
    proxy = urlsplit(route.egress_proxy) if route.egress_proxy else None
    return Address(
        scheme=parts.scheme,
        host=parts.hostname or "",
        port=parts.port or (443 if parts.scheme == "https" else 80),
        ca=str(route.tls.ca) if route.tls.ca else None,
        cert=str(route.tls.cert) if route.tls.cert else None,
        key=str(route.tls.key) if route.tls.key else None,
        proxy=(proxy.hostname or "", proxy.port or 80) if proxy else None,
        connect_seconds=route.timeouts.connect,
    )


def tls_context(address: Address) -> ssl.SSLContext | None:
    """None for plain http. Raises OSError or ssl.SSLError on unusable files."""
    if address.scheme != "https":
        return None
    context = ssl.create_default_context(cafile=address.ca)
    context.set_alpn_protocols(["http/1.1"])
    if address.cert:
        # A locked key must fail: OpenSSL would ask the terminal for its password.
        context.load_cert_chain(address.cert, address.key, password=lambda: "")
    return context


async def connect(
    address: Address, tls: ssl.SSLContext | None, factory: sockets.Factory
) -> None:
    """Make one connection and hand its transport to a protocol of `factory`.

    Raises Refusal naming dns, connect, tls, timeout or protocol.
    """
    try:
        async with asyncio.timeout(address.connect_seconds):
            connected = await open_socket(
                *(address.proxy or (address.host, address.port))
            )
            try:
                if address.proxy:
                    await through_proxy(connected, address)
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                await sockets.create_connection(
                    factory, connected, tls, address.host, address.connect_seconds
                )
            except BaseException:
                connected.close()
                raise
    except TimeoutError as error:
        raise Refusal(504, "timeout", "the upstream did not accept in time") from error
    except (socket.gaierror, UnicodeError) as error:
        raise Refusal(502, "dns", "the upstream's name does not resolve") from error
    except (ssl.SSLError, ssl.CertificateError, ConnectionAbortedError) as error:
        raise Refusal(
            502, "tls", "the TLS handshake with the upstream failed"
        ) from error
    except OSError as error:
        code = "tls" if tls and isinstance(error, ConnectionResetError) else "connect"
        raise Refusal(502, code, "the upstream does not accept connections") from error


async def open_socket(host: str, port: int) -> socket.socket:
    """Resolve anew each time, so that a changed address is felt at the next connection."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return await aiohappyeyeballs.start_connection(
        [
            (family, kind, proto, name, where)
            for family, kind, proto, name, where in found
        ],
        happy_eyeballs_delay=HAPPY_EYEBALLS_SECONDS,
        interleave=1,
        loop=loop,
    )


async def through_proxy(connected: socket.socket, address: Address) -> None:
    """Ask an egress proxy for a tunnel (RFC 9110 §9.3.6)."""
    loop = asyncio.get_running_loop()
    host = f"[{address.host}]" if ":" in address.host else address.host
    authority = f"{host}:{address.port}"
    await loop.sock_sendall(
        connected,
        f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode(),
    )
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        # One byte at a time: what follows the head already belongs to the tunnel.
        received = await loop.sock_recv(connected, 1)
        if not received or len(head) > PROXY_HEAD_LIMIT:
            raise Refusal(502, "connect", "the egress proxy closed the connection")
        head += received
    status = head.split(b" ", 2)[1:2]
    if status != [b"200"]:
        raise Refusal(502, "connect", "the egress proxy refused the tunnel")
