"""Every limit and time-out ends what it bounds, names itself and counts as it should."""

import asyncio

import pytest

from tests.relay.wire import OK, answering, echo, eventually, field, silent, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"


async def refused(relay, client):
    head, _ = await client.response()
    assert await client.ended() == "fin"
    recording = await relay.recorded()
    return status(head), field(head, b"x-seatrial-error").decode(), recording.outcome


@pytest.mark.parametrize(
    "head",
    [
        b"GET /up HTTP/1.1\r\nHost: h\r\nX-Long: " + b"x" * 5000 + b"\r\n\r\n",
        b"GET /up HTTP/1.1\r\nHost: h\r\nX-Long: " + b"x" * 5000,
        b"GET /up/" + b"x" * 5000 + b" HTTP/1.1\r\nHost: h\r\n\r\n",
        b"GET /up HTTP/1.1\r\nHost: h\r\n" + b"X-A: 1\r\n" * 600 + b"\r\n",
    ],
    ids=["long value", "unfinished", "long target", "many headers"],
)
@pytest.mark.parametrize("torn", [False, True])
async def test_long_head_is_431(start_relay, start_upstream, head, torn):
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream, relay={"head_limit": "4KiB"})
    client = await relay.client()
    size = 500 if torn else len(head)
    for start in range(0, len(head), size):
        client.send(head[start : start + size])
        await asyncio.sleep(0)
    assert await refused(relay, client) == (431, "limit", "refused")
    assert not upstream.peers


async def test_head_within_the_limit_passes_with_a_body_beyond_it(
    start_relay, start_upstream
):
    """T15: the limit is on the head, not on what follows it in the same read."""
    relay = await start_relay(await start_upstream(echo), relay={"head_limit": "1KiB"})
    request = b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 30000\r\n\r\n"
    head, body = await relay.ask(request + bytes(30_000))
    assert status(head) == 200
    assert body.endswith(bytes(30_000))


async def test_endless_trailers_are_refused(start_relay, start_upstream):
    """T27: trailers are a head too, and would be held in memory."""
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream, relay={"head_limit": "4KiB"})
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\n"
    )
    for number in range(100):
        client.send(b"X-%d: %b\r\n" % (number, b"y" * 100))
        await asyncio.sleep(0)
        if client.end:
            break
    assert await refused(relay, client) == (431, "limit", "refused")


async def test_endless_trailer_line_is_refused(start_relay, start_upstream):
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream, relay={"head_limit": "4KiB"})
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\nX: "
    )
    for _ in range(100):
        client.send(b"y" * 100)
        await asyncio.sleep(0)
        if client.end:
            break
    assert await refused(relay, client) == (431, "limit", "refused")


async def test_endless_answer_head_is_502_protocol(start_relay, start_upstream):
    """T27: an upstream cannot fill the relay's memory either."""

    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\n")
        for number in range(10_000):
            peer.send(b"X-%d: %b\r\n" % (number, b"y" * 1000))
            await asyncio.sleep(0)
            if peer.end:
                break

    upstream = await start_upstream(script)
    relay = await start_relay(upstream)
    client = await relay.client(GET)
    assert await refused(relay, client) == (502, "protocol", "upstream_error")


async def test_endless_answer_trailers_break_the_answer(start_relay, start_upstream):
    async def script(peer):
        await peer.request()
        peer.send(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n"
        )
        for number in range(10_000):
            peer.send(b"X-%d: %b\r\n" % (number, b"y" * 1000))
            await asyncio.sleep(0)
            if peer.end:
                break

    upstream = await start_upstream(script)
    relay = await start_relay(upstream)
    client = await relay.client(GET)
    await client.head()
    assert await client.rest() == b"2\r\nok\r\n"
    assert await relay.outcome() == "upstream_error"


async def test_head_that_does_not_arrive_is_408(start_relay, start_upstream, fast):
    relay = await start_relay(
        await start_upstream(silent), fast=fast, relay={"head_timeout": "200ms"}
    )
    client = await relay.client(b"POST /up HTTP/1.1\r\nX: ")
    for _ in range(3):  # a byte now and then does not help
        await asyncio.sleep(0.05)
        client.send(b"T")
    assert await refused(relay, client) == (408, "timeout", "refused")


@pytest.mark.parametrize("empty", [b"\r\n", b"\r\n\r\n"])
async def test_empty_line_is_no_head_that_does_not_arrive(
    start_relay, start_upstream, empty
):
    """RFC 9112 §2.2: some clients send one after a body."""
    relay = await start_relay(
        await start_upstream(answering(OK)), relay={"head_timeout": "100ms"}
    )
    client = await relay.client(GET)
    await client.response()
    client.send(empty)
    await asyncio.sleep(0.5)  # more than the time-out and a sweep
    client.send(GET)
    head, _ = await client.response()
    assert status(head) == 200


async def test_body_that_does_not_arrive_is_408(start_relay, start_upstream, fast):
    upstream = await start_upstream(silent)
    relay = await start_relay(
        upstream, fast=fast, route={"timeouts": {"idle": "200ms"}}
    )
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc"
    )
    assert await refused(relay, client) == (408, "timeout", "refused")
    await upstream.peers[0].ended()


async def test_upstream_that_stops_reading_an_upload_is_504(
    start_relay, start_upstream
):
    """It is the upstream that stalls, not the client."""

    async def script(peer):
        await peer.head()
        peer.transport.pause_reading()

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, route={"timeouts": {"idle": "300ms"}})
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n"
    )
    pouring = asyncio.get_running_loop().create_task(client.pour(bytes(50_000_000)))
    head = await client.head()
    assert (status(head), field(head, b"x-seatrial-error")) == (504, b"timeout")
    assert (await relay.recorded()).outcome == "upstream_error"
    pouring.cancel()
    await asyncio.gather(pouring, return_exceptions=True)


async def test_idle_client_connection_closes_after_keepalive(
    start_relay, start_upstream, fast
):
    relay = await start_relay(
        await start_upstream(OK), fast=fast, relay={"keepalive": "200ms"}
    )
    fresh = await relay.client()
    used = await relay.client(GET)
    await used.response()
    assert await fresh.ended() == "fin"
    assert await used.ended() == "fin"
    await eventually(lambda: not relay.worker.clients)
    assert len(relay.recordings) == 1


async def test_keepalive_counts_from_the_answers_end(start_relay, start_upstream):
    """T17: after a long answer the connection is as good as after a short one."""

    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n")
        for _ in range(3):
            await asyncio.sleep(0.25)
            peer.send(b".")
        await answering(OK)(peer)

    relay = await start_relay(
        await start_upstream(script), relay={"keepalive": "600ms"}
    )
    client = await relay.client(GET)
    await client.response()
    await asyncio.sleep(0.3)  # past a sweep
    client.send(GET)
    assert status(await client.head()) == 200


async def test_one_connection_too_many_is_503(start_relay, start_upstream, fast):
    relay = await start_relay(
        await start_upstream(OK), fast=fast, relay={"connections": 3}
    )
    kept = [await relay.client() for _ in range(3)]
    await eventually(lambda: len(relay.worker.clients) == 3)
    late = await relay.client(GET)
    assert await refused(relay, late) == (503, "limit", "refused")
    late.close()
    kept[0].close()
    await eventually(lambda: len(relay.worker.clients) <= 2)
    assert status((await relay.ask(GET))[0]) == 200


async def test_a_client_that_never_reads_its_refusal_is_dropped(
    start_relay, start_upstream
):
    """T25: a half-closed connection does not stay."""
    relay = await start_relay(await start_upstream(silent))
    client = await relay.client(b"nonsense\r\n\r\n")
    await client.until(lambda: client.received, "the refusal")
    (inside,) = relay.worker.clients
    relay.worker.sweep(inside.closing_since + 3_000_000_000)
    await eventually(lambda: not relay.worker.clients)


async def test_tls_client_that_waits_after_a_refusal_is_closed_in_order(
    start_relay, start_upstream, certificates, fast
):
    """TLS has no half-close: after a while the relay ends it, with close_notify."""
    relay = await start_relay(
        await start_upstream(silent), fast=fast, tls=certificates.server()
    )
    client = await relay.client(b"nonsense\r\n\r\n", tls=certificates.client())
    await client.until(lambda: client.received, "the refusal")
    (inside,) = relay.worker.clients
    relay.worker.sweep(inside.closing_since + 3_000_000_000)
    assert await client.ended() == "fin"
    await eventually(lambda: not relay.worker.clients)


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
async def test_bytes_behind_a_refusal_are_read_and_dropped(
    start_relay, start_upstream, certificates, fast, tls
):
    """The answer to a large refused upload must survive (RFC 9112 §9.6)."""
    relay = await start_relay(
        await start_upstream(silent),
        fast=fast,
        tls=certificates.server() if tls else None,
    )
    client = await relay.client(
        b"POST /none HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000\r\n\r\n",
        tls=certificates.client() if tls else None,
    )
    await client.pour(bytes(5_000_000))
    head, _ = await client.response()
    assert status(head) == 404
    client.close()
    await eventually(lambda: not relay.worker.clients)


async def test_pipelining_without_end_is_held_back(start_relay, start_upstream):
    """T27: nothing behind an unanswered request is kept, and reading stops."""
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream)
    client = await relay.client(GET)
    await upstream.peer()
    pouring = asyncio.get_running_loop().create_task(client.pour(GET * 500_000))
    await eventually(lambda: any(not c.reading for c in relay.worker.clients))
    pouring.cancel()
    await asyncio.gather(pouring, return_exceptions=True)
    client.reset()
    assert await relay.outcome(seconds=2.0) == "client_gone"
    await upstream.peers[0].ended()
