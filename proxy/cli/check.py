"""`seatrial check`: what is wrong with the settings, without starting anything."""

import json
from pathlib import Path

import click

from proxy.cli.settings_option import read_settings, settings_option
from proxy.errors import SettingsErrors
from proxy.logs import masked
from proxy.settings import Settings, warnings

HELP = """Check a settings file and what it needs from this machine.

Every mistake is named with file, line, key and fix: unknown keys, illegal values,
variables that are not set, certificates that cannot be read. Nothing is started.

\b
Examples
  seatrial check -c seatrial.yaml
  seatrial check -c seatrial.yaml --json | jq .errors

\b
Exit status
  0 usable, perhaps with warnings   2 not usable
"""


@click.command(help=HELP)
@settings_option
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def check(file: Path | None, as_json: bool) -> int:
    try:
        settings = read_settings(file)
    except SettingsErrors as refused:
        if not as_json:
            raise
        click.echo(refusal_document(file, refused))
        return 2
    click.echo(
        acceptance_document(file, settings)
        if as_json
        else acceptance_text(file, settings)
    )
    return 0


def refusal_document(file: Path | None, refused: SettingsErrors) -> str:
    errors = [
        {
            "file": error.source,
            "line": error.line,
            "key": error.key,
            "problem": masked(error.problem),
        }
        for error in refused.errors
    ]
    return json.dumps(
        {"ok": False, "file": named(file), "errors": errors, "warnings": []}, indent=2
    )


def acceptance_document(file: Path | None, settings: Settings) -> str:
    return json.dumps(
        {
            "ok": True,
            "file": named(file),
            "hash": settings.hash,
            "errors": [],
            "warnings": warnings(settings),
        },
        indent=2,
    )


def acceptance_text(file: Path | None, settings: Settings) -> str:
    lines = [f"warning: {warning}" for warning in warnings(settings)]
    routes = len(settings.routes)
    lines.append(
        f"{named(file) or 'defaults'}: usable, {routes} "
        f"route{'s' if routes > 1 else ''}, hash {settings.hash}"
    )
    return "\n".join(lines)


def named(file: Path | None) -> str | None:
    return None if file is None else str(file)
