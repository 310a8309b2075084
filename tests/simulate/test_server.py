"""Bytes, times and breakage on the connection itself."""

import asyncio
import contextlib
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from proxy.simulate import Behaviour, Server, serve

Simulated = Callable[..., Any]
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": True}
GENERATE = {"contents": [{"parts": [{"text": "hi"}]}]}


async def post(
    server: Server, path: str, body: object, steer: str = ""
) -> tuple[aiohttp.ClientResponse, bytes]:
    async with (
        aiohttp.ClientSession(server.url) as session,
        session.post(path, json=body, headers={"x-simulate": steer}) as response,
    ):
        return response, await response.read()


@dataclass(frozen=True, slots=True)
class Connection:
    """A plain socket, which shows what an HTTP client would hide."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def rest(self) -> bytes:
        return await self.reader.read()

    async def leave(self) -> None:
        self.writer.close()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()


async def ask(server: Server, body: object, steer: str) -> Connection:
    data = json.dumps(body).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: simulation\r\n"
        f"x-simulate: {steer}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    writer.write(head.encode() + data)
    await writer.drain()
    return Connection(reader, writer)


def test_gemini_sse_is_framed_by_crlf(simulated: Simulated) -> None:
    path = "/v1beta/models/m:streamGenerateContent?alt=sse"
    response, body = simulated(lambda s: post(s, path, GENERATE, "chunks=3"))
    assert response.headers["content-type"] == "text/event-stream"
    assert body.count(b"\r\n\r\n") == 3
    assert body.count(b"\n") == 6


def test_gemini_without_sse_streams_one_json_array(simulated: Simulated) -> None:
    path = "/v1beta/models/m:streamGenerateContent"
    response, body = simulated(lambda s: post(s, path, GENERATE, "chunks=3"))
    assert response.headers["content-type"].startswith("application/json")
    assert len(json.loads(body)) == 3


def test_openai_stream_ends_with_done(simulated: Simulated) -> None:
    _, body = simulated(lambda s: post(s, "/v1/chat/completions", CHAT))
    assert body.endswith(b"data: [DONE]\n\n")


def test_anthropic_events_come_in_the_documented_order(simulated: Simulated) -> None:
    asked = CHAT | {"max_tokens": 99}
    _, body = simulated(lambda s: post(s, "/v1/messages", asked, "chunks=2"))
    names = [
        line.removeprefix("event: ")
        for line in body.decode().split("\n")
        if line.startswith("event: ")
    ]
    assert names == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]


def test_the_pace_is_the_one_asked_for(simulated: Simulated) -> None:
    async def scenario(server: Server) -> float:
        clock = asyncio.get_running_loop().time
        started = clock()
        await post(
            server, "/v1/chat/completions", CHAT, "ttft=60ms,chunks=5,interval=20ms"
        )
        return clock() - started

    # 60 ms to the first of 6 pieces, 5 intervals of 20 ms after it.
    assert simulated(scenario) >= 0.16


def test_cut_resets_the_connection_in_the_body(simulated: Simulated) -> None:
    async def scenario(server: Server) -> bytes:
        connection = await ask(server, CHAT, "fault=cut,chunks=8")
        head = await connection.reader.readuntil(b'"delta"')
        with pytest.raises(ConnectionResetError):
            await connection.rest()
        await connection.leave()
        assert server.counters.faults == {"cut": 1}
        assert server.counters.aborted_by_client == 0
        return head

    assert simulated(scenario).startswith(b"HTTP/1.1 200")


def test_malformed_writes_a_chunk_size_that_is_none(simulated: Simulated) -> None:
    async def scenario(server: Server) -> bytes:
        connection = await ask(server, CHAT, "fault=malformed,chunks=8")
        received = await connection.rest()
        await connection.leave()
        assert server.counters.aborted_by_client == 0
        return received

    received = simulated(scenario)
    assert b"\r\nzz-not-a-chunk-size\r\n" in received
    assert b"[DONE]" not in received


@pytest.mark.parametrize("fault", ["cut", "malformed"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_client_never_takes_a_broken_body_for_a_whole(
    simulated: Simulated, fault: str, stream: bool
) -> None:
    async def scenario(server: Server) -> None:
        with pytest.raises(aiohttp.ClientError):
            await post(
                server,
                "/v1/chat/completions",
                CHAT | {"stream": stream},
                f"fault={fault}",
            )

    simulated(scenario)


def test_stall_sends_half_and_then_nothing_until_the_client_leaves(
    simulated: Simulated, eventually: Any
) -> None:
    async def scenario(server: Server) -> None:
        connection = await ask(server, CHAT, "fault=stall,chunks=8")
        await connection.reader.readuntil(b'"delta"')
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.rest(), 0.2)
        assert server.counters.in_flight == 1
        await connection.leave()
        await eventually(lambda: server.counters.in_flight == 0)
        assert server.counters.aborted_by_client == 1

    simulated(scenario)


def test_leaving_before_the_first_byte_is_counted(
    simulated: Simulated, eventually: Any
) -> None:
    async def scenario(server: Server) -> None:
        connection = await ask(server, CHAT, "ttft=60s")
        await eventually(lambda: server.counters.in_flight == 1)
        await connection.leave()
        await eventually(lambda: server.counters.aborted_by_client == 1)

    simulated(scenario)


def test_the_stop_ends_a_stalled_response() -> None:
    async def outlive() -> None:
        async with asyncio.timeout(10):
            async with serve(Behaviour()) as server:
                connection = await ask(server, CHAT, "fault=stall")
                await connection.reader.readuntil(b'"delta"')
            assert b"[DONE]" not in await connection.rest()
            await connection.leave()

    asyncio.run(outlive())


def test_counters_tell_what_was_seen(simulated: Simulated) -> None:
    async def scenario(server: Server) -> Any:
        for steer in ("", "behaviour=refusal", "fault=server_error", "chunks=0"):
            await post(server, "/openai/v1/chat/completions", CHAT, steer)
        async with (
            aiohttp.ClientSession(server.url) as session,
            session.get("/-/simulate") as response,
        ):
            return await response.json()

    assert simulated(scenario) == {
        "total": 4,
        "requests": {"openai.chat": 3, "refused": 1},
        "behaviours": {"answer": 1, "refusal": 1},
        "faults": {"server_error": 1},
        "statuses": {"200": 2, "500": 1, "400": 1},
        "completed": 4,
        "aborted_by_client": 0,
        "in_flight": 0,
    }


def test_the_same_seed_serves_the_same_bytes_again(simulated: Simulated) -> None:
    async def scenario(server: Server) -> list[bytes]:
        return [(await post(server, "/v1/chat/completions", CHAT))[1] for _ in range(5)]

    settings = Behaviour(seed=11)
    assert simulated(scenario, settings) == simulated(scenario, settings)


def test_a_large_upload_is_read_whole(simulated: Simulated) -> None:
    asked = CHAT | {"messages": [{"role": "user", "content": "x" * 5_000_000}]}

    async def scenario(server: Server) -> int:
        upload = io.BytesIO(json.dumps(asked).encode())
        url = f"{server.url}/v1/chat/completions"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, data=upload) as r,
        ):
            await r.read()
            return r.status

    assert simulated(scenario) == 200
