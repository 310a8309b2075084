"""The request of Anthropic's messages, and the blocks of content both sides use."""

from urllib.parse import unquote

from msgspec import Raw, Struct

from proxy.dialects.dialect import Ask, Call
from proxy.dialects.parsing import ABSENT, NONE, Shape, canonical, canonical_text
from proxy.dialects.thoughts import signed
from proxy.model.exchange import Message, ToolCall, ToolResult
from proxy.model.vocabulary import Role

NAME = "anthropic.messages"
ROLES: dict[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
}


class Block(Struct, gc=False):
    """One block of content; each type fills some of the fields."""

    type: str | None = None
    text: str | None = None
    thinking: str | None = None
    signature: str | None = None
    data: str | None = None
    """What was thought, unreadable (`redacted_thinking`)."""
    id: str | None = None
    name: str | None = None
    input: Raw = NONE
    tool_use_id: str | None = None
    is_error: bool | None = None
    content: Raw = NONE


Content = list[Block | str] | str | None


class AskMessage(Struct, gc=False):
    role: str = "user"
    content: Content = None


class Typed(Struct, gc=False):
    type: str | None = None


class OutputConfig(Struct, gc=False):
    format: Typed | None = None


class MessagesAsk(Struct, gc=False):
    model: str | None = None
    stream: bool | None = None
    system: Content = None
    messages: list[AskMessage] | None = None
    tools: list[Raw] | None = None
    output_format: Typed | None = None
    output_config: OutputConfig | None = None
    max_tokens: int | None = None


ASK = Shape(NAME, MessagesAsk)
CONTENT_SHAPE = Shape[Content](NAME, Content)  # type: ignore[arg-type]


def read(body: bytes, call: Call) -> Ask:
    asked = ASK.read(body)
    wanted = asked.output_format
    if asked.output_config is not None:
        wanted = asked.output_config.format or wanted
    messages = [message(m) for m in asked.messages or ()]
    if asked.system:
        messages.insert(0, Message("system", texts(asked.system)))
    return Ask(
        model=asked.model or lent(call.path),
        stream=asked.stream is True,
        messages=messages,
        tools_declared=len(asked.tools or ()),
        max_output_tokens=asked.max_tokens,
        json_output=wanted is not None,
    )


def lent(path: str) -> str | None:
    """Vertex names the model in the path: `…/models/claude-x:rawPredict`."""
    _, found, rest = path.partition("/models/")
    return unquote(rest.partition(":")[0]) if found else None


def tool_call(block: Block, pieces: list[str] | None = None) -> ToolCall:
    """Arguments come in pieces, or whole with the block; no pieces at all mean {}."""
    joined = "".join(pieces or ())
    arguments = canonical_text(joined) if joined else canonical(block.input)
    return ToolCall(block.id, block.name or "", arguments or "{}")


def texts(content: Content) -> str:
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(b if isinstance(b, str) else b.text or "" for b in content)


def message(given: AskMessage) -> Message:
    role = ROLES.get(given.role, "other")
    content = given.content
    if content is None or isinstance(content, str):
        return Message(role, content or "")
    blocks = [b for b in content if isinstance(b, Block)]
    return Message(
        role,
        texts(content),
        tuple(tool_call(b) for b in blocks if b.type == "tool_use"),
        tuple(tool_result(b) for b in blocks if b.type == "tool_result"),
        sum(b.type in ("image", "document") for b in blocks),
        tuple(signed(s) for b in blocks if (s := b.signature or b.data)),
    )


def tool_result(block: Block) -> ToolResult:
    data = bytes(block.content)
    said = "" if data in ABSENT else texts(CONTENT_SHAPE.read(data))
    return ToolResult(block.tool_use_id, block.is_error, said)
