"""What is old goes, what is young stays, and a store at fault is asked again."""

import asyncio

from proxy.store.batch import Measured
from proxy.store.retention import Ages, Retention
from proxy.store.sqlite import SqliteStore
from tests.store.examples import AT, make_counted, make_run_row, make_series

DAY = 86_400.0
AGES = Ages(rows=14 * DAY, minutes=35 * DAY, rollups=400 * DAY)


def test_each_table_has_its_age():
    cuts = dict(AGES.cuts(1_000 * DAY))
    assert cuts["rollups_60"] == cuts["events_600"] == 965 * DAY
    assert cuts["rollups_86400"] == cuts["scores"] == 600 * DAY
    assert cuts["exchanges"] == cuts["content"] == 986 * DAY


def test_a_round_removes_what_is_old(tmp_path):
    async def whole() -> None:
        store = SqliteStore(tmp_path / "seatrial.db", lambda: AT)
        batch = make_counted()
        batch.count(make_series(), AT - 40 * DAY, Measured())
        batch.append(make_run_row(id="old", at=AT - 15 * DAY))
        batch.append(make_run_row(id="young", at=AT - 13 * DAY))
        await store.write(batch)
        assert await Retention(store, AGES, lambda: AT).round() == 3
        info = await store.info()
        assert info.rows["runs"] == 1
        assert (info.rows["rollups_60"], info.rows["rollups_86400"]) == (1, 2)
        await store.close()

    asyncio.run(whole())
