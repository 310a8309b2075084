"""OpenAI Responses: `POST /v1/responses`, streaming and not."""

from collections.abc import Iterator
from itertools import count

from proxy.simulate import openai, reply, sse
from proxy.simulate.answer import Answer, compact, unary
from proxy.simulate.ask import (
    Ask,
    Incoming,
    JsonObject,
    RequestError,
    checked,
    estimate_tokens,
    flatten,
    limit,
    required_text,
)
from proxy.simulate.openai_chat import read_tools
from proxy.simulate.plan import Plan
from proxy.simulate.reply import Reply


def respond(incoming: Incoming, plan: Plan) -> Answer:
    ask = checked(read, incoming)
    said = reply.make(ask, plan)
    headers = openai.headers(plan, said.total_tokens)
    if ask.stream:
        return sse.stream(_events(ask, said, plan), headers, said.behaviour)
    return unary(_finished(ask, said, plan), headers, said.behaviour)


def read(incoming: Incoming) -> Ask:
    body = incoming.json
    items = _items(body)
    tools, must_call = read_tools(body)
    return Ask(
        model=required_text(body, "model"),
        stream=body.get("stream") is True,
        prompt=_last_user_text(items),
        input_tokens=estimate_tokens(incoming.body_bytes),
        tools=tools,
        must_call=must_call,
        after_tool_result=items[-1].get("type") == "function_call_output",
        max_tokens=limit(body, "max_output_tokens"),
        raw=body,
    )


def _items(body: JsonObject) -> list[JsonObject]:
    given = body.get("input")
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    if isinstance(given, list) and given and isinstance(given[-1], dict):
        return [item for item in given if isinstance(item, dict)]
    raise RequestError("input: a string or a non-empty array is required", "input")


def _last_user_text(items: list[JsonObject]) -> str:
    said = (item for item in reversed(items) if item.get("role") == "user")
    return flatten(next(said, {}).get("content"))


def _finished(ask: Ask, said: Reply, plan: Plan) -> JsonObject:
    """The whole response at its end, which the last event of a stream repeats."""
    reason = {"reason": "max_output_tokens"} if said.cut_short else None
    return _response(ask, plan) | {
        "status": _status(said),
        "incomplete_details": reason,
        "output": [_item(said, plan, _status(said))],
        "usage": _usage(said),
    }


def _response(ask: Ask, plan: Plan) -> JsonObject:
    """The response as it stands before any output."""
    given = ask.raw
    return {
        "id": plan.token("resp_", 48),
        "object": "response",
        "created_at": plan.created,
        "status": "in_progress",
        "background": False,
        "error": None,
        "incomplete_details": None,
        "instructions": given.get("instructions"),
        "max_output_tokens": ask.max_tokens,
        "model": ask.model,
        "output": [],
        "parallel_tool_calls": True,
        "previous_response_id": given.get("previous_response_id"),
        "reasoning": {"effort": None, "summary": None},
        "service_tier": "default",
        "store": given.get("store", True),
        "temperature": given.get("temperature", 1.0),
        "text": given.get("text") or {"format": {"type": "text"}},
        "tool_choice": given.get("tool_choice", "auto"),
        "tools": given.get("tools") or [],
        "top_p": given.get("top_p", 1.0),
        "truncation": "disabled",
        "usage": None,
        "user": given.get("user"),
        "metadata": given.get("metadata") or {},
    }


class _Numbered:
    """Writes events with rising sequence numbers; their order is the order of calls."""

    def __init__(self) -> None:
        self._numbers = count()

    def __call__(self, name: str, /, **fields: object) -> bytes:
        number = next(self._numbers)
        return sse.named(name, {"type": name, "sequence_number": number} | fields)


def _events(ask: Ask, said: Reply, plan: Plan) -> Iterator[bytes]:
    event = _Numbered()
    name, place = _content_name(said), _place(said, plan)
    opening = _opening(ask, said, plan, event)
    contents = (event(f"{name}.delta", **place, delta=piece) for piece in said.pieces)
    yield from sse.paced(opening, contents)
    yield _closing(ask, said, plan, event)


def _opening(ask: Ask, said: Reply, plan: Plan, event: _Numbered) -> bytes:
    start = _response(ask, plan)
    written = [
        event("response.created", response=start),
        event("response.in_progress", response=start),
        event(
            "response.output_item.added",
            output_index=0,
            item=_item(said, plan, "in_progress"),
        ),
    ]
    if not said.call:
        place = _place(said, plan)
        written.append(event("response.content_part.added", **place, part=_part("")))
    return b"".join(written)


def _closing(ask: Ask, said: Reply, plan: Plan, event: _Numbered) -> bytes:
    name, place = _content_name(said), _place(said, plan)
    whole = _whole(said)
    written = [event(f"{name}.done", **place, **whole)]
    if not said.call:
        part = _part(said.text)
        written.append(event("response.content_part.done", **place, part=part))
    item = _item(said, plan, _status(said))
    written.append(event("response.output_item.done", output_index=0, item=item))
    last = "response.incomplete" if said.cut_short else "response.completed"
    written.append(event(last, response=_finished(ask, said, plan)))
    return b"".join(written)


def _content_name(said: Reply) -> str:
    kind = "function_call_arguments" if said.call else "output_text"
    return f"response.{kind}"


def _place(said: Reply, plan: Plan) -> JsonObject:
    """Where in the output a content event belongs."""
    place: JsonObject = {"item_id": _item_id(said, plan), "output_index": 0}
    return place if said.call else place | {"content_index": 0}


def _whole(said: Reply) -> JsonObject:
    if said.call:
        return {
            "name": said.call.name,
            "arguments": compact(said.call.arguments),
        }
    return {"text": said.text, "logprobs": []}


def _item(said: Reply, plan: Plan, status: str) -> JsonObject:
    ended = status != "in_progress"
    item: JsonObject = {"id": _item_id(said, plan), "status": status}
    if said.call:
        return item | {
            "type": "function_call",
            "call_id": said.call.id,
            "name": said.call.name,
            "arguments": compact(said.call.arguments) if ended else "",
        }
    content = [_part(said.text)] if ended else []
    return item | {"type": "message", "role": "assistant", "content": content}


def _item_id(said: Reply, plan: Plan) -> str:
    return plan.token("fc_" if said.call else "msg_", 48)


def _part(text: str) -> JsonObject:
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _status(said: Reply) -> str:
    return "incomplete" if said.cut_short else "completed"


def _usage(said: Reply) -> JsonObject:
    return {
        "input_tokens": said.input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": said.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": said.total_tokens,
    }
