"""Writes more of tests/recordings/quirks: Databricks, signatures, oddities of every kind.

python -m tests.recordings.quirks_beyond
"""

import base64
import gzip
import zlib
from typing import Any

import zstandard

from tests.recordings.quirks import (
    ANTHROPIC_ASK,
    ASK,
    CHAT,
    FOLDER,
    JSON,
    MESSAGE_END,
    MESSAGES,
    RESPONSES,
    SSE,
    STOP,
    TEXT,
    USAGE,
    WORDS,
    block,
    chat,
    chunk,
    data,
    dump,
    message_start,
    named,
    row,
    sound,
)

BRICKS = "https://adb-1.azuredatabricks.net"
SERVED = (BRICKS, "/serving-endpoints/sea-d/invocations")
STREAM = {**ASK, "stream": True}
WHOLE = data(*WORDS, STOP)
SIGNATURE = base64.b64encode(bytes(range(96))).decode()
SHAPE = {
    "type": "function",
    "function": {"name": "sound", "arguments": '{"at":"pier"}'},
}


def databricks() -> dict[str, Any]:
    asked = {"messages": ASK["messages"], "stream": True}
    counted = [
        {**one, "usage": {**USAGE, "completion_tokens": n}} for n, one in COUNTED
    ]
    vector = {"object": "embedding", "index": 0, "embedding": [0.5, -0.5]}
    return {
        "databricks-usage-in-every-chunk": row(
            SERVED, asked, data(*counted), headers=SSE
        ),
        "databricks-embeds-on-the-same-path": row(
            SERVED,
            {"input": ["How deep is it?"]},
            {"data": [vector], "model": "sea-d", "usage": {"prompt_tokens": 5}},
        ),
        "databricks-completes-on-the-same-path": row(
            SERVED,
            {"prompt": "How deep is it?"},
            {"choices": [{"text": "Nine.", "finish_reason": "stop"}], "usage": USAGE},
        ),
        "databricks-forecasts-on-the-same-path": row(
            SERVED, {"dataframe_records": [{"tide": 2}]}, {"predictions": [9.0]}
        ),
    }


COUNTED = list(enumerate([*WORDS, STOP], 1))


def framing() -> dict[str, Any]:
    spaced = data(*WORDS, STOP, done=False) + b"data:  [DONE] \n\n"
    lines = [WORDS[0], chunk({"content": "Nine\u2028fath\u0085oms."}), STOP]
    return {
        "openai-chat-done-with-spaces": row(CHAT, STREAM, spaced, headers=SSE),
        "openai-chat-line-separators-in-the-text": row(
            CHAT, STREAM, data(*lines), headers=SSE
        ),
        "encoding-gzip-several-members": row(
            CHAT,
            STREAM,
            b"".join(gzip.compress(part, mtime=0) for part in halves(WHOLE)),
            headers={**SSE, "content-encoding": "gzip"},
        ),
        "encoding-deflate-without-header": row(
            CHAT,
            STREAM,
            zlib.compress(WHOLE, wbits=-15),
            headers={**SSE, "content-encoding": "deflate"},
        ),
        "encoding-zstd-frame-per-event": row(
            CHAT,
            STREAM,
            b"".join(map(zstandard.compress, WHOLE.splitlines(keepends=True))),
            headers={**SSE, "content-encoding": "zstd"},
        ),
    }


def halves(body: bytes) -> tuple[bytes, bytes]:
    return body[: len(body) // 2], body[len(body) // 2 :]


VLLM = {"object": "error", "message": "out of blocks", "type": "Aborted", "code": 500}


def oddities() -> dict[str, Any]:
    calls = [{**SHAPE, "id": f"call_of_choice_{n}"} for n in range(2)]
    choices = [
        {"index": n, "message": {"tool_calls": [call]}, "finish_reason": "tool_calls"}
        for n, call in enumerate(calls)
    ]
    whole = {"name": "sound", "arguments": {"to": 9, "at": "pier"}}
    object_call = {"tool_calls": [sound(function=whole)]}
    pieces = ({"name": "sound"}, {"arguments": '{"at":'}, {"arguments": '"pier"}'})
    legacy = [chunk({"function_call": piece}) for piece in pieces]
    return {
        "openai-chat-tool-calls-of-all-choices": row(
            CHAT, {**ASK, "n": 2}, chat(choices=choices)
        ),
        "openai-chat-legacy-function-call": row(
            CHAT, STREAM, data(*legacy, chunk({}, "function_call")), headers=SSE
        ),
        "openai-chat-count-below-zero": row(
            CHAT, ASK, chat(usage={**USAGE, "completion_tokens": -1})
        ),
        "openai-chat-empty-finish-in-a-cut-stream": row(
            CHAT,
            STREAM,
            data(chunk({"content": "Nine"}, ""), done=False),
            headers=SSE,
        ),
        "mistral-arguments-as-an-object": row(
            ("https://api.mistral.ai", "/v1/chat/completions"),
            STREAM,
            data(chunk(object_call, "tool_calls")),
            headers=SSE,
        ),
        "openrouter-error-code-is-a-number": row(
            ("https://openrouter.ai", "/api/v1/chat/completions"),
            ASK,
            {"error": {"message": "No credits", "code": 402}, "user_id": "u"},
            status=402,
        ),
        "vllm-error-is-the-object": row(
            ("http://localhost:8000", "/v1/chat/completions"),
            STREAM,
            data(WORDS[1], VLLM),
            headers=SSE,
        ),
        "xai-bad-key-is-400": row(
            ("https://api.x.ai", "/v1/chat/completions"),
            ASK,
            {"code": "Client specified an invalid argument", "error": "Wrong API key"},
            status=400,
        ),
        "encoding-gzip-request": asked_in_gzip(),
    }


def asked_in_gzip() -> dict[str, Any]:
    line = row(CHAT, gzip.compress(dump(ASK), mtime=0), chat())
    line["request"]["headers"] = {**JSON, "content-encoding": "gzip"}
    return line


def responses() -> dict[str, Any]:
    asked = {"model": "sea-1", "input": "How deep is it?"}
    begun = {"id": "resp_1", "model": "sea-1-0611", "status": "in_progress"}
    created = {"type": "response.created", "response": begun}
    refused = [
        {"type": "response.refusal.delta", "output_index": 0, "delta": part}
        for part in ("I must ", "not say.")
    ]
    done = {"type": "response.completed", "response": {**begun, "status": "completed"}}
    return {
        "openai-responses-queued": row(
            RESPONSES,
            {**asked, "background": True},
            {"id": "resp_1", "model": "sea-1", "status": "queued", "output": []},
        ),
        "openai-responses-refusal-cut": row(
            RESPONSES,
            {**asked, "stream": True},
            named([created, *refused]),
            headers=SSE,
            outcome="upstream_cut",
        ),
        "openai-responses-events-without-names": row(
            RESPONSES,
            {**asked, "stream": True},
            data(created, done, done=False),
            headers=SSE,
        ),
        "openai-responses-error-of-a-gateway": row(
            RESPONSES,
            {**asked, "stream": True},
            data({"error": {"message": "upstream is gone", "code": 502}}, done=False),
            headers=SSE,
        ),
    }


def signatures() -> dict[str, Any]:
    thought = block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Let me see."},
        {"type": "signature_delta", "signature": SIGNATURE},
    )
    said = [
        {"type": "thinking", "thinking": "Let me see.", "signature": SIGNATURE},
        {"type": "redacted_thinking", "data": SIGNATURE[::-1]},
        {"type": "text", "text": "Nine fathoms."},
    ]
    history = [
        *ANTHROPIC_ASK["messages"],
        {"role": "assistant", "content": said},
        {"role": "user", "content": "And at low tide?"},
    ]
    text = [{**event, "index": 1} for event in TEXT]
    start = message_start(input_tokens=11, output_tokens=1)
    gemini = (
        "https://gateway.example",
        "/v1beta/models/g:streamGenerateContent?alt=sse",
    )
    part = {"content": {"parts": [{"text": "Nine."}]}, "finishReason": "STOP"}
    broken = {"error": {"type": "api_error", "message": "upstream is gone"}}
    return {
        "anthropic-signatures-come-back": row(
            MESSAGES,
            {**ANTHROPIC_ASK, "messages": history, "stream": True},
            named([start, *thought, *text, *MESSAGE_END]),
            headers=SSE,
        ),
        "gemini-done-marker-of-a-gateway": row(
            gemini, {"contents": []}, data({"candidates": [part]}), headers=SSE
        ),
        "anthropic-error-of-a-gateway": row(
            MESSAGES,
            {**ANTHROPIC_ASK, "stream": True},
            named([start, *TEXT[:2]]) + data(broken, done=False),
            headers=SSE,
        ),
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for group in (databricks, framing, oddities, responses, signatures):
        for name, line in group().items():
            (FOLDER / f"{name}.jsonl").write_bytes(dump(line) + b"\n")


if __name__ == "__main__":
    main()
