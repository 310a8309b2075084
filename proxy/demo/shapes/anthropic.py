"""Anthropic messages."""

import json
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
    ("X-Api-Key", "sk-ant-demo-this-is-no-key"),
    ("anthropic-version", "2023-06-01"),
    ("User-Agent", "AsyncAnthropic/Python 2.12.0"),
    *STAINLESS,
)


class Anthropic:
    route = "anthropic"

    def said(self, text: str) -> Message:
        return {"role": "user", "content": text}

    def result(self, call: ToolCall, text: str) -> Message:
        part = {"type": "tool_result", "tool_use_id": call.id, "content": text}
        return {"role": "user", "content": [part]}

    def call(
        self, history: Sequence[Message], tools: Sequence[Tool], stream: bool
    ) -> Call:
        content: dict[str, Any] = {
            "model": "sim-opus",
            "max_tokens": 1024,
            "messages": list(history),
        }
        if tools:
            content["tools"] = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "input_schema": tool.parameters,
                }
                for tool in tools
            ]
        if stream:
            content["stream"] = True
        return post(self.route, "/v1/messages", HEADERS, content)

    def read(self, body: bytes, stream: bool) -> Reply:
        content = streamed(body) if stream else json.loads(body)["content"]
        calls = tuple(
            ToolCall(block["id"], block["name"])
            for block in content
            if block["type"] == "tool_use"
        )
        return Reply(({"role": "assistant", "content": content},), calls)


def streamed(body: bytes) -> list[dict[str, Any]]:
    """The content blocks that the events add up to."""
    blocks: list[dict[str, Any]] = []
    arguments: dict[int, str] = {}
    for event in events(body):
        if event["type"] == "content_block_start":
            blocks.append(event["content_block"])
        elif event["type"] == "content_block_delta":
            index, delta = event["index"], event["delta"]
            if delta["type"] == "text_delta":
                blocks[index]["text"] += delta["text"]
            elif delta["type"] == "input_json_delta":
                arguments[index] = arguments.get(index, "") + delta["partial_json"]
    for index, text in arguments.items():
        blocks[index]["input"] = json.loads(text or "{}")
    return blocks
