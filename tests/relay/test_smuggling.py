"""What two readers could take for different messages is refused, and reaches nobody."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.relay.wire import echo, eventually, field, silent, status

GET = b"GET /up HTTP/1.1\r\n"
POST = b"POST /up HTTP/1.1\r\nHost: h\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n"

HEADS = [
    pytest.param(CHUNKED + b"Content-Length: 3\r\n\r\nabc", 400, id="TE then CL"),
    pytest.param(
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        id="CL then TE",
    ),
    pytest.param(
        POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400, id="two CL"
    ),
    pytest.param(
        POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400, id="equal CL"
    ),
    pytest.param(POST + b"Content-Length: 3, 3\r\n\r\nabc", 400, id="CL list"),
    pytest.param(POST + b"Content-Length: +3\r\n\r\nabc", 400, id="CL with plus"),
    pytest.param(POST + b"Content-Length: -3\r\n\r\nabc", 400, id="CL negative"),
    pytest.param(POST + b"Content-Length: 0x3\r\n\r\nabc", 400, id="CL hex"),
    pytest.param(POST + b"Content-Length: 3 3\r\n\r\nabc", 400, id="CL with space"),
    pytest.param(POST + b"Content-Length:\r\n\r\n", 400, id="CL empty"),
    pytest.param(POST + b"Content-Length: abc\r\n\r\n", 400, id="CL letters"),
    pytest.param(
        POST + b"Content-Length: 18446744073709551617\r\n\r\na", 400, id="CL overflow"
    ),
    pytest.param(GET + b"Host: h\r\nX-A: 1\r\n 2\r\n\r\n", 400, id="obs-fold space"),
    pytest.param(GET + b"Host: h\r\nX-A: 1\r\n\t2\r\n\r\n", 400, id="obs-fold tab"),
    pytest.param(GET + b" Host: h\r\nX-A: 1\r\n\r\n", 400, id="fold on first line"),
    pytest.param(b"GET /up HTTP/1.1\nHost: h\r\n\r\n", 400, id="LF in request line"),
    pytest.param(GET + b"Host: h\nX-A: 1\r\n\r\n", 400, id="bare LF after header"),
    pytest.param(GET + b"Host: h\r\n\n", 400, id="bare LF ends head"),
    pytest.param(
        GET + b"Host: h\r\nX-A: 1\rX-B: 2\r\n\r\n", 400, id="bare CR in value"
    ),
    pytest.param(GET + b"Host: h\r\nX-A: 1\x00\r\n\r\n", 400, id="NUL in value"),
    pytest.param(GET + b"Host: h\r\nX\x00A: 1\r\n\r\n", 400, id="NUL in name"),
    pytest.param(b"GET /up\x00 HTTP/1.1\r\nHost: h\r\n\r\n", 400, id="NUL in target"),
    pytest.param(GET + b"Host: h\r\nX-A : 1\r\n\r\n", 400, id="space before colon"),
    pytest.param(GET + b"Host: h\r\nX A: 1\r\n\r\n", 400, id="space in name"),
    pytest.param(GET + b"Host: h\r\n: 1\r\n\r\n", 400, id="empty name"),
    pytest.param(GET + b"Host: h\r\nno colon\r\n\r\n", 400, id="no colon"),
    pytest.param(GET + b"\r\n", 400, id="no Host"),
    pytest.param(GET + b"Host: h\r\nHost: h\r\n\r\n", 400, id="two Hosts"),
    pytest.param(GET + b"Host: h\r\nhost: i\r\n\r\n", 400, id="two different Hosts"),
    pytest.param(POST + b"Transfer-Encoding: gzip\r\n\r\n", 501, id="TE gzip"),
    pytest.param(
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, id="TE list"
    ),
    pytest.param(POST + b"Transfer-Encoding: identity\r\n\r\n", 501, id="TE identity"),
    pytest.param(
        CHUNKED + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, id="TE twice"
    ),
    pytest.param(
        CHUNKED + b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n", 400, id="TE and TE"
    ),
    pytest.param(
        POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400, id="TE with VT"
    ),
    pytest.param(
        b"POST /up HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        400,
        id="TE in HTTP/1.0",
    ),
    pytest.param(b"BREW /up HTTP/1.1\r\nHost: h\r\n\r\n", 501, id="unknown method"),
    pytest.param(b"get /up HTTP/1.1\r\nHost: h\r\n\r\n", 501, id="lower-case method"),
    pytest.param(b"CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 405, id="CONNECT"),
    pytest.param(b"GET up HTTP/1.1\r\nHost: h\r\n\r\n", 400, id="target without slash"),
    pytest.param(b"GET * HTTP/1.1\r\nHost: h\r\n\r\n", 400, id="star for GET"),
    pytest.param(b"GET /\xff HTTP/1.1\r\nHost: h\r\n\r\n", 400, id="byte over 0x7f"),
    pytest.param(b"GET /u p HTTP/1.1\r\nHost: h\r\n\r\n", 400, id="space in target"),
    pytest.param(b"GET /up HTTP/1.2\r\nHost: h\r\n\r\n", 400, id="HTTP/1.2"),
    pytest.param(b"GET /up HTTP/2.0\r\nHost: h\r\n\r\n", 505, id="HTTP/2.0"),
    pytest.param(b"GET /up\r\n\r\n", 505, id="HTTP/0.9"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, id="h2c preface"),
]

CHUNKS = [
    pytest.param(b"0x3\r\nabc\r\n0\r\n\r\n", id="0x"),
    pytest.param(b" 3\r\nabc\r\n0\r\n\r\n", id="space before size"),
    pytest.param(b"3 \r\nabc\r\n0\r\n\r\n", id="space after size"),
    pytest.param(b"-3\r\nabc\r\n0\r\n\r\n", id="negative"),
    pytest.param(b"+3\r\nabc\r\n0\r\n\r\n", id="plus"),
    pytest.param(b"g\r\nabc\r\n0\r\n\r\n", id="letter"),
    pytest.param(b"\r\nabc\r\n0\r\n\r\n", id="no size"),
    pytest.param(b"10000000000000003\r\nabc\r\n0\r\n\r\n", id="overflow"),
    pytest.param(b"3\nabc\r\n0\r\n\r\n", id="LF after size"),
    pytest.param(b"3\rabc\r\n0\r\n\r\n", id="CR after size"),
    pytest.param(b"3;a\nabc\r\n0\r\n\r\n", id="LF in extension"),
    pytest.param(b"3\r\nabc0\r\n\r\n", id="no CRLF after data"),
    pytest.param(b"3\r\nabc\n0\r\n\r\n", id="LF after data"),
    pytest.param(b"3\r\nabcd\r\n0\r\n\r\n", id="more data than size"),
    pytest.param(b"0\r\nX-T : 1\r\n\r\n", id="space in trailer"),
    pytest.param(b"0\r\nX-T: 1\n\r\n", id="LF in trailer"),
    pytest.param(b"0\r\nX-T: 1\r\n 2\r\n\r\n", id="folded trailer"),
]


@pytest.mark.parametrize("bytewise", [False, True], ids=["whole", "bytewise"])
@pytest.mark.parametrize(("request_bytes", "expected"), HEADS)
async def test_ambiguous_head_is_refused_and_reaches_nobody(
    start_relay, start_upstream, request_bytes, expected, bytewise
):
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream, route={"prefix": "/"})
    client = await relay.client()
    size = 1 if bytewise else len(request_bytes)
    for start in range(0, len(request_bytes), size):
        if client.end is not None:
            break
        client.send(request_bytes[start : start + size])
        await asyncio.sleep(0)
    head, body = await client.response()
    assert status(head) == expected
    assert field(head, b"x-seatrial-error") == b"bad_request"
    assert field(head, b"connection") == b"close"
    assert b'"code": "bad_request"' in body
    assert await client.ended() == "fin"
    assert not upstream.peers
    assert await relay.outcome() == "refused"


@pytest.mark.parametrize("chunks", CHUNKS)
async def test_bad_chunks_are_refused_and_reach_nobody(
    start_relay, start_upstream, chunks
):
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream)
    head, _ = await relay.ask(CHUNKED + b"\r\n" + chunks)
    assert status(head) == 400
    assert not upstream.peers
    assert await relay.outcome() == "refused"


@pytest.mark.parametrize("chunks", CHUNKS)
async def test_bad_chunks_after_good_ones_break_the_upstreams_request(
    start_relay, start_upstream, chunks
):
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream)
    client = await relay.client(CHUNKED + b"\r\n3\r\nabc\r\n")
    peer = await upstream.peer()
    await eventually(lambda: peer.received.endswith(b"3\r\nabc\r\n"))
    client.send(chunks)
    assert status(await client.head()) == 400
    received = await peer.rest()
    assert not received.endswith(b"0\r\n\r\n")


async def test_a_request_hidden_in_a_body_is_not_answered(start_relay, start_upstream):
    """The classic: a front that believes the length, a back that believes the chunks."""
    hidden = b"GET /up/admin HTTP/1.1\r\nHost: h\r\n\r\n"
    upstream = await start_upstream(echo)
    relay = await start_relay(upstream)
    client = await relay.client(
        POST + b"Content-Length: %d\r\n\r\n" % len(hidden) + hidden
    )
    _head, body = await client.response()
    assert body.endswith(hidden)
    client.close()
    assert await relay.outcome() == "complete"
    assert len(upstream.peers) == 1


RESPONSES = [
    pytest.param(b"nonsense\r\n\r\n", id="no HTTP"),
    pytest.param(b"HTTP/1.1 2x0 OK\r\n\r\n", id="bad status"),
    pytest.param(b"HTTP/1.1 20 OK\r\n\r\n", id="short status"),
    pytest.param(
        b"HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n", id="status below 100"
    ),
    pytest.param(b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", id="HTTP/2.0"),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nok",
        id="CL and TE",
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\nok",
        id="TE and CL",
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok",
        id="two CL",
    ),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nok", id="CL list"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nok", id="CL plus"),
    pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", id="CL empty"),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nok",
        id="CL overflow",
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nX: 1\r\n 2\r\nContent-Length: 2\r\n\r\nok", id="obs-fold"
    ),
    pytest.param(b"HTTP/1.1 200 OK\r\nX: 1\nContent-Length: 2\r\n\r\nok", id="bare LF"),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nX: 1\rY: 2\r\nContent-Length: 2\r\n\r\nok", id="bare CR"
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nX: 1\x00\r\nContent-Length: 2\r\n\r\nok", id="NUL"
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nX : 1\r\nContent-Length: 2\r\n\r\nok",
        id="space before colon",
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        id="TE gzip",
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        id="TE twice",
    ),
    pytest.param(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\n\r\n",
        id="bad chunk at once",
    ),
    pytest.param(
        b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        id="101 unasked",
    ),
]


@pytest.mark.parametrize("answer", RESPONSES)
async def test_malformed_answer_becomes_502_protocol(
    start_relay, start_upstream, answer
):
    upstream = await start_upstream(answer)
    relay = await start_relay(upstream)
    head, _ = await relay.ask(GET + b"Host: h\r\n\r\n")
    assert status(head) == 502
    assert field(head, b"x-seatrial-error") == b"protocol"
    assert await relay.outcome() == "upstream_error"
    await eventually(lambda: not upstream.open_peers)


@pytest.mark.parametrize("chunks", CHUNKS)
async def test_malformed_chunks_break_the_answer(start_relay, start_upstream, chunks):
    """T7: what began well and then is nonsense never ends cleanly."""

    async def script(peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await asyncio.sleep(0.02)
        peer.send(chunks)

    relay = await start_relay(await start_upstream(script))
    client = await relay.client(GET + b"Host: h\r\n\r\n")
    assert status(await client.head()) == 200
    received = await client.rest()
    assert received.startswith(b"3\r\nabc\r\n")
    assert not received.endswith(b"0\r\n\r\n")
    assert await relay.outcome() == "upstream_error"


async def test_bad_chunks_while_the_answer_runs_break_it_and_are_the_clients(
    start_relay, start_upstream
):
    async def script(peer):
        await peer.head()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")

    upstream = await start_upstream(script)
    relay = await start_relay(upstream)
    client = await relay.client(CHUNKED + b"\r\n3\r\nabc\r\n")
    await client.until(lambda: client.received.endswith(b"hello"), "half the answer")
    client.send(b"zzz\r\n")
    assert (await client.rest()).endswith(b"hello")
    assert await upstream.peers[0].ended()
    assert await relay.outcome() == "refused"


FUZZ = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
PIECES = st.sampled_from(
    [
        b"\r",
        b"\n",
        b"\0",
        b" ",
        b"\t",
        b":",
        b"0",
        b"f",
        b"\xff",
        b"\r\n\r\n",
        b"chunked",
    ]
)
MUTATIONS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 4), PIECES), min_size=1, max_size=4
)


def mutated(data, mutations):
    for where, cut, piece in mutations:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + cut :]
    return data


def test_mutated_requests_break_nothing_of_ours(runner, start_relay, start_upstream):
    """Whatever comes: an answer or an end, and the relay goes on."""
    upstream = runner.run(start_upstream(echo))
    relay = runner.run(start_relay(upstream))
    valid = (
        b"POST /up/a?b HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nUpgrade: h2c\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"
    )

    @FUZZ
    @given(mutations=MUTATIONS)
    def check(mutations):
        runner.run(exchange(mutated(valid, mutations)))

    async def exchange(data):
        client = await relay.client(data)
        await asyncio.sleep(0.001)
        client.close()
        await eventually(lambda: not relay.worker.clients)
        assert relay.worker.in_flight == 0
        assert not relay.listener.errors

    check()
    head, body = runner.run(relay.ask(valid))
    assert status(head) == 200
    assert body.endswith(b"abc")


def test_mutated_answers_break_nothing_of_ours(runner, start_relay, start_upstream):
    """T7: the client gets an answer whose framing holds, a break, or a 502."""
    now = [b""]

    async def script(peer):
        await peer.request()
        peer.send(now[0])
        peer.close()

    upstream = runner.run(start_upstream(script))
    relay = runner.run(start_relay(upstream))
    valid = (
        b"HTTP/1.1 103 Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\n"
        b"Keep-Alive: timeout=5\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n"
    )

    @FUZZ
    @given(mutations=MUTATIONS)
    def check(mutations):
        runner.run(exchange(mutated(valid, mutations)))

    async def exchange(data):
        now[0] = data
        client = await relay.client(GET + b"Host: h\r\nConnection: close\r\n\r\n")
        await client.ended()
        client.close()
        await eventually(lambda: not relay.worker.clients)
        assert relay.worker.in_flight == 0
        assert not relay.listener.errors

    check()
    now[0] = valid
    assert runner.run(relay.ask(GET + b"Host: h\r\nTE: trailers\r\n\r\n"))[
        0
    ].startswith(b"HTTP/1.1 103 ")
