"""A progress bar on stderr, where a person watches."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

Advance = Callable[[str, int], None]
"""Told the table that is at work, and how much more is done."""


@contextmanager
def progress(verb: str, total: int) -> Iterator[Advance]:
    console = Console(stderr=True)
    if not console.is_terminal or not total:
        yield lambda table, more: None
        return
    bar = Progress(
        TextColumn(f"{verb} {{task.description}}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
    )
    with bar:
        task = bar.add_task("", total=total)
        yield lambda table, more: bar.update(task, advance=more, description=table)
