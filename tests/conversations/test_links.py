"""The links of the recorded corpus: found, and no others."""

import random

import pytest

from tests.conversations import links

PRECISION = 0.99
RECALL = 0.97
SEEDS = 8


@pytest.fixture(scope="module")
def corpus() -> list[links.Line]:
    found = list(links.corpus())
    if not found:
        pytest.skip(f"no recorded exchanges in {links.CORPUS}; set SEATRIAL_DATA")
    return found


def test_within_each_cassette(corpus: list[links.Line]) -> None:
    placed = {}
    for cassette in links.cassettes(corpus):
        placed |= links.placed(cassette)
    score = links.score(corpus, placed)
    print(score, *score.wrong, *score.missed, sep="\n")
    assert score.precision >= PRECISION
    assert score.recall >= RECALL
    assert not links.score(corpus, placed, by_the_letter=False).wrong


@pytest.mark.parametrize("seed", range(SEEDS))
def test_all_interleaved(corpus: list[links.Line], seed: int) -> None:
    row = links.interleaved(links.cassettes(corpus), random.Random(seed))
    placed = links.placed(row)
    print("by the letter:", links.score(row, placed))
    score = links.score(row, placed, by_the_letter=False)
    print(score, *score.left_out, *score.wrong, *score.missed, sep="\n")
    assert score.precision >= PRECISION
    assert score.recall >= RECALL


def test_interleaving_changes_nothing_but_what_looks_the_same(
    corpus: list[links.Line],
) -> None:
    alone = {}
    for cassette in links.cassettes(corpus):
        alone |= links.placed(cassette)
    row = links.interleaved(links.cassettes(corpus), random.Random(0))
    together = links.placed(row)
    changed = [
        id
        for id, one in alone.items()
        if one.parent != together[id].parent and together[id].confidence != "ambiguous"
    ]
    # Some cassettes hold the continuation of a conversation that another one begins.
    assert len(changed) <= 0.01 * sum(one.parent is not None for one in alone.values())
