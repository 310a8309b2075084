"""The pieces, by time, of the tables that grow fastest: old ones are dropped whole."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from proxy.store.batch import Batch
from proxy.store.migrations.m0001_first import PARTITIONED
from proxy.store.rows import TIERS

DAY = 86_400
LENGTH = {
    table: (7 * DAY if table.startswith(("rollups", "events")) else DAY)
    for table in PARTITIONED
}
"""Seconds of one piece: what is kept longer than it should be is at most that."""
Piece = tuple[str, int]
"""A table, and the number of one of its pieces since 1970."""

LIST = (
    "SELECT c.relname, GREATEST(s.n_live_tup, 0) FROM pg_inherits i "
    "JOIN pg_class c ON c.oid = i.inhrelid "
    "LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid "
    "WHERE i.inhparent = $1::regclass"
)


def needed(table: str, times: Iterable[float]) -> Iterator[Piece]:
    length = LENGTH.get(table)
    if length is not None:
        for number in {int(at // length) for at in times}:
            yield table, number


def of_batch(batch: Batch) -> Iterator[Piece]:
    minutes = {at for _, at in batch.rollups}
    events = {at for _, _, _, at in batch.events}
    for tier in TIERS:
        yield from needed(f"rollups_{tier}", (at // tier * tier for at in minutes))
        yield from needed(f"events_{tier}", (at // tier * tier for at in events))
    for table, rows in batch.rows.items():
        if table in LENGTH:
            yield from needed(table, (float(getattr(row, "at")) for row in rows))  # noqa: B009  # not every kind of row has it


def name(piece: Piece) -> str:
    return f"{piece[0]}_p{piece[1]}"


def number(table: str, piece: str) -> int:
    return int(piece.removeprefix(f"{table}_p"))


def create(piece: Piece) -> str:
    table, at = piece
    length = LENGTH[table]
    return (
        f"CREATE TABLE IF NOT EXISTS {name(piece)} PARTITION OF {table} "
        f"FOR VALUES FROM ({at * length}) TO ({(at + 1) * length})"
    )


def old(
    table: str, rows: Sequence[Sequence[Any]], before: float
) -> list[tuple[str, int]]:
    """Pieces that are wholly older, and how many rows each is thought to have."""
    last = int(before // LENGTH[table])
    return sorted(
        (row[0], int(row[1] or 0)) for row in rows if number(table, row[0]) < last
    )
