from typing import Any

from proxy.model.exchange import Exchange, Message, ToolCall, ToolResult, Usage
from tests.dialects.wire import exchange, lines

ASKED = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
DONE = {
    "model": "m:1",
    "done": True,
    "done_reason": "stop",
    "prompt_eval_count": 5,
    "eval_count": 7,
}


def told(response: object, request: object = ASKED, **given: Any) -> Exchange:
    return exchange(given.pop("target", "/api/chat"), request, response, **given)


def said(text: str, **given: object) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text, **given}, "done": False}


def test_a_whole_answer_is_a_piece_that_is_done() -> None:
    read = told(said("hey", thinking="hm") | DONE, ASKED | {"stream": False})
    assert (read.text, read.reasoning, read.response_model) == ("hey", "hm", "m:1")
    assert (read.finish_reasons, read.streaming) == (("stop",), False)
    assert read.usage == Usage(5, 7, None, None, None, None, 5, 7)
    assert read.stream_requested is False


def test_lines_are_added_up_and_the_last_one_counts() -> None:
    body = lines(said("", thinking="hm"), said("he"), said("y"), said("") | DONE)
    read = told(body, kind="ndjson")
    assert (read.text, read.reasoning, read.events) == ("hey", "hm", 4)
    assert (read.stream_complete, read.usage.output_tokens) == (True, 7)


def test_lines_are_known_without_their_content_type() -> None:
    assert told(lines(said("a"), DONE)).streaming is True


def test_it_streams_unless_told_not_to() -> None:
    assert told(lines(DONE), kind="ndjson").stream_requested is True


def test_a_cached_prompt_is_not_counted_as_nothing() -> None:
    done = {name: DONE[name] for name in DONE if name != "prompt_eval_count"}
    read = told(said("a") | done)
    assert (read.usage.input_tokens, read.usage.output_tokens) == (None, 7)


def test_arguments_are_objects_mostly_without_ids() -> None:
    calls = [{"function": {"name": "f", "arguments": {"b": 1, "a": 2}}}]
    read = told(said("", tool_calls=calls) | DONE)
    assert read.tool_calls == (ToolCall(None, "f", '{"a":2,"b":1}'),)


def test_a_request_gives_calls_results_and_media() -> None:
    call = {"function": {"name": "f", "arguments": {}}}
    request = {
        "model": "m",
        "messages": [
            {"role": "user", "content": "see", "images": ["aGk="]},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": "42", "tool_name": "f"},
        ],
        "tools": [{"type": "function"}],
        "format": "json",
    }
    read = told(DONE, request)
    assert read.messages == (
        Message("user", "see", media=1),
        Message("assistant", tool_calls=(ToolCall(None, "f", "{}"),)),
        Message("tool", "42", tool_results=(ToolResult(None, None, "42", "f"),)),
    )
    assert (read.tools_declared, read.json_output) == (1, True)


def test_generate_has_its_text_on_the_outside() -> None:
    request = {"model": "m", "system": "be kind", "prompt": "hi"}
    body = lines({"response": "he"}, {"response": "y"}, DONE)
    read = told(body, request, target="/api/generate", kind="ndjson")
    assert (read.operation, read.text) == ("text_completion", "hey")
    assert read.messages == (Message("system", "be kind"), Message("user", "hi"))


def test_embeddings_are_counted_where_they_say_so() -> None:
    response = {"model": "m", "embeddings": [[0.1]], "prompt_eval_count": 3}
    read = told(response, {"model": "m", "input": "hi"}, target="/api/embed")
    assert (read.operation, read.usage.input_tokens) == ("embeddings", 3)


def test_the_old_embeddings_say_nothing_of_tokens() -> None:
    read = told({"embedding": [0.1]}, {"model": "m"}, target="/api/embeddings")
    assert (read.usage, read.request_model) == (Usage(), "m")


def test_an_error_between_the_lines_is_an_error() -> None:
    read = told(lines(said("a"), {"error": "out of memory"}), kind="ndjson")
    assert read.error is not None
    assert (read.error.message, read.error.in_stream) == ("out of memory", True)
    assert (read.text, read.stream_complete) == ("a", False)


def test_a_stream_that_breaks_off_inside_a_line_is_read_so_far() -> None:
    body = lines(said("he"), said("y"))[:-20]
    read = told(body, kind="ndjson", outcome="upstream_cut")
    assert (read.text, read.stream_complete) == ("he", False)
