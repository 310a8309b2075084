"""Users who correct or repeat themselves, and whether it is settled."""

# ruff: noqa: RUF001  # Chinese texts have commas of their own
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.conversations.fingerprints import Fingerprints
from proxy.detectors import corrections
from proxy.detectors.corrections import START, Open, is_correction
from proxy.model.exchange import Message
from proxy.model.signal import Signal

PRINTS = Fingerprints(b"key")

CORRECTS = [
    "No, I meant the blue one",
    "That's wrong.",
    "Your answer is wrong.",
    "that is not what I asked for",
    "no, the other file",
    "You misunderstood me",
    "it still doesn't compile",
    "As I said, the date is Friday",
    "I said 3pm not 5pm",
    "Incorrect, the capital is Canberra",
    "I already told you my order number",
    "you forgot the second part",
    "same error",
    "hmm that doesn\u2019t look right, it isn\u2019t working",
    "Nope, that's not it",
    "No, eso no es lo que pedí",
    "Eso está mal",
    "Non, ce n'est pas correct",
    "C'est faux",
    "Nein, das ist falsch",
    "Das stimmt nicht",
    "Não, isso está errado",
    "不对，我要的是红色",
    "違います、青いのです",
]
CONTENT = [
    "No problem, thanks!",
    "no thanks",
    "No, that's all, thank you",
    "No, that will be all",
    "No, I'm good",
    "No preference.",
    "No, I don't need anything else",
    "Thanks, that's right",
    "That's correct.",
    "Yes, please go ahead",
    "What does it mean when the light is red?",
    "I meant to ask about prices earlier, could you list the plans?",
    "Not sure, what do you suggest?",
    "How do I fix a broken pipe?",
    "The code works, great",
    "Is it wrong to lie?",
    "not yet, first tell me about the hotel",
    "Why is the sky not green?",
    "What's the right answer for 3?",
    "Actually, can you also add lunch?",
    "No hay problema, gracias",
    "Pas de problème, merci",
    "Kein Problem, danke",
    "Sem problema, obrigado",
    "好的，谢谢",
    "ありがとうございます",
]


@pytest.mark.parametrize("text", CORRECTS)
def test_is_a_correction(text: str) -> None:
    assert is_correction(text)


@pytest.mark.parametrize("text", CONTENT)
def test_is_none(text: str) -> None:
    assert not is_correction(text)


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert is_correction(text) in (True, False)


def read(*texts: str, state: Open = START, fresh: int = 0) -> tuple[list[Signal], Open]:
    """Users' words, with an answer between."""
    answer = Message("assistant", "Here you are.")
    users = [Message("user", text) for text in texts]
    messages = [m for user in users for m in (user, answer)][:-1]
    return corrections.read(messages, fresh, state, 7.0, PRINTS, "c1")


def told(found: list[Signal]) -> list[tuple[str, object]]:
    return [(signal.name, signal.value) for signal in found]


def test_first_message_corrects_nothing() -> None:
    assert read("That's wrong, says my teacher")[0] == []


def test_correction_is_resolved_by_a_turn_that_goes_on() -> None:
    found, _ = read("What is 2+2?", "That's wrong.", "And what is 3+3?")
    assert told(found) == [
        ("user_correction", True),
        ("correction_outcome", "resolved"),
    ]


def test_correction_is_unresolved_by_the_next_one() -> None:
    found, state = read("What is 2+2?", "That's wrong.", "Still wrong, that's wrong.")
    assert told(found)[1] == ("correction_outcome", "unresolved")
    assert state.pending == 1


def test_correction_without_a_next_turn_is_censored() -> None:
    _, state = read("What is 2+2?", "That's wrong.")
    assert told(corrections.close(state, 9.0, "c1")) == [
        ("correction_outcome", "censored")
    ]


def test_same_question_in_nearly_the_same_words_is_a_rephrase() -> None:
    found, _ = read(
        "How do I renew my passport in Spain?",
        "How can I renew my passport in Spain please?",
    )
    assert told(found) == [("user_rephrase", True)]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param("yes", "yes", id="short words repeat by chance"),
        pytest.param(
            "How do I renew my passport in Spain?",
            "Which documents does a child need?",
            id="another question",
        ),
    ],
)
def test_is_no_rephrase(one: str, two: str) -> None:
    assert read(one, two)[0] == []


def test_resent_history_is_counted_once() -> None:
    found, state = read("What is 2+2?", "That's wrong.")
    assert told(found) == [("user_correction", True)]
    again, _ = read("What is 2+2?", "That's wrong.", "And 3+3?", state=state, fresh=4)
    assert told(again) == [("correction_outcome", "resolved")]


def test_state_holds_no_words() -> None:
    _, state = read("My name is rosebud and I live in rosebud street", "rosebud, again")
    assert "rosebud" not in repr(state)
