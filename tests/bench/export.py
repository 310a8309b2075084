"""`python -m tests.bench.export`: what telling the numbers costs, and whether they agree."""

import argparse
import gc
import os
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import psutil

from proxy.conversations.placement import Placement
from proxy.export import catalog
from proxy.export.catalog import Label, Metric
from proxy.export.otel import Telemetry
from proxy.export.prometheus import Exposition, written
from proxy.export.series import Board, Tally
from proxy.monitor.aggregate import Aggregate
from proxy.monitor.calls import Calls
from proxy.monitor.content import capture
from proxy.monitor.counts import SignalCounts
from proxy.monitor.signals import Signals
from proxy.monitor.spans import Spans
from proxy.monitor.target import target
from proxy.monitor.traffic import Traffic
from proxy.recording.recording import Recording
from tests.bench import agreement
from tests.bench.machine import processor
from tests.bench.reading import microseconds, mix
from tests.make import make_exchange, make_recording

ABOUT = """\
Four figures of the export: processor time per exchange for all counts, spans and events with
tracing sampled at 1 % (threads that send included; the collector is a process of its own);
the time of a scrape at 20,000 series; memory over exchanges whose strings are all random;
and what Seatrial reports as its overhead beside what a client outside measures.
"""
BAR_MICROSECONDS = 60.0
BAR_SCRAPE_MS = 100.0
BAR_MEMORY_MB = 1.0
SAMPLED = 0.01
PLACE = Placement("e", "c", None, None, None, 1, "e", 1, 0)
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


@dataclass(frozen=True, slots=True)
class Figure:
    name: str
    value: float
    unit: str
    bar: float | None = None


class Export:
    """All that the monitor does with an exchange once it is read and judged."""

    def __init__(self, collector: str | None) -> None:
        self.board = Board()
        self.aggregate = Aggregate(self.board)
        self.traffic = Traffic(self.board)
        self.counts = SignalCounts(self.board)
        self.calls = Calls(self.board)
        self.calls.wall = time.time  # noqa: TID251  # as the monitor's main does
        self.telemetry: Telemetry | None = None
        if collector is not None:
            os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector
            os.environ["OTEL_TRACES_SAMPLER"] = "parentbased_traceidratio"
            os.environ["OTEL_TRACES_SAMPLER_ARG"] = str(SAMPLED)
            self.telemetry = Telemetry(self.board, os.environ, "0", time.time_ns)
            spans = Spans(self.telemetry, offset_ns, capture({}, []))
            self.calls.tracer = spans

    def take(
        self, recording: Recording, exchange: Any, seen: Any, dialect: str
    ) -> None:
        self.aggregate.take(recording, dialect)
        one = target(recording, exchange, self.board.admitter)
        self.traffic.take(recording, exchange, PLACE, one)
        self.counts.take(seen)
        self.calls.take(recording, exchange, PLACE, one, seen.reading)


def offset_ns() -> int:
    return time.time_ns() - time.monotonic_ns()


def prepared() -> list[tuple[Recording, Any, Any, str]]:
    """The mix, read and judged beforehand: that is not the export's cost."""
    from proxy.dialects.reader import read

    board, signals, found = Board(), Signals(b"bench"), []
    for number, one in enumerate(mix()):
        exchange = read(one)
        at = target(one, exchange, board.admitter)
        place = Placement(*[str(number)] * 2, None, None, None, 1, str(number), 1, 0)
        seen = signals.read(one, exchange, place, at, float(number))
        found.append((one, exchange, seen, exchange.dialect))
    return found


def cost(rounds: int) -> Iterator[Figure]:
    ready = prepared()
    with collecting() as collector:
        for name, at, bar in (
            ("export, without OTLP", None, None),
            ("export, traces sampled at 1 %", collector, BAR_MICROSECONDS),
        ):
            export = Export(at)

            def all_of_it(export: Export = export) -> None:
                for each in ready:
                    export.take(*each)

            spent = microseconds(all_of_it, len(ready), rounds)
            if export.telemetry is not None:
                export.telemetry.stop(2.0)
            yield Figure(name, spent, "µs", bar)


@contextmanager
def collecting() -> Iterator[str]:
    """A collector that takes all, in a process of its own."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=collect, args=(theirs,), daemon=True)
    process.start()
    theirs.close()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()


def collect(line: Connection) -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    line.send(server.server_port)
    server.serve_forever()


def full() -> Board:
    """A board with every family at its cap, and so many more series that it is 20,000."""
    board = Board()
    for metric in catalog.METRICS:
        series = board.series[metric.name]
        for number in range(metric.label_sets()):
            key = tuple(f"{label.name}-{number}" for label in metric.labels)
            if isinstance(series, Tally):
                series.values[key] = number + 0.5
            else:
                series.rows[key] = [float(number)] * (len(metric.buckets) + 2)
    left = catalog.SERIES_LIMIT - sum(metric.series() for metric in catalog.METRICS)
    more = Metric("filler_total", "counter", None, "Filler.", (Label("n", left),))
    filler = Tally(more, board.admitter)
    filler.values = {(str(number),): 1.0 for number in range(left)}
    board.series["filler_total"] = filler
    return board


def scrapes(rounds: int) -> Iterator[Figure]:
    exposition = Exposition(full(), lambda: None)
    for name, accept in (("text", ""), ("OpenMetrics", OPENMETRICS)):
        work = partial(scrape, exposition, accept)
        spent = [timed(work) for _ in range(rounds)]
        yield Figure(
            f"scrape of 20,000 series, {name}",
            statistics.median(spent) * 1e3,
            "ms",
            BAR_SCRAPE_MS,
        )
    held = [timed(exposition.snapshot) for _ in range(rounds)]
    yield Figure("  of it on the monitor's loop", statistics.median(held) * 1e3, "ms")


def scrape(exposition: Exposition, accept: str) -> bytes:
    return written(exposition.snapshot(), accept)[0]


def timed(work: Callable[[], object]) -> float:
    """Processor seconds."""
    begin = time.process_time()
    work()
    return time.process_time() - begin


def memory(exchanges: int) -> Iterator[Figure]:
    """Growth from a fifth of the way to its end, every string a client's own."""
    with collecting() as collector:
        export, chance = Export(collector), random.Random(7)
        base = make_recording()
        seen = prepared()[0][2]
        settled = 0
        for number in range(exchanges):
            if number == exchanges // 5:
                settled = resident()
            take_random(export, base, seen, chance)
        grown = resident() - settled
        series = written(Exposition(export.board, lambda: None).snapshot(), "")[0]
        assert export.telemetry is not None
        export.telemetry.stop(2.0)
    yield Figure(
        f"memory grown over {exchanges * 4 // 5:,} of {exchanges:,} exchanges",
        grown / 2**20,
        "MB",
        BAR_MEMORY_MB,
    )
    yield Figure("  series then", float(series.count(b"\n")), "")


def take_random(
    export: Export, base: Recording, seen: Any, chance: random.Random
) -> None:
    word = f"{chance.getrandbits(64):x}"
    trace = f"00-{chance.getrandbits(128):032x}-{chance.getrandbits(64):016x}-00"
    recording = msgspec.structs.replace(
        base,
        route=word,
        method=word,
        status=chance.randrange(100, 600),
        upstream=f"http://{word}.test",
        traceparent=trace if chance.random() < 0.9 else word,
        refusal=word,
    )
    exchange = make_exchange(
        request_model=word,
        response_model=word,
        response_id=word,
        provider=word,
        conversation_header=word,
        finish_reasons=(word,),
    )
    export.take(recording, exchange, seen, word)


def resident() -> int:
    gc.collect()
    return int(psutil.Process().memory_info().rss)


def overhead(calls: int) -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        found = agreement.measure(Path(folder), calls)
    for name, bar in (("median", 0.2), ("p99", 1.0)):
        outside, reported = found.outside[name], found.reported[name]
        yield Figure(f"overhead, {name}: outside", outside, "ms")
        yield Figure(f"overhead, {name}: reported", reported, "ms")
        yield Figure("  apart", abs(outside - reported), "ms", bar)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.export",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="[7]")
    parser.add_argument(
        "--exchanges", type=int, default=200_000, metavar="N", help="[200000]"
    )
    parser.add_argument("--calls", type=int, default=4_000, metavar="N", help="[4000]")
    parser.add_argument("--check", action="store_true", help="exit 1 beyond a bar")
    arguments = parser.parse_args()
    model, cores = processor()
    print(f"{model}, {cores} cores, Python {sys.version.split()[0]}\n")
    beyond = False
    for figures in (
        cost(arguments.rounds),
        scrapes(arguments.rounds),
        overhead(arguments.calls),
        memory(arguments.exchanges),
    ):
        for one in figures:
            bar = "" if one.bar is None else f"  (bar {one.bar:g})"
            print(f"  {one.name:48}{one.value:10.3f} {one.unit}{bar}", flush=True)
            beyond |= one.bar is not None and one.value > one.bar
    assert threading.active_count() < 10
    return 1 if arguments.check and beyond else 0


if __name__ == "__main__":
    sys.exit(main())
