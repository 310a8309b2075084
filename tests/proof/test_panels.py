"""Every panel shows something, asked of a real Prometheus and drawn by Grafana's own code."""

import os
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.proof.browser import Browser
from tests.proof.conftest import Regressed, Stack
from tests.proof.dashboards import FILES, VARIABLES, height, load, panels, substituted
from tests.proof.programs import program, renderer

pytestmark = [pytest.mark.proof, pytest.mark.timeout(600)]

EACH = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
SECONDS_SHOWN = 150
FEWEST_PIXELS = 50
"""Of a chart that has a line in it."""
SAID_WHERE_THERE_IS_NOTHING = ("No data", "no traffic", "insufficient evidence")


@EACH
def test_every_query_returns_a_number(
    stack: Stack, regressed: Regressed, file: Path
) -> None:
    assert [
        (panel["title"], target["refId"])
        for panel in panels(load(file))
        for target in panel["targets"]
        if not numbers(stack.prometheus.query(substituted(target["expr"])))
    ] == []


def numbers(found: list[dict[str, Any]]) -> list[str]:
    values = [series["value"][1] for series in found]
    return [value for value in values if value not in ("NaN", "+Inf", "-Inf")]


@EACH
def test_dashboards_are_as_grafana_11_and_12_describe_them(file: Path) -> None:
    checked = subprocess.run(
        [program("node"), "schema.mjs", str(file)],
        cwd=renderer(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert checked.stdout + checked.stderr == ""
    assert checked.returncode == 0


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The address of the renderer's page and of the dashboards beside it."""
    folder = renderer()
    for file in FILES:
        (folder / file.name).write_bytes(file.read_bytes())
    handler = partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join(10)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as browser:
        yield browser


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pictures go: no run changes the committed ones unless it is told to."""
    told = os.environ.get("SEATRIAL_SCREENSHOTS")
    return Path(told) if told else tmp_path_factory.mktemp("screenshots")


def shown(
    stack: Stack, pages: str, browser: Browser, file: Path, **choices: str
) -> dict[str, Any]:
    """Draws a dashboard and returns it."""
    dashboard = load(file)
    now = int(time.time())  # noqa: TID251  # the newest that there is to be shown
    asked = {
        "dashboard": f"{pages}/{file.name}",
        "prometheus": stack.prometheus.url,
        "from": now - SECONDS_SHOWN,
        "to": now,
        **{f"${name}": value for name, value in (VARIABLES | choices).items()},
    }
    url = f"{pages}/index.html?{urllib.parse.urlencode(asked)}"
    browser.open(url, height(dashboard))
    assert browser.complaints == []
    assert browser.value("document.title") == "READY", text(browser)
    return dashboard


def text(browser: Browser) -> str:
    return str(browser.value("document.body.innerText"))


@EACH
def test_every_panel_is_drawn(
    stack: Stack,
    regressed: Regressed,
    pages: str,
    browser: Browser,
    file: Path,
    pictures: Path,
) -> None:
    dashboard = shown(stack, pages, browser, file)
    (pictures / f"{file.stem}.png").write_bytes(browser.picture())
    problems = "[...document.querySelectorAll('.problem')].map(e => e.innerText)"
    assert browser.value(problems) == []
    said = text(browser)
    assert [word for word in SAID_WHERE_THERE_IS_NOTHING if word in said] == []
    charts = [one for one in panels(dashboard) if one["type"] == "timeseries"]
    drawn = {one["title"]: browser.value(f"coloured({one['id']})") for one in charts}
    assert [title for title, pixels in drawn.items() if pixels < FEWEST_PIXELS] == []
    titles = [panel["title"] for panel in panels(dashboard)]
    assert [title for title in titles if title not in said] == []


LIVE_TRAFFIC = next(file for file in FILES if file.stem == "live-traffic")


def test_few_conversations_are_insufficient_evidence(
    stack: Stack, regressed: Regressed, pages: str, browser: Browser
) -> None:
    few = {"route": "gemini", "variant": "candidate", "window": "6s"}
    shown(stack, pages, browser, LIVE_TRAFFIC, **few)
    assert "insufficient evidence" in text(browser)


def test_a_model_without_traffic_says_so(
    stack: Stack, regressed: Regressed, pages: str, browser: Browser
) -> None:
    dashboard = shown(stack, pages, browser, LIVE_TRAFFIC, route="unused")
    stats = [one["title"] for one in panels(dashboard) if one["type"] == "stat"]
    # All but the count of changes, which is 0 then.
    assert text(browser).count("no traffic") >= len(stats) - 1
