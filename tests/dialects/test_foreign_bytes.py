"""What strangers send to the dialects beside OpenAI's and Anthropic's never does harm."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.dialects.reader import read
from proxy.errors import WireError
from tests.dialects import test_bedrock_converse as converse
from tests.dialects import test_cohere as cohere
from tests.dialects import test_gemini as gemini
from tests.dialects.amazon import chunk, event, framed, header
from tests.dialects.wire import events, lines, raw, recorded

GEMINI = "/v1beta/models/g:streamGenerateContent"
INVOKE = "/model/m/invoke-with-response-stream"
PATHS = {
    "gemini.generate_content": GEMINI,
    "gemini.embed": "/v1beta/models/g:embedContent",
    "vertex.predict_embed": "/v1/models/g:predict",
    "bedrock.converse": "/model/m/converse",
    "bedrock.converse_stream": "/model/m/converse-stream",
    "bedrock.invoke": "/model/m/invoke",
    "bedrock.invoke_stream": INVOKE,
    "ollama.chat": "/api/chat",
    "ollama.generate": "/api/generate",
    "ollama.embed": "/api/embed",
    "cohere.chat": "/v2/chat",
    "cohere.generate": "/v1/generate",
    "cohere.embed": "/v2/embed",
    "writer.completions": "/v1/completions",
}
STREAMS = [
    pytest.param(GEMINI, "json", gemini.framed("json"), id="gemini array"),
    pytest.param(GEMINI, "sse", gemini.framed("sse"), id="gemini sse"),
    pytest.param(
        PATHS["bedrock.converse_stream"],
        "amazon",
        b"".join(converse.PIECES),
        id="converse",
    ),
    pytest.param(
        INVOKE,
        "amazon",
        chunk({"generation": "h\u00e9"})
        + chunk({"generation": "y", "stop_reason": "s"}),
        id="invoke",
    ),
    pytest.param(
        "/api/chat",
        "ndjson",
        lines({"message": {"content": "\U0001f6a2"}}, {"done": True}),
        id="ollama",
    ),
    pytest.param("/v2/chat", "sse", events(*cohere.SECOND), id="cohere 2"),
    pytest.param("/v1/chat", "ndjson", lines(*cohere.FIRST), id="cohere 1"),
    pytest.param("/v1/completions", "sse", events({"value": "a"}), id="writer"),
]
FAST = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


def host(path: str) -> str:
    return "https://api.writer.com" if path == "/v1/completions" else "https://x"


def harmless(path: str, request: bytes, response: bytes, kind: str) -> None:
    with suppress(WireError):
        read(recorded(path, request, response, kind=kind, upstream=host(path)))


@pytest.mark.parametrize(("path", "kind", "body"), STREAMS)
@FAST
@given(data=st.data())
def test_the_exchange_is_the_same_for_every_chunking(
    path: str, kind: str, body: bytes, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(body)), max_size=30)))
    edges = zip([0, *cuts], [*cuts, len(body)], strict=True)
    pieces = [body[a:b] for a, b in edges]
    whole = read(recorded(path, b"", body, kind=kind, upstream=host(path)))
    cut = recorded(path, b"", body, kind=kind, upstream=host(path), slices=pieces)
    assert read(cut) == whole
    assert whole.events
    assert whole.text


@pytest.mark.parametrize(("path", "kind", "body"), STREAMS)
@FAST
@given(
    at=st.integers(0, 10_000),
    width=st.integers(0, 40),
    instead=st.binary(max_size=20),
)
def test_damaged_streams_raise_only_wire_errors(
    path: str, kind: str, body: bytes, at: int, width: int, instead: bytes
) -> None:
    at %= len(body) + 1
    harmless(path, b"", body[:at] + instead + body[at + width :], kind)


NAMES = (
    *(
        "candidates",
        "content",
        "parts",
        "text",
        "functionCall",
        "args",
        "name",
        "index",
    ),
    *("usageMetadata", "promptTokenCount", "finishReason", "error", "code", "message"),
    *("contents", "role", "tools", "predictions", "embeddings", "statistics", "type"),
    *("output", "usage", "inputTokens", "stopReason", "toolUse", "input", "messages"),
    *(
        "results",
        "generations",
        "tokenCount",
        "completions",
        "data",
        "choices",
        "delta",
    ),
    *("contentBlockDelta", "contentBlockIndex", "id", "response_id", "bytes", "prompt"),
    *("amazon-bedrock-invocationMetrics", "inputTokenCount", "tool_calls", "function"),
    *("arguments", "thinking", "done", "eval_count", "response", "event_type", "meta"),
    *("tokens", "billed_units", "input_tokens", "finish_reason", "value", "model"),
)
numbers = st.sampled_from([0, -1, 1.5, 10**30, -(10**19), 1e300, True])
documents: st.SearchStrategy[Any] = st.recursive(
    st.none() | numbers | st.text(max_size=5) | st.sampled_from(["stream-end", "user"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6)
    ),
    max_leaves=25,
)
WRAPPED: dict[str, Callable[[object], bytes]] = {
    "json": raw,
    "sse": lambda document: events(document, document),
    "ndjson": lambda document: lines(document, document),
    "amazon": lambda document: event("metadata", document) + chunk(document),
}


@pytest.mark.parametrize("path", [pytest.param(p, id=n) for n, p in PATHS.items()])
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(documents, documents, st.sampled_from(sorted(WRAPPED)))
def test_documents_of_any_shape_raise_only_wire_errors(
    path: str, request: object, response: object, kind: str
) -> None:
    harmless(path, raw(request), WRAPPED[kind](response), kind)


@pytest.mark.parametrize("path", [pytest.param(p, id=n) for n, p in PATHS.items()])
@FAST
@given(st.binary(max_size=80), st.binary(max_size=80), st.sampled_from(sorted(WRAPPED)))
def test_bytes_of_any_kind_raise_only_wire_errors(
    path: str, request: bytes, response: bytes, kind: str
) -> None:
    harmless(path, request, response, kind)


NASTY = [
    pytest.param("json", b"[" * 1_000_000, id="nested arrays"),
    pytest.param("json", b'{"a":' * 500_000, id="nested objects"),
    pytest.param("json", b'[{"a":"' + b"\\" * 2_000_001, id="backslashes"),
    pytest.param("json", b"[" + b'{"a":[' * 300_000, id="an element that only opens"),
    pytest.param(
        "json", b'{"usage":{"inputTokens":' + b"9" * 1_000_000 + b"}}", id="a number"
    ),
    pytest.param("ndjson", b'{"message":{"content":"' + b"x" * 4_000_000, id="a line"),
    pytest.param("sse", b"data: " + b"\n" * 1_000_000, id="empty lines"),
    pytest.param(
        "amazon",
        framed(header(":event-type", "x") + b"\x01n\x00" * 20_000, b"{}") * 5,
        id="a frame full of headers",
    ),
]


@pytest.mark.parametrize("path", [GEMINI, INVOKE, "/api/chat", "/v2/chat"])
@pytest.mark.parametrize(("kind", "body"), NASTY)
def test_nasty_bodies_take_bounded_time(path: str, kind: str, body: bytes) -> None:
    slices = [body[i : i + 65536] for i in range(0, len(body), 65536)]
    started = time.perf_counter()
    with suppress(WireError):
        read(recorded(path, b"", body, kind=kind, slices=slices))
    assert time.perf_counter() - started < 5


def test_nesting_inside_a_tools_arguments_is_refused() -> None:
    deep = '{"a":' * 20_000 + "1" + "}" * 20_000
    use = {"toolUse": {"toolUseId": "t", "name": "f", "input": 0}}
    body = raw({"output": {"message": {"content": [use]}}})
    body = body.replace(b'"input": 0', b'"input": ' + deep.encode())
    with pytest.raises(WireError, match="nested too deeply"):
        read(recorded("/model/m/converse", b"", body))
