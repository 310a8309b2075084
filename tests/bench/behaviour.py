"""How long it takes to classify a reply: `python -m tests.bench.behaviour`.

Replies are the labelled ones where they are present, else the training templates, and one
of 100 KB. Times are processor time of one thread, so that a busy machine does
not count, in microseconds.
"""

import time
from collections.abc import Sequence
from statistics import median, quantiles

from proxy.detectors.behaviour.classify import classify
from proxy.model.behaviour import Reply
from tests.training.data import FOLDER
from tests.training.records import load, made

MEDIAN_BAR, LONG_BAR = 200.0, 2_000.0
ROUNDS, LONG_ROUNDS = 5, 500
LINE = (
    "The archive holds letters, maps and drawings; could you say which year you want? "
)


def replies() -> list[Reply]:
    return [r.reply for r in (load(FOLDER) if FOLDER.is_dir() else made())]


def long_reply() -> Reply:
    """100 KB of prose in which every sentence carries a cue."""
    return Reply(text=LINE * (100_000 // len(LINE)), user="Tell me about the archive.")


def times(them: Sequence[Reply], rounds: int) -> list[float]:
    """The best of all rounds per reply would hide the tail; each time counts."""
    taken = []
    for _ in range(rounds):
        for reply in them:
            start = time.thread_time_ns()
            classify(reply)
            taken.append((time.thread_time_ns() - start) / 1_000)
    return taken


def main() -> None:
    them = replies()
    times(them[:50], 1)
    usual, long = times(them, ROUNDS), times([long_reply()], LONG_ROUNDS)
    print(f"{len(them)} replies, median {median(usual):.0f} µs (bar {MEDIAN_BAR:.0f})")
    print(f"  99th percentile {quantiles(usual, n=100)[98]:.0f} µs")
    high = quantiles(long, n=100)[98]
    print(
        f"100 KB: median {median(long):.0f} µs, 99th {high:.0f} µs (bar {LONG_BAR:.0f})"
    )


if __name__ == "__main__":
    main()
