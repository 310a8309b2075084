"""A real Prometheus and a real Alertmanager with the shipped files, in quick motion.

What is replaced is named here and nowhere else: addresses, intervals, and the windows and
`for` of the rules. Names, expressions and thresholds are those that are shipped.
"""

import json
import re
import shutil
import subprocess
import urllib.parse
from pathlib import Path
from typing import Any

import yaml

from tests.e2e.instances import fetch, fetch_json, free_port, until
from tests.proof.programs import ROOT, program

WINDOWS = {
    "5m": "10s",
    "10m": "20s",
    "15m": "20s",
    "30m": "20s",
    "1h": "50s",
    "2h": "50s",
    "6h": "60s",
    "1d": "90s",
    "3d": "120s",
}
HOLDS = {"2m": "10s", "5m": "15s", "15m": "15s"}
"""`for`, shortened."""
RULES = ROOT / "dashboards" / "rules"


def quickened(rules: str) -> str:
    """The rules with short windows; a window that has no short form is an error."""
    found = re.sub(
        r"\[(\w+)\]|offset (\w+)",
        lambda m: f"[{WINDOWS[m[1]]}]" if m[1] else f"offset {WINDOWS[m[2]]}",
        rules,
    )
    return re.sub(r"(?m)for: (\w+)$", lambda m: f"for: {HOLDS[m[1]]}", found)


class Server:
    """One process that answers on a port of its own."""

    def __init__(self, folder: Path, ready: str, port: int, *argv: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / "log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        try:
            until(lambda: self.answers(ready), f"an answer of {argv[0]}", 60)
        except AssertionError:
            self.end()
            raise

    def answers(self, path: str) -> bool:
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        return fetch(f"{self.url}{path}")[0] == 200

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


class Prometheus(Server):
    def __init__(self, folder: Path, seatrial: str, alertmanager: str) -> None:
        folder.mkdir()
        settings = yaml.safe_load(
            (ROOT / "config" / "prometheus" / "prometheus.yaml").read_text()
        )
        settings["global"] = {"scrape_interval": "2s", "evaluation_interval": "1s"}
        (manager,) = settings["alerting"]["alertmanagers"]
        manager["static_configs"][0]["targets"] = [alertmanager.removeprefix("http://")]
        (scraped,) = settings["scrape_configs"]
        scraped["static_configs"][0]["targets"] = [seatrial.removeprefix("http://")]
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(settings))
        (folder / "rules").mkdir()
        for file in RULES.glob("*.yaml"):
            (folder / "rules" / file.name).write_text(quickened(file.read_text()))
        port = free_port()
        super().__init__(
            folder,
            "/-/ready",
            port,
            program("prometheus"),
            "--config.file=prometheus.yaml",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--rules.alert.resend-delay=2s",
        )

    def query(self, promql: str) -> list[dict[str, Any]]:
        """The series of an instant query."""
        query = urllib.parse.urlencode({"query": promql})
        answer = fetch_json(f"{self.url}/api/v1/query?{query}")
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def value(self, promql: str) -> float | None:
        """The one number of a query; None where there is none."""
        found = self.query(promql)
        assert len(found) <= 1, found
        return float(found[0]["value"][1]) if found else None

    def fired(self) -> set[str]:
        """Alerts that fired at any time since the start."""
        found = self.query('count_over_time(ALERTS{alertstate="firing"}[1h])')
        return {series["metric"]["alertname"] for series in found}


class Alertmanager(Server):
    def __init__(self, folder: Path, webhook: str) -> None:
        folder.mkdir()
        shipped = ROOT / "config" / "alertmanager" / "alertmanager.yaml"
        text = shipped.read_text().replace("http://127.0.0.1:9099", webhook)
        text = re.sub(r"group_wait: \w+", "group_wait: 1s", text)
        text = re.sub(r"group_interval: \w+", "group_interval: 2s", text)
        (folder / "alertmanager.yaml").write_text(text)
        port = free_port()
        super().__init__(
            folder,
            "/-/ready",
            port,
            program("prometheus-alertmanager"),
            "--config.file=alertmanager.yaml",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        )

    def inhibited(self) -> set[tuple[str, str]]:
        """Alerts held back by another one, with their route."""
        alerts = json.loads(fetch(f"{self.url}/api/v2/alerts")[1])
        return {
            (one["labels"]["alertname"], one["labels"].get("route", ""))
            for one in alerts
            if one["status"]["inhibitedBy"]
        }


def promtool_config(folder: Path) -> Path:
    """The shipped files laid out as the README says."""
    shutil.copytree(RULES, folder / "rules", ignore=shutil.ignore_patterns("tests"))
    return Path(shutil.copy(ROOT / "config" / "prometheus" / "prometheus.yaml", folder))
