"""The last words of a demo: how it went, and what was left to look at."""

from collections.abc import Iterator

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from proxy.demo import words
from proxy.demo.figures import ERRORS, RouteFigures
from proxy.demo.report import Report
from proxy.demo.tables import ERROR, QUIET

GOOD = "green"


def tell(report: Report, console: Console) -> None:
    for part in parts(report):
        console.print(part, soft_wrap=isinstance(part, Text))


def parts(report: Report) -> Iterator[RenderableType]:
    yield verdict(report)
    seconds = max(report.seconds, 0.001)
    yield Text(
        f"{seconds:.0f} s, {report.sent / seconds:.1f} requests a second, "
        f"at most {report.peak} at once"
    )
    if report.identity is not None:
        yield Text(
            f"{words.count(report.identity.identical)} of "
            f"{words.count(report.identity.compared)} answers identical to the recorded "
            "status and bytes"
        )
    yield Text()
    yield by_route(report)
    yield Text()
    yield Text(f"Left to look at in {report.folder}")
    for what, command in report.look_closer():
        yield Text(f"  {what}", style=QUIET)
        yield Text(f"    {command}")


def verdict(report: Report) -> Text:
    if report.problem is not None:
        return Text(report.problem, style=f"bold {ERROR}")
    figures = report.figures
    return Text.assemble(
        ("All accounted for: ", f"bold {GOOD}"),
        f"sent {words.count(report.sent)}, measured {words.count(figures.measured)}",
        f", {words.count(figures.unmeasured)} dropped" if figures.unmeasured else "",
        f", {words.count(report.others)} from elsewhere" if report.others else "",
    )


def by_route(report: Report) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=QUIET)
    table.add_column("Route", no_wrap=True)
    for head in ("requests", "first byte", "total", "overhead"):
        table.add_column(head, justify="right", no_wrap=True)
    table.add_column("errors")
    for name, route in sorted(report.figures.routes.items()):
        table.add_row(
            name,
            words.count(route.requests),
            words.seconds(route.first_byte.quantile(0.5)),
            words.seconds(route.total.quantile(0.5)),
            words.seconds(route.overhead.quantile(0.5)),
            errors(route),
        )
    return table


def errors(route: RouteFigures) -> str:
    found = [kind for kind in ERRORS if route.errors.get(kind)]
    return ", ".join(f"{words.count(route.errors[kind])} {kind}" for kind in found)
