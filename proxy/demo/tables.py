"""The two tables of the picture: traffic by route, and where its time went."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Column, Table
from rich.text import Text

from proxy.demo import words
from proxy.demo.figures import ERRORS, RouteFigures
from proxy.demo.histogram import Histogram
from proxy.demo.history import WINDOW_SECONDS, History

ACCENT = "cyan"
QUIET = "bright_black"
ERROR = "yellow"
LEGEND = "cut: by the upstream   left: by the client   refused: by Seatrial"
NAME_WIDTH = 11
WIDE = 92
WIDER = 103
SHOWN = slice(0, 11)
"""The buckets that small bars show: 10 ms to 10 s, and of the overhead all."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line of both tables: one route, or several under one name."""

    name: str
    routes: tuple[str, ...]


def rows(routes: Sequence[str], history: History, most: int) -> list[Row]:
    """A row for each route and one for all; the smallest share a row past `most`."""
    shown = list(routes)
    rest: list[str] = []
    if len(shown) > most:
        shown.sort(key=lambda name: history.newest.requests([name]), reverse=True)
        shown, rest = shown[: most - 1], shown[most - 1 :]
    found = [Row(name, (name,)) for name in shown]
    if rest:
        found.append(Row(f"{len(rest)} more", tuple(rest)))
    return [*found, Row("all", tuple(routes))]


def traffic(history: History, lines: Sequence[Row], width: int) -> Table:
    seconds = max(10, width - 56)
    table = made(
        Column("Traffic", width=NAME_WIDTH, no_wrap=True),
        Column(f"last {seconds} s", width=seconds, no_wrap=True),
        Column("req/s", justify="right", width=6),
        Column("requests", justify="right", width=8),
        *(Column(head, justify="right", width=max(4, len(head))) for head in ERRORS),
    )
    for row in lines:
        whole = history.newest.of(row.routes)
        rate = history.rate(history.recent(row.routes))
        line = words.bars(history.rates(row.routes, seconds))
        table.add_row(
            row.name,
            Text(line, style=ACCENT),
            f"{rate:.1f}",
            words.count(whole.requests),
            *errors(whole),
            style=style(row),
        )
    return table


def errors(figures: RouteFigures) -> Iterator[Text]:
    for kind in ERRORS:
        count = figures.errors.get(kind, 0.0)
        yield Text(words.count(count), style=ERROR) if count else Text("·", style=QUIET)


def times(history: History, lines: Sequence[Row], width: int) -> Table:
    """Medians and 95th percentiles of the window; small bars where there is room."""
    wide, wider = width >= WIDE, width >= WIDER
    table = made(
        Column(f"Time\nlast {WINDOW_SECONDS:.0f} s", width=NAME_WIDTH, no_wrap=True),
        *time_columns("first byte", "10 ms  10 s"),
        *time_columns("total", "10 ms  10 s" if wide else ""),
        *time_columns("overhead", "50 µs 0.1 s" if wider else ""),
    )
    for row in lines:
        recent = history.recent(row.routes)
        table.add_row(
            row.name,
            *time_cells(recent.first_byte, bars=True),
            *time_cells(recent.total, bars=wide),
            *time_cells(recent.overhead, bars=wider),
            style=style(row),
        )
    return table


def time_columns(name: str, scale: str) -> Iterator[Column]:
    yield Column(f"{name}\np50", justify="right", width=max(8, len(name)))
    yield Column("\np95", justify="right", width=7)
    if scale:
        yield Column(f"\n{scale}", width=SHOWN.stop, no_wrap=True)


def time_cells(histogram: Histogram, bars: bool) -> Iterator[RenderableType]:
    yield words.seconds(histogram.quantile(0.5))
    yield words.seconds(histogram.quantile(0.95))
    if bars:
        yield Text(words.bars(histogram.shares()[SHOWN]), style=ACCENT)


def made(*columns: Column) -> Table:
    return Table(
        *columns,
        box=SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 0),
        header_style=QUIET,
        border_style=QUIET,
    )


def style(row: Row) -> str:
    return "bold" if len(row.routes) > 1 else ""
