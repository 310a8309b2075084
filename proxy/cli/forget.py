"""`seatrial forget`: have a running instance let go of one conversation."""

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import click

from proxy.cli.settings_option import read_settings, settings_option
from proxy.errors import SeatrialError, UsageError
from proxy.settings import Admin

HELP = """Forget a conversation.

Asks a running instance to let go of what it keeps of one conversation: what the monitor
remembers to recognise it, what the application said came of it, and its lines in the
files of recordings. ID is what the application sends as x-seatrial-conversation;
conversations without that header cannot be named. Counts stay as they are: they hold
neither ids nor text. Exchanges under way are recorded when they end: ask again then.

The admin port is found in the settings, its token in the variable that admin.token_env
names.

\b
Examples
  seatrial forget --conversation order-4711
  seatrial forget --conversation order-4711 -c seatrial.yaml --json
  SEATRIAL_ADMIN_TOKEN=… seatrial forget --conversation order-4711 --url https://seatrial.internal:9464

\b
Exit status
  0 forgotten   1 nothing was known of it, or nobody answered   2 wrong usage
"""
TIMEOUT = aiohttp.ClientTimeout(total=90.0)
LONGEST_ID = 256
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: dict[str, object]


@click.command(help=HELP)
@click.option("--conversation", required=True, metavar="ID", help="Which one.")
@settings_option
@click.option(
    "--url",
    metavar="URL",
    help="The admin port.  [default: admin.listen of the settings]",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def forget(conversation: str, file: Path | None, url: str | None, as_json: bool) -> int:
    if not 0 < len(conversation) <= LONGEST_ID:
        raise UsageError(f"--conversation must be 1 to {LONGEST_ID} characters")
    if url is not None and not url.startswith(("http://", "https://")):
        raise UsageError('--url must be an http(s) URL, e.g. "http://127.0.0.1:9464"')
    admin = read_settings(file).admin
    try:
        answer = asyncio.run(ask(admin, url, conversation, os.environ))
    except SeatrialError as error:
        if not as_json:
            raise
        answer = Answer(0, {"error": {"code": "unreachable", "message": str(error)}})
    if as_json:
        click.echo(json.dumps(answer.body))
    elif answer.status == 200:
        click.echo(told(answer.body))
    else:
        raise SeatrialError(refusal(answer))
    return 0 if answer.status == 200 else 1


async def ask(
    admin: Admin, url: str | None, conversation: str, environ: Mapping[str, str]
) -> Answer:
    """SeatrialError where nobody answers, or not as an admin port does."""
    base = url or address(admin.listen)
    token = environ.get(admin.token_env)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    is_unix = url is None and admin.listen.startswith("unix:")
    path = admin.listen.removeprefix("unix:")
    connector = aiohttp.UnixConnector(path) if is_unix else aiohttp.TCPConnector()
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=TIMEOUT) as session,
            session.post(
                f"{base.rstrip('/')}/api/v1/forget",
                json={"conversation": conversation},
                headers=headers,
                allow_redirects=False,
            ) as answer,
        ):
            body = await answer.json(content_type=None)
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise SeatrialError(f"no answer from {base}: {type(error).__name__}") from error
    if not isinstance(body, dict):
        raise SeatrialError(f"{base} is no admin port of Seatrial")
    return Answer(answer.status, body)


def address(listen: str) -> str:
    """How to reach a port that may listen everywhere."""
    if listen.startswith("unix:"):
        return "http://localhost"
    host, _, port = listen.rpartition(":")
    host = EVERYWHERE.get(host.strip("[]"), host.strip("[]"))
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def told(body: dict[str, object]) -> str:
    found = body.get("forgotten")
    if not isinstance(found, dict):
        raise SeatrialError("the answer does not say what was forgotten")
    text = (
        f"forgotten: {found.get('exchanges')} exchanges in memory, "
        f"{found.get('feedback')} words of feedback, {found.get('lines')} recordings in "
        f"{found.get('files')} files"
    )
    kept = found.get("recordings") == "off"
    return f"{text}; this instance writes no recordings" if kept else text


def refusal(answer: Answer) -> str:
    error = answer.body.get("error")
    message = error.get("message") if isinstance(error, dict) else None
    return f"not forgotten ({answer.status}): {message or 'no reason given'}"
