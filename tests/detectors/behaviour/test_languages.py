"""Six languages beside English are read, others are left unclassified.

Prints each language's figure: `pytest -s tests/detectors/behaviour/test_languages.py`.
"""

import pytest

from proxy.detectors.behaviour.classify import classify
from proxy.detectors.behaviour.language import language_of
from proxy.model.behaviour import Reply
from tests.detectors.behaviour.languages import OTHERS, REPLIES

BAR = 0.85
"""Of the behaviours; of asking or not, and of the language itself, it is ASKING_BAR."""
ASKING_BAR = 0.9


def right(language: str, said: str, text: str) -> tuple[bool, bool, bool]:
    reading = classify(Reply(text=text))
    asks = said == "ask"
    behaviour = reading.clarifying if asks else reading.behaviour == said
    return behaviour, reading.clarifying == asks, reading.language == language


@pytest.mark.parametrize("language", REPLIES)
def test_language_is_read(language: str) -> None:
    rows = [right(language, said, text) for said, text in REPLIES[language]]
    shares = [sum(row[at] for row in rows) / len(rows) for at in range(3)]
    print(
        f"{language}: n {len(rows)}, behaviour {shares[0]:.2f}, "
        f"asking {shares[1]:.2f}, language {shares[2]:.2f}"
    )
    assert len(rows) >= 20
    assert shares[0] >= BAR
    assert min(shares[1:]) >= ASKING_BAR


@pytest.mark.parametrize("text", OTHERS)
def test_other_languages_are_unclassified(text: str) -> None:
    reading = classify(Reply(text=text))
    assert (reading.behaviour, reading.language) == ("unclassified", "other")
    assert reading.clarifying_probability is None


@pytest.mark.parametrize(
    ("text", "user", "language"),
    [
        pytest.param("NASCAR", "Which race?", "en", id="a name, asked in English"),
        pytest.param(
            "Lima", "¿Cuál es la capital de Perú?", "es", id="a name, asked in Spanish"
        ),
        pytest.param("42", "いくつですか", "ja", id="a number, asked in Japanese"),
        pytest.param("ok", "", "en", id="nothing to go by"),
        pytest.param(
            "東京", "首都はどこですか", "zh", id="han alone is read as Chinese"
        ),
    ],
)
def test_short_replies_take_the_language_of_the_user(
    text: str, user: str, language: str
) -> None:
    assert language_of(text, user) == language
