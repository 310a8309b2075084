"""Client tool calls of OpenAI's dialect, whole or in pieces.

Id and name count once, however often they are repeated; only arguments are joined.
"""

from msgspec import Raw, Struct

from proxy.dialects.parsing import ABSENT, NONE, Shape, canonical
from proxy.model.exchange import ToolCall

NAME = "openai.chat"


class Function(Struct, gc=False):
    name: str | None = None
    arguments: Raw = NONE
    input: str | None = None


class WireCall(Struct, gc=False):
    index: int | None = None
    id: str | None = None
    function: Function | None = None
    custom: Function | None = None


def text_of(arguments: Raw) -> str:
    """A piece of arguments; whole objects (Mistral) become their JSON."""
    data = bytes(arguments)
    if data in ABSENT:
        return ""
    if data[:1] == b'"':
        return PIECE.read(data)
    return data.decode("utf-8", "replace")


PIECE: Shape[str] = Shape(NAME, str)


class CallPieces:
    """A client tool call that arrives in pieces: id and name count once."""

    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id: str | None = None
        self.name: str | None = None
        self.arguments: list[str] = []

    def add(self, piece: WireCall) -> None:
        if piece.id is not None and not self.id:
            self.id = piece.id
        function = piece.function or piece.custom
        if function is None:
            return
        if function.name and not self.name:
            self.name = function.name
        self.arguments.append(text_of(function.arguments))
        if function.input is not None:
            self.arguments.append(function.input)

    def is_whole(self) -> bool:
        return is_object("".join(self.arguments))

    def call(self, choice: int) -> ToolCall:
        arguments = canonical("".join(self.arguments))
        return ToolCall(self.id, self.name or "", arguments, choice)


def named(piece: WireCall) -> bool:
    return piece.function is not None and bool(piece.function.name)


def is_whole(piece: WireCall) -> bool:
    return piece.function is not None and is_object(text_of(piece.function.arguments))


def is_object(text: str) -> bool:
    text = text.strip()
    return text.startswith("{") and text.endswith("}")


class ChoicePieces:
    __slots__ = ("calls", "finish", "function", "last")

    def __init__(self) -> None:
        self.finish: str | None = None
        self.calls: dict[int, CallPieces] = {}
        self.function: CallPieces | None = None
        self.last = -1

    def add(self, piece: WireCall, position: int) -> None:
        index = self.place(piece, position)
        self.last = index
        if index not in self.calls:
            self.calls[index] = CallPieces()
        self.calls[index].add(piece)

    def place(self, piece: WireCall, position: int) -> int:
        """By index; without one, a later position or a new id begins a new call.

        Some servers give every call of an answer index 0 (Gemini's OpenAI face): a
        second whole call is another call there too.
        """
        index = piece.index
        if index is None:
            index = max(self.last, position)
        known = self.calls.get(index)
        if known is None or not known.name or not named(piece):
            return index
        if piece.id and known.id:
            return index if piece.id == known.id else max(self.calls) + 1
        return max(self.calls) + 1 if known.is_whole() and is_whole(piece) else index

    def add_function(self, function: Function) -> None:
        if self.function is None:
            self.function = CallPieces()
        self.function.add(WireCall(function=function))

    def finished(self, choice: int) -> list[ToolCall]:
        calls = [self.calls[index].call(choice) for index in sorted(self.calls)]
        return calls + ([self.function.call(choice)] if self.function else [])
