"""What a Converse request says; Amazon's Nova models take the same shape in `invoke`."""

from msgspec import Struct, field

from proxy.dialects.dialect import Ask
from proxy.dialects.parsing import Shape, canonical
from proxy.dialects.thoughts import signed
from proxy.model.exchange import Message, ToolCall, ToolResult
from proxy.model.vocabulary import Role

ROLES: dict[str | None, Role] = {"user": "user", "assistant": "assistant"}
SERVER_SIDE = "server_tool_use"


class ToolUse(Struct, gc=False):
    id: str | None = field(name="toolUseId", default=None)
    name: str | None = None
    input: object = None
    type: str | None = None


class ResultPart(Struct, gc=False):
    text: str | None = None
    json: object = None
    image: object = None
    document: object = None
    video: object = None


class ToolOutcome(Struct, gc=False):
    id: str | None = field(name="toolUseId", default=None)
    status: str | None = None
    content: list[ResultPart] | None = None


class Guarded(Struct, gc=False):
    text: str | None = None


class GuardContent(Struct, gc=False):
    text: Guarded | None = None


class ReasoningText(Struct, gc=False):
    text: str | None = None
    signature: str | None = None


class Reasoning(Struct, gc=False):
    text: ReasoningText | None = field(name="reasoningText", default=None)
    redacted: str | None = field(name="redactedContent", default=None)

    def signature(self) -> str | None:
        return self.redacted if self.text is None else self.text.signature


class Block(Struct, gc=False):
    text: str | None = None
    use: ToolUse | None = field(name="toolUse", default=None)
    result: ToolOutcome | None = field(name="toolResult", default=None)
    guard: GuardContent | None = field(name="guardContent", default=None)
    reasoning: Reasoning | None = field(name="reasoningContent", default=None)
    image: object = None
    document: object = None
    video: object = None


class Turn(Struct, gc=False):
    role: str | None = None
    content: list[Block] | str | None = None


class Tool(Struct, gc=False):
    spec: object = field(name="toolSpec", default=None)
    system: object = field(name="systemTool", default=None)


class ToolConfig(Struct, gc=False):
    tools: list[Tool] | None = None


class OutputConfig(Struct, gc=False):
    format: object = field(name="textFormat", default=None)


class Request(Struct, gc=False):
    messages: list[Turn] | None = None
    system: list[Block] | str | None = None
    tools: ToolConfig | None = field(name="toolConfig", default=None)
    output: OutputConfig | None = field(name="outputConfig", default=None)


shape = Shape("bedrock.converse", Request)


def read(body: bytes) -> Ask:
    """All but the model and whether it streams: these stand in the path."""
    request = shape.read(body)
    messages = []
    if request.system:
        messages.append(message(request.system, "system"))
    for turn in request.messages or ():
        messages.append(message(turn.content or [], ROLES.get(turn.role, "other")))
    tools = (request.tools.tools if request.tools is not None else None) or []
    return Ask(
        messages=messages,
        # An entry may also be a cache point, which declares nothing.
        tools_declared=sum(t.spec is not None or t.system is not None for t in tools),
        json_output=request.output is not None and request.output.format is not None,
    )


def message(content: list[Block] | str, role: Role) -> Message:
    if isinstance(content, str):
        return Message(role, content)
    if len(content) == 1 and content[0] == Block(content[0].text):
        return Message(role, content[0].text or "")  # as nearly all are
    return Message(
        role=role,
        text="".join(text(block) for block in content),
        tool_calls=tuple(
            tool_call(block.use)
            for block in content
            if block.use is not None and block.use.type != SERVER_SIDE
        ),
        tool_results=tuple(
            tool_result(block.result) for block in content if block.result is not None
        ),
        media=sum(media(block) for block in content),
        item_ids=tuple(
            signed(signature)
            for block in content
            if block.reasoning is not None
            and (signature := block.reasoning.signature())
        ),
    )


def text(block: Block) -> str:
    if block.text is not None:
        return block.text
    guarded = block.guard.text if block.guard is not None else None
    return (guarded.text if guarded is not None else None) or ""


def media(block: Block) -> int:
    parts: list[Block | ResultPart] = [block]
    if block.result is not None:
        parts += block.result.content or []
    return sum(one is not None for p in parts for one in (p.image, p.document, p.video))


def tool_call(use: ToolUse) -> ToolCall:
    arguments = {} if use.input is None else use.input
    return ToolCall(use.id, use.name or "", canonical(arguments))


def tool_result(outcome: ToolOutcome) -> ToolResult:
    parts = outcome.content or []
    texts = [p.text if p.json is None else canonical(p.json) for p in parts]
    is_error = {"error": True, "success": False}.get(outcome.status or "")
    return ToolResult(outcome.id, is_error, "".join(text or "" for text in texts))
