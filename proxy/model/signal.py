"""A Signal: one thing observed of live traffic, a probe or its shadow; never its words."""

from dataclasses import dataclass
from typing import Literal, get_args

Source = Literal["live", "shadow", "probe"]

SignalName = Literal[
    "behaviour",
    "clarifying",
    "questions",
    "interrogation",
    "re_asked",
    "asked_again",
    "tool_error",
    "tool_outcome",
    "tool_episode",
    "tool_loop",
    "identical_repeat",
    "transport_recovery",
    "user_correction",
    "user_rephrase",
    "correction_outcome",
    "abandonment",
    "truncated",
    "filtered",
    "invalid_arguments",
    "repetition",
    "empty_answer",
    "language_switch",
    "model_changed",
    "fingerprint_changed",
]

Value = str | int | float | bool

Weight = Literal["profile", "health", "against"]
"""profile: has no better end. health: the service's state. against: the model did badly."""

WEIGHTS: dict[SignalName, Weight | dict[Value, Weight]] = {
    "behaviour": "profile",
    "clarifying": "profile",
    "questions": "profile",
    "interrogation": "against",
    "re_asked": {True: "against", False: "profile"},
    "asked_again": "profile",
    "tool_error": "health",
    "tool_outcome": {
        "false_success": "against",
        "repeated": "profile",
        "recovered": "profile",
        "ongoing": "profile",
        "gave_up": "profile",
    },
    "tool_episode": {
        "false_success": "against",
        "recovered": "profile",
        "gave_up": "profile",
        "abandoned": "profile",
        "censored": "profile",
    },
    "tool_loop": "against",
    "identical_repeat": "profile",
    "transport_recovery": "health",
    "user_correction": "profile",
    "user_rephrase": "profile",
    "correction_outcome": "profile",
    "abandonment": "health",
    "truncated": "health",
    "filtered": "health",
    "invalid_arguments": "health",
    "repetition": "health",
    "empty_answer": "health",
    "language_switch": "health",
    "model_changed": "health",
    "fingerprint_changed": "health",
}
"""What counts against a model, and nothing else does (DETECTORS 3): asking too much,
loops of one call, success that was none, and errors dropped in silence (see `weight`).
Asking, confirming, refusing, telling that a call failed and handing over never do."""

SILENT = "silent"
"""The evidence of a `gave_up` that told nobody."""


@dataclass(frozen=True, slots=True)
class Signal:
    name: SignalName
    value: Value
    subject: str
    """The exchange or the conversation it is about: an id, never words."""
    at: float | None
    """Seconds since the epoch; None where the time is not known."""
    source: Source
    evidence: str
    """A word of the detector's own: the rule, the sub-outcome, the cause."""


def weight(signal: Signal) -> Weight:
    is_stop = signal.name in ("tool_outcome", "tool_episode")
    if is_stop and signal.value == "gave_up" and signal.evidence == SILENT:
        return "against"
    found = WEIGHTS[signal.name]
    return found.get(signal.value, "profile") if isinstance(found, dict) else found


def counts_against(signal: Signal) -> bool:
    return weight(signal) == "against"


NAMES: tuple[SignalName, ...] = get_args(SignalName)
