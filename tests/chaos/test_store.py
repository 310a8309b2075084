"""Random faults of the store under load: no live request fails, nothing is corrupt, and
what is not in the store is counted, request by request."""

import asyncio
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

import asyncpg
import pytest
import uvloop

from proxy.store.answers import ALL, Window
from proxy.store.faults import StoreError
from proxy.store.opening import store_at
from tests.chaos.instance import Instance, eventually
from tests.chaos.scene import Scene, under_load
from tests.store.server import Server, programs

EVER = Window(0, 2**33)
FAULTS = int(os.environ.get("SEATRIAL_FAULTS", "300"))
LOSS_SECONDS = 1.5
"""What a kill may cost at most: a batch, its write, and what was on its way."""


class Site:
    """A store, the ways in which it fails, and what it holds."""

    url: str
    ways: tuple[str, ...]

    async def strike(self, way: str, seconds: float) -> None:
        raise NotImplementedError

    def check(self) -> None:
        """Nothing is corrupt."""
        raise NotImplementedError

    async def held(self) -> tuple[int, int]:
        """Exchanges, and those that kills are known to have cost."""
        store = store_at(self.url, lambda: 0.0, read_only=True)
        try:
            totals = await store.totals(EVER, ALL)
            evidence = await store.evidence(EVER, ALL)
        except StoreError:
            return 0, 0
        finally:
            await store.close()
        lost = sum(e.events.get(("live", "loss", "kill"), 0) for e in evidence)
        return sum(t.sums.exchanges for t in totals), lost


class SqliteSite(Site):
    ways = ("full", "lock")

    def __init__(self, disk: Path) -> None:
        self.disk = disk
        self.path = disk / "seatrial.db"
        self.url = f"sqlite:{self.path}"

    async def strike(self, way: str, seconds: float) -> None:
        if way == "full":
            ballast = self.disk / "ballast"
            await asyncio.to_thread(fill, ballast)
            await asyncio.sleep(seconds)
            ballast.unlink()
            return
        with closing(sqlite3.connect(self.path, isolation_level=None)) as other:
            with suppress(sqlite3.OperationalError):
                other.execute("BEGIN IMMEDIATE")
            await asyncio.sleep(seconds)

    def check(self) -> None:
        assert list(self.disk.glob("*corrupt*")) == []
        with closing(sqlite3.connect(self.path)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


class PostgresSite(Site):
    ways = ("server killed", "server stopped", "lock")

    def __init__(self, server: Server) -> None:
        self.server = server
        self.url = server.database()

    async def strike(self, way: str, seconds: float) -> None:
        if way == "lock":
            connected = await asyncpg.connect(self.url)
            async with connected.transaction():
                await connected.execute("LOCK TABLE writers IN ACCESS EXCLUSIVE MODE")
                await asyncio.sleep(seconds)
            await connected.close()
            return
        number = signal.SIGQUIT if way == "server killed" else signal.SIGINT
        await asyncio.to_thread(self.server.stop, number)
        await asyncio.sleep(seconds)
        await asyncio.to_thread(self.server.start)

    def check(self) -> None:
        log = (self.server.folder / "log").read_text()
        assert "invalid page" not in log
        assert "could not read block" not in log


def fill(path: Path) -> None:
    with suppress(OSError), open(path, "wb", buffering=0) as ballast:
        while ballast.write(bytes(4_096)):
            pass


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 96 MiB; making one takes root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted: not root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def server() -> Iterator[Server]:
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    server = Server()
    yield server
    if server.process is None:
        server.start()
    server.remove()


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_faults_of_sqlite_harm_no_request_and_lose_only_what_is_counted(
    start, disk, say
):
    assert_faults_are_survived(SqliteSite(disk), start, say, FAULTS)


@pytest.mark.slow
@pytest.mark.timeout(3_600)
def test_faults_of_postgres_harm_no_request_and_lose_only_what_is_counted(
    start, server, say
):
    assert_faults_are_survived(PostgresSite(server), start, say, FAULTS // 3)


def assert_faults_are_survived(
    site: Site, start: Callable[..., Instance], say: Callable[..., None], faults: int
) -> None:
    """Relays and monitor have supervisors of their own, so that each monitor that is
    killed has a successor at once."""
    relays = start(only="relay", store=site.url)
    chance = random.Random(7)
    done: Counter[str] = Counter()
    losses: list[tuple[bool, int]] = []
    """Of each kill: whether the store was well then, and what it cost."""

    async def scenario() -> None:
        monitor = await begun(start, relays, site)
        async with under_load(relays, clients=8, every=0.1, knock_every=0.05) as scene:
            began = time.monotonic()
            for _ in range(faults):
                way = chance.choice(("kill", *site.ways))
                await asyncio.sleep(chance.uniform(0.1, 0.8))
                if way == "kill":
                    well = await asyncio.to_thread(is_well, monitor)
                    await asyncio.to_thread(kill, monitor)
                    monitor = await begun(start, relays, site)
                    losses.append((well, await loss(monitor)))
                else:
                    await site.strike(way, chance.uniform(0.2, 1.5))
                done[way] += 1
            seconds = time.monotonic() - began
            sent = scene.kept.sent + scene.new.sent
        await assert_all_is_told(
            monitor, site, scene, say, done, losses, sent / seconds
        )

    uvloop.run(scenario())


async def begun(
    start: Callable[..., Instance], relays: Instance, site: Site
) -> Instance:
    monitor = await asyncio.to_thread(
        lambda: start(only="monitor", beside=relays, store=site.url)
    )
    await eventually(monitor.is_ready, "the monitor hears the relays", pause=0.05)
    return monitor


def is_well(monitor: Instance) -> bool:
    figures = monitor.figures()
    return (
        figures.total("seatrial_store_fault") == 0
        and figures.total("seatrial_store_batches_total", attempt="written") > 0
        and figures.total("seatrial_store_last_write_age_seconds") < 1.0
    )


async def loss(monitor: Instance) -> int:
    """What the kill before cost, once its successor has asked the store."""
    await asyncio.sleep(1.0)
    figures = await asyncio.to_thread(monitor.figures)
    return int(figures.total("seatrial_dropped_total", stage="store", reason="killed"))


def kill(monitor: Instance) -> None:
    """The monitor, and its supervisor, which would start another one."""
    pids = [monitor.process.pid, monitor.pid("monitor")]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    monitor.process.wait(20)


async def assert_all_is_told(
    monitor: Instance,
    site: Site,
    scene: Scene,
    say: Callable[..., None],
    done: Counter[str],
    losses: list[tuple[bool, int]],
    rate: float,
) -> None:
    sent = scene.kept.sent + scene.new.sent
    found: tuple[int, int, int] = (0, 0, 0)
    deadline = time.monotonic() + 60
    while sum(found) != sent and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        figures = await asyncio.to_thread(monitor.figures)
        dropped = int(figures.total("seatrial_dropped_total", stage="relay"))
        found = (*await site.held(), dropped)
    kept, lost, dropped = found
    well = [cost for was_well, cost in losses if was_well]
    ill = [cost for was_well, cost in losses if not was_well]
    say(
        faults=dict(done),
        requests=f"{sent}, {len(scene.failures)} failed",
        in_the_store=kept,
        lost_to_kills=lost,
        dropped_by_relays=dropped,
        untold=sent - sum(found),
        requests_per_second=round(rate),
        kills_of_a_well_store=len(well),
        seconds_lost_at_worst=round(max(well, default=0) / rate, 2),
        seconds_lost_at_worst_while_it_was_at_fault=round(
            max(ill, default=0) / rate, 2
        ),
    )
    site.check()
    assert scene.failures == []
    assert sum(found) == sent
    assert max(well, default=0) <= rate * LOSS_SECONDS
    assert figures.total("seatrial_store_fault") == 0
