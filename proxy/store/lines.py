"""Rows of any table as lines of JSON values, for export and import.

A rollup's line carries its series by name: ids are a database's own.
"""

import base64
from collections.abc import Sequence

from proxy.errors import UsageError
from proxy.store import sketch, statements
from proxy.store.batch import SKETCHES, SUMS
from proxy.store.rows import KEYS, TABLES, Series, Target, columns
from proxy.store.writing import Kind

Line = dict[str, object]
SERIES = (
    *("route", "model", "variant", "source"),
    *("operation", "status_class", "outcome", "error_type"),
)
TARGET = SERIES[:4]


def selected(table: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """FROM, the columns, and those that order them."""
    if table in statements.ROLLUP_TABLES:
        names = (
            *(f"t.{name}" for name in TARGET),
            *(f"s.{name}" for name in SERIES[4:]),
            *(f"r.{name}" for name in ("at", *SUMS, *SKETCHES, "series")),
        )
        source = f"{table} r JOIN series s ON s.id = r.series JOIN targets t ON t.id = s.target"
        return source, names, ("r.series", "r.at")
    if table in statements.EVENT_TABLES:
        names = (*(f"t.{n}" for n in TARGET), "k.name", "k.value", "r.at", "r.n")
        source = (
            f"{table} r JOIN kinds k ON k.id = r.kind JOIN targets t ON t.id = k.target"
        )
        return source, (*names, "r.kind"), ("r.kind", "r.at")
    if table not in TABLES:
        known = ", ".join(statements.ALL_TABLES)
        raise UsageError(f"{table}: no such table; there are {known}")
    return table, columns(TABLES[table]), KEYS[table]


def page(table: str, after: Sequence[object] | None) -> str:
    """A SELECT with a value for each column of the order, and one for the limit."""
    source, names, order = selected(table)
    ordered = ", ".join(order)
    marks = ", ".join("?" * len(order))
    where = "" if after is None else f"WHERE ({ordered}) > ({marks}) "
    return f"SELECT {', '.join(names)} FROM {source} {where}ORDER BY {ordered} LIMIT ?"


def line(table: str, row: Sequence[object]) -> Line:
    names = [name.partition(".")[2] or name for name in selected(table)[1]]
    found = dict(zip(names, row, strict=True))
    for name in SKETCHES:
        blob = found.get(name)
        if isinstance(blob, bytes):
            found[name] = base64.b64encode(blob).decode()
    return found


def position(table: str, found: Line) -> list[object]:
    """What `page` goes on behind."""
    order = selected(table)[2]
    return [found[name.partition(".")[2] or name] for name in order]


def series_of(found: Line) -> Series:
    return Series(*(str(found[name]) for name in SERIES))


def kind_of(found: Line) -> Kind:
    target = Target(*(str(found[name]) for name in TARGET))
    return target, str(found["name"]), str(found["value"])


def rollup_values(found: Line) -> list[object]:
    blobs = [base64.b64decode(str(found[name]), validate=True) for name in SKETCHES]
    for blob in blobs:
        sketch.decode(blob)
    return [*(int(str(found[name])) for name in SUMS), *blobs]


def row_values(table: str, found: Line) -> list[object]:
    return [found[name] for name in columns(TABLES[table])]


def declared(table: str, name: str) -> str | None:
    """`int`, `float` or `str`, as the table's row says it; None for sums."""
    kind = TABLES.get(table)
    if kind is None:
        return None
    said = str(kind.__dataclass_fields__[name].type)
    if "int" in said:
        return "int"
    return "float" if "float" in said else "str"
