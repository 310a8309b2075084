"""Gemini's generateContent and streamGenerateContent, at Google AI and on Vertex."""

from urllib.parse import unquote

from proxy.dialects import gemini_reply, gemini_request
from proxy.dialects.dialect import Ask, Call, Reply
from proxy.model.vocabulary import Operation


def model_in(path: str) -> str | None:
    """`…/models/gemini-2.5-flash:generateContent`; the action may be missing."""
    return unquote(path.rpartition("/")[2]).partition(":")[0] or None


class GeminiStream:
    def __init__(self) -> None:
        self.answer = gemini_reply.Answer()

    def event(self, kind: str, data: bytes) -> int:
        if not data.lstrip().startswith(b"{"):
            return 0  # [DONE], which some gateways add
        return self.answer.add(gemini_reply.one.read(data))

    def finish(self) -> Reply:
        return self.answer.reply()


class GeminiGenerate:
    operation: Operation = "generate_content"

    def ask(self, body: bytes, call: Call) -> Ask:
        ask = gemini_request.read(body)
        ask.model = model_in(call.path)
        ask.stream = "streamGenerateContent" in call.path
        return ask

    def whole(self, body: bytes, call: Call) -> Reply:
        """An array is what a stream gives to a reader that took it for a document."""
        answer = gemini_reply.Answer()
        if body.lstrip()[:1] == b"[":
            for piece in gemini_reply.many.read(body):
                answer.add(piece)
        else:
            answer.add(gemini_reply.one.read(body))
        return answer.reply()

    def stream(self, call: Call) -> GeminiStream:
        return GeminiStream()
