"""Asking for what the user has said already is found; asking for anything else is not."""

import pytest

from proxy.detectors.behaviour.classify import classify
from proxy.model.behaviour import Reply


@pytest.mark.parametrize(
    ("user", "earlier", "asked", "text", "again"),
    [
        pytest.param(
            "My order number is 8841, it never came.",
            (),
            "",
            "Could you please provide your order number?",
            True,
            id="in the last message",
        ),
        pytest.param(
            "Can you hurry?",
            ("hi, my email is kim@example.com",),
            "",
            "Sure. What is your email address?",
            False,
            id="an email is not an email address word for word",
        ),
        pytest.param(
            "Can you hurry?",
            ("Hi! User ID: kim_77",),
            "",
            "Please provide your user ID.",
            True,
            id="in an earlier message",
        ),
        pytest.param(
            "I don't have my order number with me.",
            (),
            "",
            "Could you please provide your order number?",
            False,
            id="named but lacking",
        ),
        pytest.param(
            "I want to cancel my order 8841.",
            (),
            "",
            "Could you tell me your date of birth?",
            False,
            id="something else",
        ),
        pytest.param(
            "It's 4471-A.",
            (),
            "Could you give me your booking reference?",
            "Please provide your booking reference.",
            True,
            id="asked again after an answer",
        ),
        pytest.param(
            "I don't know it.",
            (),
            "Could you give me your booking reference?",
            "Please check your booking reference in the confirmation. What is your booking reference?",
            False,
            id="asked again after none",
        ),
    ],
)
def test_re_asking(
    user: str, earlier: tuple[str, ...], asked: str, text: str, again: bool
) -> None:
    reply = Reply(text=text, user=user, earlier=earlier, asked=asked)
    assert classify(reply).re_asked is again


def test_a_reply_that_asks_nothing_re_asks_nothing() -> None:
    assert classify(Reply(text="It arrived on Monday.")).re_asked is None
