"""A real supervisor over stand-in children, and what tests ask of it."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SETTINGS = """\
relay:
  listen: 127.0.0.1:0
  drain: {delay: 0, limit: LIMIT}
"""


def child(
    name: str, *args: str, serves: bool = True, silence_seconds: float = 30.0
) -> dict:
    return {
        "name": name,
        "args": list(args),
        "serves": serves,
        "silence_seconds": silence_seconds,
    }


T = TypeVar("T")


def until(found: Callable[[], T], what: str, seconds: float = 30.0) -> T:
    """The first true value of `found`; fails the test when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.02)
    return value


class Instance:
    def __init__(self, process: subprocess.Popen[str], folder: Path) -> None:
        self.process = process
        self.folder = folder
        self.settings = folder / "seatrial.yaml"
        self.logs: list[dict] = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.logs.append(json.loads(line) if line[0] == "{" else {"raw": line})

    def logged(self, message: str, **facts: object) -> list[dict]:
        wanted = {"message": message, **facts}
        return [line for line in list(self.logs) if wanted.items() <= line.items()]

    def wait_log(self, message: str, count: int = 1, **facts: object) -> dict:
        def enough() -> list[dict] | None:
            found = self.logged(message, **facts)
            return found if len(found) >= count else None

        return until(enough, f"{message} {facts}, got {self.logs}")[count - 1]

    def journal(self, event: str) -> list[dict]:
        path = self.folder / "journal"
        lines = path.read_text().splitlines() if path.exists() else []
        found = [json.loads(line) for line in lines]
        return [entry for entry in found if entry["event"] == event]

    def wait_journal(self, event: str, count: int = 1) -> list[dict]:
        def enough() -> list[dict] | None:
            found = self.journal(event)
            return found if len(found) >= count else None

        return until(enough, event)

    def pid(self, name: str) -> int:
        return self.logged("child started", child=name)[-1]["pid"]

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self) -> int:
        status = self.process.wait(30)
        self.reader.join(30)
        return status

    def call(self) -> str:
        """The name of the child that answers a new connection."""
        host, port = self.wait_log("bound")["address"].split(":")
        with socket.create_connection((host, int(port)), 10) as sock:
            return sock.recv(100).decode()


def end(instance: Instance) -> None:
    """Kill what the test left: the second SIGTERM takes the children along."""
    if instance.process.poll() is None:
        instance.signal(signal.SIGTERM)
        instance.signal(signal.SIGCONT)
        until(lambda: instance.logged("draining") or instance.process.poll(), "end")
        instance.signal(signal.SIGTERM)
        instance.wait()
    assert instance.process.stderr is not None
    instance.reader.join(30)
    instance.process.stderr.close()
