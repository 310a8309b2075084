"""Values for the store's tests: each call states only what the test is about."""

from typing import Any

from proxy.store.batch import Batch, Measured
from proxy.store.rows import (
    ContentRow,
    ConversationRow,
    ExchangeRow,
    IncidentRow,
    RecoveryRow,
    RunRow,
    ScoreRow,
    Series,
    SignalRow,
    Target,
)

AT = 1_799_999_000.0
TARGET = {"route": "openai", "model": "m", "variant": "baseline"}
SOURCED = {**TARGET, "source": "live"}


def make_target(**given: str) -> Target:
    return Target(**{**SOURCED, **given})


def make_series(**given: str) -> Series:
    usual = {
        **SOURCED,
        "operation": "chat",
        "status_class": "2xx",
        "outcome": "ok",
        "error_type": "none",
    }
    return Series(**{**usual, **given})


FAILED = make_series(status_class="5xx", outcome="error", error_type="overloaded")


def make_batch(number: int = 1, writer: str = "w") -> Batch:
    return Batch(writer, number)


def make_counted(number: int = 1, writer: str = "w", n: int = 1) -> Batch:
    """A batch of `n` exchanges of 100 ms."""
    batch = make_batch(number, writer)
    for _ in range(n):
        batch.count(make_series(), AT, Measured(duration_us=100_000))
    return batch


def make_exchange_row(**given: Any) -> ExchangeRow:
    usual = {
        **SOURCED,
        "id": "x-1",
        "at": AT,
        "operation": "chat",
        "dialect": "openai.chat",
        "status": 503,
        "outcome": "error",
        "error_type": "overloaded",
        "why": "error",
        "probability": 1.0,
        "duration_us": 100_000,
        "first_us": None,
        "input_tokens": None,
        "output_tokens": None,
        "finish": None,
        "conversation": "c-1",
        "parent": None,
        "attempt": 1,
        "app": None,
    }
    return ExchangeRow(**{**usual, **given})


def make_signal_row(**given: Any) -> SignalRow:
    usual = {
        **SOURCED,
        "exchange": "x-1",
        "number": 0,
        "at": AT,
        "conversation": "c-1",
        "name": "clarifying",
        "value": "true",
        "evidence": "reply",
        "weight": "profile",
    }
    return SignalRow(**{**usual, **given})


def make_recovery_row(**given: Any) -> RecoveryRow:
    usual = {
        **SOURCED,
        "conversation": "c-1",
        "number": 1,
        "at": AT,
        "outcome": "recovered",
        "sub": None,
        "errors": 2,
        "identical": 0,
        "calls": 1,
        "seconds": None,
    }
    return RecoveryRow(**{**usual, **given})


def make_conversation_row(**given: Any) -> ConversationRow:
    usual = {
        **SOURCED,
        "id": "c-1",
        "begun": AT - 10,
        "last": AT,
        "app": None,
        "exchanges": 1,
        "errors": 0,
        "probability": 0.1,
    }
    return ConversationRow(**{**usual, **given})


def make_incident_row(**given: Any) -> IncidentRow:
    usual = {
        **TARGET,
        "id": "i-1",
        "opened": AT,
        "closed": None,
        "signal": "refusal",
        "state": "open",
        "document": "{}",
    }
    return IncidentRow(**{**usual, **given})


def make_run_row(**given: Any) -> RunRow:
    usual = {
        **TARGET,
        "id": "r-1",
        "at": AT,
        "ended": AT + 5,
        "pack": "software-engineering",
        "scenario": "a",
        "seed": 7,
        "outcome": "pass",
        "probability": 0.5,
        "usd": 0.01,
        "document": "{}",
    }
    return RunRow(**{**usual, **given})


def make_score_row(**given: Any) -> ScoreRow:
    usual = {
        **TARGET,
        "at": AT,
        "domain": "all",
        "score": 71.5,
        "low": 66.0,
        "high": 77.0,
        "verdict": "conditional",
        "document": "{}",
    }
    return ScoreRow(**{**usual, **given})


def make_content_row(**given: Any) -> ContentRow:
    usual = {
        "owner": "run",
        "id": "r-1",
        "part": "transcript",
        "at": AT,
        "body": "user: hello",
    }
    return ContentRow(**{**usual, **given})
