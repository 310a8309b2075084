from typing import Any

import pytest

from proxy.errors import WireError
from proxy.model.exchange import Exchange, Message, ToolCall, ToolResult, Usage
from tests.dialects.amazon import event, exception
from tests.dialects.wire import exchange

WHOLE = "/model/amazon.nova-micro-v1%3A0/converse"
STREAM = "/model/amazon.nova-micro-v1%3A0/converse-stream"
ASKED = {"messages": [{"role": "user", "content": [{"text": "hi"}]}]}


def told(response: object, request: object = ASKED, **given: Any) -> Exchange:
    return exchange(WHOLE, request, response, **given)


def streamed(*frames: bytes, kind: str = "amazon", **given: Any) -> Exchange:
    return exchange(STREAM, ASKED, b"".join(frames), kind=kind, **given)


def answer(*blocks: object, **given: object) -> dict[str, Any]:
    return {"output": {"message": {"content": [*blocks]}}, **given}


def test_model_and_id_come_from_path_and_headers() -> None:
    read = told(answer({"text": "hey"}), headers=(("x-amzn-RequestId", "r1"),))
    assert (read.request_model, read.request_id) == ("amazon.nova-micro-v1:0", "r1")
    assert (read.response_model, read.response_id) == (None, None)


def test_a_model_may_be_an_arn() -> None:
    path = "/model/arn%3Aaws%3Abedrock%3A%3Afoundation-model%2Ftitan/converse"
    read = exchange(path, ASKED, answer())
    assert read.request_model == "arn:aws:bedrock::foundation-model/titan"


@pytest.mark.parametrize("suffix", ["Tokens", "TokenCount"])
def test_what_a_cache_gave_and_took_is_added_to_the_input(suffix: str) -> None:
    counts = {
        "inputTokens": 10,
        "outputTokens": 4,
        "totalTokens": 14,
        f"cacheReadInput{suffix}": 100,
        f"cacheWriteInput{suffix}": 20,
    }
    read = told(answer({"text": "hey"}, usage=counts, stopReason="end_turn"))
    assert read.usage == Usage(10, 4, 14, 100, 20, None, 130, 4)


def test_blocks_are_text_reasoning_and_calls() -> None:
    thought = {"reasoningContent": {"reasoningText": {"text": "hm"}}}
    use = {"toolUseId": "t1", "name": "f", "input": {"b": 2, "a": 1.0}}
    read = told(answer(thought, {"text": "ok"}, {"toolUse": use}))
    assert (read.reasoning, read.text) == ("hm", "ok")
    assert read.tool_calls == (ToolCall("t1", "f", '{"a":1.0,"b":2}'),)


def test_tools_of_the_server_are_not_the_clients() -> None:
    use = {"toolUseId": "t", "name": "interpreter", "type": "server_tool_use"}
    read = told(answer({"toolUse": use}, {"toolResult": {"toolUseId": "t"}}))
    assert (read.tool_calls, read.server_tool_calls) == ((), ("interpreter",))


def test_a_request_gives_its_messages_and_marks_failed_tools() -> None:
    outcome = {"toolUseId": "t1", "content": [{"text": "no"}, {"image": {}}]}
    request = {
        "system": [{"text": "be kind"}, {"cachePoint": {"type": "default"}}],
        "messages": [
            {"role": "user", "content": [{"text": "see"}, {"document": {"name": "d"}}]},
            {
                "role": "assistant",
                "content": [{"toolUse": {"toolUseId": "t1", "name": "f"}}],
            },
            {
                "role": "user",
                "content": [{"toolResult": outcome | {"status": "error"}}],
            },
        ],
        "toolConfig": {"tools": [{"toolSpec": {"name": "f"}}, {"cachePoint": {}}]},
        "outputConfig": {"textFormat": {"type": "json_schema"}},
    }
    read = told(answer({"text": "sorry"}), request)
    assert read.messages == (
        Message("system", "be kind"),
        Message("user", "see", media=1),
        Message("assistant", tool_calls=(ToolCall("t1", "f", "{}"),)),
        Message("user", tool_results=(ToolResult("t1", True, "no"),), media=1),
    )
    assert (read.tools_declared, read.json_output) == (1, True)


@pytest.mark.parametrize(("status", "is_error"), [("success", False), (None, None)])
def test_a_tools_result_may_be_marked_good_or_not_at_all(
    status: str | None, is_error: bool | None
) -> None:
    block = {"toolResult": {"toolUseId": "t", "status": status}}
    read = told(answer(), {"messages": [{"role": "user", "content": [block]}]})
    assert read.tool_results[0].is_error is is_error


PIECES = (
    event("messageStart", {"role": "assistant"}),
    event(
        "contentBlockDelta",
        {"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": "hm"}}},
    ),
    event("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": "hel"}}),
    event("contentBlockDelta", {"contentBlockIndex": 1, "delta": {"text": "lo"}}),
    event(
        "contentBlockStart",
        {"contentBlockIndex": 2, "start": {"toolUse": {"toolUseId": "t", "name": "f"}}},
    ),
    event(
        "contentBlockDelta",
        {"contentBlockIndex": 2, "delta": {"toolUse": {"input": '{"b": 1,'}}},
    ),
    event(
        "contentBlockDelta",
        {"contentBlockIndex": 2, "delta": {"toolUse": {"input": ' "a": 2}'}}},
    ),
    event("contentBlockStop", {"contentBlockIndex": 2, "p": "abc"}),
    event("messageStop", {"stopReason": "tool_use"}),
    event("metadata", {"usage": {"inputTokens": 5, "outputTokens": 6}}),
)


@pytest.mark.parametrize("kind", ["amazon", "json"])
def test_a_stream_is_read_whatever_its_content_type(kind: str) -> None:
    read = streamed(*PIECES, kind=kind)
    assert (read.text, read.reasoning, read.events) == ("hello", "hm", 10)
    assert read.tool_calls == (ToolCall("t", "f", '{"a":2,"b":1}'),)
    assert (read.finish_reasons, read.stream_complete) == (("tool_use",), True)
    assert (read.usage.input_tokens, read.usage.output_tokens) == (5, 6)
    assert (read.streaming, read.stream_requested) == (True, True)


def test_a_call_without_input_has_no_arguments() -> None:
    read = streamed(PIECES[4], PIECES[8])
    assert read.tool_calls == (ToolCall("t", "f", "{}"),)


def test_a_stream_without_its_stop_is_not_complete() -> None:
    assert streamed(*PIECES[:3]).stream_complete is False


def test_an_exception_in_the_stream_is_an_error_in_a_200() -> None:
    failed = exception("throttlingException", {"message": "slow down"})
    read = streamed(*PIECES[:3], failed)
    assert read.error is not None
    assert (read.status, read.error.type) == (200, "throttlingException")
    assert (read.error.message, read.error.in_stream) == ("slow down", True)
    assert read.error.error_type == "rate_limited"
    assert (read.text, read.stream_complete) == ("hel", False)


def test_a_refused_stream_is_one_document() -> None:
    kinds = (("x-amzn-errortype", "ValidationException:http://x/"),)
    response = b'{"message":"no such model"}'
    read = streamed(response, kind="json", status=400, headers=kinds)
    assert read.error is not None
    assert (read.streaming, read.error.type) == (False, "ValidationException")


def test_a_broken_frame_names_its_offset() -> None:
    broken = PIECES[1][:-1] + b"!"
    with pytest.raises(WireError, match=f"at byte {len(PIECES[0])}$"):
        streamed(PIECES[0], broken)
