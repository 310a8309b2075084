"""Anthropic's messages, at Anthropic and lent to Vertex and Bedrock.

Usage of a stream is cumulative: what `message_delta` restates replaces what
`message_start` said. Input counts exclude the cache; OpenTelemetry's include it.
"""

from msgspec import Raw, Struct

from proxy.dialects import anthropic_request, failures
from proxy.dialects.anthropic_request import NAME, Block, Content, tool_call
from proxy.dialects.dialect import CONTENT, REASONING, Ask, Call, Failure, Reply
from proxy.dialects.parsing import NONE, Shape
from proxy.dialects.thoughts import signed
from proxy.model.exchange import Usage
from proxy.model.vocabulary import Operation

SERVER_CALLS = ("server_tool_use", "mcp_tool_use")


class OutputDetails(Struct, gc=False):
    thinking_tokens: int | None = None


class StatedUsage(Struct, gc=False):
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_input_tokens: int | None = None
    cache_creation_input_tokens: int | None = None
    output_tokens_details: OutputDetails | None = None
    service_tier: str | None = None


class AnthropicMessage(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    type: str | None = None
    stop_reason: str | None = None
    content: Content = None
    usage: StatedUsage | None = None
    error: Raw = NONE


class Delta(Struct, gc=False):
    text: str | None = None
    thinking: str | None = None
    partial_json: str | None = None
    signature: str | None = None
    stop_reason: str | None = None


class Event(Struct, gc=False):
    type: str = ""
    index: int = 0
    delta: Delta | None = None
    content_block: Block | None = None
    message: AnthropicMessage | None = None
    usage: StatedUsage | None = None
    error: Raw = NONE


ANSWER = Shape(NAME, AnthropicMessage)
EVENT = Shape(NAME, Event)


class AnthropicMessages:
    operation: Operation = "chat"

    def ask(self, body: bytes, call: Call) -> Ask:
        return anthropic_request.read(body, call)

    def whole(self, body: bytes, call: Call) -> Reply:
        stream = MessagesStream()
        stream.whole(ANSWER.read(body))
        return stream.finish()

    def stream(self, call: Call) -> "MessagesStream":
        return MessagesStream()


class MessagesStream:
    __slots__ = (
        *("blocks", "failure", "pieces", "reasoning", "reply", "stated", "stopped"),
        "text",
    )

    def __init__(self) -> None:
        self.reply = Reply()
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.blocks: dict[int, Block] = {}
        self.pieces: dict[int, list[str]] = {}
        self.stated = StatedUsage()
        self.failure: Failure | None = None
        self.stopped = False

    def event(self, kind: str, data: bytes) -> int:
        if not data.lstrip().startswith(b"{"):
            return 0
        event = EVENT.read(data)
        match event.type or kind:
            case "content_block_delta":
                return self.delta(event)
            case "content_block_start" if event.content_block is not None:
                return self.block(event.index, event.content_block)
            case "message_start" if event.message is not None:
                self.start(event.message)
                self.stated.output_tokens = None  # provisional until message_delta
            case "message_delta":
                if event.delta is not None and event.delta.stop_reason is not None:
                    self.reply.finish_reasons = [event.delta.stop_reason]
                self.restate(event.usage)
            case "message_stop":
                self.stopped = True
            case "error":
                self.failure = failures.event(data)
            case "" if event.error is not NONE:  # a gateway's own
                self.failure = failures.raw(event.error)
            case _:
                pass  # pings, ends of blocks, and what Anthropic may add
        return 0

    def delta(self, event: Event) -> int:
        delta = event.delta
        if delta is None:
            return 0
        if delta.text is not None:
            self.text.append(delta.text)
            return CONTENT if delta.text else 0
        if delta.thinking is not None:
            self.reasoning.append(delta.thinking)
            return REASONING if delta.thinking else 0
        if delta.partial_json is not None:
            self.pieces.setdefault(event.index, []).append(delta.partial_json)
            block = self.blocks.get(event.index)
            called = block is not None and block.type == "tool_use"
            return CONTENT if called and delta.partial_json else 0
        if delta.signature:
            self.reply.item_ids.append(signed(delta.signature))
        return 0

    def block(self, index: int, block: Block) -> int:
        self.blocks[index] = block
        if signature := block.signature or block.data:
            self.reply.item_ids.append(signed(signature))
        if block.type == "text" and block.text:
            self.text.append(block.text)
            return CONTENT
        if block.type == "thinking" and block.thinking:
            self.reasoning.append(block.thinking)
            return REASONING
        return CONTENT if block.type == "tool_use" else 0

    def start(self, message: AnthropicMessage) -> None:
        self.reply.id = message.id
        self.reply.model = message.model
        self.restate(message.usage)

    def restate(self, usage: StatedUsage | None) -> None:
        """What is stated again replaces what was stated before."""
        if usage is None:
            return
        for name in usage.__struct_fields__:
            value = getattr(usage, name)
            if value is not None:
                setattr(self.stated, name, value)

    def whole(self, message: AnthropicMessage) -> None:
        self.start(message)
        if message.stop_reason is not None or message.type == "message":
            self.reply.finish_reasons = [message.stop_reason]
        if isinstance(message.content, str):
            self.text.append(message.content)
        for index, block in enumerate(message.content or ()):
            if isinstance(block, Block):
                self.block(index, block)
        self.failure = failures.raw(message.error)

    def finish(self) -> Reply:
        reply = self.reply
        reply.text = "".join(self.text)
        reply.reasoning = "".join(self.reasoning)
        reply.service_tier = self.stated.service_tier
        reply.usage = usage(self.stated)
        reply.failure = self.failure
        reply.complete = self.stopped
        for index in sorted(self.blocks):
            block = self.blocks[index]
            if block.type == "tool_use":
                reply.tool_calls.append(tool_call(block, self.pieces.get(index)))
            elif block.type in SERVER_CALLS:
                reply.server_tool_calls.append(block.name or "")
        return reply


def usage(stated: StatedUsage) -> Usage | None:
    read, written = stated.cache_read_input_tokens, stated.cache_creation_input_tokens
    entire = stated.input_tokens
    if entire is not None:
        entire += (read or 0) + (written or 0)
    details = stated.output_tokens_details
    return Usage(
        stated.input_tokens,
        stated.output_tokens,
        None,
        read,
        written,
        None if details is None else details.thinking_tokens,
        entire,
        stated.output_tokens,
    )
