"""Running `seatrial demo` as a person does, and looking for what it leaves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psutil

PROGRAM = "from proxy.cli.main import main; main()"
SERVE_AND_ITS_CHILDREN = 5
"""The simulation, the supervisor, the monitor and two relays."""


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-c", PROGRAM, "demo", *map(str, arguments)]


def finished(
    *arguments: object, **environment: str
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(*arguments),
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def document(run: "subprocess.CompletedProcess[str]") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run.stdout)
    return found


@contextmanager
def running(*arguments: object) -> "Iterator[subprocess.Popen[str]]":
    with subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Every process below, once all of them are there."""
    parent = psutil.Process(process.pid)
    wait_until(lambda: len(parent.children(recursive=True)) >= SERVE_AND_ITS_CHILDREN)
    return parent.children(recursive=True)


def living(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [
        one
        for one in processes
        if one.is_running() and one.status() != psutil.STATUS_ZOMBIE
    ]
