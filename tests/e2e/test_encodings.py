"""T13, T11: encoded bodies pass as they are, and each event leaves when it is there."""

import asyncio
import gzip
import json
import time
import zlib
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, Protocol

import brotli
import httpx2
import openai
import pytest
import zstandard
from aiohttp import web

from tests.e2e.conftest import Serve
from tests.e2e.instances import Instance, route
from tests.e2e.upstreams import Upstream, digest

PIECES = ["Grüße", " 🦀", " 안녕", "\u2028line", " end"]
PAUSE = 0.06
# httpx decodes zstd only with an extra that the SDKs do not ask for.
READABLE = ("gzip", "br", "identity")


class Encoder(Protocol):
    def __call__(self, event: bytes) -> bytes:
        """The event's encoded bytes, flushed so that a reader can decode them now."""


def gzip_encoder() -> Encoder:
    packer = zlib.compressobj(wbits=31)
    return lambda event: packer.compress(event) + packer.flush(zlib.Z_SYNC_FLUSH)


def brotli_encoder() -> Encoder:
    packer = brotli.Compressor()
    return lambda event: bytes(packer.process(event) + packer.flush())


def zstd_encoder() -> Encoder:
    """A frame for each event, as some servers send."""
    return zstandard.ZstdCompressor().compress


def identity_encoder() -> Encoder:
    return lambda event: event


ENCODERS: dict[str, Callable[[], Encoder]] = {
    "gzip": gzip_encoder,
    "br": brotli_encoder,
    "zstd": zstd_encoder,
    "identity": identity_encoder,
}


def events() -> list[bytes]:
    chunks = [
        {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m",
         "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]}
        for text in PIECES
    ]  # fmt: skip
    lines = [json.dumps(chunk, ensure_ascii=False) for chunk in chunks]
    return [f"data: {line}\n\n".encode() for line in (*lines, "[DONE]")]


async def encoded(asked: web.Request) -> web.StreamResponse:
    """Streams in the encoding the model's name asks for; digests what is no model call."""
    if asked.path.endswith("/digest"):
        sent = asked.headers.get("Content-Encoding")
        return web.json_response(
            {"sha256": digest(await asked.read()), "encoding": sent}
        )
    name = (await asked.json())["model"]
    encode = ENCODERS[name]()
    response = web.StreamResponse(headers={"content-type": "text/event-stream"})
    if name != "identity":
        response.headers["content-encoding"] = name
    await response.prepare(asked)
    for event in events():
        await response.write(encode(event))
        await asyncio.sleep(PAUSE)
    await response.write_eof()
    return response


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    upstream = Upstream(encoded)
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def instance(serve: Serve, upstream: Upstream) -> Instance:
    return serve(route("up", upstream.url, content="full"))


def sdk(base: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=base, api_key="k", max_retries=0)


def read(base: str, encoding: str) -> tuple[list[Any], list[float]]:
    """The events an SDK sees, and when."""
    seen, times = [], []
    with sdk(base) as client:
        ask: Any = {"model": encoding, "messages": [], "stream": True}
        for event in client.chat.completions.create(**ask):
            seen.append(event.to_dict())
            times.append(time.monotonic())
    return seen, times


@pytest.mark.parametrize("encoding", READABLE)
def test_encoded_stream_is_read_as_directly(
    instance: Instance, upstream: Upstream, encoding: str
) -> None:
    direct, _ = read(upstream.url, encoding)
    relayed, _ = read(f"{instance.url}/up", encoding)
    assert relayed == direct
    assert [x["choices"][0]["delta"]["content"] for x in relayed] == PIECES


@pytest.mark.parametrize("encoding", ENCODERS)
def test_encoded_bytes_are_the_same(
    instance: Instance, upstream: Upstream, encoding: str
) -> None:
    def raw(base: str) -> tuple[str | None, bytes]:
        asked = {"model": encoding, "messages": []}
        with httpx2.stream("POST", f"{base}/chat/completions", json=asked) as answer:
            body = b"".join(answer.iter_raw())
        return answer.headers.get("content-encoding"), body

    assert raw(f"{instance.url}/up") == raw(upstream.url)


@pytest.mark.parametrize("encoding", READABLE)
def test_each_event_arrives_when_it_is_sent(instance: Instance, encoding: str) -> None:
    """Held together they would all come at once."""
    _, times = read(f"{instance.url}/up", encoding)
    gaps = [after - before for before, after in pairwise(times)]
    assert min(gaps) > PAUSE / 4
    assert times[-1] - times[0] > (len(PIECES) - 1) * PAUSE * 0.8


def test_encoded_request_passes_as_it_is(instance: Instance) -> None:
    body = gzip.compress(b"x" * 100_000)
    headers = {"content-encoding": "gzip"}
    url = f"{instance.url}/up/digest"
    told = httpx2.post(url, content=body, headers=headers).json()
    assert told == {"sha256": digest(b"x" * 100_000), "encoding": "gzip"}
