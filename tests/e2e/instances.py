"""`seatrial serve` and `seatrial simulate` as processes, and what tests ask of them."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from prometheus_client.parser import text_string_to_metric_families

ROOT = Path(__file__).parents[2]
COMMAND = shutil.which("seatrial", path=Path(sys.executable).parent) or "seatrial"

T = TypeVar("T")


def until(found: Callable[[], T], what: str, seconds: float = 30.0) -> T:
    """The first true value of `found`; fails the test when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.01)
    return value


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return int(sock.getsockname()[1])


def fetch(url: str, headers: Mapping[str, str] | None = None) -> tuple[int, bytes]:
    """Status and body, whatever the status; 0 when nobody answers."""
    request = urllib.request.Request(url, headers=dict(headers or {}))
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()
    except OSError:
        return 0, b""


def fetch_json(url: str) -> Any:
    status, body = fetch(url)
    assert status == 200, f"{url} answered {status}: {body!r}"
    return json.loads(body)


def route(name: str, upstream: str, **keys: object) -> dict[str, object]:
    """A route of settings, on the prefix of its name unless `host` is given."""
    selected = {} if "host" in keys else {"prefix": f"/{name}"}
    return {"name": name, "upstream": upstream, **selected, **keys}


def steer(text: str) -> dict[str, str]:
    """The header by which one request tells a simulation how to answer."""
    return {"x-simulate": text}


def named(name: str) -> dict[str, str]:
    """The header by which a test finds its own exchanges among the recordings."""
    return {"x-seatrial-conversation": name}


class Instance:
    """One `seatrial serve` with a settings file, run_dir and recordings of its own."""

    def __init__(self, folder: Path, routes: list[dict[str, object]]) -> None:
        self.folder = folder
        self.file = folder / "seatrial.yaml"
        self.run_dir = folder / "run"
        self.recordings_dir = folder / "recordings"
        self.out, self.err = folder / "stdout", folder / "stderr"
        self.admin = f"http://127.0.0.1:{free_port()}"
        self.settings: dict[str, Any] = {
            "instance": {"run_dir": str(self.run_dir)},
            "relay": {
                "listen": "127.0.0.1:0",
                "workers": 1,
                "drain": {"delay": "0s", "limit": "20s"},
            },
            "admin": {"listen": self.admin.removeprefix("http://")},
            "recordings": {"write": str(self.recordings_dir)},
            "store": {"url": f"sqlite:{folder}/seatrial.db"},
            "logging": {"format": "json"},
            "routes": routes,
        }
        self.environment: dict[str, str] = {}
        self.process: subprocess.Popen[bytes]

    def write_settings(self) -> None:
        self.file.write_text(yaml.safe_dump(self.settings, sort_keys=False))

    def start(self) -> "Instance":
        """Without waiting for anything."""
        self.write_settings()
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.process = subprocess.Popen(
                [COMMAND, "serve", "-c", str(self.file)],
                cwd=ROOT,
                env=os.environ | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
            )
        return self

    def wait_ready(self) -> "Instance":
        until(self.is_ready, f"readiness; it said {self.said()[-2000:]}")
        return self

    def is_ready(self) -> bool:
        assert self.process.poll() is None, f"serve ended: {self.said()[-2000:]}"
        return fetch(f"{self.admin}/readyz")[0] == 200

    def said(self) -> str:
        """All it wrote on stderr."""
        return self.err.read_text() if self.err.exists() else ""

    @property
    def logs(self) -> list[dict[str, Any]]:
        lines = self.said().splitlines(keepends=True)
        return [json.loads(x) for x in lines if x[0] == "{" and x.endswith("\n")]

    def wait_log(self, message: str, **facts: object) -> dict[str, Any]:
        wanted = {"message": message, **facts}

        def find() -> dict[str, Any] | None:
            return next((x for x in self.logs if wanted.items() <= x.items()), None)

        return until(find, f"{message} {facts} in {self.said()[-2000:]}")

    @property
    def address(self) -> tuple[str, int]:
        host, port = self.wait_log("serving")["listen"].rsplit(":", 1)
        return host, int(port)

    @property
    def url(self) -> str:
        return "http://{}:{}".format(*self.address)

    def recordings(self) -> list[dict[str, Any]]:
        """All that is written so far, in the order in which it was."""
        files = sorted(self.recordings_dir.glob("*.jsonl"))
        lines = [line for file in files for line in file.read_bytes().splitlines(True)]
        return [json.loads(line) for line in lines if line.endswith(b"\n")]

    def wait_recordings(self, count: int) -> list[dict[str, Any]]:
        return until(
            lambda: found if len(found := self.recordings()) >= count else None,
            f"{count} recordings",
        )

    def recordings_of(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """The exchanges sent with `named(name)`, once there are so many."""

        def find() -> list[dict[str, Any]] | None:
            own = [
                x for x in self.recordings() if x["seatrial"]["conversation"] == name
            ]
            return own if len(own) >= count else None

        return until(find, f"{count} recordings of {name}")

    def samples(self, name: str) -> dict[frozenset[tuple[str, str]], float]:
        """The series of one metric, by their labels."""
        text = fetch(f"{self.admin}/metrics")[1].decode()
        return {
            frozenset(sample.labels.items()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == name
        }

    def count(self, name: str, **labels: str) -> float:
        """The sum of a counter's series that have these labels."""
        found = self.samples(name).items()
        return sum(
            value for series, value in found if labels.items() <= dict(series).items()
        )

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.send(number)
        return self.process.wait(30)

    def clear_away(self) -> None:
        """End it by its process id, by force if it must be."""
        for _ in range(2):
            if self.process.poll() is None:
                self.send(signal.SIGTERM)
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    continue
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(10)


class Simulator:
    """One `seatrial simulate` process."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [COMMAND, "simulate", "--json", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.url: str = json.loads(self.process.stdout.readline())["url"]

    def saw(self) -> dict[str, Any]:
        found = fetch_json(f"{self.url}/-/simulate")
        assert isinstance(found, dict)
        return found

    def statuses(self) -> Counter[str]:
        return Counter(self.saw()["statuses"])

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)
        assert self.process.stdout is not None
        self.process.stdout.close()


class Twins:
    """Two simulations with one seed: one is called directly, the other through the relay.

    The same calls in the same order get the same bytes from both.
    """

    def __init__(
        self, direct: Simulator, behind: Simulator, instance: Instance
    ) -> None:
        self.direct = direct
        self.behind = behind
        self.instance = instance

    @property
    def bases(self) -> tuple[str, str]:
        """Where an SDK is pointed at: directly, and at the relay."""
        return self.direct.url, f"{self.instance.url}/sim"

    def bring_in_step(self) -> None:
        """Both must have had as many requests, also after a test that failed."""
        totals = {twin: twin.saw()["total"] for twin in (self.direct, self.behind)}
        most = max(totals.values())
        for twin, total in totals.items():
            for _ in range(most - total):
                fetch(f"{twin.url}/v1/models")

    def both(self, scenario: Callable[[str], T]) -> T:
        """What the scenario makes of either base, which must be the same."""
        direct, relayed = (scenario(base) for base in self.bases)
        assert relayed == direct
        return relayed

    def outcome(self, name: str) -> str:
        """Of the exchange that was named so."""
        (recording,) = self.instance.recordings_of(name)
        return str(recording["seatrial"]["outcome"])

    def wait_left(self, before: int) -> None:
        """The upstream must feel a client's leaving within a second; `before` were felt."""
        until(
            lambda: (
                (saw := self.behind.saw())["aborted_by_client"] > before
                and not saw["in_flight"]
            ),
            "the upstream's end",
            1.0,
        )
