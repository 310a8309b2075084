"""Ollama's own API: chat and generate stream lines unless told not to, embed never does."""

from msgspec import Struct, field

from proxy.dialects.dialect import Ask, Call, Reply, Stream
from proxy.dialects.ollama_shapes import Answer, Piece, ToolUse, calls
from proxy.dialects.parsing import Shape
from proxy.errors import WireError
from proxy.model.exchange import Message, ToolResult, Usage
from proxy.model.vocabulary import Operation, Role

ROLES: dict[str | None, Role] = {
    "system": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
}


class Turn(Struct, gc=False):
    role: str | None = None
    content: str | None = None
    images: list[object] | None = None
    calls: list[ToolUse] | None = field(name="tool_calls", default=None)
    tool_name: str | None = None
    tool_call_id: str | None = None


class Request(Struct, gc=False):
    model: str | None = None
    stream: bool | None = None
    messages: list[Turn] | None = None
    system: str | None = None
    prompt: str | None = None
    images: list[object] | None = None
    tools: list[object] | None = None
    format: object = None


class EmbedRequest(Struct, gc=False):
    model: str | None = None
    input: list[str] | str | None = None
    prompt: str | None = None


class Embedded(Struct, gc=False):
    model: str | None = None
    input: int | None = field(name="prompt_eval_count", default=None)


request_shape = Shape("ollama", Request)
piece_shape = Shape("ollama", Piece)
embed_request_shape = Shape("ollama.embed", EmbedRequest)
embedded_shape = Shape("ollama.embed", Embedded)


def message(turn: Turn) -> Message:
    role = ROLES.get(turn.role, "other")
    text = turn.content or ""
    results = (
        (ToolResult(turn.tool_call_id, None, text, turn.tool_name),)
        if role == "tool"
        else ()
    )
    return Message(
        role=role,
        text=text,
        tool_calls=tuple(calls(turn.calls)),
        tool_results=results,
        media=len(turn.images or ()),
    )


def spoken(request: Request) -> list[Message]:
    """What `generate` is given, as messages."""
    messages = [Message("system", request.system)] if request.system else []
    if request.prompt:
        messages.append(
            Message("user", request.prompt, media=len(request.images or ()))
        )
    return messages


class OllamaStream:
    def __init__(self) -> None:
        self.answer = Answer()

    def event(self, kind: str, data: bytes) -> int:
        return self.answer.add(piece_shape.read(data))

    def finish(self) -> Reply:
        return self.answer.reply()


class OllamaChat:
    operation: Operation = "chat"

    def ask(self, body: bytes, call: Call) -> Ask:
        request = request_shape.read(body)
        messages = [message(turn) for turn in request.messages or ()]
        return Ask(
            model=request.model,
            stream=request.stream is not False,
            messages=messages or spoken(request),
            tools_declared=len(request.tools or ()),
            json_output=bool(request.format),
        )

    def whole(self, body: bytes, call: Call) -> Reply:
        answer = Answer()
        answer.add(piece_shape.read(body))
        return answer.reply()

    def stream(self, call: Call) -> Stream:
        return OllamaStream()


class OllamaGenerate(OllamaChat):
    operation: Operation = "text_completion"


class OllamaEmbed(OllamaChat):
    """The old `/api/embeddings` names neither model nor tokens."""

    operation: Operation = "embeddings"

    def ask(self, body: bytes, call: Call) -> Ask:
        request = embed_request_shape.read(body)
        given = request.input or request.prompt or []
        texts = [given] if isinstance(given, str) else given
        return Ask(request.model, messages=[Message("user", text) for text in texts])

    def whole(self, body: bytes, call: Call) -> Reply:
        answer = embedded_shape.read(body)
        usage = Usage(input_tokens=answer.input, input_tokens_incl_cache=answer.input)
        return Reply(model=answer.model, usage=usage)

    def stream(self, call: Call) -> Stream:
        raise WireError(f"{call.dialect}: embeddings do not stream, from byte 0")
