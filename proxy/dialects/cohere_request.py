"""What a request to Cohere's chat says: v1 with one message and a history, v2 with a list."""

from msgspec import Struct, field

from proxy.dialects.dialect import Ask
from proxy.dialects.parsing import Shape, canonical
from proxy.model.exchange import Message, ToolCall, ToolResult
from proxy.model.vocabulary import Role

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "chatbot": "assistant",
    "tool": "tool",
}


class Function(Struct, gc=False):
    name: str | None = None
    arguments: object = None


class ToolUse(Struct, gc=False):
    """v2 has a function with arguments as text, v1 a name with parameters."""

    id: str | None = None
    function: Function | None = None
    name: str | None = None
    parameters: object = None


class Outcome(Struct, gc=False):
    """A tool's result in v1: it names the call by repeating it."""

    call: ToolUse | None = None
    outputs: object = None


class Document(Struct, gc=False):
    data: object = None


class Block(Struct, gc=False):
    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    document: Document | None = None


class Turn(Struct, gc=False):
    role: str | None = None
    message: str | None = None
    content: list[Block] | str | None = None
    calls: list[ToolUse] | None = field(name="tool_calls", default=None)
    results: list[Outcome] | None = field(name="tool_results", default=None)
    call_id: str | None = field(name="tool_call_id", default=None)


class Format(Struct, gc=False):
    type: str | None = None


class Request(Struct, gc=False):
    model: str | None = None
    stream: bool | None = None
    messages: list[Turn] | None = None
    message: str | None = None
    prompt: str | None = None
    preamble: str | None = None
    history: list[Turn] | None = field(name="chat_history", default=None)
    results: list[Outcome] | None = field(name="tool_results", default=None)
    tools: list[object] | None = None
    format: Format | None = field(name="response_format", default=None)
    conversation: str | None = field(name="conversation_id", default=None)
    texts: list[str] | None = None
    """To embed."""
    inputs: list[Turn] | None = None
    """To embed, in v2."""


shape = Shape("cohere", Request)


def read(body: bytes) -> Ask:
    request = shape.read(body)
    return Ask(
        model=request.model,
        stream=request.stream is True,
        messages=list(messages(request)),
        tools_declared=len(request.tools or ()),
        json_output=request.format is not None and request.format.type == "json_object",
        conversation_id=request.conversation,
    )


def messages(request: Request) -> list[Message]:
    found = [Message("system", request.preamble)] if request.preamble else []
    turns = request.history or request.messages or request.inputs
    found += [said(turn) for turn in turns or ()]
    found += [Message("user", text) for text in request.texts or ()]
    new = request.message or request.prompt
    if new:
        found.append(Message("user", new))
    if request.results:
        results = tuple(outcome(result) for result in request.results)
        found.append(Message("tool", tool_results=results))
    return found


def said(turn: Turn) -> Message:
    role = ROLES.get((turn.role or "").lower(), "other")
    content = turn.message if turn.content is None else turn.content
    blocks = [Block("text", content)] if isinstance(content, str) else content or []
    text = "".join(block.text or "" for block in blocks)
    results = tuple(outcome(result) for result in turn.results or ())
    if role == "tool" and turn.call_id is not None:
        text += documents(blocks)
        results += (ToolResult(turn.call_id, None, text),)
    return Message(
        role=role,
        text=text,
        tool_calls=tuple(tool_call(use) for use in turn.calls or ()),
        tool_results=results,
        media=sum(block.type == "image_url" for block in blocks),
    )


def documents(blocks: list[Block]) -> str:
    return "".join(canonical(b.document.data) for b in blocks if b.document is not None)


def tool_call(use: ToolUse) -> ToolCall:
    function = use.function or Function(use.name, use.parameters)
    arguments = function.arguments
    if arguments is None or arguments == "":
        arguments = {}
    return ToolCall(use.id, function.name or "", canonical(arguments))


def outcome(result: Outcome) -> ToolResult:
    call = result.call or ToolUse()
    text = "" if result.outputs is None else canonical(result.outputs)
    return ToolResult(call.id, None, text, call.name)
