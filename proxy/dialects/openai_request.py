"""The request of a chat completion: messages, tools, and who said what."""

from urllib.parse import unquote

from msgspec import Raw, Struct

from proxy.dialects.dialect import Ask, Call
from proxy.dialects.openai_calls import NAME, CallPieces, Function, WireCall
from proxy.dialects.parsing import Shape
from proxy.model.exchange import Message, ToolCall, ToolResult
from proxy.model.vocabulary import Operation, Role

ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}


NO_DEPLOYMENTS = ("chat", "v1")
"""What stands behind `/serving-endpoints/` where the model is named in the body."""
Prompt = str | list[str | int | list[int]] | None


class Part(Struct, gc=False):
    type: str | None = None
    text: str | None = None
    thinking: "list[Part | str] | str | None" = None
    """Mistral's reasoning."""
    summary: "list[Part | str] | str | None" = None
    """Databricks' reasoning."""
    refusal: str | None = None


Content = list[Part | str] | str | None


class AskMessage(Struct, gc=False):
    role: str = "user"
    content: Content = None
    tool_calls: list[WireCall] | None = None
    function_call: Function | None = None
    tool_call_id: str | None = None
    name: str | None = None


class Typed(Struct, gc=False):
    type: str | None = None


class ChatAsk(Struct, gc=False):
    model: str | None = None
    stream: bool | None = None
    messages: list[AskMessage] | None = None
    tools: list[Raw] | None = None
    functions: list[Raw] | None = None
    response_format: Typed | None = None
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    prompt: Prompt = None
    input: Prompt = None


ASK = Shape(NAME, ChatAsk)


def read(body: bytes, call: Call) -> Ask:
    asked = ASK.read(body)
    wanted = asked.response_format
    return Ask(
        model=asked.model or deployment(call.path),
        stream=asked.stream is True,
        messages=[message(m) for m in asked.messages or ()] or prompted(asked),
        tools_declared=len(asked.tools or ()) + len(asked.functions or ()),
        json_output=wanted is not None and wanted.type not in (None, "text"),
        max_output_tokens=asked.max_completion_tokens or asked.max_tokens,
        operation=None if asked.messages else asked_for(asked, call.path),
    )


def asked_for(asked: ChatAsk, path: str) -> Operation | None:
    """What a request without messages wants: Databricks serves every kind of model on
    one path, forecasts and the like among them, and Mistral completes code in a chat."""
    if asked.prompt is not None:
        return "text_completion"
    if asked.input is not None:
        return "embeddings"
    return "other" if path.endswith("/invocations") else None


def prompted(asked: ChatAsk) -> list[Message]:
    return [Message("user", text) for text in prompts(asked.prompt or asked.input)]


def prompts(prompt: Prompt) -> list[str]:
    """Texts; what comes as token numbers has none."""
    if isinstance(prompt, str):
        return [prompt]
    return [text for text in prompt or () if isinstance(text, str)]


def deployment(path: str) -> str | None:
    """Azure and Databricks name the model in the path, not in the body."""
    for before in ("/deployments/", "/serving-endpoints/"):
        _, found, rest = path.partition(before)
        name, more, _ = rest.partition("/")
        if found and more and name not in NO_DEPLOYMENTS:
            return unquote(name)
    return None


def texts(content: Content) -> tuple[str, str]:
    """The text of a message's parts, and its reasoning."""
    if content is None or isinstance(content, str):
        return content or "", ""
    said: list[str] = []
    thought: list[str] = []
    for part in content:
        if isinstance(part, str):
            said.append(part)
        elif part.thinking is not None or part.summary is not None:
            thought.append(texts(part.thinking or part.summary)[0])
        elif part.text is not None:
            said.append(part.text)
    return "".join(said), "".join(thought)


def media(content: Content) -> int:
    if content is None or isinstance(content, str):
        return 0
    return sum(
        not isinstance(p, str)
        and p.text is None
        and p.thinking is None
        and p.summary is None
        and p.refusal is None
        for p in content
    )


def message(given: AskMessage) -> Message:
    role = ROLES.get(given.role, "other")
    text = given.content if isinstance(given.content, str) else texts(given.content)[0]
    if role == "tool":
        result = ToolResult(given.tool_call_id, None, text, given.name)
        return Message(role, text, tool_results=(result,), media=media(given.content))
    return Message(role, text, calls(given), media=media(given.content))


def calls(given: AskMessage) -> tuple[ToolCall, ...]:
    if given.tool_calls is None and given.function_call is None:
        return ()
    pieces = []
    for wire in given.tool_calls or ():
        piece = CallPieces()
        piece.add(wire)
        pieces.append(piece.call(0))
    if given.function_call is not None:
        piece = CallPieces()
        piece.add(WireCall(function=given.function_call))
        pieces.append(piece.call(0))
    return tuple(pieces)
