"""The harness works on a small load, and counts an answer that is not what it must be."""

import asyncio
import contextlib
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.bench import wire
from tests.bench.driver import Load, Question, Tally
from tests.bench.figures import figures, judge
from tests.bench.rounds import Sample
from tests.bench.scenarios import BARS, SCENARIOS
from tests.bench.targets import ROOT, table

TINY = "unary-1k,sse-fast,rate-500,memory"


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a short run of the relay writes with --json."""
    file = tmp_path_factory.mktemp("bench") / "figures.json"
    sizes = ("--rounds", "1", "--seconds", "0.5", "--scenarios", TINY)
    done = bench(*sizes, "--targets", "direct,relay", "--json", str(file))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_every_answer_of_a_run_is_right(tiny: dict[str, Any]) -> None:
    found = {(x["target"], x["scenario"]): x["errors"] for x in tiny["samples"]}
    timed = [(t, s) for t in ("direct", "relay") for s in TINY.split(",")[:3]]
    assert found == {key: {} for key in [*timed, ("relay", "memory")]}


def test_a_relay_costs_time_on_a_processor_and_memory(tiny: dict[str, Any]) -> None:
    relay = {x["scenario"]: x for x in tiny["samples"] if x["target"] == "relay"}
    assert all(sample["cpu_us"] > 0 for sample in relay.values())
    assert relay["memory"]["idle_bytes"] > 1e6


def test_the_recordings_are_taken_by_a_monitor_outside(tiny: dict[str, Any]) -> None:
    counts = tiny["recorded"]["relay"]
    relay = [x for x in tiny["samples"] if x["target"] == "relay"]
    asked = sum(x["answered"] for x in relay if x["scenario"] != "memory")
    assert counts["received"] + counts["dropped"] >= asked


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(("--targets", "apache"), id="target"),
        pytest.param(("--scenarios", "unary"), id="scenario"),
        pytest.param(("--rounds", "0"), id="rounds"),
    ],
)
def test_wrong_usage_is_refused(arguments: tuple[str, ...]) -> None:
    assert bench(*arguments).returncode == 2


def test_every_bar_is_for_a_scenario_and_a_target_that_exist() -> None:
    assert {bar.scenario for bar in BARS} <= set(SCENARIOS)
    assert {bar.target for bar in BARS} <= set(table())


def test_a_request_and_an_answer_have_the_size_that_was_asked() -> None:
    asked = wire.request("", "unary-1000", 200_000)
    assert len(asked.partition(b"\r\n\r\n")[2]) == 200_000
    assert len(wire.answer("unary-1000").body) == 1000


def test_a_stream_has_its_events_and_ends_with_done() -> None:
    body = wire.answer("stream-64-0").body
    assert body.count(b"\n\n") == 65
    assert body.endswith(b"data: [DONE]\n\n")


def sample(target: str, cpu_us: float, number: int = 0, **changes: Any) -> Sample:
    values: dict[str, Any] = {
        "round": number,
        "scenario": "unary-1k",
        "target": target,
        "answered": 100,
        "errors": {},
        "seconds": 1.0,
        "cpu_us": cpu_us,
        "p50_us": 200.0,
        "pss_bytes": 1,
    }
    return Sample(**values | changes)


def test_a_ratio_compares_with_nginx_of_the_same_round() -> None:
    rounds = [(10.0, 20.0), (20.0, 40.0), (30.0, 60.0)]
    samples = [
        sample(target, cpu, number)
        for number, costs in enumerate(rounds)
        for target, cpu in zip(("nginx", "relay"), costs, strict=True)
    ]
    relay = next(x for x in figures(samples) if x.target == "relay")
    assert relay.ratio is not None
    assert (relay.ratio.low, relay.ratio.high, relay.verdict) == (2.0, 2.0, "pass")


def test_without_nginx_nothing_is_decided() -> None:
    (relay,) = figures([sample("relay", 20.0)])
    assert (relay.ratio, relay.verdict) == (None, "not decided")


def test_a_run_with_errors_gives_no_figure() -> None:
    assert figures([sample("relay", 1.0, errors={"status 502": 3})]) == []


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        pytest.param([2.0, 2.1, 2.6], "pass", id="one outlier does not fail"),
        pytest.param([2.4, 2.6, 2.8], "not decided", id="around the bar"),
        pytest.param([2.4, 2.9, 3.0], "fail", id="one outlier does not pass"),
        pytest.param([1.0, 1.0], "not decided", id="too few rounds"),
    ],
)
def test_a_verdict_needs_the_middle_half_on_one_side(
    values: list[float], verdict: str
) -> None:
    assert judge(values, 3, 2.5) == verdict


QUESTION = Question.of("", "unary-100", 500)
ANSWER = wire.answer("unary-100").pieces[0]


async def load(
    answer: bytes, stall: float, asking: Callable[[Load], Awaitable[None]]
) -> Tally:
    """Load on one connection to an upstream that stalls before its first answer."""
    stalls = [stall]
    hung_up = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readexactly(len(QUESTION.sent)):
                await asyncio.sleep(stalls.pop() if stalls else 0)
                writer.write(answer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        hung_up.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        async with Load(server.sockets[0].getsockname()[1], 1, None) as load:
            await asking(load)
        await hung_up.wait()
        return load.tally


def test_a_wrong_byte_is_an_error() -> None:
    wrong = ANSWER[:-1] + b"?"
    tally = asyncio.run(load(wrong, 0.0, lambda x: x.closed_loop(QUESTION, 0.1, 0.0)))
    assert (tally.answered, tally.errors) == (0, {"wrong body": 1})


def test_a_request_that_waits_for_a_stalled_one_counts_from_when_it_was_due() -> None:
    tally = asyncio.run(load(ANSWER, 0.4, lambda x: x.open_loop(QUESTION, 0.5, 100.0)))
    assert not tally.errors
    assert sum(latency > 0.1 for latency in tally.latencies) >= 25
