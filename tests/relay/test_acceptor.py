"""Who has connected before the relay stops accepting is served (T42)."""

import asyncio
import socket

import pytest

from tests.relay.wire import OK, eventually

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"


@pytest.mark.parametrize("turns", range(5))
async def test_connections_that_wait_when_accepting_stops_are_served(
    start_relay, start_upstream, fast, turns
):
    """However many turns the loop has made since they connected."""
    relay = await start_relay(await start_upstream(OK), fast=fast)
    clients = [socket.create_connection(relay.address) for _ in range(20)]
    for client in clients:
        client.sendall(GET)
        client.setblocking(False)
    for _ in range(turns):
        await asyncio.sleep(0)
    relay.listener.stop()
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(5):
        answers = [await loop.sock_recv(client, 1000) for client in clients]
    for client in clients:
        client.close()
    assert [answer[-2:] for answer in answers] == [b"ok"] * 20


async def test_nobody_is_accepted_after_that(start_relay, start_upstream, fast):
    relay = await start_relay(await start_upstream(OK), fast=fast)
    address = relay.address
    relay.listener.stop()

    def refused() -> bool:
        with socket.socket() as client:
            return client.connect_ex(address) != 0

    await eventually(refused, "the refusal")
