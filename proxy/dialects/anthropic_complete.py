"""Anthropic's legacy text completions: `completion`, whole or in CRLF-framed pieces."""

from msgspec import Raw, Struct

from proxy.dialects import failures
from proxy.dialects.dialect import CONTENT, Ask, Call, Failure, Reply
from proxy.dialects.parsing import NONE, Shape
from proxy.model.exchange import Message
from proxy.model.vocabulary import Operation

NAME = "anthropic.complete"


class CompleteAsk(Struct, gc=False):
    model: str | None = None
    stream: bool | None = None
    prompt: str | None = None


class Completion(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    completion: str | None = None
    stop_reason: str | None = None
    error: Raw = NONE


ASK = Shape(NAME, CompleteAsk)
ANSWER = Shape(NAME, Completion)


class AnthropicComplete:
    operation: Operation = "text_completion"

    def ask(self, body: bytes, call: Call) -> Ask:
        asked = ASK.read(body)
        messages = [Message("user", asked.prompt)] if asked.prompt else []
        return Ask(asked.model, asked.stream is True, messages)

    def whole(self, body: bytes, call: Call) -> Reply:
        stream = CompleteStream()
        stream.take(ANSWER.read(body))
        return stream.finish()

    def stream(self, call: Call) -> "CompleteStream":
        return CompleteStream()


class CompleteStream:
    def __init__(self) -> None:
        self.reply = Reply()
        self.text: list[str] = []
        self.stop: str | None = None
        self.failure: Failure | None = None

    def event(self, kind: str, data: bytes) -> int:
        if kind == "error":
            self.failure = failures.event(data)
            return 0
        if kind == "ping" or not data.lstrip().startswith(b"{"):
            return 0
        return self.take(ANSWER.read(data))

    def take(self, chunk: Completion) -> int:
        self.reply.id = chunk.id or self.reply.id
        self.reply.model = chunk.model or self.reply.model
        self.stop = chunk.stop_reason or self.stop
        self.failure = failures.raw(chunk.error) or self.failure
        if not chunk.completion:
            return 0
        self.text.append(chunk.completion)
        return CONTENT

    def finish(self) -> Reply:
        reply = self.reply
        reply.text = "".join(self.text)
        reply.failure = self.failure
        reply.finish_reasons = [] if self.stop is None else [self.stop]
        reply.complete = self.stop is not None
        return reply
