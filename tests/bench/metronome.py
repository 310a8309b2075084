"""Beats at an exact rate. A loop's own timers tick in milliseconds, as long as what is measured."""

import asyncio
import ctypes
import os
import struct
import time
from collections.abc import Callable
from types import TracebackType

CLOCK_MONOTONIC = 1
NONBLOCK = os.O_NONBLOCK


class Metronome:
    """Calls `beat` with the time at which each beat was due, on CLOCK_MONOTONIC.

    A loop that was busy gets the beats it missed, late but with their own times.
    """

    def __init__(self, rate: float, beat: Callable[[float], None]) -> None:
        self.nanoseconds = round(1e9 / rate)
        self.beat = beat
        self.due = 0.0
        self.descriptor = -1

    def __enter__(self) -> "Metronome":
        libc = ctypes.CDLL(None, use_errno=True)
        self.descriptor = libc.timerfd_create(CLOCK_MONOTONIC, NONBLOCK)
        if self.descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        setting = struct.pack("@4l", 0, self.nanoseconds, 0, self.nanoseconds)
        self.due = time.monotonic()
        if libc.timerfd_settime(self.descriptor, 0, setting, None) < 0:
            raise OSError(ctypes.get_errno(), "timerfd_settime")
        asyncio.get_running_loop().add_reader(self.descriptor, self.fired)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.get_running_loop().remove_reader(self.descriptor)
        os.close(self.descriptor)

    def fired(self) -> None:
        (beats,) = struct.unpack("@Q", os.read(self.descriptor, 8))
        for _ in range(beats):
            self.due += self.nanoseconds / 1e9
            self.beat(self.due)
