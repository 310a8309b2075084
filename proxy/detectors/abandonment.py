"""Abandonment: the client was gone before the answer had ended."""

from proxy.model.exchange import Exchange
from proxy.model.signal import Signal, Source
from proxy.recording.recording import Outcome


def read(
    exchange: Exchange,
    outcome: Outcome,
    subject: str,
    now: float | None,
    source: Source = "live",
) -> list[Signal]:
    """At most one; the value tells how far the answer had come."""
    if outcome != "client_gone":
        return []
    return [Signal("abandonment", stage(exchange), subject, now, source, "client_gone")]


def stage(exchange: Exchange) -> str:
    if exchange.text or exchange.tool_calls:
        return "in_answer"
    if exchange.reasoning:
        return "in_reasoning"
    return "before_answer"
