"""SQL that both engines understand, written once; `?` stands for a value."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import count

from proxy.store.batch import SKETCHES, SUMS
from proxy.store.rows import KEYS, TABLES, TIERS, columns

ROLLUP_COLUMNS = ("series", "at", *SUMS, *SKETCHES)
EVENT_COLUMNS = ("kind", "at", "n")
ROLLUP_TABLES = tuple(f"rollups_{tier}" for tier in TIERS)
EVENT_TABLES = tuple(f"events_{tier}" for tier in TIERS)
ALL_TABLES = (*ROLLUP_TABLES, *EVENT_TABLES, *TABLES)

FIND_TARGET = "SELECT id FROM targets WHERE route = ? AND model = ? AND variant = ? AND source = ?"
ADD_TARGET = (
    "INSERT INTO targets (route, model, variant, source) VALUES (?, ?, ?, ?) "
    "ON CONFLICT DO NOTHING"
)
FIND_SERIES = (
    "SELECT id FROM series WHERE target = ? AND operation = ? AND status_class = ? "
    "AND outcome = ? AND error_type = ?"
)
ADD_SERIES = (
    "INSERT INTO series (target, operation, status_class, outcome, error_type) "
    "VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
FIND_KIND = "SELECT id FROM kinds WHERE target = ? AND name = ? AND value = ?"
ADD_KIND = (
    "INSERT INTO kinds (target, name, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
)
LAST_BATCH = "SELECT batch FROM writers WHERE writer = ?"
KEEP_BATCH = (
    "INSERT INTO writers (writer, batch, at) VALUES (?, ?, ?) "
    "ON CONFLICT (writer) DO UPDATE SET batch = excluded.batch, at = excluded.at"
)
KEEP_ACCOUNT = (
    "INSERT INTO accounts (boot, relay, seq, drops, received, gaps, at) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (boot) DO UPDATE SET relay = excluded.relay, "
    "seq = excluded.seq, drops = excluded.drops, received = excluded.received, "
    "gaps = excluded.gaps, at = excluded.at"
)
ACCOUNTS = "SELECT boot, relay, seq, drops, received, gaps, at FROM accounts"
FORGET_ACCOUNTS = "DELETE FROM accounts WHERE at < ?"
FORGET_WRITERS = "DELETE FROM writers WHERE at < ?"


def add_rollup(tier: int, merged: str) -> str:
    """`merged` says how a sketch meets the one that is there, e.g. `merge({0})`."""
    table = f"rollups_{tier}"
    sums = [f"{name} = {table}.{name} + excluded.{name}" for name in SUMS]
    sketches = [
        f"{n} = {merged.format(f'{table}.{n}', f'excluded.{n}')}" for n in SKETCHES
    ]
    return (
        f"{insert(table, ROLLUP_COLUMNS)} ON CONFLICT (series, at) "
        f"DO UPDATE SET {', '.join([*sums, *sketches])}"
    )


def add_event(tier: int) -> str:
    table = f"events_{tier}"
    return (
        f"{insert(table, EVENT_COLUMNS)} ON CONFLICT (kind, at) "
        f"DO UPDATE SET n = {table}.n + excluded.n"
    )


def add_row(table: str) -> str:
    """Rows that may change replace what is there; the others stay as they were."""
    key = ", ".join(KEYS[table])
    return f"{insert(table, columns(TABLES[table]))} ON CONFLICT ({key}) {upon(table)}"


def upon(table: str) -> str:
    if table == "conversations":
        return (
            "DO UPDATE SET last = excluded.last, "
            "exchanges = conversations.exchanges + excluded.exchanges, "
            "errors = conversations.errors + excluded.errors"
        )
    if table in ("incidents", "runs"):
        others = [c for c in columns(TABLES[table]) if c not in KEYS[table]]
        return f"DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in others)}"
    return "DO NOTHING"


def load_row(table: str) -> str:
    return f"{insert(table, columns(TABLES[table]))} ON CONFLICT DO NOTHING"


def insert(table: str, names: tuple[str, ...]) -> str:
    marks = ", ".join("?" * len(names))
    return f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"


@cache
def numbered(sql: str) -> str:
    """With PostgreSQL's `$1`, `$2` for each `?`."""
    numbers: Iterator[int] = count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
