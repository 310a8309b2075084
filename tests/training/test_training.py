"""The shipped weights are what the script makes of the data, and they meet their bars.

Prints the figures: `pytest -s tests/training`.
"""

import pytest

from proxy.detectors import weights as shipped
from tests.training.__main__ import WEIGHTS
from tests.training.data import FOLDER
from tests.training.figures import Share, figures, lines
from tests.training.records import Record, load, made
from tests.training.templates import examples
from tests.training.training import by_source, encode, left_out, weights

MOST_WEIGHTS, MOST_BYTES = 10_000, 300_000
F1_BAR, BAR = 0.92, 0.90
POLITE_BAR, OTHERWISE_BAR = 0.04, 0.08


@pytest.fixture(scope="module")
def labelled() -> list[Record]:
    if not FOLDER.is_dir():
        pytest.skip(f"the labelled replies are not here: {FOLDER}")
    return load(FOLDER)


def test_templates_are_the_same_at_every_run() -> None:
    assert list(examples()) == list(examples())


def test_templates_cover_asking_and_not_asking() -> None:
    asking = sum(example.clarifying for example in examples())
    assert 500 < asking < len(list(examples())) - 500


@pytest.mark.parametrize(
    ("part", "of", "low", "high"),
    [
        pytest.param(0, 10, 0.0, 0.2775, id="none of ten"),
        pytest.param(5, 10, 0.2366, 0.7634, id="half of ten"),
        pytest.param(95, 100, 0.8883, 0.9785, id="95 of a hundred"),
    ],
)
def test_intervals_are_wilsons(part: int, of: int, low: float, high: float) -> None:
    assert Share(of, part).interval() == pytest.approx((low, high), abs=1e-4)


def test_weights_are_few_and_small() -> None:
    weights = shipped.behaviour()
    assert len(weights.grams) + len(weights.facts) + 1 <= MOST_WEIGHTS
    assert WEIGHTS.stat().st_size < MOST_BYTES


@pytest.mark.timeout(300)
def test_shipped_weights_are_reproduced(labelled: list[Record]) -> None:
    assert encode(weights(labelled, made())) == WEIGHTS.read_bytes()


@pytest.mark.timeout(600)
def test_bars_hold_on_sources_that_were_left_out(labelled: list[Record]) -> None:
    said = left_out(labelled, made(), by_source)
    print(*lines("leave one source out", labelled, said), sep="\n")
    found = figures(labelled, said)
    assert (found.f1 or 0) >= F1_BAR
    assert (found.precision.value or 0) >= BAR
    assert (found.recall.value or 0) >= BAR
    assert (found.polite.value or 0) <= POLITE_BAR
    assert (found.otherwise.value or 0) <= OTHERWISE_BAR
