"""The rates of each target, for people and programs: never a number without its n."""

from collections.abc import Mapping
from dataclasses import asdict

from proxy.monitor.counts import Observations
from proxy.monitor.target import Target
from proxy.scoring import accuracy
from proxy.scoring.conversations import is_english
from proxy.scoring.rates import rate

DETECTORS = {"clarifying": "clarifying"}
"""Rates whose detector's own error is known (`scoring/accuracy.json`) and corrected for."""


def document(observed: Mapping[Target, Observations]) -> list[dict[str, object]]:
    """One entry for each target that has an observation."""
    return [
        {**asdict(target), "rates": rates(found)}
        for target, found in sorted(observed.items(), key=lambda one: name(one[0]))
        if found.first_replies or found.episodes
    ]


def name(target: Target) -> tuple[str, ...]:
    return target.route, target.model, target.variant, target.source


def rates(found: Observations) -> dict[str, object]:
    return {
        kind: asdict(rate(counts, corrected_by(kind, found)))
        for kind, counts in found.counts().items()
    }


def corrected_by(kind: str, found: Observations) -> accuracy.Accuracy | None:
    """None where the detector was not measured on such words."""
    detector = DETECTORS.get(kind)
    if detector is None or not is_english(found.languages):
        return None
    return accuracy.of(detector, "all")
