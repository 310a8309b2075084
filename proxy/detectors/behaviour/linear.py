"""The logistic model: the chance that a reply asks for what is missing."""

from collections.abc import Collection, Iterable
from math import exp, sqrt

from proxy.detectors.weights import BehaviourWeights

UNIT = 100
"""Weights are hundredths."""
GRAM_SHARE = 2.0
"""All n-grams of a reply weigh as much as this over the root of their number, each."""
THRESHOLD = 0.5
"""Fixed before any figure was read."""


def probability(
    weights: BehaviourWeights, facts: Iterable[str], grams: Collection[int]
) -> float:
    known = weights.facts
    total = float(weights.bias) + sum([known.get(name, 0) for name in facts])
    if grams:
        each = weights.grams
        total += GRAM_SHARE / sqrt(len(grams)) * sum([each[at] for at in grams])
    return logistic(total / UNIT)


def logistic(z: float) -> float:
    return 1 / (1 + exp(-max(-30.0, min(30.0, z))))
