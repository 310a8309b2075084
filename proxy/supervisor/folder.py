"""Keeps a second instance out of the folder in which one is at work.

Two instances in one folder would share sockets: the relays of both would report to one
monitor. The lock is this process's alone: no child inherits it (close-on-exec), so that
relays which outlive their supervisor, to drain, never keep a new one from starting.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from proxy.errors import SeatrialError


@contextmanager
def locked(run_dir: Path, parts: Iterable[str]) -> Iterator[None]:
    """Hold the folder for these parts; SeatrialError when another supervisor has one."""
    with ExitStack() as held:
        for part in parts:
            descriptor = lock(run_dir, f"{part}.supervisor.lock")
            held.callback(os.close, descriptor)
        yield


def lock(run_dir: Path, name: str) -> int:
    try:
        # The file stays for ever: removing it would let two lock two files of one name.
        descriptor = os.open(
            run_dir / name, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
        )
    except OSError as error:
        raise refused(f"cannot be locked: {run_dir}: {error.strerror}") from error
    with ExitStack() as opened:
        opened.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise refused(
                f"another Seatrial{holder(descriptor)} works in {run_dir}; "
                "give each instance its own folder"
            ) from error
        except OSError as error:
            raise refused(f"cannot be locked: {run_dir}: {error.strerror}") from error
        sign(descriptor)
        opened.pop_all()
    return descriptor


def sign(descriptor: int) -> None:
    """Leave our number for whoever comes second; a full disk does not stop us."""
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def holder(descriptor: int) -> str:
    written = os.pread(descriptor, 20, 0)
    return f" (pid {written.decode()})" if written.isdigit() else ""


def refused(problem: str) -> SeatrialError:
    return SeatrialError(f"instance.run_dir: {problem}")
