"""An Exchange gives a Reply its text, its request, and how it ended."""

from typing import Any

import pytest

from proxy.detectors.behaviour.classify import classify
from proxy.detectors.behaviour.replies import reply_of
from proxy.model.exchange import Exchange, Message, Timings, ToolCall, Usage


def exchange(**facts: Any) -> Exchange:
    plain: dict[str, Any] = {
        "dialect": "openai.chat",
        "provider": "openai",
        "operation": "chat",
        "streaming": False,
        "status": 200,
        "usage": Usage(),
        "text": "Which city?",
        "timings": Timings(start=0),
    }
    return Exchange(**{**plain, **facts})


def test_the_request_is_told_apart() -> None:
    history = (
        Message("system", "Be brief."),
        Message("user", "hi"),
        Message("assistant", "How can I help?"),
        Message("user", "weather"),
    )
    reply = reply_of(exchange(messages=history))
    assert (reply.user, reply.earlier) == ("weather", ("hi",))
    assert (reply.asked, reply.system) == ("How can I help?", "Be brief.")


@pytest.mark.parametrize(
    ("facts", "behaviour"),
    [
        pytest.param({"finish_reasons": ("length",)}, "cut", id="length"),
        pytest.param({"finish_reasons": ("MAX_TOKENS",)}, "cut", id="Gemini's length"),
        pytest.param({"finish_reasons": ("SAFETY",)}, "cut", id="filter"),
        pytest.param({"finish_reasons": ("refusal",)}, "refusal", id="refusal"),
        pytest.param({"stream_complete": False}, "cut", id="broken stream"),
        pytest.param({"finish_reasons": (2, "stop")}, "clarifying_question", id="stop"),
        pytest.param(
            {"text": "", "tool_calls": (ToolCall(None, "find", "{}"),)},
            "tool_call",
            id="call",
        ),
    ],
)
def test_how_it_ended_decides(facts: dict[str, Any], behaviour: str) -> None:
    assert classify(reply_of(exchange(**facts))).behaviour == behaviour


def test_a_client_that_left_has_cut_the_reply() -> None:
    assert reply_of(exchange(), client_gone=True).cut
