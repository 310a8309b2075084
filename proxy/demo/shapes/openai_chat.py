"""OpenAI chat completions."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from proxy.demo.calls import Call
from proxy.demo.shapes.shape import (
    STAINLESS,
    Headers,
    Message,
    Reply,
    Tool,
    ToolCall,
    events,
    post,
)

HEADERS: Headers = (
    ("Authorization", "Bearer sk-demo-this-is-no-key"),
    ("User-Agent", "AsyncOpenAI/Python 3.54.0"),
    *STAINLESS,
)


class OpenAIChat:
    route = "openai"

    def said(self, text: str) -> Message:
        return {"role": "user", "content": text}

    def result(self, call: ToolCall, text: str) -> Message:
        return {"role": "tool", "tool_call_id": call.id, "content": text}

    def call(
        self, history: Sequence[Message], tools: Sequence[Tool], stream: bool
    ) -> Call:
        content: dict[str, Any] = {"model": "sim-large", "messages": list(history)}
        if tools:
            content["tools"] = [
                {
                    "type": "function",
                    "function": {
                        "name": tool.name,
                        "description": tool.description,
                        "parameters": tool.parameters,
                    },
                }
                for tool in tools
            ]
        if stream:
            content |= {"stream": True, "stream_options": {"include_usage": True}}
        return post(self.route, "/v1/chat/completions", HEADERS, content)

    def read(self, body: bytes, stream: bool) -> Reply:
        message = (
            streamed(body) if stream else json.loads(body)["choices"][0]["message"]
        )
        kept = {"role": "assistant", "content": message.get("content")}
        called = message.get("tool_calls") or []
        if called:
            kept["tool_calls"] = called
        calls = tuple(ToolCall(one["id"], one["function"]["name"]) for one in called)
        return Reply((kept,), calls)


def streamed(body: bytes) -> Message:
    """The message that the deltas add up to."""
    text = ""
    calls: dict[int, dict[str, Any]] = defaultdict(dict)
    for event in events(body):
        for choice in event["choices"]:
            delta = choice["delta"]
            text += delta.get("content") or ""
            for part in delta.get("tool_calls") or []:
                add(calls[part["index"]], part)
    called = [calls[index] for index in sorted(calls)]
    return {"content": text or None, "tool_calls": called}


def add(call: dict[str, Any], part: dict[str, Any]) -> None:
    function = part.get("function") or {}
    if "id" in part:
        call |= {"id": part["id"], "type": "function"}
        call["function"] = {"name": function["name"], "arguments": ""}
    call["function"]["arguments"] += function.get("arguments") or ""
