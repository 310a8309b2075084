"""A whole instance in processes of its own, before the misbehaving upstream."""

import asyncio
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import psutil
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]
SETTINGS = """\
instance: {{run_dir: {folder}/run}}
relay:
  listen: 127.0.0.1:0
  workers: {workers}
  drain: {{delay: 0, limit: 5s}}
  pool: {{idle: 2s}}
admin: {{listen: "127.0.0.1:{admin}"}}
routes:
  - {{name: up, prefix: /up, upstream: "{upstream}", content: {content}}}
  - {{name: brief, prefix: /brief, upstream: "{upstream}",
     timeouts: {{first_byte: 300ms, idle: 300ms}}}}
recordings: {{write: {write}}}
store: {{url: "{store}"}}
logging: {{format: json}}
"""
T = TypeVar("T")


def until(found: Callable[[], T], what: str, seconds: float = 30.0) -> T:
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)
    return value


async def eventually(
    found: Callable[[], T], what: str, seconds: float = 30.0, pause: float = 0.01
) -> T:
    """The first true value of `found`, which must not take long itself."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        await asyncio.sleep(pause)
    return value


class Upstream:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.upstream"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def stats(self) -> dict[str, int]:
        with urllib.request.urlopen(f"{self.url}/stats", timeout=10) as answer:
            found: dict[str, int] = json.load(answer)
        found["under_way"] -= 1  # this question itself
        found["open"] -= 1
        return found

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)


class Figures:
    """One reading of /metrics."""

    def __init__(self, text: str) -> None:
        self.samples = [
            sample
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        ]

    def total(self, name: str, **labels: str) -> float:
        wanted = labels.items()
        return sum(
            sample.value
            for sample in self.samples
            if sample.name == name and wanted <= sample.labels.items()
        )

    def drops(self) -> dict[str, int]:
        return {
            f"{sample.labels['stage']} {sample.labels['reason']}": int(sample.value)
            for sample in self.samples
            if sample.name == "seatrial_dropped_total" and sample.value
        }


class Instance:
    def __init__(
        self,
        folder: Path,
        upstream_url: str,
        *,
        workers: int = 2,
        only: str | None = None,
        write: Path | None = None,
        content: str = "none",
        store: str | None = None,
        beside: "Instance | None" = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.run_dir = folder / "run"
        self.admin = beside.admin if beside else f"127.0.0.1:{free_port()}"
        self.settings = folder / "seatrial.yaml"
        self.settings.write_text(
            SETTINGS.format(
                folder=folder,
                workers=workers,
                admin=self.admin.partition(":")[2],
                upstream=upstream_url,
                write=json.dumps(str(write)) if write else "null",
                content=content,
                store=store or f"sqlite:{folder}/seatrial.db",
            )
        )
        self.workers = workers
        command = [sys.executable, "-m", "proxy.cli.main", "serve", "-c"]
        command += [str(self.settings), *(("--only", only) if only else ())]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.logs: list[dict[str, object]] = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            try:
                found = json.loads(line)
            except ValueError:
                found = {"raw": line}
            self.logs.append({**found, "heard": time.monotonic()})

    def logged(self, message: str, **facts: object) -> list[dict[str, object]]:
        wanted = {"message": message, **facts}
        return [line for line in list(self.logs) if wanted.items() <= line.items()]

    def complaints(self) -> list[dict[str, object]]:
        """What it logged as an error, or not as JSON."""
        return [
            line for line in list(self.logs) if line.get("level") in (None, "error")
        ]

    def ready(self) -> "Instance":
        until(lambda: self.logged("ready"), f"ready, got {self.logs}")
        return self

    @property
    def address(self) -> tuple[str, int]:
        host, _, port = str(self.logged("serving")[0]["listen"]).rpartition(":")
        return host, int(port)

    def pid(self, child: str) -> int:
        return int(str(self.logged("child started", child=child)[-1]["pid"]))

    def children(self) -> dict[str, psutil.Process]:
        """The processes that live, by the name in their title."""
        return {
            child.cmdline()[0].removeprefix("seatrial: "): child
            for child in psutil.Process(self.process.pid).children()
        }

    @property
    def names(self) -> list[str]:
        return [f"relay-{number}" for number in range(self.workers)]

    def relays(self) -> list[psutil.Process]:
        return [psutil.Process(self.pid(name)) for name in self.names]

    def signal(self, child: str, number: signal.Signals) -> None:
        os.kill(self.pid(child), number)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(
                f"http://{self.admin}{path}", timeout=5
            ) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def figures(self) -> Figures:
        status, text = self.get("/metrics")
        assert status == 200, status
        return Figures(text)

    def is_ready(self) -> bool:
        return self.get("/readyz")[0] == 200

    def settle(self, sent: int, known: int = 0, seconds: float = 20.0) -> Figures:
        """Wait until `sent` exchanges are received or counted as dropped, `known` of
        them by an earlier monitor."""
        last: list[Figures] = []

        def whole() -> bool:
            if self.get("/metrics")[0] != 200:
                return False
            last.append(self.figures())
            return known + accounted(last[-1]) >= sent

        try:
            until(whole, "accounted")
        except AssertionError as error:
            found = (accounted(last[-1]), last[-1].drops()) if last else None
            raise AssertionError(f"{sent} sent, {known} known, {found}") from error
        return last[-1]

    def ports(self, child: str) -> set[int]:
        """The client ports of the connections that a relay holds."""
        here = self.address[1]
        found = psutil.Process(self.pid(child)).net_connections("tcp4")
        return {c.raddr.port for c in found if c.laddr.port == here and c.raddr}

    def end(self) -> None:
        family = [self.process.pid]
        if self.process.poll() is None:
            family += [child.pid for child in self.children().values()]
            for pid in family:
                os.kill(pid, signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                raise
        for line in self.logged("child started"):
            end_orphan(int(str(line["pid"])))
        self.reader.join(20)
        assert self.process.stderr is not None
        self.process.stderr.close()


def end_orphan(pid: int) -> None:
    """What a killed supervisor left, should it not have ended by itself."""
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        if process.cmdline()[:1] and process.cmdline()[0].startswith("seatrial: "):
            process.kill()


def accounted(figures: Figures) -> int:
    """Received, dropped by a relay, or lost in between."""
    received = figures.total("seatrial_recordings_received_total")
    lost = figures.total("seatrial_dropped_total", stage="gap")
    dropped = figures.total("seatrial_dropped_total", stage="relay")
    return int(received + lost + dropped)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def limit(pid: int, kind: int, size: int) -> None:
    """Bound a process that runs; it can be lifted again with resource.RLIM_INFINITY."""
    _, most = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (size, most))
