"""What became of a tool's error: events, and the episodes that chains of them make."""

from dataclasses import dataclass
from typing import Literal

Outcome = Literal["recovered", "repeated", "ongoing", "gave_up", "false_success"]
"""Of one error event: what the model did next about that call."""

EpisodeOutcome = Literal[
    "recovered", "gave_up", "false_success", "abandoned", "censored"
]
"""Of a chain of errors. Censored: nobody saw its end."""

Sub = Literal[
    "alternative_call",
    "informed_user",
    "asked_user",
    "escalated",
    "answered_without_retry",
    "silent",
    "retry_written",
    "awaiting",
    "left",
]
"""How: `retry_written` was said and not called, `awaiting` has no result or no answer
yet, `left` is a client that hung up."""

Proof = Literal["flag", "status", "exit_code", "field", "text"]
"""What an error is known by, the surest first."""


@dataclass(frozen=True, slots=True)
class ErrorEvent:
    """One tool result that reports an error, once its outcome is final."""

    result: int
    """Which tool result of the conversation it is, from 0."""
    message: int
    """Index of the message that holds it."""
    tool: bytes
    """Keyed hash of the tool's name."""
    proof: Proof
    outcome: Outcome
    sub: Sub | None
    episode: int
    """From 1, within the conversation."""


@dataclass(frozen=True, slots=True)
class Episode:
    """A chain of errors of one tool that follow each other, once it is closed."""

    number: int
    tool: bytes
    outcome: EpisodeOutcome
    sub: Sub | None
    errors: int
    identical: int
    """Retries with the arguments that had failed, and that failed again."""
    calls: int | None
    """Tool calls, of any tool, from the first error to what recovered it."""
    seconds: float | None
    """To recovery; None where it did not recover or the times are not known."""
