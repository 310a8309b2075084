"""Cohere's two streams: v1 sends flat lines, v2 server-sent events with nested deltas."""

from msgspec import Struct, field

from proxy.dialects.cohere_reply import Answer, Meta, read, usage
from proxy.dialects.cohere_request import Function, ToolUse, tool_call
from proxy.dialects.dialect import CONTENT, REASONING, Failure, Reply
from proxy.dialects.parsing import Shape

DONE = b"[DONE]"


class Piece(Struct, gc=False):
    """The block, in v2 a `content` that is one object and no list."""

    text: str | None = None
    thinking: str | None = None


class Bit(Struct, gc=False):
    """In v2 `tool_calls` is one call, its arguments a piece of text."""

    content: Piece | list[object] | str | None = None
    call: ToolUse | list[object] | None = field(name="tool_calls", default=None)


class Delta(Struct, gc=False):
    message: Bit | None = None
    finish: str | None = field(name="finish_reason", default=None)
    usage: Meta | None = None
    error: str | None = None


class Event(Struct, gc=False):
    kind: str | None = field(name="event_type", default=None)
    kind_: str | None = field(name="type", default=None)
    id: str | None = None
    index: int | None = None
    delta: Delta | None = None
    text: str | None = None
    calls: list[ToolUse] | None = field(name="tool_calls", default=None)
    finish: str | None = field(name="finish_reason", default=None)
    response: Answer | None = None
    message: str | None = None


shape = Shape("cohere", Event)


class CohereStream:
    """One Reply out of either stream's events."""

    def __init__(self) -> None:
        self.reply = Reply(complete=False)
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.uses: dict[int, ToolUse] = {}
        self.arguments: dict[int, list[str]] = {}

    def event(self, kind: str, data: bytes) -> int:
        if data.strip() == DONE:
            return 0
        event = shape.read(data)
        kind = event.kind or event.kind_ or kind
        match kind:
            case "text-generation":
                return self.say(event.text)
            case "tool-calls-generation":
                self.reply.tool_calls = [tool_call(use) for use in event.calls or ()]
                return CONTENT if event.calls else 0
            case "stream-end":
                self.end(event)
            case "stream-error" | "error":
                self.reply.failure = Failure(message=event.message)
            case "message-start":
                self.reply.id = event.id
            case "message-end":
                self.end_message(event.delta or Delta())
            case _:
                pass
        if event.delta is None or event.delta.message is None:
            return 0
        return self.grow(event.index or 0, event.delta.message)

    def say(self, text: str | None) -> int:
        if not text:
            return 0
        self.text.append(text)
        return CONTENT

    def grow(self, index: int, bit: Bit) -> int:
        if isinstance(bit.call, ToolUse):
            return self.grow_call(index, bit.call)
        if not isinstance(bit.content, Piece):
            return 0
        if bit.content.thinking:
            self.reasoning.append(bit.content.thinking)
            return REASONING
        return self.say(bit.content.text)

    def grow_call(self, index: int, use: ToolUse) -> int:
        if index not in self.uses:
            self.uses[index] = use
            self.arguments[index] = []
        function = use.function or Function()
        if isinstance(function.arguments, str):
            self.arguments[index].append(function.arguments)
        return CONTENT

    def end(self, event: Event) -> None:
        """v1 says everything once more; the pieces are all there is of a cut stream."""
        told = read(event.response or Answer())
        self.reply.id = told.id
        self.reply.usage = told.usage
        self.reply.tool_calls = told.tool_calls or self.reply.tool_calls
        stated = any(told.finish_reasons)
        self.reply.finish_reasons = told.finish_reasons if stated else [event.finish]
        self.reply.complete = True

    def end_message(self, delta: Delta) -> None:
        self.reply.usage = usage(delta.usage)
        self.reply.finish_reasons = [delta.finish] if delta.finish else []
        self.reply.complete = True
        if delta.error is not None:
            self.reply.failure = Failure(message=delta.error)

    def finish(self) -> Reply:
        reply = self.reply
        reply.text = "".join(self.text)
        reply.reasoning = "".join(self.reasoning)
        for index, use in self.uses.items():
            function = use.function or Function()
            whole = Function(function.name, "".join(self.arguments[index]))
            reply.tool_calls.append(tool_call(ToolUse(use.id, whole)))
        return reply
