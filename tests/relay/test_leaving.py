"""A client that leaves is felt by the upstream at once: it must not go on generating."""

import asyncio
import gc
import time

import pytest

from proxy.relay.capture import Capture
from proxy.relay.client import ClientConnection
from proxy.relay.exchange import Exchange
from proxy.relay.upstream import UpstreamConnection
from tests.relay.wire import OK, eventually, silent

HEAD = b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n"
AT_ONCE = 0.1


async def waiting(peer):
    await peer.request()


async def streaming(peer):
    head, _ = await peer.request()
    if b"unasked" in head:
        peer.send(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n")
        return
    peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while peer.end is None:
        peer.send(b"5\r\nhello\r\n")
        await asyncio.sleep(0.01)


async def half_answered(peer):
    await peer.request()
    peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello")


async def hinted(peer):
    await peer.request()
    peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")


MOMENTS = [
    pytest.param(HEAD % 3 + b"abc", waiting, 0, id="waiting for the first byte"),
    pytest.param(HEAD % 3 + b"abc", hinted, 28, id="after an interim answer"),
    pytest.param(HEAD % 3 + b"abc", streaming, 80, id="mid-stream"),
    pytest.param(HEAD % 3 + b"abc", half_answered, 40, id="mid-answer"),
    pytest.param(HEAD % 1000 + b"abc", waiting, 0, id="mid-upload"),
    pytest.param(
        HEAD.replace(b"Content-Length: %d", b"Transfer-Encoding: chunked")
        + b"3\r\nabc\r\n",
        waiting,
        0,
        id="mid-upload in chunks",
    ),
]


@pytest.mark.parametrize("how", ["close", "reset", "fin"])
@pytest.mark.parametrize(("data", "script", "heard"), MOMENTS)
async def test_client_leaving_reaches_the_upstream_within_100_ms(
    start_relay, start_upstream, fast, how, data, script, heard
):
    """T1 T2 T4: at every moment, by FIN or RST; an outcome of its own, not an error."""
    upstream = await start_upstream(script)
    relay = await start_relay(upstream, fast=fast)
    client = await relay.client(data)
    peer = await upstream.peer()
    await eventually(lambda: peer.total >= len(HEAD) - 4)
    await client.until(lambda: client.total >= heard, f"{heard} bytes")
    left = time.monotonic()
    getattr(client, how)()
    await peer.ended()
    assert peer.ended_at - left < AT_ONCE
    assert await relay.outcome() == "client_gone"


@pytest.mark.parametrize("how", ["close", "reset", "fin_without_close_notify"])
@pytest.mark.parametrize(("data", "script", "heard"), MOMENTS[2:5:2])
async def test_client_leaving_over_tls_reaches_the_upstream_within_100_ms(
    start_relay, start_upstream, certificates, fast, how, data, script, heard
):
    """T1: TLS on both sides."""
    upstream = await start_upstream(script, tls=certificates.server())
    relay = await start_relay(
        upstream,
        fast=fast,
        tls=certificates.server(),
        route={"tls": {"ca": certificates.path("ca.pem")}},
    )
    client = await relay.client(data, tls=certificates.client())
    peer = await upstream.peer()
    await eventually(lambda: peer.total >= len(HEAD) - 4)
    await client.until(lambda: client.total >= heard, f"{heard} bytes")
    left = time.monotonic()
    getattr(client, how)()
    await peer.ended()
    assert peer.ended_at - left < AT_ONCE
    assert await relay.outcome() == "client_gone"


async def test_leaving_amid_the_head_leaves_nothing(start_relay, start_upstream, fast):
    """T1 before the head is complete: nobody was asked anything."""
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream, fast=fast)
    client = await relay.client(b"POST /up HTTP/1.1\r\nHo")
    await eventually(lambda: relay.worker.clients)
    client.close()
    await eventually(lambda: not relay.worker.clients)
    assert not upstream.peers
    assert not relay.recordings


async def test_leaving_while_connecting_is_client_gone(
    start_relay, start_upstream, certificates, fast
):
    """T1: the connection that was being made is not used for this request any more."""
    upstream = await start_upstream(silent)  # accepts, and never speaks TLS
    relay = await start_relay(
        upstream.url.replace("http:", "https:"),
        fast=fast,
        route={
            "tls": {"ca": certificates.path("ca.pem")},
            "timeouts": {"connect": "500ms"},
        },
    )
    client = await relay.client(HEAD % 3 + b"abc")
    peer = await upstream.peer()
    client.close()
    assert await relay.outcome() == "client_gone"
    assert relay.recordings[0].attempts == 0
    await peer.ended()


async def test_connection_made_for_a_client_that_left_serves_the_next(
    start_relay, start_upstream, runner
):
    upstream = await start_upstream(OK)
    loop = asyncio.get_running_loop()
    resolved = asyncio.Event()
    relay = await start_relay(f"http://slow.test:{upstream.port}")
    loop.names["slow.test"] = resolved
    client = await relay.client(HEAD % 3 + b"abc")
    await eventually(lambda: relay.worker.in_flight)
    client.close()
    await relay.recorded()
    loop.names["slow.test"] = ["127.0.0.1"]
    resolved.set()
    await upstream.peer()
    await eventually(lambda: relay.pool.idle)
    await relay.ask(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    assert len(upstream.peers) == 1


async def stuffed(relay, upstream):
    """A client whose upload is held by an upstream that does not read."""
    client = await relay.client(HEAD % 200_000_000)
    peer = await upstream.peer()
    await peer.head()
    peer.transport.pause_reading()
    while True:
        await eventually(
            lambda: client.transport.get_write_buffer_size() < 1_000_000 or held(relay)
        )
        if held(relay):
            return client, peer
        client.send(bytes(1_000_000))


def held(relay):
    return any(not c.reading for c in relay.worker.clients)


async def test_reset_is_found_while_reading_is_paused(
    start_relay, start_upstream, fast
):
    """T1: back-pressure has stopped the reading; the sweep asks the kernel."""
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream, fast=fast)
    client, peer = await stuffed(relay, upstream)
    left = time.monotonic()
    client.reset()
    recording = await relay.recorded()
    assert recording.outcome == "client_gone"
    peer.transport.resume_reading()
    await peer.ended()
    assert peer.ended_at - left < 1.0
    assert relay.worker.in_flight == 0


async def test_orderly_leaving_is_felt_once_the_upstream_reads_on(
    start_relay, start_upstream, fast
):
    """T1: a FIN stands behind the bytes that wait."""
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream, fast=fast)
    client, peer = await stuffed(relay, upstream)
    client.close()
    peer.transport.resume_reading()
    await peer.ended()
    assert await relay.outcome() == "client_gone"


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_leaving_of_a_client_that_does_not_read_is_felt(
    start_relay, start_upstream, fast, how
):
    """T1: the response waits in the relay; what is read from the client goes on."""

    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        await peer.pour(bytes(100_000_000))

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, fast=fast)
    client = await relay.client()
    client.transport.pause_reading()
    client.send(HEAD % 0)
    peer = await upstream.peer()
    await eventually(lambda: any(not c.writable for c in relay.worker.clients))
    left = time.monotonic()
    getattr(client, how)()
    await peer.ended()
    assert peer.ended_at - left < 1.0
    assert await relay.outcome() == "client_gone"


async def test_a_thousand_aborted_streams_leave_nothing(
    start_relay, start_upstream, fast
):
    """T3 T6: tasks, connections, in-flight and capture memory return to where they were."""
    upstream = await start_upstream(streaming)
    relay = await start_relay(upstream, fast=fast)
    before = len(asyncio.all_tasks())
    for _ in range(10):
        clients = [await relay.client(HEAD % 3 + b"abc") for _ in range(100)]
        for number, client in enumerate(clients):
            if number % 2:
                await client.until(
                    lambda c=client: c.total > 60, "the stream's beginning"
                )
        for number, client in enumerate(clients):
            (client.reset if number % 3 else client.close)()
        await eventually(lambda: relay.worker.in_flight == 0)
    assert {r.outcome for r in relay.recordings} <= {"client_gone"}
    await eventually(lambda: not upstream.open_peers)
    await eventually(lambda: not relay.worker.clients)
    await eventually(lambda: not relay.open_upstreams)
    await eventually(lambda: all(p.scripted.done() for p in upstream.peers))
    assert len(asyncio.all_tasks()) == before
    assert relay.worker.capture.free == relay.worker.capture.memory
    assert len(relay.recordings) == 1000


def kept_alive():
    kinds = (Exchange, ClientConnection, UpstreamConnection, Capture)
    return [kept for kept in gc.get_objects() if isinstance(kept, kinds)]


async def test_nothing_is_left_to_the_garbage_collector(
    start_relay, start_upstream, fast
):
    """T25: what has ended is freed at once; the process runs with a frozen heap."""
    upstream = await start_upstream(streaming)
    relay = await start_relay(upstream, fast=fast)
    alone = await start_relay("http://nowhere.test", fast=fast)
    asyncio.get_running_loop().names["nowhere.test"] = OSError("unreachable")
    gc.collect()
    gc.disable()
    try:
        for _ in range(20):
            client = await relay.client(HEAD % 3 + b"abc")
            await client.until(lambda c=client: c.total > 60, "the stream's beginning")
            client.close()
            refused = await relay.client(b"nonsense\r\n\r\n")
            await refused.rest()
            refused.close()
            await relay.ask(b"GET /none HTTP/1.1\r\nHost: h\r\n\r\n")
            await relay.ask(b"GET /up/unasked HTTP/1.1\r\nHost: h\r\n\r\n")
            await alone.ask(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
        for each in (relay, alone):
            await eventually(lambda r=each: not r.worker.clients)
            await eventually(lambda r=each: not r.open_upstreams)
        await eventually(lambda: not kept_alive(), "everything freed")
    finally:
        gc.enable()


async def test_what_passed_before_the_client_left_is_recorded(
    start_relay, start_upstream
):
    """T5: the part of the answer that was generated is there to be counted."""
    relay = await start_relay(await start_upstream(streaming))
    client = await relay.client(HEAD % 3 + b"abc")
    await client.until(lambda: client.received.count(b"hello") >= 5, "five events")
    client.close()
    recording = await relay.recorded()
    assert recording.outcome == "client_gone"
    assert recording.request_body.slices == [b"abc"]
    assert b"".join(recording.response_body.slices).startswith(b"hello" * 5)
    assert recording.response_body.total == sum(recording.response_reads[1::2]) >= 25
