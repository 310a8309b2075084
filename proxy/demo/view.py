"""The picture in the terminal: what a demo shows at one moment, in the room there is."""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.padding import Padding
from rich.status import Status
from rich.table import Table
from rich.text import Text

from proxy.demo import manner, tables, words
from proxy.demo.history import WINDOW_SECONDS
from proxy.demo.screen import TITLES, Scene
from proxy.demo.tables import ACCENT, ERROR, QUIET

GOOD = "green"
FIXED_LINES = 15
"""Lines that are there whatever the number of routes."""
SLOW_LAG_SECONDS = 0.1


class Picture:
    """Draws on the alternate screen; what was there before comes back at the end."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.status: Status | None = None
        self.live: Live | None = None

    def say(self, text: str) -> None:
        self.stop_live()
        if self.status is None:
            self.status = self.console.status(text, spinner_style=ACCENT)
            self.status.start()
        self.status.update(text)

    def show(self, scene: Scene) -> None:
        self.stop_status()
        if self.live is None:
            self.live = Live(console=self.console, screen=True, auto_refresh=False)
            self.live.start()
        self.live.update(Drawing(scene), refresh=True)

    def close(self) -> None:
        self.stop_live()
        self.stop_status()

    def stop_live(self) -> None:
        if self.live is not None:
            self.live.stop()
            self.live = None

    def stop_status(self) -> None:
        if self.status is not None:
            self.status.stop()
            self.status = None


class Drawing:
    """One scene, laid out for the size that the terminal has when it is drawn."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> RenderResult:
        parts = self.parts(options.max_width - 2, options.size.height)
        yield Padding(Group(*parts), (0, 1))

    def parts(self, width: int, height: int) -> Iterator[RenderableType]:
        scene = self.scene
        rows = tables.rows(
            scene.places.routes, scene.history, max(2, (height - FIXED_LINES - 3) // 2)
        )
        spare = height - FIXED_LINES - 2 * len(rows) - 1
        yield heading(scene, width)
        yield Text()
        yield tables.traffic(scene.history, rows, width)
        if spare > 0:
            yield Text(tables.LEGEND, style=QUIET, justify="right")
        yield Text()
        yield tables.times(scene.history, rows, width)
        yield Text()
        bars = spread(scene, width)
        if spare > bars.row_count + 2:
            yield Text(f"First byte, {WINDOW_SECONDS:.0f} s", style=QUIET)
            yield bars
            yield Text()
        yield facts(scene)


def heading(scene: Scene, width: int) -> Table:
    title = Text.assemble(
        ("Seatrial", f"bold {ACCENT}"),
        (f"  before {TITLES[scene.options.mode]}", QUIET),
    )
    line = Table.grid(expand=True)
    line.add_column()
    line.add_column(justify="right")
    line.add_row(title, progress(scene, width))
    return line


def progress(scene: Scene, width: int) -> Text:
    elapsed = words.clock(scene.elapsed)
    seconds = scene.options.seconds
    if scene.ending:
        return Text("waiting for the last answers", style=ERROR)
    if seconds is None:
        return Text.assemble(elapsed, ("   Ctrl-C ends it", QUIET))
    whole = width // 5
    done = min(whole, round(whole * scene.elapsed / seconds))
    return Text.assemble(
        ("━" * done, ACCENT),
        ("━" * (whole - done), QUIET),
        f"  {elapsed} of {words.clock(seconds)}",
    )


def spread(scene: Scene, width: int) -> Table:
    """How long first bytes took: a bar for each bucket that holds some."""
    histogram = scene.history.recent(scene.places.routes).first_byte
    shares = histogram.shares()
    top = max(shares, default=0.0)
    room = width - tables.NAME_WIDTH - 8
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", width=tables.NAME_WIDTH)
    table.add_column(no_wrap=True)
    for bound, share in zip(histogram.bounds, shares, strict=True):
        if share:
            bar = Text(words.bar(share / top, room), style=ACCENT)
            table.add_row(words.at_most(bound), bar + Text(f" {words.part(share)}"))
    return table


def facts(scene: Scene) -> Table:
    """Whether all is well, and where things are."""
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(style=QUIET, width=tables.NAME_WIDTH, no_wrap=True)
    table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_row("Check", check(scene))
    table.add_row("Relays", relays(scene))
    table.add_row("Model", manner.line(scene.history.newest.figures))
    table.add_row("Metrics", scene.places.metrics)
    table.add_row("Recordings", kept(scene))
    table.add_row("Try it", scene.places.example)
    return table


def check(scene: Scene) -> Text:
    """The sender's count beside Seatrial's: they differ by what is under way."""
    figures = scene.history.newest.figures
    sent, dropped = scene.tally.total, figures.unmeasured
    missing = sent - figures.measured - dropped
    return Text.assemble(
        f"sent {words.count(sent)}, measured {words.count(figures.measured)}",
        (f", dropped {words.count(dropped)}" if dropped else "", ERROR),
        f", under way {words.count(missing)}" if missing > 0 else "",
        f", from elsewhere {words.count(-missing)}" if missing < 0 else "",
        ("  ✓" if missing == 0 else "", GOOD),
    )


def relays(scene: Scene) -> Text:
    figures = scene.history.newest.figures
    dropped = sum(figures.dropped.values())
    lag_style = ERROR if figures.lag > SLOW_LAG_SECONDS else ""
    return Text.assemble(
        f"{figures.relays} up, {figures.in_flight} in flight",
        (f", loop at most {words.seconds(figures.lag)} late", lag_style),
        (f", {words.count(dropped)} dropped", ERROR if dropped else ""),
    )


def kept(scene: Scene) -> Text:
    figures = scene.history.newest.figures
    return Text.assemble(
        f"{words.count(figures.written)} kept",
        (f", {words.size(figures.written_bytes)}", QUIET),
        (", cannot be written" if figures.write_failing else "", ERROR),
        (f"  {scene.places.recordings}", QUIET),
    )
