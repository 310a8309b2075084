"""OpenAI's embeddings: model and usage; the vectors themselves are not read."""

from msgspec import Raw, Struct

from proxy.dialects import failures
from proxy.dialects.dialect import Ask, Call, Reply, Stream
from proxy.dialects.openai_request import Prompt, deployment, prompts
from proxy.dialects.openai_usage import StatedUsage, usage
from proxy.dialects.parsing import NONE, Shape
from proxy.errors import WireError
from proxy.model.exchange import Message
from proxy.model.vocabulary import Operation

NAME = "openai.embeddings"


class EmbeddingsAsk(Struct, gc=False):
    model: str | None = None
    input: Prompt = None


class Embeddings(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    usage: StatedUsage | None = None
    error: Raw = NONE


ASK = Shape(NAME, EmbeddingsAsk)
ANSWER = Shape(NAME, Embeddings)


class OpenAIEmbeddings:
    operation: Operation = "embeddings"

    def ask(self, body: bytes, call: Call) -> Ask:
        asked = ASK.read(body)
        return Ask(
            model=asked.model or deployment(call.path),
            messages=[Message("user", text) for text in prompts(asked.input)],
        )

    def whole(self, body: bytes, call: Call) -> Reply:
        answer = ANSWER.read(body)
        return Reply(
            model=answer.model,
            id=answer.id,
            usage=usage(answer.usage),
            failure=failures.raw(answer.error),
        )

    def stream(self, call: Call) -> Stream:
        raise WireError(f"{NAME}: a stream where one document was due, at byte 0")
