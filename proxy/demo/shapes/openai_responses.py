"""OpenAI Responses, with the whole history in each request."""

import json
from collections.abc import Sequence
from typing import Any

from proxy.demo.calls import Call
from proxy.demo.shapes.openai_chat import HEADERS
from proxy.demo.shapes.shape import Message, Reply, Tool, ToolCall, events, post


class OpenAIResponses:
    route = "openai"

    def said(self, text: str) -> Message:
        return {"role": "user", "content": text}

    def result(self, call: ToolCall, text: str) -> Message:
        return {"type": "function_call_output", "call_id": call.id, "output": text}

    def call(
        self, history: Sequence[Message], tools: Sequence[Tool], stream: bool
    ) -> Call:
        content: dict[str, Any] = {
            "model": "sim-large",
            "input": list(history),
            "store": False,
        }
        if tools:
            content["tools"] = [
                {
                    "type": "function",
                    "name": tool.name,
                    "description": tool.description,
                    "parameters": tool.parameters,
                }
                for tool in tools
            ]
        if stream:
            content["stream"] = True
        return post(self.route, "/v1/responses", HEADERS, content)

    def read(self, body: bytes, stream: bool) -> Reply:
        output = completed(body) if stream else json.loads(body)["output"]
        calls = tuple(
            ToolCall(item["call_id"], item["name"])
            for item in output
            if item["type"] == "function_call"
        )
        return Reply(tuple(output), calls)


def completed(body: bytes) -> list[Message]:
    """The last event holds the whole response."""
    for event in events(body):
        if event["type"] in ("response.completed", "response.incomplete"):
            output: list[Message] = event["response"]["output"]
            return output
    raise LookupError("the stream has no end")
