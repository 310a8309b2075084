from typing import Any

import pytest

from proxy.errors import WireError
from proxy.model.exchange import Exchange, Message, ToolCall, ToolResult, Usage
from tests.dialects.wire import events, exchange, raw

WHOLE = "/v1beta/models/gemini-2.5-flash:generateContent"
STREAM = "/v1beta/models/gemini-2.5-flash:streamGenerateContent"
ASKED = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}


def candidate(*parts: object, **given: object) -> dict[str, Any]:
    return {"candidates": [{"content": {"parts": [*parts], "role": "model"}, **given}]}


def told(response: object, request: object = ASKED, **given: Any) -> Exchange:
    return exchange(given.pop("target", WHOLE), request, response, **given)


def test_an_answer_says_model_id_text_and_finish() -> None:
    answer = candidate({"text": "hello "}, {"text": "you"}, finishReason="STOP")
    read = told({**answer, "modelVersion": "gemini-x", "responseId": "r1"})
    assert (read.request_model, read.response_model) == ("gemini-2.5-flash", "gemini-x")
    assert (read.response_id, read.text) == ("r1", "hello you")
    assert (read.finish_reasons, read.streaming) == (("STOP",), False)


def test_thoughts_are_reasoning_and_are_added_to_the_output() -> None:
    answer = candidate({"text": "hm", "thought": True}, {"text": "yes"})
    counts = {
        "promptTokenCount": 10,
        "candidatesTokenCount": 3,
        "thoughtsTokenCount": 40,
        "cachedContentTokenCount": 8,
        "totalTokenCount": 53,
    }
    read = told({**answer, "usageMetadata": counts})
    assert (read.text, read.reasoning) == ("yes", "hm")
    assert read.usage == Usage(10, 3, 53, 8, None, 40, 10, 43)


def test_counts_that_are_not_there_are_unknown() -> None:
    assert told(candidate({"text": "a"}, finishReason="STOP")).usage == Usage()


def test_calls_come_from_the_parts_as_the_finish_reason_stays_stop() -> None:
    call = {"functionCall": {"name": "f", "args": {"b": 1.0, "a": "ü"}}}
    named = {"functionCall": {"name": "g", "id": "i1"}}
    read = told(candidate(call, named, finishReason="STOP"))
    assert read.tool_calls == (
        ToolCall(None, "f", '{"a":"ü","b":1.0}'),
        ToolCall("i1", "g", "{}"),
    )


def test_tools_of_the_server_are_not_the_clients() -> None:
    parts = ({"executableCode": {"code": "1"}}, {"toolCall": {"toolType": "SEARCH"}})
    read = told(candidate(*parts, {"codeExecutionResult": {"output": "1"}}))
    assert (read.tool_calls, read.text) == ((), "")
    assert read.server_tool_calls == ("code_execution", "SEARCH")


def test_enums_as_integers_stay_integers() -> None:
    target = WHOLE + "?%24alt=json%3Benum-encoding%3Dint"
    read = told(candidate({"text": "a"}, finishReason=1), target=target)
    assert read.finish_reasons == (1,)


def test_of_several_candidates_the_first_one_speaks() -> None:
    first = {"content": {"parts": [{"text": "one"}]}, "finishReason": "STOP"}
    second = {"content": {"parts": [{"text": "two"}]}, "index": 1}
    read = told({"candidates": [second, first | {"index": 0}]})
    assert (read.text, read.finish_reasons) == ("one", ("STOP", None))


def test_a_blocked_prompt_has_no_choice_and_ends_the_stream() -> None:
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}}
    read = told(events(blocked), target=STREAM + "?alt=sse", kind="sse")
    assert (read.finish_reasons, read.stream_complete) == ((), True)


SPELLINGS = [
    pytest.param(("functionCall", "functionResponse", "inlineData"), id="camel"),
    pytest.param(("function_call", "function_response", "inline_data"), id="snake"),
]


@pytest.mark.parametrize("names", SPELLINGS)
def test_both_spellings_of_a_request_are_read(names: tuple[str, str, str]) -> None:
    call, result, media = names
    request = {
        "system_instruction" if "_" in call else "systemInstruction": {
            "parts": [{"text": "be kind"}]
        },
        "contents": [
            {"parts": [{"text": "see"}, {media: {"data": "aGk="}}]},
            {"role": "model", "parts": [{call: {"name": "f", "args": {"x": 1}}}]},
            {"role": "user", "parts": [{result: {"name": "f", "response": {"y": 2}}}]},
        ],
        "tools": [{"functionDeclarations": [{}, {}]}, {"googleSearch": {}}],
        "generationConfig": {"responseMimeType": "application/json"},
    }
    read = told(candidate({"text": "ok"}), request)
    outcome = ToolResult(None, None, '{"y":2}', "f")
    assert read.messages == (
        Message("system", "be kind"),
        Message("user", "see", media=1),
        Message("assistant", tool_calls=(ToolCall(None, "f", '{"x":1}'),)),
        Message("user", tool_results=(outcome,)),
    )
    assert (read.tools_declared, read.json_output) == (3, True)


PIECES = (
    candidate({"text": "think", "thought": True}),
    candidate({"text": "hel"}) | {"usageMetadata": {"promptTokenCount": 4}},
    candidate({"text": "lo"}, finishReason="STOP")
    | {"usageMetadata": {"promptTokenCount": 4, "candidatesTokenCount": 2}},
)


def framed(kind: str) -> bytes:
    if kind == "sse":
        return events(*PIECES, end=b"\r\n\r\n")
    return b"[" + b"\n,\r\n".join(raw(piece) for piece in PIECES) + b"\n]\n"


@pytest.mark.parametrize("kind", ["sse", "json"])
def test_a_stream_says_the_same_in_both_framings(kind: str) -> None:
    query = "?alt=sse" if kind == "sse" else ""
    read = told(framed(kind), target=STREAM + query, kind=kind)
    assert (read.text, read.reasoning, read.events) == ("hello", "think", 3)
    assert (read.streaming, read.stream_requested) == (True, True)
    assert (read.stream_complete, read.finish_reasons) == (True, ("STOP",))
    assert read.usage == Usage(4, 2, None, None, None, None, 4, 2)


def test_a_stream_that_breaks_off_is_read_as_far_as_it_goes() -> None:
    data = framed("json")
    for cut in range(1, len(data) - 30):
        read = told(data[:cut], target=STREAM, outcome="upstream_cut")
        assert "hello".startswith(read.text)
        assert read.stream_complete is False


def test_the_last_usage_counts_and_is_not_mixed_with_earlier_ones() -> None:
    earlier = {"promptTokenCount": 4, "candidatesTokenCount": 9}
    pieces = [{"usageMetadata": earlier}, {"usageMetadata": {"promptTokenCount": 5}}]
    read = told(events(*pieces), target=STREAM + "?alt=sse", kind="sse")
    assert (read.usage.input_tokens, read.usage.output_tokens) == (5, None)


def test_an_error_inside_a_stream_is_an_error() -> None:
    error = {"error": {"code": 503, "message": "full", "status": "UNAVAILABLE"}}
    target = STREAM + "?alt=sse"
    read = told(events(PIECES[0], error), target=target, kind="sse")
    assert read.error is not None
    assert (read.error.type, read.error.code) == ("UNAVAILABLE", "503")
    assert (read.error.in_stream, read.error.error_type) == (True, "overloaded")
    assert read.stream_complete is False


def test_an_error_wrapped_in_an_array_is_read() -> None:
    error = {"code": 429, "message": "slow", "status": "RESOURCE_EXHAUSTED"}
    read = told([{"error": error}], target=STREAM, status=429)
    assert read.error is not None
    assert (read.error.message, read.error.error_type) == ("slow", "rate_limited")


def test_a_path_on_vertex_names_its_model() -> None:
    target = (
        "/v1/projects/p/locations/l/publishers/google/models/gemini-x:generateContent"
    )
    read = told(
        candidate(), target=target, upstream="https://us-aiplatform.googleapis.com"
    )
    assert (read.request_model, read.provider) == ("gemini-x", "gcp.vertex_ai")


def test_what_is_no_json_names_dialect_and_offset() -> None:
    with pytest.raises(WireError, match=r"gemini.generate_content: .* at byte 1"):
        told(b"{]")
