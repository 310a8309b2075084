"""New settings hold for exchanges that begin from now on; draining lets the old ones end."""

import asyncio

import pytest

from tests.relay.wire import OK, answering, eventually, field, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"


class Held:
    """Begins an answer and ends it at the word."""

    def __init__(self, name):
        self.name = name
        self.go = asyncio.Event()

    async def __call__(self, peer):
        while True:
            await peer.request()
            peer.send(
                b"HTTP/1.1 200 OK\r\nX-From: %b\r\nContent-Length: 3\r\n\r\n1"
                % self.name
            )
            await self.go.wait()
            peer.send(b"23")


def pointed_at(settings, upstream, **more):
    routes = (settings.routes[0].model_copy(update={"upstream": upstream.url, **more}),)
    return settings.model_copy(update={"routes": routes})


async def test_running_exchange_keeps_its_upstream_and_the_next_takes_the_new(
    start_relay, start_upstream
):
    """T43."""
    old, new = Held(b"old"), Held(b"new")
    first, second = await start_upstream(old), await start_upstream(new)
    relay = await start_relay(first)
    running = await relay.client(GET)
    await running.head()
    relay.worker.apply(pointed_at(relay.worker.settings, second))
    new.go.set()
    head, body = await relay.ask(GET)
    assert (field(head, b"x-from"), body) == (b"new", b"123")
    old.go.set()
    assert await running.exactly(3) == b"123"
    running.send(GET)  # on the old connection, by the new route
    head, _ = await running.response()
    assert field(head, b"x-from") == b"new"
    await eventually(lambda: not first.open_peers)


async def test_idle_connections_of_a_route_that_went_are_closed(
    start_relay, start_upstream
):
    """T43."""
    first, second = await start_upstream(OK), await start_upstream(OK)
    relay = await start_relay(first)
    await relay.ask(GET)
    assert first.open_peers
    relay.worker.apply(pointed_at(relay.worker.settings, second))
    await eventually(lambda: not first.open_peers)
    relay.worker.sweep(1)
    assert not relay.worker.retired


async def test_unchanged_route_keeps_its_connections(start_relay, start_upstream):
    """T43: a reload is not a burst of handshakes."""
    upstream = await start_upstream(answering(OK))
    relay = await start_relay(upstream)
    await relay.ask(GET)
    before = relay.worker.settings_hash
    relay.worker.apply(pointed_at(relay.worker.settings, upstream, content="full"))
    await relay.ask(GET)
    assert len(upstream.peers) == 1
    assert relay.worker.settings_hash != before
    assert relay.worker.heartbeat().settings_hash == relay.worker.settings_hash


async def test_routes_to_one_upstream_share_its_connections(
    start_relay, start_upstream
):
    upstream = await start_upstream(answering(OK))
    relay = await start_relay(upstream)
    settings = relay.worker.settings
    twin = settings.routes[0].model_copy(update={"name": "twin", "prefix": "/twin"})
    both = settings.model_copy(update={"routes": (settings.routes[0], twin)})
    relay.worker.apply(both)
    await relay.ask(GET)
    await relay.ask(GET.replace(b"/up", b"/twin"))
    assert len(upstream.peers) == 1


async def test_settings_that_cannot_be_applied_change_nothing(
    start_relay, start_upstream, tmp_path
):
    """T43: a certificate that went missing between check and reload."""
    relay = await start_relay(await start_upstream(OK))
    before = relay.worker.settings, relay.worker.table
    tls = relay.worker.settings.routes[0].tls.model_copy(
        update={"ca": tmp_path / "gone.pem"}
    )
    broken = pointed_at(relay.worker.settings, await start_upstream(OK), tls=tls)
    broken = broken.model_copy(
        update={
            "routes": (
                broken.routes[0].model_copy(update={"upstream": "https://127.0.0.1:9"}),
            )
        }
    )
    with pytest.raises(OSError, match="No such file"):
        relay.worker.apply(broken)
    assert (relay.worker.settings, relay.worker.table) == before
    assert status((await relay.ask(GET))[0]) == 200


async def test_new_time_outs_hold_for_new_exchanges_only(start_relay, start_upstream):
    """T43."""
    held = Held(b"x")
    relay = await start_relay(await start_upstream(held))
    running = await relay.client(GET)
    await running.head()
    settings = relay.worker.settings
    short = settings.routes[0].timeouts.model_copy(update={"idle": 0.2})
    relay.worker.apply(
        settings.model_copy(
            update={
                "routes": (settings.routes[0].model_copy(update={"timeouts": short}),)
            }
        )
    )
    late = await relay.client(GET)
    await late.ended()
    assert running.end is None
    held.go.set()
    assert await running.exactly(3) == b"123"


async def test_draining_answers_close_and_readiness_fails(start_relay, start_upstream):
    """T42: a kept connection's request is still served, and then it closes."""
    held = Held(b"x")
    relay = await start_relay(await start_upstream(held))
    running = await relay.client(GET)
    await running.head()
    kept = await relay.client()
    await eventually(lambda: len(relay.worker.clients) == 2)
    relay.worker.ready, relay.worker.draining = False, True
    head, _ = await relay.ask(b"GET /-/ready HTTP/1.1\r\nHost: h\r\n\r\n")
    assert (status(head), field(head, b"x-seatrial-error")) == (503, b"draining")
    kept.send(GET)
    head = await kept.head()
    assert (status(head), field(head, b"connection")) == (200, b"close")
    held.go.set()
    assert await kept.rest() == b"123"
    assert await running.exactly(3) == b"123"
    for client in list(relay.worker.clients):
        client.close_if_idle()
    assert await running.ended() == "fin"
    await eventually(lambda: not relay.worker.clients)


async def test_drain_spares_a_connection_amid_a_request(start_relay, start_upstream):
    """T42."""
    relay = await start_relay(await start_upstream(OK))
    client = await relay.client(GET[:20])
    await eventually(lambda: any(c.head_bytes for c in relay.worker.clients))
    relay.worker.draining = True
    for connection in list(relay.worker.clients):
        connection.close_if_idle()
    client.send(GET[20:])
    assert status((await client.response())[0]) == 200


async def test_lag_of_the_loop_is_reported_once(start_relay, start_upstream):
    """T18: the worst since the last heartbeat."""
    relay = await start_relay(await start_upstream(OK), tapped=True)
    relay.worker.lag_seconds = 0.5
    assert relay.worker.heartbeat().lag_seconds == 0.5
    relay.worker.beat()
    assert relay.worker.heartbeat().lag_seconds < 0.5
