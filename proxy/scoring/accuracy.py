"""How often detectors err, per domain, and rates corrected for it.

The figures are counts on labelled data (`accuracy.json`); the command beside each count
prints it. A domain that was not measured gets no correction, and its rate says so.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from proxy.scoring.intervals import Interval, quantile

USELESS = 0.1
"""Below that, sensitivity and specificity together tell hardly more than a coin."""


@dataclass(frozen=True, slots=True)
class Share:
    """A share of labelled cases, as counted."""

    hits: int
    n: int

    @property
    def estimate(self) -> float:
        """Jeffreys': 40 of 40 is not certainty."""
        return (self.hits + 0.5) / (self.n + 1)

    @property
    def variance(self) -> float:
        return self.estimate * (1 - self.estimate) / (self.n + 2)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Of one detector in one domain."""

    sensitivity: Share
    specificity: Share

    @property
    def power(self) -> float:
        return self.sensitivity.estimate + self.specificity.estimate - 1


@cache
def table() -> dict[tuple[str, str], Accuracy]:
    """By detector and domain, read once."""
    text = files("proxy.scoring").joinpath("accuracy.json").read_text("utf-8")
    return {
        (detector, domain): Accuracy(
            Share(*counts["sensitivity"]), Share(*counts["specificity"])
        )
        for detector, domains in json.loads(text)["detectors"].items()
        for domain, counts in domains.items()
    }


def of(detector: str, domain: str) -> Accuracy | None:
    """None where nobody has measured it; a domain without figures of its own takes the
    pooled ones, if there are any."""
    known = table()
    return known.get((detector, domain)) or known.get((detector, "all"))


def corrected(share: float, accuracy: Accuracy) -> float:
    """What is true where `share` is observed (Rogan and Gladen 1978)."""
    found = (share + accuracy.specificity.estimate - 1) / accuracy.power
    return min(1.0, max(0.0, found))


def widened(
    share: float, interval: Interval, accuracy: Accuracy, confidence: float
) -> Interval:
    """The corrected interval, with what is not known about the detector itself."""
    true = corrected(share, accuracy)
    doubt = (
        true**2 * accuracy.sensitivity.variance
        + (1 - true) ** 2 * accuracy.specificity.variance
    )
    z = quantile(confidence)
    down = math.hypot(share - interval.low, z * math.sqrt(doubt)) / accuracy.power
    up = math.hypot(interval.high - share, z * math.sqrt(doubt)) / accuracy.power
    return Interval(max(0.0, true - down), min(1.0, true + up))
