"""What is remembered of a body while it passes: bounded per exchange and per process."""

from typing import Final

READS_LIMIT: Final = 32 * 1024
READ_BYTES: Final = 80
"""What one remembered read occupies: two numbers and their places in a list."""
SLICE_BYTES: Final = 56
"""What a slice occupies beside its bytes; of a stream of small events that is the most."""


class CaptureLimits:
    """Shared by all exchanges of a process."""

    __slots__ = ("free", "memory", "per_body")

    def __init__(self, per_body: int, memory: int) -> None:
        self.per_body = per_body
        self.memory = self.free = memory


class Capture:
    """The beginning of a body in the slices that were read, and when each was."""

    __slots__ = ("charged", "held", "left", "limits", "reads", "slices", "total")

    def __init__(self, limits: CaptureLimits) -> None:
        self.limits = limits
        self.left = limits.per_body
        self.slices: list[bytes] = []
        self.reads: list[int] = []
        self.held = 0
        self.charged = 0
        """What this takes of the memory that all share."""
        self.total = 0

    def add(self, now: int, data: bytes) -> None:
        size = len(data)
        self.total += size
        reads = self.reads
        if len(reads) < READS_LIMIT and self.charge(READ_BYTES):
            reads.append(now)
            reads.append(size)
        if self.left:
            self.keep(data, size)

    def keep(self, data: bytes, size: int) -> None:
        if size > self.left:
            data = data[: self.left]
            size = self.left
        if not self.charge(size + SLICE_BYTES):
            self.left = 0
            return
        self.left -= size
        self.held += size
        self.slices.append(data)

    def charge(self, cost: int) -> bool:
        limits = self.limits
        if cost > limits.free:
            return False
        limits.free -= cost
        self.charged += cost
        return True

    def stop(self) -> None:
        """Keep no bytes from here on; sizes and times go on."""
        self.left = 0

    @property
    def truncated(self) -> bool:
        return self.held < self.total

    def release(self) -> None:
        self.limits.free += self.charged
        self.charged = self.held = 0
        self.slices = []
