"""A store's tables as lines: JSONL in one file, or a Parquet file for each table."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from proxy.cli.storage.bar import Advance
from proxy.errors import UsageError
from proxy.store import lines
from proxy.store.port import Line, Store

PAGE = 2_000
ENCODER = msgspec.json.Encoder()


async def pages(store: Store, table: str) -> AsyncIterator[list[Line]]:
    after: Sequence[object] | None = None
    while page := await store.lines(table, after, PAGE):
        yield page
        after = lines.position(table, page[-1])


async def to_jsonl(
    store: Store, tables: Sequence[str], out: BinaryIO, advance: Advance
) -> int:
    """Rows written; each line names its table."""
    count = 0
    for table in tables:
        async for page in pages(store, table):
            for line in page:
                out.write(ENCODER.encode({"table": table, **line}) + b"\n")
            count += len(page)
            advance(table, len(page))
    out.flush()
    return count


def parquet() -> Any:
    if find_spec("pyarrow") is None:
        raise UsageError(
            "--format parquet needs pyarrow, which is not installed: "
            "pip install pyarrow, or take --format jsonl"
        )
    return import_module("pyarrow"), import_module("pyarrow.parquet")


async def to_parquet(
    store: Store, tables: Sequence[str], folder: Path, advance: Advance
) -> int:
    """Rows written into a folder that is there; a table without rows has no file."""
    arrow, files = parquet()
    count = 0
    for table in tables:
        writer, schema = None, None
        path = folder / f"{table}.parquet"
        try:
            async for page in pages(store, table):
                if writer is None:
                    schema = schema_of(arrow, table, page[0])
                    writer = files.ParquetWriter(opened(path), schema)
                writer.write_table(arrow.Table.from_pylist(page, schema=schema))
                count += len(page)
                advance(table, len(page))
        finally:
            if writer is not None:
                writer.close()
    return count


def schema_of(arrow: Any, table: str, line: Line) -> Any:
    kinds = {"int": arrow.int64(), "float": arrow.float64(), "str": arrow.string()}
    return arrow.schema(
        [(name, kinds[kind_of(table, name, value)]) for name, value in line.items()]
    )


def kind_of(table: str, name: str, value: object) -> str:
    """The first row may lack a value: the row's own type says what it is."""
    found = lines.declared(table, name)
    return found or type(value).__name__


def opened(path: Path) -> BinaryIO:
    """A new file that nobody else may read."""
    with suppress(FileNotFoundError):
        path.unlink()
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")
