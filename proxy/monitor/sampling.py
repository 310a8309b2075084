"""Which conversations the detectors see while the monitor is behind: whole ones, with a
probability that is known.

Counts, usage, times and errors are not sampled. What the detectors cost is most of what an
exchange costs; sparing it lets the monitor catch up before relays have to drop.
"""

from hashlib import blake2b

BEHIND_SECONDS = 1.0
CAUGHT_UP_SECONDS = 0.25
STEP_SECONDS = 1.0
LEAST = 1 / 64
RISE = 1.25


class Sampling:
    def __init__(self) -> None:
        self.probability = 1.0
        self.worst = 0.0
        self.next_step = 0.0

    def saw(self, delay_seconds: float, now: float) -> None:
        """An exchange arrived so long after it had ended; `now` is monotonic seconds."""
        self.worst = max(self.worst, delay_seconds)
        if now < self.next_step:
            return
        self.next_step = now + STEP_SECONDS
        if self.worst > BEHIND_SECONDS:
            self.probability = max(LEAST, self.probability / 2)
        elif self.worst < CAUGHT_UP_SECONDS:
            self.probability = min(1.0, self.probability * RISE)
        self.worst = 0.0

    def takes(self, conversation: str) -> bool:
        """The same answer for all exchanges of a conversation while the probability is
        the same, and once it was no, yes again only at a higher one."""
        if self.probability >= 1.0:
            return True
        digest = blake2b(conversation.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64 < self.probability
