"""OpenAI's legacy text completions: a prompt in, `text` in each choice."""

from msgspec import Raw, Struct

from proxy.dialects import failures
from proxy.dialects.dialect import CONTENT, Ask, Call, Failure, Reply
from proxy.dialects.openai_request import Prompt, deployment, prompts
from proxy.dialects.openai_usage import StatedUsage, usage
from proxy.dialects.parsing import NONE, Shape
from proxy.model.exchange import Message
from proxy.model.vocabulary import Operation

NAME = "openai.completions"


class CompletionAsk(Struct, gc=False):
    model: str | None = None
    stream: bool | None = None
    prompt: Prompt = None


class Choice(Struct, gc=False):
    index: int | None = None
    finish_reason: str | None = None
    text: str | None = None


class Completion(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    system_fingerprint: str | None = None
    service_tier: str | None = None
    choices: list[Choice] | None = None
    usage: StatedUsage | None = None
    error: Raw = NONE
    object: str | None = None
    message: str | None = None
    type: str | None = None
    code: str | None = None


ASK = Shape(NAME, CompletionAsk)
ANSWER = Shape(NAME, Completion)


class OpenAICompletions:
    operation: Operation = "text_completion"

    def ask(self, body: bytes, call: Call) -> Ask:
        asked = ASK.read(body)
        return Ask(
            model=asked.model or deployment(call.path),
            stream=asked.stream is True,
            messages=[Message("user", text) for text in prompts(asked.prompt)],
        )

    def whole(self, body: bytes, call: Call) -> Reply:
        stream = CompletionStream()
        stream.take(ANSWER.read(body))
        return stream.finish()

    def stream(self, call: Call) -> "CompletionStream":
        return CompletionStream()


class CompletionStream:
    """Takes chunks, or one whole answer."""

    def __init__(self) -> None:
        self.reply = Reply()
        self.ends: dict[int, str | None] = {}
        self.text: list[str] = []
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
        reply.id = reply.id or chunk.id
        reply.model = reply.model or chunk.model
        reply.fingerprint = chunk.system_fingerprint or reply.fingerprint
        reply.service_tier = chunk.service_tier or reply.service_tier
        reply.usage = usage(chunk.usage) or reply.usage
        if self.failure is None:
            self.failure = failures.raw(chunk.error)
        if chunk.object == "error":  # vLLM's, all on the outside
            self.failure = Failure(chunk.type, chunk.code, chunk.message)
        brought = 0
        for place, choice in enumerate(chunk.choices or ()):
            brought |= self.take_choice(place, choice)
        return brought

    def take_choice(self, place: int, choice: Choice) -> int:
        index = place if choice.index is None else choice.index
        if choice.finish_reason is not None or index not in self.ends:
            self.ends[index] = choice.finish_reason
        if choice.text and not index:
            self.text.append(choice.text)
        return CONTENT if choice.text else 0

    def finish(self) -> Reply:
        reply = self.reply
        reply.text = "".join(self.text)
        reply.finish_reasons = [self.ends[index] for index in sorted(self.ends)]
        reply.failure = self.failure
        ended = bool(self.ends) and all(self.ends.values())
        reply.complete = self.done or ended
        return reply
