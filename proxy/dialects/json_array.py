"""A JSON array that is sent as it grows, read element by element (Gemini without SSE).

An element that is all there is found in one step. Else brackets are counted outside
strings, resuming where the reading stopped, so that time is linear in the bytes.
"""

import re

from proxy.dialects.framing import Event
from proxy.errors import WireError

STRING_REST = rb'[^"\\]*+(?:\\.[^"\\]*+)*+'
STRING = b'"' + STRING_REST + b'"'
GAP = rb'[^"\[\]{}]*+'
NESTING = 12


def nested(levels: int) -> bytes:
    deeper = b"|" + nested(levels - 1) if levels else b""
    return rb"[\[{]" + GAP + rb"(?:(?:" + STRING + deeper + b")" + GAP + rb")*+[\]}]"


# A whole element at once, where it is all there and not nested too deeply.
WHOLE = re.compile(nested(NESTING), re.DOTALL)
# Up to the next bracket, over whole strings; then what stands there decides.
TO_BRACKET = re.compile(GAP + b"(?:" + STRING + GAP + b")*+", re.DOTALL)
TO_QUOTE = re.compile(STRING_REST, re.DOTALL)
QUOTE, BACKSLASH = ord('"'), ord("\\")
ARRAY = ord("[")
OPENING = frozenset(b"[{")


class JsonArray:
    """Bytes in, the array's objects out. Only brackets are checked here; whether an
    element is JSON shows when it is decoded.
    """

    __slots__ = ("at", "buffer", "depth", "ended", "in_string", "offset", "start")

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.offset = 0
        self.at = 0
        """How far the buffer was looked through."""
        self.start = 0
        """Where the element under way begins."""
        self.depth = 0
        self.in_string = False
        self.ended = False

    def feed(self, data: bytes) -> list[Event]:
        self.buffer += data
        events: list[Event] = []
        while not self.ended and (bracket := self.next_bracket()) is not None:
            element = self.step(bracket)
            if element is not None:
                events.append(("", element))
        if self.ended or self.depth <= 1:
            self.drop(len(self.buffer) if self.ended else self.at)
        return events

    def flush(self) -> list[Event]:
        """An element without its end is none: what it would say is not known."""
        return []

    def next_bracket(self) -> int | None:
        """None at the end of the buffer; else `at` stands on the bracket."""
        buffer = self.buffer
        while True:
            if self.in_string:
                self.at = end_of(TO_QUOTE, buffer, self.at)
                if self.at == len(buffer) or buffer[self.at] == BACKSLASH:
                    return None
                self.in_string = False
                self.at += 1
            self.at = end_of(TO_BRACKET, buffer, self.at)
            if self.at == len(buffer):
                return None
            if buffer[self.at] != QUOTE:
                return buffer[self.at]
            self.in_string = True
            self.at += 1

    def step(self, bracket: int) -> bytes | None:
        """Take one bracket; the element that it closed, if it closed one."""
        at = self.at
        self.at += 1
        if self.depth == 0 and bracket != ARRAY:
            raise WireError(f"json array: no array begins at byte {self.offset + at}")
        if bracket in OPENING:
            if self.depth == 1:
                self.start = at
                if (whole := WHOLE.match(self.buffer, at)) is not None:
                    self.at = whole.end()
                    return bytes(whole[0])
            self.depth += 1
            return None
        self.depth -= 1
        self.ended = self.depth == 0
        return bytes(self.buffer[self.start : self.at]) if self.depth == 1 else None

    def drop(self, size: int) -> None:
        del self.buffer[:size]
        self.offset += size
        self.at = max(0, self.at - size)
        self.start = 0


def end_of(pattern: re.Pattern[bytes], buffer: bytearray, at: int) -> int:
    found = pattern.match(buffer, at)
    return found.end() if found else at
