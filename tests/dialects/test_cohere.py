from typing import Any

import pytest

from proxy.model.exchange import Exchange, Message, ToolCall, ToolResult, Usage
from tests.dialects.wire import events, exchange, lines

ASKED = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
COUNTS = {
    "billed_units": {"input_tokens": 1, "output_tokens": 2},
    "tokens": {"input_tokens": 30, "output_tokens": 4},
}


def told(response: object, request: object = ASKED, **given: Any) -> Exchange:
    return exchange(given.pop("target", "/v2/chat"), request, response, **given)


def test_the_second_version_has_its_answer_in_a_message() -> None:
    content = [{"type": "thinking", "thinking": "hm"}, {"type": "text", "text": "hey"}]
    response = {"id": "r", "finish_reason": "COMPLETE", "message": {"content": content}}
    read = told(response | {"usage": COUNTS | {"cached_tokens": 20}})
    assert (read.text, read.reasoning, read.response_id) == ("hey", "hm", "r")
    assert (read.finish_reasons, read.response_model) == (("COMPLETE",), None)
    assert read.usage == Usage(30, 4, None, 20, None, None, 30, 4)


def test_a_plan_is_no_text() -> None:
    use = {"id": "t", "function": {"name": "f", "arguments": '{"b":1, "a":2}'}}
    message = {"tool_plan": "I will look", "tool_calls": [use]}
    read = told({"message": message, "finish_reason": "TOOL_CALL"})
    assert (read.text, read.tool_calls) == (
        "",
        (ToolCall("t", "f", '{"a":2,"b":1}'),),
    )


def test_the_first_version_is_flat() -> None:
    use = {"name": "f", "parameters": {"a": 1}}
    response = {
        "response_id": "r",
        "text": "hey",
        "finish_reason": "COMPLETE",
        "tool_calls": [use],
        "meta": COUNTS,
    }
    request = {
        "message": "hi",
        "preamble": "be kind",
        "chat_history": [
            {"role": "USER", "message": "one"},
            {"role": "CHATBOT", "message": "two"},
        ],
        "tool_results": [
            {"call": {"name": "f", "parameters": {}}, "outputs": [{"x": 1}]}
        ],
        "conversation_id": "c1",
    }
    read = told(response, request, target="/v1/chat")
    assert (read.text, read.response_id) == ("hey", "r")
    assert read.tool_calls == (ToolCall(None, "f", '{"a":1}'),)
    outcome = ToolResult(None, None, '[{"x":1}]', "f")
    assert read.messages == (
        Message("system", "be kind"),
        Message("user", "one"),
        Message("assistant", "two"),
        Message("user", "hi"),
        Message("tool", tool_results=(outcome,)),
    )
    assert read.conversation_id == "c1"


def test_a_tools_message_names_its_call() -> None:
    messages = [
        {"role": "assistant", "tool_calls": [{"id": "t", "function": {"name": "f"}}]},
        {"role": "tool", "tool_call_id": "t", "content": "42"},
    ]
    read = told({"message": {"content": []}}, {"messages": messages})
    assert read.messages == (
        Message("assistant", tool_calls=(ToolCall("t", "f", "{}"),)),
        Message("tool", "42", tool_results=(ToolResult("t", None, "42"),)),
    )


def test_what_is_billed_counts_where_there_is_nothing_else() -> None:
    meta = {"billed_units": {"input_tokens": 5.0}}
    read = told({"id": "e", "meta": meta}, {"texts": ["hi"]}, target="/v2/embed")
    assert (read.operation, read.response_id) == ("embeddings", "e")
    assert read.usage == Usage(input_tokens=5, input_tokens_incl_cache=5)


def delta(kind: str, **message: object) -> dict[str, Any]:
    return {"type": kind, "index": 0, "delta": {"message": message}}


SECOND = (
    {"type": "message-start", "id": "r", "delta": {"message": {"content": []}}},
    delta("tool-plan-delta", tool_plan="look"),
    delta("content-start", content={"type": "text", "text": ""}),
    delta("content-delta", content={"thinking": "hm"}),
    delta("content-delta", content={"text": "hey"}),
    delta(
        "tool-call-start",
        tool_calls={"id": "t", "function": {"name": "f", "arguments": ""}},
    ),
    delta("tool-call-delta", tool_calls={"function": {"arguments": '{"b":1,'}}),
    delta("tool-call-delta", tool_calls={"function": {"arguments": '"a":2}'}}),
    {
        "type": "message-end",
        "delta": {"finish_reason": "TOOL_CALL", "usage": COUNTS},
    },
)


def test_the_second_versions_stream_is_put_together() -> None:
    read = told(events(*SECOND) + b"data: [DONE]\n\n", kind="sse")
    assert (read.text, read.reasoning, read.response_id) == ("hey", "hm", "r")
    assert read.tool_calls == (ToolCall("t", "f", '{"a":2,"b":1}'),)
    assert (read.finish_reasons, read.stream_complete) == (("TOOL_CALL",), True)
    assert read.usage.input_tokens == 30


def test_a_stream_without_its_end_is_not_complete() -> None:
    read = told(events(*SECOND[:5]), kind="sse")
    assert (read.text, read.stream_complete, read.usage) == ("hey", False, Usage())


FIRST = (
    {"event_type": "stream-start", "generation_id": "g"},
    {"event_type": "text-generation", "text": "he"},
    {"event_type": "text-generation", "text": "y"},
    {
        "event_type": "stream-end",
        "finish_reason": "COMPLETE",
        "response": {"response_id": "r", "text": "hey", "meta": COUNTS},
    },
)


def test_the_first_versions_stream_says_everything_again_at_its_end() -> None:
    read = told(lines(*FIRST), {"message": "hi"}, target="/v1/chat", kind="ndjson")
    assert (read.text, read.response_id, read.events) == ("hey", "r", 4)
    assert (read.finish_reasons, read.stream_complete) == (("COMPLETE",), True)
    assert read.usage.output_tokens == 4


def test_generations_are_texts_with_a_reason_each() -> None:
    texts = [{"text": "a", "finish_reason": "MAX"}, {"text": "b"}]
    response = {"id": "r", "generations": texts}
    read = told(response, {"prompt": "hi"}, target="/v1/generate")
    assert (read.operation, read.text) == ("text_completion", "a")
    assert read.finish_reasons == ("MAX", None)


@pytest.mark.parametrize("status", [404, 200])
def test_a_message_alone_is_an_error(status: int) -> None:
    read = told({"id": "x", "message": "no such model"}, status=status)
    assert read.error is not None
    assert (read.error.message, read.error.in_stream) == ("no such model", False)
