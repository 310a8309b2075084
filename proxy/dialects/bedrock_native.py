"""The flat shapes in which Bedrock lends models: Titan, Llama, Mistral, Command, Jurassic, Claude 2.

Their names do not collide, so one struct reads them all, a whole answer like a piece of
a stream. Models that speak Messages, Converse or OpenAI's chat are only recognised here.
"""

from msgspec import Raw, Struct, field

from proxy.dialects.bedrock_reply import Event, stated
from proxy.dialects.cohere_request import ToolUse, tool_call
from proxy.dialects.counts import Count, whole
from proxy.dialects.dialect import CONTENT, Reply
from proxy.dialects.parsing import ABSENT, NONE, Shape
from proxy.model.exchange import ToolCall
from proxy.model.vocabulary import Operation


class There(Struct, gc=False):
    """An object whose content is read elsewhere."""


class Choice(Struct, gc=False):
    """OpenAI's; Mistral and DeepSeek call the finish reason a stop reason here."""

    message: There | None = None
    delta: There | None = None
    stop: str | None = field(name="stop_reason", default=None)


class Data(Struct, gc=False):
    text: str | None = None


class Finish(Struct, gc=False):
    reason: str | None = None


class Generated(Struct, gc=False):
    """One of several texts, under each maker's names."""

    text: str | None = None
    text_titan: str | None = field(name="outputText", default=None)
    data: Data | None = None
    finish_cohere: str | None = field(name="finish_reason", default=None)
    finish_mistral: str | None = field(name="stop_reason", default=None)
    finish_titan: str | None = field(name="completionReason", default=None)
    finish_ai21: Finish | None = field(name="finishReason", default=None)
    tokens: Count = field(name="tokenCount", default=None)
    relevance: float | None = field(name="relevance_score", default=None)

    def said(self) -> str:
        own = self.data.text if self.data is not None else None
        return self.text or self.text_titan or own or ""

    def finish(self) -> str | None:
        own = self.finish_ai21.reason if self.finish_ai21 is not None else None
        return self.finish_cohere or self.finish_mistral or self.finish_titan or own


class Metrics(Struct, gc=False):
    """What Bedrock itself counted; the last piece of every stream has it."""

    input: int | None = field(name="inputTokenCount", default=None)
    output: int | None = field(name="outputTokenCount", default=None)
    read: int | None = field(name="cacheReadInputTokenCount", default=None)
    written: int | None = field(name="cacheWriteInputTokenCount", default=None)


class Piece(Struct, gc=False):
    type: str | None = None
    output: There | None = None
    choices: list[Choice] | None = None
    # Nova's stream
    message_start: Event | None = field(name="messageStart", default=None)
    block_start: Event | None = field(name="contentBlockStart", default=None)
    block_delta: Event | None = field(name="contentBlockDelta", default=None)
    block_stop: Event | None = field(name="contentBlockStop", default=None)
    message_stop: Event | None = field(name="messageStop", default=None)
    metadata: Event | None = None
    # the flat shapes
    id: str | int | None = None
    response_id: str | None = None
    index: Count = None
    text: str | None = None
    completion: str | None = None
    generation: str | None = None
    text_titan: str | None = field(name="outputText", default=None)
    finish_cohere: str | None = field(name="finish_reason", default=None)
    stop: str | None = field(name="stop_reason", default=None)
    finish_titan: str | None = field(name="completionReason", default=None)
    finished: bool | None = field(name="is_finished", default=None)
    results: list[Generated] | None = None
    outputs: list[Generated] | None = None
    generations: list[Generated] | None = None
    completions: list[Generated] | None = None
    tool_calls: list[ToolUse] | None = None
    input_titan: Count = field(name="inputTextTokenCount", default=None)
    output_titan: Count = field(name="totalOutputTextTokenCount", default=None)
    input_llama: int | None = field(name="prompt_token_count", default=None)
    output_llama: int | None = field(name="generation_token_count", default=None)
    embedding: Raw = NONE
    embeddings: Raw = NONE
    metrics: Metrics | None = field(
        name="amazon-bedrock-invocationMetrics", default=None
    )

    def nova(self) -> Event | None:
        return (
            self.block_delta
            or self.message_start
            or self.block_start
            or self.block_stop
            or self.message_stop
            or self.metadata
        )


shape = Shape("bedrock.invoke", Piece)


class Flat:
    """Adds flat pieces up to one Reply."""

    __slots__ = ("calls", "ends", "given", "id", "operation", "output", "text")

    def __init__(self) -> None:
        self.id: str | None = None
        self.text: list[str] = []
        self.ends: dict[int, str | None] = {}
        self.calls: list[ToolCall] = []
        self.given: int | None = None
        self.output: int | None = None
        self.operation: Operation | None = None

    def add(self, piece: Piece) -> int:
        if piece.response_id or piece.id is not None:
            self.id = piece.response_id or str(piece.id)
        self.count(piece)
        if piece.tool_calls:
            self.calls += [tool_call(use) for use in piece.tool_calls]
        several = (
            piece.results or piece.outputs or piece.generations or piece.completions
        )
        if several:
            return self.add_several(several)
        said = piece.text or piece.completion or piece.generation or piece.text_titan
        finish = piece.finish_cohere or piece.stop or piece.finish_titan
        spoke = said is not None or finish is not None or bool(piece.finished)
        brought = self.say(whole(piece.index) or 0, said, finish) if spoke else 0
        return CONTENT if piece.tool_calls else brought

    def count(self, piece: Piece) -> None:
        given = piece.input_llama if piece.input_titan is None else piece.input_titan
        output = (
            piece.output_llama if piece.output_titan is None else piece.output_titan
        )
        self.given = self.given if given is None else whole(given)
        self.output = self.output if output is None else whole(output)
        if any(bytes(one) not in ABSENT for one in (piece.embedding, piece.embeddings)):
            self.operation = "embeddings"

    def add_several(self, several: list[Generated]) -> int:
        if several[0].relevance is not None:
            self.operation = "rerank"
            return 0
        brought = 0
        for index, one in enumerate(several):
            brought |= self.say(index, one.said(), one.finish())
            if one.tokens is not None:
                self.output = (self.output or 0) + (whole(one.tokens) or 0)
        return brought

    def say(self, index: int, text: str | None, finish: str | None) -> int:
        if finish is not None or index not in self.ends:
            self.ends[index] = finish
        if not text:
            return 0
        if index == 0:
            self.text.append(text)
        return CONTENT

    def reply(self) -> Reply:
        ends = [self.ends[index] for index in sorted(self.ends)]
        return Reply(
            id=self.id,
            usage=stated(self.given, self.output, None, None, None),
            finish_reasons=[*ends],
            text="".join(self.text),
            tool_calls=self.calls,
            complete=any(end is not None for end in ends),
            operation=self.operation,
        )
