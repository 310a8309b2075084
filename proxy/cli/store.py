"""`seatrial store`: what the store holds, and moving it, without stopping anything."""

import asyncio
import dataclasses
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, TypeVar

import click
import msgspec

from proxy.cli.settings_option import read_settings, settings_option
from proxy.cli.storage import exporting, importing
from proxy.cli.storage.bar import progress
from proxy.errors import UsageError
from proxy.settings import Settings
from proxy.store.opening import store_at
from proxy.store.port import Store
from proxy.store.retention import STEP_ROWS, Ages
from proxy.store.statements import ALL_TABLES

T = TypeVar("T")
STANDARD = Path("-")

HELP = """Look into the store, move it, and prune it.

The store is the one of the settings file (store.url). A running Seatrial need not stop: an
export reads beside it, and an import or a prune takes turns with it.

\b
Examples
  seatrial store info
      where it is, its version, how many rows of what
  seatrial store export backup.jsonl
  seatrial store export - --table scores --table runs | jq .verdict
  seatrial store export folder --format parquet
  seatrial store import backup.jsonl -c other.yaml
      from SQLite to PostgreSQL, or the other way; rows that are there stay as they are
  seatrial store prune --dry-run
      what is older than store.retention says

\b
Exit status
  0 it worked   1 the store is at fault   2 wrong usage
"""
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document.")
dry_option = click.option(
    "--dry-run", is_flag=True, help="Only say what would be done."
)


def now() -> float:
    return time.time()  # noqa: TID251  # a command's main owns its clock


@click.group(help=HELP)
def store() -> None:
    pass


@store.command(help="Say where the store is and what it holds.")
@settings_option
@json_option
def info(file: Path | None, as_json: bool) -> None:
    found = within(read_settings(file), lambda kept: kept.info(), read_only=True)
    if as_json:
        click.echo(document(dataclasses.asdict(found)))
        return
    click.echo(
        f"{found.place}\n{found.engine}, version {found.version}, {found.bytes:,} bytes"
    )
    for table, rows in found.rows.items():
        click.echo(f"  {table:16}{rows:>14,}")


@store.command(
    name="export", help="Write tables to FILE: JSONL, or a folder of Parquet."
)
@click.argument(
    "target", metavar="FILE", type=click.Path(allow_dash=True, path_type=Path)
)
@settings_option
@click.option(
    "--table",
    "tables",
    multiple=True,
    type=click.Choice(ALL_TABLES),
    help="Only these.",
)
@click.option(
    "--format", "kind", type=click.Choice(["jsonl", "parquet"]), default="jsonl"
)
@dry_option
def export(
    target: Path, file: Path | None, tables: tuple[str, ...], kind: str, dry_run: bool
) -> None:
    chosen = tables or ALL_TABLES
    if kind == "parquet":
        exporting.parquet()
        if target == STANDARD:
            raise UsageError("--format parquet: FILE must be a folder")
        if not dry_run:
            target.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def write(kept: Store) -> int:
        info = await kept.info()
        rows = sum(info.rows[table] for table in chosen)
        if dry_run:
            return rows
        with progress("exporting", rows) as advance:
            if kind == "parquet":
                return await exporting.to_parquet(kept, chosen, target, advance)
            with written(target) as out:
                return await exporting.to_jsonl(kept, chosen, out, advance)

    count = within(read_settings(file), write, read_only=True)
    verb = "would be exported" if dry_run else "exported"
    click.echo(f"{count:,} rows {verb} to {target}", err=True)


@store.command(name="import", help="Read FILE, an export in JSONL (plain or .gz).")
@click.argument(
    "source",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@settings_option
@dry_option
def import_(source: Path, file: Path | None, dry_run: bool) -> None:
    size = 0 if source.suffix == ".gz" else source.stat().st_size

    async def load(kept: Store) -> importing.Imported:
        with progress("importing", size) as advance:
            return await importing.from_jsonl(
                None if dry_run else kept, source, advance
            )

    found = within(read_settings(file), load, read_only=False)
    for table, rows in found.read.items():
        done = "" if dry_run else f", {found.loaded[table]:,} of them new"
        click.echo(f"{table}: {rows:,} rows{done}", err=True)


@store.command(help="Remove what is older than store.retention says.")
@settings_option
@dry_option
def prune(file: Path | None, dry_run: bool) -> None:
    settings = read_settings(file)
    keep = settings.store.retention
    cuts = list(Ages(keep.rows, keep.minutes, keep.rollups).cuts(now()))

    async def remove(kept: Store) -> dict[str, int]:
        removed = {}
        with progress("pruning", len(cuts)) as advance:
            for table, before in cuts:
                removed[table] = await kept.prune(table, before, STEP_ROWS, dry_run)
                while not dry_run:
                    more = await kept.prune(table, before, STEP_ROWS, False)
                    removed[table] += more
                    if not more:
                        break
                advance(table, 1)
        return removed

    found = within(settings, remove, read_only=False)
    verb = "are old" if dry_run else "removed"
    for table, rows in found.items():
        if rows:
            click.echo(f"{table}: {rows:,} {verb}", err=True)
    click.echo(f"{sum(found.values()):,} rows {verb}", err=True)


def within(
    settings: Settings, told: Callable[[Store], Awaitable[T]], *, read_only: bool
) -> T:
    """Run it with the settings' store open, and close that."""
    url = settings.store.url
    if url is None:
        raise UsageError("store.url is null: there is no store")
    kept = store_at(url, now, read_only=read_only)

    async def whole() -> T:
        try:
            await kept.open()
            return await told(kept)
        finally:
            await kept.close()

    return asyncio.run(whole())


def written(target: Path) -> AbstractContextManager[BinaryIO]:
    if target == STANDARD:
        return nullcontext(sys.stdout.buffer)
    return exporting.opened(target)


def document(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2)
