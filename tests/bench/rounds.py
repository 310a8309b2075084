"""Measures: starts the targets, runs each scenario against each, round after round."""

import asyncio
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench import processes, targets
from tests.bench.driver import Load, Question, release
from tests.bench.scenarios import Scenario
from tests.bench.targets import Place, Running, Target

WARMING = "unary-1000"
FIRST_SHARE = 5
"""One in so many streams is held before memory is counted per stream."""
QUIET_SECONDS = 3.0
QUIET_STEP = 0.1
QUIET_SHARE = 0.2


@dataclass(frozen=True, slots=True)
class Sample:
    """One scenario against one target in one round."""

    round: int
    scenario: str
    target: str
    answered: int
    errors: dict[str, int]
    seconds: float
    cpu_us: float
    """Of the target's process tree, per request or event."""
    p50_us: float
    pss_bytes: int
    idle_bytes: int | None = None
    held_bytes: float | None = None
    """Per stream more."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one Seatrial's monitor says of its recordings."""

    received: int
    dropped: int


@dataclass(slots=True)
class Result:
    samples: list[Sample] = field(default_factory=list)
    recorded: dict[str, Recorded] = field(default_factory=dict)

    @property
    def errors(self) -> int:
        return sum(sum(sample.errors.values()) for sample in self.samples)


async def measure(
    chosen: Sequence[Target],
    with_direct: bool,
    scenarios: Sequence[Scenario],
    rounds: int,
    seconds: float,
) -> Result:
    result = Result()
    with (
        tempfile.TemporaryDirectory(prefix="seatrial-bench-") as folder,
        targets.upstream() as direct,
    ):
        await measure_memory(result, chosen, scenarios, direct.port, Path(folder))
        timed = [scenario for scenario in scenarios if not scenario.held]
        if not timed:
            return result
        with started(chosen, direct.port, Path(folder)) as live:
            if with_direct:
                live.insert(0, direct)
            for number in range(rounds):
                for scenario in timed:
                    for target in turned(live, number):
                        await quiet()
                        sample = await run(scenario, target, number, seconds)
                        result.samples.append(sample)
                        tell(sample)
            result.recorded = {x.name: recorded(x.admin) for x in live if x.admin}
    return result


async def measure_memory(
    result: Result,
    chosen: Sequence[Target],
    scenarios: Sequence[Scenario],
    upstream: int,
    folder: Path,
) -> None:
    """Each target started alone and anew: it shares no pages, and has had no other load."""
    for scenario in scenarios:
        for target in chosen if scenario.held else ():
            with started([target], upstream, folder / scenario.name) as [running]:
                sample = await hold(scenario, running, upstream)
            result.samples.append(sample)
            tell(sample)


@contextlib.contextmanager
def started(
    chosen: Sequence[Target], upstream: int, folder: Path
) -> Iterator[list[Running]]:
    with contextlib.ExitStack() as stack:
        live = []
        for target in chosen:
            own = folder / target.name
            own.mkdir(parents=True)
            say(f"starting {target.name}")
            live.append(stack.enter_context(target.start(Place(upstream, own))))
        yield live


def turned(live: list[Running], number: int) -> list[Running]:
    """Another target begins each round, so that none always follows the same one."""
    start = number % len(live)
    return live[start:] + live[:start]


async def quiet() -> None:
    """Wait until all our processes rest: a monitor may still read what the last run left."""
    end = time.monotonic() + QUIET_SECONDS
    while time.monotonic() < end:
        before = processes.cpu_seconds(os.getpid())
        await asyncio.sleep(QUIET_STEP)
        if processes.cpu_seconds(os.getpid()) - before < QUIET_SHARE * QUIET_STEP:
            return


async def run(
    scenario: Scenario, target: Running, number: int, seconds: float
) -> Sample:
    question = Question.of(target.prefix, scenario.wanted, scenario.request_bytes)
    warming = Question.of(target.prefix, WARMING, scenario.request_bytes)
    async with Load(target.port, scenario.connections, warming) as load:
        began, cpu = time.monotonic(), processes.cpu_seconds(target.pid)
        if scenario.rate:
            await load.open_loop(question, seconds, scenario.rate)
        else:
            await load.closed_loop(question, seconds, scenario.spread)
        spent = processes.cpu_seconds(target.pid) - cpu
        elapsed = time.monotonic() - began
        pss = processes.pss_bytes(target.pid)
    tally = load.tally
    units = max(1, tally.answered * (scenario.events or 1))
    return Sample(
        round=number,
        scenario=scenario.name,
        target=target.name,
        answered=tally.answered,
        errors=errors(tally.errors, tally.answered, spent),
        seconds=elapsed,
        cpu_us=spent / units * 1e6,
        p50_us=statistics.median(tally.latencies or [0.0]) * 1e6,
        pss_bytes=pss,
    )


async def hold(scenario: Scenario, target: Running, upstream: int) -> Sample:
    """Memory at rest, then of each stream more: what the first ones set up is no stream's."""
    question = Question.of(target.prefix, scenario.wanted, scenario.request_bytes)
    warming = Question.of(target.prefix, WARMING, scenario.request_bytes)
    first = scenario.connections // FIRST_SHARE
    async with Load(target.port, 1, warming):
        idle = processes.pss_bytes(target.pid)
    began, cpu = time.monotonic(), processes.cpu_seconds(target.pid)
    async with (
        Load(target.port, first, None) as few,
        Load(target.port, scenario.connections - first, None) as others,
    ):
        await few.hold(question)
        before = processes.pss_bytes(target.pid)
        await others.hold(question)
        held = processes.pss_bytes(target.pid)
        await release(upstream)
        await few.settle(0.0)
        await others.settle(0.0)
        spent = processes.cpu_seconds(target.pid) - cpu
    answered = few.tally.answered + others.tally.answered
    return Sample(
        round=0,
        scenario=scenario.name,
        target=target.name,
        answered=answered,
        errors=errors(few.tally.errors + others.tally.errors, answered, spent),
        seconds=time.monotonic() - began,
        cpu_us=spent / scenario.connections * 1e6,
        p50_us=statistics.median(others.tally.latencies or [0.0]) * 1e6,
        pss_bytes=held,
        idle_bytes=idle,
        held_bytes=(held - before) / others.count,
    )


def errors(found: Counter[str], answered: int, spent: float) -> dict[str, int]:
    """Also what makes a sample worthless although each answer was right."""
    counted = dict(found)
    if not answered:
        counted["no answer at all"] = 1
    if spent <= 0:
        counted["a process ended or was replaced"] = 1
    return counted


def recorded(admin: int) -> Recorded:
    metrics = targets.fetch(admin, "/metrics")
    return Recorded(
        received=total(metrics, "seatrial_recordings_received_total"),
        dropped=total(metrics, "seatrial_dropped_total"),
    )


def total(metrics: str, name: str) -> int:
    lines = (line for line in metrics.splitlines() if line.startswith(name))
    return sum(int(float(line.split()[-1])) for line in lines)


def tell(sample: Sample) -> None:
    errors = "".join(
        f", {number} times {name}" for name, number in sample.errors.items()
    )
    say(
        f"round {sample.round + 1}  {sample.scenario:11}{sample.target:11}"
        f"{sample.cpu_us:8.1f} µs CPU  {sample.answered:6} answers{errors}"
    )


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
