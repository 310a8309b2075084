"""A folder of JSONL files that stays under a size and an age.

A file takes an eighth of either, so that what is too much or too old goes in small
pieces: no line outlives `max_age`, none goes before seven eighths of it.
"""

import errno
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PARTS = 8
PREFIX = "recordings-"
FLAGS = (
    os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
)


@dataclass(slots=True)
class Opened:
    """The file that is written now."""

    path: Path
    descriptor: int
    since: float
    size: int = 0


class Folder:
    """`now` is wall-clock seconds. Every method may raise OSError."""

    def __init__(self, path: Path, max_size: int, max_age: float) -> None:
        self.path = path
        self.max_size = max_size
        self.max_age = max_age
        self.current: Opened | None = None
        self.opened = 0

    def append(self, lines: bytes, now: float) -> None:
        """Write whole lines or none: a torn end is cut off before the error is raised."""
        current = self.current
        if current is None or current.size + len(lines) > self.max_size // PARTS:
            current = self.next(now, len(lines))
        try:
            write_all(current.descriptor, lines)
        except OSError:
            with suppress(OSError):
                os.ftruncate(current.descriptor, current.size)
            self.close()
            raise
        current.size += len(lines)

    def next(self, now: float, incoming: int) -> Opened:
        self.close()
        self.claim()
        self.prune(now, incoming)
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S.%fZ")
        self.opened += 1
        path = self.path / f"{PREFIX}{stamp}-{os.getpid()}-{self.opened}.jsonl"
        self.current = Opened(path, os.open(path, FLAGS, 0o600), now)
        return self.current

    def claim(self) -> None:
        """Make the folder private; one that others see and that holds more is not ours."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not stat.S_IMODE(self.path.stat().st_mode) & 0o077:
            return
        if any(not path.name.startswith(PREFIX) for path in self.path.iterdir()):
            raise PermissionError(
                errno.EPERM, "folder is open to others and holds other files"
            )
        self.path.chmod(0o700)

    def tend(self, now: float) -> None:
        """Called every now and then: let go of what is too old, or was taken away."""
        current = self.current
        if current is not None and (
            now - current.since > self.max_age / PARTS or not current.path.exists()
        ):
            self.close()
        if self.path.is_dir():
            self.prune(now, 0)

    def prune(self, now: float, incoming: int) -> None:
        """Remove files that are too old, then the oldest until `incoming` bytes fit."""
        oldest_allowed = now - self.max_age * (PARTS - 1) / PARTS
        kept: list[tuple[Path, int]] = []
        for path, size, written in self.files():
            if written < oldest_allowed:
                path.unlink(missing_ok=True)
            else:
                kept.append((path, size))
        total = max(incoming, self.max_size // PARTS) + sum(size for _, size in kept)
        for path, size in kept:
            if total <= self.max_size:
                break
            path.unlink(missing_ok=True)
            total -= size

    def files(self) -> list[tuple[Path, int, float]]:
        """Path, size and last write of every file but the current one, oldest first."""
        found = []
        for path in sorted(self.path.glob(f"{PREFIX}*.jsonl")):
            if self.current is None or path != self.current.path:
                with suppress(FileNotFoundError):
                    entry = path.lstat()
                    found.append((path, entry.st_size, entry.st_mtime))
        return found

    def close(self) -> None:
        current, self.current = self.current, None
        if current is not None:
            os.close(current.descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
