"""Files of recorded exchanges: their lines, plain or compressed, and what they hold."""

import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar, cast

from proxy.errors import UsageError, WireError
from proxy.recording import rows
from proxy.recording.rows import Recorded

LONGEST_LINE = 64 * 1024 * 1024
BROKEN = (OSError, EOFError, zlib.error)
"""What reading a file that is cut, or is no archive, raises."""

Kept = TypeVar("Kept")


def decompressed(raw: BinaryIO) -> BinaryIO:
    """What the file says, told by its first bytes and not by its name."""
    is_gzip = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return cast("BinaryIO", gzip.GzipFile(fileobj=raw)) if is_gzip else raw


def lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | WireError]]:
    """Lines that are not blank, with their numbers. What cannot be read is a WireError,
    and the last of them where the file itself is broken."""
    number = 0
    try:
        while line := stream.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
                skip(stream)
                yield number, WireError(f"longer than {LONGEST_LINE >> 20} MiB")
            elif line.strip():
                yield number, line
    except BROKEN as error:
        yield number + 1, WireError(f"cannot be read: {error}")


def skip(stream: BinaryIO) -> None:
    while line := stream.readline(LONGEST_LINE):
        if line.endswith(b"\n"):
            return


def exchanges(
    path: Path, take: Callable[[Recorded, bytes], Kept | None]
) -> Iterator[Kept]:
    """What `take` makes of each line, None left out. UsageError names the first line that
    is broken, or of which `take` says so by ValueError."""
    try:
        with path.open("rb") as raw:
            for number, line in lines(decompressed(raw)):
                where = f"{path}:{number}"
                try:
                    if isinstance(line, WireError):
                        raise line
                    kept = take(rows.parse(line), line)
                except WireError as error:
                    raise UsageError(f"{where}: {error}") from error
                except ValueError as error:
                    what = f"not a recorded exchange: {error}"
                    raise UsageError(f"{where}: {what}") from error
                if kept is not None:
                    yield kept
    except OSError as error:
        raise UsageError(f"{path}:1: cannot be read: {error}") from error
