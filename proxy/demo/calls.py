"""One request of the demo's own traffic, what became of it, and how many there were."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Ending = Literal["ok", "4xx", "5xx", "left", "broken"]


@dataclass(frozen=True, slots=True)
class Call:
    """`target` is the raw path and query below the route's prefix."""

    route: str
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    leaves: bool = False
    """The client goes away after the first bytes of the answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    ending: Ending
    status: int | None = None
    body: bytes = b""


def ending_of(status: int) -> Ending:
    if status >= 500:
        return "5xx"
    return "4xx" if status >= 400 else "ok"


@dataclass(slots=True)
class Tally:
    """The sender's own counts, to hold against what was measured.

    `sent` counts a request once it was handed to the socket."""

    sent: Counter[str] = field(default_factory=Counter)
    endings: Counter[Ending] = field(default_factory=Counter)
    under_way: int = 0
    peak: int = 0

    def begin(self) -> None:
        self.under_way += 1
        self.peak = max(self.peak, self.under_way)

    def end(self) -> None:
        self.under_way -= 1

    @property
    def total(self) -> int:
        return self.sent.total()


@dataclass(frozen=True, slots=True)
class Identity:
    """Of `compared` answers, how many were the recorded status and bytes."""

    compared: int
    identical: int

    def as_json(self) -> Mapping[str, int]:
        return {"compared": self.compared, "identical": self.identical}
