"""The store under load, and its queries over a month: `python -m tests.bench.store`.

First 2,000 exchanges a second are offered to the queue for 60 s, of which an outside
counter keeps its own sums: they must be equal at every tier. Then a month of rollups of
1,000 targets is laid down and every query asked of it.
"""

import argparse
import asyncio
import random
import resource
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from proxy.store import sketch
from proxy.store.answers import ALL, Asked, Window
from proxy.store.batch import SUMS, Measured
from proxy.store.opening import store_at
from proxy.store.partitions import create, needed
from proxy.store.postgres import PostgresStore
from proxy.store.queue import Queue
from proxy.store.rows import TIERS, Series, Target
from proxy.store.sqlite import SqliteStore
from proxy.store.statements import EVENT_COLUMNS, ROLLUP_COLUMNS, insert
from tests.store.examples import (
    make_content_row,
    make_conversation_row,
    make_exchange_row,
    make_run_row,
    make_series,
    make_signal_row,
)
from tests.store.server import Server

DAYS = 30
DAY = 86_400
UNTIL = 1_800_000_000 // DAY * DAY
SINCE = UNTIL - DAYS * DAY
BAR_MS = 200.0
KINDS = [
    (name, value)
    for name in ("first_reply", "reply", "detected", "episode")
    for value in ("answer", "clarifying_question")
]
AnyStore = SqliteStore | PostgresStore


def wall() -> float:
    return time.time()  # noqa: TID251  # a program's main owns its clock


def series_of_load() -> list[Series]:
    found = []
    for n in range(40):
        names = {"route": f"r{n % 4}", "model": f"m{n // 4}"}
        found.append(make_series(**names))
        failed = {"status_class": "5xx", "outcome": "error", "error_type": "overloaded"}
        found.append(make_series(**names, **failed))
    return found


async def load(store: AnyStore, seconds: float, rate: int) -> dict[str, object]:
    """Offer at the given rate; what the store then holds against what was counted."""
    queue = Queue(store, "bench", time.monotonic, wall)
    await store.open()
    chance = random.Random(1)
    all_series = series_of_load()
    counted: Counter[Series] = Counter()
    offered, most_waiting = 0, 0
    before, cpu = (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        time.process_time(),
    )
    writing = asyncio.get_running_loop().create_task(queue.run())
    began = time.monotonic()
    while (elapsed := time.monotonic() - began) < seconds:
        while offered < elapsed * rate:
            series = all_series[chance.randrange(40) * 2 + (chance.random() < 0.05)]
            offer(queue, series, offered, chance)
            counted[series] += 1
            offered += 1
        most_waiting = max(most_waiting, queue.waiting())
        await asyncio.sleep(0.005)
    late = time.monotonic()
    writing.cancel()
    await queue.finish()
    finish = time.monotonic() - late
    wrong = [tier for tier in TIERS if await at_tier(store, tier) != counted]
    return {
        "offered": offered,
        "seconds": seconds,
        "dropped": dict(queue.dropped),
        "failed tries": queue.batches["failed"],
        "tiers that differ from the outside count": wrong,
        "most waiting": most_waiting,
        "longest write s": round(queue.longest_write, 3),
        "writing share": round(queue.write_seconds / seconds, 3),
        "last write s": round(finish, 3),
        "cpu share (offering included)": round(
            (time.process_time() - cpu) / seconds, 2
        ),
        "memory grown MiB": (
            resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        )
        >> 10,
    }


def offer(queue: Queue, series: Series, n: int, chance: random.Random) -> None:
    now = wall()
    took = int(chance.lognormvariate(0, 1) * 1e6)
    queue.count(series, now, Measured(took, took // 3, 900, 250, 0, 0, 0, 4_000, 2_000))
    failed = series.outcome == "error"
    if failed or n % 10 == 0:
        names = {"route": series.route, "model": series.model}
        conversation = f"c{n // 40}"
        queue.append(
            make_exchange_row(
                id=f"x{n}",
                at=now,
                why="error" if failed else "sample",
                conversation=conversation,
                **names,
            )
        )
        queue.append(make_conversation_row(id=conversation, last=now, **names))
        for number in range(2):
            queue.append(
                make_signal_row(
                    exchange=f"x{n}",
                    number=number,
                    at=now,
                    conversation=conversation,
                    **names,
                )
            )


async def at_tier(store: AnyStore, tier: int) -> Counter[Series]:
    rows = await store.fetch(
        "SELECT t.route, t.model, t.variant, t.source, s.operation, s.status_class, "
        f"s.outcome, s.error_type, SUM(r.exchanges) FROM rollups_{tier} r "
        "JOIN series s ON s.id = r.series JOIN targets t ON t.id = s.target "
        "GROUP BY 1, 2, 3, 4, 5, 6, 7, 8"
    )
    return Counter({Series(*row[:8]): int(row[8]) for row in rows})


def sketches(chance: random.Random, values: int) -> list[tuple[int, bytes]]:
    found = []
    for _ in range(40):
        counts: Counter[int] = Counter()
        for _ in range(values):
            counts[sketch.bucket(int(chance.lognormvariate(0, 1) * 1e6))] += 1
        found.append((values, sketch.encode(counts)))
    return found


def rollups(tier: int, targets: int, density: float) -> Iterator[tuple[object, ...]]:
    """In the order of their key: an ok series and a failing one for each target."""
    chance = random.Random(tier)
    busy = 1 - (1 - density) ** (tier // 60)
    known = sketches(chance, min(400, max(2, int(2 * density * tier / 60))))
    for series in range(1, 2 * targets + 1):
        share = busy if series % 2 else busy / 10
        for at in range(SINCE, UNTIL, tier):
            if chance.random() < share:
                n, blob = known[chance.randrange(40)]
                sums = [n, 1, n, 900 * n, 250 * n, 0, 0, 0, n, n, n, n * 10**6, n, n]
                assert len(sums) == len(SUMS)
                yield (series, at, *sums, blob, blob)


def events(tier: int, targets: int) -> Iterator[tuple[object, ...]]:
    for kind in range(1, targets * len(KINDS) + 1):
        for at in range(SINCE, UNTIL, tier):
            yield kind, at, 3


async def lay_down(store: AnyStore, targets: int, density: float) -> dict[str, int]:
    await store.open()
    queue = Queue(store, "names", time.monotonic, lambda: float(UNTIL))
    ids = {}
    for n in range(targets):
        names = {"route": f"r{n % 25}", "model": f"m{n // 25}"}
        failed = {"status_class": "5xx", "outcome": "error", "error_type": "overloaded"}
        ids[n] = (make_series(**names), make_series(**names, **failed))
        for one in ids[n]:
            queue.count(one, SINCE - 400 * DAY, Measured())
        target = Target(names["route"], names["model"], "baseline", "live")
        for name, value in KINDS:
            queue.tally(target, name, value, SINCE - 400 * DAY)
    assert await queue.turn()
    counts = {}
    for tier in TIERS:
        table = f"rollups_{tier}"
        rows = rollups(tier, targets, density)
        counts[table] = await pour(store, table, ROLLUP_COLUMNS, rows)
    for tier in TIERS[2:]:
        table = f"events_{tier}"
        counts[table] = await pour(store, table, EVENT_COLUMNS, events(tier, targets))
    await rows_of_a_month(store, targets)
    await settle(store)
    return counts


async def pour(
    store: AnyStore,
    table: str,
    names: tuple[str, ...],
    rows: Iterator[tuple[object, ...]],
) -> int:
    count = 0

    def counted() -> Iterator[tuple[object, ...]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    async with store.changing(*pieces(store, table)) as connected:  # type: ignore[arg-type]
        if isinstance(store, SqliteStore):
            await connected.executemany(insert(table, names), counted())
        else:
            await connected.copy_records_to_table(
                table, records=counted(), columns=names, timeout=900
            )
    return count


def pieces(store: AnyStore, table: str) -> list[Any]:
    if isinstance(store, SqliteStore):
        return []
    found = list(needed(table, [float(at) for at in range(SINCE, UNTIL, DAY)]))
    assert all(create(piece) for piece in found)
    return [found]


async def rows_of_a_month(store: AnyStore, targets: int) -> None:
    """100,000 conversations with two exchanges and two signals each; 10,000 runs."""
    chance = random.Random(5)
    queue = Queue(store, "rows", time.monotonic, lambda: float(UNTIL))
    for n in range(100_000):
        at = SINCE + n * (DAYS * DAY) / 100_000
        which = chance.randrange(targets)
        names = {"route": f"r{which % 25}", "model": f"m{which // 25}"}
        queue.append(make_conversation_row(id=f"c{n}", begun=at, last=at, **names))
        for k in range(2):
            given = {"at": at, "conversation": f"c{n}", **names}
            queue.append(make_exchange_row(id=f"x{n}-{k}", **given))
            queue.append(make_signal_row(exchange=f"x{n}-{k}", **given))
        if n % 10 == 0:
            queue.append(make_run_row(id=f"r{n}", at=at, **names))
            queue.append(make_content_row(id=f"r{n}", at=at, body="word " * 400))
        if queue.pending.length > 15_000:
            assert await queue.turn()
    await queue.finish()


async def settle(store: AnyStore) -> None:
    if isinstance(store, PostgresStore):
        async with store.server.connection() as connected:
            await connected.execute("VACUUM ANALYZE", timeout=900)


QUERIES: dict[str, Callable[[AnyStore], Awaitable[Any]]] = {}
ONE = Asked(route="r3", model="m7")
SPANS = {"20 min": 1_200, "4 h": 14_400, "24 h": DAY, "30 d": DAYS * DAY}
for label, length in SPANS.items():
    window = Window(UNTIL - length, UNTIL)
    QUERIES[f"totals, all, {label}"] = lambda s, w=window: s.totals(w, ALL)
    QUERIES[f"totals, one, {label}"] = lambda s, w=window: s.totals(w, ONE)
    QUERIES[f"errors, all, {label}"] = lambda s, w=window: s.errors(w, ALL, 20)
MONTH, LAST_DAY = Window(SINCE, UNTIL), Window(UNTIL - DAY, UNTIL)
QUERIES |= {
    "timeline, one, 30 d by hour": lambda s: s.timeline(MONTH, ONE, 3_600),
    "timeline, one, 24 h by minute": lambda s: s.timeline(LAST_DAY, ONE, 60),
    "timeline, all, 30 d by day": lambda s: s.timeline(MONTH, ALL, DAY),
    "timeline, all, 24 h by hour": lambda s: s.timeline(LAST_DAY, ALL, 3_600),
    "conversations, 100 newest": lambda s: s.conversations(MONTH, ALL, 100),
    "conversations, one, 100": lambda s: s.conversations(MONTH, ONE, 100),
    "incidents": lambda s: s.incidents(MONTH, ALL, 100),
    "runs, 50 with transcripts": lambda s: s.runs(MONTH, ALL, 50),
    "evidence, all, 24 h": lambda s: s.evidence(LAST_DAY, ALL),
    "evidence, one, 30 d": lambda s: s.evidence(MONTH, ONE),
    "evidence, all, 30 d": lambda s: s.evidence(MONTH, ALL),
}


async def ask(store: AnyStore, repeats: int) -> None:
    for name, query in QUERIES.items():
        times, spent = [], []
        found: Any = ()
        for _ in range(repeats):
            began, cpu = time.perf_counter(), time.process_time()
            found = await query(store)
            spent.append((time.process_time() - cpu) * 1e3)
            times.append((time.perf_counter() - began) * 1e3)
        note = "" if max(times) <= BAR_MS else "  OVER THE BAR"
        print(
            f"  {name:32} median {statistics.median(times):7.1f} ms"
            f"  worst {max(times):7.1f} ms  own CPU {statistics.median(spent):6.1f} ms"
            f"  {len(found):5} rows{note}",
            flush=True,
        )


async def run(arguments: argparse.Namespace, url: Callable[[], str]) -> None:
    if arguments.seconds:
        store = store_at(url(), wall)
        assert isinstance(store, AnyStore)
        figures = await load(store, arguments.seconds, arguments.rate)
        await store.close()
        for name, value in figures.items():
            print(f"  {name}: {value}", flush=True)
    if arguments.targets:
        store = store_at(arguments.at or url(), wall)
        assert isinstance(store, AnyStore)
        began = time.monotonic()
        await store.open()
        counts: object = "it was there"
        if not await store.fetch("SELECT 1 FROM series LIMIT 1"):
            counts = await lay_down(store, arguments.targets, arguments.density)
        took = time.monotonic() - began
        info = await store.info()
        print(
            f"  laid down in {took:.0f} s, {info.bytes >> 20} MiB: {counts}", flush=True
        )
        await ask(store, arguments.repeats)
        await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=int, default=2_000)
    parser.add_argument("--targets", type=int, default=1_000)
    parser.add_argument("--density", type=float, default=0.1)
    parser.add_argument("--at", help="lay the month down there, or ask what lies there")
    parser.add_argument("--repeats", type=int, default=7)
    arguments = parser.parse_args()
    print(f"{arguments.engine}: {arguments}")
    if arguments.engine == "postgres":
        server = Server()
        try:
            asyncio.run(run(arguments, server.database))
        finally:
            server.remove()
        return
    with tempfile.TemporaryDirectory() as folder:
        names = iter(range(9))
        asyncio.run(
            run(arguments, lambda: f"sqlite:{Path(folder) / f'{next(names)}.db'}")
        )


if __name__ == "__main__":
    main()
