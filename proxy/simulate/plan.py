"""The choices for one request, fixed by the seed and the request's sequence number."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from proxy.simulate.settings import Behaviour
from proxy.simulate.steering import Steering

# Answers carry times of a simulated clock that starts here (2026-01-01) and goes on by
# a second a request: the same seed gives the same bytes on any day.
EPOCH = 1_767_225_600


@dataclass(frozen=True, slots=True)
class Plan:
    """What one request will meet. Times are seconds; `roll` decides the behaviour."""

    seed: int
    sequence: int
    ttft: float
    interval: float
    retry_after: float
    roll: float
    behaviours: Mapping[str, float]
    forced_behaviour: str | None = None
    fault: str | None = None
    chunks: int | None = None

    @property
    def created(self) -> int:
        return EPOCH + self.sequence

    def random(self, purpose: str) -> random.Random:
        """A generator of its own for each purpose: a choice does not move the others."""
        return random.Random(f"{self.seed}/{self.sequence}/{purpose}")

    def token(self, prefix: str, length: int = 24) -> str:
        """An identifier, unique to this request and purpose."""
        return f"{prefix}{self.random(prefix).getrandbits(4 * length):0{length}x}"


def draw(settings: Behaviour, sequence: int, steering: Steering) -> Plan:
    """The plan for request number `sequence`. What the header asks for wins."""
    chance = random.Random(f"{settings.seed}/{sequence}")
    fault_roll, roll, delay = chance.random(), chance.random(), _delay(chance)
    fault = steering.fault or pick(settings.faults, fault_roll)
    return Plan(
        seed=settings.seed,
        sequence=sequence,
        ttft=_first(steering.ttft, settings.ttft * delay),
        interval=_first(steering.interval, settings.chunk_interval),
        retry_after=_first(steering.retry_after, settings.retry_after),
        roll=roll,
        behaviours=settings.behaviours,
        forced_behaviour=steering.behaviour,
        fault=None if fault == "none" else fault,
        chunks=steering.chunks or settings.chunks,
    )


def pick(weights: Mapping[str, float], roll: float) -> str | None:
    """The name whose share of 0..1 holds `roll`; None past the last."""
    reached = 0.0
    for name, weight in weights.items():
        reached += weight
        if roll < reached:
            return name
    return None


def _delay(chance: random.Random) -> float:
    """A positive factor of mean 1 with a tail to the right, as first-byte times have."""
    return chance.gammavariate(4.0, 0.25)


def _first(steered: float | None, otherwise: float) -> float:
    return otherwise if steered is None else steered
