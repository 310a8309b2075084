"""Anthropic messages: `POST /v1/messages`, streaming and not."""

from collections.abc import Iterator
from datetime import UTC, datetime

from proxy.simulate import reply, sse
from proxy.simulate.answer import Answer, Failure, Headers, failed, retry_headers, unary
from proxy.simulate.ask import (
    Ask,
    Incoming,
    JsonObject,
    RequestError,
    Tool,
    allowed_tools,
    checked,
    estimate_tokens,
    flatten,
    limit,
    required_items,
    required_text,
)
from proxy.simulate.plan import Plan
from proxy.simulate.reply import Reply

_LIMITS = {
    "requests": 4_000,
    "tokens": 480_000,
    "input-tokens": 400_000,
    "output-tokens": 80_000,
}
_ERRORS = {
    "bad_request": (400, "invalid_request_error"),
    "not_found": (404, "not_found_error"),
    "rate_limited": (429, "rate_limit_error"),
    "server_error": (500, "api_error"),
    "overloaded": (529, "overloaded_error"),
}


def respond(incoming: Incoming, plan: Plan) -> Answer:
    ask = checked(read, incoming)
    said = reply.make(ask, plan)
    if ask.stream:
        return sse.stream(_events(ask, said, plan), headers(plan), said.behaviour)
    return unary(_message(ask, said, plan), headers(plan), said.behaviour)


def read(incoming: Incoming) -> Ask:
    body = incoming.json
    messages = required_items(body, "messages")
    tools, must_call = _tools(body)
    max_tokens = limit(body, "max_tokens")
    if max_tokens is None:
        raise RequestError("max_tokens: Field required", "max_tokens")
    return Ask(
        model=required_text(body, "model"),
        stream=body.get("stream") is True,
        prompt=_last_user_text(messages),
        input_tokens=estimate_tokens(incoming.body_bytes),
        tools=tools,
        must_call=must_call,
        after_tool_result=_holds_tool_result(messages[-1]),
        max_tokens=max_tokens,
    )


def _tools(body: JsonObject) -> tuple[tuple[Tool, ...], bool]:
    """The client's tools that may be called, and whether one must. Server tools, which
    have a type but no schema, are left out."""
    declared = [tool for tool in body.get("tools") or () if "input_schema" in tool]
    tools = tuple(Tool(required_text(t, "name"), t["input_schema"]) for t in declared)
    choice = body.get("tool_choice") or {}
    match choice.get("type"):
        case "none":
            return (), False
        case "any":
            return tools, bool(tools)
        case "tool":
            return allowed_tools(tools, choice.get("name")), True
        case _:
            return tools, False


def _holds_tool_result(message: JsonObject) -> bool:
    content = message.get("content")
    blocks = content if isinstance(content, list) else []
    return any(b.get("type") == "tool_result" for b in blocks if isinstance(b, dict))


def _last_user_text(messages: list[JsonObject]) -> str:
    said = (m for m in reversed(messages) if m.get("role") == "user")
    return flatten(next(said, {}).get("content"))


def headers(plan: Plan) -> Headers:
    """Request id and rate limits; resets are dates of the simulated clock."""
    reset = datetime.fromtimestamp(plan.created + 60, UTC).strftime(
        "%Y-%m-%dT%H:%M:%SZ"
    )
    limits: list[tuple[str, str]] = []
    for name, allowed in _LIMITS.items():
        prefix = f"anthropic-ratelimit-{name}"
        limits.append((f"{prefix}-limit", str(allowed)))
        limits.append((f"{prefix}-remaining", str(allowed - 1)))
        limits.append((f"{prefix}-reset", reset))
    return (("request-id", plan.token("req_")), *limits)


def error(failure: Failure, plan: Plan) -> Answer:
    status, kind = _ERRORS[failure.name]
    sent = headers(plan)
    if failure.name == "rate_limited":
        spent = "anthropic-ratelimit-requests-remaining"
        sent = tuple((name, "0" if name == spent else value) for name, value in sent)
        sent = (*sent, *retry_headers(plan.retry_after))
    body = {
        "type": "error",
        "error": {"type": kind, "message": failure.message},
        "request_id": plan.token("req_"),
    }
    return failed(status, body, sent)


def _message(ask: Ask, said: Reply, plan: Plan) -> JsonObject:
    return _empty_message(ask, said, plan) | {
        "content": [_block(said)],
        "stop_reason": _stop_reason(said),
        "usage": _usage(said, said.output_tokens),
    }


def _empty_message(ask: Ask, said: Reply, plan: Plan) -> JsonObject:
    """The message as `message_start` gives it; its output count is provisional."""
    return {
        "model": ask.model,
        "id": plan.token("msg_"),
        "type": "message",
        "role": "assistant",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": _usage(said, 1),
    }


def _block(said: Reply) -> JsonObject:
    if said.call is None:
        return {"type": "text", "text": said.text}
    return _call_head(said) | {"input": said.call.arguments}


def _call_head(said: Reply) -> JsonObject:
    """A tool_use block as it starts: its input is empty and comes as JSON pieces."""
    if said.call is None:
        return {}
    tool_id = said.call.id.replace("call_", "toolu_", 1)
    return {"type": "tool_use", "id": tool_id, "name": said.call.name, "input": {}}


def _events(ask: Ask, said: Reply, plan: Plan) -> Iterator[bytes]:
    start = _call_head(said) if said.call else {"type": "text", "text": ""}
    opening = (
        _event("message_start", message=_empty_message(ask, said, plan))
        + _event("content_block_start", index=0, content_block=start)
        + _event("ping")
    )
    contents = (
        _event("content_block_delta", index=0, delta=_delta(said, piece))
        for piece in said.pieces
    )
    yield from sse.paced(opening, contents)
    end = {"stop_reason": _stop_reason(said), "stop_sequence": None}
    yield (
        _event("content_block_stop", index=0)
        + _event("message_delta", delta=end, usage=_final_usage(said))
        + _event("message_stop")
    )


def _event(name: str, /, **fields: object) -> bytes:
    return sse.named(name, {"type": name} | fields)


def _delta(said: Reply, piece: str) -> JsonObject:
    if said.call:
        return {"type": "input_json_delta", "partial_json": piece}
    return {"type": "text_delta", "text": piece}


def _stop_reason(said: Reply) -> str:
    if said.call:
        return "tool_use"
    return "max_tokens" if said.cut_short else "end_turn"


def _usage(said: Reply, output_tokens: int) -> JsonObject:
    return {
        "input_tokens": said.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {
            "ephemeral_5m_input_tokens": 0,
            "ephemeral_1h_input_tokens": 0,
        },
        "output_tokens": output_tokens,
        "service_tier": "standard",
    }


def _final_usage(said: Reply) -> JsonObject:
    """Cumulative: it restates the input and replaces the output of `message_start`."""
    return {
        "input_tokens": said.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": said.output_tokens,
    }
