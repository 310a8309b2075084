"""OpenAI's chat completions, and the many servers that speak them with an accent.

Quirks seen: usage in any chunk or in all (the last one counts, never a sum); the first
chunk of Azure without model and choices; names repeated in every piece of a tool call;
content as a list of parts (Mistral); usage under `x_groq`; errors inside a 200.
"""

from msgspec import Raw, Struct

from proxy.dialects import failures, openai_request
from proxy.dialects.dialect import CONTENT, REASONING, Ask, Call, Failure, Reply
from proxy.dialects.openai_calls import NAME, ChoicePieces, Function, WireCall
from proxy.dialects.openai_request import Content, texts
from proxy.dialects.openai_usage import StatedUsage, usage
from proxy.dialects.parsing import NONE, Shape
from proxy.model.exchange import Usage
from proxy.model.vocabulary import Operation

NO_REASONING = ("x_ai",)


class Delta(Struct, gc=False):
    content: Content = None
    refusal: str | None = None
    reasoning_content: str | None = None
    reasoning: str | None = None
    tool_calls: list[WireCall] | None = None
    function_call: Function | None = None


class Choice(Struct, gc=False):
    index: int | None = None
    finish_reason: str | None = None
    message: Delta | None = None
    delta: Delta | None = None
    text: str | None = None
    """Of a completion, where one path serves both (Databricks)."""
    error: Raw = NONE
    """OpenRouter's, when generating failed midway."""


class Groq(Struct, gc=False):
    usage: StatedUsage | None = None
    error: Raw = NONE


class Completion(Struct, gc=False):
    object: str | None = None
    id: str | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    choices: list[Choice] | None = None
    usage: StatedUsage | None = None
    error: Raw = NONE
    x_groq: Groq | None = None
    message: str | None = None
    type: str | None = None
    code: str | None = None


ANSWER = Shape(NAME, Completion)


class OpenAIChat:
    operation: Operation = "chat"

    def ask(self, body: bytes, call: Call) -> Ask:
        return openai_request.read(body, call)

    def whole(self, body: bytes, call: Call) -> Reply:
        answer = ANSWER.read(body)
        stream = ChatStream(call)
        stream.take(answer)
        reply = stream.finish()
        reply.id, reply.model = answer.id, answer.model
        reply.fingerprint = answer.system_fingerprint
        reply.service_tier = answer.service_tier
        return reply

    def stream(self, call: Call) -> "ChatStream":
        return ChatStream(call)


class ChatStream:
    """Takes chunks, or one whole answer, which is a chunk with everything in it."""

    __slots__ = (
        *("call", "choices", "done", "failure", "reasoning", "refusal", "reply"),
        *("stated", "text"),
    )

    def __init__(self, call: Call) -> None:
        self.call = call
        self.reply = Reply()
        self.choices: dict[int, ChoicePieces] = {}
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.refusal: list[str] = []
        self.stated: StatedUsage | None = None
        self.failure: Failure | None = None
        self.done = False

    def event(self, kind: str, data: bytes) -> int:
        if kind == "error":
            self.failure = failures.event(data)
            return 0
        if not data.lstrip().startswith(b"{"):
            self.done = self.done or data.strip() == b"[DONE]"
            return 0
        return self.take(ANSWER.read(data))

    def take(self, chunk: Completion) -> int:
        reply = self.reply
        if not reply.id:
            reply.id = chunk.id or None
        if not reply.model:
            reply.model = chunk.model or None
        if chunk.system_fingerprint:
            reply.fingerprint = chunk.system_fingerprint
        if chunk.service_tier:
            reply.service_tier = chunk.service_tier
        if chunk.usage is not None:
            self.stated = chunk.usage
        elif chunk.x_groq is not None and chunk.x_groq.usage is not None:
            self.stated = chunk.x_groq.usage
        if chunk.error is not NONE and self.failure is None:
            self.failure = failures.raw(chunk.error)
        elif chunk.object == "error":  # vLLM's, all on the outside
            self.failure = Failure(chunk.type, chunk.code, chunk.message)
        brought = 0
        for place, choice in enumerate(chunk.choices or ()):
            brought |= self.take_choice(place, choice)
        return brought

    def take_choice(self, place: int, choice: Choice) -> int:
        index = place if choice.index is None else choice.index
        pieces = self.choices.get(index)
        if pieces is None:
            pieces = self.choices[index] = ChoicePieces()
        if choice.finish_reason is not None:
            pieces.finish = choice.finish_reason
        if choice.error is not NONE and self.failure is None:
            self.failure = failures.raw(choice.error)
        delta = choice.delta or choice.message
        if delta is None:
            if choice.text is None:
                return 0
            delta = Delta(choice.text)
        brought = self.take_text(delta, index)
        for position, piece in enumerate(delta.tool_calls or ()):
            if choice.delta is None:  # a whole answer: every entry is a call
                piece.index = len(pieces.calls)
            pieces.add(piece, position)
            brought |= CONTENT
        if delta.function_call is not None:
            pieces.add_function(delta.function_call)
            brought |= CONTENT
        return brought

    def take_text(self, delta: Delta, index: int) -> int:
        content = delta.content
        thought = delta.reasoning_content or delta.reasoning
        if content.__class__ is list:
            text, more = texts(content)
            thought = more or thought
        else:
            text = content  # type: ignore[assignment]  # not a list, so str or None
        if not index:
            if text:
                self.text.append(text)
            if thought:
                self.reasoning.append(thought)
            if delta.refusal:
                self.refusal.append(delta.refusal)
        return (CONTENT if text else 0) | (REASONING if thought else 0)

    def finish(self) -> Reply:
        reply = self.reply
        reply.text = "".join(self.text)
        reply.reasoning = "".join(self.reasoning)
        reply.refusal = "".join(self.refusal)
        reply.usage = self.usage()
        reply.failure = self.failure
        order = sorted(self.choices)
        reply.finish_reasons = [self.choices[index].finish for index in order]
        for index in order:
            reply.tool_calls += self.choices[index].finished(index)
        ended = bool(order) and all(self.choices[i].finish for i in order)
        reply.complete = self.done or ended
        return reply

    def usage(self) -> Usage | None:
        return usage(self.stated, without_reasoning=self.call.provider in NO_REASONING)
