"""What breaks upstream breaks for the client too, and is named; nothing is invented."""

import asyncio
import socket

import pytest

from tests.relay.wire import OK, answering, eventually, field, silent, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"
POST = b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"

BEGINNINGS = {
    "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "chunked mid-chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhello",
    "length": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello",
    "length, nothing yet": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n",
    "chunked, nothing yet": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "until close": b"HTTP/1.1 200 OK\r\n\r\nhello",
    "until close, nothing yet": b"HTTP/1.1 200 OK\r\n\r\n",
}
CUTS = [
    pytest.param(beginning, how, id=f"{name}, {how}")
    for name, beginning in BEGINNINGS.items()
    for how in ("reset", "close", "timeout")
    if (how, name.startswith("until")) != ("close", True)
]


class Breaking:
    """Sends the beginning of an answer and, at the word, breaks it off."""

    def __init__(self, beginning, how):
        self.beginning = beginning
        self.how = how
        self.now = asyncio.Event()

    async def __call__(self, peer):
        await peer.request()
        peer.send(self.beginning)
        await self.now.wait()
        if self.how != "timeout":
            getattr(peer, self.how)()


def assert_broken(client, version, head, received):
    """Whatever the framing, the client can tell that this is not the whole answer."""
    if field(head, b"content-length"):
        assert len(received) < int(field(head, b"content-length"))
    elif field(head, b"transfer-encoding") == b"chunked":
        assert version == b"1.1"
        assert not received.endswith(b"0\r\n\r\n")
    else:
        assert client.end == "reset"


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
@pytest.mark.parametrize(("beginning", "how"), CUTS)
async def test_cut_answer_never_ends_cleanly(
    start_relay, start_upstream, fast, version, beginning, how
):
    """T7: cut, reset or silent amid the body, for every framing."""
    breaking = Breaking(beginning, how)
    upstream = await start_upstream(breaking)
    relay = await start_relay(
        upstream, fast=fast, route={"timeouts": {"idle": "200ms"}}
    )
    client = await relay.client(GET.replace(b"1.1", version))
    head = await client.head()
    assert status(head) == 200
    breaking.now.set()
    received = await client.rest()
    assert_broken(client, version, head, received)
    recording = await relay.recorded()
    assert recording.outcome == "upstream_cut"
    assert recording.peer_error
    assert await relay.outcome() == "upstream_cut"
    await eventually(lambda: not upstream.open_peers)


@pytest.mark.parametrize("listener_tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
@pytest.mark.parametrize("how", ["reset", "fin_without_close_notify", "timeout"])
@pytest.mark.parametrize("name", ["chunked", "length", "until close"])
async def test_cut_answer_over_tls_never_ends_cleanly(
    start_relay, start_upstream, certificates, fast, version, how, name, listener_tls
):
    """T7 under TLS: an end without close_notify is a cut."""
    breaking = Breaking(BEGINNINGS[name], how)
    upstream = await start_upstream(breaking, tls=certificates.server())
    relay = await start_relay(
        upstream,
        fast=fast,
        tls=certificates.server() if listener_tls else None,
        route={
            "tls": {"ca": certificates.path("ca.pem")},
            "timeouts": {"idle": "200ms"},
        },
    )
    client = await relay.client(
        GET.replace(b"1.1", version),
        tls=certificates.client() if listener_tls else None,
    )
    head = await client.head()
    assert status(head) == 200
    breaking.now.set()
    received = await client.rest()
    assert_broken(client, version, head, received)
    assert await relay.outcome() == "upstream_cut"


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_close_delimited_answer_over_tls_ends_cleanly_with_close_notify(
    start_relay, start_upstream, certificates, fast, version
):
    breaking = Breaking(BEGINNINGS["until close"], "close")
    upstream = await start_upstream(breaking, tls=certificates.server())
    relay = await start_relay(
        upstream, fast=fast, route={"tls": {"ca": certificates.path("ca.pem")}}
    )
    request = GET.replace(b"1.1\r\n", version + b"\r\nConnection: close\r\n")
    client = await relay.client(request)
    await client.head()
    breaking.now.set()
    received = await client.rest()
    assert received == (b"5\r\nhello\r\n0\r\n\r\n" if version == b"1.1" else b"hello")
    assert client.end == "fin"
    assert await relay.outcome() == "complete"


async def test_every_byte_before_the_cut_arrives(start_relay, start_upstream, fast):
    """T7: broken, but not earlier than upstream broke it."""
    data = bytes(range(256)) * 2000

    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n" + data)
        peer.close()

    relay = await start_relay(await start_upstream(script), fast=fast)
    client = await relay.client(GET)
    await client.head()
    assert await client.rest() == data
    assert await relay.outcome() == "upstream_cut"


async def code(relay, request=GET):
    head, body = await relay.ask(request)
    error = field(head, b"x-seatrial-error").decode()
    if error:
        assert body.startswith(
            b'{"error": {"type": "seatrial_error", "code": "%b"' % error.encode()
        )
        assert field(head, b"connection") == b"close"
    return status(head), error


def unused_port():
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


async def test_refused_connection_is_502_connect(start_relay):
    relay = await start_relay(f"http://127.0.0.1:{unused_port()}")
    assert await code(relay) == (502, "connect")
    assert await relay.outcome() == "upstream_error"
    assert relay.recordings[0].attempts == 0


@pytest.mark.parametrize(
    "problem",
    [
        socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
        socket.gaierror(socket.EAI_AGAIN, "Temporary failure"),
        UnicodeError("label too long"),
    ],
    ids=["not found", "temporary", "no legal name"],
)
async def test_unknown_name_is_502_dns(start_relay, problem):
    relay = await start_relay("http://nowhere.test")
    asyncio.get_running_loop().names["nowhere.test"] = problem
    assert await code(relay) == (502, "dns")
    assert await relay.outcome() == "upstream_error"


async def test_certificate_of_an_unknown_authority_is_502_tls(
    start_relay, start_upstream, certificates, fast
):
    upstream = await start_upstream(OK, tls=certificates.server())
    relay = await start_relay(upstream, fast=fast)
    assert await code(relay) == (502, "tls")
    assert await relay.outcome() == "upstream_error"


async def test_certificate_of_another_name_is_502_tls(
    start_relay, start_upstream, certificates, fast
):
    upstream = await start_upstream(OK, tls=certificates.server())
    relay = await start_relay(
        f"https://other.test:{upstream.port}",
        fast=fast,
        route={"tls": {"ca": certificates.path("ca.pem")}},
    )
    asyncio.get_running_loop().names["other.test"] = ["127.0.0.1"]
    assert await code(relay) == (502, "tls")


async def test_upstream_that_speaks_no_tls_is_502_tls(
    start_relay, start_upstream, certificates, fast
):
    async def script(peer):
        await peer.exactly(1)
        peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    upstream = await start_upstream(script)
    relay = await start_relay(upstream.url.replace("http:", "https:"), fast=fast)
    assert await code(relay) == (502, "tls")


async def test_handshake_cut_is_502_tls(start_relay, start_upstream, fast):
    async def script(peer):
        await peer.exactly(1)
        peer.reset()

    upstream = await start_upstream(script)
    relay = await start_relay(upstream.url.replace("http:", "https:"), fast=fast)
    assert await code(relay) == (502, "tls")


async def test_handshake_that_does_not_end_is_504_timeout(
    start_relay, start_upstream, fast
):
    upstream = await start_upstream(silent)
    relay = await start_relay(
        upstream.url.replace("http:", "https:"),
        fast=fast,
        route={"timeouts": {"connect": "200ms"}},
    )
    assert await code(relay) == (504, "timeout")
    await eventually(lambda: not upstream.open_peers)


async def test_connection_that_is_not_accepted_is_504_timeout(start_relay):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        with socket.create_connection(address):  # the backlog is taken
            relay = await start_relay(
                f"http://127.0.0.1:{address[1]}",
                route={"timeouts": {"connect": "200ms"}},
            )
            assert await code(relay) == (504, "timeout")


async def test_name_that_does_not_resolve_in_time_is_504_timeout(start_relay):
    relay = await start_relay(
        "http://slow.test", route={"timeouts": {"connect": "200ms"}}
    )
    asyncio.get_running_loop().names["slow.test"] = asyncio.Event()
    assert await code(relay) == (504, "timeout")


async def test_silent_upstream_is_504_timeout(start_relay, start_upstream, fast):
    """T16: silence ends at the first-byte time-out, and the upstream is told."""
    upstream = await start_upstream(silent)
    relay = await start_relay(
        upstream, fast=fast, route={"timeouts": {"first_byte": "200ms"}}
    )
    assert await code(relay, POST) == (504, "timeout")
    assert await relay.outcome() == "upstream_error"
    assert relay.recordings[0].peer_error == "first byte timeout"
    await eventually(lambda: not upstream.open_peers)


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-", b"HTTP/1.1 103 Early Hints\r\n\r\n"]
)
async def test_close_without_answer_is_502_protocol(
    start_relay, start_upstream, fast, how, said
):
    async def script(peer):
        await peer.request()
        peer.send(said)
        await asyncio.sleep(0.02)
        getattr(peer, how)()

    relay = await start_relay(await start_upstream(script), fast=fast)
    client = await relay.client(POST)
    head = await client.head()
    if said.endswith(b"\r\n\r\n"):
        assert head == said
        head = await client.head()
    assert status(head) == 502
    assert field(head, b"x-seatrial-error") == b"protocol"
    assert await relay.outcome() == "upstream_error"
    assert relay.recordings[0].attempts == 1


async def test_a_refusal_to_head_has_no_body(start_relay):
    relay = await start_relay(f"http://127.0.0.1:{unused_port()}")
    client = await relay.client(b"HEAD /up HTTP/1.1\r\nHost: h\r\n\r\n")
    received = await client.rest()
    assert status(received) == 502
    assert received.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 2\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops",
        b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 529 Overloaded\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 599 \r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_an_answer_passes_whatever_it_says(start_relay, start_upstream, answer):
    """T8 T9 T44: errors are the SDK's to retry; nothing is added."""
    upstream = await start_upstream(answer)
    relay = await start_relay(upstream)
    head, body = await relay.ask(POST)
    assert head + body == answer
    assert await relay.outcome() == "complete"
    assert relay.recordings[0].attempts == 1


# -- kept connections that died


async def warmed(relay, upstream):
    """One exchange, so that a kept connection waits in the pool."""
    await relay.ask(b"GET /up/warm HTTP/1.1\r\nHost: h\r\n\r\n")
    await eventually(lambda: relay.pool.idle)


def stale(how, *, answers=OK):
    """Closes its first connection upon the second request, without an answer."""
    seen = []

    async def script(peer):
        await peer.request()
        peer.send(OK)
        seen.append(await peer.request())
        if len(seen) == 1:
            getattr(peer, how)()
            return
        peer.send(answers)

    return script


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_post_that_met_a_dead_connection_is_502_stale(
    start_relay, start_upstream, fast, how
):
    """T8 T17 T44: it may have been billed; the SDK's own retry decides."""
    upstream = await start_upstream(stale(how))
    relay = await start_relay(upstream, fast=fast)
    await warmed(relay, upstream)
    assert await code(relay, POST) == (502, "stale")
    recording = await relay.recorded(1)
    assert (recording.outcome, recording.attempts) == ("upstream_error", 1)
    assert len(upstream.peers) == 1


@pytest.mark.parametrize("how", ["close", "reset"])
@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"PUT", b"DELETE", b"OPTIONS"])
async def test_idempotent_request_that_met_a_dead_connection_is_sent_again_once(
    start_relay, start_upstream, fast, how, method
):
    """T17: with its body, over a fresh connection."""
    got = []

    async def script(peer):
        if len(upstream.peers) == 1:
            await peer.request()
            peer.send(OK)
            got.append(await peer.request())
            getattr(peer, how)()
        else:
            got.append(await peer.request())
            peer.send(OK)

    upstream = await start_upstream(script)
    relay = await start_relay(upstream, fast=fast)
    await warmed(relay, upstream)
    client = await relay.client(POST.replace(b"POST", method))
    assert status(await client.head()) == 200
    assert len(got) == 2
    assert got[0] == got[1]
    assert got[0][1] == b"abc"
    assert (await relay.recorded(1)).attempts == 2


async def test_a_request_is_never_sent_a_third_time(start_relay, start_upstream):
    """T44."""

    async def script(peer):
        await peer.request()
        if len(upstream.peers) == 1:
            peer.send(OK)
            await peer.request()
        peer.close()

    upstream = await start_upstream(script)
    relay = await start_relay(upstream)
    await warmed(relay, upstream)
    assert await code(relay) == (502, "protocol")
    assert (await relay.recorded(1)).attempts == 2
    assert len(upstream.peers) == 2


async def test_a_request_that_had_an_interim_answer_is_not_sent_again(
    start_relay, start_upstream
):
    """T8: a response byte came."""

    async def script(peer):
        await peer.request()
        peer.send(OK)
        await peer.request()
        peer.send(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await asyncio.sleep(0.02)
        peer.close()

    upstream = await start_upstream(script)
    relay = await start_relay(upstream)
    await warmed(relay, upstream)
    client = await relay.client(GET)
    assert status(await client.head()) == 103
    assert status(await client.head()) == 502
    assert len(upstream.peers) == 1


async def test_a_large_upload_is_not_kept_for_sending_again(
    start_relay, start_upstream
):
    """T15: memory stays bounded; the request fails as a POST would."""
    body = bytes(300_000)

    async def script(peer):
        await peer.request()
        peer.send(OK)
        await peer.request()
        peer.close()

    relay = await start_relay(await start_upstream(script))
    await warmed(relay, None)
    request = b"PUT /up HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n" + body
    assert await code(relay, request) == (502, "stale")


@pytest.mark.parametrize("how", ["close", "reset"])
async def test_connection_that_closed_while_idle_is_not_used(
    start_relay, start_upstream, fast, how
):
    """T17: even a POST goes through, for nothing was sent on the dead one."""

    async def script(peer):
        await peer.request()
        peer.send(OK)
        if len(upstream.peers) == 1:
            await peer.until(lambda: die, "the word")
            getattr(peer, how)()

    die = []
    upstream = await start_upstream(script)
    relay = await start_relay(upstream, fast=fast)
    await warmed(relay, upstream)
    die.append(1)
    upstream.peers[0].changed.set()
    await eventually(lambda: upstream.peers[0].transport.is_closing())
    assert await code(relay, POST) == (200, "")
    assert len(upstream.peers) == 2


async def test_connection_that_closed_unnoticed_is_not_used(
    start_relay, start_upstream
):
    """T17: the FIN is in the kernel and no callback has run: the check before use sees it."""
    upstream = await start_upstream(answering(OK))
    relay = await start_relay(upstream)
    await warmed(relay, upstream)
    pool = relay.pool
    kept = pool.idle[0]
    descriptor = upstream.peers[0].transport.get_extra_info("socket").fileno()
    with socket.socket(fileno=socket.dup(descriptor)) as raw:
        raw.shutdown(socket.SHUT_RDWR)
        assert not kept.is_quiet()
        assert pool.take(kept.made) is None
