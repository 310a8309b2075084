"""How a conversation goes on."""

import json
from random import Random

import pytest

from proxy.demo.calls import Answer
from proxy.demo.conversation import Conversation
from proxy.demo.scripts import SCRIPTS, Script
from proxy.demo.shapes.openai_responses import OpenAIResponses

MESSAGE = {"type": "message", "role": "assistant", "content": []}
CALL = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}


@pytest.fixture
def conversation() -> Conversation:
    script = Script(("first", "second"), findings=("found",))
    return Conversation("demo-1", OpenAIResponses(), script, Random(0))


def heard(conversation: Conversation, *output: dict) -> None:
    """One exchange; the answer comes whole or as the stream that was asked for."""
    conversation.next_call()
    body = json.dumps({"output": output})
    if conversation.stream:
        event = {"type": "response.completed", "response": {"output": output}}
        body = f"data: {json.dumps(event)}\n\n"
    conversation.hear(Answer("ok", 200, body.encode()))


def test_each_turn_carries_the_history(conversation: Conversation) -> None:
    heard(conversation, MESSAGE)
    sent = json.loads(conversation.next_call().body)["input"]
    assert sent == [
        conversation.shape.said("first"),
        MESSAGE,
        conversation.shape.said("second"),
    ]


def test_it_is_over_after_the_last_turn(conversation: Conversation) -> None:
    heard(conversation, MESSAGE)
    assert not conversation.over
    heard(conversation, MESSAGE)
    assert conversation.over


def test_a_tool_call_is_answered_within_the_turn(conversation: Conversation) -> None:
    heard(conversation, CALL)
    assert conversation.turn == 0
    assert conversation.history[-1]["output"] == "found"


def test_a_failure_is_tried_again_a_few_times(conversation: Conversation) -> None:
    before = list(conversation.history)
    for _ in range(3):
        assert not conversation.over
        conversation.hear(Answer("5xx", 500, b"{}"))
    assert conversation.over
    assert conversation.history == before


def test_who_left_does_not_come_back(conversation: Conversation) -> None:
    conversation.hear(Answer("left", 200))
    assert conversation.over


def test_an_error_inside_a_200_ends_it(conversation: Conversation) -> None:
    conversation.next_call()
    conversation.hear(Answer("ok", 200, b'{"error": {}}'))
    assert conversation.over


def test_seatrial_is_told_application_and_conversation(
    conversation: Conversation,
) -> None:
    headers = dict(conversation.next_call().headers)
    assert headers["x-seatrial-app"] == "demo-openai"
    assert headers["x-seatrial-conversation"] == "demo-1"


def test_who_may_call_tools_has_something_to_find() -> None:
    assert all(bool(script.tools) == bool(script.findings) for script in SCRIPTS)
