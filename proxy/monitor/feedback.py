"""What applications say came of their conversations: counted, never the ids kept.

An application knows what no proxy sees: that the ticket was closed, the booking made. It
says so once a conversation and outcome; saying it again replaces what it said.
"""

import hmac
from collections import OrderedDict
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Annotated

import msgspec

from proxy.errors import WireError
from proxy.export.catalog import OTHER
from proxy.scoring.rates import Counts, rate

MOST_OUTCOMES = 32
MOST_CONVERSATIONS = 20_000
LONGEST_ID = 256
LARGEST = 1e12
ENOUGH = 50
"""Conversations under which there is no rate."""

Value = bool | float


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    conversation: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_ID)]
    """What the application sends as `x-seatrial-conversation`."""
    outcome: Annotated[str, msgspec.Meta(pattern=r"\A[a-z0-9_]{1,32}\Z")]
    value: bool | float


decoder = msgspec.json.Decoder(Feedback)


def parsed(body: bytes) -> Feedback:
    """WireError says which field is wrong; it quotes nothing of the body."""
    try:
        found = decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise WireError(problem(error)) from error
    if not -LARGEST <= found.value <= LARGEST:
        raise WireError(f"value must lie between -{LARGEST:g} and {LARGEST:g}")
    return found


def problem(error: Exception) -> str:
    place = str(error).rpartition(" - at `$.")[2].rstrip("`")
    if place in RIGHT:
        return f"{place} must be {RIGHT[place]}"
    return "must be an object with conversation, outcome and value, and nothing else"


RIGHT = {
    "conversation": f"text of 1 to {LONGEST_ID} characters",
    "outcome": "1 to 32 of a-z, 0-9 and _",
    "value": "a number, true or false",
}


@dataclass(slots=True)
class Outcome:
    """Sums over conversations, each with what was said of it last."""

    joined: int = 0
    """Conversations that Seatrial knew when it was said."""
    strangers: int = 0
    true: int = 0
    false: int = 0
    numbers: int = 0
    total: float = 0.0
    """Of the numbers."""

    def count(self, value: Value, joined: bool, sign: int) -> None:
        self.joined += sign * joined
        self.strangers += sign * (not joined)
        if isinstance(value, bool):
            self.true += sign * value
            self.false += sign * (not value)
        else:
            self.numbers += sign
            self.total += sign * value

    def document(self) -> dict[str, object]:
        said = self.true + self.false
        return {
            "conversations": self.joined + self.strangers,
            "joined": self.joined,
            "true": self.true,
            "false": self.false,
            "numbers": self.numbers,
            "rate": asdict(rate(Counts(self.true, said))),
            "mean": self.total / self.numbers if self.numbers >= ENOUGH else None,
            "evidence": "enough"
            if max(said, self.numbers) >= ENOUGH
            else "insufficient",
        }


@dataclass(frozen=True, slots=True)
class Said:
    """The last word about one conversation."""

    value: Value
    joined: bool


class Book:
    """Bounded: the words about the conversations spoken of longest ago are settled, and
    stay in the sums."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.outcomes: dict[str, Outcome] = {}
        self.said: OrderedDict[bytes, dict[str, Said]] = OrderedDict()
        self.counts: dict[tuple[str, str, str], int] = {}
        """Of all that was said, by outcome, kind of value and whether it was joined:
        they only grow, as counters must."""

    def take(self, given: Feedback, joined: bool) -> str:
        """The outcome under which it is counted: `other` past the most there may be."""
        name = self.named(given.outcome)
        mark = self.mark(given.conversation)
        told = self.said.setdefault(mark, {})
        self.said.move_to_end(mark)
        outcome = self.outcomes.setdefault(name, Outcome())
        before = told.get(name)
        if before is not None:
            outcome.count(before.value, before.joined, -1)
        outcome.count(given.value, joined, 1)
        told[name] = Said(given.value, joined)
        key = (name, kind(given.value), "yes" if joined else "no")
        self.counts[key] = self.counts.get(key, 0) + 1
        while len(self.said) > MOST_CONVERSATIONS:
            self.said.popitem(last=False)
        return name

    def named(self, outcome: str) -> str:
        is_free = len(self.outcomes.keys() - {OTHER}) < MOST_OUTCOMES
        return outcome if outcome in self.outcomes or is_free else OTHER

    def forget(self, conversation: str) -> int:
        """How many words about it go, out of the sums too; counters stay."""
        told = self.said.pop(self.mark(conversation), {})
        for name, said in told.items():
            self.outcomes[name].count(said.value, said.joined, -1)
        return len(told)

    def mark(self, conversation: str) -> bytes:
        """The id itself is the application's: it may be a person's."""
        word = conversation.encode("utf-8", "replace")
        return hmac.digest(blake2b(self.key).digest(), word, "sha256")[:16]

    def document(self) -> dict[str, object]:
        return {name: found.document() for name, found in sorted(self.outcomes.items())}


def kind(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "number"
