"""Rules ask for what exists, every alert has a runbook and tests, and the examples fit."""

import json
import re
from typing import Any

import pytest
import yaml

from dashboards.source import generated
from dashboards.source.live_traffic import UPSTREAM_FAULTS
from proxy.settings import Settings
from tests.dashboards.promql import ADDED, mistakes

FOLDER = generated.FOLDER
CONFIG = FOLDER.parent / "config"
RUNBOOKS = sorted((FOLDER / "runbooks").glob("*.md"))


def rules(name: str) -> list[dict[str, Any]]:
    document = yaml.safe_load((FOLDER / "rules" / name).read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


RECORDS, ALERTS = rules("recording.yaml"), rules("alerts.yaml")
NAMES = {rule["alert"] for rule in ALERTS}
TARGET = {"job", "route", "model", "variant"}
RECORDED: dict[str, set[str]] = {
    "up": ADDED,
    **{
        rule["record"]: set()
        if rule["expr"].startswith("vector")
        else set(re.findall(r"\w+", re.findall(r"sum by \(([^)]*)\)", rule["expr"])[0]))
        if "sum by" in rule["expr"]
        else TARGET
        for rule in RECORDS
    },
}
CASES = [
    case
    for file in sorted((FOLDER / "rules" / "tests").glob("*.yaml"))
    for test in yaml.safe_load(file.read_text())["tests"]
    for case in test["alert_rule_test"]
]


@pytest.mark.parametrize(
    "rule", [*RECORDS, *ALERTS], ids=lambda rule: rule.get("record") or rule["alert"]
)
def test_a_rule_asks_for_what_exists(rule: dict[str, Any]) -> None:
    assert mistakes(rule["expr"], RECORDED) == []


def test_rules_and_dashboards_blame_the_same_errors() -> None:
    text = (FOLDER / "rules" / "recording.yaml").read_text()
    assert set(re.findall(r'error_type=~"([^"]+)"', text)) == {
        "|".join(UPSTREAM_FAULTS)
    }


@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_an_alert_says_what_is_wrong_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in ("page", "ticket")
    notes = rule["annotations"]
    assert set(notes) == {"summary", "description", "runbook"}
    page = FOLDER.parent / notes["runbook"]
    assert page == FOLDER / "runbooks" / f"{rule['alert']}.md"
    text = page.read_text()
    assert text.startswith(f"# {rule['alert']}\n")
    assert f"(`severity: {rule['labels']['severity']}`)" in text


@pytest.mark.parametrize("page", RUNBOOKS, ids=lambda page: page.stem)
def test_a_runbook_names_what_exists(page: Any) -> None:
    assert page.stem in NAMES
    text = page.read_text()
    titles = [
        panel["title"]
        for file in (FOLDER / "grafana").glob("*.json")
        for panel in json.loads(file.read_text())["panels"]
    ]
    for named in re.findall(r"\*\*([^*]+)\*\*", text):
        assert any(title.startswith(named) for title in titles), named
    for heading in ("## What it means", "## What to do", "## When it is wrong"):
        assert f"\n{heading}\n" in text


@pytest.mark.parametrize("alert", sorted(NAMES))
def test_an_alert_is_shown_to_fire(alert: str) -> None:
    assert any(c["alertname"] == alert and c["exp_alerts"] for c in CASES)


QUIET_BY_THEIR_OTHERS = {
    "SeatrialOverheadHigh",
    "SeatrialRecordingsNotWritten",
    "SeatrialRelayDown",
}
"""Their tests hold a series that fires and others beside it that do not."""


@pytest.mark.parametrize("alert", sorted(NAMES - QUIET_BY_THEIR_OTHERS))
def test_an_alert_is_shown_to_keep_quiet(alert: str) -> None:
    assert any(c["alertname"] == alert and not c["exp_alerts"] for c in CASES)


def test_inhibitions_name_alerts_that_exist() -> None:
    text = (CONFIG / "alertmanager" / "alertmanager.yaml").read_text()
    named = set(re.findall(r"Seatrial\w+", text))
    assert named
    assert named <= NAMES


def test_the_scrape_example_fits_the_alerts_and_the_default_port() -> None:
    example = yaml.safe_load((CONFIG / "prometheus" / "prometheus.yaml").read_text())
    (job,) = example["scrape_configs"]
    assert job["job_name"] == "seatrial"
    assert job["static_configs"] == [{"targets": [Settings().admin.listen]}]
