"""Amazon Bedrock's Converse, and its stream of binary frames.

The answer names neither a model nor an id: the path has the one, a header the other.
"""

from urllib.parse import unquote

from proxy.dialects import bedrock_reply, bedrock_request
from proxy.dialects.dialect import Ask, Call, Reply
from proxy.dialects.event_stream import EXCEPTION
from proxy.dialects.parsing import Shape
from proxy.model.vocabulary import Operation

event_shape = Shape("bedrock.converse_stream", bedrock_reply.Event)


def model_in(path: str) -> str | None:
    """`/model/{id}/converse`; an ARN's slashes are percent-encoded, mostly."""
    after = path.partition("/model/")[2]
    return unquote(after.rpartition("/")[0]) or None


class ConverseStream:
    def __init__(self) -> None:
        self.assembly = bedrock_reply.Assembly()

    def event(self, kind: str, data: bytes) -> int:
        if kind.startswith(EXCEPTION):
            self.assembly.fail(kind.removeprefix(EXCEPTION), data)
            return 0
        return self.assembly.add(event_shape.read(data))

    def finish(self) -> Reply:
        return self.assembly.reply()


class BedrockConverse:
    operation: Operation = "chat"

    def ask(self, body: bytes, call: Call) -> Ask:
        ask = bedrock_request.read(body)
        ask.model = model_in(call.path)
        ask.stream = call.path.endswith("/converse-stream")
        return ask

    def whole(self, body: bytes, call: Call) -> Reply:
        return bedrock_reply.whole(bedrock_reply.answer_shape.read(body))

    def stream(self, call: Call) -> ConverseStream:
        return ConverseStream()
