"""Gemini generateContent."""

import json
from collections.abc import Sequence
from typing import Any

from proxy.demo.calls import Call
from proxy.demo.shapes.shape import (
    Headers,
    Message,
    Reply,
    Tool,
    ToolCall,
    events,
    post,
)

MODEL = "/v1beta/models/sim-pro"
HEADERS: Headers = (
    ("x-goog-api-key", "demo-this-is-no-key"),
    ("x-goog-api-client", "google-genai-sdk/3.4.0 gl-python/3.11"),
    ("User-Agent", "google-genai-sdk/3.4.0 gl-python/3.11"),
)


class Gemini:
    route = "gemini"

    def said(self, text: str) -> Message:
        return {"role": "user", "parts": [{"text": text}]}

    def result(self, call: ToolCall, text: str) -> Message:
        response = {"name": call.name, "response": {"result": text}}
        return {"role": "user", "parts": [{"functionResponse": response}]}

    def call(
        self, history: Sequence[Message], tools: Sequence[Tool], stream: bool
    ) -> Call:
        content: dict[str, Any] = {"contents": list(history)}
        if tools:
            declared = [
                {
                    "name": tool.name,
                    "description": tool.description,
                    "parametersJsonSchema": tool.parameters,
                }
                for tool in tools
            ]
            content["tools"] = [{"functionDeclarations": declared}]
        action = ":streamGenerateContent?alt=sse" if stream else ":generateContent"
        return post(self.route, MODEL + action, HEADERS, content)

    def read(self, body: bytes, stream: bool) -> Reply:
        chunks = list(events(body)) if stream else [json.loads(body)]
        parts = [
            part
            for chunk in chunks
            for candidate in chunk["candidates"]
            for part in candidate.get("content", {}).get("parts", [])
        ]
        calls = tuple(
            ToolCall(part["functionCall"].get("id", ""), part["functionCall"]["name"])
            for part in parts
            if "functionCall" in part
        )
        return Reply(({"role": "model", "parts": parts},), calls)
