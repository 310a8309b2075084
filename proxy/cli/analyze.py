"""`seatrial analyze`: what recorded exchanges or conversation logs say."""

import dataclasses
import secrets
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import msgspec

from proxy.cli.analysis import files as recorded
from proxy.cli.analysis import logs, view
from proxy.cli.analysis.results import Broken, Found, Row, analysed
from proxy.cli.analysis.summary import Summary
from proxy.errors import UsageError
from proxy.logs import masked

HELP = """Read recorded exchanges, or conversation logs, offline.

FILE holds one exchange a line (JSONL, plain or .gz) as `recordings.write` keeps them and
as recorded-exchange corpora do, or is a HAR file of a browser or debugging proxy; `-` is
standard input. Each exchange is read by its API's dialect, then joined to the one it
continues. Nothing is sent anywhere.

A FILE of conversation logs holds one conversation a line: `messages` in OpenAI's chat shape,
tool calls and results included, and an `id`. Of each the last reply is classified (does it
ask, answer, refuse?), and errors of tools are followed to what the model made of them.

\b
Examples
  seatrial analyze recordings/*.jsonl
      who was asked, what it used, what failed, which conversations there are
  seatrial analyze recordings/*.jsonl --jsonl | jq 'select(.error)'
      one JSON line per exchange, in order, for other programs
  seatrial analyze traffic.har --json > analysis.json
      one JSON document: exchanges, summary, lines that could not be read
  zcat old.jsonl.gz | seatrial analyze - --kind recordings --jsonl
  seatrial analyze chats.jsonl
      conversation logs: behaviours, and rates with their intervals

\b
What a JSON line says
  id dialect provider operation streaming request_model response_model response_id
  input_tokens output_tokens total_tokens cached_input_tokens
  cache_creation_input_tokens reasoning_tokens     as the provider states them
  input_tokens_incl_cache output_tokens_incl_reasoning   in OpenTelemetry's meaning
  finish_reasons tool_calls[{id,name,arguments}] n_tool_results_in_request
  text_len text_sha256                             of the first choice's text
  error{status,type,code,message,in_stream}        stream_complete
  conversation parent link_evidence                ids of the first exchange and of the
                                                   one it continues, and the proof
null means that the wire does not say. Conversations may span the files that are given.

\b
What a JSON line says of a conversation log
  id behaviour clarifying clarifying_probability kind questions   of the last reply; null
                                                   where that is not the assistant's
  events[{index,tool,outcome,sub,episode}]         tools' errors; index of the message
  refusal correction                               the reply refuses; a user corrected

\b
Exit status
  0 all read   1 lines were broken: named on stderr, and skipped   2 wrong usage
"""


@click.command(help=HELP)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE…",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
)
@click.option(
    "--kind",
    type=click.Choice(["recordings", "conversations"]),
    help="What the files hold.  [default: guessed from the first line]",
)
@click.option("--jsonl", is_flag=True, help="One JSON line each on stdout.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def analyze(
    files: tuple[Path, ...], kind: str | None, jsonl: bool, as_json: bool
) -> int:
    if jsonl and as_json:
        raise UsageError("--jsonl and --json exclude each other")
    if kind == "conversations" or (kind is None and logs.seem(files)):
        return logs.analyse(files, jsonl=jsonl, as_json=as_json)
    summary = Summary()
    rows: list[Row] = []
    with view.progress(files) as advance:
        for one in results(files, advance, guess=kind is None):
            summary.add(one)
            if isinstance(one, Broken):
                warn(one)
            elif jsonl:
                sys.stdout.buffer.write(one.line())
            elif as_json:
                rows.append(one.row)
    sys.stdout.buffer.flush()
    if as_json:
        click.echo(document(summary, rows))
    elif not jsonl:
        view.show(summary, sys.stdout)
    return 1 if summary.broken else 0


def results(
    paths: Iterable[Path], advance: recorded.Advance, guess: bool
) -> Iterator[Found | Broken]:
    pieces = (p for path in paths for p in recorded.read(path, advance, guess))
    return analysed(pieces, secrets.token_bytes(32))


def warn(broken: Broken) -> None:
    problem = masked(broken.problem)
    click.echo(f"seatrial: {broken.file}:{broken.line}: {problem}", err=True)


def document(summary: Summary, rows: list[Row]) -> bytes:
    broken = [dataclasses.asdict(one) for one in summary.broken]
    whole = {"exchanges": rows, "summary": summary.document(), "broken": broken}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)
