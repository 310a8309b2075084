"""Ways to reach an upstream: TLS, an egress proxy, either IP, and the first that answers."""

import asyncio
import socket

import pytest

from proxy.relay.listener import server_tls
from proxy.settings import Settings
from tests.relay.wire import OK, eventually, field, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"


async def test_custom_authority_and_client_certificate(
    start_relay, start_upstream, certificates, fast
):
    seen = []

    async def script(peer):
        seen.append(peer.transport.get_extra_info("peercert"))
        seen.append(
            peer.transport.get_extra_info("ssl_object").selected_alpn_protocol()
        )
        await peer.request()
        peer.send(OK)

    tls = certificates.server(ask_client=True)
    tls.set_alpn_protocols(["h2", "http/1.1"])
    upstream = await start_upstream(script, tls=tls)
    relay = await start_relay(
        upstream,
        fast=fast,
        route={
            "tls": {
                "ca": certificates.path("ca.pem"),
                "cert": certificates.path("client.pem"),
                "key": certificates.path("client.key"),
            }
        },
    )
    assert status((await relay.ask(GET))[0]) == 200
    assert ("DNS", "client.test") in seen[0]["subjectAltName"]
    assert seen[1] == "http/1.1"


async def test_missing_client_certificate_is_an_error_of_ours(
    start_relay, start_upstream, certificates, fast
):
    """With TLS 1.3 the refusal comes after the handshake, as an alert."""
    upstream = await start_upstream(OK, tls=certificates.server(ask_client=True))
    relay = await start_relay(
        upstream, fast=fast, route={"tls": {"ca": certificates.path("ca.pem")}}
    )
    head, _ = await relay.ask(GET)
    assert status(head) == 502
    assert field(head, b"x-seatrial-error") in {b"tls", b"protocol"}


async def test_listener_tls_with_client_certificates(
    start_relay, start_upstream, certificates, fast
):
    tls = server_tls(
        Settings.model_validate(
            {
                "relay": {
                    "tls": {
                        "cert": certificates.path("server.pem"),
                        "key": certificates.path("server.key"),
                        "client_ca": certificates.path("ca.pem"),
                    }
                }
            }
        )
    )
    relay = await start_relay(await start_upstream(OK), fast=fast, tls=tls)
    client = await relay.client(GET, tls=certificates.client(present=True))
    assert (await client.response())[1] == b"ok"
    client.send(GET)  # and again on the same connection
    assert (await client.response())[1] == b"ok"
    stranger = await relay.client(GET, tls=certificates.client())
    assert await stranger.rest() == b""
    assert len(relay.recordings) == 2


def egress_proxy(answer, port_of=None, got=None):
    """A CONNECT proxy that pipes to the port asked for."""

    async def script(peer):
        head = await peer.head()
        if got is not None:
            got.append(head)
        peer.send(answer)
        if b" 200 " not in answer:
            return
        _host, _, port = head.split(b" ")[1].rpartition(b":")
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))

        async def back():
            while data := await reader.read(65536):
                peer.send(data)
            peer.close()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(back())
            while peer.end is None or peer.received:
                if peer.received:
                    writer.write(peer.take(len(peer.received)))
                peer.changed.clear()
                await peer.changed.wait()
            writer.close()

    return script


ESTABLISHED = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_egress_proxy_tunnels_by_connect(
    start_relay, start_upstream, certificates, fast, tls
):
    got = []
    upstream = await start_upstream(OK, tls=certificates.server() if tls else None)
    egress = await start_upstream(egress_proxy(ESTABLISHED, got=got))
    relay = await start_relay(
        f"{upstream.scheme}://localhost:{upstream.port}",
        fast=fast,
        route={
            "egress_proxy": egress.url,
            "tls": {"ca": certificates.path("ca.pem")},
        },
    )
    for _ in range(3):
        assert (await relay.ask(GET))[1] == b"ok"
    name = b"localhost:%d" % upstream.port
    assert got == [b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n\r\n" % (name, name)]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"x" * 100_000,
    ],
    ids=["403", "407", "nonsense", "endless"],
)
async def test_egress_proxy_that_refuses_is_502_connect(
    start_relay, start_upstream, answer
):
    egress = await start_upstream(egress_proxy(answer))
    relay = await start_relay("http://127.0.0.1:9", route={"egress_proxy": egress.url})
    head, _ = await relay.ask(GET)
    assert (status(head), field(head, b"x-seatrial-error")) == (502, b"connect")
    await eventually(lambda: not egress.open_peers)


async def test_egress_proxy_that_hangs_is_504_timeout(start_relay, start_upstream):
    egress = await start_upstream(egress_proxy(b""))
    relay = await start_relay(
        "http://127.0.0.1:9",
        route={"egress_proxy": egress.url, "timeouts": {"connect": "200ms"}},
    )
    head, _ = await relay.ask(GET)
    assert (status(head), field(head, b"x-seatrial-error")) == (504, b"timeout")


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6 loopback")
@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_ipv6_upstream(start_relay, start_upstream, certificates, fast, tls):
    got = []

    async def script(peer):
        got.append((await peer.request())[0])
        peer.send(OK)

    upstream = await start_upstream(
        script, host="::1", tls=certificates.server() if tls else None
    )
    relay = await start_relay(
        upstream, fast=fast, route={"tls": {"ca": certificates.path("ca.pem")}}
    )
    assert (await relay.ask(GET))[1] == b"ok"
    assert b"\r\nHost: [::1]:%d\r\n" % upstream.port in got[0]


async def test_dead_first_address_costs_a_moment_and_no_failure(
    start_relay, start_upstream
):
    """T17: happy eyeballs, for an address that refuses and for one that never answers."""
    upstream = await start_upstream(OK)
    with socket.socket() as full:
        full.bind(("127.0.0.2", upstream.port))
        full.listen(0)
        with socket.create_connection(("127.0.0.2", upstream.port)):
            relay = await start_relay(f"http://two.test:{upstream.port}")
            names = asyncio.get_running_loop().names
            names["two.test"] = ["127.0.0.2", "127.0.0.1"]
            async with asyncio.timeout(2):
                assert (await relay.ask(GET))[1] == b"ok"


async def test_refusing_first_address_is_passed_over(start_relay, start_upstream):
    """T17."""
    upstream = await start_upstream(OK)
    relay = await start_relay(f"http://two.test:{upstream.port}")
    names = asyncio.get_running_loop().names
    names["two.test"] = ["127.0.0.3", "127.0.0.1"]
    assert (await relay.ask(GET))[1] == b"ok"


async def test_changed_address_is_felt_by_the_next_connection(
    start_relay, start_upstream
):
    """T17: names are resolved for each new connection, never remembered."""
    first = await start_upstream(OK.replace(b"OK", b"First"))
    with socket.socket() as second:
        second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        second.bind(("127.0.0.2", first.port))
        second.listen()
        relay = await start_relay(f"http://moving.test:{first.port}")
        names = asyncio.get_running_loop().names
        names["moving.test"] = ["127.0.0.1"]
        assert b"First" in (await relay.ask(GET))[0]
        names["moving.test"] = ["127.0.0.2"]
        first.peers[0].close()
        await eventually(lambda: not relay.open_upstreams)
        await relay.client(GET)
        second.setblocking(False)
        accepted, _ = await asyncio.get_running_loop().sock_accept(second)
        accepted.close()


async def test_unix_socket_listener(start_relay, start_upstream, fast):
    relay = await start_relay(await start_upstream(OK), fast=fast, unix=True)
    client = await relay.client(GET)
    assert (await client.response())[1] == b"ok"
    client.send(b"bad\r\n\r\n")
    assert status(await client.rest()) in {400, 501}


async def test_leaving_over_a_unix_socket_is_felt(start_relay, start_upstream):
    """T1."""

    async def script(peer):
        await peer.request()

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, unix=True)
    client = await relay.client(GET)
    peer = await upstream.peer()
    await eventually(lambda: peer.total)
    client.close()
    await peer.ended()
    assert await relay.outcome() == "client_gone"
