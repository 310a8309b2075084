"""How long a child that died stays away: not at all the first time, then ever longer."""

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 10.0
HEALTHY_SECONDS = 60.0


class Backoff:
    def __init__(self) -> None:
        self.deaths = 0

    def wait(self, lived_seconds: float) -> float:
        """Seconds until the next start of a child that died after `lived_seconds`."""
        if lived_seconds >= HEALTHY_SECONDS:
            self.deaths = 0
        self.deaths += 1
        if self.deaths == 1:
            return 0.0
        # The exponent is bounded: 2.0**1100 is an OverflowError after months of deaths.
        return min(FIRST_SECONDS * 2.0 ** min(self.deaths - 2, 16), LONGEST_SECONDS)
