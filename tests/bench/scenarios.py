"""The loads under which targets are measured, and the bars that the figures are held to."""

from dataclasses import dataclass
from typing import Literal

KB = 1000


@dataclass(frozen=True, slots=True)
class Scenario:
    name: str
    what: str
    wanted: str
    request_bytes: int
    connections: int
    events: int | None = None
    """Of each answer; the CPU is then told per event."""
    rate: float | None = None
    """Requests a second; None asks again as soon as it is answered."""
    spread: float = 0.0
    """Seconds over which the first requests are spread: live streams are not in step."""
    held: bool = False

    @property
    def unit(self) -> str:
        return "event" if self.events else "request"


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "memory",
            "idle, then 1000 streams held open",
            "held-1",
            1 * KB,
            1000,
            held=True,
        ),
        Scenario(
            "unary-1k",
            "1 KB asked, 1 KB answered, 16 connections",
            "unary-1000",
            1 * KB,
            16,
        ),
        Scenario(
            "rate-500",
            "the same at 500 requests a second",
            "unary-1000",
            1 * KB,
            64,
            rate=500.0,
        ),
        Scenario(
            "unary-200k",
            "200 KB asked, 1 KB answered, 8 connections",
            "unary-1000",
            200 * KB,
            8,
        ),
        Scenario(
            "sse-fast",
            "streams of 64 events back to back, 16 connections",
            "stream-64-0",
            1 * KB,
            16,
            events=64,
        ),
        Scenario(
            "sse-paced",
            "200 streams of 64 events, one each 20 ms",
            "stream-64-20",
            1 * KB,
            200,
            events=64,
            spread=0.1,
        ),
    )
}

Measure = Literal["cpu", "added", "held", "idle"]


@dataclass(frozen=True, slots=True)
class Bar:
    scenario: str
    target: str
    measure: Measure
    most: float
    """A ratio to nginx for `cpu` and `added`, else bytes."""


BARS = (
    Bar("unary-1k", "relay", "cpu", 2.5),
    Bar("unary-1k", "relay-fast", "cpu", 2.5),
    Bar("unary-1k", "instance", "cpu", 5.0),
    Bar("unary-200k", "relay", "cpu", 5.0),
    Bar("unary-200k", "relay-fast", "cpu", 3.0),
    Bar("sse-fast", "relay", "cpu", 1.5),
    Bar("sse-fast", "relay-fast", "cpu", 1.5),
    Bar("sse-paced", "relay", "cpu", 1.6),
    Bar("sse-paced", "relay-fast", "cpu", 1.6),
    Bar("rate-500", "relay", "added", 1.5),
    Bar("rate-500", "relay-fast", "added", 1.5),
    Bar("memory", "relay", "held", 8 * 1024),
    Bar("memory", "relay", "idle", 60e6),
)
