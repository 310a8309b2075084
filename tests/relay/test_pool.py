"""Idle connections are kept while they are surely good, and made anew when not."""

import asyncio

import pytest

from tests.relay.wire import OK, answering, echo, eventually, silent, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"
SECOND = 1_000_000_000


async def idle_after(relay, answer_head=b""):
    await relay.ask(GET)
    return relay.pool.idle


def kept_for(relay):
    """Seconds from now that the only idle connection is kept."""
    pool = relay.pool
    (connection,) = pool.idle
    return (connection.expires - relay.recordings[-1].marks.end) / SECOND


async def test_connection_is_kept_for_the_settings_time(start_relay, start_upstream):
    relay = await start_relay(await start_upstream(OK), relay={"pool": {"idle": "20s"}})
    await relay.ask(GET)
    assert kept_for(relay) == pytest.approx(20, abs=0.5)


@pytest.mark.parametrize(
    ("promise", "seconds"),
    [
        pytest.param(b"timeout=12", 8, id="4 s before the upstream closes"),
        pytest.param(b"timeout=12, max=100", 8, id="with max"),
        pytest.param(b"timeout=600", 30, id="never longer than the settings say"),
        pytest.param(b"nonsense", 30, id="nonsense"),
    ],
)
async def test_upstreams_own_keep_alive_is_heeded(
    start_relay, start_upstream, promise, seconds
):
    """T17: a request sent in the moment it closes would be lost."""
    upstream = await start_upstream(
        b"HTTP/1.1 200 OK\r\nKeep-Alive: %b\r\nContent-Length: 0\r\n\r\n" % promise
    )
    relay = await start_relay(upstream)
    await relay.ask(GET)
    assert kept_for(relay) == pytest.approx(seconds, abs=0.5)


async def test_connection_promised_for_a_moment_is_not_kept(
    start_relay, start_upstream
):
    upstream = await start_upstream(
        b"HTTP/1.1 200 OK\r\nKeep-Alive: timeout=3\r\nContent-Length: 0\r\n\r\n"
    )
    relay = await start_relay(upstream)
    await relay.ask(GET)
    await eventually(lambda: not upstream.open_peers)
    assert not relay.pool.idle


async def test_idle_connection_is_closed_in_time_and_the_next_request_works(
    start_relay, start_upstream, fast
):
    """T17: idle for longer than the pool keeps, then asked again."""
    upstream = await start_upstream(OK)
    relay = await start_relay(upstream, fast=fast, relay={"pool": {"idle": "200ms"}})
    await relay.ask(GET)
    await eventually(lambda: not upstream.open_peers)
    assert status((await relay.ask(GET))[0]) == 200
    assert len(upstream.peers) == 2


async def test_expired_connection_is_not_used_even_before_the_sweep(
    start_relay, start_upstream
):
    upstream = await start_upstream(OK)
    relay = await start_relay(upstream)
    (connection,) = await idle_after(relay)
    connection.expires = 1
    assert status((await relay.ask(GET))[0]) == 200
    assert len(upstream.peers) == 2
    await eventually(lambda: len(upstream.open_peers) == 1)


async def test_connection_is_replaced_at_its_age(start_relay, start_upstream):
    """T17: so that a changed name or a drained backend is felt under steady traffic."""
    upstream = await start_upstream(answering(OK))
    relay = await start_relay(upstream, relay={"pool": {"age": "300ms"}})
    client = await relay.client()
    for _ in range(10):
        client.send(GET)
        await client.response()
        await asyncio.sleep(0.05)
    assert 2 <= len(upstream.peers) <= 4
    assert {r.status for r in relay.recordings} == {200}


async def test_no_more_than_size_are_kept(start_relay, start_upstream):
    """T25."""
    go = asyncio.Event()

    async def script(peer):
        await peer.request()
        await go.wait()
        peer.send(OK)

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, relay={"pool": {"size": 3}})
    clients = [await relay.client(GET) for _ in range(10)]
    await eventually(lambda: len(upstream.peers) == 10)
    go.set()
    await asyncio.gather(*(client.response() for client in clients))
    assert len(relay.pool.idle) == 3
    await eventually(lambda: len(upstream.open_peers) == 3)


async def test_the_warmest_connection_is_used_first(start_relay, start_upstream):
    async def script(peer):
        while True:
            await peer.request()
            await go.acquire()
            peer.send(OK)

    go = asyncio.Semaphore(0)
    upstream = await start_upstream(script)
    relay = await start_relay(upstream)
    clients = [await relay.client(GET) for _ in range(2)]
    await eventually(lambda: len(upstream.peers) == 2)
    for _client in clients:
        go.release()
    await asyncio.gather(*(client.response() for client in clients))
    warmest = relay.pool.idle[-1]
    go.release()
    await relay.ask(GET)
    assert warmest.served == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
    ],
    ids=["Connection: close", "HTTP/1.0"],
)
async def test_answer_that_ends_its_connection_is_heeded(
    start_relay, start_upstream, answer
):
    upstream = await start_upstream(answer)
    relay = await start_relay(upstream)
    for _ in range(2):
        head, body = await relay.ask(GET)
        assert (status(head), body) == (200, b"ok")
    assert len(upstream.peers) == 2


async def test_pools_of_two_routes_do_not_mix(start_relay, start_upstream):
    relay = await start_relay(await start_upstream(echo))
    second = await start_upstream(OK)
    settings = relay.worker.settings
    other = settings.routes[0].model_copy(
        update={"name": "two", "prefix": "/two", "upstream": second.url}
    )
    relay.worker.apply(
        settings.model_copy(update={"routes": (*settings.routes, other)})
    )
    for _ in range(3):
        assert (await relay.ask(GET.replace(b"/up", b"/two")))[1] == b"ok"
        assert (await relay.ask(GET))[1].startswith(b"GET / ")
    assert len(second.peers) == 1


async def test_a_thousand_requests_at_once_each_get_their_own_answer(
    start_relay, start_upstream, fast
):
    relay = await start_relay(await start_upstream(echo), fast=fast)

    async def ask(number):
        client = await relay.client()
        for turn in range(5):
            target = b"/up/%d-%d" % (number, turn)
            client.send(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
            _, body = await client.response()
            assert body.startswith(b"GET %b " % target.removeprefix(b"/up"))
        client.close()

    await asyncio.gather(*(ask(number) for number in range(200)))
    assert len(relay.recordings) == 1000
    assert {r.outcome for r in relay.recordings} == {"complete"}


async def test_pool_that_is_closed_leaves_no_task(start_relay, start_upstream):
    """T6."""
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream.url.replace("http:", "https:"))
    before = len(asyncio.all_tasks())
    client = await relay.client(GET)
    await upstream.peer()
    client.close()
    await relay.recorded()
    await relay.pool.close()
    await eventually(lambda: len(asyncio.all_tasks()) <= before)


async def test_connection_with_an_upload_still_to_be_written_serves_no_other(
    start_relay, start_upstream, fast
):
    """T15 T27: behind a body that the upstream does not take, the next upload would wait
    in memory, all of it."""
    answer = asyncio.Event()

    async def script(peer):
        await peer.head()
        peer.transport.pause_reading()
        await answer.wait()
        peer.send(OK)

    def chunk(size: int) -> bytes:
        return b"%x\r\n%b\r\n" % (size, bytes(size))

    relay = await start_relay(await start_upstream(script), fast=fast)
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    await eventually(lambda: relay.open_upstreams)
    (upstream,) = relay.pool.open
    while not upstream.transport.get_write_buffer_size():
        client.send(chunk(16_000))
        await asyncio.sleep(0.001)
    client.send(chunk(100_000) + b"0\r\n\r\n")
    await eventually(lambda: not upstream.writable)
    answer.set()
    assert (await client.response())[1] == b"ok"
    assert not relay.pool.idle
