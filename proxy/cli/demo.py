"""`seatrial demo`: the whole product on this machine, without an account."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from proxy.errors import SeatrialError, UsageError

if TYPE_CHECKING:
    from proxy.demo.options import Options
    from proxy.demo.screen import Screen

HELP = """Show the whole product on this machine, without an account.

It starts a simulated model API and Seatrial before it, sends the traffic of made-up
applications (OpenAI, Anthropic and Gemini; streams, tools, conversations, clients that
leave) through the relay, and shows what Seatrial measures. Recordings and metrics are
left to look at.

\b
Examples
  seatrial demo
      until Ctrl-C
  seatrial demo --for 20s --rate 100
      five times the traffic, for 20 seconds
  seatrial demo --recordings exchanges.jsonl.gz
      recorded exchanges, each sent once; tells whether every byte came back
  seatrial demo --model --for 30s
      before a real small model on this machine, through the official SDKs
  seatrial demo --for 10s --json | jq .routes.openai

\b
Exit status
  0 traffic flowed and all of it was measured or counted as dropped
  1 it did not, or something did not start; the reason is told   2 wrong usage
  130 interrupted before traffic flowed
"""

# -P: a module in the folder where the demo is started must not stand in for ours.
SEATRIAL = (sys.executable, "-P", "-c", "from proxy.cli.main import main; main()")


@click.command(help=HELP)
@click.option(
    "--for", "length", metavar="DURATION", help="End after so long, e.g. 20s or 5m."
)
@click.option(
    "--recordings",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Send the requests of a .jsonl or .jsonl.gz file of recorded exchanges, and "
    "answer with what was recorded; repeatable.",
)
@click.option(
    "--model", is_flag=True, help="A real small model instead of the simulation."
)
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="A new folder for what is left to look at.  [default: a temporary one]",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.0, max=2000.0, min_open=True),
    metavar="N",
    help="Requests a second.  [default: 20; recordings 50; model 1]",
)
@click.option(
    "--seed", default=0, show_default=True, help="Fixes what is said and what fails."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document at the end.")
def demo(
    length: str | None,
    recordings: tuple[Path, ...],
    model: bool,
    keep: Path | None,
    rate: float | None,
    seed: int,
    as_json: bool,
) -> int:
    from proxy.demo.options import Options

    if recordings and model:
        raise click.UsageError("--recordings and --model exclude each other")
    options = Options(
        SEATRIAL, duration(length), recordings, model, keep, rate, seed, typed()
    )
    return run(options, as_json)


def typed() -> str:
    """`seatrial`, or the path under which it was called."""
    return sys.argv[0] if Path(sys.argv[0]).name == "seatrial" else "seatrial"


def duration(text: str | None) -> float | None:
    from proxy.settings.units import duration

    if text is None:
        return None
    try:
        seconds = duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--for") from error
    if not seconds:
        raise click.BadParameter("must be more than 0", param_hint="--for")
    return seconds


def run(options: "Options", as_json: bool) -> int:
    """The exit status. With JSON, what does not start is told as JSON, too."""
    import asyncio

    from proxy.demo.demo import run as play

    try:
        report = asyncio.run(play(options, screen(as_json)))
    except asyncio.CancelledError:
        return 130
    except UsageError:
        raise
    except SeatrialError as error:
        if not as_json:
            raise
        click.echo(json.dumps({"ok": False, "problem": str(error)}, indent=2))
        return 1
    if as_json:
        click.echo(json.dumps(report.as_json(), indent=2))
    else:
        from rich.console import Console

        from proxy.demo.closing import tell

        tell(report, Console(highlight=False))
    return 0 if report.problem is None else 1


def screen(as_json: bool) -> "Screen":
    if as_json:
        from proxy.demo.screen import Blank

        return Blank()
    from rich.console import Console

    console = Console(highlight=False)
    if console.is_terminal and not console.is_dumb_terminal:
        from proxy.demo.view import Picture

        return Picture(console)
    from proxy.demo.lines import Lines

    return Lines(click.echo)
