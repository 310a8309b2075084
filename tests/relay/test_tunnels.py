"""WebSocket is tunnelled byte by byte; what the upstream refuses stays an ordinary answer."""

import asyncio
import contextlib

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import serve

from tests.relay.wire import OK, answering, eventually, field, status, values

UPGRADE = (
    b"GET /up/realtime?model=m HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\n"
    b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\n\r\n"
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)


async def shout(websocket):
    async for message in websocket:
        await websocket.send(message.upper())


@pytest.fixture
def start_shouting(runner):
    async def start():
        server = await serve(shout, "127.0.0.1", 0, subprotocols=["realtime"])
        runner.stack.push_async_callback(server.wait_closed)
        runner.stack.callback(server.close)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    return start


async def test_websocket_library_talks_through_the_relay(
    start_relay, start_shouting, fast
):
    relay = await start_relay(await start_shouting(), fast=fast)
    url = "ws://{}:{}/up/v1/realtime?model=m".format(*relay.address)
    async with connect(
        url, subprotocols=["realtime"], compression=None, proxy=None
    ) as websocket:
        assert websocket.subprotocol == "realtime"
        for size in (1, 100, 70_000, 900_000):
            await websocket.send("a" * size)
            assert await websocket.recv() == "A" * size
        await asyncio.gather(websocket.ping(), websocket.send("é"))
        assert await websocket.recv() == "É"
        recording = relay.worker.in_flight
        assert recording == 1
    assert await relay.outcome() == "complete"
    recording = relay.recordings[0]
    assert (recording.status, recording.method) == (101, "GET")
    assert recording.request_body.slices == []  # sizes and times only
    assert recording.request_body.total > 970_000
    await eventually(lambda: not relay.open_upstreams)


async def test_head_of_the_upgrade_is_complete_on_both_sides(
    start_relay, start_upstream
):
    got = []

    async def script(peer):
        got.append(await peer.head())
        peer.send(SWITCH)
        peer.send(await peer.exactly(4))

    relay = await start_relay(await start_upstream(script))
    client = await relay.client(UPGRADE)
    head = await client.head()
    assert status(head) == 101
    assert field(head, b"connection") == b"upgrade"
    assert field(head, b"upgrade") == b"websocket"
    assert values(head, b"sec-websocket-accept") == [b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="]
    assert field(got[0], b"connection") == b"upgrade"
    assert field(got[0], b"upgrade") == b"websocket"
    assert values(got[0], b"sec-websocket-version") == [b"13"]
    client.send(b"ping")
    assert await client.exactly(4) == b"ping"


async def test_bytes_right_behind_the_heads_reach_the_tunnel(
    start_relay, start_upstream, fast
):
    async def script(peer):
        await peer.head()
        await asyncio.sleep(0.02)  # the client's first bytes arrive before the answer
        peer.send(SWITCH + b"early")
        peer.send(await peer.exactly(9))

    relay = await start_relay(await start_upstream(script), fast=fast)
    client = await relay.client(UPGRADE + b"soon")
    client.send(b"later")
    await client.head()
    assert await client.exactly(14) == b"earlysoonlater"


@pytest.mark.parametrize(
    "extra", [b"", b"early"], ids=["no early bytes", "early bytes"]
)
async def test_refused_upgrade_is_an_ordinary_answer(
    start_relay, start_upstream, extra
):
    refused = b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 3\r\n\r\nno!"
    relay = await start_relay(await start_upstream(answering(refused, OK)))
    client = await relay.client(UPGRADE + extra)
    head, body = await client.response()
    assert (status(head), body) == (426, b"no!")
    if extra:
        assert field(head, b"connection") == b"close"
        assert await client.rest() == b""
    else:
        client.send(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await client.response() == (OK[:-2], b"ok")
    assert (await relay.recorded()).outcome == "complete"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\nxx",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n\r\nxx",
    ],
)
async def test_half_an_answer_to_an_upgrade_is_502_protocol(
    start_relay, start_upstream, answer
):
    relay = await start_relay(await start_upstream(answer))
    client = await relay.client(UPGRADE)
    head = await client.head()
    assert (status(head), field(head, b"x-seatrial-error")) == (502, b"protocol")


@pytest.mark.parametrize("who", ["client", "upstream"])
@pytest.mark.parametrize("how", ["close", "reset"])
async def test_an_end_of_either_side_ends_the_tunnel(
    start_relay, start_upstream, fast, who, how
):
    async def script(peer):
        await peer.head()
        peer.send(SWITCH)

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, fast=fast)
    client = await relay.client(UPGRADE)
    await client.head()
    sides = {"client": client, "upstream": upstream.peers[0]}
    ending, other = sides.pop(who), sides.popitem()[1]
    getattr(ending, how)()
    await other.ended()
    assert await relay.outcome() == "complete"


async def test_last_bytes_before_the_client_leaves_arrive(
    start_relay, start_upstream, fast
):
    """What was sent before the end of a tunnel is not dropped with it."""

    async def script(peer):
        await peer.head()
        peer.transport.pause_reading()
        peer.send(SWITCH)

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, fast=fast)
    client = await relay.client(UPGRADE)
    await client.head()
    (connection,) = relay.pool.open
    sent = 0
    while not connection.transport.get_write_buffer_size():
        client.send(bytes(10_000))
        sent += 10_000
        await asyncio.sleep(0)
    client.close()
    await relay.recorded()
    peer = upstream.peers[0]
    peer.transport.resume_reading()
    await peer.ended()
    assert len(peer.received) == sent
    assert peer.end == "fin"


async def test_tunnel_whose_upstream_stopped_reading_is_not_kept_for_ever(
    start_relay, start_upstream, monkeypatch
):
    """T25: what cannot be delivered within the linger time is dropped."""

    async def script(peer):
        await peer.head()
        peer.transport.pause_reading()
        peer.send(SWITCH)

    relay = await start_relay(await start_upstream(script))
    client = await relay.client(UPGRADE)
    await client.head()
    (connection,) = relay.pool.open
    while not connection.transport.get_write_buffer_size():
        client.send(bytes(10_000))
        await asyncio.sleep(0)
    client.close()
    await relay.recorded()
    assert relay.open_upstreams == 1
    relay.worker.sweep(connection.expires + 1)
    await eventually(lambda: not relay.open_upstreams)


async def test_silent_tunnel_ends_at_the_idle_time_out(start_relay, start_upstream):
    async def script(peer):
        await peer.head()
        peer.send(SWITCH)

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, route={"timeouts": {"idle": "300ms"}})
    client = await relay.client(UPGRADE)
    await client.head()
    for _ in range(4):  # any byte of either side is life
        await asyncio.sleep(0.15)
        client.send(b".")
    assert client.end is None
    await client.ended()
    await upstream.peers[0].ended()


async def test_tunnel_holds_back_a_side_that_is_too_fast(start_relay, start_upstream):
    """T15: nothing is lost, memory stays bounded."""
    size = 30_000_000

    async def script(peer):
        await peer.head()
        peer.send(SWITCH)
        await peer.pour(bytes(size))

    relay = await start_relay(await start_upstream(script))
    client = await relay.client(UPGRADE)
    await client.head()
    client.transport.pause_reading()
    await eventually(lambda: any(not c.writable for c in relay.worker.clients))
    (inside,) = relay.worker.clients
    assert inside.transport.get_write_buffer_size() < 1_000_000
    client.transport.resume_reading()
    await eventually(lambda: len(client.received) == size)


async def test_websocket_server_that_dies_is_felt(start_relay, start_shouting):
    relay = await start_relay(await start_shouting())
    url = "ws://{}:{}/up".format(*relay.address)
    async with connect(url, subprotocols=["realtime"], proxy=None) as websocket:
        await websocket.send("x")
        await websocket.recv()
        (connection,) = relay.pool.open
        connection.transport.abort()
        with contextlib.suppress(websockets.ConnectionClosed):
            await websocket.recv()
        assert websocket.close_code == 1006
