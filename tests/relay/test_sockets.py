"""Both kinds of transports are set up alike."""

import socket

import pytest

from tests.relay.wire import eventually, silent


def without_delay(transport):
    connection = transport.get_extra_info("socket")
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_small_writes_do_not_wait_for_acknowledgements(
    start_relay, start_upstream, certificates, fast, tls
):
    """T11: with Nagle's algorithm on, an event can come 40 ms late."""
    upstream = await start_upstream(silent, tls=certificates.server() if tls else None)
    relay = await start_relay(
        upstream,
        fast=fast,
        tls=certificates.server() if tls else None,
        route={"tls": {"ca": certificates.path("ca.pem")}},
    )
    await relay.client(
        b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n",
        tls=certificates.client() if tls else None,
    )
    peer = await upstream.peer()
    await eventually(lambda: peer.received)
    (client,) = relay.worker.clients
    (connection,) = relay.pool.open
    assert without_delay(client.transport)
    assert without_delay(connection.transport)
