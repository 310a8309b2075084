"""The weights of the detectors, read once from the package's own data files."""

from functools import cache
from importlib.resources import files

import msgspec


class BehaviourWeights(msgspec.Struct, frozen=True):
    """What `python -m tests.training` wrote. Weights are hundredths."""

    version: str
    bias: int
    facts: dict[str, int]
    grams: list[int]
    silent: float
    """Share of clarifying replies among those in which nothing turns to the user."""
    asks: float
    """The same where the rules see a request."""
    none: float
    """The same where the rules see none."""
    precision: dict[str, float]
    """How often a behaviour named by the rules is right."""


@cache
def behaviour() -> BehaviourWeights:
    data = files("proxy.detectors.behaviour").joinpath("weights.json").read_bytes()
    return msgspec.json.decode(data, type=BehaviourWeights)
