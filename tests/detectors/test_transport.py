"""Calls that failed at first and went well later: counted exactly."""

from typing import Any

import pytest

from proxy.conversations.placement import Placement
from proxy.detectors.transport import (
    Attempt,
    Failing,
    Recovered,
    follow,
    lost,
    signal,
)
from proxy.model.vocabulary import ErrorType


def place(attempt: int = 1) -> Placement:
    return Placement(f"e{attempt}", "e1", None, None, None, 1, "e1", attempt, 0)


def made(error: ErrorType | None, at: float = 0.0, **given: Any) -> Attempt:
    return Attempt(began=at, ended=at + 1.0, error=error, **{"sent": 1, **given})


def played(*attempts: Attempt) -> tuple[list[Recovered], Failing | None]:
    state, found = None, []
    for number, attempt in enumerate(attempts, 1):
        got, state = follow(place(number), attempt, state)
        found += [got] if got else []
    return found, state


def test_call_that_goes_well_is_no_recovery() -> None:
    assert played(made(None)) == ([], None)


@pytest.mark.parametrize(
    "cause",
    ["rate_limited", "overloaded", "provider_error", "upstream_timeout"],
)
def test_client_recovers_by_sending_again(cause: ErrorType) -> None:
    found, state = played(made(cause, 10.0), made(None, 14.0))
    assert found == [Recovered("e1", cause, "client", attempts=2, seconds=5.0)]
    assert state is None


def test_cause_is_that_of_the_first_failure() -> None:
    found, _ = played(made("overloaded"), made("rate_limited", 2.0), made(None, 4.0))
    assert (found[0].cause, found[0].attempts) == ("overloaded", 3)


def test_relay_recovers_on_a_fresh_connection() -> None:
    found, _ = played(made(None, sent=2))
    assert found == [Recovered("e1", "upstream_connect", "relay", 2, 1.0)]


def test_attempts_of_relay_and_client_add_up() -> None:
    found, _ = played(made("overloaded", sent=2), made(None, 3.0, sent=1))
    assert (found[0].by, found[0].attempts) == ("client", 3)


@pytest.mark.parametrize("error", ["invalid_request", "auth", "content_filter"])
def test_what_would_fail_again_is_not_followed(error: ErrorType) -> None:
    assert played(made(error), made(None, 1.0)) == ([], None)


def test_retry_that_is_cancelled_decides_nothing() -> None:
    found, state = played(made("overloaded"), made(None, 2.0, is_cancelled=True))
    assert found == []
    assert state is not None
    assert state.attempts == 2


def test_recovery_is_told_with_cause_and_author() -> None:
    told = signal(Recovered("e1", "rate_limited", "client", 2, 5.0), 20.0)
    assert (told.value, told.evidence) == ("recovered", "rate_limited:client")


def test_call_that_nobody_repeats_is_lost() -> None:
    told = lost(Failing("e1", "overloaded", 0.0, 1), 700.0)
    assert (told.value, told.evidence) == ("failed", "overloaded:none")
