"""Items of the Responses dialect, which make up requests and answers alike."""

from msgspec import Raw, Struct

from proxy.dialects.parsing import NONE, canonical
from proxy.model.exchange import ToolCall

NAME = "openai.responses"
CLIENT_CALLS = ("function_call", "custom_tool_call")
OUTPUTS = ("function_call_output", "custom_tool_call_output")


class Part(Struct, gc=False):
    type: str | None = None
    text: str | None = None
    refusal: str | None = None


class Item(Struct, gc=False):
    """One item of an input or output list; each type fills some of the fields."""

    type: str | None = None
    id: str | None = None
    role: str | None = None
    content: list[Part | str] | str | None = None
    summary: list[Part | str] | str | None = None
    call_id: str | None = None
    name: str | None = None
    arguments: Raw = NONE
    input: str | None = None
    output: Raw = NONE


def tool_call(item: Item) -> ToolCall:
    if item.input is not None:
        return ToolCall(item.call_id, item.name or "", canonical(item.input))
    return ToolCall(item.call_id, item.name or "", canonical(item.arguments))


def text(content: list[Part | str] | str | None) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(p if isinstance(p, str) else p.text or "" for p in content)


def refusal(content: list[Part | str] | str | None) -> str:
    parts = content if isinstance(content, list) else ()
    return "".join(p.refusal or "" for p in parts if isinstance(p, Part))
