"""Clients that leave before the answer has ended."""

from typing import Any

import pytest

from proxy.detectors import abandonment
from proxy.recording.recording import Outcome
from tests.make import make_exchange


@pytest.mark.parametrize("outcome", ["complete", "upstream_cut", "refused"])
def test_who_stays_does_not_abandon(outcome: Outcome) -> None:
    assert abandonment.read(make_exchange(), outcome, "e1", 1.0) == []


@pytest.mark.parametrize(
    ("given", "stage"),
    [
        pytest.param({"said": "Well"}, "in_answer", id="words"),
        pytest.param({"said": "", "reasoning": "Hm"}, "in_reasoning", id="thoughts"),
        pytest.param({"said": ""}, "before_answer", id="nothing yet"),
    ],
)
def test_stage_is_how_far_the_answer_came(given: dict[str, Any], stage: str) -> None:
    (found,) = abandonment.read(make_exchange(**given), "client_gone", "e1", 1.0)
    assert (found.name, found.value) == ("abandonment", stage)
