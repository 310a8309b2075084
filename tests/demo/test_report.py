"""When a demo went well."""

from dataclasses import replace
from pathlib import Path

import pytest

from proxy.demo.calls import Identity
from proxy.demo.figures import Figures, RouteFigures
from proxy.demo.report import Report


def figures(measured: float, dropped: float = 0.0, **given: bool) -> Figures:
    return Figures(
        routes={"openai": RouteFigures(measured)}, dropped={"relay": dropped}, **given
    )


GOOD = Report(
    mode="simulated",
    seed=0,
    seconds=5.0,
    sent=100,
    endings={"ok": 97, "4xx": 3},
    peak=7,
    figures=figures(100),
    identity=None,
    folder=Path("demo"),
    recordings=[Path("demo/recordings/one.jsonl")],
    metrics=Path("demo/metrics.prom"),
)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="all measured"),
        pytest.param({"figures": figures(98, dropped=2)}, id="the rest was dropped"),
        pytest.param({"figures": figures(101)}, id="somebody tried the relay"),
        pytest.param({"identity": Identity(100, 100)}, id="all answers identical"),
    ],
)
def test_it_went_well(change: dict) -> None:
    assert replace(GOOD, **change).problem is None


@pytest.mark.parametrize(
    ("change", "told"),
    [
        pytest.param(
            {"figures": figures(98, dropped=1)}, "1 went unnoticed", id="lost"
        ),
        pytest.param({"sent": 0}, "no request was sent", id="no traffic"),
        pytest.param(
            {"endings": {"5xx": 100}}, "no request succeeded", id="all failed"
        ),
        pytest.param({"identity": Identity(100, 99)}, "1 answers differ", id="differs"),
        pytest.param({"broken": "serve ended"}, "serve ended", id="died"),
        pytest.param(
            {"figures": figures(100, write_failing=True)},
            "could not be written",
            id="recordings lost",
        ),
    ],
)
def test_it_did_not(change: dict, told: str) -> None:
    assert told in (replace(GOOD, **change).problem or "")


def test_commands_to_look_closer_survive_a_space_in_the_path() -> None:
    report = replace(GOOD, recordings=[Path("my demo/one.jsonl")])
    assert any("'my demo/one.jsonl'" in command for _, command in report.look_closer())
