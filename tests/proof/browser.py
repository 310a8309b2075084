"""Headless Chromium, spoken to over its DevTools protocol."""

import base64
import json
import re
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.e2e.instances import until
from tests.proof.programs import program

WIDTH = 1500
SECONDS = 60.0


class Browser:
    """One page. What the page logs as errors is kept in `complaints`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "chromium.log"
        self.number = 0
        self.complaints: list[str] = []
        self.session: str | None = None
        self.opened = ExitStack()

    def __enter__(self) -> "Browser":
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [
                    program("chromium"),
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--hide-scrollbars",
                    "--remote-debugging-port=0",
                    f"--user-data-dir={self.folder / 'profile'}",
                    "about:blank",
                ],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        with self.opened:
            self.opened.callback(self.end)
            self.socket = self.opened.enter_context(
                connect(self.address(), max_size=None)
            )
            self.attach()
            self.opened = self.opened.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self.opened.close()

    def attach(self) -> None:
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Page", "Runtime"):
            self.ask(f"{domain}.enable")

    def address(self) -> str:
        def find() -> str | None:
            assert self.process.poll() is None, self.log.read_text()[-2000:]
            found = re.search(r"DevTools listening on (\S+)", self.log.read_text())
            return found[1] if found else None

        return until(find, "Chromium's address", SECONDS) or ""

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        self.socket.send(json.dumps(message))
        while True:
            answer = json.loads(self.socket.recv(timeout=SECONDS))
            if answer.get("id") == self.number:
                assert "error" not in answer, answer
                result: dict[str, Any] = answer["result"]
                return result
            self.listen(answer)

    def listen(self, event: dict[str, Any]) -> None:
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(event["params"]))

    def value(self, script: str) -> Any:
        found = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    def open(self, url: str, height: int) -> None:
        """Load a page that says READY in its title when it is drawn."""
        self.complaints.clear()
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=WIDTH,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )
        self.ask("Page.navigate", url=url)
        until(lambda: self.value("document.title") in ENDINGS, f"{url} drawn", SECONDS)

    def picture(self) -> bytes:
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        return base64.b64decode(shot["data"])

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


ENDINGS = ("READY", "FAILED")
