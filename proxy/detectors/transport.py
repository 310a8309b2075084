"""Transport recovery: one logical call across the attempts of client and relay; exact."""

from dataclasses import dataclass, replace
from typing import Literal

from proxy.conversations.placement import Placement
from proxy.model.signal import Signal, Source
from proxy.model.vocabulary import ErrorType

By = Literal["relay", "client"]
RETRYABLE: frozenset[ErrorType] = frozenset(
    {
        *("upstream_connect", "upstream_timeout", "upstream_protocol"),
        *("upstream_truncated", "rate_limited", "overloaded", "provider_error"),
    }
)
"""What may go well when it is sent again; the rest would fail again."""


@dataclass(frozen=True, slots=True)
class Failing:
    """A logical call whose attempts have failed so far."""

    call: str
    cause: ErrorType
    """Of the first failure."""
    at: float
    """When the first attempt began."""
    attempts: int
    """As sent upstream by client and relay together."""


@dataclass(frozen=True, slots=True)
class Recovered:
    call: str
    cause: ErrorType
    by: By
    attempts: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """One exchange as far as transport is concerned."""

    began: float
    ended: float
    error: ErrorType | None
    sent: int
    """Times the relay sent it: more than 1 where a connection was stale."""
    is_cancelled: bool = False


def follow(
    place: Placement, attempt: Attempt, before: Failing | None
) -> tuple[Recovered | None, Failing | None]:
    """`before` is what this function gave for the call's last attempt.

    A client that hung up decides nothing: the call stays as it was.
    """
    sent = max(attempt.sent, 1)
    if attempt.error is not None:
        return None, failed(place, attempt, before, sent)
    if attempt.is_cancelled:
        return None, before and replace(before, attempts=before.attempts + sent)
    if before is not None:
        whole = before.attempts + sent
        waited = attempt.ended - before.at
        return Recovered(place.call, before.cause, "client", whole, waited), None
    if sent > 1:
        waited = attempt.ended - attempt.began
        return Recovered(place.call, "upstream_connect", "relay", sent, waited), None
    return None, None


def failed(
    place: Placement, attempt: Attempt, before: Failing | None, sent: int
) -> Failing | None:
    if before is not None:
        return replace(before, attempts=before.attempts + sent)
    if attempt.error is None or attempt.error not in RETRYABLE:
        return None
    return Failing(place.call, attempt.error, attempt.began, sent)


def signal(found: Recovered, now: float | None, source: Source = "live") -> Signal:
    why = f"{found.cause}:{found.by}"
    return Signal("transport_recovery", "recovered", found.call, now, source, why)


def lost(left: Failing, now: float | None, source: Source = "live") -> Signal:
    """Nobody sent it again for so long that nobody will."""
    why = f"{left.cause}:none"
    return Signal("transport_recovery", "failed", left.call, now, source, why)
