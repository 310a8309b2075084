"""Writes more of tests/recordings/quirks: Gemini, Bedrock, Ollama, Cohere and Writer.

python -m tests.recordings.quirks_beside
"""

from typing import Any

from tests.dialects.amazon import chunk, event, exception
from tests.recordings.quirks import FOLDER, JSON, SSE, data, dump, row

GOOGLE = "https://generativelanguage.googleapis.com"
VERTEX = "https://us-central1-aiplatform.googleapis.com"
AMAZON = "https://bedrock-runtime.us-east-1.amazonaws.com"
OLLAMA = "http://localhost:11434"
COHERE = "https://api.cohere.com"
FRAMES = {"content-type": "application/vnd.amazon.eventstream"}
LINES = {"content-type": "application/x-ndjson"}

MODEL = "/v1beta/models/sea-2"
WHOLE = (GOOGLE, MODEL + ":generateContent")
STREAM = (GOOGLE, MODEL + ":streamGenerateContent?alt=sse")
ARRAY = (GOOGLE, MODEL + ":streamGenerateContent")
CONVERSE = (AMAZON, "/model/amazon.sea-v1%3A0/converse")
CONVERSE_STREAM = (AMAZON, "/model/amazon.sea-v1%3A0/converse-stream")
INVOKE = (AMAZON, "/model/amazon.sea-v1%3A0/invoke")
INVOKE_STREAM = (AMAZON, "/model/amazon.sea-v1%3A0/invoke-with-response-stream")


def ask(text: str = "How deep is it?") -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def piece(
    *parts: Any, finish: str | int | None = None, **counts: int
) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": [*parts]}}
    if finish is not None:
        candidate["finishReason"] = finish
    usage = {"usageMetadata": counts} if counts else {}
    return {"candidates": [candidate], **usage, "modelVersion": "sea-2-001"}


SOUND = {"functionCall": {"name": "sound", "args": {"line": 9.0, "bow": True}}}
PIECES = (
    piece({"text": "Sounding.", "thought": True}, promptTokenCount=5),
    piece({"text": "Nine "}, promptTokenCount=5, candidatesTokenCount=1),
    piece(
        {"text": "fathoms."},
        finish="STOP",
        promptTokenCount=5,
        candidatesTokenCount=4,
        thoughtsTokenCount=20,
        totalTokenCount=29,
    ),
)
LONG = b"[" + b"\n,\r\n".join(dump(one) for one in PIECES) + b"\n]\n"


def gemini() -> dict[str, dict[str, Any]]:
    refused = {"code": 429, "message": "Later.", "status": "RESOURCE_EXHAUSTED"}
    full = {"code": 503, "message": "Full.", "status": "UNAVAILABLE"}
    history = {
        "contents": [
            {"role": "user", "parts": [{"text": "How deep?"}]},
            {"role": "model", "parts": [{"function_call": SOUND["functionCall"]}]},
            {
                "role": "user",
                "parts": [
                    {"functionResponse": {"name": "sound", "response": {"m": 16}}}
                ],
            },
        ],
        "system_instruction": {"parts": [{"text": "Be brief."}]},
    }
    return {
        "gemini-crlf": row(
            STREAM, ask(), data(*PIECES, end="\r\n\r\n", done=False), headers=SSE
        ),
        "gemini-json-array": row(ARRAY, ask(), LONG),
        "gemini-json-array-cut": row(ARRAY, ask(), LONG[:-120], outcome="upstream_cut"),
        "gemini-enums-as-integers": row(
            (
                VERTEX,
                "/v1/projects/p/locations/l/publishers/google/models/sea-2:generateContent?%24alt=json%3Benum-encoding%3Dint",
            ),
            ask(),
            piece({"text": "Nine."}, finish=1, promptTokenCount=5),
        ),
        "gemini-calls-without-ids-and-finish-stop": row(
            WHOLE, ask(), piece(SOUND, SOUND, finish="STOP")
        ),
        "gemini-both-spellings": row(WHOLE, history, piece({"text": "Sixteen."})),
        "gemini-usage-grows-and-loses-a-count": row(
            STREAM,
            ask(),
            data(
                piece({"text": "Nine."}, promptTokenCount=5, candidatesTokenCount=7),
                piece(finish="STOP", promptTokenCount=80, totalTokenCount=80),
                done=False,
            ),
            headers=SSE,
        ),
        "gemini-blocked-prompt": row(
            WHOLE, ask(), {"promptFeedback": {"blockReason": "SAFETY"}}
        ),
        "gemini-server-tools": row(
            WHOLE,
            ask(),
            piece(
                {"executableCode": {"code": "9"}},
                {"codeExecutionResult": {"output": "9"}},
                {"toolCall": {"toolType": "GOOGLE_SEARCH_WEB"}},
                {"text": "Nine."},
            ),
        ),
        "gemini-error-in-an-array": row(ARRAY, ask(), [{"error": refused}], status=429),
        "gemini-error-in-the-stream": row(
            STREAM, ask(), data(PIECES[1], {"error": full}, done=False), headers=SSE
        ),
        "vertex-predicts-embeddings": row(
            (VERTEX, "/v1/publishers/google/models/sea-e:predict"),
            {"instances": [{"content": "sea"}]},
            {
                "predictions": [
                    {"embeddings": {"statistics": {"token_count": n}, "values": [0.5]}}
                    for n in (3, 4)
                ]
            },
        ),
    }


def bedrock() -> dict[str, dict[str, Any]]:
    asked = {"messages": [{"role": "user", "content": [{"text": "How deep?"}]}]}
    counts = {
        "inputTokens": 5,
        "outputTokens": 4,
        "totalTokens": 109,
        "cacheReadInputTokens": 100,
        "cacheWriteInputTokens": 0,
    }
    use = {"toolUseId": "t1", "name": "sound"}
    failed = {"toolResult": {"toolUseId": "t0", "status": "error", "content": []}}
    begun = [
        event("messageStart", {"role": "assistant", "p": "abcdef"}),
        event(
            "contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": "Nine."}}
        ),
    ]
    call = [
        event("contentBlockStart", {"contentBlockIndex": 1, "start": {"toolUse": use}}),
        event(
            "contentBlockDelta",
            {"contentBlockIndex": 1, "delta": {"toolUse": {"input": '{"line":'}}},
        ),
        event(
            "contentBlockDelta",
            {"contentBlockIndex": 1, "delta": {"toolUse": {"input": "9}"}}},
        ),
        event("messageStop", {"stopReason": "tool_use"}),
        event("metadata", {"usage": counts}),
    ]
    metrics = {
        "amazon-bedrock-invocationMetrics": {
            "inputTokenCount": 5,
            "outputTokenCount": 4,
        }
    }
    headers = {
        **JSON,
        "X-Amzn-Bedrock-Input-Token-Count": "5",
        "X-Amzn-Bedrock-Output-Token-Count": "4",
        "x-amzn-RequestId": "r1",
    }
    return {
        "bedrock-converse-tool-failed-and-server-tool": row(
            CONVERSE,
            {"messages": [*asked["messages"], {"role": "user", "content": [failed]}]},
            {
                "output": {
                    "message": {
                        "content": [
                            {"toolUse": {**use, "type": "server_tool_use"}},
                            {"text": "Nine."},
                        ]
                    }
                },
                "stopReason": "end_turn",
                "usage": counts,
            },
        ),
        "bedrock-usage-after-the-stop": row(
            CONVERSE_STREAM, asked, b"".join(begun + call), headers=FRAMES
        ),
        "bedrock-exception-in-a-200": row(
            CONVERSE_STREAM,
            asked,
            b"".join(begun)
            + exception("throttlingException", {"message": "Too many requests."}),
            headers=FRAMES,
        ),
        "bedrock-cut-inside-a-frame": row(
            CONVERSE_STREAM,
            asked,
            b"".join(begun + call)[:-30],
            headers=FRAMES,
            outcome="upstream_cut",
        ),
        "bedrock-error-type-in-a-header": row(
            CONVERSE,
            asked,
            {"Message": "No such model."},
            status=400,
            headers={**JSON, "x-amzn-errortype": "ValidationException:http://x/"},
        ),
        "bedrock-invoke-counts-in-headers": row(
            INVOKE, {"prompt": "How deep?"}, {"generation": "Nine."}, headers=headers
        ),
        "bedrock-invoke-stream-counts-in-the-last-piece": row(
            INVOKE_STREAM,
            {"prompt": "How deep?"},
            chunk({"outputs": [{"text": "Nine."}]})
            + chunk({"outputs": [{"text": "", "stop_reason": "stop"}], **metrics}),
            headers=FRAMES,
        ),
    }


def others() -> dict[str, dict[str, Any]]:
    asked = {"model": "sea-1", "messages": [{"role": "user", "content": "How deep?"}]}
    tokens = {
        "billed_units": {"input_tokens": 2, "output_tokens": 4},
        "tokens": {"input_tokens": 60, "output_tokens": 6},
    }
    said = {"message": {"role": "assistant", "content": "Nine."}, "done": False}
    call = {"function": {"name": "sound", "arguments": {"line": 9}}}
    end = {"model": "sea-1", "done": True, "done_reason": "stop", "eval_count": 4}
    old = [
        {"event_type": "stream-start", "generation_id": "g"},
        {"event_type": "text-generation", "text": "Nine."},
        {
            "event_type": "stream-end",
            "response": {
                "response_id": "r1",
                "text": "Nine.",
                "finish_reason": "COMPLETE",
                "meta": tokens,
            },
        },
    ]
    return {
        "ollama-streams-by-default-and-leaves-out-the-prompt": row(
            (OLLAMA, "/api/chat"),
            asked,
            b"\n".join(map(dump, (said, end))) + b"\n",
            headers=LINES,
        ),
        "ollama-arguments-are-objects-without-ids": row(
            (OLLAMA, "/api/chat"),
            asked | {"stream": False},
            end | {"message": {"content": "", "thinking": "Hm.", "tool_calls": [call]}},
        ),
        "ollama-error-between-the-lines": row(
            (OLLAMA, "/api/chat"),
            asked,
            b"\n".join(map(dump, (said, {"error": "out of memory"}))),
            headers=LINES,
        ),
        "cohere-tokens-differ-from-billed-units": row(
            (COHERE, "/v2/chat"),
            asked,
            {
                "id": "r1",
                "finish_reason": "COMPLETE",
                "message": {"content": [{"type": "text", "text": "Nine."}]},
                "usage": tokens,
            },
        ),
        "cohere-first-version-streams-lines": row(
            (COHERE, "/v1/chat"),
            {"message": "How deep?", "stream": True},
            b"\n".join(map(dump, old)) + b"\n",
            headers={"content-type": "application/stream+json"},
        ),
        "writer-stream-without-an-end": row(
            ("https://api.writer.com", "/v1/completions"),
            {"model": "sea-w", "prompt": "How deep?", "stream": True},
            data({"value": "Nine"}, {"value": "."}, done=False),
            headers=SSE,
        ),
    }


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for group in (gemini, bedrock, others):
        for name, line in group().items():
            (FOLDER / f"{name}.jsonl").write_bytes(dump(line) + b"\n")


if __name__ == "__main__":
    main()
