"""A route is chosen by whole path segments or by host, and nothing is normalised."""

import pytest

from proxy.relay import routes
from proxy.relay.connect import address_of
from proxy.relay.pool import Pool
from proxy.relay.refusals import Refusal
from proxy.settings import Settings
from tests.relay.wire import echo, field, silent, status, values


def table(*entries):
    settings = Settings.model_validate(
        {"routes": [{"name": f"r{i}", **entry} for i, entry in enumerate(entries)]}
    )
    pools = {
        address_of(route): Pool(address_of(route), settings.relay.pool)
        for route in settings.routes
    }
    return routes.build(settings, pools)


PREFIXES = table(
    {"prefix": "/openai", "upstream": "http://a.test"},
    {"prefix": "/openai/v2", "upstream": "http://b.test/base/"},
    {"prefix": "/a~b", "upstream": "http://c.test"},
    {"host": "bedrock.internal", "preserve_host": True, "upstream": "http://d.test"},
    {"host": "with.port:8443", "upstream": "http://e.test/x"},
)
EVERYTHING = table(
    {"prefix": "/", "upstream": "http://all.test/v1"},
    {"prefix": "/own", "upstream": "http://own.test"},
)


@pytest.mark.parametrize(
    ("target", "host", "expected"),
    [
        (b"/openai", b"h", ("r0", b"/")),
        (b"/openai/", b"h", ("r0", b"/")),
        (b"/openai/v1/chat", b"h", ("r0", b"/v1/chat")),
        (b"/openai?a=b", b"h", ("r0", b"/?a=b")),
        (b"/openai//x/../y", b"h", ("r0", b"//x/../y")),
        (b"/openai/v2/x", b"h", ("r1", b"/base/x")),
        (b"/openai/v2", b"h", ("r1", b"/base/")),
        (b"/openai/v20", b"h", ("r0", b"/v20")),
        (b"/a~b/x", b"h", ("r2", b"/x")),
        (b"/anything?x", b"Bedrock.Internal", ("r3", b"/anything?x")),
        (b"/anything", b"bedrock.internal:8080", ("r3", b"/anything")),
        (b"/openai/x", b"bedrock.internal", ("r3", b"/openai/x")),
        (b"/a", b"with.port:8443", ("r4", b"/x/a")),
        (b"*", b"bedrock.internal", ("r3", b"*")),
        (b"http://bedrock.internal/a?b", b"bedrock.internal", ("r3", b"/a?b")),
        (b"HTTP://BEDROCK.internal:80", b"bedrock.internal:80", ("r3", b"/")),
        (b"http://bedrock.internal?q", b"bedrock.internal", ("r3", b"/?q")),
    ],
)
def test_route_and_target(target, host, expected):
    destination, sent = PREFIXES.select(target, host)
    assert (destination.name, sent) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"/", ("r0", b"/v1/")),
        (b"/x", ("r0", b"/v1/x")),
        (b"/owner", ("r0", b"/v1/owner")),
        (b"/own/x", ("r1", b"/x")),
        (b"*", ("r0", b"*")),
    ],
)
def test_the_root_prefix_takes_what_no_other_does(target, expected):
    destination, sent = EVERYTHING.select(target, b"h")
    assert (destination.name, sent) == expected


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        (b"/", 404, "route"),
        (b"/openair", 404, "route"),
        (b"/OpenAI/x", 404, "route"),
        (b"/open%61i/x", 404, "route"),
        (b"//openai/x", 404, "route"),
        (b"/a/x", 404, "route"),
        (b"*", 404, "route"),
        (b"http://elsewhere.test/openai/x", 404, "route"),
        (b"http://user@bedrock.internal/", 404, "route"),
        (b"http:///openai", 404, "route"),
        (b"ftp://bedrock.internal/x", 400, "bad_request"),
        (b"bedrock.internal/x", 400, "bad_request"),
        (b"", 400, "bad_request"),
    ],
)
def test_no_route(target, status, code):
    """T41: absolute-form is never dialled, and a prefix is matched as it is spelled."""
    with pytest.raises(Refusal) as caught:
        PREFIXES.select(target, b"h")
    assert (caught.value.status, caught.value.code) == (status, code)


async def test_unknown_path_is_404_route(start_relay, start_upstream):
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream)
    head, _ = await relay.ask(b"GET /other HTTP/1.1\r\nHost: h\r\n\r\n")
    assert status(head) == 404
    assert field(head, b"x-seatrial-error") == b"route"
    assert not upstream.peers
    assert await relay.outcome() == "refused"


@pytest.mark.parametrize(
    "target", [b"http://elsewhere.test/up", b"http://127.0.0.1:9/up", b"https://h/up"]
)
async def test_absolute_form_is_no_way_out(start_relay, start_upstream, target):
    """T41: the relay is no open proxy."""
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream)
    head, _ = await relay.ask(b"GET %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
    assert field(head, b"x-seatrial-error") == b"route"
    assert not upstream.peers


async def test_host_route_keeps_the_clients_host(start_relay, start_upstream):
    relay = await start_relay(
        await start_upstream(echo),
        route={"host": "bedrock.internal", "preserve_host": True},
    )
    request = (
        b"POST /model/m/invoke HTTP/1.1\r\nHost: bedrock.internal\r\n"
        b"Authorization: AWS4-HMAC-SHA256 Credential=x\r\nContent-Length: 0\r\n\r\n"
    )
    _, body = await relay.ask(request)
    assert body == request


async def test_absolute_form_reaches_a_host_route(start_relay, start_upstream):
    relay = await start_relay(
        await start_upstream(echo),
        route={"host": "bedrock.internal", "preserve_host": True},
    )
    _, body = await relay.ask(
        b"GET http://bedrock.internal/x?y HTTP/1.1\r\nHost: bedrock.internal\r\n\r\n"
    )
    assert body.startswith(b"GET /x?y HTTP/1.1\r\nHost: bedrock.internal\r\n")


async def test_absolute_form_of_another_host_than_host_is_refused(
    start_relay, start_upstream
):
    """Two names for one request: route and upstream could each believe another."""
    upstream = await start_upstream(silent)
    relay = await start_relay(
        upstream, route={"host": "bedrock.internal", "preserve_host": True}
    )
    head, _ = await relay.ask(
        b"GET http://bedrock.internal/x HTTP/1.1\r\nHost: other.internal\r\n\r\n"
    )
    assert status(head) == 400
    assert not upstream.peers


@pytest.mark.parametrize(
    ("target", "headers"),
    [
        (b"/up/x", b"Authorization: AWS4-HMAC-SHA256 Credential=x\r\n"),
        (b"/up/x?X-Amz-Signature=abc", b""),
    ],
)
async def test_signed_request_on_a_prefix_route_is_refused_with_the_reason(
    start_relay, start_upstream, target, headers
):
    upstream = await start_upstream(silent)
    relay = await start_relay(upstream)
    head, body = await relay.ask(
        b"GET %b HTTP/1.1\r\nHost: h\r\n%b\r\n" % (target, headers)
    )
    assert (status(head), field(head, b"x-seatrial-error")) == (400, b"sigv4_route")
    assert b"preserve_host" in body
    assert not upstream.peers


async def test_host_of_the_upstream_is_set(start_relay, start_upstream):
    upstream = await start_upstream(echo)
    relay = await start_relay(upstream.url + "/base")
    _, body = await relay.ask(b"GET /up/x HTTP/1.1\r\nHost: h\r\n\r\n")
    assert body.startswith(b"GET /base/x HTTP/1.1\r\n")
    assert values(body, b"host") == [b"127.0.0.1:%d" % upstream.port]
