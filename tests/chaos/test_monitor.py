"""The monitor is killed, frozen, slow, absent or cannot write: live traffic does not
notice, and what was not measured is counted."""

import asyncio
import itertools
import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
import uvloop

from proxy.monitor.sequence import Ledger
from tests.chaos.instance import (
    Figures,
    Instance,
    accounted,
    eventually,
    limit,
)
from tests.chaos.load import Account, drive, percentile
from tests.chaos.plans import Plan, mixed, upload
from tests.chaos.scene import Scene, under_load

MIB = 1024 * 1024
TAP_BYTES = 2 * 8 * MIB
"""What a relay keeps for a monitor that does not read: one buffer fills, one leaves."""


def acknowledged(instance: Instance) -> int:
    """What a dead monitor had counted when it last saved its state."""
    state = (instance.run_dir / "monitor.state").read_bytes()
    ledgers = msgspec.msgpack.decode(state, type=dict[bytes, Ledger])
    return sum(ledger.received + ledger.lost for ledger in ledgers.values())


def assert_nothing_failed(scene: Scene) -> None:
    assert scene.failures == [], scene.instance.complaints()
    assert scene.kept.sent > 100


def sent(scene: Scene) -> int:
    return scene.kept.sent + scene.new.sent


async def assert_all_accounted(
    instance: Instance, requests: int, known: int = 0
) -> Figures:
    figures = await asyncio.to_thread(instance.settle, requests, known)
    assert known + accounted(figures) == requests, figures.drops()
    await eventually(instance.is_ready, "readiness", pause=0.1)
    return figures


def large() -> Iterator[Plan]:
    """Every second request is an upload that fills the relay's buffers."""
    uploads = (upload(number, 128 * 1024) for number in itertools.count())
    for plan in mixed(2, big=0.0):
        yield plan
        yield next(uploads)


def test_killed_monitor_loses_only_counted_recordings(start, say):
    instance = start()

    async def scenario() -> None:
        async with under_load(instance) as scene:
            os.kill(instance.pid("monitor"), signal.SIGKILL)
            known = acknowledged(instance)
            await eventually(
                lambda: len(instance.logged("monitor ready")) == 2, "the next monitor"
            )
        assert_nothing_failed(scene)
        figures = await assert_all_accounted(instance, sent(scene), known)
        say(
            monitor_killed=f"{sent(scene)} requests, 0 failed",
            counted_by_the_dead=known,
            received=int(figures.total("seatrial_recordings_received_total")),
            drops=figures.drops(),
        )

    uvloop.run(scenario())


def test_frozen_monitor_adds_no_latency_and_drops_are_counted(start, say):
    """Phases with and without it take turns; without it the buffers run full."""
    instance = start()
    account = Account()
    running = True
    spans: dict[str, list[float]] = {"runs": [], "frozen": []}

    async def phase(name: str, seconds: float) -> None:
        begun = time.monotonic()
        await asyncio.sleep(seconds)
        spans[name] += account.between(begun, time.monotonic())

    async def scenario() -> None:
        nonlocal running
        async with asyncio.TaskGroup() as tasks:
            load = drive(
                *(instance.address, large()),
                clients=20,
                every=0.05,
                account=account,
                more=lambda: running,
            )
            tasks.create_task(load)
            try:
                await asyncio.sleep(1.0)
                before = resident(instance)
                for _ in range(2):
                    await phase("runs", 1.5)
                    instance.signal("monitor", signal.SIGSTOP)
                    await phase("frozen", 2.5)
                    after = resident(instance)
                    instance.signal("monitor", signal.SIGCONT)
                    await asyncio.sleep(0.5)
            finally:
                running = False
        assert account.failures == [], instance.complaints()
        figures = await assert_all_accounted(instance, account.sent)
        runs, frozen = (percentile(spans[name], 0.5) for name in ("runs", "frozen"))
        say(
            monitor_frozen=f"{account.sent} requests, 0 failed",
            p50_running=f"{runs * 1000:.2f} ms",
            p50_frozen=f"{frozen * 1000:.2f} ms",
            drops=figures.drops(),
            worst_growth=f"{max(after) - max(before)} MiB",
        )
        assert figures.total("seatrial_dropped_total", stage="relay") > 0
        assert frozen < 1.5 * runs + 0.002
        assert max(after) - max(before) < 3 * TAP_BYTES / MIB
        assert len(instance.logged("child died")) == 0

    uvloop.run(scenario())


def resident(instance: Instance) -> list[int]:
    return [relay.memory_info().rss // MIB for relay in instance.relays()]


@pytest.mark.slow
def test_slow_monitor_slows_nobody(start, say):
    """It runs a twentieth of the time."""
    instance = start()

    async def scenario() -> None:
        async with under_load(instance) as scene:
            for _ in range(4):
                instance.signal("monitor", signal.SIGSTOP)
                await asyncio.sleep(0.475)
                instance.signal("monitor", signal.SIGCONT)
                await asyncio.sleep(0.025)
        assert_nothing_failed(scene)
        figures = await assert_all_accounted(instance, sent(scene))
        say(
            monitor_slow=f"{sent(scene)} requests, 0 failed",
            p50=f"{percentile(list(scene.kept.seconds), 0.5) * 1000:.2f} ms",
            drops=figures.drops(),
        )

    uvloop.run(scenario())


@pytest.mark.slow
def test_monitor_frozen_for_long_is_replaced(start, say):
    instance = start()

    async def scenario() -> None:
        async with under_load(instance) as scene:
            froze = time.monotonic()
            instance.signal("monitor", signal.SIGSTOP)
            known = acknowledged(instance)
            await eventually(
                lambda: len(instance.logged("monitor ready")) == 2, "the next monitor"
            )
            back = time.monotonic() - froze
        assert_nothing_failed(scene)
        figures = await assert_all_accounted(instance, sent(scene), known)
        say(
            monitor_frozen_for_long=f"{sent(scene)} requests, 0 failed",
            replaced_after=f"{back:.1f} s",
            drops=figures.drops(),
        )

    uvloop.run(scenario())


def test_run_dir_that_is_gone_is_survived(start, say):
    """The monitor dies and the next one cannot make its socket, until it can."""
    instance = start()
    run_dir = instance.run_dir
    aside = run_dir.with_name("aside")

    async def scenario() -> None:
        async with under_load(instance) as scene:
            run_dir.rename(aside)
            run_dir.write_text("in the way")
            os.kill(instance.pid("monitor"), signal.SIGKILL)
            known = acknowledged_in(aside)
            await eventually(
                lambda: len(instance.logged("monitor cannot start")) > 1, "failing"
            )
            run_dir.unlink()
            aside.rename(run_dir)
            await eventually(
                lambda: len(instance.logged("monitor ready")) == 2, "the next monitor"
            )
        assert_nothing_failed(scene)
        figures = await assert_all_accounted(instance, sent(scene), known)
        say(
            run_dir_gone=f"{sent(scene)} requests, 0 failed",
            drops=figures.drops(),
        )

    def acknowledged_in(folder: Path) -> int:
        instance.run_dir = folder
        try:
            return acknowledged(instance)
        finally:
            instance.run_dir = run_dir

    uvloop.run(scenario())


def test_monitor_that_comes_late_learns_what_it_missed(start, say):
    """Without one the relays keep some megabytes and count what they drop."""
    instance = start(only="relay")
    account = Account()

    async def scenario() -> None:
        end = time.monotonic() + 2.0
        await drive(
            *(instance.address, large()),
            clients=20,
            every=0.04,
            account=account,
            more=lambda: time.monotonic() < end,
        )
        assert account.failures == [], instance.complaints()
        start(only="monitor", beside=instance)
        figures = await assert_all_accounted(instance, account.sent)
        say(
            monitor_absent=f"{account.sent} requests, 0 failed",
            received=int(figures.total("seatrial_recordings_received_total")),
            drops=figures.drops(),
        )
        assert figures.total("seatrial_dropped_total", reason="absent") > 0

    uvloop.run(scenario())


class Disk:
    """Where recordings are written, and how it fails and recovers."""

    def __init__(self, folder: Path, instance: Instance) -> None:
        self.folder = folder
        self.instance = instance

    def fail(self) -> None:
        raise NotImplementedError

    def recover(self) -> None:
        raise NotImplementedError


class FileSizeLimit(Disk):
    """Writes end with EFBIG, as they would with ENOSPC."""

    def fail(self) -> None:
        limit(self.instance.pid("monitor"), resource.RLIMIT_FSIZE, 64 * 1024)

    def recover(self) -> None:
        limit(
            self.instance.pid("monitor"), resource.RLIMIT_FSIZE, resource.RLIM_INFINITY
        )


class InTheWay(Disk):
    """A file stands where the folder was."""

    def fail(self) -> None:
        self.folder.rename(self.folder.with_name("aside"))
        self.folder.write_text("in the way")

    def recover(self) -> None:
        self.folder.unlink()
        self.folder.with_name("aside").rename(self.folder)


class FullFileSystem(Disk):
    def fail(self) -> None:
        path = self.folder.parent / "ballast"
        with suppress(OSError), open(path, "wb", buffering=0) as ballast:
            while ballast.write(bytes(4096)):
                pass

    def recover(self) -> None:
        (self.folder.parent / "ballast").unlink()


@pytest.fixture
def small_disk(tmp_path) -> Iterator[Path]:
    """A file system of 64 MiB; making one takes root."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(folder)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted: not root")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_file_that_may_not_grow_costs_recordings_only(start, tmp_path, say):
    folder = tmp_path / "recordings"
    instance = start(write=folder, content="full")
    assert_disk_failure_is_survived(FileSizeLimit(folder, instance), say)


@pytest.mark.slow
def test_folder_that_is_gone_costs_recordings_only(start, tmp_path, say):
    folder = tmp_path / "recordings"
    instance = start(write=folder, content="full")
    assert_disk_failure_is_survived(InTheWay(folder, instance), say)


@pytest.mark.slow
def test_full_file_system_costs_recordings_only(start, small_disk, say):
    folder = small_disk / "recordings"
    instance = start(write=folder, content="full")
    assert_disk_failure_is_survived(FullFileSystem(folder, instance), say)


def assert_disk_failure_is_survived(disk: Disk, say) -> None:
    instance = disk.instance

    async def scenario() -> None:
        async with under_load(instance) as scene:
            disk.fail()
            await eventually(
                lambda: instance.logged("recordings cannot be written"), "failing", 40
            )
            await asyncio.sleep(1.0)
            disk.recover()
            await eventually(
                lambda: instance.logged("recordings are written again"), "recovery"
            )
        assert_nothing_failed(scene)
        figures = await assert_all_accounted(instance, sent(scene))
        figures = await eventually(lambda: settled(instance), "all written")
        written = figures.total("seatrial_recordings_written_total")
        lost = figures.total("seatrial_dropped_total", stage="recordings")
        received = figures.total("seatrial_recordings_received_total")
        say(
            disk=type(disk).__name__,
            requests=f"{sent(scene)}, 0 failed",
            received=int(received),
            written=int(written),
            drops=figures.drops(),
        )
        assert lost > 0
        assert written + lost == received
        assert figures.total("seatrial_recordings_write_failing") == 0
        assert len(lines(disk.folder)) == written

    def settled(instance: Instance) -> Figures | None:
        figures = instance.figures()
        waiting = figures.total("seatrial_recordings_queue_bytes")
        return figures if waiting == 0 else None

    uvloop.run(scenario())


def lines(folder: Path) -> list[dict[str, object]]:
    """Every line of every file, each of which must be whole."""
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]
