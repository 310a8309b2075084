"""OpenAI chat completions: `POST /v1/chat/completions`, streaming and not."""

from collections.abc import Iterator
from typing import Any

from proxy.simulate import openai, reply, sse
from proxy.simulate.answer import Answer, compact, unary
from proxy.simulate.ask import (
    Ask,
    Incoming,
    JsonObject,
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


def respond(incoming: Incoming, plan: Plan) -> Answer:
    ask = checked(read, incoming)
    said = reply.make(ask, plan)
    headers = openai.headers(plan, said.total_tokens)
    if ask.stream:
        return sse.stream(_events(ask, said, plan), headers, said.behaviour)
    return unary(_completion(ask, said, plan), headers, said.behaviour)


def read(incoming: Incoming) -> Ask:
    body = incoming.json
    messages = required_items(body, "messages")
    tools, must_call = read_tools(body)
    options = body.get("stream_options") or {}
    return Ask(
        model=required_text(body, "model"),
        stream=body.get("stream") is True,
        prompt=_last_user_text(messages),
        input_tokens=estimate_tokens(incoming.body_bytes),
        tools=tools,
        must_call=must_call,
        after_tool_result=messages[-1].get("role") in ("tool", "function"),
        max_tokens=limit(body, "max_completion_tokens", "max_tokens"),
        include_usage=bool(options.get("include_usage")),
    )


def read_tools(body: JsonObject) -> tuple[tuple[Tool, ...], bool]:
    """The tools that may be called, and whether one must. Responses declares a function
    flat and names the chosen one flat; chat completions nests both under `function`."""
    declared = [
        tool.get("function", tool)
        for tool in body.get("tools") or ()
        if tool.get("type") == "function"
    ]
    tools = tuple(
        Tool(required_text(f, "name"), f.get("parameters") or {}) for f in declared
    )
    choice = body.get("tool_choice")
    if choice == "none" or not tools:
        return (), False
    if isinstance(choice, dict):
        name = choice.get("function", choice).get("name")
        return allowed_tools(tools, name), name is not None
    return tools, choice == "required"


def _last_user_text(messages: list[JsonObject]) -> str:
    said = (m for m in reversed(messages) if m.get("role") == "user")
    return flatten(next(said, {}).get("content"))


def _completion(ask: Ask, said: Reply, plan: Plan) -> JsonObject:
    message: JsonObject = {
        "role": "assistant",
        "content": said.text or None,
        "refusal": None,
        "annotations": [],
    }
    if said.call:
        call = _call_head(said) | {"function": _function(said)}
        message["tool_calls"] = [call]
    choice = {
        "index": 0,
        "message": message,
        "logprobs": None,
        "finish_reason": _finish(said),
    }
    head = _head(ask, plan, "chat.completion")
    return head | {"choices": [choice], "usage": _usage(said)}


def _events(ask: Ask, said: Reply, plan: Plan) -> Iterator[bytes]:
    head = _head(ask, plan, "chat.completion.chunk")
    if ask.include_usage:
        head["usage"] = None
    last = _chunk(head, {}, _finish(said))
    if ask.include_usage:
        last += sse.unnamed(head | {"choices": [], "usage": _usage(said)})
    first = _chunk(head, _first_delta(said))
    contents = (_chunk(head, _delta(said, piece)) for piece in said.pieces)
    yield from sse.paced(first, contents)
    yield last + b"data: [DONE]\n\n"


def _chunk(head: JsonObject, delta: JsonObject, finish: str | None = None) -> bytes:
    choice: dict[str, Any] = {
        "index": 0,
        "delta": delta,
        "logprobs": None,
        "finish_reason": finish,
    }
    return sse.unnamed(head | {"choices": [choice]})


def _first_delta(said: Reply) -> JsonObject:
    """The role, and of a tool call its id and name: later pieces carry neither again."""
    if said.call is None:
        return {"role": "assistant", "content": "", "refusal": None}
    function = {"name": said.call.name, "arguments": ""}
    call = {"index": 0} | _call_head(said) | {"function": function}
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _delta(said: Reply, piece: str) -> JsonObject:
    if said.call is None:
        return {"content": piece}
    return {"tool_calls": [{"index": 0, "function": {"arguments": piece}}]}


def _call_head(said: Reply) -> JsonObject:
    return {"id": said.call.id if said.call else "", "type": "function"}


def _function(said: Reply) -> JsonObject:
    if said.call is None:
        return {}
    return {"name": said.call.name, "arguments": compact(said.call.arguments)}


def _head(ask: Ask, plan: Plan, kind: str) -> JsonObject:
    return {
        "id": plan.token("chatcmpl-"),
        "object": kind,
        "created": plan.created,
        "model": ask.model,
        "service_tier": "default",
        "system_fingerprint": "fp_5ea7214100",
    }


def _finish(said: Reply) -> str:
    if said.call:
        return "tool_calls"
    return "length" if said.cut_short else "stop"


def _usage(said: Reply) -> JsonObject:
    return {
        "prompt_tokens": said.input_tokens,
        "completion_tokens": said.output_tokens,
        "total_tokens": said.total_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
    }
