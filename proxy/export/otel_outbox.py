"""What waits for a collector, and the thread that sends it. Nobody ever waits for it."""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
Loss = Literal["full", "failed", "shutdown"]
FAILURES = (OSError, RuntimeError, ValueError, TypeError, AttributeError, LookupError)
"""What exporters were seen to raise where they should have said no: of a channel that
was closed under a call, of a session that ended."""


@dataclass(frozen=True, slots=True)
class Limits:
    queue: int
    """Past it what comes is dropped and counted."""
    batch: int
    delay_seconds: float
    """How long something may wait for others to be sent with."""


class Outbox(Generic[T]):
    """`send` blocks, for as long as the exporter's own time-out, and says whether the
    collector took it. It retries by itself; what it gave up is lost."""

    def __init__(
        self, name: str, send: Callable[[list[T]], bool], limits: Limits
    ) -> None:
        self.name = name
        self.send = send
        self.limits = limits
        self.waiting: deque[T] = deque()
        self.lost: dict[Loss, int] = {"full": 0, "failed": 0, "shutdown": 0}
        """Each has one thread that writes it."""
        self.under_way = 0
        self.is_failing = False
        self.stopping = False
        self.awake = threading.Event()
        self.thread = threading.Thread(target=self.run, name=name, daemon=True)
        self.thread.start()

    def offer(self, item: T) -> None:
        """Never waits. Called by one thread."""
        if self.stopping or len(self.waiting) >= self.limits.queue:
            self.lost["full"] += 1
            return
        self.waiting.append(item)
        if len(self.waiting) >= self.limits.batch and not self.awake.is_set():
            self.awake.set()

    def run(self) -> None:
        while not self.stopping:
            self.awake.wait(self.limits.delay_seconds)
            self.awake.clear()
            self.empty()
        self.empty()

    def empty(self) -> None:
        while self.waiting:
            count = min(len(self.waiting), self.limits.batch)
            batch = [self.waiting.popleft() for _ in range(count)]
            self.under_way = count
            is_taken = self.delivered(batch)
            self.under_way = 0
            if not is_taken:
                self.lost["failed"] += count
            self.tell(is_taken)

    def delivered(self, batch: list[T]) -> bool:
        try:
            return self.send(batch)
        except FAILURES:
            return False

    def tell(self, is_taken: bool) -> None:
        """A line when it begins to fail, and one when it works again."""
        if is_taken == self.is_failing:
            self.is_failing = not is_taken
            if is_taken:
                log.info("telemetry is delivered again", extra={"signal": self.name})
            else:
                log.warning("telemetry is not delivered", extra={"signal": self.name})

    def begin_stop(self) -> None:
        """Send what there is, once."""
        self.stopping = True
        self.awake.set()

    def is_over(self, deadline: float) -> bool:
        """Wait so long for the last of it; `deadline` is monotonic seconds."""
        self.thread.join(max(0.0, deadline - time.monotonic()))
        return not self.thread.is_alive()

    def give_up(self) -> None:
        """Count what will not be sent any more."""
        self.lost["shutdown"] = len(self.waiting) + self.under_way
        self.waiting.clear()
