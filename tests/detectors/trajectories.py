"""Conversations in OpenAI's chat shape as Messages, one for one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from proxy.model.exchange import Exchange, Message, ToolCall, ToolResult
from tests.make import make_exchange


def messages_of(records: Sequence[Mapping[str, Any]]) -> tuple[Message, ...]:
    return tuple(message_of(record) for record in records)


def message_of(record: Mapping[str, Any]) -> Message:
    text = record.get("content") or ""
    if record["role"] == "tool":
        id, name = record.get("tool_call_id"), record.get("name")
        result = ToolResult(id, record.get("is_error"), text, name)
        return Message("tool", text, tool_results=(result,))
    calls = tuple(
        ToolCall(call["id"], call["function"]["name"], call["function"]["arguments"])
        for call in record.get("tool_calls") or ()
    )
    return Message(record["role"], text, calls)


def exchanges_of(messages: Sequence[Message]) -> Iterator[tuple[Exchange, int]]:
    """One exchange for each answer: the history before it, and what of it is new."""
    fresh = 0
    for index, message in enumerate(messages):
        if message.role == "assistant":
            said, calls = message.text, message.tool_calls
            history = tuple(messages[:index])
            yield make_exchange(said=said, tool_calls=calls, messages=history), fresh
            fresh = index + 1
