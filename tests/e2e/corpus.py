"""Recorded exchanges as bytes on a connection, and the two raw peers that speak them.

Nothing here understands more HTTP than it must, so that the relay's bytes are compared
and not somebody's reading of them.
"""

import asyncio
import base64
import gzip
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

Headers = list[tuple[bytes, bytes]]

# These belong to one connection (RFC 9110 §7.6.1), and Host names each one's server.
ONE_CONNECTIONS = {b"host", b"connection", b"keep-alive", b"te", b"upgrade"}
FRAMING = {b"content-length", b"transfer-encoding"}
MARK = b"x-exchange"


@dataclass(frozen=True, slots=True)
class Message:
    start: bytes
    headers: Headers
    body: bytes

    def framed(self, *, chunked: bool) -> "Message":
        """With a framing chosen here: the corpus has lost the recorded one."""
        headers = self.without(FRAMING).headers
        if chunked:
            headers.append((b"Transfer-Encoding", b"chunked"))
        elif not self.start.startswith((b"GET ", b"HTTP/1.1 204")):
            headers.append((b"Content-Length", b"%d" % len(self.body)))
        return replace(self, headers=headers)

    def end_to_end(self) -> "Message":
        return self.without(ONE_CONNECTIONS | {MARK})

    def without(self, names: set[bytes]) -> "Message":
        kept = [
            (name, value) for name, value in self.headers if name.lower() not in names
        ]
        return replace(self, headers=kept)


@dataclass(frozen=True, slots=True)
class Exchange:
    id: str
    recorded: bool
    """Both bodies are the bytes that were on the wire."""
    request: Message
    response: Message


def read(folder: Path) -> Iterator[Exchange]:
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file) as lines:
            for line in lines:
                yield exchange(json.loads(line))


def exchange(row: dict[str, Any]) -> Exchange:
    """Streams in chunks, and every fourth body that is sent."""
    request, response = row["request"], row["response"]
    asked = Message(
        f"{request['method']} {request['path']} HTTP/1.1".encode(),
        pairs(request["headers"]),
        base64.b64decode(request["body_b64"] or ""),
    )
    answered = Message(
        f"HTTP/1.1 {response['status']} As Recorded".encode(),
        pairs(response["headers"]),
        base64.b64decode(response["body_b64"] or ""),
    )
    return Exchange(
        row["id"],
        request["body_source"] == response["body_source"] == "recorded",
        asked.framed(chunked=bool(asked.body) and int(row["id"], 16) % 4 == 0),
        answered.framed(chunked=row["streaming"]),
    )


def pairs(headers: dict[str, str | list[str]]) -> Headers:
    return [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, values in headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]


def written(message: Message, chance: random.Random) -> list[bytes]:
    """The message as the pieces in which it is sent: cut anywhere, head and body."""
    lines = [message.start, *(name + b": " + value for name, value in message.headers)]
    head = b"\r\n".join(lines) + b"\r\n\r\n"
    pieces = split(message.body, chance)
    if (b"Transfer-Encoding", b"chunked") in message.headers:
        pieces = [b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces] + [
            b"0\r\n\r\n"
        ]
    if chance.random() < 0.5:  # the head and the first of the body in one
        return [head + b"".join(pieces[:1]), *pieces[1:]]
    return [*split(head, chance), *pieces]


def split(data: bytes, chance: random.Random) -> list[bytes]:
    """At most 12 pieces, cut anywhere: within UTF-8, CRLF, a gzip member."""
    if len(data) < 2:
        return [data] if data else []
    count = min(chance.randrange(12), len(data) - 1)
    cuts = [0, *sorted(chance.sample(range(1, len(data)), count)), len(data)]
    return [data[a:b] for a, b in pairwise(cuts)]


class Wire:
    """One end of a connection: sends pieces, reads whole messages."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, pieces: list[bytes], chance: random.Random) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()
            if chance.random() < 0.3:  # mostly the kernel joins what follows at once
                await asyncio.sleep(0.001)

    async def message(self) -> Message:
        raw = await self.reader.readuntil(b"\r\n\r\n")
        start, *lines = raw[:-4].split(b"\r\n")
        headers = [
            (name, value) for name, _, value in (x.partition(b": ") for x in lines)
        ]
        found = {name.lower(): value for name, value in headers}
        if found.get(b"transfer-encoding") == b"chunked":
            return Message(start, headers, await self.chunks())
        length = int(found.get(b"content-length", b"0"))
        return Message(start, headers, await self.reader.readexactly(length))

    async def chunks(self) -> bytes:
        body = bytearray()
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            body += await self.reader.readexactly(size)
            assert await self.reader.readexactly(2) == b"\r\n"
        assert await self.reader.readexactly(2) == b"\r\n"
        return bytes(body)

    async def close(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()
