"""`seatrial serve`: the product. Builds the children and hands them to the supervisor."""

import logging
import os
import resource
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import click

from proxy import __version__, logs
from proxy.cli.settings_option import read_settings, settings_option
from proxy.settings import Settings, warnings
from proxy.settings.secret import instance_secret, prepare_run_dir
from proxy.supervisor import Child, assert_free, bind_sets, locked, supervise, written

HELP = """Relay model APIs and measure how they behave.

Without a settings file it listens on 127.0.0.1:8080 and relays /openai, /anthropic and
/gemini to their public APIs; figures are at http://127.0.0.1:9464/metrics.

\b
Examples
  seatrial serve
  seatrial serve -c seatrial.yaml
  seatrial serve -c seatrial.yaml --only relay
      relays and monitor under separate supervisors; they meet in instance.run_dir
  kill -HUP PID
      read the settings again; a mistake in them changes nothing
  kill -TERM PID
      fail readiness, let streams finish, then exit; a second signal exits at once

\b
Exit status
  0 drained   2 wrong usage or settings
  1 an address or instance.run_dir is taken, or no relay gets ready
  130, 143 killed by a second signal
"""

Part = Literal["relay", "monitor"]
PARTS: tuple[Part, ...] = ("relay", "monitor")
Load = Callable[[], Settings]

RELAY_SILENCE_SECONDS = 4.0
MONITOR_SILENCE_SECONDS = 10.0
RELAY_ENVIRONMENT = {
    # glibc gives bodies of 64-256 KB back to the kernel and takes them again for every
    # exchange; that costs as much as relaying them.
    "MALLOC_MMAP_THRESHOLD_": "33554432",
    "MALLOC_TRIM_THRESHOLD_": "268435456",
    "MALLOC_ARENA_MAX": "1",
}
MAX_DESCRIPTORS = 1024 * 1024

log = logging.getLogger(__name__)


@click.command(help=HELP)
@settings_option
@click.option(
    "--only",
    type=click.Choice(["relay", "monitor"]),
    help="Run this part only.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 256),
    metavar="N",
    help="Relay processes, instead of relay.workers.",
)
def serve(file: Path | None, only: Part | None, workers: int | None) -> int:
    def load() -> Settings:
        return read_settings(file).with_workers(workers)

    settings = load()
    prepare_process(settings)
    prepare_run_dir(settings.instance)
    with locked(settings.instance.run_dir, PARTS if only is None else (only,)):
        return run(settings, file, only, load)


def run(settings: Settings, file: Path | None, only: Part | None, load: Load) -> int:
    secret = instance_secret(settings.instance, os.environ)
    children = build_children(settings, only)
    listeners: list[list[socket.socket]] = []
    if only != "relay":
        assert_free(settings.admin.listen, "admin.listen")
    if only != "monitor":
        count = settings.relay.worker_count()
        listeners = bind_sets(settings.relay.listen, "relay.listen", count)
    announce(
        settings,
        file,
        only,
        [written(sock) for sock in listeners[0]] if listeners else [],
    )
    return supervise(children, listeners, settings, load, secret)


def prepare_process(settings: Settings) -> None:
    """What the children inherit, too."""
    from setproctitle import setproctitle

    setproctitle("seatrial: supervisor")
    logs.configure(settings.logging, "supervisor")
    # A core dump would hold keys and what users wrote.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_DESCRIPTORS if most == resource.RLIM_INFINITY else most
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, MAX_DESCRIPTORS), most))


def build_children(settings: Settings, only: Part | None) -> list[Child]:
    relays = [
        Child(
            name=f"relay-{index}",
            argv=(sys.executable, "-P", "-m", "proxy.relay.main"),
            serves=True,
            silence_seconds=RELAY_SILENCE_SECONDS,
            environment=RELAY_ENVIRONMENT,
        )
        for index in range(settings.relay.worker_count())
    ]
    monitor = Child(
        name="monitor",
        argv=(sys.executable, "-P", "-m", "proxy.monitor.main"),
        serves=False,
        silence_seconds=MONITOR_SILENCE_SECONDS,
    )
    match only:
        case "relay":
            return relays
        case "monitor":
            return [monitor]
        case None:
            return [monitor, *relays]


def announce(
    settings: Settings, file: Path | None, only: Part | None, addresses: Sequence[str]
) -> None:
    """Say where things are: in words to a person, as a log line to a machine."""
    if logs.is_json(settings.logging):
        log.info("serving", extra=facts(settings, only, addresses))
    else:
        click.echo("\n".join(greeting(settings, file, only, addresses)), err=True)
    for warning in warnings(settings):
        log.warning("%s", warning)


def facts(
    settings: Settings, only: Part | None, addresses: Sequence[str]
) -> dict[str, object]:
    found: dict[str, object] = {
        "version": __version__,
        "settings_hash": settings.hash,
        "run_dir": settings.instance.run_dir,
    }
    if only != "monitor":
        found["listen"] = " ".join(addresses)
        found["workers"] = settings.relay.worker_count()
    if only != "relay":
        found["admin"] = settings.admin.listen
    return found


def greeting(
    settings: Settings, file: Path | None, only: Part | None, addresses: Sequence[str]
) -> list[str]:
    lines = [f"seatrial {__version__}, settings: {file or 'defaults'}"]
    if only != "monitor":
        scheme = "http" if settings.relay.tls is None else "https"
        workers = settings.relay.worker_count()
        lines += [f"  relay  {url(address, scheme)}" for address in addresses]
        lines.append(f"         {workers} process{'es' if workers > 1 else ''}")
        lines += [
            f"  route  {route.prefix or route.host} → {route.upstream}"
            for route in settings.routes
        ]
    if only != "relay":
        lines.append(f"  admin  {url(settings.admin.listen, 'http')}/metrics")
    return lines


def url(address: str, scheme: str) -> str:
    return address if address.startswith("unix:") else f"{scheme}://{address}"
