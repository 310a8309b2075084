"""What the proofs replace in the rules is durations, and nothing else."""

import re
from pathlib import Path

import pytest

from tests.proof.monitoring import RULES, quickened

DURATION = r"\b\d+[smhd]\b"


@pytest.mark.parametrize(
    "file", sorted(RULES.glob("*.yaml")), ids=lambda file: file.stem
)
def test_quickened_rules_differ_in_durations_only(file: Path) -> None:
    shipped = file.read_text()
    quick = quickened(shipped)
    assert quick != shipped
    assert re.sub(DURATION, "", quick) == re.sub(DURATION, "", shipped)


def test_names_keep_the_window_they_are_shipped_with() -> None:
    rule = "record: a:b:ratio_rate5m\nexpr: rate(x[5m] offset 1h)\nfor: 5m\n"
    assert quickened(rule) == (
        "record: a:b:ratio_rate5m\nexpr: rate(x[10s] offset 50s)\nfor: 15s\n"
    )
