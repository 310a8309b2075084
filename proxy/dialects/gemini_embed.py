"""Gemini's embedContent and batchEmbedContents, and Vertex's predict for embeddings.

The numbers of the vectors, most of such an answer's bytes, are stepped over.
"""

from msgspec import Struct, field

from proxy.dialects.counts import Count, whole
from proxy.dialects.dialect import Ask, Call, Reply, Stream
from proxy.dialects.gemini import model_in
from proxy.dialects.gemini_reply import Problem, Tokens, failure, usage
from proxy.dialects.gemini_request import Content, message
from proxy.dialects.parsing import Shape
from proxy.errors import WireError
from proxy.model.exchange import Message, Usage
from proxy.model.vocabulary import Operation


class Wanted(Struct, gc=False):
    content: Content | None = None


class EmbedRequest(Struct, gc=False):
    content: Content | None = None
    requests: list[Wanted] | None = None


class Instance(Struct, gc=False):
    content: str | None = None


class PredictRequest(Struct, gc=False):
    instances: list[Instance] | None = None


class Embedded(Struct, gc=False):
    tokens: Tokens | None = field(name="usageMetadata", default=None)
    error: Problem | None = None


class Statistics(Struct, gc=False):
    tokens: Count = field(name="token_count", default=None)


class Embedding(Struct, gc=False):
    statistics: Statistics | None = None


class Prediction(Struct, gc=False):
    embeddings: Embedding | None = None


class Predictions(Struct, gc=False):
    predictions: list[Prediction] | None = None
    error: Problem | None = None


embed_request = Shape("gemini.embed", EmbedRequest)
predict_request = Shape("vertex.predict_embed", PredictRequest)
embedded = Shape("gemini.embed", Embedded)
predicted = Shape("vertex.predict_embed", Predictions)


class GeminiEmbed:
    operation: Operation = "embeddings"

    def ask(self, body: bytes, call: Call) -> Ask:
        request = embed_request.read(body)
        given = [request.content, *(one.content for one in request.requests or ())]
        messages = [message(one, "user") for one in given if one is not None]
        return Ask(model=model_in(call.path), messages=messages)

    def whole(self, body: bytes, call: Call) -> Reply:
        answer = embedded.read(body)
        return Reply(
            usage=usage(answer.tokens),
            failure=failure(answer.error) if answer.error is not None else None,
        )

    def stream(self, call: Call) -> Stream:
        raise WireError(f"{call.dialect}: embeddings do not stream, from byte 0")


class VertexPredict(GeminiEmbed):
    """Vertex predicts with any model; an answer without embeddings is not ours to read."""

    def ask(self, body: bytes, call: Call) -> Ask:
        given = [one.content for one in predict_request.read(body).instances or ()]
        messages = [Message("user", text) for text in given if text is not None]
        return Ask(model=model_in(call.path), messages=messages)

    def whole(self, body: bytes, call: Call) -> Reply:
        answer = predicted.read(body)
        found = [one.embeddings for one in answer.predictions or ()]
        counts = [
            count
            for one in found
            if one is not None
            and one.statistics is not None
            and (count := whole(one.statistics.tokens)) is not None
        ]
        tokens = sum(counts) if counts else None
        return Reply(
            usage=Usage(input_tokens=tokens, input_tokens_incl_cache=tokens),
            failure=failure(answer.error) if answer.error is not None else None,
            operation="other" if found and not any(found) else None,
        )
