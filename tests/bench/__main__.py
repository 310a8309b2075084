"""`python -m tests.bench`: what the relay costs, beside direct, nginx and an aiohttp proxy."""

import argparse
import asyncio
import dataclasses
import gc
import json
import resource
import shlex
import signal
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import uvloop

from tests.bench.figures import BASE, Figure, figures
from tests.bench.machine import machine
from tests.bench.report import report
from tests.bench.rounds import Result, measure, say
from tests.bench.scenarios import SCENARIOS, Scenario
from tests.bench.targets import Target, TargetError, table

ABOUT = """\
Measures what Seatrial's relay costs, beside no proxy at all (direct), nginx and a minimal
aiohttp proxy, in interleaved rounds against one local upstream. The figure to trust is
the ratio to nginx: CPU of the target's whole process tree per request (or event), both
from the same round. Absolute figures change with the machine and its other work.
"""
EXAMPLES = """\
targets
{targets}

scenarios
{scenarios}

examples
  make bench
  make bench BENCH_ARGS="--targets nginx,relay --scenarios unary-1k --rounds 5"
  make bench BENCH_ARGS="--json figures.json --check"

A ratio has a verdict where the middle half of three rounds or more is on one side of its
bar; else it is not decided: run more (--rounds 9).

exit status
  0 measured   1 an answer was wrong or missing, or --check found a ratio far beyond
  its bar, or a target does not start   2 wrong usage   130 interrupted
"""


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m tests.bench",
        description=ABOUT,
        epilog=EXAMPLES.format(
            targets=listed((BASE, "the upstream itself"), *about_targets()),
            scenarios=listed(*((s.name, s.what) for s in SCENARIOS.values())),
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--rounds", type=int, default=3, metavar="N", help="[3]")
    made.add_argument(
        "--seconds", type=float, default=1.2, metavar="S", help="of each run [1.2]"
    )
    made.add_argument("--scenarios", default="all", metavar="A,B", help="[all]")
    made.add_argument("--targets", default="all", metavar="A,B", help="[all]")
    made.add_argument(
        "--json", type=Path, metavar="FILE", help="write all figures there"
    )
    made.add_argument(
        "--check",
        action="store_true",
        help="exit 1 when a ratio is above 1.5 x its bar",
    )
    return made


def about_targets() -> Iterable[tuple[str, str]]:
    return ((target.name, target.what) for target in table().values())


def listed(*entries: tuple[str, str]) -> str:
    return "\n".join(f"  {name:12}{what}" for name, what in entries)


def main() -> int:
    arguments = parser().parse_args()
    known = table()
    names = pick(arguments.targets, [BASE, *known], "--targets")
    scenarios = pick(arguments.scenarios, list(SCENARIOS), "--scenarios")
    if arguments.rounds < 1 or arguments.seconds <= 0:
        parser().error("--rounds and --seconds must be positive")
    here = machine()
    print("\n".join(f"{name:11}{value}" for name, value in here.items()))
    print(
        "command    python -m tests.bench", shlex.join(sys.argv[1:]), "\n", flush=True
    )
    try:
        result = uvloop.run(
            bench(
                [known[name] for name in names if name != BASE],
                BASE in names,
                [SCENARIOS[name] for name in scenarios],
                arguments.rounds,
                arguments.seconds,
            )
        )
    except TargetError as error:
        say(str(error))
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130
    found = figures(result.samples)
    print("\n".join(report(found, result)))
    if arguments.json:
        write(arguments.json, here, found, result)
    return status(found, result, arguments.check)


def pick(wanted: str, known: Sequence[str], option: str) -> list[str]:
    if wanted == "all":
        return list(known)
    chosen = wanted.split(",")
    for name in chosen:
        if name not in known:
            parser().error(f"{option}: no {name!r}; there is {', '.join(known)}")
    return [name for name in known if name in chosen]


async def bench(
    chosen: Sequence[Target],
    with_direct: bool,
    scenarios: Sequence[Scenario],
    rounds: int,
    seconds: float,
) -> Result:
    """Ended by SIGTERM, too, it leaves no process behind."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    gc.freeze()
    here = []
    for target in chosen:
        if target.absent:
            print(f"skipped {target.name}: {target.absent}\n")
        else:
            here.append(target)
    return await measure(here, with_direct, scenarios, rounds, seconds)


def write(
    file: Path, here: dict[str, str], found: Sequence[Figure], result: Result
) -> None:
    content = {
        "machine": here,
        "arguments": sys.argv[1:],
        "figures": [dataclasses.asdict(figure) for figure in found],
        "samples": [dataclasses.asdict(sample) for sample in result.samples],
        "recorded": {
            name: dataclasses.asdict(counts) for name, counts in result.recorded.items()
        },
    }
    file.write_text(json.dumps(content, indent=1) + "\n")


def status(found: Sequence[Figure], result: Result, check: bool) -> int:
    far = [figure for figure in found if check and figure.is_far_beyond]
    for figure in far:
        say(f"far beyond its bar: {figure.scenario} {figure.measure} {figure.target}")
    return 1 if result.errors or far else 0


if __name__ == "__main__":
    sys.exit(main())
