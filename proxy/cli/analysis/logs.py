"""`seatrial analyze --kind conversations`: from files to what is shown of them."""

import secrets
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import click
import msgspec
from rich.console import Console

from proxy.cli.analysis import files, view
from proxy.cli.analysis.conversations import BrokenLine, Conversation, Reader
from proxy.cli.analysis.tally import Tally
from proxy.logs import masked
from proxy.recording.files import lines

encoder = msgspec.json.Encoder()


def seem(paths: Sequence[Path]) -> bool:
    """The first line holds messages, and no request. Standard input is not looked into."""
    if paths[0] == files.STANDARD_INPUT:
        return False
    with files.opened(paths[0]) as (_, stream):
        first = next(lines(stream), (0, b""))[1]
    try:
        found = msgspec.json.decode(first) if isinstance(first, bytes) else None
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False
    return isinstance(found, dict) and "messages" in found and "request" not in found


def analyse(paths: Sequence[Path], *, jsonl: bool, as_json: bool) -> int:
    """Exit status 1 where lines were broken."""
    tally = Tally()
    rows = []
    with view.progress(paths) as advance:
        for one in conversations(paths, advance):
            if isinstance(one, BrokenLine):
                tally.broken += 1
                continue
            tally.add(one)
            if jsonl:
                sys.stdout.buffer.write(encoder.encode(one.row()) + b"\n")
            elif as_json:
                rows.append(one.row())
    sys.stdout.buffer.flush()
    if as_json:
        click.echo(document(tally, rows))
    elif not jsonl:
        tally.show(console())
    return 1 if tally.broken else 0


def conversations(
    paths: Sequence[Path], advance: files.Advance
) -> Iterator[Conversation | BrokenLine]:
    reader = Reader(secrets.token_bytes(32))
    for path in paths:
        with files.opened(path) as (raw, stream):
            for one in reader.read(lines(stream)):
                if isinstance(one, BrokenLine):
                    where = f"{path}:{one.line}: {masked(one.problem)}"
                    click.echo(f"seatrial: {where}", err=True)
                yield one
                if raw.seekable():
                    advance(path, raw.tell())


def console() -> Console:
    found = Console(file=sys.stdout, highlight=False)
    if not found.is_terminal:
        found.width = view.PAGE_WIDTH
    return found


def document(tally: Tally, rows: list[dict[str, object]]) -> bytes:
    summary = {
        "conversations": tally.conversations,
        "behaviours": tally.behaviours,
        "episodes": tally.episodes,
        "rates": {name: asdict(found) for name, found in tally.rates().items()},
        "broken": tally.broken,
    }
    whole = {"conversations": rows, "summary": summary}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)
