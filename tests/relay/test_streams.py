"""Streams pass event by event, as fast as the slower side reads, with bounded memory."""

import asyncio
import gzip
import itertools
import resource
import time
import zlib

import pytest

from tests.relay.wire import OK, eventually, field, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"
SSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def chunk(data):
    return b"%x\r\n%b\r\n" % (len(data), data)


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_an_event_arrives_before_the_next_is_sent(
    start_relay, start_upstream, certificates, fast, tls, version
):
    """T10 T11: nothing waits for more, and each slice leaves as it came."""
    heard = asyncio.Semaphore(0)

    async def script(peer):
        await peer.request()
        peer.send(SSE)
        for number in range(30):
            await heard.acquire()
            peer.send(chunk(b"data: %d\n\n" % number))
        await heard.acquire()
        peer.send(b"0\r\n\r\n")

    upstream = await start_upstream(script, tls=certificates.server() if tls else None)
    relay = await start_relay(
        upstream,
        fast=fast,
        tls=certificates.server() if tls else None,
        route={"tls": {"ca": certificates.path("ca.pem")}},
    )
    client = await relay.client(
        GET.replace(b"1.1", version), tls=certificates.client() if tls else None
    )
    await client.head()
    for number in range(30):
        heard.release()
        event = b"data: %d\n\n" % number
        if version == b"1.1":
            event = chunk(event)
        assert await client.exactly(len(event)) == event
    heard.release()
    assert await relay.outcome() == "complete"
    assert len(relay.recordings[0].response_reads) == 2 * 30


async def test_an_upload_arrives_slice_by_slice(start_relay, start_upstream, fast):
    """T11 T15: a request is not gathered before it is sent on."""

    async def script(peer):
        await peer.head()
        for number in range(20):
            assert await peer.exactly(9) == b"part %03d\n" % number
            heard.release()
        peer.send(OK)

    heard = asyncio.Semaphore(0)
    relay = await start_relay(await start_upstream(script), fast=fast)
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 180\r\n\r\n"
    )
    for number in range(20):
        client.send(b"part %03d\n" % number)
        await heard.acquire()
    assert status(await client.head()) == 200


async def test_times_between_events_are_kept(start_relay, start_upstream, fast):
    """T11: paced 10 ms apart, they arrive 10 ms apart, not in bursts."""
    sent, got = [], []

    async def script(peer):
        await peer.request()
        peer.send(SSE)
        for _ in range(30):
            await asyncio.sleep(0.01)
            sent.append(time.monotonic())
            peer.send(chunk(b"data: x\n\n"))
        peer.send(b"0\r\n\r\n")

    relay = await start_relay(await start_upstream(script), fast=fast)
    client = await relay.client(GET)
    await client.head()
    for _ in range(30):
        await client.exactly(len(chunk(b"data: x\n\n")))
        got.append(time.monotonic())
    delays = sorted(b - a for a, b in zip(sent, got, strict=True))
    assert delays[15] < 0.005
    marks = (await relay.recorded()).response_reads[0::2]
    gaps = sorted(b - a for a, b in itertools.pairwise(marks))
    assert gaps[14] > 5_000_000


async def test_gzip_events_pass_untouched(start_relay, start_upstream):
    """T13: flushed per event, neither decoded nor encoded again."""
    squeeze = zlib.compressobj(wbits=31)
    pieces = [
        squeeze.compress(b"data: %d\n\n" % number) + squeeze.flush(zlib.Z_SYNC_FLUSH)
        for number in range(50)
    ] + [squeeze.flush()]

    async def script(peer):
        await peer.request()
        peer.send(SSE.replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n"))
        for piece in pieces:
            peer.send(chunk(piece))
            await asyncio.sleep(0)
        peer.send(b"0\r\n\r\n")

    relay = await start_relay(await start_upstream(script))
    client = await relay.client(GET)
    head, body = await client.response()
    assert field(head, b"content-encoding") == b"gzip"
    assert body == b"".join(pieces)
    assert gzip.decompress(body).endswith(b"data: 49\n\n")
    recorded = (await relay.recorded()).response_body
    assert b"".join(recorded.slices) == body


async def test_gzip_request_and_stale_looking_headers_pass(start_relay, start_upstream):
    """T13: a compressed upload keeps its length and its encoding."""
    body = gzip.compress(b'{"model":"m"}')

    async def script(peer):
        head, received = await peer.request()
        assert field(head, b"content-encoding") == b"gzip"
        assert received == body
        peer.send(OK)

    relay = await start_relay(await start_upstream(script))
    head, _ = await relay.ask(
        b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: %d\r\n\r\n" % len(body) + body
    )
    assert status(head) == 200


@pytest.mark.parametrize("framing", ["length", "chunked"])
async def test_20_mb_upload_streams_through_with_bounded_memory(
    start_relay, start_upstream, fast, framing
):
    """T15 T26 T27."""
    size, piece = 20_000_000, 100_000
    deepest = 0

    async def script(peer):
        nonlocal deepest
        await peer.head()
        got = 0
        while got < size:
            await peer.until(lambda: peer.received, "more")
            for connection in relay.pool.open:
                waiting = connection.transport.get_write_buffer_size()
                deepest = max(deepest, waiting)
            if framing == "chunked":
                length = int(await peer.line(), 16)
                got += len(await peer.exactly(length))
                await peer.exactly(2)
            else:
                got += len(peer.take(len(peer.received)))
        if framing == "chunked":
            assert await peer.line() == b"0\r\n"
            assert await peer.line() == b"\r\n"
        peer.send(OK)

    relay = await start_relay(await start_upstream(script), fast=fast)
    chunked = framing == "chunked"
    header = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % size
    client = await relay.client(b"POST /up HTTP/1.1\r\nHost: h\r\n%b\r\n\r\n" % header)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    data = chunk(bytes(piece)) if chunked else bytes(piece)
    for _ in range(size // piece):
        await client.pour(data)
    if chunked:
        client.send(b"0\r\n\r\n")
    head, _ = await client.response()
    assert status(head) == 200
    assert deepest < 1_000_000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 40_000  # KiB; sender and receiver are in this process too
    recording = await relay.recorded()
    assert recording.request_body.total == size
    assert recording.request_body.truncated


async def test_slow_client_holds_the_upstream_back(start_relay, start_upstream, fast):
    """T15: what the client does not read is not taken from the upstream; nothing is lost."""
    data = bytes(range(256)) * 200_000

    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(data))
        await peer.pour(data)

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, fast=fast)
    client = await relay.client()
    client.transport.pause_reading()
    client.send(GET)
    await eventually(lambda: any(not c.writable for c in relay.worker.clients))
    (inside,) = relay.worker.clients
    peer = upstream.peers[0]
    poured = -1
    while poured != peer.poured:
        poured = peer.poured
        await asyncio.sleep(0.1)
    assert poured < len(data) / 2  # the kernels' buffers, and no more
    assert inside.transport.get_write_buffer_size() < 1_000_000
    client.transport.resume_reading()
    await client.head()
    same = await client.exactly(len(data)) == data
    assert same
    assert await relay.outcome() == "complete"


async def test_slow_upstream_holds_the_client_back(start_relay, start_upstream, fast):
    """T15: the other way round."""
    data = bytes(range(256)) * 200_000

    async def script(peer):
        head = await peer.head()
        peer.transport.pause_reading()
        await go.wait()
        peer.transport.resume_reading()
        same = await peer.body(head) == data
        assert same
        peer.send(OK)

    go = asyncio.Event()
    relay = await start_relay(await start_upstream(script), fast=fast)
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(data)
    )
    pouring = asyncio.get_running_loop().create_task(client.pour(data))
    pool = relay.pool
    await eventually(lambda: any(not c.writable for c in pool.open))
    (connection,) = pool.open
    assert connection.transport.get_write_buffer_size() < 1_000_000
    go.set()
    await pouring
    assert status(await client.head()) == 200


async def test_upload_waits_at_the_client_while_connecting(start_relay, start_upstream):
    """T27: what is read before there is an upstream has a bound."""
    asyncio.get_running_loop().names["slow.test"] = known = asyncio.Event()
    data = bytes(3_000_000)

    async def script(peer):
        _, body = await peer.request()
        same = body == data
        assert same
        peer.send(OK)

    upstream = await start_upstream(script)
    relay = await start_relay(f"http://slow.test:{upstream.port}")
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\n\r\n" % len(data)
    )
    pouring = asyncio.get_running_loop().create_task(client.pour(data))
    await eventually(lambda: any(not c.reading for c in relay.worker.clients))
    (inside,) = relay.worker.clients
    assert inside.exchange.request.body.total < 1_000_000
    asyncio.get_running_loop().names["slow.test"] = ["127.0.0.1"]
    known.set()
    await pouring
    assert status(await client.head()) == 200


async def test_comments_count_as_life(start_relay, start_upstream):
    """T16: a thinking model that only sends keep-alive comments is not cut."""

    async def script(peer):
        await peer.request()
        peer.send(SSE)
        for _ in range(10):
            await asyncio.sleep(0.1)
            peer.send(chunk(b": keep-alive\n\n"))
        peer.send(chunk(b"data: done\n\n") + b"0\r\n\r\n")

    relay = await start_relay(
        await start_upstream(script), route={"timeouts": {"idle": "400ms"}}
    )
    client = await relay.client(GET)
    _, body = await client.response()
    assert body.endswith(b"data: done\n\n")
    assert await relay.outcome() == "complete"


async def test_silence_between_events_ends_at_the_idle_time_out(
    start_relay, start_upstream
):
    """T16: and one that sends nothing any more is."""

    async def script(peer):
        await peer.request()
        peer.send(SSE + chunk(b"data: 1\n\n"))

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, route={"timeouts": {"idle": "300ms"}})
    client = await relay.client(GET)
    await client.rest()
    await upstream.peers[0].ended()
    assert await relay.outcome() == "upstream_cut"
    assert relay.recordings[0].peer_error == "idle timeout"


async def test_a_long_wait_for_the_first_byte_has_its_own_limit(
    start_relay, start_upstream
):
    """T16: generous for thinking models, while the idle limit is short."""

    async def script(peer):
        await peer.request()
        await asyncio.sleep(0.8)
        peer.send(OK)

    relay = await start_relay(
        await start_upstream(script),
        route={"timeouts": {"idle": "200ms", "first_byte": "5s"}},
    )
    assert status((await relay.ask(GET))[0]) == 200


async def test_a_client_that_stops_reading_ends_at_the_idle_time_out(
    start_relay, start_upstream
):
    """T16 T4: its stall is bounded and not the upstream's error."""

    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        await peer.pour(bytes(100_000_000))

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, route={"timeouts": {"idle": "300ms"}})
    client = await relay.client()
    client.transport.pause_reading()
    client.send(GET)
    await (await upstream.peer()).ended()
    assert await relay.outcome() == "client_gone"


async def test_bytes_reach_the_client_before_they_are_recorded(
    start_relay, start_upstream
):
    """T22 T46: measuring comes after forwarding."""
    order = []
    relay = await start_relay(await start_upstream(OK))
    record = relay.worker.recorder.record

    def noted(exchange, outcome):
        order.append(("recorded", bytes(exchange.client.transport.written)))
        record(exchange, outcome)

    class Written:
        def __init__(self, transport):
            self.transport = transport
            self.written = bytearray()

        def write(self, data):
            self.written += data
            self.transport.write(data)

        def __getattr__(self, name):
            return getattr(self.transport, name)

    client = await relay.client()
    await eventually(lambda: relay.worker.clients)
    (inside,) = relay.worker.clients
    inside.transport = Written(inside.transport)
    relay.worker.recorder.record = noted
    client.send(GET)
    await relay.recorded()
    assert order == [("recorded", OK)]
