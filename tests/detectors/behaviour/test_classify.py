"""What single replies are classified as."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detectors.behaviour.acts import Sign
from proxy.detectors.behaviour.classify import classify
from proxy.detectors.behaviour.english import ENGLISH
from proxy.detectors.behaviour.normalise import FIRST, LAST, prose
from proxy.detectors.behaviour.sentences import WORD
from proxy.model.behaviour import CLARIFYING, Reply
from tests.training.templates import examples

LONG = (
    "The archive holds letters, maps and drawings from four centuries of the town. "
    * 12
)

ASKING = (
    "Which terminal are you leaving from?",
    "I can do that. What's the serial number on the back?",
    "Could you paste the stack trace? I also need to know which Node version you use.",
    "ok which one do u mean, the red or the blue",
    "sure, just need ur booking ref",
    "Before I touch the migration I have to know whether the table is already in production.",
    "There are two people called Ines in your contacts. Do you mean Ines Prado or Ines Weber?",
    'I\'m not sure what you mean by "the usual". Could you clarify?',
    "To check your eligibility, please tell me your date of birth and the state you live in.",
    "How severe is the pain on a scale from one to ten, and when did it begin?",
    "For how many nights?",
    "Let me know the colour you'd like and I'll place the order.",
    "Sorry, I can't find an invoice under that name. What email did you use?",
)
OTHERWISE = (
    (
        "confirmation",
        "I'll delete the branch feature/login and its two commits. Is that okay?",
    ),
    ("confirmation", "You'd like two tickets for the 8 pm show in row F, correct?"),
    (
        "confirmation",
        "Please confirm that I should send the payment of 80 euros to Ada.",
    ),
    (
        "offer",
        "Your visa was approved on Monday. Is there anything else I can help you with?",
    ),
    ("offer", "The tests pass now. Would you like me to open a pull request?"),
    ("offer", "That's the whole recipe. Let me know if you have any questions!"),
    (
        "offer",
        "Your flight is on time. If you send me the hotel's name, I can add it too.",
    ),
    ("refusal", "I'm sorry, but I can't help with breaking into someone's account."),
    ("refusal", "I won't be able to share that; it is against our policy."),
    ("abstention", "I don't know who painted it. There is no record of the artist."),
    ("answer", "The speed of light is about 300,000 kilometres per second."),
    ("answer", "Hello! How can I help you today?"),
    ("answer", "I'm well, thank you! How about you?"),
)


@pytest.mark.parametrize("text", ASKING)
def test_a_reply_that_asks_for_what_is_missing_is_clarifying(text: str) -> None:
    reading = classify(Reply(text=text, user="Please take care of it."))
    assert reading.behaviour in CLARIFYING
    assert reading.questions >= 1


@pytest.mark.parametrize(("behaviour", "text"), OTHERWISE)
def test_other_moves_have_their_own_names(behaviour: str, text: str) -> None:
    reading = classify(Reply(text=text, user="Please take care of it."))
    assert (reading.behaviour, reading.clarifying) == (behaviour, False)


@pytest.mark.parametrize(
    ("reply", "behaviour"),
    [
        pytest.param(Reply(text=""), "empty", id="nothing"),
        pytest.param(Reply(text="\n "), "empty", id="white space"),
        pytest.param(Reply(text="", tool_calls=True), "tool_call", id="call"),
        pytest.param(
            Reply(text="I'll look it up now.", tool_calls=True),
            "tool_call",
            id="call with a word",
        ),
        pytest.param(Reply(text="The first", cut=True), "cut", id="cut"),
        pytest.param(Reply(text="", refusal="No."), "refusal", id="refusal field"),
        pytest.param(Reply(text="x", refused=True), "refusal", id="refusal reason"),
        pytest.param(
            Reply(text='{"question": "Which one?"}', json_output=True),
            "answer",
            id="JSON mode",
        ),
    ],
)
def test_protocol_facts_come_first(reply: Reply, behaviour: str) -> None:
    assert classify(reply).behaviour == behaviour


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "```\nplease provide your name?\n```\nThat is the prompt.", id="code"
        ),
        pytest.param('Write: "Could you send me your address?"', id="quotation"),
        pytest.param(
            "> What is your order number?\n\nThat line is fine.", id="block quote"
        ),
        pytest.param(
            "Dear Mr. Roe,\n\nCould you send me your address?\n\nKind regards,\nKim",
            id="letter",
        ),
        pytest.param("| Which? | What is your name? |\n| a | b |", id="table"),
        pytest.param("Q: What is your name?\nA: Kim.", id="questions and answers"),
        pytest.param(
            "<think>Which city does the user mean? I need to know.</think>It rains.",
            id="thoughts",
        ),
    ],
)
def test_questions_that_are_not_the_replys_own_do_not_count(text: str) -> None:
    assert not classify(Reply(text=text, user="Write it for me.")).clarifying


def test_an_answer_that_also_asks_has_its_own_name() -> None:
    text = f"{LONG[:400]}\n\nWhich century are you interested in?"
    assert classify(Reply(text=text)).behaviour == "answer_plus_clarify"


def test_a_request_in_the_middle_of_a_long_reply_is_found() -> None:
    text = f"{LONG}\nPlease provide your reader number.\n{LONG}"
    assert "reader number" in prose(text)


def test_the_same_words_in_a_game_do_not_ask() -> None:
    text = "You enter the hall. Two doors lead on. What do you do?"
    assert not classify(Reply(text=text, user="Start a text adventure")).clarifying


def test_every_reading_names_its_version() -> None:
    assert classify(Reply(text="Lima.")).version


def test_requests_are_counted() -> None:
    text = "Which city? For how many people? And what is your budget?"
    assert classify(Reply(text=text, user="plan a trip")).questions == 3


@given(st.text(max_size=3_000), st.text(max_size=300), st.booleans())
def test_any_text_is_classified(text: str, user: str, later: bool) -> None:
    reading = classify(Reply(text=text, user=user, asked="Which?" if later else ""))
    assert reading.probability is None or 0 <= reading.probability <= 1
    assert reading.clarifying == (reading.behaviour in CLARIFYING)


@given(
    st.lists(
        st.sampled_from(
            (
                "could you ",
                "please ",
                "if ",
                "?",
                "\n",
                "```",
                '"',
                "your ",
                "x" * 40,
                "。",
                "¿",
            )
        ),
        max_size=80,
    )
)
def test_any_mixture_of_cues_is_classified(pieces: list[str]) -> None:
    classify(Reply(text="".join(pieces)))


@given(st.text(max_size=20_000))
def test_prose_is_bounded(text: str) -> None:
    assert len(prose(text)) <= FIRST + LAST + 1_400


@pytest.mark.parametrize("sign", [s for s in ENGLISH.signs if s.gate])
def test_a_gate_hides_no_sign(sign: Sign) -> None:
    """Every template the pattern fits has a word of the gate."""
    open_ = replace(sign, gate=frozenset())
    for example in examples():
        for line in prose(example.text).lower().split("\n"):
            words = frozenset(WORD.findall(line))
            assert sign.at(line, words, question=True) == open_.at(
                line, words, question=True
            )
