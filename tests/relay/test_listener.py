"""An unexpected error ends one connection, is logged and counted, and harms no other."""

import asyncio
import logging
import socket

from tests.relay.wire import OK, eventually, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"


class Bug(Exception):
    pass


async def test_a_bug_of_ours_fails_one_request_only(
    start_relay, start_upstream, caplog, fast
):
    relay = await start_relay(await start_upstream(OK), fast=fast)
    bystander = await relay.client(GET)
    await bystander.response()
    select = type(relay.worker.table).select

    class Broken:
        def select(self, target, host):
            if b"broken" in target:
                raise Bug("secret-in-a-bug")
            return select(relay.worker.settings_table, target, host)

    relay.worker.settings_table = relay.worker.table
    relay.worker.table = Broken()
    client = await relay.client(b"GET /up/broken HTTP/1.1\r\nHost: h\r\n\r\n")
    assert await client.rest() == b""
    await eventually(lambda: relay.worker.in_flight == 0)
    bystander.send(GET)
    assert status((await bystander.response())[0]) == 200
    assert relay.listener.errors == 1
    assert [r.levelno for r in caplog.records] == [logging.ERROR]
    relay.listener.errors = 0  # this one was asked for


async def test_a_failing_recorder_harms_no_exchange(start_relay, start_upstream, fast):
    """T36: a bug in measuring is not a user's failure, and gives the memory back."""
    relay = await start_relay(await start_upstream(OK), fast=fast)
    record = relay.worker.recorder.record

    def broken(exchange, outcome):
        raise Bug

    relay.worker.recorder.record = broken
    client = await relay.client(GET)
    assert (await client.response())[1] == b"ok"
    await eventually(lambda: relay.listener.errors == 1)
    assert relay.worker.capture.free == relay.worker.capture.memory
    assert relay.worker.in_flight == 0
    relay.worker.recorder.record = record
    assert status((await relay.ask(GET))[0]) == 200
    relay.listener.errors = 0  # this one was asked for


async def test_peers_faults_are_no_errors_of_ours(
    start_relay, start_upstream, certificates, fast, caplog
):
    """Garbage instead of a handshake, resets amid it: the log stays silent."""
    relay = await start_relay(
        await start_upstream(OK), fast=fast, tls=certificates.server()
    )
    for data in (b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01", b""):
        for how in ("close", "reset"):
            client = await relay.client(data)
            await asyncio.sleep(0.01)
            getattr(client, how)()
    await eventually(lambda: not relay.worker.clients)
    client = await relay.client(GET, tls=certificates.client())
    assert status((await client.response())[0]) == 200
    assert relay.listener.errors == 0
    assert not caplog.records


async def test_stopped_listener_accepts_no_more_and_serves_on(
    start_relay, start_upstream, fast
):
    """T42."""
    relay = await start_relay(await start_upstream(OK), fast=fast)
    client = await relay.client(GET)
    await client.response()
    relay.listener.stop()
    client.send(GET)
    assert status((await client.response())[0]) == 200


async def test_a_neighbour_is_accepted_for_while_it_is_covered(
    start_relay, start_upstream, fast
):
    relay = await start_relay(await start_upstream(OK), fast=fast)
    theirs = socket.create_server(("127.0.0.1", 0))
    relay.listener.neighbours = {"relay-1": [theirs]}
    await relay.listener.cover("relay-1")
    reader, writer = await asyncio.open_connection(*theirs.getsockname())
    writer.write(GET)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()

    relay.listener.uncover("relay-1")
    left = socket.create_connection(theirs.getsockname())
    theirs.settimeout(5)
    accepted, _ = theirs.accept()  # nobody else took it
    accepted.close()
    left.close()


async def test_a_draining_relay_gives_up_its_neighbours_sockets(
    start_relay, start_upstream
):
    relay = await start_relay(await start_upstream(OK))
    theirs = socket.create_server(("127.0.0.1", 0))
    address = theirs.getsockname()
    relay.listener.neighbours = {"relay-1": [theirs]}
    await relay.listener.cover("relay-1")
    relay.listener.stop()
    await eventually(lambda: refuses(address))


def refuses(address: tuple[str, int]) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(address) != 0
