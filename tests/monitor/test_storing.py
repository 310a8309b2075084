"""The real monitor and its store: what it was told is there, after a kill too."""

import asyncio
import signal
import sqlite3
from pathlib import Path

from proxy.store.answers import ALL, Total, Window
from proxy.store.faults import StoreUnavailable
from proxy.store.sqlite import SqliteStore
from tests.make import BOOT, make_frame, make_heartbeat, make_recording
from tests.monitor.process import MonitorProcess, wait_until

EVER = Window(0, 2**33)
OTHER_BOOT = bytes(reversed(BOOT))


def totals(folder: Path) -> list[Total]:
    async def found() -> list[Total]:
        store = SqliteStore(folder / "seatrial.db", lambda: 0.0, read_only=True)
        try:
            return await store.totals(EVER, ALL)
        finally:
            await store.close()

    return asyncio.run(found())


def exchanges(folder: Path) -> int:
    try:
        return sum(total.sums.exchanges for total in totals(folder))
    except StoreUnavailable:
        return 0


def frames(count: int, start: int = 0) -> bytes:
    numbers = range(start, start + count)
    return b"".join(make_frame(make_recording(seq=n)) for n in numbers)


def beat(seq: int, **given) -> bytes:
    return make_frame(make_heartbeat(seq=seq, **given))


def wait_written(monitor: MonitorProcess, folder: Path, count: int) -> None:
    wait_until(
        lambda: exchanges(folder) == count,
        f"{count} exchanges in the store: {monitor.logs()}",
    )


def test_what_was_taken_is_in_the_store(tmp_path):
    with MonitorProcess(tmp_path) as monitor, monitor.relay() as relay:
        relay.sendall(frames(20))
        wait_written(monitor, tmp_path, 20)
        assert monitor.value("seatrial_store_fault") == 0


def test_what_came_last_is_written_at_the_end(tmp_path):
    with MonitorProcess(tmp_path) as monitor:
        with monitor.relay() as relay:
            relay.sendall(frames(20))
        monitor.wait_value(20, "seatrial_recordings_received_total")
        monitor.signal(signal.SIGTERM)
        assert monitor.exit_status() == 0
        assert exchanges(tmp_path) == 20


def test_what_a_kill_cost_is_counted(tmp_path):
    with MonitorProcess(tmp_path) as monitor:
        with monitor.relay() as relay:
            relay.sendall(beat(0) + frames(10))
            wait_written(monitor, tmp_path, 10)
            relay.sendall(frames(5, 10))
            monitor.wait_value(15, "seatrial_recordings_received_total")
            monitor.kill_and_start()
        kept = exchanges(tmp_path)
        with monitor.relay() as relay:
            relay.sendall(beat(15) + frames(3, 15) + beat(18))
            lost = 15 - kept
            monitor.wait_value(
                lost, "seatrial_dropped_total", stage="store", reason="killed"
            )
            wait_written(monitor, tmp_path, kept + 3)


def test_store_that_cannot_be_opened_harms_nothing_and_heals(tmp_path):
    place = tmp_path / "away" / "seatrial.db"
    (tmp_path / "away").write_text("a file where a folder should be")
    with MonitorProcess(tmp_path, store={"url": f"sqlite:{place}"}) as monitor:
        with monitor.relay() as relay:
            relay.sendall(frames(20))
        monitor.wait_value(1, "seatrial_store_fault", fault="io")
        monitor.wait_value(20, "seatrial_recordings_received_total")
        (tmp_path / "away").unlink()
        monitor.wait_value(0, "seatrial_store_fault")
        wait_until(lambda: exchanges(place.parent) == 20, "20 exchanges")


def test_newer_database_is_refused_with_the_reason(tmp_path):
    with sqlite3.connect(tmp_path / "seatrial.db") as db:
        db.execute("PRAGMA user_version = 999")
    db.close()
    with MonitorProcess(tmp_path) as monitor:
        with monitor.relay() as relay:
            relay.sendall(frames(1))
        monitor.wait_value(1, "seatrial_store_fault", fault="refused")
        assert "written by a newer release" in monitor.logs()
        found = monitor.get("/healthz").json()["store"]
        assert found["fault"] == "refused"
        assert "Install that one" in found["problem"]


def test_nothing_is_stored_where_there_is_no_store(tmp_path):
    with MonitorProcess(tmp_path, store={"url": None}) as monitor:
        with monitor.relay() as relay:
            relay.sendall(frames(1))
        monitor.wait_value(1, "seatrial_recordings_received_total")
        assert not (tmp_path / "seatrial.db").exists()
