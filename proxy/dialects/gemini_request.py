"""What a generateContent request says; both of Gemini's spellings are read.

Google's servers take `functionCall` and `function_call`, and clients send either, at
times both in one request (2025, genai SDKs and raw callers).
"""

from typing import Any

from msgspec import Struct, field

from proxy.dialects.dialect import Ask
from proxy.dialects.parsing import Shape, canonical
from proxy.dialects.thoughts import signed
from proxy.model.exchange import Message, ToolCall, ToolResult
from proxy.model.vocabulary import Role

ROLES: dict[str | None, Role] = {
    None: "user",
    "user": "user",
    "model": "assistant",
    "function": "tool",
    "system": "system",
}


class FunctionCall(Struct, gc=False):
    name: str | None = None
    id: str | None = None
    args: object = None


class FunctionResponse(Struct, gc=False):
    name: str | None = None
    id: str | None = None
    response: object = None
    parts: list[object] | None = None


class Part(Struct, gc=False):
    text: str | None = None
    thought: bool | None = None
    call: FunctionCall | None = field(name="functionCall", default=None)
    call_: FunctionCall | None = field(name="function_call", default=None)
    result: FunctionResponse | None = field(name="functionResponse", default=None)
    result_: FunctionResponse | None = field(name="function_response", default=None)
    inline: object = field(name="inlineData", default=None)
    inline_: object = field(name="inline_data", default=None)
    signature: str | None = field(name="thoughtSignature", default=None)
    signature_: str | None = field(name="thought_signature", default=None)
    file: object = field(name="fileData", default=None)
    file_: object = field(name="file_data", default=None)


class Content(Struct, gc=False):
    role: str | None = None
    parts: list[Part] | None = None


class Config(Struct, gc=False):
    mime: str | None = field(name="responseMimeType", default=None)
    mime_: str | None = field(name="response_mime_type", default=None)
    most: int | None = field(name="maxOutputTokens", default=None)
    most_: int | None = field(name="max_output_tokens", default=None)


class Tool(Struct, gc=False):
    functions: list[object] | None = field(name="functionDeclarations", default=None)
    functions_: list[object] | None = field(name="function_declarations", default=None)


class Request(Struct, gc=False):
    contents: list[Content] | None = None
    system: Content | None = field(name="systemInstruction", default=None)
    system_: Content | None = field(name="system_instruction", default=None)
    tools: list[Tool] | None = None
    config: Config | None = field(name="generationConfig", default=None)
    config_: Config | None = field(name="generation_config", default=None)


shape = Shape("gemini.generate_content", Request)


def read(body: bytes) -> Ask:
    """All but the model and whether it streams: these stand in the path."""
    request = shape.read(body)
    messages = []
    system = request.system or request.system_
    if system is not None:
        messages.append(message(system, "system"))
    for content in request.contents or ():
        messages.append(message(content, ROLES.get(content.role, "other")))
    config = request.config or request.config_ or Config()
    return Ask(
        messages=messages,
        tools_declared=sum(declared(tool) for tool in request.tools or ()),
        json_output=(config.mime or config.mime_) == "application/json",
        max_output_tokens=config.most or config.most_,
    )


def declared(tool: Tool) -> int:
    """An entry names many functions, or is one tool of Google's own."""
    functions = tool.functions or tool.functions_
    return 1 if functions is None else len(functions)


def message(content: Content, role: Role) -> Message:
    parts = content.parts or []
    if len(parts) == 1 and parts[0] == Part(parts[0].text):
        return Message(role, parts[0].text or "")  # as nearly all are
    results = [r for part in parts if (r := part.result or part.result_) is not None]
    return Message(
        role=role,
        text="".join(part.text for part in parts if part.text and not part.thought),
        tool_calls=tuple(
            tool_call(call, 0)
            for part in parts
            if (call := part.call or part.call_) is not None and call.name
        ),
        tool_results=tuple(tool_result(result) for result in results),
        media=sum(has_media(part) for part in parts)
        + sum(len(result.parts or ()) for result in results),
        item_ids=tuple(
            signed(signature)
            for part in parts
            if (signature := part.signature or part.signature_)
        ),
    )


def has_media(part: Part) -> bool:
    media: tuple[Any, ...] = (part.inline, part.inline_, part.file, part.file_)
    return any(one is not None for one in media)


def tool_call(call: FunctionCall, choice: int) -> ToolCall:
    arguments = {} if call.args is None else call.args
    return ToolCall(call.id, call.name or "", canonical(arguments), choice)


def tool_result(result: FunctionResponse) -> ToolResult:
    """The protocol has no flag for a failed call; `response.error` is a habit only."""
    text = "" if result.response is None else canonical(result.response)
    return ToolResult(result.id, None, text, result.name)
