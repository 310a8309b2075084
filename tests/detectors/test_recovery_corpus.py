"""Tool recovery on labelled trajectories of other people's agents.

Prints its figures: `pytest -s tests/detectors/test_recovery_corpus.py`. In-domain: the
rules were written with these at hand; other sources may well give less.
"""

import json
import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from proxy.conversations.fingerprints import Fingerprints
from proxy.detectors.tools.recovery import Recovery
from proxy.detectors.tools.state import START, State
from proxy.model.exchange import Message
from proxy.model.recovery import ErrorEvent
from proxy.scoring import accuracy
from proxy.scoring.intervals import wilson
from tests.detectors.trajectories import exchanges_of, messages_of

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SEATRIAL_DATA", ROOT.parent / "shared/data"))
CORPUS = DATA / "recovery/dev.jsonl"
PRINTS = Fingerprints(b"corpus")

pytestmark = pytest.mark.skipif(
    not CORPUS.is_file(),
    reason=f"no labelled trajectories at {CORPUS}: set SEATRIAL_DATA to their folder",
)


@dataclass
class Tally:
    """Counts over trajectories, and what differs."""

    true_errors: int = 0
    missed: int = 0
    false: int = 0
    false_on_marked: int = 0
    right: int = 0
    labelled: int = 0
    benign: int = 0
    pairs: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)

    def add(self, row: dict[str, Any], events: Iterable[ErrorEvent]) -> None:
        found = {event.message: event for event in events}
        wanted = {event["index"]: event for event in row["events"]}
        marked = {negative["index"] for negative in row["negatives"]}
        doubtful = set(row["unlabelled_errors"])
        results = {i for i, m in enumerate(row["messages"]) if m["role"] == "tool"}
        for index in results - doubtful:
            self.weigh(row["id"], index, wanted.get(index), found.get(index), marked)

    def weigh(
        self,
        id: str,
        index: int,
        label: dict[str, Any] | None,
        event: ErrorEvent | None,
        marked: set[int],
    ) -> None:
        if label is None:
            self.benign += 1
            self.false += event is not None
            self.false_on_marked += event is not None and index in marked
        else:
            self.labelled += 1
            self.true_errors += event is not None
            self.missed += event is None
            outcome = event.outcome if event else None
            self.right += outcome == label["outcome"]
            self.pairs[label["outcome"], outcome] += 1
            if outcome != label["outcome"]:
                self.differences.append(f"{id}[{index}] {label['outcome']}: {outcome}")
        if label is None and event is not None:
            self.differences.append(f"{id}[{index}] no error: {event.outcome}")

    def called(self, outcome: str) -> tuple[int, int]:
        """How many of those called so are so."""
        made = {label: n for (label, got), n in self.pairs.items() if got == outcome}
        return made.get(outcome, 0), sum(made.values())


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CORPUS.read_text().splitlines()]


@pytest.fixture(scope="module")
def whole(rows: list[dict[str, Any]]) -> Tally:
    tally, detector = Tally(), Recovery(PRINTS)
    for row in rows:
        tally.add(row, detector.read_whole(messages_of(row["messages"])).events)
    show("whole trajectories", tally)
    return tally


def show(title: str, tally: Tally) -> None:
    said = tally.true_errors + tally.false
    print(f"\n{title}: {tally.labelled} errors, {tally.benign} other results")
    line("error precision", tally.true_errors, said)
    line("error recall", tally.true_errors, tally.labelled)
    print(f"  {'false alarms on marked negatives':34} {tally.false_on_marked}")
    line("outcome accuracy", tally.right, tally.labelled)
    for outcome in ("recovered", "repeated", "ongoing", "gave_up", "false_success"):
        line(f"{outcome} precision", *tally.called(outcome))
        wanted = sum(n for (label, _), n in tally.pairs.items() if label == outcome)
        line(f"{outcome} recall", tally.pairs[outcome, outcome], wanted)
    for difference in tally.differences:
        print(f"    {difference}")


def line(name: str, hits: int, n: int) -> None:
    low, high = wilson(hits, n)
    share = f"{hits / n:.4f}" if n else "none"
    print(f"  {name:34} {hits}/{n} = {share} [{low:.3f}, {high:.3f}]")


def test_errors_are_found(whole: Tally) -> None:
    assert whole.true_errors >= 0.98 * whole.labelled


def test_what_is_called_an_error_is_one(whole: Tally) -> None:
    assert whole.true_errors >= 0.98 * (whole.true_errors + whole.false)


def test_marked_negatives_raise_few_alarms(whole: Tally) -> None:
    assert whole.false_on_marked <= 5


def test_outcomes_are_right(whole: Tally) -> None:
    assert whole.right >= 0.95 * whole.labelled


def test_identical_repeats_are_identical(whole: Tally) -> None:
    right, called = whole.called("repeated")
    assert called - right <= 1


def test_suspected_false_success_is_rarely_wrong(whole: Tally) -> None:
    right, called = whole.called("false_success")
    assert called > 0
    assert called - right <= 2
    assert right >= 0.8 * called


def test_episodes_are_those_of_the_labels(rows: list[dict[str, Any]]) -> None:
    detector, same, n = Recovery(PRINTS), 0, 0
    for row in rows:
        events = detector.read_whole(messages_of(row["messages"])).events
        found = {event.message: event.episode for event in events}
        for event in row["events"]:
            n += 1
            same += found.get(event["index"]) == event["episode"]
    line("episode numbers", same, n)
    assert same >= 0.95 * n


def live(detector: Recovery, messages: tuple[Message, ...]) -> list[ErrorEvent]:
    """As the proxy sees it: one exchange for each reply, each with the whole history."""
    state: State = START
    found: list[ErrorEvent] = []
    for exchange, fresh in exchanges_of(messages):
        got, state = detector.read(exchange, fresh, state)
        found += got.events
    got, _ = detector.expire(state, now=1e12)
    return sorted([*found, *got.events], key=lambda event: event.result)


def test_exchange_by_exchange_gives_what_the_whole_gives(
    rows: list[dict[str, Any]],
) -> None:
    """Of what lies before the last reply: what follows it no exchange has brought yet."""
    for row in rows:
        messages = messages_of(row["messages"])
        last = max(i for i, m in enumerate(messages) if m.role == "assistant")
        known = messages[: last + 1]
        expected = Recovery(PRINTS).read_whole(known).events
        assert live(Recovery(PRINTS, window=None), known) == expected, row["id"]


def test_live_window_costs_little(rows: list[dict[str, Any]]) -> None:
    """Three replies after an error its outcome is final; the labels know the end."""
    tally = Tally()
    for row in rows:
        messages = messages_of(row["messages"])
        tally.add(row, live(Recovery(PRINTS), messages))
    show("exchange by exchange, window of 3 replies", tally)
    assert tally.right >= 0.93 * tally.labelled


DOMAINS = {"mint": "code", "workbench": "office", "tau-bench": "travel"}


def test_accuracy_file_holds_these_figures(rows: list[dict[str, Any]]) -> None:
    tallies = {domain: Tally() for domain in ("all", *DOMAINS.values())}
    detector = Recovery(PRINTS)
    for row in rows:
        events = detector.read_whole(messages_of(row["messages"])).events
        for domain in ("all", DOMAINS[row["source"].partition(":")[0]]):
            tallies[domain].add(row, events)
    for domain, tally in tallies.items():
        line(f"outcome accuracy, {domain}", tally.right, tally.labelled)
        known = accuracy.of("tool_error", domain)
        assert known is not None
        benign = tally.benign - tally.false, tally.benign
        assert (known.specificity.hits, known.specificity.n) == benign
        found = tally.true_errors, tally.labelled
        assert (known.sensitivity.hits, known.sensitivity.n) == found
