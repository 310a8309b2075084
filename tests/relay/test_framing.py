"""Bodies leave as they came, whatever the chunking and the version on either side."""

import asyncio
import itertools
import random
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.relay.wire import (
    OK,
    Peer,
    answering,
    echo,
    eventually,
    fields,
    status,
    values,
)
from tests.relay.wire import field as header

# One relay serves all examples of a test: what one leaves behind meets the next.
EXAMPLES = settings(
    max_examples=80,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@dataclass(frozen=True)
class Body:
    """A payload, how it is framed, and where the bytes on the wire are torn apart."""

    size: int
    seed: int
    framing: str
    chunks: list[int] = field(default_factory=list)
    tears: list[float] = field(default_factory=list)
    trailers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def payload(self) -> bytes:
        return random.Random(self.seed).randbytes(self.size)

    @property
    def header(self) -> bytes:
        match self.framing:
            case "length":
                return b"Content-Length: %d\r\n" % self.size
            case "chunked":
                return b"Transfer-Encoding: chunked\r\n"
        return b""

    @property
    def wire(self) -> bytes:
        payload = self.payload
        if self.framing != "chunked":
            return payload
        out = bytearray()
        sizes = iter(self.chunks)
        while payload:
            piece = payload[: next(sizes, len(payload))]
            payload = payload[len(piece) :]
            out += b"%X;ext=1\r\n%b\r\n" % (len(piece), piece)
        lines = b"".join(b"%b: %b\r\n" % trailer for trailer in self.trailers)
        return bytes(out) + b"0\r\n" + lines + b"\r\n"

    def pieces(self, head: bytes) -> list[bytes]:
        data = head + self.wire
        cuts = sorted({0, len(data), *(int(tear * len(data)) for tear in self.tears)})
        return [data[a:b] for a, b in itertools.pairwise(cuts)]


TRAILERS = ((), ((b"X-Checksum", b"abc"), (b"x-two", b"2"), (b"X-Two", b"3")))


def bodies(*framings: str) -> st.SearchStrategy[Body]:
    return st.builds(
        Body,
        size=st.one_of(st.integers(0, 40), st.integers(0, 200_000)),
        seed=st.integers(0, 2**32),
        framing=st.sampled_from(framings),
        chunks=st.lists(
            st.one_of(st.integers(1, 9), st.integers(1, 70_000)), max_size=8
        ),
        tears=st.lists(st.one_of(st.floats(0, 1), st.floats(0, 0.003)), max_size=6),
        trailers=st.sampled_from(TRAILERS),
    )


async def send_all(peer: Peer, pieces: list[bytes]) -> None:
    for piece in pieces:
        peer.send(piece)
        await asyncio.sleep(0)


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
def test_any_request_body_arrives_as_it_left(
    runner, start_relay, start_upstream, fast, version
):
    upstream = runner.run(start_upstream(echo))
    relay = runner.run(start_relay(upstream, fast=fast))
    framings = ("length", "chunked") if version == b"1.1" else ("length",)

    @EXAMPLES
    @given(body=bodies(*framings), keep=st.booleans())
    def check(body: Body, keep: bool) -> None:
        runner.run(exchange(body, keep))

    async def exchange(body: Body, keep: bool) -> None:
        connection = b"" if keep else b"Connection: close\r\n"
        head = b"POST /up/a HTTP/%b\r\nHost: h\r\n%b%b\r\n" % (
            version,
            connection,
            body.header,
        )
        client = await relay.client()
        await send_all(client, body.pieces(head))
        answer, echoed = await client.response()
        received_head, _, received = echoed.partition(b"\r\n\r\n")
        assert status(answer) == 200
        assert received_head.startswith(b"POST /a HTTP/1.1\r\n")
        assert received == body.payload
        client.close()

    check()


@pytest.mark.parametrize("ours", [b"1.1", b"1.0"])
@pytest.mark.parametrize("theirs", [b"1.1", b"1.0"])
def test_any_response_body_arrives_as_it_left(
    runner, start_relay, start_upstream, fast, ours, theirs
):
    sent: list[list[bytes]] = [[]]

    async def script(peer: Peer) -> None:
        while True:
            await peer.request()
            await send_all(peer, sent[0])
            if b"Connection: close" in sent[0][0] or theirs == b"1.0":
                peer.close()
                return

    upstream = runner.run(start_upstream(script))
    relay = runner.run(start_relay(upstream, fast=fast))
    framings = (
        ("length", "chunked", "close") if theirs == b"1.1" else ("length", "close")
    )

    @EXAMPLES
    @given(body=bodies(*framings))
    def check(body: Body) -> None:
        runner.run(exchange(body))

    async def exchange(body: Body) -> None:
        close = b"Connection: close\r\n" if body.framing == "close" else b""
        head = b"HTTP/%b 200 OK\r\n%b%b\r\n" % (theirs, close, body.header)
        sent[0] = [head, *body.pieces(b"")] if body.wire else [head]
        client = await relay.client(b"GET /up/a HTTP/%b\r\nHost: h\r\n\r\n" % ours)
        answer = await client.head()
        assert status(answer) == 200
        if ours == b"1.0":
            assert b"chunked" not in header(answer, b"transfer-encoding")
            assert await client.rest() == body.payload
            assert client.end == "fin"
        elif body.framing == "length":
            assert await client.exactly(body.size) == body.payload
        else:
            payload, trailers = await client.chunks()
            assert payload == body.payload
            wanted = body.trailers if body.framing == "chunked" else ()
            assert trailers == b"".join(b"%b: %b\r\n" % t for t in wanted)
        client.close()

    check()


@EXAMPLES
@given(tears=st.lists(st.integers(1, 120), max_size=12))
@example(tears=list(range(1, 121)))
def test_a_request_torn_anywhere_is_the_same_request(
    runner, start_relay, start_upstream, tears
):
    data = (
        b"POST /up/%C3%A9?b=1&b=2 HTTP/1.1\r\nHost: h\r\nX-Empty:\r\nx-empty: \r\n"
        b"X-Long: " + b"v" * 30 + b"\r\nContent-Length: 5\r\n\r\nhello"
    )

    async def exchange() -> None:
        relay = await start_relay(await start_upstream(echo))
        client = await relay.client()
        cuts = sorted({0, len(data), *(t for t in tears if t < len(data))})
        await send_all(client, [data[a:b] for a, b in itertools.pairwise(cuts)])
        _, echoed = await client.response()
        assert echoed.startswith(b"POST /%C3%A9?b=1&b=2 HTTP/1.1\r\nHost: 127.0.0.1:")
        assert echoed.endswith(b"\r\n\r\nhello")
        got = [
            name for name, _ in fields(echoed.partition(b"\r\n\r\n")[0] + b"\r\n\r\n")
        ]
        assert got == [b"Host", b"X-Empty", b"x-empty", b"X-Long", b"Content-Length"]
        client.close()

    runner.run(exchange())


async def test_chunked_request_trailers_pass(start_relay, start_upstream):
    got = []

    async def script(peer):
        head = await peer.head()
        got.append((values(head, b"trailer"), await peer.chunks()))
        peer.send(OK)

    relay = await start_relay(await start_upstream(script))
    await relay.ask(
        b"POST /up HTTP/1.1\r\nHost: h\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n"
        b"\r\n3\r\nabc\r\n0\r\nX-Sum: 9\r\nx-seatrial-app: a\r\n\r\n"
    )
    assert got == [([b"X-Sum"], (b"abc", b"X-Sum: 9\r\n"))]


async def test_trailers_are_dropped_for_an_http_1_0_client(start_relay, start_upstream):
    upstream = await start_upstream(
        b"HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\nX-Sum: 9\r\n\r\n"
    )
    relay = await start_relay(upstream)
    client = await relay.client(b"GET /up HTTP/1.0\r\nHost: h\r\n\r\n")
    head = await client.head()
    assert not values(head, b"trailer")
    assert await client.rest() == b"abc"


async def test_keep_alive_serves_many_requests_over_one_connection_each_side(
    start_relay, start_upstream, fast
):
    upstream = await start_upstream(echo)
    relay = await start_relay(upstream, fast=fast)
    client = await relay.client()
    for number in range(50):
        client.send(b"GET /up/%d HTTP/1.1\r\nHost: h\r\n\r\n" % number)
        _, body = await client.response()
        assert body.startswith(b"GET /%d HTTP/1.1\r\n" % number)
    assert len(upstream.peers) == 1
    assert [r.reused for r in relay.recordings] == [False] + [True] * 49


@pytest.mark.parametrize(
    "length", [b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"]
)
async def test_head_has_no_body_and_its_connection_is_used_again(
    start_relay, start_upstream, length
):
    upstream = await start_upstream(
        answering(b"HTTP/1.1 200 OK\r\nX: 1\r\n" + length + b"\r\n", OK)
    )
    relay = await start_relay(upstream)
    client = await relay.client(b"HEAD /up HTTP/1.1\r\nHost: h\r\n\r\n")
    head = await client.head()
    assert header(head, b"x") == b"1"
    assert length in head
    client.send(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    assert await client.response() == (OK[:-2], b"ok")
    assert len(upstream.peers) == 1


@pytest.mark.parametrize(
    ("code", "extra"),
    [
        pytest.param(204, b"", id="204"),
        pytest.param(204, b"Content-Length: 0\r\n", id="204 with length"),
        pytest.param(304, b"", id="304"),
        pytest.param(304, b"Content-Length: 512\r\nETag: e\r\n", id="304 with length"),
        pytest.param(304, b"Transfer-Encoding: chunked\r\n", id="304 chunked"),
    ],
)
async def test_answers_without_body_end_with_their_head(
    start_relay, start_upstream, code, extra
):
    upstream = await start_upstream(
        answering(b"HTTP/1.1 %d X\r\n%b\r\n" % (code, extra), OK)
    )
    relay = await start_relay(upstream)
    client = await relay.client(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    assert await client.head() == b"HTTP/1.1 %d X\r\n%b\r\n" % (code, extra)
    client.send(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    assert await client.response() == (OK[:-2], b"ok")
    assert len(upstream.peers) == 1


async def test_bytes_behind_an_answer_reach_nobody(start_relay, start_upstream):
    upstream = await start_upstream(
        answering(OK + b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison", OK)
    )
    relay = await start_relay(upstream)
    client = await relay.client()
    for _ in range(2):
        client.send(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
        assert await client.response() == (OK[:-2], b"ok")
    assert len(upstream.peers) == 2


async def test_an_answer_nobody_asked_for_closes_the_idle_connection(
    start_relay, start_upstream
):
    upstream = await start_upstream(OK)
    relay = await start_relay(upstream)
    await relay.ask(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    upstream.peers[0].send(OK)
    await eventually(lambda: not upstream.open_peers)
    assert await relay.ask(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n") == (OK[:-2], b"ok")


async def test_expect_100_continue_is_the_upstreams_to_answer(
    start_relay, start_upstream
):
    async def script(peer):
        head = await peer.head()
        assert header(head, b"expect") == b"100-continue"
        peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        peer.send(
            b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n" + await peer.body(head)
        )

    relay = await start_relay(await start_upstream(script))
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
    )
    assert await client.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.send(b"abc")
    assert (await client.response())[1] == b"abc"
    assert (await relay.recorded()).status == 200


async def test_early_hints_pass_in_order_with_their_headers(
    start_relay, start_upstream
):
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n"
    upstream = await start_upstream(hints + hints + OK)
    relay = await start_relay(upstream)
    client = await relay.client(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    assert await client.head() == hints
    assert await client.head() == hints
    assert await client.response() == (OK[:-2], b"ok")


async def test_interim_answers_are_not_for_http_1_0(start_relay, start_upstream):
    upstream = await start_upstream(
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK
    )
    relay = await start_relay(upstream)
    client = await relay.client(b"GET /up HTTP/1.0\r\nHost: h\r\n\r\n")
    assert await client.rest() == (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
    )


async def test_answer_before_the_upload_ended_arrives_and_closes(
    start_relay, start_upstream
):
    """A 413 in the middle of an upload must not be lost to a reset."""

    async def script(peer):
        await peer.head()
        await peer.exactly(1000)
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig")

    upstream = await start_upstream(script)
    relay = await start_relay(upstream)
    client = await relay.client(
        b"POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: 5000000\r\n\r\n" + b"x" * 1000
    )
    head, body = await client.response()
    client.send(b"x" * 4000)  # still under way: read and dropped, no reset
    assert (status(head), body) == (413, b"big")
    assert header(head, b"connection") == b"close"
    assert await client.ended() == "fin"
    await eventually(lambda: not upstream.open_peers)
    assert await relay.outcome() == "complete"


async def test_pipelined_request_is_not_forwarded(start_relay, start_upstream, fast):
    upstream = await start_upstream(echo)
    relay = await start_relay(upstream, fast=fast)
    client = await relay.client(
        b"GET /up/1 HTTP/1.1\r\nHost: h\r\n\r\nGET /up/2 HTTP/1.1\r\nHost: h\r\n\r\n"
    )
    head, body = await client.response()
    assert body.startswith(b"GET /1 ")
    assert header(head, b"connection") == b"close"
    assert await client.rest() == b""
    assert client.end == "fin"
    assert len(relay.recordings) == 1


async def test_pipelined_request_behind_a_dropped_upgrade_is_not_forwarded(
    start_relay, start_upstream, fast
):
    """The body of a request whose upgrade is dropped is found by a second parser."""
    relay = await start_relay(await start_upstream(echo), fast=fast)
    client = await relay.client(
        b"POST /up/1 HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        b"Content-Length: 3\r\n\r\nabcGET /up/2 HTTP/1.1\r\nHost: h\r\n\r\n"
    )
    head, body = await client.response()
    assert body.startswith(b"POST /1 ")
    assert body.endswith(b"\r\n\r\nabc")
    assert header(head, b"connection") == b"close"
    assert await client.rest() == b""
    assert len(relay.recordings) == 1


async def test_pipelined_request_during_an_answer_is_not_forwarded(
    start_relay, start_upstream
):
    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhe")
        await peer.until(lambda: go, "the word")
        peer.send(b"re")
        await peer.request()
        raise AssertionError("the second request was forwarded")

    go = []
    upstream = await start_upstream(script)
    relay = await start_relay(upstream)
    client = await relay.client(b"GET /up/1 HTTP/1.1\r\nHost: h\r\n\r\n")
    await client.until(lambda: client.received.endswith(b"he"), "the first half")
    client.send(b"GET /up/2 HTTP/1.1\r\nHost: h\r\n\r\n")
    await asyncio.sleep(0.02)
    go.append(1)
    upstream.peers[0].changed.set()
    assert (await client.rest()).endswith(b"\r\n\r\nhere")
    assert client.end == "fin"


async def test_readiness_is_the_relays_own_and_closes(start_relay, start_upstream):
    upstream = await start_upstream(echo)
    relay = await start_relay(upstream, route={"prefix": "/"})
    client = await relay.client(
        b"GET /-/ready HTTP/1.1\r\nHost: h\r\n\r\nGET /x HTTP/1.1\r\nHost: h\r\n\r\n"
    )
    head, body = await client.response()
    assert (status(head), body) == (200, b"ready\n")
    assert await client.rest() == b""
    assert not upstream.peers
    assert not relay.recordings


async def test_options_star_reaches_the_upstream_as_star(start_relay, start_upstream):
    upstream = await start_upstream(echo)
    relay = await start_relay(upstream.url + "/base", route={"prefix": "/"})
    _, body = await relay.ask(b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n")
    assert body.startswith(b"OPTIONS * HTTP/1.1\r\n")


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("torn", [False, True])
async def test_h2c_upgrade_is_dropped_and_its_body_relayed(
    start_relay, start_upstream, framing, torn
):
    """Java's HttpClient asks for h2c by default; llhttp then stops after the head."""
    upstream = await start_upstream(echo)
    relay = await start_relay(upstream)
    body = Body(5000, 1, framing, [10, 200])
    head = (
        b"POST /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMA\r\n" + body.header + b"\r\n"
    )
    client = await relay.client()
    for _ in range(2):  # and the connection goes on
        pieces = [head, body.wire] if torn else [head + body.wire]
        await send_all(client, pieces)
        _, echoed = await client.response()
        received, _, payload = echoed.partition(b"\r\n\r\n")
        assert payload == body.payload
        assert b"upgrade" not in received.lower()
        assert b"http2-settings" not in received.lower()
    client.send(b"GET /up/after HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (await client.response())[1].startswith(b"GET /after ")


@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_upgrade_without_connection_upgrade_is_no_upgrade(
    start_relay, start_upstream, version
):
    relay = await start_relay(await start_upstream(echo))
    _, body = await relay.ask(
        b"GET /up HTTP/%b\r\nHost: h\r\nUpgrade: websocket\r\n\r\n" % version
    )
    assert b"pgrade" not in body


async def test_websocket_upgrade_with_a_body_is_an_ordinary_request(
    start_relay, start_upstream
):
    relay = await start_relay(await start_upstream(echo))
    _, body = await relay.ask(
        b"POST /up HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Content-Length: 3\r\n\r\nabc"
    )
    assert body.endswith(b"\r\n\r\nabc")
    assert b"pgrade" not in body


async def test_header_line_order_is_kept(start_relay, start_upstream):
    relay = await start_relay(await start_upstream(echo))
    _, body = await relay.ask(
        b"GET /up HTTP/1.1\r\nB: 1\r\nHost: h\r\na: 2\r\nB: 3\r\nA: 4\r\n\r\n"
    )
    assert [f for f in fields(body) if f[0] != b"Host"] == [
        (b"B", b"1"),
        (b"a", b"2"),
        (b"B", b"3"),
        (b"A", b"4"),
    ]
