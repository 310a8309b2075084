"""Content encodings undone on a copy, piece by piece, within bounded memory."""

import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Protocol

import brotli
import zstandard

from proxy.errors import WireError

LIMIT = 64 * 1024 * 1024
"""Decoded bytes of one body; what lies beyond is left unread."""
PLAIN_STARTS = (b'{"', b"{\n", b"{ ", b"{\r", b"[{", b"[\n", b"data:", b"event:")
LONGEST = max(map(len, PLAIN_STARTS))
ZSTD_WINDOW = 8 * 1024 * 1024  # RFC 9659
PIECE = 1024


class Decoder(Protocol):
    def feed(self, data: bytes, room: int) -> bytes:
        """Decode, stopping soon after `room` bytes. Raises WireError."""
        ...


class Gzip:
    """Any number of members."""

    def __init__(self) -> None:
        self.state = zlib.decompressobj(31)
        self.ended = False

    def feed(self, data: bytes, room: int) -> bytes:
        parts: list[bytes] = []
        while data and room > 0 and not self.ended:
            if self.state.eof:
                data = self.next_member(data)
                continue
            part = inflated(self.state, data, room, "gzip")
            parts.append(part)
            room -= len(part)
            data = self.state.unused_data or self.state.unconsumed_tail
        return b"".join(parts)

    def next_member(self, data: bytes) -> bytes:
        """Zeros may pad a gzip file; anything else after the end is not ours to read."""
        data = data.lstrip(b"\0")
        self.ended = data[:1] not in (b"", b"\x1f")
        self.state = zlib.decompressobj(31) if data else self.state
        return data


class Deflate:
    """With zlib's header, as RFC 9110 says, or without it, as many servers send it."""

    def __init__(self) -> None:
        self.held = b""
        self.state: zlib._Decompress | None = None

    def feed(self, data: bytes, room: int) -> bytes:
        if self.state is None:
            self.held += data
            if len(self.held) < 2:
                return b""
            first, second = self.held[:2]
            wrapped = first & 15 == 8 and (first << 8 | second) % 31 == 0
            self.state = zlib.decompressobj(15 if wrapped else -15)
            data = self.held
        return inflated(self.state, data, room, "deflate")


def inflated(state: "zlib._Decompress", data: bytes, room: int, name: str) -> bytes:
    try:
        return state.decompress(data, room)
    except zlib.error as error:
        raise WireError(f"{name} cannot be decoded: {error}") from error


class Brotli:
    def __init__(self) -> None:
        self.state = brotli.Decompressor()

    def feed(self, data: bytes, room: int) -> bytes:
        try:
            part: bytes = self.state.process(data, output_buffer_limit=room)
            parts = [part]
            while not self.state.can_accept_more_data() and len(part) < room:
                room -= len(part)
                part = self.state.process(b"", output_buffer_limit=room)
                parts.append(part)
        except brotli.error as error:
            raise WireError(f"br cannot be decoded: {error}") from error
        return b"".join(parts)


class Zstd:
    """Any number of frames: some servers send one per event."""

    def __init__(self) -> None:
        self.kit = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self.state = self.kit.decompressobj()

    def feed(self, data: bytes, room: int) -> bytes:
        parts: list[bytes] = []
        try:
            for start in range(0, len(data), PIECE):
                if room <= 0:
                    break
                part = self.piece(data[start : start + PIECE])
                room -= len(part)
                parts.append(part)
        except zstandard.ZstdError as error:
            raise WireError(f"zstd cannot be decoded: {error}") from error
        return b"".join(parts)

    def piece(self, data: bytes) -> bytes:
        parts: list[bytes] = []
        while data:
            if self.state.eof:
                self.state = self.kit.decompressobj()
            parts.append(self.state.decompress(data))
            data = self.state.unused_data if self.state.eof else b""
        return b"".join(parts)


def decoders(encoding: str) -> list[Decoder]:
    """In the order in which they are applied to decode. Raises WireError."""
    names = [name.strip().lower() for name in encoding.split(",")]
    made = [decoder(name) for name in names if name not in ("", "identity")]
    if len(made) > 3:
        raise WireError(f"{len(made)} content encodings on top of each other")
    return made[::-1]


def decoder(name: str) -> Decoder:
    match name:
        case "gzip" | "x-gzip":
            return Gzip()
        case "deflate":
            return Deflate()
        case "br":
            return Brotli()
        case "zstd":
            return Zstd()
        case _:
            raise WireError(f"content encoding {name[:40]!r} is not known")


def decoded(
    slices: Iterable[tuple[bytes, int]], encoding: str
) -> Iterator[tuple[bytes, int]]:
    """Each slice decoded, with the moment that came with it. Stops at LIMIT.

    A body that plainly is text is taken as it is: what stored it had decoded it already.
    """
    given = iter(slices)
    taken: list[tuple[bytes, int]] = []
    start = b""
    for data, at in given:
        taken.append((data, at))
        start += data[:LONGEST]
        if len(start) >= LONGEST:
            break
    steps = [] if start.startswith(PLAIN_STARTS) else decoders(encoding)
    room = LIMIT
    offset = 0
    for data, at in chain(taken, given):
        offset += len(data)
        try:
            for step in steps:
                data = step.feed(data, room)
        except WireError as error:
            raise WireError(f"{error}, before byte {offset}") from error
        if data:
            yield data[:room], at
        room -= len(data)
        if room <= 0:
            return
