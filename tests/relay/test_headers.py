"""All headers pass but those that belong to one connection, or are Seatrial's own."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.relay import headers as rules
from tests.relay.wire import OK, answering, echo, fields, status, values

EXAMPLES = settings(
    max_examples=100,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TOKEN = st.text(
    "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    min_size=1,
    max_size=12,
)
VALUE = st.text(
    "".join(chr(code) for code in range(0x21, 0x100) if code != 0x7F) + " \t",
    max_size=30,
).map(lambda text: text.strip(" \t").encode("latin-1"))
COMMON = st.sampled_from(
    [
        "authorization",
        "x-api-key",
        "api-key",
        "openai-organization",
        "openai-beta",
        "anthropic-version",
        "anthropic-beta",
        "x-stainless-retry-count",
        "x-goog-api-client",
        "http-referer",
        "x-title",
        "x-amz-date",
        "idempotency-key",
        "traceparent",
        "tracestate",
        "user-agent",
        "accept-encoding",
        "cookie",
        "set-cookie",
        "retry-after",
        "retry-after-ms",
        "x-should-retry",
        "x-request-id",
        "date",
        "server",
        "via",
        "Content-Type",
        "CONTENT-ENCODING",
        "trailer",
        "Proxy-Status",
    ]
)
OURS = st.sampled_from(["x-seatrial-app", "X-Seatrial-Run", "X-SEATRIAL-x"])
ONE_CONNECTIONS = st.sampled_from(
    ["Keep-Alive", "TE", "Proxy-Authorization", "proxy-connection"]
)
NAME = st.one_of(TOKEN, COMMON, OURS, ONE_CONNECTIONS).map(str.encode)
HEADERS = st.lists(st.tuples(NAME, VALUE), max_size=12)
SET_BY_TEST = {
    b"host",
    b"connection",
    b"content-length",
    b"transfer-encoding",
    b"upgrade",
    b"expect",
}


def wire(headers):
    return b"".join(b"%b: %b\r\n" % header for header in headers)


def remaining(headers):
    """What must arrive, by the words of RFC 9110 §7.6.1 and nothing of the source's."""
    one_connections = {
        b"keep-alive",
        b"te",
        b"proxy-connection",
        b"proxy-authorization",
        b"proxy-authenticate",
        b"proxy-authentication-info",
    }
    return [
        (name, value)
        for name, value in headers
        if name.lower() not in one_connections
        and not name.lower().startswith(b"x-seatrial-")
    ]


def ordinary(headers):
    return [header for header in headers if header[0].lower() not in SET_BY_TEST]


def test_any_request_headers_arrive_in_order_with_duplicates(
    runner, start_relay, start_upstream
):
    """T14 T41."""
    upstream = runner.run(start_upstream(echo))
    relay = runner.run(start_relay(upstream))

    @EXAMPLES
    @given(before=HEADERS, after=HEADERS)
    def check(before, after):
        runner.run(exchange(ordinary(before), ordinary(after)))

    async def exchange(before, after):
        data = b"GET /up HTTP/1.1\r\n%bhOsT: h\r\n%b\r\n" % (wire(before), wire(after))
        head, body = await relay.ask(data)
        assert status(head) == 200
        host = (b"hOsT", upstream.url.removeprefix("http://").encode())
        assert fields(body) == [*remaining(before), host, *remaining(after)]

    check()


def test_any_response_headers_arrive_in_order_with_duplicates(
    runner, start_relay, start_upstream
):
    """T14 T41."""
    now = [b""]

    async def script(peer):
        while True:
            await peer.request()
            peer.send(now[0])

    relay = runner.run(start_relay(runner.run(start_upstream(script))))

    @EXAMPLES
    @given(headers=HEADERS, reason=VALUE)
    def check(headers, reason):
        runner.run(exchange(ordinary(headers), reason))

    async def exchange(headers, reason):
        now[0] = b"HTTP/1.1 200 %b\r\n%bContent-Length: 2\r\n\r\nok" % (
            reason,
            wire(headers),
        )
        head, body = await relay.ask(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
        assert head.split(b"\r\n")[0] == b"HTTP/1.1 200 " + reason
        assert fields(head) == [*remaining(headers), (b"Content-Length", b"2")]
        assert body == b"ok"

    check()


async def test_fields_that_connection_names_go(start_relay, start_upstream):
    upstream = await start_upstream(
        b"HTTP/1.1 200 OK\r\nConnection: X-Three, keep-alive\r\nX-Three: 3\r\nx-four: 4\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    got = []

    async def script(peer):
        got.append(await peer.head())
        await answering(OK)(peer)

    relay = await start_relay(upstream)
    head, _ = await relay.ask(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    assert fields(head) == [(b"x-four", b"4"), (b"Content-Length", b"0")]
    relay = await start_relay(await start_upstream(echo))
    _, body = await relay.ask(
        b"GET /up HTTP/1.1\r\nHost: h\r\nX-One: 1\r\nConnection: keep-alive, x-one\r\n"
        b"connection: X-Two ,\r\nX-TWO: 2\r\nx-two-more: 3\r\n\r\n"
    )
    assert [name for name, _ in fields(body)] == [b"Host", b"x-two-more"]


@pytest.mark.parametrize("named", [b"Content-Length", b"Host", b"content-length, host"])
async def test_connection_cannot_remove_what_frames_a_request(
    start_relay, start_upstream, named
):
    relay = await start_relay(await start_upstream(echo))
    _, body = await relay.ask(
        b"POST /up HTTP/1.1\r\nHost: h\r\nConnection: %b\r\nContent-Length: 3\r\n\r\nabc"
        % named
    )
    head, _, payload = body.partition(b"\r\n\r\n")
    assert payload == b"abc"
    assert b"Content-Length: 3" in head
    assert b"Host: 127.0.0.1" in head


async def test_connection_cannot_remove_chunking(start_relay, start_upstream):
    relay = await start_relay(await start_upstream(echo))
    _, body = await relay.ask(
        b"POST /up HTTP/1.1\r\nHost: h\r\nConnection: Transfer-Encoding\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    )
    assert body.endswith(b"\r\n\r\nabc")
    assert values(body, b"Transfer-Encoding".lower()) == [b"chunked"]


@pytest.mark.parametrize("named", [b"Content-Length", b"Transfer-Encoding"])
async def test_connection_cannot_remove_what_frames_an_answer(
    start_relay, start_upstream, named
):
    upstream = await start_upstream(
        b"HTTP/1.1 200 OK\r\nConnection: %b\r\nContent-Length: 2\r\n\r\nok" % named
    )
    relay = await start_relay(upstream)
    head, body = await relay.ask(b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (values(head, b"content-length"), body) == ([b"2"], b"ok")


@pytest.mark.parametrize(
    "target",
    [
        b"/up/a//b/../c/./d",
        b"/up/%2e%2e/%C3%A9?q=%20+&q=&&=#",
        b"/up/v1beta/models/gemini:streamGenerateContent?alt=sse&key=K%2B",
        b"/up/" + b"x" * 8000,
        b'/up/a|b\\c^d`{e}"<>',
        b"/up/;a=b,c/?/?",
    ],
)
async def test_the_raw_target_passes(start_relay, start_upstream, target):
    """T14: nothing is decoded, encoded or normalised."""
    relay = await start_relay(await start_upstream(echo))
    _, body = await relay.ask(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
    assert body.split(b"\r\n")[0] == b"GET %b HTTP/1.1" % target.removeprefix(b"/up")


@pytest.mark.parametrize(
    "method",
    b"GET POST PUT DELETE PATCH OPTIONS PROPFIND REPORT QUERY M-SEARCH TRACE".split(),
)
async def test_any_known_method_passes(start_relay, start_upstream, method):
    relay = await start_relay(await start_upstream(echo))
    _, body = await relay.ask(b"%b /up HTTP/1.1\r\nHost: h\r\n\r\n" % method)
    assert body.startswith(method + b" / HTTP/1.1\r\n")


async def test_trace_headers_are_dropped_where_the_route_says(
    start_relay, start_upstream
):
    """T31 and transparency: passed as they are, unless the operator says drop."""
    request = (
        b"GET /up HTTP/1.1\r\nHost: h\r\nTraceparent: 00-1\r\ntracestate: a\r\n\r\n"
    )
    relay = await start_relay(await start_upstream(echo))
    assert b"\r\nTraceparent: 00-1\r\ntracestate: a" in (await relay.ask(request))[1]
    assert (await relay.recorded()).traceparent == "00-1"
    relay = await start_relay(await start_upstream(echo), route={"traceparent": "drop"})
    assert b"trace" not in (await relay.ask(request))[1].lower()


async def test_names_remembered_are_bounded(start_relay, start_upstream):
    """T28 T27: clients choose header names; what is remembered of them has an end."""
    relay = await start_relay(await start_upstream(OK))
    client = await relay.client()
    for number in range(rules.MEMO_LIMIT + 200):
        client.send(b"GET /up HTTP/1.1\r\nHost: h\r\nX-%d: 1\r\n\r\n" % number)
        await client.response()
    assert len(rules.plans) <= rules.MEMO_LIMIT
    longest = max(sum(map(len, names)) for names in rules.plans)
    client.send(b"GET /up HTTP/1.1\r\nHost: h\r\n%b: 1\r\n\r\n" % (b"x" * 30_000))
    await client.response()
    assert max(sum(map(len, names)) for names in rules.plans) == longest


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"timeout=5", 5.0),
        (b"timeout=5, max=1000", 5.0),
        (b"max=3 , Timeout = 7", 7.0),
        (b"timeout=x", None),
        (b"", None),
        (b"timeout", None),
    ],
)
def test_keep_alive_promise_is_read(value, seconds):
    assert rules.keep_alive_timeout(value) == seconds
