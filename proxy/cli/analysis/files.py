"""What is to be analysed: lines of recorded exchanges, and entries of HAR files."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import msgspec

from proxy.errors import UsageError, WireError
from proxy.recording import har, rows
from proxy.recording.files import BROKEN, decompressed, lines
from proxy.recording.rows import Recorded

LONGEST_HAR = 1024 * 1024 * 1024
STANDARD_INPUT = Path("-")
HAR = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*("log"\s*:|$)')

Advance = Callable[[Path, int], None]
"""Told how many bytes of the file were read so far, compressed if it is."""
Line = tuple[int, bytes | WireError]


@dataclass(frozen=True, slots=True)
class Piece:
    """One line of a file, or one entry of a HAR file; numbers begin with 1."""

    file: str
    line: int
    content: Recorded | WireError


def read(path: Path, advance: Advance, guess: bool) -> Iterator[Piece]:
    """All that the file holds, in order. A broken line is a WireError and the rest goes
    on. With `guess`, UsageError where the file seems to hold something else."""
    with opened(path) as (raw, stream):
        found = lines(stream)
        first = next(found, None)
        if first is None:
            return
        if isinstance(first[1], bytes) and HAR.match(first[1]):
            yield from entries(str(path), whole(first[1], stream))
            return
        if guess and isinstance(first[1], bytes):
            refuse_others(path, first[1])
        for number, line in chain([first], found):
            yield Piece(str(path), number, parsed(line, rows.parse))
            if raw.seekable():
                advance(path, raw.tell())


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """The file as it lies on the disk, and what it says."""
    if path == STANDARD_INPUT:
        yield sys.stdin.buffer, sys.stdin.buffer
        return
    try:
        raw = path.open("rb")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    with raw:
        yield raw, decompressed(raw)


def parsed(
    line: bytes | WireError, parse: Callable[[bytes], Recorded]
) -> Recorded | WireError:
    if isinstance(line, WireError):
        return line
    try:
        return parse(line)
    except WireError as error:
        return error


def whole(beginning: bytes, stream: BinaryIO) -> bytes | WireError:
    try:
        return beginning + stream.read(LONGEST_HAR)
    except BROKEN as error:
        return WireError(f"cannot be read: {error}")


def entries(file: str, document: bytes | WireError) -> Iterator[Piece]:
    try:
        if isinstance(document, WireError):
            raise document
        found = har.entries(document)
    except WireError as error:
        yield Piece(file, 1, error)
        return
    for number, entry in enumerate(found, 1):
        yield Piece(file, number, parsed(entry, har.parse))


def refuse_others(path: Path, first: bytes) -> None:
    """A line that begins as an object may be a broken exchange; any other is none."""
    try:
        found = msgspec.json.decode(first)
    except (msgspec.DecodeError, ValueError, RecursionError):
        found = {"request": None} if first.lstrip().startswith(b"{") else None
    if not isinstance(found, dict) or not {"request", "response"} & found.keys():
        raise UsageError(
            f"{path}: neither recorded exchanges (JSONL with `request` and `response`), "
            "nor a HAR file, nor conversation logs (JSONL with `messages`), judging by its "
            "first line; --kind recordings reads it anyway"
        )
