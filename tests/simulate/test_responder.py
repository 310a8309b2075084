"""Every request gets an answer of its provider's shape."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.simulate import Behaviour
from proxy.simulate.answer import Answer
from proxy.simulate.responder import Decision, Request, Responder

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
MESSAGES = CHAT | {"max_tokens": 500}
RESPONSES = {"model": "m", "input": "hi"}
GENERATE = {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
GEMINI_PATH = "/v1beta/models/m:generateContent"
PATHS = {
    "/v1/chat/completions": CHAT,
    "/v1/responses": RESPONSES,
    "/v1/messages": MESSAGES,
    GEMINI_PATH: GENERATE,
}
FUNCTION = {"name": "look", "parameters": {"type": "object", "properties": {}}}
TOOLS: dict[str, Any] = {
    "/v1/chat/completions": [{"type": "function", "function": FUNCTION}],
    "/v1/responses": [{"type": "function"} | FUNCTION],
    "/v1/messages": [{"name": "look", "input_schema": {"type": "object"}}],
    GEMINI_PATH: [{"functionDeclarations": [FUNCTION]}],
}


def decide(
    path: str, body: object, steer: str = "", behaviour: Behaviour | None = None
) -> Decision:
    settings = behaviour or Behaviour(behaviours={"answer": 1.0})
    headers = {"x-simulate": steer} if steer else {}
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = Request("POST", path, path.partition("?")[0], {}, headers, data)
    return Responder(settings, ()).decide(request)


def read(answer: Answer) -> Any:
    return json.loads(answer.body)


@pytest.mark.parametrize("prefix", ["", "/openai", "/a/b/c"])
@pytest.mark.parametrize("path", PATHS)
def test_a_prefix_before_the_path_changes_nothing(prefix: str, path: str) -> None:
    assert decide(prefix + path, PATHS[path]) == decide(path, PATHS[path])


@pytest.mark.parametrize("path", PATHS)
def test_a_tool_is_called_only_when_one_is_declared(path: str) -> None:
    only_tools = Behaviour(behaviours={"tool_call": 1.0})
    with_tools = PATHS[path] | {"tools": TOOLS[path]}
    assert decide(path, with_tools, "", only_tools).answer.behaviour == "tool_call"
    assert decide(path, PATHS[path], "", only_tools).answer.behaviour == "answer"


@pytest.mark.parametrize(
    ("path", "choice"),
    [
        pytest.param(
            "/v1/chat/completions", {"tool_choice": "required"}, id="chat required"
        ),
        pytest.param(
            "/v1/chat/completions",
            {"tool_choice": {"type": "function", "function": {"name": "look"}}},
            id="chat named",
        ),
        pytest.param("/v1/responses", {"tool_choice": "required"}, id="responses"),
        pytest.param("/v1/messages", {"tool_choice": {"type": "any"}}, id="any"),
        pytest.param(
            "/v1/messages", {"tool_choice": {"type": "tool", "name": "look"}}, id="tool"
        ),
        pytest.param(
            GEMINI_PATH,
            {"toolConfig": {"functionCallingConfig": {"mode": "ANY"}}},
            id="gemini",
        ),
    ],
)
def test_a_demanded_tool_call_is_made(path: str, choice: dict[str, Any]) -> None:
    body = PATHS[path] | {"tools": TOOLS[path]} | choice
    assert decide(path, body).answer.behaviour == "tool_call"


CALLED: dict[str, Any] = {
    "/v1/chat/completions": {
        "messages": [{"role": "tool", "tool_call_id": "1", "content": "done"}]
    },
    "/v1/responses": {
        "input": [{"type": "function_call_output", "call_id": "1", "output": "done"}]
    },
    "/v1/messages": {
        "messages": [
            {"role": "user", "content": [{"type": "tool_result", "content": "done"}]}
        ]
    },
    GEMINI_PATH: {
        "contents": [
            {"parts": [{"functionResponse": {"name": "look", "response": {}}}]}
        ]
    },
}


@pytest.mark.parametrize("path", PATHS)
def test_a_tool_result_is_answered_in_words(path: str) -> None:
    body = PATHS[path] | {"tools": TOOLS[path]} | CALLED[path]
    calling = Behaviour(behaviours={"tool_call": 1.0})
    assert decide(path, body, "", calling).answer.behaviour == "answer"


@pytest.mark.parametrize(
    ("path", "fault", "status", "error"),
    [
        pytest.param(path, fault, status, error, id=f"{fault} {path}")
        for fault, rows in {
            "rate_limited": (
                (429, ("requests",)),
                (429, ("rate_limit_error",)),
                (429, (429,)),
            ),
            "server_error": (
                (500, ("server_error",)),
                (500, ("api_error",)),
                (500, (500,)),
            ),
            "overloaded": (
                (503, ("server_error",)),
                (529, ("overloaded_error",)),
                (503, (503,)),
            ),
        }.items()
        for path, (status, (error,)) in zip(
            ("/v1/chat/completions", "/v1/messages", GEMINI_PATH), rows, strict=True
        )
    ],
)
def test_a_fault_has_the_providers_status_and_shape(
    path: str, fault: str, status: int, error: object
) -> None:
    answer = decide(path, PATHS[path], f"fault={fault}").answer
    told = read(answer)["error"]
    assert answer.status == status
    assert error in (told.get("type"), told.get("code"))


@pytest.mark.parametrize("path", PATHS)
def test_a_rate_limit_says_when_to_come_back(path: str) -> None:
    answer = decide(path, PATHS[path], "fault=rate_limited,retry_after=1500ms").answer
    assert dict(answer.headers)["retry-after"] == "2"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param("/v1/chat/completions", b"{", id="not JSON"),
        pytest.param("/v1/chat/completions", [], id="not an object"),
        pytest.param("/v1/chat/completions", {"model": "m"}, id="no messages"),
        pytest.param("/v1/messages", CHAT, id="Anthropic needs max_tokens"),
        pytest.param("/v1/responses", {"model": "m"}, id="no input"),
        pytest.param(GEMINI_PATH, {}, id="no contents"),
        pytest.param("/v1/embeddings", {"model": "m", "input": []}, id="no input"),
        pytest.param(
            "/v1/chat/completions",
            CHAT | {"tools": [5]},
            id="tools of another type",
        ),
    ],
)
def test_a_wrong_body_gets_400(path: str, body: object) -> None:
    answer = decide(path, body).answer
    assert answer.status == 400
    assert read(answer)["error"]["message"]


def test_a_wrong_steering_header_gets_400_naming_it() -> None:
    answer = decide("/v1/messages", MESSAGES, "fault=fire").answer
    assert answer.status == 400
    assert "x-simulate: fault=fire" in read(answer)["error"]["message"]


def test_a_forced_tool_call_without_tools_gets_400() -> None:
    answer = decide("/v1/chat/completions", CHAT, "behaviour=tool_call").answer
    assert answer.status == 400


def test_an_unknown_path_gets_404_naming_it() -> None:
    answer = decide("/v1/unknown", {}).answer
    assert answer.status == 404
    assert "POST /v1/unknown" in read(answer)["error"]["message"]


def test_a_fault_with_once_strikes_the_first_request_only() -> None:
    responder = Responder(Behaviour(), ())
    body = json.dumps(CHAT).encode()
    path = "/v1/chat/completions"
    headers = {"x-simulate": "fault=server_error,once=k"}
    request = Request("POST", path, path, {}, headers, body)
    statuses = [responder.decide(request).answer.status for _ in range(3)]
    assert statuses == [500, 200, 200]


def test_equal_seeds_give_equal_bytes() -> None:
    settings = Behaviour(seed=5)
    runs = []
    for _ in range(2):
        responder = Responder(settings, ())
        requests = [
            Request("POST", path, path, {}, {}, json.dumps(body).encode())
            for path, body in PATHS.items()
        ]
        runs.append([responder.decide(request).answer for request in requests])
    assert runs[0] == runs[1]


@pytest.mark.parametrize("path", PATHS)
def test_a_token_limit_cuts_the_answer_short_and_says_so(path: str) -> None:
    limits = {
        "max_tokens": 3,
        "max_output_tokens": 3,
        "generationConfig": {"maxOutputTokens": 3},
    }
    body = decide(path, PATHS[path] | limits, "chunks=50").answer.body.decode()
    reasons = ('"length"', '"max_tokens"', '"max_output_tokens"', '"MAX_TOKENS"')
    assert any(reason in body for reason in reasons)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "model", "messages", "role", "content", "input", "contents", "parts",
                    "tools", "function", "functionDeclarations", "name", "type", "stream",
                    "parameters", "input_schema", "tool_choice", "stream_options",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@given(extra=st.dictionaries(st.sampled_from(["tools", "messages", "input", "contents",
    "stream", "tool_choice", "stream_options", "generationConfig", "toolConfig", "text",
    "max_tokens", "metadata"]), json_values))  # fmt: skip
def test_any_body_gets_an_answer_or_400(path: str, extra: dict[str, Any]) -> None:
    answer = decide(path, PATHS[path] | extra).answer
    assert answer.status in (200, 400)


schemas = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=3),
    lambda inner: st.dictionaries(
        st.sampled_from(
            ["type", "properties", "items", "anyOf", "enum", "$ref", "required"]
        ),
        inner | st.lists(inner, max_size=3),
    ),
    max_leaves=8,
)


@given(properties=schemas, required=schemas)
def test_any_tool_schema_gets_a_call_or_400(properties: Any, required: Any) -> None:
    schema = {"properties": properties, "required": required}
    tools = [{"name": "look", "input_schema": schema}]
    body = MESSAGES | {"tools": tools}
    answer = decide("/v1/messages", body, "behaviour=tool_call").answer
    assert answer.status in (200, 400)
