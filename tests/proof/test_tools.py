"""Prometheus' and Alertmanager's own tools accept what is shipped, and what is exported."""

import subprocess
from pathlib import Path

import pytest

from tests.e2e.instances import fetch, until
from tests.proof.conftest import Stack
from tests.proof.monitoring import RULES, promtool_config
from tests.proof.programs import ROOT, program

pytestmark = pytest.mark.proof


def said(
    *argv: str, given: bytes | None = None, seconds: float = 30
) -> tuple[int, str]:
    done = subprocess.run(
        argv,
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds,
        check=False,
    )
    return done.returncode, done.stdout.decode()


def test_promtool_finds_nothing_in_a_real_scrape(stack: Stack) -> None:
    until(
        lambda: stack.instance.count("seatrial_recovery_episodes_total"), "traffic", 60
    )
    _, body = fetch(f"{stack.instance.admin}/metrics")
    status, text = said(program("promtool"), "check", "metrics", given=body)
    assert (status, text) == (0, "")


def test_the_prometheus_example_and_the_rules_check(tmp_path: Path) -> None:
    file = promtool_config(tmp_path)
    status, text = said(program("promtool"), "check", "config", str(file))
    assert status == 0, text
    rules = map(str, sorted(RULES.glob("*.yaml")))
    checked = said(program("promtool"), "check", "rules", "--lint=all", *rules)
    assert checked[0] == 0, checked[1]


@pytest.mark.parametrize(
    "file", sorted((RULES / "tests").glob("*.yaml")), ids=lambda file: file.stem
)
def test_rules_do_as_their_tests_say(file: Path) -> None:
    status, text = said(program("promtool"), "test", "rules", str(file), seconds=110)
    assert status == 0, text


ALERTMANAGER = ROOT / "config" / "alertmanager" / "alertmanager.yaml"


def test_the_alertmanager_example_checks() -> None:
    status, text = said(program("amtool"), "check-config", str(ALERTMANAGER))
    assert status == 0, text


@pytest.mark.parametrize(
    ("severity", "receiver"), [("page", "pages"), ("ticket", "tickets")]
)
def test_a_severity_has_its_receiver(severity: str, receiver: str) -> None:
    status, text = said(
        *(program("amtool"), "config", "routes", "test"),
        *(f"--config.file={ALERTMANAGER}", f"severity={severity}"),
    )
    assert (status, text.splitlines()[-1]) == (0, receiver), text
