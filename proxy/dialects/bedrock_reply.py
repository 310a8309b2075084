"""What Converse answers, whole or as events; Nova's `invoke` answers with the same."""

from msgspec import Struct, field

from proxy.dialects import failures
from proxy.dialects.bedrock_request import (
    SERVER_SIDE,
    Reasoning,
    ToolUse,
    Turn,
    tool_call,
)
from proxy.dialects.dialect import CONTENT, REASONING, Failure, Reply
from proxy.dialects.parsing import Shape, canonical
from proxy.dialects.thoughts import signed
from proxy.model.exchange import ToolCall, Usage


class Tokens(Struct, gc=False):
    input: int | None = field(name="inputTokens", default=None)
    output: int | None = field(name="outputTokens", default=None)
    total: int | None = field(name="totalTokens", default=None)
    read: int | None = field(name="cacheReadInputTokens", default=None)
    written: int | None = field(name="cacheWriteInputTokens", default=None)
    # Nova's own spelling, sent beside the other one or instead of it.
    read_: int | None = field(name="cacheReadInputTokenCount", default=None)
    written_: int | None = field(name="cacheWriteInputTokenCount", default=None)


class Output(Struct, gc=False):
    message: Turn | None = None


class Answer(Struct, gc=False):
    output: Output | None = None
    stop: str | None = field(name="stopReason", default=None)
    tokens: Tokens | None = field(name="usage", default=None)


class Start(Struct, gc=False):
    use: ToolUse | None = field(name="toolUse", default=None)


class Input(Struct, gc=False):
    input: str | None = None


class Thought(Struct, gc=False):
    text: str | None = None
    signature: str | None = None
    redacted: str | None = field(name="redactedContent", default=None)


class Delta(Struct, gc=False):
    text: str | None = None
    use: Input | None = field(name="toolUse", default=None)
    reasoning: Thought | None = field(name="reasoningContent", default=None)


class Event(Struct, gc=False):
    """Any event of the stream; their fields do not collide."""

    index: int | None = field(name="contentBlockIndex", default=None)
    start: Start | None = None
    delta: Delta | None = None
    stop: str | None = field(name="stopReason", default=None)
    tokens: Tokens | None = field(name="usage", default=None)


answer_shape = Shape("bedrock.converse", Answer)


def usage(tokens: Tokens | None) -> Usage:
    if tokens is None:
        return Usage()
    read = tokens.read_ if tokens.read is None else tokens.read
    written = tokens.written_ if tokens.written is None else tokens.written
    return stated(tokens.input, tokens.output, tokens.total, read, written)


def stated(
    given: int | None,
    output: int | None,
    total: int | None,
    read: int | None,
    written: int | None,
) -> Usage:
    """Amazon's input counts leave out what a cache gave or took."""
    return Usage(
        input_tokens=given,
        output_tokens=output,
        total_tokens=total,
        cached_input_tokens=read,
        cache_creation_input_tokens=written,
        input_tokens_incl_cache=(
            None if given is None else given + (read or 0) + (written or 0)
        ),
        output_tokens_incl_reasoning=output,
    )


def whole(answer: Answer) -> Reply:
    turn = answer.output.message if answer.output is not None else None
    content = turn.content if turn is not None else None
    if isinstance(content, str):
        content = []
    reply = Reply(
        usage=usage(answer.tokens),
        finish_reasons=[] if answer.stop is None else [answer.stop],
    )
    for block in content or ():
        reply.text += block.text or ""
        if block.reasoning is not None:
            take_thought(reply, block.reasoning)
        if block.use is not None and block.use.type == SERVER_SIDE:
            reply.server_tool_calls.append(block.use.name or "")
        elif block.use is not None:
            reply.tool_calls.append(tool_call(block.use))
    return reply


def take_thought(reply: Reply, thought: Reasoning) -> None:
    if thought.text is not None:
        reply.reasoning += thought.text.text or ""
    if signature := thought.signature():
        reply.item_ids.append(signed(signature))


class Assembly:
    """Adds a stream's events up to one Reply."""

    __slots__ = (
        "arguments",
        "failure",
        "reasoning",
        "server_calls",
        "signatures",
        "stop",
        "text",
        "tokens",
        "uses",
    )

    def __init__(self) -> None:
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.uses: dict[int, ToolUse] = {}
        self.arguments: dict[int, list[str]] = {}
        self.server_calls: list[str] = []
        self.signatures: list[str] = []
        self.stop: str | None = None
        self.tokens: Tokens | None = None
        self.failure: Failure | None = None

    def add(self, event: Event) -> int:
        self.stop = event.stop or self.stop
        self.tokens = event.tokens or self.tokens
        if event.start is not None and event.start.use is not None:
            return self.begin(event.index or 0, event.start.use)
        if event.delta is None:
            return 0
        return self.grow(event.index or 0, event.delta)

    def begin(self, index: int, use: ToolUse) -> int:
        if use.type == SERVER_SIDE:
            self.server_calls.append(use.name or "")
            return 0
        self.uses[index] = use
        self.arguments[index] = []
        return CONTENT

    def grow(self, index: int, delta: Delta) -> int:
        if delta.text:
            self.text.append(delta.text)
            return CONTENT
        if delta.reasoning is not None:
            return self.think(delta.reasoning)
        if delta.use is not None and delta.use.input and index in self.uses:
            self.arguments[index].append(delta.use.input)
            return CONTENT
        return 0

    def think(self, thought: Thought) -> int:
        if signature := thought.signature or thought.redacted:
            self.signatures.append(signed(signature))
        if not thought.text:
            return 0
        self.reasoning.append(thought.text)
        return REASONING

    def fail(self, kind: str, data: bytes) -> None:
        self.failure = failures.event(data)
        self.failure.type = kind or self.failure.type

    def reply(self) -> Reply:
        return Reply(
            usage=usage(self.tokens),
            finish_reasons=[] if self.stop is None else [self.stop],
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            tool_calls=[self.call(index) for index in self.uses],
            server_tool_calls=self.server_calls,
            item_ids=self.signatures,
            failure=self.failure,
            complete=self.stop is not None and self.failure is None,
        )

    def call(self, index: int) -> ToolCall:
        use = self.uses[index]
        arguments = "".join(self.arguments[index]) or "{}"
        return ToolCall(use.id, use.name or "", canonical(arguments))
