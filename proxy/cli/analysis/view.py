"""What a person sees of an analysis: progress, tables and what it comes to."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from proxy.cli.analysis.files import STANDARD_INPUT, Advance
from proxy.cli.analysis.results import Row
from proxy.cli.analysis.summary import Group, Summary

LONG_BYTES = 2_000_000
PAGE_WIDTH = 110
MOST_GROUPS = 40
MOST_ERRORS = 12


@contextmanager
def progress(paths: Sequence[Path]) -> Iterator[Advance]:
    """A bar on stderr where a person watches and there is much to read."""
    sizes = {path: path.stat().st_size for path in paths if path != STANDARD_INPUT}
    console = Console(stderr=True)
    total = sum(sizes.values())
    if not console.is_terminal or total < LONG_BYTES:
        yield lambda path, read: None
        return
    bar = Progress(
        TextColumn("reading {task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        done: dict[Path, int] = {}

        def advance(path: Path, read: int) -> None:
            done[path] = read
            bar.update(task, completed=sum(done.values()), description=path.name)

        yield advance


def show(summary: Summary, out: TextIO) -> None:
    console = Console(file=out, highlight=False)
    if not console.is_terminal:
        console.width = PAGE_WIDTH
    if not summary.total.exchanges:
        console.print("no exchange could be read")
        return
    if summary.shown is not None:
        console.print(exchanges(summary.shown))
    console.print(groups(summary))
    for line in lines(summary):
        console.print(Text(line), soft_wrap=True)


def exchanges(rows: Sequence[Row]) -> Table:
    numbers = {row["id"]: number for number, row in enumerate(rows, 1)}
    table = new("exchanges")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("model", no_wrap=True, ratio=2)
    for name in ("in", "out"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("answer", no_wrap=True, ratio=3)
    table.add_column("continues", no_wrap=True, ratio=2)
    for number, row in enumerate(rows, 1):
        parent = numbers.get(row["parent"])
        link = f"{parent}, by {row['link_evidence']}" if parent else ""
        table.add_row(*map(Text, (str(number), *exchange(row), link)))
    return table


def new(title: str) -> Table:
    return Table(
        box=SIMPLE_HEAD,
        title=title,
        title_justify="left",
        title_style="bold",
        padding=(0, 1, 0, 0),
        expand=True,
    )


def exchange(row: Row) -> tuple[str, ...]:
    return (
        str(row["response_model"] or row["request_model"] or row["dialect"]),
        count(row["input_tokens"]),
        count(row["output_tokens"]),
        ("stream, " if row["streaming"] else "") + said(row),
    )


def said(row: Row) -> str:
    error, calls = row["error"], row["tool_calls"]
    if isinstance(error, dict):
        return f"error {error['status'] or ''} {error['type'] or error['code'] or ''}"
    if isinstance(calls, list) and calls:
        return "calls " + ", ".join(str(call["name"]) for call in calls)
    return f"{row['text_len']} character{'' if row['text_len'] == 1 else 's'}"


def groups(summary: Summary) -> Table:
    table = new("by model")
    table.add_column("model", no_wrap=True, ratio=3)
    table.add_column("dialect", no_wrap=True, ratio=2)
    for name in ("", "streams", "errors", "calls", "in", "out"):
        table.add_column(name, justify="right", no_wrap=True)
    largest = sorted(summary.groups.items(), key=lambda item: -item[1].exchanges)
    for (provider, dialect, model), group in largest[:MOST_GROUPS]:
        format = dialect if dialect.startswith(provider) else f"{dialect}, {provider}"
        table.add_row(*map(Text, (model, format, *figures(group))))
    rest = len(largest) - MOST_GROUPS
    if rest > 0:
        table.add_row(f"and {rest} more")
    table.add_section()
    table.add_row("all", "", *figures(summary.total))
    return table


def figures(group: Group) -> tuple[str, ...]:
    return (
        f"{group.exchanges}",
        f"{group.streams}",
        f"{group.errors}",
        f"{group.tool_calls}",
        count(group.input_tokens),
        count(group.output_tokens),
    )


def lines(summary: Summary) -> Iterator[str]:
    yield (
        f"conversations  {len(summary.sizes)}, {summary.conversations_of_several} of "
        f"them of several exchanges, the longest of {max(summary.sizes.values())}"
    )
    if summary.evidence:
        proofs = (f"{name} {n}" for name, n in summary.evidence.most_common())
        yield f"joined by      {', '.join(proofs)}"
    for (status, kind), n in summary.errors.most_common(MOST_ERRORS):
        yield f"error          {n} x {status} {kind}"
    if summary.total.without_usage:
        yield f"no usage       {summary.total.without_usage} did not say; in no sum"
    if summary.incomplete_streams:
        yield f"cut streams    {summary.incomplete_streams}"
    if summary.broken:
        yield f"broken lines   {len(summary.broken)}, named on stderr and skipped"


def count(value: object) -> str:
    return "-" if value is None else str(value)
