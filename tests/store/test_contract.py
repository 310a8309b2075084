"""What every store does, on SQLite and on PostgreSQL."""

import asyncio

import pytest

from proxy.store.answers import ALL, Asked, Window
from proxy.store.batch import Measured
from proxy.store.opening import store_at
from proxy.store.rows import TIERS, Account
from tests.store.conftest import NOW
from tests.store.examples import (
    AT,
    FAILED,
    make_batch,
    make_content_row,
    make_conversation_row,
    make_counted,
    make_exchange_row,
    make_incident_row,
    make_recovery_row,
    make_run_row,
    make_score_row,
    make_series,
    make_signal_row,
    make_target,
)

HOUR = Window(AT - 1_800, AT + 1_800)


def test_totals_are_the_sums_of_all_batches(within):
    async def told(store):
        await store.write(make_counted(1, n=3))
        await store.write(make_counted(2, n=4))
        (total,) = await store.totals(HOUR, ALL)
        assert total.target == make_target()
        assert total.sums.exchanges == 7
        assert total.sums.duration_us == 700_000

    within(told)


def test_batch_written_twice_counts_once(within):
    async def told(store):
        await store.write(make_counted(1, n=3))
        await store.write(make_counted(1, n=3))
        (total,) = await store.totals(HOUR, ALL)
        assert total.sums.exchanges == 3

    within(told)


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_counts_all(within, tier):
    async def told(store):
        await store.write(make_counted(1, n=5))
        points = await store.timeline(HOUR, ALL, tier)
        assert [p.sums.exchanges for p in points] == [5]
        assert points[0].at == AT // tier * tier

    within(told)


def test_rollups_of_several_writers_merge_exactly(within, url):
    async def told(store):
        other = store_at(url, lambda: NOW)
        try:
            await store.open()
            for number in range(1, 6):
                await asyncio.gather(
                    store.write(make_counted(number, "one", n=2)),
                    other.write(make_counted(number, "two", n=3)),
                )
            (total,) = await store.totals(HOUR, ALL)
            assert total.sums.exchanges == 25
            assert total.sums.durations == 25
            assert total.duration.p50 == pytest.approx(0.1, rel=0.022)
        finally:
            await other.close()

    within(told)


def test_quantiles_are_within_the_stated_error(within):
    async def told(store):
        batch = make_batch()
        for n in range(1, 1_001):
            batch.count(make_series(), AT, Measured(duration_us=n * 1_000))
        await store.write(batch)
        (total,) = await store.totals(HOUR, ALL)
        assert total.duration.p50 == pytest.approx(0.5, rel=0.022)
        assert total.duration.p95 == pytest.approx(0.95, rel=0.022)
        assert total.first.p50 is None

    within(told)


def test_errors_and_unknown_usage_are_told_apart(within):
    async def told(store):
        batch = make_counted(n=2)
        batch.count(FAILED, AT, Measured(input_tokens=5))
        await store.write(batch)
        (total,) = await store.totals(HOUR, ALL)
        assert (total.sums.exchanges, total.sums.errors) == (3, 1)
        assert (total.sums.stated, total.sums.input_tokens) == (1, 5)

    within(told)


def test_only_what_is_asked_for_is_added_up(within):
    async def told(store):
        batch = make_counted(n=2)
        batch.count(make_series(model="n", source="probe"), AT, Measured())
        await store.write(batch)
        live = await store.totals(HOUR, Asked(source="live"))
        other = await store.totals(HOUR, Asked(route="openai", model="n"))
        assert [t.target.model for t in live] == ["m"]
        assert [t.sums.exchanges for t in other] == [1]

    within(told)


def test_busiest_target_comes_first(within):
    async def told(store):
        batch = make_counted(n=2)
        for _ in range(3):
            batch.count(make_series(model="n"), AT, Measured())
        await store.write(batch)
        totals = await store.totals(HOUR, ALL)
        assert [t.target.model for t in totals] == ["n", "m"]

    within(told)


def test_top_errors_have_counts_of_all_and_examples_of_some(within):
    async def told(store):
        batch = make_batch()
        for _ in range(9):
            batch.count(FAILED, AT, Measured())
        batch.append(make_exchange_row(id="x-7"))
        await store.write(batch)
        (found,) = await store.errors(HOUR, ALL, 10)
        assert (found.error_type, found.exchanges) == ("overloaded", 9)
        assert found.examples == ("x-7",)

    within(told)


def test_conversations_come_with_their_signals_newest_first(within):
    async def told(store):
        batch = make_batch()
        batch.append(make_conversation_row())
        batch.append(make_conversation_row(id="c-2", last=AT + 1))
        batch.append(make_signal_row())
        await store.write(batch)
        newer, older = await store.conversations(HOUR, ALL, 10)
        assert (newer.row.id, newer.signals) == ("c-2", ())
        assert older.signals == (make_signal_row(),)

    within(told)


def test_conversation_grows_with_each_batch(within):
    async def told(store):
        for number in (1, 2):
            batch = make_batch(number)
            batch.append(make_conversation_row(last=AT + number, errors=1))
            await store.write(batch)
        (found,) = await store.conversations(HOUR, ALL, 10)
        assert (found.row.exchanges, found.row.errors) == (2, 2)
        assert (found.row.begun, found.row.last) == (AT - 10, AT + 2)

    within(told)


@pytest.mark.parametrize(
    ("opened", "closed", "found"),
    [
        pytest.param(AT - 9_999, None, True, id="still open"),
        pytest.param(AT - 9_999, AT, True, id="closed within"),
        pytest.param(AT - 9_999, AT - 5_000, False, id="over before"),
        pytest.param(AT + 9_999, None, False, id="opened later"),
    ],
)
def test_incidents_of_a_window(within, opened, closed, found):
    async def told(store):
        batch = make_batch()
        batch.append(make_incident_row(opened=opened, closed=closed))
        await store.write(batch)
        assert len(await store.incidents(HOUR, ALL, 10)) == found

    within(told)


def test_incident_may_change(within):
    async def told(store):
        for number, state in ((1, "open"), (2, "expected")):
            batch = make_batch(number)
            batch.append(make_incident_row(state=state))
            await store.write(batch)
        (incident,) = await store.incidents(HOUR, ALL, 10)
        assert incident.state == "expected"

    within(told)


def test_runs_come_with_their_transcripts(within):
    async def told(store):
        batch = make_batch()
        batch.append(make_run_row())
        batch.append(make_run_row(id="r-2", at=AT - 1))
        batch.append(make_content_row())
        await store.write(batch)
        runs = await store.runs(HOUR, ALL, 10)
        assert [(r.row.id, r.transcript) for r in runs] == [
            ("r-1", "user: hello"),
            ("r-2", None),
        ]

    within(told)


def test_evidence_is_what_was_counted_weighed_and_last_scored(within):
    async def told(store):
        batch = make_batch()
        for _ in range(4):
            batch.tally(make_target(), "first_reply", "answer", AT)
        batch.append(make_run_row())
        batch.append(make_run_row(id="r-2", probability=0.25))
        batch.append(make_score_row())
        batch.append(make_score_row(at=AT + 1, score=None))
        await store.write(batch)
        (evidence,) = await store.evidence(HOUR, ALL)
        assert evidence.events == {("live", "first_reply", "answer"): 4}
        assert evidence.runs == {("software-engineering", "pass"): (2, 6.0)}
        assert evidence.scores == {"all": make_score_row(at=AT + 1, score=None)}

    within(told)


def test_accounts_are_those_of_the_last_batch(within):
    account = Account("b0", "relay-0", 10, 2, 5, 1, AT)

    async def told(store):
        batch = make_counted()
        batch.accounts = (account,)
        await store.write(batch)
        assert await store.accounts() == [account]

    within(told)


def test_forgetting_a_conversation_leaves_no_row_of_it(within):
    async def told(store):
        batch = make_counted()
        for row in (
            make_conversation_row(),
            make_exchange_row(),
            make_signal_row(),
            make_recovery_row(),
            make_content_row(owner="exchange", id="x-1", part="request"),
            make_conversation_row(id="c-2"),
        ):
            batch.append(row)
        await store.write(batch)
        assert await store.forget("c-1") == 5
        kept = [
            table for table in TABLES_WITH_ROWS if await store.lines(table, None, 9)
        ]
        assert kept == ["conversations"]
        assert (await store.totals(HOUR, ALL))[0].sums.exchanges == 1

    within(told)


TABLES_WITH_ROWS = ("exchanges", "signals", "recoveries", "content", "conversations")


def test_forgotten_conversation_is_gone_with_the_batch_that_says_so(within):
    async def told(store):
        first, second = make_batch(1), make_batch(2)
        first.append(make_exchange_row())
        second.append(make_exchange_row(id="x-2"))
        second.forgotten.append("c-1")
        await store.write(first)
        await store.write(second)
        assert await store.lines("exchanges", None, 9) == []

    within(told)


def test_lines_are_paged_in_the_order_of_their_key(within):
    async def told(store):
        batch = make_batch()
        for n in range(5):
            batch.append(make_run_row(id=f"r-{n}"))
        await store.write(batch)
        first = await store.lines("runs", None, 3)
        rest = await store.lines("runs", [first[-1]["id"]], 3)
        assert [line["id"] for line in first + rest] == [f"r-{n}" for n in range(5)]

    within(told)


@pytest.mark.parametrize("table", ["rollups_60", "events_3600", "exchanges", "scores"])
def test_lines_are_loaded_once(within, url, table):
    async def told(store):
        batch = make_counted(n=3)
        batch.tally(make_target(), "first_reply", "answer", AT)
        batch.append(make_exchange_row())
        batch.append(make_score_row())
        await store.write(batch)
        (line,) = await store.lines(table, None, 9)
        assert await store.load(table, [line]) == 0
        while await store.prune(table, NOW * 2, 100, False):
            pass
        assert await store.lines(table, None, 9) == []
        assert await store.load(table, [line]) == 1
        assert await store.lines(table, None, 9) == [line]

    within(told)


@pytest.mark.parametrize("table", ["rollups_60", "rollups_86400", "events_600"])
def test_old_sums_are_removed_and_young_ones_kept(within, table):
    month = 30 * 86_400

    async def told(store):
        batch = make_counted(n=3)
        batch.count(make_series(), AT - month, Measured())
        batch.tally(make_target(), "reply", "answer", AT)
        batch.tally(make_target(), "reply", "answer", AT - month)
        await store.write(batch)
        before = AT - month / 2
        assert await store.prune(table, before, 100, True) <= 1
        removed = 0
        while gone := await store.prune(table, before, 100, False):
            removed += gone
        assert removed == 1
        left = await store.lines(table, None, 9)
        assert len(left) == 1

    within(told)


def test_rows_are_removed_in_steps(within):
    async def told(store):
        batch = make_batch()
        for n in range(5):
            batch.append(make_run_row(id=f"r-{n}", at=AT - 100))
        batch.append(make_run_row(id="young", at=AT))
        await store.write(batch)
        assert await store.prune("runs", AT, 3, True) == 5
        steps = [await store.prune("runs", AT, 3, False) for _ in range(3)]
        assert steps == [3, 2, 0]
        assert [line["id"] for line in await store.lines("runs", None, 9)] == ["young"]

    within(told)


def test_open_incident_never_is_old(within):
    async def told(store):
        batch = make_batch()
        batch.append(make_incident_row(opened=1.0))
        await store.write(batch)
        assert await store.prune("incidents", NOW * 2, 100, False) == 0

    within(told)


def test_info_names_version_and_sizes(within):
    async def told(store):
        await store.write(make_counted())
        info = await store.info()
        assert info.version == 1
        assert info.bytes > 0
        assert info.oldest == AT // 86_400 * 86_400

    within(told)


def test_only_so_many_targets_as_asked_for_are_told(within):
    async def told(store):
        batch = make_counted(n=2)
        batch.count(make_series(model="n"), AT, Measured())
        await store.write(batch)
        (total,) = await store.totals(HOUR, ALL, 1)
        assert total.target.model == "m"
        assert total.duration.p50 is not None

    within(told)
