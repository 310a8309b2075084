"""Cohere's own APIs: chat in two versions, generate, embed."""

from proxy.dialects import cohere_reply, cohere_request
from proxy.dialects.cohere_stream import CohereStream
from proxy.dialects.dialect import Ask, Call, Reply, Stream
from proxy.errors import WireError
from proxy.model.vocabulary import Operation


class CohereChat:
    operation: Operation = "chat"

    def ask(self, body: bytes, call: Call) -> Ask:
        return cohere_request.read(body)

    def whole(self, body: bytes, call: Call) -> Reply:
        return cohere_reply.read(cohere_reply.shape.read(body))

    def stream(self, call: Call) -> Stream:
        return CohereStream()


class CohereGenerate(CohereChat):
    operation: Operation = "text_completion"


class CohereEmbed(CohereChat):
    """The vectors are stepped over."""

    operation: Operation = "embeddings"

    def stream(self, call: Call) -> Stream:
        raise WireError(f"{call.dialect}: embeddings do not stream, from byte 0")
