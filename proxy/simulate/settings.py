"""How the simulated model API behaves: the settings, and reading them from text."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from proxy.errors import UsageError

BehaviourName = Literal["answer", "clarifying_question", "refusal", "tool_call"]
FaultName = Literal[
    "rate_limited", "server_error", "overloaded", "cut", "stall", "malformed"
]

BEHAVIOURS: Final[tuple[BehaviourName, ...]] = get_args(BehaviourName)
FAULTS: Final[tuple[FaultName, ...]] = get_args(FaultName)

DEFAULT_BEHAVIOURS: Final[Mapping[str, float]] = {
    "answer": 0.7,
    "clarifying_question": 0.2,
    "refusal": 0.05,
    "tool_call": 0.05,
}

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m)?")
_SECONDS: Final = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What the simulated API does. Times are seconds.

    `behaviours` are relative weights. `faults` are probabilities: what they leave of 1
    is served without a fault. `chunks` is the number of content pieces of an answer,
    in a stream as in words; None leaves it to the text.
    """

    seed: int = 0
    ttft: float = 0.0
    chunk_interval: float = 0.0
    chunks: int | None = None
    retry_after: float = 1.0
    behaviours: Mapping[str, float] = field(
        default_factory=lambda: dict(DEFAULT_BEHAVIOURS)
    )
    faults: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_names("behaviours", self.behaviours, BEHAVIOURS)
        _check_names("faults", self.faults, FAULTS)
        if not sum(self.behaviours.values()) > 0:
            raise UsageError("behaviours: at least one weight must be above 0")
        if sum(self.faults.values()) > 1 + 1e-9:
            raise UsageError(
                f"faults: probabilities add up to {sum(self.faults.values()):g}, "
                "they must not exceed 1"
            )
        if self.chunks is not None and self.chunks < 1:
            raise UsageError(f"chunks: must be 1 or more, got {self.chunks}")
        for name in ("ttft", "chunk_interval", "retry_after"):
            if getattr(self, name) < 0:
                raise UsageError(f"{name}: must not be negative")


def duration(text: str) -> float:
    """Seconds of `200ms`, `2s`, `1.5m`, `0`. Raises ValueError saying what is right."""
    match = _DURATION.fullmatch(text.strip())
    if match is None or (match[2] is None and float(match[1]) != 0):
        raise ValueError(f"{text!r} is not a duration; write e.g. 200ms, 2s or 0")
    return float(match[1]) * _SECONDS[match[2] or "s"]


def weights(text: str, allowed: tuple[str, ...]) -> dict[str, float]:
    """Read `answer=0.7,refusal=0.3`. Raises ValueError saying what is right."""
    found: dict[str, float] = {}
    for part in text.split(","):
        name, _, value = part.strip().partition("=")
        if name not in allowed:
            raise ValueError(f"{name!r} is not known; use one of {', '.join(allowed)}")
        if name in found:
            raise ValueError(f"{name!r} is given twice")
        found[name] = _weight(name, value)
    return found


def _weight(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise ValueError(
            f"{name} needs a number of 0 or more, e.g. {name}=0.1; got {text!r}"
        )
    return value


def _check_names(
    setting: str, given: Mapping[str, float], allowed: tuple[str, ...]
) -> None:
    for name, value in given.items():
        if name not in allowed:
            raise UsageError(
                f"{setting}: {name!r} is not known; use one of {', '.join(allowed)}"
            )
        if not 0 <= value < float("inf"):
            raise UsageError(f"{setting}: {name} must be 0 or more, got {value}")
