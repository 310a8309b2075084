"""What is remembered of a conversation's tool calls between its exchanges: no words."""

from dataclasses import dataclass

from proxy.conversations.fingerprints import Print
from proxy.detectors.tools.facts import Call
from proxy.detectors.tools.verbs import Deed, Kind
from proxy.model.recovery import Outcome, Proof, Sub

CALLS = 32
"""Calls without a result that are kept; the oldest give way. So of all that follow."""
EVENTS = 16
RUNS = 16
DONE = 24


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call whose result is not there yet."""

    call: Call
    reply: int
    """Which reply of the model made it, from 1."""


@dataclass(frozen=True, slots=True)
class Help:
    """The success that an error may have been recovered by."""

    result: int
    at: float | None


@dataclass(frozen=True, slots=True)
class Open:
    """An error event whose outcome is not final."""

    result: int
    message: int
    tool: Print
    arguments: Print
    kind: Kind
    deed: Deed | None
    words: frozenset[Print]
    proof: Proof
    episode: int
    reply: int
    """The reply that made the call."""
    help: Help | None = None
    """Another tool did since what this one was to do."""
    progressed: bool = False
    """Any call succeeded since."""
    outcome: Outcome | None = None
    """As things stand: what the model told the user."""
    sub: Sub | None = None
    asked: bool = False
    """The reply that told it asks the user for something."""
    answered: bool = False
    """And the user has answered, and the model not yet."""


@dataclass(frozen=True, slots=True)
class Chain:
    """An episode that is not closed."""

    number: int
    tool: Print
    results: int
    """Tool results before the first error."""
    at: float | None
    errors: int = 1
    identical: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """The last call of a tool, and how often it came with these arguments in vain."""

    tool: Print
    arguments: Print
    length: int


@dataclass(frozen=True, slots=True)
class State:
    waiting: tuple[Waiting, ...] = ()
    events: tuple[Open, ...] = ()
    chains: tuple[Chain, ...] = ()
    runs: tuple[Run, ...] = ()
    done: tuple[tuple[Print, Print], ...] = ()
    """Tool and arguments of acts that succeeded: doing them twice may well fail."""
    results: int = 0
    replies: int = 0
    episodes: int = 0
    left: bool = False
    seen: float | None = None
    """When the last exchange was read."""


START = State()
