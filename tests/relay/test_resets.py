"""A reset that comes together with the last bytes is felt, too (T1, T7).

Both arrive in one wake-up of the loop where the relay was busy: the bytes are read, and
nothing wakes it for the reset again.
"""

import asyncio
import socket

from tests.relay.wire import RESET, eventually, silent

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"
HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
SECONDS = 1.0


def say_and_reset(connection: socket.socket, data: bytes) -> None:
    """Without a turn of the loop in between."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    connection.send(data)
    connection.close()


async def test_client_that_asks_and_resets_at_once_has_left(
    start_relay, start_upstream, fast
):
    relay = await start_relay(await start_upstream(silent), fast=fast)
    client = socket.create_connection(relay.address)
    await eventually(lambda: relay.worker.clients, "the connection")
    await asyncio.sleep(0.05)  # until the relay waits for its first byte
    say_and_reset(client, GET)
    recording = await relay.recorded(seconds=SECONDS)
    assert recording.outcome == "client_gone"
    await eventually(lambda: not relay.worker.clients, "nobody left")
    assert relay.worker.in_flight == 0


async def test_upstream_that_answers_half_and_resets_at_once_is_a_cut(
    start_relay, start_upstream, fast
):
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        relay = await start_relay(
            f"http://127.0.0.1:{server.getsockname()[1]}", fast=fast
        )
        client = await relay.client(GET)
        loop = asyncio.get_running_loop()
        connection, _ = await loop.sock_accept(server)
        await loop.sock_recv(connection, 1000)
        say_and_reset(connection, HALF)
        assert (await client.rest(SECONDS)).endswith(b"half")
        assert (await relay.recorded()).outcome == "upstream_cut"
        await eventually(lambda: not relay.open_upstreams, "no connection left")
