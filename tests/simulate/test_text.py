"""Texts by behaviour, and their pieces."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.simulate import phrases
from proxy.simulate.text import compose, count_words, even, pieces


@pytest.mark.parametrize("seed", range(20))
def test_a_clarifying_question_ends_with_a_question(seed: int) -> None:
    said = compose("clarifying_question", "", random.Random(seed), None)
    assert said.endswith("?")


@pytest.mark.parametrize("behaviour", ["answer", "refusal"])
@pytest.mark.parametrize("seed", range(20))
def test_answers_and_refusals_ask_nothing(behaviour: str, seed: int) -> None:
    assert "?" not in compose(behaviour, "", random.Random(seed), None)


@pytest.mark.parametrize("length", [1, 7, 500])
def test_an_answer_has_exactly_the_words_asked_for(length: int) -> None:
    said = compose("answer", "", random.Random(1), length)
    assert count_words(said) == length


def test_a_long_question_is_led_in_by_statements() -> None:
    said = compose("clarifying_question", "", random.Random(1), 200)
    assert count_words(said) >= 200
    assert said.endswith("?")


def test_answers_vary_with_the_seed() -> None:
    said = {compose("answer", "", random.Random(seed), None) for seed in range(100)}
    assert len(said) == 100


def test_a_prompt_is_answered_from_its_own_field() -> None:
    said = compose("answer", "What dose does the patient need?", random.Random(3), 300)
    assert any(detail in said for detail in phrases.HEALTHCARE.details)
    assert not any(detail in said for detail in phrases.LEGAL.details)


@pytest.mark.parametrize("domain", phrases.DOMAINS, ids=lambda domain: domain.name)
def test_every_template_can_be_filled(domain: phrases.Domain) -> None:
    for template in (*domain.answers, *domain.questions, *domain.refusals):
        assert "{" not in template.format(subject="s", detail="d", number=1)


@given(st.text(), st.none() | st.integers(1, 50))
def test_pieces_of_a_text_join_to_it(text: str, count: int | None) -> None:
    text = text.rstrip()
    assert "".join(pieces(text, count)) == text


@given(st.lists(st.text(min_size=1), min_size=1), st.integers(1, 50))
def test_even_groups_are_as_many_as_asked_and_never_empty(
    parts: list[str], count: int
) -> None:
    groups = even(parts, count)
    assert len(groups) == min(count, len(parts))
    assert all(groups)
