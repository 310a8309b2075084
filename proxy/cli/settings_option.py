"""The option `-c FILE` and what it reads: the same for every command."""

import os
from pathlib import Path

import click

from proxy.settings import Settings
from proxy.settings.reader import read

settings_option = click.option(
    "-c",
    "--config",
    "file",
    envvar="SEATRIAL_CONFIG",
    show_envvar=True,
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Settings file; without one the defaults are used.",
)


def read_settings(file: Path | None) -> Settings:
    """The settings of this invocation; SettingsErrors with all that is wrong."""
    return read(file, os.environ)
