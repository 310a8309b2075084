"""Takes one conversation's lines out of the files of recordings, each file as a whole.

A file is written anew beside the old one and put in its place, so a crash leaves one or
the other. Its date stays, for by that date it grows too old.
"""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from proxy.monitor.folder import PREFIX

FRESH = ".fresh"
FLAGS = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC

IsKept = Callable[[bytes], bool]


@dataclass(frozen=True, slots=True)
class Removed:
    lines: int = 0
    files: int = 0
    """In which they stood."""


class Facts(msgspec.Struct, frozen=True):
    boot: str = ""
    seq: int = 0
    conversation: str | None = None


class Line(msgspec.Struct, frozen=True):
    seatrial: Facts = Facts()


decoder = msgspec.json.Decoder(Line)


def remove(folder: Path, conversation: str, exchanges: Iterable[str]) -> Removed:
    """Lines that carry the id, and those of the exchanges (`<boot>-<seq>`). May raise
    OSError; files done before it are done. Nobody may be writing to the folder."""
    for left in folder.glob(f"{PREFIX}*{FRESH}"):
        left.unlink(missing_ok=True)
    is_kept = keeping(conversation, frozenset(exchanges))
    counts = [
        rewrite(path, is_kept) for path in sorted(folder.glob(f"{PREFIX}*.jsonl"))
    ]
    return Removed(sum(counts), sum(count > 0 for count in counts))


def keeping(conversation: str, exchanges: frozenset[str]) -> IsKept:
    """A line is decoded only where it holds one of the ids at all."""
    boots = {exchange.rpartition("-")[0] for exchange in exchanges}
    needles = [msgspec.json.encode(one) for one in (conversation, *boots)]

    def is_kept(line: bytes) -> bool:
        if not any(needle in line for needle in needles):
            return True
        try:
            facts = decoder.decode(line).seatrial
        except msgspec.MsgspecError:
            return True
        id = f"{facts.boot}-{facts.seq}"
        return facts.conversation != conversation and id not in exchanges

    return is_kept


def rewrite(path: Path, is_kept: IsKept) -> int:
    """How many lines went. The file is read twice only where some must."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        gone = sum(not is_kept(line) for line in file)
        if gone:
            file.seek(0)
            replace(path, (line for line in file if is_kept(line)))
        return gone
    return 0


def replace(path: Path, lines: Iterable[bytes]) -> None:
    fresh = path.with_suffix(FRESH)
    dates = path.stat()
    try:
        with open(os.open(fresh, FLAGS, 0o600), "wb") as file:
            file.writelines(lines)
            file.flush()
            os.fsync(file.fileno())
        os.utime(fresh, ns=(dates.st_atime_ns, dates.st_mtime_ns))
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
