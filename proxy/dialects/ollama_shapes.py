"""The pieces of Ollama's native API that chat, generate and embed share."""

from msgspec import Struct, field

from proxy.dialects.dialect import CONTENT, REASONING, Failure, Reply
from proxy.dialects.parsing import canonical
from proxy.model.exchange import ToolCall, Usage


class Function(Struct, gc=False):
    name: str | None = None
    arguments: object = None


class ToolUse(Struct, gc=False):
    id: str | None = None
    function: Function | None = None


class Said(Struct, gc=False):
    content: str | None = None
    thinking: str | None = None
    calls: list[ToolUse] | None = field(name="tool_calls", default=None)


class Piece(Struct, gc=False):
    """A line of a stream or the whole answer; `generate` has its text on the outside."""

    model: str | None = None
    message: Said | None = None
    response: str | None = None
    thinking: str | None = None
    done: bool | None = None
    reason: str | None = field(name="done_reason", default=None)
    input: int | None = field(name="prompt_eval_count", default=None)
    output: int | None = field(name="eval_count", default=None)
    error: str | None = None


def calls(uses: list[ToolUse] | None) -> list[ToolCall]:
    """Arguments are an object here; ids came with version 0.12 (2025) only."""
    found = []
    for use in uses or ():
        if use.function is not None and use.function.name:
            given = use.function.arguments
            arguments = canonical({} if given is None else given)
            found.append(ToolCall(use.id, use.function.name, arguments))
    return found


class Answer:
    """Adds pieces up to one Reply: a whole answer is one piece that is done."""

    __slots__ = ("calls", "failure", "last", "model", "reasoning", "text")

    def __init__(self) -> None:
        self.model: str | None = None
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[ToolCall] = []
        self.failure: Failure | None = None
        self.last = Piece()

    def add(self, piece: Piece) -> int:
        self.model = piece.model or self.model
        if piece.error is not None:
            self.failure = Failure(message=piece.error)
        if piece.done:
            self.last = piece
        said = piece.message or Said(piece.response, piece.thinking)
        brought = 0
        if said.content:
            self.text.append(said.content)
            brought = CONTENT
        if said.thinking:
            self.reasoning.append(said.thinking)
            brought |= REASONING
        if said.calls:
            self.calls += calls(said.calls)
            brought |= CONTENT
        return brought

    def reply(self) -> Reply:
        last = self.last
        return Reply(
            model=self.model,
            usage=Usage(
                input_tokens=last.input,
                output_tokens=last.output,
                input_tokens_incl_cache=last.input,
                output_tokens_incl_reasoning=last.output,
            ),
            finish_reasons=[last.reason] if last.done else [],
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            tool_calls=self.calls,
            failure=self.failure,
            complete=bool(last.done) and self.failure is None,
        )
