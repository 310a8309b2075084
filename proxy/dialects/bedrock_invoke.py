"""Bedrock's invoke and its stream: each model in its maker's own dialect.

What a body does not count, Bedrock does: in headers of a whole answer, in the last piece
of a stream. The maker's own counts come first where there are any.
"""

from collections.abc import Mapping
from dataclasses import replace

from msgspec import Struct, field

from proxy.dialects import (
    bedrock_native,
    bedrock_reply,
    bedrock_request,
    cohere_request,
)
from proxy.dialects.anthropic_messages import AnthropicMessages
from proxy.dialects.bedrock_converse import model_in
from proxy.dialects.bedrock_native import Flat, Metrics, Piece
from proxy.dialects.dialect import Ask, Call, Dialect, Reply, Stream
from proxy.dialects.event_stream import EXCEPTION
from proxy.dialects.openai_chat import OpenAIChat
from proxy.dialects.openai_completions import OpenAICompletions
from proxy.dialects.parsing import Shape
from proxy.model.exchange import Message, Usage
from proxy.model.vocabulary import Operation

ANTHROPIC = AnthropicMessages()
CHAT = OpenAIChat()
COMPLETIONS = OpenAICompletions()
COUNTS = "x-amzn-bedrock-"
METRICS = b"amazon-bedrock-invocationMetrics"
MESSAGES_EVENTS = (
    *("message_start", "message_delta", "message_stop", "ping", "error"),
    *("content_block_start", "content_block_delta", "content_block_stop"),
)


class Request(Struct, gc=False):
    """What tells whose request it is, and the prompts of those with a mere prompt."""

    version: str | None = field(name="anthropic_version", default=None)
    schema: str | None = field(name="schemaVersion", default=None)
    config: bedrock_native.There | None = field(name="inferenceConfig", default=None)
    messages: list[bedrock_native.There] | None = None
    message: str | None = None
    prompt: str | None = None
    text: str | None = field(name="inputText", default=None)
    texts: list[str] | None = None


class Chunk(Struct, gc=False):
    """Base64 in JSON; `p` beside it is padding."""

    data: bytes | None = field(name="bytes", default=None)


request_shape = Shape("bedrock.invoke", Request)
chunk_shape = Shape("bedrock.invoke_stream", Chunk)


class BedrockInvoke:
    operation: Operation = "chat"

    def ask(self, body: bytes, call: Call) -> Ask:
        model = model_in(call.path)
        ask = asked(body, model or "", call)
        ask.model = model
        ask.stream = call.path.endswith("-response-stream")
        if "embed" in (model or ""):
            ask.operation = "embeddings"
        return ask

    def whole(self, body: bytes, call: Call) -> Reply:
        piece = bedrock_native.shape.read(body)
        maker = maker_of(piece)
        if maker is not None:
            reply = maker.whole(body, call)
            stops = [choice.stop for choice in piece.choices or ()]
            if stops and not any(reply.finish_reasons):
                reply.finish_reasons = [*stops]
        elif piece.output is not None:
            reply = bedrock_reply.whole(bedrock_reply.answer_shape.read(body))
        else:
            flat = Flat()
            flat.add(piece)
            reply = flat.reply()
        reply.usage = completed(reply.usage, counted(call.headers))
        return reply

    def stream(self, call: Call) -> "InvokeStream":
        return InvokeStream(call)


def asked(body: bytes, model: str, call: Call) -> Ask:
    request = request_shape.read(body)
    if request.version is not None or (request.messages and "anthropic." in model):
        return ANTHROPIC.ask(body, call)
    if request.messages is None:
        if request.message is not None:
            return cohere_request.read(body)
        text = request.prompt or request.text
        given = [text] if text else request.texts or []
        return Ask(messages=[Message("user", one) for one in given])
    if request.schema is not None or request.config is not None or "nova" in model:
        return bedrock_request.read(body)
    return CHAT.ask(body, call)


def maker_of(piece: Piece) -> Dialect | None:
    """The dialect that reads what this begins or is; None for those read here."""
    if piece.type == "message" or piece.type in MESSAGES_EVENTS:
        return ANTHROPIC
    if not piece.choices:
        return None
    chats = any(c.message is not None or c.delta is not None for c in piece.choices)
    return CHAT if chats else COMPLETIONS


def counted(headers: Mapping[str, str]) -> Metrics:
    return Metrics(
        number(headers.get(COUNTS + "input-token-count")),
        number(headers.get(COUNTS + "output-token-count")),
        number(headers.get(COUNTS + "cache-read-input-token-count")),
        number(headers.get(COUNTS + "cache-write-input-token-count")),
    )


def number(value: str | None) -> int | None:
    plain = value is not None and value.isascii() and value.isdigit()
    return int(value) if plain and value is not None and len(value) < 19 else None


def completed(usage: Usage | None, metrics: Metrics) -> Usage:
    """Bedrock's counts where the maker gives none."""
    if usage is None or (usage.input_tokens is None and usage.output_tokens is None):
        return bedrock_reply.stated(
            metrics.input, metrics.output, None, metrics.read, metrics.written
        )
    if usage.output_tokens is None:
        return replace(
            usage,
            output_tokens=metrics.output,
            output_tokens_incl_reasoning=metrics.output,
        )
    return usage


class InvokeStream:
    """Pieces of the maker's stream, each wrapped in a frame of Bedrock's."""

    def __init__(self, call: Call) -> None:
        self.call = call
        self.maker: Stream | None = None
        self.nova: bedrock_reply.Assembly | None = None
        self.flat = Flat()
        self.metrics = Metrics()
        self.broken: bedrock_reply.Assembly | None = None

    def event(self, kind: str, data: bytes) -> int:
        if kind.startswith(EXCEPTION):
            self.broken = bedrock_reply.Assembly()
            self.broken.fail(kind.removeprefix(EXCEPTION), data)
            return 0
        payload = chunk_shape.read(data).data
        if not payload:
            return 0
        if self.maker is not None and METRICS not in payload:
            return self.maker.event("", payload)
        return self.take(bedrock_native.shape.read(payload), payload)

    def take(self, piece: Piece, payload: bytes) -> int:
        self.metrics = piece.metrics or self.metrics
        if self.maker is None and (maker := maker_of(piece)) is not None:
            self.maker = maker.stream(self.call)
        if self.maker is not None:
            return self.maker.event("", payload)
        event = piece.nova()
        if event is None:
            return self.flat.add(piece)
        if self.nova is None:
            self.nova = bedrock_reply.Assembly()
        return self.nova.add(event)

    def finish(self) -> Reply:
        if self.maker is not None:
            reply = self.maker.finish()
        elif self.nova is not None:
            reply = self.nova.reply()
        else:
            reply = self.flat.reply()
        reply.usage = completed(reply.usage, self.metrics)
        if self.broken is not None:
            reply.failure = self.broken.failure
            reply.complete = False
        return reply
