"""Writer's completions: text without usage; a stream's end is only the end of its bytes."""

from msgspec import Struct

from proxy.dialects.dialect import CONTENT, Ask, Call, Reply
from proxy.dialects.parsing import Shape
from proxy.model.exchange import Message
from proxy.model.vocabulary import Operation

DONE = b"[DONE]"


class Request(Struct, gc=False):
    model: str | None = None
    prompt: str | None = None
    stream: bool | None = None


class Choice(Struct, gc=False):
    text: str | None = None


class Answer(Struct, gc=False):
    model: str | None = None
    choices: list[Choice] | None = None


class Piece(Struct, gc=False):
    value: str | None = None


request_shape = Shape("writer.completions", Request)
answer_shape = Shape("writer.completions", Answer)
piece_shape = Shape("writer.completions", Piece)


class WriterStream:
    def __init__(self) -> None:
        self.text: list[str] = []
        self.done = False

    def event(self, kind: str, data: bytes) -> int:
        if data.strip() == DONE:
            self.done = True
            return 0
        value = piece_shape.read(data).value
        if not value:
            return 0
        self.text.append(value)
        return CONTENT

    def finish(self) -> Reply:
        return Reply(text="".join(self.text), complete=self.done)


class WriterCompletions:
    operation: Operation = "text_completion"

    def ask(self, body: bytes, call: Call) -> Ask:
        request = request_shape.read(body)
        messages = [Message("user", request.prompt)] if request.prompt else []
        return Ask(request.model, request.stream is True, messages)

    def whole(self, body: bytes, call: Call) -> Reply:
        answer = answer_shape.read(body)
        text = answer.choices[0].text if answer.choices else None
        return Reply(model=answer.model, text=text or "")

    def stream(self, call: Call) -> WriterStream:
        return WriterStream()
