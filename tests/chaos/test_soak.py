"""Many requests with aborts and faults leave descriptors, tasks and memory where they
began (T3, T6, T25)."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil
import pytest
import uvloop

from tests.chaos.instance import Figures, Instance, Upstream, accounted, until
from tests.chaos.load import Account, drive, percentile
from tests.chaos.plans import mixed

ABORTS = 0.10
FAULTS = 0.05
SETTLED = 0.2
"""Memory is compared from here on: buffers and pools have their size."""
MOST_UNSEEN = 0.02
HELD = (
    "seatrial_inflight_requests",
    "seatrial_relay_connections",
    "seatrial_relay_upstream_connections",
)
MIB = 1024 * 1024
MOST_BLOCKS = 2_000
MOST_MALLOC = 1 * MIB
MOST_RESIDENT = 60 * MIB
LOOKED_SECONDS = 0.5
STORE_FILES = 2
"""SQLite opens its log and the index of it with the first write."""


@dataclass(frozen=True, slots=True)
class Sample:
    requests: int
    resident: int
    """PSS: the pages that processes share count once."""
    descriptors: int
    blocks: int
    """What Python has allocated, counted."""
    tasks: int
    malloc: int
    """Bytes that malloc has handed out."""
    free: int
    """Bytes that malloc keeps for later: they grow to the worst coincidence so far."""


class Gauge:
    """One process, sampled while the load runs."""

    def __init__(self, name: str, process: psutil.Process, inside: Path) -> None:
        self.name = name
        self.process = process
        self.inside = inside / f"{process.pid}.json"
        self.samples: list[Sample] = []

    def look(self, requests: int) -> None:
        pss, descriptors = self.process.memory_full_info().pss, self.process.num_fds()
        inside = json.loads(self.inside.read_text())
        self.samples.append(Sample(requests, pss, descriptors, **inside))

    def settled(self) -> list[Sample]:
        """Under load, after the first part; the first and the last sample are at rest."""
        total = self.samples[-1].requests
        return [s for s in self.samples[1:-1] if s.requests >= SETTLED * total]

    def growth(self, field: str) -> float:
        """Between the settled part's first and last quarter, by their medians."""
        found = [getattr(sample, field) for sample in self.settled()]
        quarter = max(1, len(found) // 4)
        return float(median(found[-quarter:]) - median(found[:quarter]))

    def says(self) -> str:
        first, last = self.samples[0], self.samples[-1]
        shown = [f"{name} {self.growth(name):+.0f}" for name in ("blocks",)]
        shown += [
            f"{name} {self.growth(name) / MIB:+.2f} MiB"
            for name in ("malloc", "free", "resident")
        ]
        return (
            f"growth: {', '.join(shown)}; at rest before and after: "
            f"PSS {first.resident / MIB:.1f} and {last.resident / MIB:.1f} MiB, "
            f"descriptors {first.descriptors} and {last.descriptors}, "
            f"tasks {first.tasks} and {last.tasks}"
        )


@pytest.fixture
def inside(tmp_path) -> Path:
    folder = tmp_path / "inside"
    folder.mkdir()
    return folder


@pytest.fixture
def looked_into(start, inside) -> Instance:
    """An instance whose relays and monitor say what they have allocated."""
    library = str(Path(__file__).parent / "inside")
    return start(
        environment={"PYTHONPATH": library, "SEATRIAL_CHAOS_INSIDE": str(inside)}
    )


def test_short_soak_leaves_nothing_behind(looked_into, inside, upstream, say):
    soak(looked_into, inside, upstream, say, requests=4_000, noise=4)


@pytest.mark.slow
@pytest.mark.timeout(3_000)
def test_soak_leaves_nothing_behind(looked_into, inside, upstream, say):
    soak(looked_into, inside, upstream, say, requests=200_000, noise=1)


def soak(
    instance: Instance,
    inside: Path,
    upstream: Upstream,
    say,
    *,
    requests: int,
    noise: int,
) -> None:
    """`noise`: how far what happens to be under way may move the medians; fewer samples,
    more of it."""
    account = Account()
    gauges = [
        Gauge(name, psutil.Process(instance.pid(name)), inside)
        for name in (*instance.names, "monitor")
    ]
    before = upstream.stats()
    look(gauges, account)
    begun = time.monotonic()
    uvloop.run(load(instance, account, gauges, requests))
    seconds = time.monotonic() - begun
    assert account.failures == [], instance.complaints()
    with suppress(AssertionError):
        until(lambda: not any(held(instance).values()), "nothing held any more")
    assert not any(held(instance).values()), held(instance)
    figures = instance.figures()
    time.sleep(2 * LOOKED_SECONDS)  # until they have looked at themselves at rest
    look(gauges, account)
    say(
        requests=account.sent,
        seconds=f"{seconds:.0f}",
        a_second=f"{account.sent / seconds:.0f}",
        connections=account.connections,
        aborts=account.count(kind="leave"),
        faults=account.count(kind="fault"),
        p50=f"{percentile(list(account.seconds), 0.5) * 1000:.1f} ms",
        p99=f"{percentile(list(account.seconds), 0.99) * 1000:.1f} ms",
        drops=figures.drops(),
    )
    for gauge in gauges:
        say(**{gauge.name: gauge.says()})
    assert_outcomes(account, figures)
    assert_upstream_felt(before, upstream)
    assert instance.complaints() == []
    for gauge in gauges:
        assert_as_before(gauge, noise)


def look(gauges: list[Gauge], account: Account) -> None:
    for gauge in gauges:
        gauge.look(account.sent)


def assert_as_before(gauge: Gauge, noise: int) -> None:
    """What was handed out ends where it began; what malloc keeps is bounded."""
    first, last = gauge.samples[0], gauge.samples[-1]
    opened = STORE_FILES if gauge.name == "monitor" else 0
    assert last.descriptors <= first.descriptors + opened, gauge.says()
    assert last.tasks <= first.tasks, gauge.says()
    assert gauge.growth("blocks") < noise * MOST_BLOCKS, gauge.says()
    assert gauge.growth("malloc") < noise * MOST_MALLOC, gauge.says()
    assert last.resident < MOST_RESIDENT, gauge.says()


async def load(
    instance: Instance, account: Account, gauges: list[Gauge], requests: int
) -> None:
    plans = mixed(1, aborts=ABORTS, faults=FAULTS)
    async with asyncio.TaskGroup() as tasks:
        driven = tasks.create_task(
            drive(
                *(instance.address, plans),
                clients=48,
                account=account,
                more=lambda: account.sent < requests,
            )
        )
        due = 0.0
        while not driven.done():
            if account.sent >= due:
                due = account.sent + max(requests / 100, 250)
                look(gauges, account)
            await asyncio.sleep(0.05)


def exchanges(account: Account) -> int:
    """Requests whose head was complete."""
    return account.sent - account.count(kind="leave head")


def held(instance: Instance) -> dict[str, float]:
    """What the relays say that they still hold."""
    figures = instance.figures()
    return {name: figures.total(name) for name in HELD}


def assert_outcomes(account: Account, figures: Figures) -> None:
    """What the relay says of the exchanges is what the clients saw."""
    numbered = figures.total("seatrial_relay_exchanges_total")
    assert accounted(figures) == numbered
    # A request that was reset before the relay read it never became an exchange.
    unseen = exchanges(account) - numbered
    assert 0 <= unseen <= account.count(kind="leave") * MOST_UNSEEN
    if figures.drops():
        return  # under this load some recordings are dropped: then counts are lower
    gone = account.count(kind="leave") - account.count(kind="leave head")
    cut = sum(account.count(kind=f"fault {kind}") for kind in ("cut", "stall"))
    refused = account.count(kind="fault", verdict="50") - account.count(
        kind="fault fail"
    )
    broken = account.count(kind="fault broken-chunk", verdict="broken")
    answered = account.count(verdict="ok") + account.count(kind="fault busy")
    answered += account.count(kind="fault fail")
    expected = {
        "client_gone": gone - unseen,
        "upstream_cut": cut,
        "upstream_error": refused + broken,
        "complete": answered,
        "refused": 0,
    }
    found = {
        outcome: figures.total("seatrial_requests_total", outcome=outcome)
        for outcome in expected
    }
    assert found == expected


def assert_upstream_felt(before: dict[str, int], upstream: Upstream) -> None:
    """No abort left a connection or a generation running."""
    stats = upstream.stats()
    assert stats["open"] == before["open"]
    assert stats["under_way"] == before["under_way"]
