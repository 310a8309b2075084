"""Links found in the recorded corpus, held against the ones its collectors proved."""

import gzip
import json
import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from proxy.conversations.caller import Caller, caller
from proxy.conversations.memory import Limits
from proxy.conversations.placement import Placement
from proxy.conversations.stitcher import Stitcher
from proxy.dialects.reader import read
from proxy.errors import WireError
from proxy.model.exchange import Exchange
from proxy.recording import rows

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("SEATRIAL_DATA", ROOT.parent / "shared/data")) / "wire/dev"
FOREVER = Limits(silence_seconds=float("inf"))

Cassette = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    id: str
    cassette: Cassette
    index: int
    parent: str | None
    evidence: str | None
    exchange: Exchange
    caller: Caller
    bytes: tuple[bytes, bytes, bytes]
    """What makes two exchanges twins."""


@dataclass(slots=True)
class Score:
    right: int = 0
    found: int = 0
    proved: int = 0
    left_out: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / self.found

    @property
    def recall(self) -> float:
        return self.right / self.proved

    def __str__(self) -> str:
        return (
            f"precision {self.right}/{self.found} = {self.precision:.4f}, "
            f"recall {self.right}/{self.proved} = {self.recall:.4f}, "
            f"{len(self.left_out)} left out"
        )


def corpus(folder: Path = CORPUS) -> Iterator[Line]:
    for file in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(file, "rb") as lines:
            for raw in lines:
                one = line(raw)
                if one is not None:
                    yield one


def line(raw: bytes) -> Line | None:
    """None where no dialect can read it."""
    told = json.loads(raw)
    recording = rows.parse(raw).recording
    try:
        exchange = read(recording)
    except WireError:
        return None
    return Line(
        told["id"],
        (told["source_repo"], told["source_path"]),
        told["cassette_index"],
        told["parent"],
        told["conversation_evidence"],
        exchange,
        caller(recording),
        (
            recording.target,
            b"".join(recording.request_body.slices),
            b"".join(recording.response_body.slices),
        ),
    )


def cassettes(lines: Iterable[Line]) -> list[list[Line]]:
    found: dict[Cassette, list[Line]] = defaultdict(list)
    for one in lines:
        found[one.cassette].append(one)
    return [sorted(each, key=lambda one: one.index) for each in found.values()]


def interleaved(given: Iterable[list[Line]], chance: random.Random) -> list[Line]:
    """All in one row at random, each cassette's own order kept."""
    waiting = {at: list(reversed(each)) for at, each in enumerate(given)}
    turns = [at for at, each in waiting.items() for _ in each]
    chance.shuffle(turns)
    return [waiting[at].pop() for at in turns]


def placed(lines: Iterable[Line]) -> dict[str, Placement]:
    stitcher = Stitcher(b"test", FOREVER)
    return {
        one.id: stitcher.place(one.id, one.exchange, 0.0, one.caller) for one in lines
    }


def score(
    lines: Iterable[Line],
    placements: dict[str, Placement],
    *,
    by_the_letter: bool = True,
) -> Score:
    """A link to a byte-identical twin of the parent, or to a maker of the same id in
    another cassette, counts neither for nor against. Not by the letter, nor do links
    that the collectors did not prove and that are plain to see (`is_plain`)."""
    by_id = {one.id: one for one in lines}
    counted = Score()
    for one in by_id.values():
        found = placements[one.id].parent
        evidence = placements[one.id].evidence
        told = (
            f"{one.id} {one.exchange.dialect}: {found} for {one.parent} "
            f"({evidence} for {one.evidence})"
        )
        is_other = found is not None and found != one.parent
        if found is not None and is_other:
            is_real = not by_the_letter and is_plain(one, by_id[found])
            if is_real or is_excused(one, found, by_id):
                counted.left_out.append(told)
                continue
        counted.found += found is not None
        counted.proved += one.parent is not None
        counted.right += found is not None and not is_other
        if is_other:
            counted.wrong.append(told)
        elif found is None and one.parent is not None:
            counted.missed.append(told)
    return counted


def is_excused(one: Line, found: str | None, by_id: dict[str, Line]) -> bool:
    if found is None:
        return False
    other = by_id[found]
    if one.parent is not None and by_id[one.parent].bytes == other.bytes:
        return True
    return other.cassette != one.cassette and bool(made(other) & carried(one))


def is_plain(one: Line, other: Line) -> bool:
    """The collectors' own rules within a cassette where they proved nothing: an id of
    the other's answer comes back, or the history begins with all that the other was
    asked, then its answer, heedless of white space and of items beside the answer."""
    if one.parent is not None or one.cassette != other.cassette:
        return False
    if made(other) & carried(one):
        return True
    asked = [*said(other), ("assistant", other.exchange.text.split())]
    return bool(asked[-1][1]) and said(one)[: len(asked)] == asked


def said(one: Line) -> list[tuple[str, list[str]]]:
    messages = one.exchange.messages
    return [(m.role, m.text.split()) for m in messages if m.role != "system"]


def made(one: Line) -> set[str | None]:
    exchange = one.exchange
    ids = {call.id for call in exchange.tool_calls} | set(exchange.item_ids)
    return (ids | {exchange.response_id, exchange.conversation_id}) - {None}


def carried(one: Line) -> set[str | None]:
    exchange = one.exchange
    ids = {exchange.previous_response_id, exchange.conversation_id}
    for message in exchange.messages:
        ids |= {call.id for call in message.tool_calls}
        ids |= {result.id for result in message.tool_results}
        ids |= set(message.item_ids)
    return ids
