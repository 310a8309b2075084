"""`python -m tests.bench.reading`: what reading one exchange costs the monitor."""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from proxy.conversations.caller import caller
from proxy.conversations.memory import Limits
from proxy.conversations.stitcher import Stitcher
from proxy.dialects.reader import read
from proxy.export.series import Board
from proxy.monitor.worker import Worker
from proxy.recording.recording import Recording
from tests.bench.machine import processor
from tests.make import make_body, make_recording

ABOUT = """\
Measures on one core what it costs to read a Recording into an Exchange and to find its
conversation: of 2 KB and 200 KB unary exchanges, per event of a stream, and of a mix of 70 %
2 KB, 25 % streams of 64 events and 5 % 200 KB; of the mix also all that the monitor does
(counts, detectors, rates). Medians of --rounds, in processor time.
"""
EXAMPLES = """\
examples
  python -m tests.bench.reading
  python -m tests.bench.reading --relay 6000    share of a relay that serves 6,000/s
  python -m tests.bench.reading --check         exit 1 beyond a bar
"""
BARS = {"2 KB": 60.0, "200 KB": 2_000.0, "event": 8.0}
"""Microseconds at most."""
LEAST_PER_SECOND = 1_000.0
NOW = 1.1
"""Seconds: when the recordings end. A monitor that is late would spare its detectors."""
WORDS = "The harbour lies two miles north of the lighthouse, and ships wait there. "
EVENTS = 64
DIALECTS = ("openai.chat", "openai.responses", "anthropic.messages", "gemini")
JSON = [(b"content-type", b"application/json")]
SSE = [(b"content-type", b"text/event-stream")]
TARGETS = {
    "openai.chat": b"/v1/chat/completions",
    "openai.responses": b"/v1/responses",
    "anthropic.messages": b"/v1/messages",
    "gemini": b"/v1beta/models/m:generateContent",
}


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    microseconds: float
    bar: float | None


def words(size: int) -> str:
    return (WORDS * (size // len(WORDS) + 1))[:size]


def unary(dialect: str, size: int) -> Recording:
    """Request and answer of `size` bytes in all, three quarters of it history."""
    asked, said = words(size * 3 // 4 - 200), words(size // 4 - 300)
    return recording(dialect, question(dialect, asked), [answer(dialect, said)], JSON)


def question(dialect: str, asked: str) -> object:
    if dialect == "gemini":
        return {"contents": [{"role": "user", "parts": [{"text": asked}]}]}
    messages = [{"role": "user", "content": asked}]
    name = "input" if dialect == "openai.responses" else "messages"
    return {"model": "m", "max_tokens": 64, name: messages}


def answer(dialect: str, said: str) -> object:
    match dialect:
        case "openai.chat":
            message = {"role": "assistant", "content": said, "refusal": None}
            return {
                "id": "chatcmpl-1",
                "object": "chat.completion",
                "model": "m-2025",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {
                    "prompt_tokens": 9,
                    "completion_tokens": 9,
                    "total_tokens": 18,
                },
            }
        case "openai.responses":
            content = [{"type": "output_text", "text": said, "annotations": []}]
            item = {"id": "msg_1", "type": "message", "role": "assistant"}
            return {
                "id": "resp_1",
                "object": "response",
                "model": "m-2025",
                "status": "completed",
                "output": [{**item, "content": content}],
                "usage": {"input_tokens": 9, "output_tokens": 9, "total_tokens": 18},
            }
        case "anthropic.messages":
            return {
                "id": "msg_1",
                "type": "message",
                "role": "assistant",
                "model": "m-2025",
                "content": [{"type": "text", "text": said}],
                "stop_reason": "end_turn",
                "usage": {"input_tokens": 9, "output_tokens": 9},
            }
        case _:
            parts = {"parts": [{"text": said}]}
            return {
                "candidates": [{"content": parts, "finishReason": "STOP"}],
                "usageMetadata": {"promptTokenCount": 9, "candidatesTokenCount": 9},
                "modelVersion": "m-2025",
            }


def stream(events: int) -> Recording:
    """Chat completion chunks of a word each, one read per event."""
    base = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "m-2025"}

    def chunk(delta: object, reason: str | None) -> object:
        choice = {"index": 0, "delta": delta, "finish_reason": reason}
        return {**base, "choices": [choice]}

    chunks = [chunk({"content": " harbour"}, None) for _ in range(events - 1)]
    asked = {**as_dict(question("openai.chat", words(800))), "stream": True}
    return recording("openai.chat", asked, [*chunks, chunk({}, "stop")], SSE)


def as_dict(value: object) -> dict[str, object]:
    assert isinstance(value, dict)
    return value


def recording(
    dialect: str,
    asked: object,
    said: Sequence[object],
    headers: list[tuple[bytes, bytes]],
) -> Recording:
    slices = [json.dumps(one).encode() for one in said]
    if headers is SSE:
        slices = [b"data: " + one + b"\n\n" for one in slices]
        slices[-1] += b"data: [DONE]\n\n"
    reads = [value for at, one in enumerate(slices) for value in (at, len(one))]
    total = sum(map(len, slices))
    return make_recording(
        target=TARGETS[dialect],
        request_body=make_body(json.dumps(asked).encode()),
        response_body=make_body(slices=slices, total=total),
        response_headers=headers,
        response_reads=reads,
        upstream="http://127.0.0.1:8000",
    )


class Reader:
    """As the monitor will: an Exchange, and its place."""

    def __init__(self) -> None:
        self.stitcher = Stitcher(b"bench", Limits(conversations=5_000))
        self.count = 0

    def take(self, one: Recording) -> None:
        self.count += 1
        exchange = read(one)
        self.stitcher.place(str(self.count), exchange, float(self.count), caller(one))


def microseconds(work: Callable[[], object], each: int, rounds: int) -> float:
    """Of processor time per unit, `each` units being done by one call."""
    repeat = 1
    while spent(work, repeat) < 0.03:
        repeat *= 2
    found = [spent(work, repeat) / repeat / each for _ in range(rounds)]
    return statistics.median(found) * 1e6


def spent(work: Callable[[], object], repeat: int) -> float:
    start = time.process_time()
    for _ in range(repeat):
        work()
    return time.process_time() - start


def mix() -> list[Recording]:
    """A hundred exchanges as DECISIONS' mix has them, dialects in turn."""
    small = [unary(DIALECTS[n % len(DIALECTS)], 2_000) for n in range(70)]
    large = [unary(DIALECTS[n % len(DIALECTS)], 200_000) for n in range(5)]
    return [*small, *(stream(EVENTS) for _ in range(25)), *large]


def figures(rounds: int) -> list[Figure]:
    found = []
    for dialect in DIALECTS:
        for name, size in (("2 KB", 2_000), ("200 KB", 200_000)):
            one, reader = unary(dialect, size), Reader()
            cost = microseconds(partial(read, one), 1, rounds)
            found.append(Figure(f"{dialect}, {name}", cost, BARS[name]))
            cost = microseconds(partial(reader.take, one), 1, rounds)
            found.append(Figure("  and its conversation", cost, None))
    for events in (EVENTS, 1_000):
        one = stream(events)
        cost = microseconds(partial(read, one), events, rounds)
        found.append(Figure(f"event, streams of {events}", cost, BARS["event"]))
    traffic, reader = mix(), Reader()

    def all_of_it() -> None:
        for one in traffic:
            reader.take(one)

    cost = microseconds(all_of_it, len(traffic), rounds)
    found.append(Figure("mix", cost, None))
    worker = Worker(Board(), [], 1, lambda: NOW, b"bench")

    def all_that_the_monitor_does() -> None:
        for one in traffic:
            worker.take(one)

    cost = microseconds(all_that_the_monitor_does, len(traffic), rounds)
    return [*found, Figure("  and all else", cost, 1e6 / LEAST_PER_SECOND)]


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.reading",
        description=ABOUT,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="[7]")
    parser.add_argument(
        "--relay", type=float, metavar="N", help="exchanges a second of one relay"
    )
    parser.add_argument("--check", action="store_true", help="exit 1 beyond a bar")
    arguments = parser.parse_args()
    model, cores = processor()
    print(f"{model}, {cores} cores, Python {sys.version.split()[0]}\n")
    found = figures(arguments.rounds)
    for one in found:
        bar = "" if one.bar is None else f"  (bar {one.bar:7.0f})"
        print(f"  {one.name:28}{one.microseconds:10.1f} µs{bar}")
    per_second = 1e6 / found[-1].microseconds
    print(f"\n  one core measures {per_second:.0f} exchanges of the mix a second")
    if arguments.relay:
        print(f"  that is {per_second / arguments.relay:.0%} of one relay's full speed")
    beyond = any(one.bar is not None and one.microseconds > one.bar for one in found)
    return 1 if arguments.check and beyond else 0


if __name__ == "__main__":
    sys.exit(main())
