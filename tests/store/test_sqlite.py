"""What is SQLite's own: versions, backups, corrupt and full files, locks."""

import asyncio
import os
import sqlite3
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from proxy.store.answers import ALL, Window
from proxy.store.faults import StoreError
from proxy.store.migrations.table import MIGRATIONS
from proxy.store.sqlite import SqliteStore
from tests.store.examples import make_content_row, make_counted

EVER = Window(0, 2**33)
Told = Callable[[SqliteStore], Awaitable[None]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "seatrial.db"


@pytest.fixture
def within(path):
    def run(told: Told, **options) -> None:
        async def whole() -> None:
            store = SqliteStore(path, lambda: 7.0, **options)
            try:
                await told(store)
            finally:
                await store.close()

        asyncio.run(whole())

    return run


async def count(store: SqliteStore) -> int:
    return sum(total.sums.exchanges for total in await store.totals(EVER, ALL))


async def fault(doing: Awaitable[object]) -> str:
    with pytest.raises(StoreError) as caught:
        await doing
    return caught.value.fault


def test_file_is_nobody_elses(within, path):
    async def told(store):
        await store.write(make_counted())

    within(told)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_newer_version_is_refused_and_left_as_it_is(within, path):
    async def told(store):
        await store.write(make_counted())

    within(told)
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()

    async def refused(store):
        with pytest.raises(StoreError, match="version 99, this Seatrial knows 1"):
            await store.write(make_counted(2))

    within(refused)
    assert not list(path.parent.glob("*corrupt*"))


def later(engine: str) -> list[str]:
    return ["CREATE TABLE later (id INTEGER)"]


def broken(engine: str) -> list[str]:
    return ["CREATE TABLE later (id INTEGER)", "no SQL"]


def test_older_version_is_backed_up_and_migrated(within, path):
    async def told(store):
        await store.write(make_counted())

    async def migrated(store):
        assert await count(store) == 1
        assert (await store.info()).version == 2
        await store.fetch("SELECT * FROM later")

    within(told)
    within(migrated, migrations=(*MIGRATIONS, later))
    backup = sqlite3.connect(f"{path}.version-1")
    assert backup.execute("SELECT SUM(exchanges) FROM rollups_60").fetchone() == (1,)
    backup.close()


def test_failed_migration_changes_nothing(within, path):
    async def told(store):
        await store.write(make_counted())

    async def failing(store):
        await fault(store.open())

    async def as_before(store):
        assert await count(store) == 1

    within(told)
    within(failing, migrations=(*MIGRATIONS, broken))
    within(as_before)


@pytest.mark.parametrize("content", [b"no database" * 1_000, b"\0" * 9_000])
def test_corrupt_file_is_set_aside_and_a_new_one_begun(within, path, caplog, content):
    path.write_bytes(content)

    async def told(store):
        await store.write(make_counted())
        assert await count(store) == 1
        (kept,) = store.file.set_aside
        assert kept.read_bytes() == content

    within(told)
    assert "store was corrupt: set aside, a new one begun" in caplog.messages


def test_file_that_is_corrupt_inside_is_set_aside_when_it_is_met(within, path):
    async def told(store):
        await store.write(make_counted())

    async def met(store):
        faults = []
        for number in range(2, 6):
            try:
                await store.write(make_counted(number))
            except StoreError as error:
                faults.append(error.fault)
        assert set(faults) <= {"corrupt"}
        assert store.file.set_aside
        assert await count(store) >= 1

    within(told)
    with path.open("r+b") as file:
        file.seek(8_192)
        file.write(os.urandom(path.stat().st_size - 8_192))
    within(met)


def test_file_that_was_taken_away_is_begun_anew(within, path):
    async def told(store):
        await store.write(make_counted())
        path.rename(path.with_name("elsewhere.db"))
        await store.write(make_counted(2, n=3))
        assert await count(store) == 3

    within(told)


def test_lock_of_another_is_waited_for_and_then_a_fault(within, path):
    async def told(store):
        await store.write(make_counted())
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert await fault(store.write(make_counted(2))) == "locked"
        assert await count(store) == 1
        other.execute("ROLLBACK")
        other.close()
        await store.write(make_counted(2))
        assert await count(store) == 2

    within(told)


def test_full_disk_is_a_fault_that_passes(within):
    async def told(store):
        await store.write(make_counted())
        connected = store.file.writer
        await connected.execute_fetchall("PRAGMA max_page_count = 1")
        batch = make_counted(2)
        for n in range(100):
            batch.append(make_content_row(id=f"r-{n}", body="word " * 9_000))
        assert await fault(store.write(batch)) == "full"
        await store.write(batch)
        assert await count(store) == 2

    within(told)


def test_reader_sees_and_changes_nothing(within, path):
    async def told(store):
        await store.write(make_counted())

    async def read(store):
        assert await count(store) == 1
        assert await fault(store.write(make_counted(2))) in ("read_only", "locked")

    within(told)
    within(read, read_only=True)


def test_reader_of_what_is_not_there_makes_no_file(within, path):
    async def read(store):
        assert await fault(store.open()) == "absent"

    within(read, read_only=True)
    assert not path.exists()
