"""An export's lines back into a store; rows that are there already are left as they are."""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

import msgspec

from proxy.cli.storage.bar import Advance
from proxy.errors import UsageError
from proxy.store.port import Line, Store
from proxy.store.statements import ALL_TABLES

PAGE = 1_000


@dataclass(slots=True)
class Imported:
    read: Counter[str] = field(default_factory=Counter)
    loaded: Counter[str] = field(default_factory=Counter)


async def from_jsonl(store: Store | None, path: Path, advance: Advance) -> Imported:
    """Without a store the lines are read and counted, and that is all."""
    found = Imported()
    with opened(path) as file:
        for table, page, size in pages(path, file):
            found.read[table] += len(page)
            if store is not None:
                found.loaded[table] += await loaded(store, path, table, page)
            advance(table, size)
    return found


async def loaded(store: Store, path: Path, table: str, page: list[Line]) -> int:
    try:
        return await store.load(table, page)
    except (KeyError, ValueError, TypeError) as error:
        raise UsageError(f"{path}: a line of {table} is no row: {error!r}") from error


def opened(path: Path) -> BinaryIO:
    if path.suffix == ".gz":
        return cast("BinaryIO", gzip.open(path, "rb"))
    return path.open("rb")


def pages(path: Path, file: BinaryIO) -> Iterator[tuple[str, list[Line], int]]:
    """Neighbouring lines of one table, and the bytes they took."""
    table, page, size = "", list[Line](), 0
    for number, text in enumerate(file, 1):
        named, line = parsed(path, number, text)
        if page and (named != table or len(page) >= PAGE):
            yield table, page, size
            page, size = [], 0
        table = named
        page.append(line)
        size += len(text)
    if page:
        yield table, page, size


def parsed(path: Path, number: int, text: bytes) -> tuple[str, Line]:
    try:
        line = msgspec.json.decode(text, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise UsageError(f"{path}:{number}: not a JSON object: {error}") from error
    table = line.pop("table", None)
    if table not in ALL_TABLES:
        raise UsageError(f"{path}:{number}: table: no such table: {table!r}")
    return str(table), line
