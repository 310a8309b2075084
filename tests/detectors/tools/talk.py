"""Small conversations with tools, written as they are read."""

import json

from proxy.conversations.fingerprints import Fingerprints
from proxy.detectors.tools.findings import Found
from proxy.detectors.tools.recovery import Recovery
from proxy.model.exchange import Message, ToolCall, ToolResult
from proxy.model.recovery import Outcome, Sub

PRINTS = Fingerprints(b"key")
OUTAGE = "Error: the service did not answer"


def asked(text: str = "Please send the mail") -> Message:
    return Message("user", text)


def said(text: str) -> Message:
    return Message("assistant", text)


def called(
    tool: str, text: str = "", id: str | None = None, **given: object
) -> Message:
    """`id` None where the dialect has none (Gemini)."""
    return Message("assistant", text, (ToolCall(id, tool, json.dumps(given)),))


def gave(text: str, id: str | None = None, flag: bool | None = None) -> Message:
    return Message("tool", text, tool_results=(ToolResult(id, flag, text),))


def whole(*messages: Message) -> Found:
    return Recovery(PRINTS).read_whole(messages)


def outcomes(*messages: Message) -> list[tuple[Outcome, Sub | None]]:
    return [(event.outcome, event.sub) for event in whole(*messages).events]
