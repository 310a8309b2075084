"""Content leaves only where the variable asks for it and the route allows it."""

import json
from typing import Any

import pytest

from proxy.export import semconv
from proxy.model.exchange import Message, ToolCall, ToolResult
from proxy.monitor import content
from proxy.monitor.calls import Call
from proxy.monitor.target import Target
from proxy.settings import Route
from tests.make import make_exchange, make_recording
from tests.monitor.test_calls import PLACE

TARGET = Target("openai", "m", "baseline", "live")


def given(
    mode: str, allowed: Any, **exchange: Any
) -> tuple[content.Capture, dict[str, Any] | None]:
    """What is captured of one exchange on a route with that `content`."""
    route = Route(name="openai", prefix="/o", upstream="http://u.test", content=allowed)
    capture = content.capture({semconv.CAPTURE_CONTENT: mode}, [route])
    made = make_exchange(**exchange)
    call = Call(make_recording(), made, PLACE, TARGET, None, None, None)
    found = capture.of(call)
    if found is None:
        return capture, None
    return capture, {name: json.loads(value) for name, value in found().items()}


@pytest.mark.parametrize("mode", ["", "NO_CONTENT", "true", "nonsense"])
def test_without_a_known_word_no_content_leaves(mode: str) -> None:
    assert given(mode, "full")[1] is None


def test_a_route_that_keeps_none_gives_none() -> None:
    assert given("SPAN_AND_EVENT", "none")[1] is None


@pytest.mark.parametrize(
    ("mode", "spans", "events"),
    [
        ("SPAN_ONLY", True, False),
        ("event_only", False, True),
        ("SPAN_AND_EVENT", True, True),
    ],
)
def test_the_variable_says_where_content_goes(
    mode: str, spans: bool, events: bool
) -> None:
    capture, found = given(mode, "full")
    assert (capture.spans, capture.events) == (spans, events)
    assert found is not None


def test_content_has_the_conventions_form() -> None:
    call = ToolCall("c1", "look", '{"a":1}')
    messages = (
        Message("system", "be brief"),
        Message("user", "which berth?"),
        Message("assistant", tool_calls=(call,)),
        Message("tool", tool_results=(ToolResult("c1", text="four"),)),
    )
    _, found = given(
        "SPAN_ONLY", "full", messages=messages, said="berth four", finish_reasons=("s",)
    )
    called = {"type": "tool_call", "id": "c1", "name": "look", "arguments": '{"a":1}'}
    answered = {"type": "tool_call_response", "id": "c1", "response": "four"}
    asked = {"type": "text", "content": "which berth?"}
    said = {"type": "text", "content": "berth four"}
    assert found == {
        "gen_ai.system_instructions": [{"type": "text", "content": "be brief"}],
        "gen_ai.input.messages": [
            {"role": "user", "parts": [asked]},
            {"role": "assistant", "parts": [called]},
            {"role": "tool", "parts": [answered]},
        ],
        "gen_ai.output.messages": [
            {"role": "assistant", "parts": [said], "finish_reason": "s"}
        ],
    }


def test_a_redacted_route_gives_redacted_content() -> None:
    _, found = given("SPAN_ONLY", "redacted", asked="write to ann@harbour.example now")
    assert found is not None
    assert "ann@harbour.example" not in str(found)
    assert "<email>" in str(found)


def test_what_was_captured_in_part_is_not_given_redacted() -> None:
    assert given("SPAN_ONLY", "redacted", truncated_response=True)[1] is None


def test_a_long_exchange_gives_none() -> None:
    assert given("SPAN_ONLY", "full", said="x" * 40_000)[1] is None


def test_a_reload_changes_what_a_route_allows() -> None:
    capture, _ = given("SPAN_ONLY", "full")
    capture.reload([Route(name="openai", prefix="/o", upstream="http://u.test")])
    call = Call(make_recording(), make_exchange(), PLACE, TARGET, None, None, None)
    assert capture.of(call) is None
