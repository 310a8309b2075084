"""Gemini: `POST /v1beta/models/{model}:generateContent` and `:streamGenerateContent`."""

import json
import math
from collections.abc import Iterable, Iterator

from proxy.simulate import reply, sse
from proxy.simulate.answer import Answer, Failure, Headers, encoded, failed, unary
from proxy.simulate.ask import (
    Ask,
    Incoming,
    JsonObject,
    RequestError,
    Tool,
    checked,
    estimate_tokens,
    flatten,
    limit,
    required_items,
)
from proxy.simulate.plan import Plan
from proxy.simulate.reply import Reply

_JSON = "application/json; charset=UTF-8"
_ERRORS = {
    "bad_request": (400, "INVALID_ARGUMENT"),
    "not_found": (404, "NOT_FOUND"),
    "rate_limited": (429, "RESOURCE_EXHAUSTED"),
    "server_error": (500, "INTERNAL"),
    "overloaded": (503, "UNAVAILABLE"),
}


def respond(incoming: Incoming, plan: Plan) -> Answer:
    ask = checked(read, incoming)
    said = reply.make(ask, plan)
    if not ask.stream:
        whole = _response(ask, plan, _parts(said), said, said.output_tokens, last=True)
        return unary(whole, _headers(plan), said.behaviour)
    responses = _responses(ask, said, plan)
    if incoming.query.get("alt") == "sse":
        events = (sse.unnamed(one, end="\r\n\r\n") for one in responses)
        return sse.stream(events, _headers(plan), said.behaviour, "text/event-stream")
    return sse.stream(_array(responses), _headers(plan), said.behaviour, _JSON)


def read(incoming: Incoming) -> Ask:
    body = incoming.json
    contents = required_items(body, "contents")
    config = _get(body, "generationConfig", "generation_config") or {}
    tools, must_call = _tools(body)
    return Ask(
        model=incoming.path_model or "",
        stream=":streamGenerateContent" in incoming.target,
        prompt=_last_user_text(contents),
        input_tokens=estimate_tokens(incoming.body_bytes),
        tools=tools,
        must_call=must_call,
        after_tool_result=_holds_tool_result(contents[-1]),
        max_tokens=limit(config, "maxOutputTokens", "max_output_tokens"),
    )


def _get(body: JsonObject, camel: str, snake: str) -> JsonObject | None:
    """The object at a key that clients write in camelCase or in snake_case."""
    value = body.get(camel, body.get(snake))
    if value is not None and not isinstance(value, dict):
        raise RequestError(f"{camel}: must be an object", camel)
    return value


def _tools(body: JsonObject) -> tuple[tuple[Tool, ...], bool]:
    tools = tuple(_declared(body))
    config = _get(body, "toolConfig", "tool_config") or {}
    calling = _get(config, "functionCallingConfig", "function_calling_config") or {}
    mode = str(calling.get("mode", "AUTO")).upper()
    names = calling.get("allowedFunctionNames", calling.get("allowed_function_names"))
    if names:
        tools = tuple(tool for tool in tools if tool.name in names)
    if mode == "NONE":
        return (), False
    return tools, mode == "ANY" and bool(tools)


def _declared(body: JsonObject) -> Iterator[Tool]:
    for tool in body.get("tools") or ():
        snake = tool.get("function_declarations", ())
        for function in tool.get("functionDeclarations", snake):
            schema = (
                function.get("parameters")
                or function.get("parametersJsonSchema")
                or function.get("parameters_json_schema")
            )
            yield Tool(function["name"], schema or {})


def _holds_tool_result(content: JsonObject) -> bool:
    return any(
        "functionResponse" in part or "function_response" in part
        for part in content.get("parts") or ()
    )


def _last_user_text(contents: list[JsonObject]) -> str:
    said = (c for c in reversed(contents) if c.get("role", "user") == "user")
    return flatten(next(said, {}).get("parts"))


def _parts(said: Reply) -> list[JsonObject]:
    """Text, or a function call; the API gives most calls no id."""
    if said.call is None:
        return [{"text": said.text}]
    call = {"name": said.call.name, "args": said.call.arguments}
    return [{"functionCall": call}]


def _responses(ask: Ask, said: Reply, plan: Plan) -> Iterator[JsonObject]:
    """One whole response an event: text in pieces, a function call at once, and usage
    that grows to its final value."""
    if said.call:
        yield _response(ask, plan, _parts(said), said, said.output_tokens, last=True)
        return
    for number, piece in enumerate(said.pieces, 1):
        last = number == len(said.pieces)
        tokens = round(said.output_tokens * number / len(said.pieces))
        yield _response(ask, plan, [{"text": piece}], said, tokens, last=last)


def _response(
    ask: Ask,
    plan: Plan,
    parts: list[JsonObject],
    said: Reply,
    output_tokens: int,
    *,
    last: bool,
) -> JsonObject:
    candidate: JsonObject = {"content": {"parts": parts, "role": "model"}, "index": 0}
    if last:
        # A tool call ends with STOP as well: only its parts tell.
        candidate["finishReason"] = "MAX_TOKENS" if said.cut_short else "STOP"
    return {
        "candidates": [candidate],
        "usageMetadata": {
            "promptTokenCount": said.input_tokens,
            "candidatesTokenCount": output_tokens,
            "totalTokenCount": said.input_tokens + output_tokens,
        },
        "modelVersion": ask.model,
        "responseId": plan.token("", 22),
    }


def _array(responses: Iterable[JsonObject]) -> Iterator[bytes]:
    """One JSON array, an element a piece; it is complete only at its closing bracket."""
    lead = "["
    for response in responses:
        yield encoded(f"{lead}{json.dumps(response, indent=2, ensure_ascii=False)}\n")
        lead = ",\r\n"
    yield b"]"


def _headers(plan: Plan) -> Headers:
    return (
        ("vary", "Origin"),
        ("vary", "X-Origin"),
        ("vary", "Referer"),
        ("server-timing", f"gfet4t7; dur={round(plan.ttft * 1000)}"),
        ("x-content-type-options", "nosniff"),
    )


def error(failure: Failure, plan: Plan) -> Answer:
    status, name = _ERRORS[failure.name]
    body: JsonObject = {"code": status, "message": failure.message, "status": name}
    sent = _headers(plan)
    if failure.name == "rate_limited":
        body["details"] = [_retry_info(plan.retry_after)]
        sent = (*sent, ("retry-after", str(math.ceil(plan.retry_after))))
    return failed(status, {"error": body}, sent)


def _retry_info(seconds: float) -> JsonObject:
    kind = "type.googleapis.com/google.rpc.RetryInfo"
    return {"@type": kind, "retryDelay": f"{seconds:g}s"}
