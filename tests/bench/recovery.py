"""`python -m tests.bench.recovery`: what the detectors of tools, users and output cost.

One reply is one exchange as the monitor sees it: the request with its whole history, of
which only what is new is read, and the answer. Labelled trajectories are replayed where
they are at hand (SEATRIAL_DATA); the large ones are made here.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_args

from proxy.conversations.fingerprints import Fingerprints
from proxy.detectors import corrections, output
from proxy.detectors.tools.recovery import Recovery
from proxy.detectors.tools.state import START
from proxy.model.exchange import Exchange, Message, ToolCall, ToolResult
from tests.detectors.trajectories import exchanges_of, messages_of

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("SEATRIAL_DATA", ROOT.parent / "shared/data"))
CORPUS = DATA / "recovery/dev.jsonl"
PRINTS = Fingerprints(b"bench")

MEDIAN_US = 200.0
P99_US = 2_000.0
LARGE = 100_000

Conversation = Sequence[tuple[Exchange, int]]


def trajectories() -> list[Conversation]:
    if not CORPUS.is_file():
        return []
    rows = (json.loads(line) for line in CORPUS.read_text().splitlines())
    return [list(exchanges_of(messages_of(row["messages"]))) for row in rows]


def large() -> list[Conversation]:
    """100 KB each: prose, one word, JSON, a log with an error at its end, colons."""
    texts = [
        "The pilot saw the harbour and was not able to land before the storm. " * 1_450,
        "x" * LARGE,
        json.dumps({"rows": [{"id": n, "error": ""} for n in range(4_000)]}),
        "INFO all is well\n" * 5_900 + "ValueError: the last line",
        ": " * (LARGE // 2),
        "[" * LARGE,
        "not found not valid error no no no " * 2_850,
    ]
    tools = ("get_page", "bash", "send_mail", "search_notes", "convert")
    return [conversation(text, tool) for text in texts for tool in tools]


def conversation(text: str, tool: str) -> Conversation:
    call = Message("assistant", "", (ToolCall("1", tool, '{"id": 1}'),))
    failed = Message("tool", tool_results=(ToolResult("1", True, "no"),))
    result = Message("tool", tool_results=(ToolResult("1", None, text),))
    start = Message("user", "Please read the page to me")
    return list(
        exchanges_of(
            [
                *(start, call, failed, call, result),
                *(Message("assistant", text), Message("user", text)),
                Message("assistant", text),
            ]
        )
    )


Family = Literal["tools", "users", "output", "all"]


def timed(
    conversations: Sequence[Conversation], rounds: int, family: Family
) -> list[float]:
    """Microseconds of each reply, the best of the rounds."""
    return [
        min(times)
        for one in conversations
        for times in zip(*(replayed(one, family) for _ in range(rounds)), strict=True)
    ]


def replayed(exchanges: Conversation, family: Family = "all") -> list[float]:
    detector, state, users = Recovery(PRINTS), START, corrections.START
    found = []
    for exchange, fresh in exchanges:
        begun = time.perf_counter()
        if family in ("tools", "all"):
            _, state = detector.read(exchange, fresh, state, 1.0)
        if family in ("users", "all"):
            said = exchange.messages
            _, users = corrections.read(said, fresh, users, 1.0, PRINTS, "c1")
        if family in ("output", "all"):
            output.read(exchange, "c1", 1.0)
        found.append(1e6 * (time.perf_counter() - begun))
    return found


def figures(times: list[float]) -> tuple[float, float]:
    """Median and 99th percentile."""
    return statistics.median(times), sorted(times)[int(0.99 * (len(times) - 1))]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.recovery")
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args(arguments).rounds
    too_slow = 0
    for name, made in (("labelled", trajectories()), ("100 KB", large())):
        if not made:
            print(f"{name:10} not measured: no trajectories at {CORPUS}")
            continue
        for family in get_args(Family):
            times = timed(made, rounds, family)
            median, p99 = figures(times)
            print(
                f"{name:10} {family:7} n {len(times):5}  median {median:6.0f} us"
                f"  p99 {p99:6.0f} us  max {max(times):6.0f} us"
            )
            is_slow = median > MEDIAN_US or (name == "100 KB" and p99 > P99_US)
            too_slow += family == "all" and is_slow
    print(f"bars (all): median {MEDIAN_US:.0f} us, p99 of 100 KB {P99_US:.0f} us")
    return int(too_slow > 0)


if __name__ == "__main__":
    raise SystemExit(main())
