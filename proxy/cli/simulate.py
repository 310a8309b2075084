"""`seatrial simulate`: a simulated model API for demos, tests and training."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from proxy.simulate import Behaviour
    from proxy.simulate.replay import Recorded

HELP = """Serve a simulated model API.

It speaks OpenAI (chat completions, Responses, embeddings, models), Anthropic (messages)
and Gemini (generateContent), streaming and not. Everything it does is chosen by the seed:
the same seed gives the same answers in the same order.

\b
Examples
  seatrial simulate
      answers at once, on a free port; the address is printed
  seatrial simulate --listen 127.0.0.1:9000 --ttft 300ms --chunk-interval 20ms
      the pace of a real model
  seatrial simulate --behaviour answer=0.5,clarifying_question=0.5
      half of the answers are questions
  seatrial simulate --fault rate_limited=0.05,cut=0.01
      an upstream with bad days
  seatrial simulate --replay recordings.jsonl.gz
      recorded exchanges instead of made ones

\b
Point an SDK at it
  openai        base_url=URL/v1
  anthropic     base_url=URL
  google-genai  http_options={"base_url": "URL"}

\b
One request may ask for its own treatment with a header
  x-simulate: behaviour=clarifying_question, ttft=50ms, chunks=40, interval=10ms
  x-simulate: fault=rate_limited, retry_after=100ms, once=any-key
Keys: behaviour, fault (or none), ttft, interval, chunks, retry_after, once. With `once`
the fault strikes only the first request of that key, so that a retry succeeds.

GET URL/-/simulate tells what was seen: requests, behaviours, faults, clients that left.
"""


@click.command(name="simulate", help=HELP)
@click.option(
    "--listen",
    default="127.0.0.1:0",
    show_default=True,
    metavar="HOST:PORT",
    help="Where to listen; port 0 takes a free one.",
)
@click.option(
    "--seed", default=0, show_default=True, help="Fixes every choice that is made."
)
@click.option(
    "--ttft",
    default="0",
    metavar="DURATION",
    show_default=True,
    help="Mean time to the first byte, e.g. 200ms.",
)
@click.option(
    "--chunk-interval",
    default="0",
    metavar="DURATION",
    show_default=True,
    help="Time between the chunks of a stream, e.g. 20ms.",
)
@click.option(
    "--chunks",
    type=click.IntRange(min=1),
    help="Chunks, and words, of an answer.  [default: as the text falls]",
)
@click.option(
    "--retry-after",
    default="1s",
    metavar="DURATION",
    show_default=True,
    help="What a rate-limited client is told to wait.",
)
@click.option(
    "--behaviour",
    metavar="NAME=WEIGHT,…",
    help="Relative weights of answer, clarifying_question, refusal, tool_call (only when "
    "the request declares tools).  [default: 0.7, 0.2, 0.05, 0.05]",
)
@click.option(
    "--fault",
    metavar="NAME=PROBABILITY,…",
    help="Probabilities of rate_limited, server_error, overloaded, cut (reset in the body), "
    "stall (silence in the body), malformed (broken HTTP in the body).  [default: none]",
)
@click.option(
    "--replay",
    "files",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve the recorded exchanges of a .jsonl or .jsonl.gz file; repeatable.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print the address as one JSON object."
)
def simulate(
    listen: str,
    seed: int,
    ttft: str,
    chunk_interval: str,
    chunks: int | None,
    retry_after: str,
    behaviour: str | None,
    fault: str | None,
    files: tuple[Path, ...],
    as_json: bool,
) -> None:
    from proxy.simulate import Behaviour, replay, settings

    host, port = _address(listen)
    chosen = Behaviour(
        seed=seed,
        ttft=_duration("--ttft", ttft),
        chunk_interval=_duration("--chunk-interval", chunk_interval),
        chunks=chunks,
        retry_after=_duration("--retry-after", retry_after),
        behaviours=_weights("--behaviour", behaviour, settings.BEHAVIOURS)
        or dict(settings.DEFAULT_BEHAVIOURS),
        faults=_weights("--fault", fault, settings.FAULTS),
    )
    exchanges = replay.load(files)
    _run(chosen, host, port, exchanges, as_json)


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise click.BadParameter(
            f"{listen!r} must be HOST:PORT, e.g. 127.0.0.1:9000", param_hint="--listen"
        )
    return host.strip("[]"), int(port)


def _duration(option: str, text: str) -> float:
    from proxy.simulate.settings import duration

    try:
        return duration(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def _weights(
    option: str, text: str | None, allowed: tuple[str, ...]
) -> dict[str, float]:
    from proxy.simulate.settings import weights

    try:
        return weights(text, allowed) if text is not None else {}
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def _run(
    behaviour: "Behaviour",
    host: str,
    port: int,
    exchanges: "list[Recorded]",
    as_json: bool,
) -> None:
    import uvloop

    try:
        uvloop.run(_serve(behaviour, host, port, exchanges, as_json))
    except OSError as error:
        raise click.BadParameter(
            f"cannot listen on {host}:{port}: {error.strerror or error}",
            param_hint="--listen",
        ) from error


async def _serve(
    behaviour: "Behaviour",
    host: str,
    port: int,
    exchanges: "list[Recorded]",
    as_json: bool,
) -> None:
    """Serve until SIGTERM or SIGINT."""
    import asyncio
    import signal

    from proxy.simulate import serve

    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked_to_stop.set)
    async with serve(behaviour, host=host, port=port, exchanges=exchanges) as server:
        click.echo(_ready(server.url, as_json))
        await asked_to_stop.wait()


def _ready(url: str, as_json: bool) -> str:
    import json
    import os

    if as_json:
        return json.dumps({"url": url, "pid": os.getpid()})
    return f"simulated model API on {url}  (OpenAI at {url}/v1; Ctrl-C stops it)"
