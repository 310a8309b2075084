"""The real monitor process, started by a small stand-in for the supervisor."""

import asyncio
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from proxy.recording.control import Beat, Begin, Control, Ready
from proxy.recording.frames import Decoder
from proxy.settings import Settings
from tests.make import make_frame

DEADLINE = 20.0


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f"never happened: {what}"
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class MonitorProcess:
    """`settings` as the YAML file would give them; folders lie below `folder`."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.port = free_port()
        given = {
            "instance": {"run_dir": str(folder / "run")},
            "admin": {"listen": f"127.0.0.1:{self.port}"},
            "relay": {"workers": 1},
            "store": {"url": f"sqlite:{folder}/seatrial.db"},
            **settings,
        }
        self.settings = Settings.model_validate(given)
        self.run_dir = self.settings.instance.run_dir
        self.log = folder / "monitor.log"
        self.line: socket.socket | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.decoder: Decoder[Control] = Decoder(Control)  # type: ignore[arg-type]

    def __enter__(self) -> "MonitorProcess":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, environ: Mapping[str, str] | None = None) -> None:
        self.launch(environ)
        self.wait_for(Ready)

    def kill_and_start(self) -> None:
        """What a supervisor does after a crash."""
        self.signal(signal.SIGKILL)
        self.exit_status()
        self.start()

    def launch(self, environ: Mapping[str, str] | None = None) -> None:
        if self.line is not None:
            self.line.close()
        self.line, theirs = socket.socketpair()
        self.decoder = Decoder(Control)  # type: ignore[arg-type]  # a union
        with theirs, self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "proxy.monitor.main"),
                    *("--control", str(theirs.fileno())),
                ],
                pass_fds=[theirs.fileno()],
                stderr=log,
                env={**os.environ, **(environ or {})},
            )
        encoded = self.settings.model_dump_json().encode()
        self.say(Begin(name="monitor", settings=encoded, secret=b"", listeners=[]))

    def say(self, message: Control) -> None:
        assert self.line is not None
        self.line.sendall(make_frame(message))

    def heard(self, seconds: float = 0.0) -> list[Control]:
        """What the monitor said; EOFError when it hung up."""
        assert self.line is not None
        readable, _, _ = select.select([self.line], [], [], seconds)
        if not readable:
            return []
        data = self.line.recv(65536)
        if not data:
            raise EOFError
        return list(self.decoder.feed(data))

    def wait_for(self, kind: type[Ready] | type[Beat]) -> None:
        end = time.monotonic() + DEADLINE
        while time.monotonic() < end:
            if any(isinstance(message, kind) for message in self.heard(0.1)):
                return
        raise AssertionError(f"no {kind.__name__}: {self.log.read_text()}")

    def relay(self) -> socket.socket:
        """A relay's connection to the monitor."""
        connected = socket.socket(socket.AF_UNIX)
        connected.settimeout(DEADLINE)
        connected.connect(str(self.run_dir / "monitor.sock"))
        return connected

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        plain = {"Accept-Encoding": "identity"}
        return asyncio.run(self.fetch(path, {**plain, **(headers or {})}))

    async def fetch(self, path: str, headers: Mapping[str, str]) -> Answer:
        timeout = aiohttp.ClientTimeout(total=DEADLINE)
        url = f"http://127.0.0.1:{self.port}{path}"
        async with (
            aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as session,
            session.get(url, headers=dict(headers)) as response,
        ):
            body = await response.read()
            return Answer(response.status, response.headers.copy(), body)

    def value(self, name: str, **labels: str) -> float:
        """The sum over the series of that name that carry these labels."""
        body = self.get("/metrics").body.decode()
        return sum(
            sample.value
            for family in text_string_to_metric_families(body)
            for sample in family.samples
            if sample.name == name and labels.items() <= sample.labels.items()
        )

    def wait_value(self, wanted: float, name: str, **labels: str) -> None:
        wait_until(
            lambda: self.value(name, **labels) == wanted, f"{name} {labels} = {wanted}"
        )

    def logs(self) -> str:
        return self.log.read_text()

    def exit_status(self) -> int:
        assert self.process is not None
        return self.process.wait(DEADLINE)

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def close(self) -> None:
        if self.line is not None:
            self.line.close()
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGCONT)
        try:
            self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
