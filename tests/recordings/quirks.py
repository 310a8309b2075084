"""Writes tests/recordings/quirks: one recording per quirk of the wire, in our own words.

    python tests/recordings/quirks.py

Each becomes a line in the schema of recorded exchanges. What has to be read from it stands
beside it in `*.expected.json`, which this script does not touch.
"""

import base64
import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import brotli
import zstandard

FOLDER = Path(__file__).parent / "quirks"
JSON = {"content-type": "application/json"}
SSE = {"content-type": "text/event-stream"}
ASK = {"model": "sea-1", "messages": [{"role": "user", "content": "How deep is it?"}]}
CHAT = ("https://api.openai.com", "/v1/chat/completions")
MESSAGES = ("https://api.anthropic.com", "/v1/messages")
RESPONSES = ("https://api.openai.com", "/v1/responses")


def dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def chat(text: str = "Nine fathoms.", **more: Any) -> dict[str, Any]:
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": "stop",
    }
    usage = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}
    answer = {"id": "chatcmpl-1", "object": "chat.completion", "model": "sea-1-0611"}
    return {**answer, "choices": [choice], "usage": usage, **more}


def chunk(
    delta: dict[str, Any] | None, finish: str | None = None, **more: Any
) -> dict[str, Any]:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    if delta is None:
        choices = []
    base = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "model": "sea-1-0611",
    }
    return {**base, "choices": choices, **more}


WORDS = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "Nine "}),
    chunk({"content": "fathoms."}),
]
STOP = chunk({}, "stop")
USAGE = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}


def data(*events: Any, end: str = "\n\n", done: bool = True) -> bytes:
    lines = [b"data: " + dump(event) for event in events] + [b"data: [DONE]"] * done
    return b"".join(line + end.encode() for line in lines)


def named(events: Iterable[dict[str, Any]]) -> bytes:
    return b"".join(
        b"event: " + event["type"].encode() + b"\ndata: " + dump(event) + b"\n\n"
        for event in events
    )


def row(
    where: tuple[str, str],
    ask: Any,
    body: bytes | Any,
    *,
    status: int = 200,
    headers: dict[str, str] = JSON,
    **seatrial: Any,
) -> dict[str, Any]:
    host, path = where
    answer = body if isinstance(body, bytes) else dump(body)
    asked = ask if isinstance(ask, bytes) else dump(ask)
    line = {
        "request": {
            "method": "POST",
            "url": host + path,
            "path": path,
            "headers": JSON,
            "body_b64": base64.b64encode(asked).decode(),
        },
        "response": {
            "status": status,
            "headers": headers,
            "body_b64": base64.b64encode(answer).decode(),
        },
    }
    return {**line, "seatrial": seatrial} if seatrial else line


def piece(index: int | None, arguments: str, **more: Any) -> dict[str, Any]:
    call = {"function": {"arguments": arguments, **more.pop("function", {})}, **more}
    return {"tool_calls": [call if index is None else {"index": index, **call}]}


def sound(**more: Any) -> dict[str, Any]:
    return {"id": "call_1", "type": "function", "function": {"name": "sound"}, **more}


def message_start(**usage: int) -> dict[str, Any]:
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "sea-3"}
    return {
        "type": "message_start",
        "message": {**message, "content": [], "stop_reason": None, "usage": usage},
    }


def block(
    index: int, start: dict[str, Any], *deltas: dict[str, Any]
) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": d} for d in deltas),
        {"type": "content_block_stop", "index": index},
    ]


TEXT = block(
    0,
    {"type": "text", "text": ""},
    {"type": "text_delta", "text": "Nine "},
    {"type": "text_delta", "text": "fathoms."},
)
MESSAGE_END = [
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn"},
        "usage": {"output_tokens": 6},
    },
    {"type": "message_stop"},
]
ANTHROPIC_ASK = {**ASK, "max_tokens": 99}
RESPONSES_ASK = {"model": "sea-2", "input": "How deep is it?", "stream": True}
RESPONSE = {
    "id": "resp_1",
    "model": "sea-2-0611",
    "status": "completed",
    "output": [
        {
            "type": "reasoning",
            "id": "rs_1",
            "summary": [{"type": "summary_text", "text": "Think."}],
        },
        {
            "type": "message",
            "id": "msg_1",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "Nine fathoms."}],
        },
        {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": "sound",
            "arguments": '{"b":2,"a":1}',
        },
    ],
    "usage": {
        "input_tokens": 11,
        "input_tokens_details": {"cached_tokens": 3},
        "output_tokens": 9,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 20,
    },
}
BEGUN = {"id": "resp_1", "model": "sea-2-0611", "status": "in_progress", "output": []}


def response_events() -> list[dict[str, Any]]:
    thought, said, called = RESPONSE["output"]  # type: ignore[misc]
    return [
        {"type": "response.created", "response": BEGUN},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**thought, "summary": []},
        },
        {
            "type": "response.reasoning_summary_text.delta",
            "output_index": 0,
            "delta": "Think.",
        },
        {"type": "response.output_item.done", "output_index": 0, "item": thought},
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {**said, "content": []},
        },
        {"type": "response.output_text.delta", "output_index": 1, "delta": "Nine "},
        {"type": "response.output_text.delta", "output_index": 1, "delta": "fathoms."},
        {"type": "response.output_item.done", "output_index": 1, "item": said},
        {
            "type": "response.output_item.added",
            "output_index": 2,
            "item": {**called, "arguments": ""},
        },
        {
            "type": "response.function_call_arguments.delta",
            "output_index": 2,
            "delta": '{"b":2,',
        },
        {
            "type": "response.function_call_arguments.delta",
            "output_index": 2,
            "delta": '"a":1}',
        },
        {"type": "response.output_item.done", "output_index": 2, "item": called},
    ]


def completed(kind: str = "completed", **more: Any) -> dict[str, Any]:
    return {"type": f"response.{kind}", "response": {**RESPONSE, **more}}


def openai_chat() -> dict[str, dict[str, Any]]:
    stream = {**ASK, "stream": True}
    twice = [
        chunk({"content": "Nine."}),
        chunk({"content": "Ten."}),
        chunk({}, "stop"),
        chunk({}, "length"),
    ]
    for number, event in enumerate(twice):
        event["choices"][0]["index"] = number % 2
    pieces = [
        chunk(piece(0, "", id="call_1", function={"name": "sound"})),
        chunk(piece(0, '{"line"', function={"name": "sound"})),
        chunk(piece(0, ': "lead"}', function={"name": "sound"})),
        chunk({}, "tool_calls"),
    ]
    bare = [
        chunk(piece(None, '{"line":', id="0", function={"name": "sound"})),
        chunk(piece(None, '"lead"}')),
        chunk({}, "tool_calls"),
    ]
    zeros = [
        chunk(piece(0, '{"line":1}', id="", function={"name": "sound"})),
        chunk(piece(0, '{"line":2}', id="", function={"name": "sound"})),
        chunk({}, "stop"),
    ]
    split = dump(chunk({"content": "Nine fathoms."})).replace(
        b',"choices"', b',\ndata: "choices"'
    )
    return {
        "openai-chat-usage-in-a-last-chunk-without-choices": row(
            CHAT, stream, data(*WORDS, STOP, chunk(None, usage=USAGE)), headers=SSE
        ),
        "openai-chat-stream-without-usage": row(
            CHAT, stream, data(*WORDS, STOP), headers=SSE
        ),
        "openai-chat-two-choices-interleaved": row(
            CHAT, {**stream, "n": 2}, data(*twice), headers=SSE
        ),
        "openai-chat-tool-name-in-every-piece": row(
            CHAT, stream, data(*pieces), headers=SSE
        ),
        "openai-chat-tool-pieces-without-index": row(
            CHAT, stream, data(*bare), headers=SSE
        ),
        "openai-chat-every-call-has-index-0": row(
            CHAT, stream, data(*zeros), headers=SSE
        ),
        "openai-chat-tool-results-and-json-schema": row(
            CHAT,
            {
                "model": "sea-1",
                "response_format": {"type": "json_schema"},
                "tools": [{"type": "function", "function": {"name": "sound"}}],
                "messages": [
                    {"role": "developer", "content": "Be brief."},
                    {
                        "role": "user",
                        "content": [
                            {"type": "text", "text": "Look."},
                            {
                                "type": "image_url",
                                "image_url": {"url": "https://sea.test/a.png"},
                            },
                        ],
                    },
                    {
                        "role": "assistant",
                        "content": None,
                        "tool_calls": [
                            sound(
                                function={
                                    "name": "sound",
                                    "arguments": '{"b": 1, "a": 2}',
                                }
                            )
                        ],
                    },
                    {"role": "tool", "tool_call_id": "call_1", "content": "9"},
                ],
            },
            chat(),
        ),
        "openai-chat-refusal": row(
            CHAT,
            ASK,
            chat(
                choices=[
                    {
                        "index": 0,
                        "finish_reason": "stop",
                        "message": {
                            "role": "assistant",
                            "content": None,
                            "refusal": "I cannot say.",
                        },
                    }
                ]
            ),
        ),
        "openai-chat-crlf": row(
            CHAT, stream, data(*WORDS, STOP, end="\r\n\r\n"), headers=SSE
        ),
        "openai-chat-cr": row(
            CHAT, stream, data(*WORDS, STOP, end="\r\r"), headers=SSE
        ),
        "openai-chat-byte-order-mark": row(
            CHAT, stream, b"\xef\xbb\xbf" + data(*WORDS, STOP), headers=SSE
        ),
        "openai-chat-several-data-lines": row(
            CHAT, stream, b"data: " + split + b"\n\n" + data(STOP), headers=SSE
        ),
        "openai-chat-no-final-blank-line": row(
            CHAT, stream, data(*WORDS, STOP, done=False)[:-2], headers=SSE
        ),
        "openai-chat-no-content-type": row(
            CHAT, stream, data(*WORDS, STOP), headers={}
        ),
        "openai-chat-cut-stream": row(
            CHAT,
            stream,
            data(*WORDS, STOP)[:-90],
            headers=SSE,
            outcome="upstream_cut",
            peer_error="connection reset",
        ),
        "openai-chat-client-gone": row(
            CHAT, stream, data(*WORDS, done=False), headers=SSE, outcome="client_gone"
        ),
        "openai-chat-captured-in-part": row(
            CHAT,
            ASK,
            dump(chat())[:140],
            response_body={"total": 400, "truncated": True},
        ),
        "openai-chat-page-of-a-gateway": row(
            CHAT,
            ASK,
            b"<html>Bad gateway</html>",
            status=502,
            headers={"content-type": "text/html"},
        ),
        "openai-chat-odd-types": row(
            CHAT,
            {**ASK, "stream": "no"},
            chat(
                model=7,
                usage={
                    "prompt_tokens": 11.0,
                    "completion_tokens": "four",
                    "total_tokens": None,
                },
            ),
        ),
        "openai-chat-rate-limited": row(
            CHAT,
            ASK,
            {
                "error": {
                    "message": "Slow down.",
                    "type": "tokens",
                    "code": "rate_limit_exceeded",
                }
            },
            status=429,
            headers={
                **JSON,
                "retry-after": "20",
                "x-ratelimit-remaining-requests": "0",
                "x-ratelimit-reset-requests": "1m2s",
                "x-request-id": "req_1",
            },
        ),
        "openai-completions-prompt-of-token-numbers": row(
            ("https://api.openai.com", "/v1/completions"),
            {"model": "sea-0", "prompt": [[1, 2], [3]]},
            {
                "id": "cmpl-1",
                "model": "sea-0",
                "choices": [{"text": "Nine.", "index": 0, "finish_reason": "length"}],
                "usage": USAGE,
            },
        ),
        "openai-embeddings-base64": row(
            ("https://api.openai.com", "/v1/embeddings"),
            {"model": "sea-e", "input": ["deep", "sea"], "encoding_format": "base64"},
            {
                "object": "list",
                "model": "sea-e",
                "data": [{"embedding": "AACAPwAAAEA=", "index": 0}],
                "usage": {"prompt_tokens": 2, "total_tokens": 2},
            },
        ),
    }


def encodings() -> dict[str, dict[str, Any]]:
    stream = {**ASK, "stream": True}
    events = data(*WORDS, STOP)
    half = len(events) // 2
    per_event = b"".join(
        zstandard.compress(data(e, done=False)) for e in [*WORDS, STOP]
    )
    bodies = {
        "gzip": (
            "gzip",
            gzip.compress(events[:half], mtime=0)
            + gzip.compress(events[half:], mtime=0),
        ),
        "br": ("br", brotli.compress(events)),
        "zstd": ("zstd", per_event),
    }
    return {
        f"encoding-{name}": row(
            CHAT, stream, body, headers={**SSE, "content-encoding": encoding}
        )
        for name, (encoding, body) in bodies.items()
    }


def family() -> dict[str, dict[str, Any]]:
    stream = {**ASK, "stream": True}
    azure = (
        "https://sea.openai.azure.com",
        "/openai/deployments/sea-1/chat/completions?api-version=1",
    )
    filtered = {"id": "", "model": "", "choices": [], "prompt_filter_results": []}
    growing = [
        chunk(
            {"content": "Nine "},
            usage={"prompt_tokens": 11, "completion_tokens": 2, "total_tokens": 13},
        ),
        chunk({"content": "fathoms."}, "stop", usage=USAGE),
    ]
    openrouter = data(
        WORDS[1],
        chunk(
            {"content": ""},
            "error",
            error={"code": 502, "message": "Provider went away"},
        ),
    )
    thinking = [{"type": "thinking", "thinking": [{"type": "text", "text": "Think."}]}]
    return {
        "azure-first-chunk-without-model": row(
            azure,
            {"messages": [], "stream": True},
            data(filtered, *WORDS, STOP),
            headers=SSE,
        ),
        "azure-content-filter-in-a-200": row(
            azure,
            {"messages": []},
            {
                "error": {
                    "message": "Filtered.",
                    "code": "content_filter",
                    "status": 400,
                }
            },
        ),
        "azure-choice-without-message": row(
            azure,
            {"messages": []},
            chat(choices=[{"index": 0, "finish_reason": "content_filter"}]),
        ),
        "groq-error-event": row(
            ("https://api.groq.com", "/openai/v1/chat/completions"),
            stream,
            data(WORDS[1], done=False)
            + b"event: error\n"
            + data(
                {
                    "error": {
                        "message": "No tool.",
                        "type": "invalid_request_error",
                        "code": "tool_use_failed",
                    }
                },
                done=False,
            ),
            headers=SSE,
        ),
        "groq-usage-under-x-groq": row(
            ("https://api.groq.com", "/openai/v1/chat/completions"),
            stream,
            data(*WORDS, chunk({}, "stop", x_groq={"usage": USAGE})),
            headers=SSE,
        ),
        "mistral-content-as-list-then-text": row(
            ("https://api.mistral.ai", "/v1/chat/completions"),
            stream,
            data(
                chunk({"content": thinking}),
                chunk(
                    {"content": "Nine."},
                    "stop",
                    usage={**USAGE, "num_cached_tokens": 8},
                ),
            ),
            headers=SSE,
        ),
        "deepseek-reasoning-and-cache": row(
            ("https://api.deepseek.com", "/chat/completions"),
            stream,
            data(
                chunk({"reasoning_content": "Think."}),
                *WORDS,
                chunk({}, "stop", usage={**USAGE, "prompt_cache_hit_tokens": 8}),
            ),
            headers=SSE,
        ),
        "perplexity-crlf-usage-in-every-chunk": row(
            ("https://api.perplexity.ai", "/chat/completions"),
            stream,
            data(*growing, end="\r\n\r\n", done=False),
            headers=SSE,
        ),
        "openrouter-comments-and-error-in-a-chunk": row(
            ("https://openrouter.ai", "/api/v1/chat/completions"),
            stream,
            b": OPENROUTER PROCESSING\n\n: \n\n" + openrouter,
            headers=SSE,
        ),
        "xai-reasoning-outside-completion": row(
            ("https://api.x.ai", "/v1/chat/completions"),
            ASK,
            chat(
                usage={
                    "prompt_tokens": 468,
                    "completion_tokens": 82,
                    "total_tokens": 870,
                    "completion_tokens_details": {"reasoning_tokens": 320},
                }
            ),
        ),
        "xai-error-as-text": row(
            ("https://api.x.ai", "/v1/chat/completions"),
            ASK,
            {
                "code": "Client specified an invalid argument",
                "error": "Incorrect API key provided.",
            },
            status=400,
        ),
        "mistral-error-as-detail": row(
            ("https://api.mistral.ai", "/v1/chat/completions"),
            ASK,
            {"detail": [{"loc": ["body"], "msg": "too long"}]},
            status=422,
        ),
        "snowflake-empty-id-and-no-finish": row(
            ("https://a.snowflakecomputing.com", "/api/v2/cortex/v1/chat/completions"),
            stream,
            data(chunk({"content": "Nine."}, id=""), chunk(None, usage=USAGE, id="")),
            headers=SSE,
        ),
        "voyage-total-tokens-only": row(
            ("https://api.voyageai.com", "/v1/embeddings"),
            {"model": "v-1", "input": "deep"},
            {
                "object": "list",
                "model": "v-1",
                "data": [],
                "usage": {"total_tokens": 2},
            },
        ),
        "ollama-error-as-text": row(
            ("http://localhost:11434", "/v1/chat/completions"),
            ASK,
            {"error": "model 'sea-1' not found"},
            status=404,
        ),
        "unknown-path-is-other": row(
            ("https://api.openai.com", "/v1/audio/speech"),
            b"--x--",
            b"\x00\x01",
            headers={"content-type": "audio/mpeg"},
        ),
    }


def responses() -> dict[str, dict[str, Any]]:
    events = response_events()
    failed = completed(
        "failed",
        status="failed",
        output=[],
        usage=None,
        error={"code": "server_error", "message": "It broke."},
    )
    incomplete = completed(
        "incomplete",
        status="incomplete",
        incomplete_details={"reason": "max_output_tokens"},
    )
    history = [
        {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "How deep?"}],
        },
        *RESPONSE["output"],  # type: ignore[misc]
        {"type": "function_call_output", "call_id": "call_1", "output": "9"},
    ]
    ask = {
        "model": "sea-2",
        "instructions": "Be brief.",
        "input": history,
        "previous_response_id": "resp_0",
        "conversation": {"id": "conv_1"},
    }
    return {
        "openai-responses-history-of-items": row(RESPONSES, ask, RESPONSE),
        "openai-responses-stream": row(
            RESPONSES, RESPONSES_ASK, named([*events, completed()]), headers=SSE
        ),
        "openai-responses-done-marker-of-a-gateway": row(
            RESPONSES,
            RESPONSES_ASK,
            named([*events, completed()]) + b"data: [DONE]\n\n",
            headers=SSE,
        ),
        "openai-responses-last-event-without-output": row(
            RESPONSES,
            RESPONSES_ASK,
            named([*events, completed(output=[])]),
            headers=SSE,
        ),
        "openai-responses-failed": row(
            RESPONSES, RESPONSES_ASK, named([events[0], failed]), headers=SSE
        ),
        "openai-responses-incomplete": row(
            RESPONSES, RESPONSES_ASK, named([*events[:8], incomplete]), headers=SSE
        ),
        "openai-responses-error-event": row(
            RESPONSES,
            RESPONSES_ASK,
            named(
                [
                    events[0],
                    {"type": "error", "code": "server_error", "message": "It broke."},
                ]
            ),
            headers=SSE,
        ),
        "openai-responses-cut-stream": row(
            RESPONSES,
            RESPONSES_ASK,
            named(events[:10]),
            headers=SSE,
            outcome="upstream_cut",
        ),
    }


def anthropic() -> dict[str, dict[str, Any]]:
    stream = {**ANTHROPIC_ASK, "stream": True}
    start = message_start(
        input_tokens=11,
        cache_read_input_tokens=100,
        cache_creation_input_tokens=20,
        output_tokens=1,
    )
    restated = [
        {
            **MESSAGE_END[0],
            "usage": {
                "input_tokens": 12,
                "cache_read_input_tokens": 101,
                "output_tokens": 6,
            },
        },
        MESSAGE_END[1],
    ]
    empty = block(
        1,
        {"type": "tool_use", "id": "toolu_1", "name": "sound", "input": {}},
        {"type": "input_json_delta", "partial_json": ""},
    )
    pieces = block(
        2,
        {"type": "tool_use", "id": "toolu_2", "name": "sound", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"line": '},
        {"type": "input_json_delta", "partial_json": '"lead"}'},
    )
    thought = block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Think."},
        {"type": "signature_delta", "signature": "xx"},
    )
    server = block(
        1,
        {
            "type": "server_tool_use",
            "id": "srvtoolu_1",
            "name": "web_search",
            "input": {},
        },
        {"type": "input_json_delta", "partial_json": '{"query": "sea"}'},
    )
    overloaded = {
        "type": "error",
        "error": {"type": "overloaded_error", "message": "Overloaded"},
    }
    history = [
        {"role": "user", "content": "How deep?"},
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "Let me see."},
                {
                    "type": "tool_use",
                    "id": "toolu_1",
                    "name": "sound",
                    "input": {"b": 1, "a": 2},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "is_error": True,
                    "content": [{"type": "text", "text": "The line broke."}],
                }
            ],
        },
    ]
    whole = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "sea-3",
        "content": [{"type": "text", "text": "I could not."}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 30, "output_tokens": 5},
    }
    spaced = named([start, *TEXT, *MESSAGE_END]).replace(b"}\n\n", b"}   \n\n")
    return {
        "anthropic-usage-restated-at-the-end": row(
            MESSAGES,
            stream,
            named([start, {"type": "ping"}, *TEXT, *restated]),
            headers=SSE,
        ),
        "anthropic-spaces-after-the-data": row(MESSAGES, stream, spaced, headers=SSE),
        "anthropic-tool-arguments-in-pieces-and-empty": row(
            MESSAGES,
            stream,
            named([start, *TEXT, *empty, *pieces, *MESSAGE_END]),
            headers=SSE,
        ),
        "anthropic-thinking-and-server-tool": row(
            MESSAGES,
            stream,
            named([start, *thought, *server, *MESSAGE_END]),
            headers=SSE,
        ),
        "anthropic-tool-result-is-error": row(
            MESSAGES,
            {
                **ANTHROPIC_ASK,
                "system": "Be brief.",
                "messages": history,
                "tools": [{"name": "sound"}],
            },
            whole,
        ),
        "anthropic-error-in-the-stream": row(
            MESSAGES, stream, named([start, *TEXT[:2], overloaded]), headers=SSE
        ),
        "anthropic-529": row(
            MESSAGES,
            ANTHROPIC_ASK,
            overloaded,
            status=529,
            headers={**JSON, "request-id": "req_1"},
        ),
        "anthropic-cut-stream": row(
            MESSAGES, stream, named([start, *TEXT]), headers=SSE, outcome="upstream_cut"
        ),
        "anthropic-lent-to-vertex": row(
            (
                "https://europe-west4-aiplatform.googleapis.com",
                "/v1/projects/p/locations/l/publishers/anthropic/models/sea-3@2:streamRawPredict",
            ),
            {"anthropic_version": "vertex", "messages": history[:1], "stream": True},
            named([start, *TEXT, *MESSAGE_END]),
            headers=SSE,
        ),
        "anthropic-complete-crlf": row(
            ("https://api.anthropic.com", "/v1/complete"),
            {"model": "sea-0", "prompt": "How deep?", "stream": True},
            named(
                [
                    {
                        "type": "completion",
                        "completion": " Nine",
                        "stop_reason": None,
                        "model": "sea-0",
                    },
                    {
                        "type": "completion",
                        "completion": ".",
                        "stop_reason": "stop_sequence",
                        "model": "sea-0",
                    },
                ]
            ).replace(b"\n", b"\r\n"),
            headers=SSE,
        ),
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for group in (openai_chat, encodings, family, responses, anthropic):
        for name, line in group().items():
            (FOLDER / f"{name}.jsonl").write_bytes(dump(line) + b"\n")


if __name__ == "__main__":
    main()
