"""What generateContent answers, whole or as pieces of one answer.

A stream's events have the shape of a whole answer: text comes in pieces, function calls
come whole, usage is repeated and grows. So one reading serves all three framings.
"""

from msgspec import Struct, field

from proxy.dialects.dialect import CONTENT, REASONING, Failure, Reply
from proxy.dialects.gemini_request import FunctionCall, tool_call
from proxy.dialects.parsing import Shape
from proxy.dialects.thoughts import signed
from proxy.model.exchange import ToolCall, Usage


class ServerToolCall(Struct, gc=False):
    kind: str | int | None = field(name="toolType", default=None)


class Part(Struct, gc=False):
    text: str | None = None
    thought: bool | None = None
    call: FunctionCall | None = field(name="functionCall", default=None)
    signature: str | None = field(name="thoughtSignature", default=None)
    code: object = field(name="executableCode", default=None)
    server: ServerToolCall | None = field(name="toolCall", default=None)


class Content(Struct, gc=False):
    parts: list[Part] | None = None


class Candidate(Struct, gc=False):
    content: Content | None = None
    finish: str | int | None = field(name="finishReason", default=None)
    index: int | None = None


class Tokens(Struct, gc=False):
    input: int | None = field(name="promptTokenCount", default=None)
    output: int | None = field(name="candidatesTokenCount", default=None)
    total: int | None = field(name="totalTokenCount", default=None)
    cached: int | None = field(name="cachedContentTokenCount", default=None)
    thoughts: int | None = field(name="thoughtsTokenCount", default=None)
    tier: str | None = field(name="serviceTier", default=None)


class Feedback(Struct, gc=False):
    block: str | int | None = field(name="blockReason", default=None)


class Problem(Struct, gc=False):
    code: int | str | None = None
    message: str | None = None
    status: str | int | None = None


class Piece(Struct, gc=False):
    candidates: list[Candidate] | None = None
    tokens: Tokens | None = field(name="usageMetadata", default=None)
    model: str | None = field(name="modelVersion", default=None)
    id: str | None = field(name="responseId", default=None)
    feedback: Feedback | None = field(name="promptFeedback", default=None)
    error: Problem | None = None


one = Shape("gemini.generate_content", Piece)
many = Shape("gemini.generate_content", list[Piece])


def usage(tokens: Tokens | None) -> Usage:
    """Thoughts are not part of `candidatesTokenCount`; what a cache gave is part of
    `promptTokenCount`."""
    if tokens is None:
        return Usage()
    spoken = [count for count in (tokens.output, tokens.thoughts) if count is not None]
    return Usage(
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        total_tokens=tokens.total,
        cached_input_tokens=tokens.cached,
        reasoning_tokens=tokens.thoughts,
        input_tokens_incl_cache=tokens.input,
        output_tokens_incl_reasoning=sum(spoken) if spoken else None,
    )


class Answer:
    """Adds pieces up to one Reply."""

    __slots__ = (
        "blocked",
        "calls",
        "failure",
        "finishes",
        "id",
        "model",
        "reasoning",
        "server_calls",
        "signatures",
        "text",
        "tier",
        "tokens",
    )

    def __init__(self) -> None:
        self.model: str | None = None
        self.id: str | None = None
        self.tier: str | None = None
        self.tokens: Tokens | None = None
        self.finishes: dict[int, str | int | None] = {}
        self.text: list[str] = []
        self.reasoning: list[str] = []
        self.calls: list[ToolCall] = []
        self.server_calls: list[str] = []
        self.signatures: list[str] = []
        self.blocked = False
        self.failure: Failure | None = None

    def add(self, piece: Piece) -> int:
        """CONTENT and REASONING as the piece brought them."""
        self.model = piece.model or self.model
        self.id = piece.id or self.id
        if piece.tokens is not None and piece.tokens.input is not None:
            self.tokens = piece.tokens  # each restates all of it; counts may shrink
        self.tokens = self.tokens or piece.tokens
        if piece.feedback is not None and piece.feedback.block is not None:
            self.blocked = True
        if piece.error is not None:
            self.failure = failure(piece.error)
        brought = 0
        for position, candidate in enumerate(piece.candidates or ()):
            brought |= self.take(candidate, position)
        return brought

    def take(self, candidate: Candidate, position: int) -> int:
        index = position if candidate.index is None else candidate.index
        if candidate.finish is not None or index not in self.finishes:
            self.finishes[index] = candidate.finish
        brought = 0
        parts = candidate.content.parts if candidate.content is not None else None
        for part in parts or ():
            brought |= self.part(part, index)
        return brought

    def part(self, part: Part, index: int) -> int:
        if part.signature:
            self.signatures.append(signed(part.signature))
        if part.call is not None and part.call.name:
            self.calls.append(tool_call(part.call, index))
            return CONTENT
        if part.code is not None:
            self.server_calls.append("code_execution")
        elif part.server is not None:
            self.server_calls.append(str(part.server.kind))
        if not part.text:
            return 0
        if index == 0:
            (self.reasoning if part.thought else self.text).append(part.text)
        return REASONING if part.thought else CONTENT

    def reply(self) -> Reply:
        finishes = [self.finishes[index] for index in sorted(self.finishes)]
        ended = bool(finishes) and all(reason is not None for reason in finishes)
        return Reply(
            model=self.model,
            id=self.id,
            service_tier=self.tokens.tier if self.tokens is not None else None,
            usage=usage(self.tokens),
            finish_reasons=finishes,
            text="".join(self.text),
            reasoning="".join(self.reasoning),
            tool_calls=self.calls,
            server_tool_calls=self.server_calls,
            item_ids=self.signatures,
            failure=self.failure,
            complete=(ended or self.blocked) and self.failure is None,
        )


def failure(problem: Problem) -> Failure:
    return Failure(
        type=None if problem.status is None else str(problem.status),
        code=None if problem.code is None else str(problem.code),
        message=problem.message,
    )
