"""What reading a conversation's tool calls gives: errors, their outcomes, episodes, loops."""

from dataclasses import dataclass, field

from proxy.conversations.fingerprints import Print
from proxy.detectors.tools.state import Chain, Open
from proxy.model.recovery import (
    Episode,
    EpisodeOutcome,
    ErrorEvent,
    Outcome,
    Proof,
    Sub,
)


@dataclass(frozen=True, slots=True)
class Seen:
    """An error, as soon as it is read."""

    result: int
    message: int
    tool: Print
    proof: Proof
    is_identical: bool
    """The call repeats, word for word, one that had failed."""


@dataclass(slots=True)
class Found:
    errors: list[Seen] = field(default_factory=list)
    events: list[ErrorEvent] = field(default_factory=list)
    """Those whose outcome became final."""
    episodes: list[Episode] = field(default_factory=list)
    loops: list[Print] = field(default_factory=list)
    """Tools; each loop is told once."""


def final(event: Open, left: bool, is_retried: bool) -> tuple[Outcome, Sub | None]:
    if left and event.outcome is None:
        return "ongoing", "left"
    if event.outcome is None or is_retried:
        return "ongoing", "awaiting"
    if event.answered and event.outcome == "gave_up":
        return "ongoing", "awaiting"
    return event.outcome, event.sub


def episode_outcome(outcome: Outcome, sub: Sub | None) -> EpisodeOutcome:
    match outcome:
        case "recovered" | "gave_up" | "false_success":
            return outcome
        case "repeated" | "ongoing":
            return "abandoned" if sub == "left" else "censored"


def event_of(event: Open, outcome: Outcome, sub: Sub | None) -> ErrorEvent:
    return ErrorEvent(
        result=event.result,
        message=event.message,
        tool=event.tool,
        proof=event.proof,
        outcome=outcome,
        sub=sub,
        episode=event.episode,
    )


def episode_of(chain: Chain, last: Open, outcome: Outcome, sub: Sub | None) -> Episode:
    """`last`: the error that ends it, with what helped."""
    help = last.help if outcome == "recovered" else None
    ended = help.at if help else None
    return Episode(
        number=chain.number,
        tool=chain.tool,
        outcome=episode_outcome(outcome, sub),
        sub=sub,
        errors=chain.errors,
        identical=chain.identical,
        calls=help.result - chain.results if help else None,
        seconds=None if ended is None or chain.at is None else ended - chain.at,
    )
