"""Newline-delimited JSON: one document a line (Ollama, Cohere's first chat API)."""

from proxy.dialects.framing import Event


class NdjsonDecoder:
    """Lines end in LF; only JSON's own whitespace is cut off, so no text is lost."""

    __slots__ = ("rest",)

    def __init__(self) -> None:
        self.rest = bytearray()

    def feed(self, data: bytes) -> list[Event]:
        end = data.rfind(b"\n")
        if end < 0:
            self.rest += data
            return []
        whole = bytes(self.rest) + data[:end]
        self.rest = bytearray(data[end + 1 :])
        return events(whole)

    def flush(self) -> list[Event]:
        rest, self.rest = bytes(self.rest), bytearray()
        return events(rest)


def events(data: bytes) -> list[Event]:
    return [("", line) for raw in data.split(b"\n") if (line := raw.strip(b" \t\r"))]
