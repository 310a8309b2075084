"""Caution never counts against a model: only too many questions, loops, success that was
none, and errors dropped in silence do (DETECTORS, section 3)."""

import pytest

from proxy.detectors.tools.recovery import signals
from proxy.model.signal import NAMES, WEIGHTS, Signal, counts_against
from tests.detectors.tools.talk import OUTAGE, asked, called, gave, said, whole

FAILS = (asked(), called("send_mail", to="ann"), gave(OUTAGE))


def make_signal(name: str, value: object, evidence: str = "rule") -> Signal:
    return Signal(name, value, "c1", 1.0, "live", evidence)  # type: ignore[arg-type]  # any name, to show what is refused


def held_against(*messages: object) -> set[str]:
    found = whole(*messages)  # type: ignore[arg-type]  # messages, passed through
    return {s.name for s in signals(found, "c1", 1.0) if counts_against(s)}


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("I'm sorry, the mail could not be sent.", id="tells the user"),
        pytest.param("Which address did you mean?", id="asks"),
        pytest.param("I am transferring you to a support agent.", id="hands over"),
        pytest.param("I can't send mail to that person.", id="refuses"),
    ],
)
def test_honest_stop_is_not_held_against(reply: str) -> None:
    assert held_against(*FAILS, said(reply)) == set()


def test_silent_drop_is_held_against() -> None:
    assert held_against(*FAILS, said("")) == {"tool_outcome", "tool_episode"}


def test_false_success_is_held_against() -> None:
    found = held_against(*FAILS, said("The mail has been sent."))
    assert found == {"tool_outcome", "tool_episode"}


def test_loop_of_one_call_is_held_against() -> None:
    again = [called("send_mail", to="ann"), gave(OUTAGE)] * 3
    found = held_against(asked(), *again, said("Sorry, it failed."))
    assert found == {"tool_loop"}


def test_one_retry_with_the_same_words_is_not_held_against() -> None:
    again = [called("send_mail", to="ann"), gave(OUTAGE)]
    assert held_against(*FAILS, *again, said("Sorry, it failed.")) == set()


def test_recovery_is_not_held_against() -> None:
    again = [called("send_mail", to="ann@x"), gave("Mail sent.")]
    assert held_against(*FAILS, *again, said("Sent.")) == set()


@pytest.mark.parametrize(
    "behaviour",
    [
        *("answer", "answer_plus_clarify", "clarifying_question", "confirmation"),
        *(
            "offer",
            "refusal",
            "abstention",
            "tool_call",
            "empty",
            "cut",
            "unclassified",
        ),
    ],
)
def test_no_behaviour_is_held_against(behaviour: str) -> None:
    assert not counts_against(make_signal("behaviour", behaviour))


@pytest.mark.parametrize(
    ("name", "value", "against"),
    [
        pytest.param("clarifying", True, False, id="a question"),
        pytest.param("questions", 2, False, id="two questions"),
        pytest.param("interrogation", True, True, id="an interrogation"),
        pytest.param("re_asked", True, True, id="asks what was said"),
        pytest.param("re_asked", False, False, id="asks what was not said"),
        pytest.param("asked_again", True, False, id="asks for the next thing"),
        pytest.param("user_correction", True, False, id="the user corrects"),
        pytest.param("abandonment", "in_answer", False, id="the client left"),
        pytest.param("filtered", True, False, id="the provider filtered"),
    ],
)
def test_signal(name: str, value: object, against: bool) -> None:
    assert counts_against(make_signal(name, value)) is against


def test_what_counts_against_is_a_short_list() -> None:
    found = {
        name
        for name, weight in WEIGHTS.items()
        if "against" in (weight.values() if isinstance(weight, dict) else [weight])
    }
    assert found == {
        *("interrogation", "re_asked"),  # asks too much
        *("tool_outcome", "tool_episode", "tool_loop"),
    }


def test_every_signal_has_a_weight() -> None:
    assert set(WEIGHTS) == set(NAMES)
