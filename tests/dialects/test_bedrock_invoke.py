from typing import Any

import pytest

from proxy.model.exchange import Exchange, Message, ToolCall
from tests.dialects.amazon import chunk, exception
from tests.dialects.wire import exchange

COUNTED = (
    ("X-Amzn-Bedrock-Input-Token-Count", "11"),
    ("X-Amzn-Bedrock-Output-Token-Count", "22"),
)
METRICS = {
    "amazon-bedrock-invocationMetrics": {"inputTokenCount": 11, "outputTokenCount": 22}
}


def told(response: object, request: object = None, **given: Any) -> Exchange:
    model = given.pop("model", "some.model-v1%3A0")
    asked = {"prompt": "hi"} if request is None else request
    return exchange(f"/model/{model}/invoke", asked, response, **given)


def streamed(*pieces: object, tail: bytes = b"") -> Exchange:
    path = "/model/some.model/invoke-with-response-stream"
    body = b"".join(chunk(piece) for piece in pieces) + tail
    return exchange(path, {"prompt": "hi"}, body, kind="amazon")


SHAPES = [
    pytest.param({"completion": "hey", "stop_reason": "stop"}, id="Claude 2"),
    pytest.param({"generation": "hey", "stop_reason": "stop"}, id="Llama"),
    pytest.param({"outputs": [{"text": "hey", "stop_reason": "stop"}]}, id="Mistral"),
    pytest.param(
        {"generations": [{"text": "hey", "finish_reason": "stop"}]}, id="Command"
    ),
    pytest.param({"text": "hey", "finish_reason": "stop"}, id="Command R"),
    pytest.param(
        {"results": [{"outputText": "hey", "completionReason": "stop"}]}, id="Titan"
    ),
    pytest.param(
        {
            "completions": [
                {"data": {"text": "hey"}, "finishReason": {"reason": "stop"}}
            ]
        },
        id="Jurassic",
    ),
    pytest.param({"choices": [{"text": "hey", "stop_reason": "stop"}]}, id="DeepSeek"),
    pytest.param(
        {"choices": [{"message": {"content": "hey"}, "stop_reason": "stop"}]},
        id="Mistral chat",
    ),
    pytest.param(
        {"choices": [{"message": {"content": "hey"}, "finish_reason": "stop"}]},
        id="OpenAI",
    ),
    pytest.param(
        {"output": {"message": {"content": [{"text": "hey"}]}}, "stopReason": "stop"},
        id="Nova",
    ),
    pytest.param(
        {
            "type": "message",
            "content": [{"type": "text", "text": "hey"}],
            "stop_reason": "stop",
        },
        id="Claude",
    ),
]


@pytest.mark.parametrize("response", SHAPES)
def test_every_makers_shape_gives_text_and_finish(response: dict[str, Any]) -> None:
    read = told(response, headers=COUNTED)
    assert (read.text, read.finish_reasons) == ("hey", ("stop",))
    assert (read.usage.input_tokens, read.usage.output_tokens) == (11, 22)
    assert (read.request_model, read.operation) == ("some.model-v1:0", "chat")


def test_the_makers_own_counts_come_first() -> None:
    response = {"generation": "a", "prompt_token_count": 3, "generation_token_count": 4}
    usage = told(response, headers=COUNTED).usage
    assert (usage.input_tokens, usage.output_tokens) == (3, 4)


def test_a_count_that_is_missing_alone_comes_from_the_header() -> None:
    response = {"output": {"message": {"content": []}}, "usage": {"inputTokens": 3}}
    usage = told(response, headers=COUNTED).usage
    assert (usage.input_tokens, usage.output_tokens) == (3, 22)


@pytest.mark.parametrize("value", ["", "many", "²", "-1", "9" * 30])
def test_a_header_that_is_no_count_says_nothing(value: str) -> None:
    header = ("x-amzn-bedrock-input-token-count", value.encode().decode("latin-1"))
    assert told({"generation": "a"}, headers=(header,)).usage.input_tokens is None


def test_a_rerank_is_no_chat() -> None:
    read = told({"results": [{"index": 1, "relevance_score": 0.9}]})
    assert (read.operation, read.finish_reasons) == ("rerank", ())


@pytest.mark.parametrize(
    "response",
    [
        pytest.param({"embedding": [0.1], "inputTextTokenCount": 3}, id="Titan"),
        pytest.param({"embeddings": [[0.1]], "id": "e1"}, id="Cohere"),
    ],
)
def test_embeddings_are_known_by_their_answer(response: dict[str, Any]) -> None:
    header = ("x-amzn-bedrock-input-token-count", "3")
    read = told(response, {"inputText": "hi"}, headers=(header,))
    assert (read.operation, read.usage.input_tokens) == ("embeddings", 3)


def test_claudes_tools_are_read_in_anthropics_dialect() -> None:
    use = {"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}
    request = {
        "anthropic_version": "bedrock-2023-05-31",
        "messages": [{"role": "user", "content": "hi"}],
    }
    response = {"type": "message", "model": "claude", "content": [use]}
    read = told(response, request)
    assert read.tool_calls == (ToolCall("t", "f", '{"a":1}'),)
    assert (read.response_model, read.messages) == ("claude", (Message("user", "hi"),))


REQUESTS = [
    pytest.param({"prompt": "hi"}, id="prompt"),
    pytest.param({"inputText": "hi"}, id="Titan"),
    pytest.param({"message": "hi", "chat_history": []}, id="Command R"),
    pytest.param(
        {
            "schemaVersion": "messages-v1",
            "messages": [{"role": "user", "content": [{"text": "hi"}]}],
        },
        id="Nova",
    ),
    pytest.param({"messages": [{"role": "user", "content": "hi"}]}, id="OpenAI"),
]


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_makers_request_gives_its_message(request_: dict[str, Any]) -> None:
    assert told({"generation": "a"}, request_).messages == (Message("user", "hi"),)


STREAMS = [
    pytest.param(
        [{"generation": "he"}, {"generation": "y", "stop_reason": "stop"}], id="Llama"
    ),
    pytest.param(
        [{"outputText": "he"}, {"outputText": "y", "completionReason": "stop"}],
        id="Titan",
    ),
    pytest.param(
        [{"completion": "he"}, {"completion": "y", "stop_reason": "stop"}],
        id="Claude 2",
    ),
    pytest.param(
        [
            {"index": 0, "text": "he"},
            {"index": 0, "text": "y"},
            {"is_finished": True, "finish_reason": "stop"},
        ],
        id="Command",
    ),
    pytest.param(
        [
            {"outputs": [{"text": "he"}]},
            {"outputs": [{"text": "y", "stop_reason": "stop"}]},
        ],
        id="Mistral",
    ),
    pytest.param(
        [
            {"messageStart": {"role": "assistant"}},
            {"contentBlockDelta": {"delta": {"text": "hey"}, "contentBlockIndex": 0}},
            {"messageStop": {"stopReason": "stop"}},
        ],
        id="Nova",
    ),
    pytest.param(
        [
            {"choices": [{"delta": {"content": "he"}}]},
            {"choices": [{"delta": {"content": "y"}, "finish_reason": "stop"}]},
        ],
        id="OpenAI",
    ),
    pytest.param(
        [
            {"type": "message_start", "message": {"id": "m", "content": []}},
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": "hey"},
            },
            {"type": "message_delta", "delta": {"stop_reason": "stop"}},
            {"type": "message_stop"},
        ],
        id="Claude",
    ),
]


@pytest.mark.parametrize("pieces", STREAMS)
def test_every_makers_stream_is_counted_by_its_last_piece(
    pieces: list[dict[str, Any]],
) -> None:
    read = streamed(*pieces[:-1], pieces[-1] | METRICS)
    assert (read.text, read.finish_reasons) == ("hey", ("stop",))
    assert (read.usage.input_tokens, read.usage.output_tokens) == (11, 22)
    assert (read.stream_complete, read.events) == (True, len(pieces))


def test_counts_sent_as_floats_are_counts() -> None:
    read = streamed(
        {
            "outputText": "no",
            "inputTextTokenCount": 6.0,
            "totalOutputTextTokenCount": 3.0,
        }
    )
    assert (read.usage.input_tokens, read.usage.output_tokens) == (6, 3)
    assert (read.finish_reasons, read.stream_complete) == ((None,), False)


def test_of_several_generations_the_first_one_speaks() -> None:
    pieces = [{"index": i, "text": t} for i, t in ((0, "a"), (1, "b"), (0, "c"))]
    assert streamed(*pieces).text == "ac"


def test_an_exception_in_the_stream_is_an_error() -> None:
    failed = exception("modelStreamErrorException", {"message": "broke"})
    read = streamed({"generation": "a"}, tail=failed)
    assert read.error is not None
    assert (read.error.type, read.text) == ("modelStreamErrorException", "a")
    assert (read.error.error_type, read.stream_complete) == ("provider_error", False)
