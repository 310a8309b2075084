"""What is PostgreSQL's own: versions, old pieces dropped whole, a server that goes."""

import asyncio

import asyncpg
import pytest

from proxy.store.answers import ALL, Window
from proxy.store.faults import StoreError
from proxy.store.migrations.table import MIGRATIONS
from proxy.store.postgres import PostgresStore
from tests.store.examples import AT, make_batch, make_counted, make_exchange_row

pytestmark = pytest.mark.proof
EVER = Window(0, 2**33)
DAY = 86_400


@pytest.fixture
def within(server):
    url = server.database()

    def run(told, **options) -> None:
        async def whole() -> None:
            store = PostgresStore(url, lambda: AT, **options)
            try:
                await told(store)
            finally:
                await store.close()

        asyncio.run(whole())

    return run


async def count(store: PostgresStore) -> int:
    return sum(total.sums.exchanges for total in await store.totals(EVER, ALL))


def test_newer_version_is_refused(within):
    async def told(store):
        await store.write(make_counted())
        async with store.server.connection() as connected:
            await connected.execute("INSERT INTO migrations VALUES (99)")

    async def refused(store):
        with pytest.raises(StoreError, match="version 99, this Seatrial knows 1"):
            await store.write(make_counted(2))

    within(told)
    within(refused)


def test_older_version_is_migrated(within):
    async def told(store):
        await store.write(make_counted())

    async def migrated(store):
        assert await count(store) == 1
        assert (await store.info()).version == 2

    within(told)
    within(
        migrated,
        migrations=(*MIGRATIONS, lambda engine: ["CREATE TABLE later (id INT)"]),
    )


def test_pieces_that_are_wholly_old_are_dropped(within):
    async def told(store):
        batch = make_batch()
        for days in (0, 20, 40):
            batch.append(make_exchange_row(id=f"x-{days}", at=AT - days * DAY))
        await store.write(batch)
        steps = [
            await store.prune("exchanges", AT - 10 * DAY, 100, False) for _ in range(3)
        ]
        assert steps == [1, 1, 0]
        left = await store.lines("exchanges", None, 9)
        assert [line["id"] for line in left] == ["x-0"]

    within(told)


def test_piece_that_is_gone_is_made_again(within):
    async def told(store):
        batch = make_batch()
        batch.append(make_exchange_row(at=AT - 20 * DAY))
        await store.write(batch)
        while await store.prune("exchanges", AT, 100, False):
            pass
        again = make_batch(2)
        again.append(make_exchange_row(at=AT - 20 * DAY))
        await store.write(again)
        assert len(await store.lines("exchanges", None, 9)) == 1

    within(told)


def test_server_that_restarts_is_met_again(within, server):
    async def told(store):
        await store.write(make_counted())
        await asyncio.to_thread(server.stop)
        with pytest.raises(StoreError) as caught:
            await store.write(make_counted(2))
        assert caught.value.fault == "absent"
        await asyncio.to_thread(server.start)
        for _ in range(20):
            try:
                await store.write(make_counted(2))
                break
            except StoreError:
                await asyncio.sleep(0.1)
        assert await count(store) == 2

    within(told)


def test_lock_of_another_is_a_fault_that_passes(within):
    async def told(store):
        await store.write(make_counted())
        other = await asyncpg.connect(store.server.url)
        async with other.transaction():
            await other.execute("LOCK TABLE writers IN ACCESS EXCLUSIVE MODE")
            with pytest.raises(StoreError) as caught:
                await store.write(make_counted(2))
            assert caught.value.fault == "locked"
        await other.close()
        await store.write(make_counted(2))
        assert await count(store) == 2

    within(told)
