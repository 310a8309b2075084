"""What detectors remember of an open conversation, call by call: no words of it.

A conversation is a tree: the same turn may be answered twice, and each branch goes on from
what was known where it left.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field

from proxy.conversations.placement import Placement
from proxy.detectors import corrections, transport
from proxy.detectors.tools.state import START as NO_CALLS
from proxy.detectors.tools.state import State as ToolState
from proxy.monitor.target import Target

BRANCHES = 4
"""Calls of one conversation after which the next may follow."""
MOST_ATTEMPTS = 64


@dataclass(frozen=True, slots=True)
class Branch:
    """What is known after one call; those that follow it begin from here."""

    tools: ToolState = NO_CALLS
    said: corrections.Open = corrections.START
    asked: bool = False
    """The reply asked the user for something."""


BEGINNING = Branch()


@dataclass(slots=True)
class Known:
    """Of a conversation that is open."""

    target: Target
    seen: float = 0.0
    branches: OrderedDict[str, Branch] = field(default_factory=OrderedDict)
    """By call: a conversation is a tree. The newest last."""
    leaves: set[str] = field(default_factory=set)
    """Calls that none follows yet."""
    calls: dict[str, str] = field(default_factory=dict)
    """Of exchanges that were further attempts: the first one's id."""
    failing: dict[str, transport.Failing] = field(default_factory=dict)
    settled: bool = False
    """Its first turn has a behaviour that counts."""
    counted: Target | None = None
    """Under which its first reply was counted."""
    burdened: bool = False
    """It has been counted as one that asks too much."""
    judged: bool = False
    """An episode of it has been counted: one conversation is one observation."""

    def call(self, exchange: str | None) -> str:
        return self.calls.get(exchange or "", exchange or "")

    def before(self, place: Placement) -> Branch:
        call = place.call if place.attempt > 1 else self.call(place.parent)
        return self.branches.get(call, BEGINNING)


def remember(
    known: Known, place: Placement, after: Branch
) -> Iterator[tuple[str, Branch]]:
    """Another attempt of a call goes on where the one before it stopped. Gives what gives
    way though nothing follows it."""
    if place.attempt > 1:
        known.calls[place.exchange] = place.call
    else:
        known.leaves.discard(known.call(place.parent))
    known.leaves.add(place.call)
    known.branches[place.call] = after
    if len(known.calls) > MOST_ATTEMPTS:
        known.calls.clear()
    while len(known.branches) > BRANCHES:
        oldest, branch = known.branches.popitem(last=False)
        if oldest in known.leaves:
            known.leaves.discard(oldest)
            yield oldest, branch
