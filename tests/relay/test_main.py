"""The relay as a process of its own: it begins, reloads and drains as it is told."""

import asyncio
import os
import signal
import socket
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from proxy.recording.control import Beat, Begin, Control, Drain, Ready, Reload
from proxy.recording.frames import Decoder, encode_into
from proxy.settings import Settings
from tests.relay.conftest import SECRET
from tests.relay.wire import OK, Peer, answering, eventually, field, status

GET = b"GET /up HTTP/1.1\r\nHost: h\r\n\r\n"


@dataclass
class Process:
    """A relay process, its control line, and the way to it."""

    line: Peer
    child: asyncio.subprocess.Process
    address: tuple[str, int]
    stack: AsyncExitStack

    def say(self, message):
        buffer = bytearray()
        encode_into(buffer, message)
        self.line.send(bytes(buffer))

    def heard(self, kind):
        messages = Decoder(Control).feed(bytes(self.line.received))
        return sum(isinstance(message, kind) for message in messages)

    async def client(self, data=b""):
        loop = asyncio.get_running_loop()
        transport, peer = await loop.create_connection(Peer, *self.address)
        self.stack.callback(transport.abort)
        peer.send(data)
        return peer

    async def ended(self):
        async with asyncio.timeout(10):
            return await self.child.wait()


def settings_for(tmp_path, upstream):
    return Settings.model_validate(
        {
            "instance": {"run_dir": tmp_path},
            "relay": {"drain": {"delay": "100ms"}},
            "routes": [{"name": "up", "prefix": "/up", "upstream": upstream.url}],
        }
    )


@pytest.fixture
def start_process(runner, tmp_path):
    async def start(upstream):
        loop = asyncio.get_running_loop()
        listener = socket.create_server(("127.0.0.1", 0))
        ours, theirs = socket.socketpair()
        fds = theirs.fileno(), listener.fileno()
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "proxy.relay.main", "--control", str(fds[0])),
            pass_fds=fds,
            stderr=asyncio.subprocess.DEVNULL,
        )
        _, line = await loop.create_unix_connection(Peer, sock=ours)
        process = Process(line, child, listener.getsockname(), runner.stack)
        theirs.close()
        listener.close()

        async def stop():
            line.transport.abort()
            if child.returncode is None:
                child.kill()
            await child.wait()

        runner.stack.push_async_callback(stop)
        settings = settings_for(tmp_path, upstream).model_dump_json().encode()
        process.say(Begin("relay-0", settings, SECRET, [fds[1]]))
        await eventually(lambda: process.heard(Ready), "ready", seconds=20)
        return process

    return start


class Streaming:
    """Begins a stream and ends it at the word."""

    def __init__(self):
        self.finish = asyncio.Event()

    async def __call__(self, peer):
        await peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
        await self.finish.wait()
        peer.send(b"2\r\ncd\r\n0\r\n\r\n")


async def test_process_serves_beats_and_reloads(
    start_process, start_upstream, tmp_path
):
    """T43."""
    first = await start_upstream(OK)
    second = await start_upstream(b"HTTP/1.1 200 New\r\nContent-Length: 2\r\n\r\nok")
    process = await start_process(first)
    client = await process.client(GET)
    assert await client.response() == (OK[:-2], b"ok")
    await eventually(lambda: process.heard(Beat) >= 2)
    changed = settings_for(tmp_path, second).model_dump_json().encode()
    process.say(Reload(changed))

    async with asyncio.timeout(5):  # the word and the requests travel on two ways
        for _ in range(1_000_000):
            client.send(GET)
            if b"New" in (await client.response())[0]:
                break
    await client_leaves_and_the_process_drains(process, client)


async def test_settings_that_cannot_be_applied_leave_the_process_serving(
    start_process, start_upstream, tmp_path
):
    """T43: a certificate may go missing between the check and the reload."""
    upstream = await start_upstream(answering(OK))
    process = await start_process(upstream)
    settings = settings_for(tmp_path, upstream)
    tls = settings.routes[0].tls.model_copy(update={"ca": tmp_path / "gone.pem"})
    route = settings.routes[0].model_copy(
        update={"upstream": "https://127.0.0.1:9", "tls": tls}
    )
    broken = settings.model_copy(update={"routes": (route,)})
    process.say(Reload(broken.model_dump_json().encode()))
    beats = process.heard(Beat)
    await eventually(lambda: process.heard(Beat) > beats + 1)
    client = await process.client(GET)
    assert await client.response() == (OK[:-2], b"ok")
    await client_leaves_and_the_process_drains(process, client)


async def client_leaves_and_the_process_drains(process, client):
    client.close()
    process.say(Drain(delay=0.0, limit=5.0))
    assert await process.ended() == 0


@pytest.mark.parametrize("word", ["drain", "SIGTERM", "orphaned"])
async def test_streams_end_by_themselves_while_draining(
    start_process, start_upstream, word
):
    """T42: told by the supervisor, by the system, or by the supervisor's death."""
    streaming = Streaming()
    upstream = await start_upstream(streaming)
    process = await start_process(upstream)
    running = await process.client(GET)
    await running.until(lambda: running.received.endswith(b"ab\r\n"), "the beginning")
    idle = await process.client()
    match word:
        case "drain":
            process.say(Drain(delay=0.3, limit=30.0))
        case "SIGTERM":
            os.kill(process.child.pid, signal.SIGTERM)
        case _:
            process.line.close()
    if word == "drain":  # readiness fails first, and the listener stays for the delay
        await asyncio.sleep(0.1)
        asking = await process.client(b"GET /-/ready HTTP/1.1\r\nHost: h\r\n\r\n")
        head, _ = await asking.response()
        assert (status(head), field(head, b"x-seatrial-error")) == (503, b"draining")
        asking.close()
    assert await idle.ended(seconds=10) == "fin"
    assert running.end is None
    streaming.finish.set()
    assert (await running.rest(seconds=10)).endswith(b"2\r\ncd\r\n0\r\n\r\n")
    running.close()
    assert await process.ended() == 0


async def test_streams_are_cut_at_the_drain_limit(start_process, start_upstream):
    """T42 T7: and the client can tell."""
    streaming = Streaming()
    upstream = await start_upstream(streaming)
    process = await start_process(upstream)
    running = await process.client(GET)
    await running.until(lambda: running.received.endswith(b"ab\r\n"), "the beginning")
    process.say(Drain(delay=0.0, limit=0.3))
    assert not (await running.rest(seconds=10)).endswith(b"0\r\n\r\n")
    await upstream.peers[0].ended()
    assert await process.ended() == 0


async def test_ctrl_c_is_the_supervisors_to_decide(start_process, start_upstream):
    process = await start_process(await start_upstream(answering(OK)))
    os.kill(process.child.pid, signal.SIGINT)
    client = await process.client(GET)
    assert status((await client.response())[0]) == 200
    await client_leaves_and_the_process_drains(process, client)
