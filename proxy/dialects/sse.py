"""Server-sent events out of bytes that may be split anywhere, as servers really send them.

Lines end in LF, CRLF or CR; comments, a byte order mark, several `data:` lines and a last
event without its blank line are all read. Cost is linear in the bytes, however split.
"""

from proxy.dialects.framing import Event


class SseDecoder:
    """Feed it bytes of any size; `flush` gives what no blank line has ended."""

    __slots__ = ("after_cr", "begun", "rest", "searched")

    def __init__(self) -> None:
        self.rest = bytearray()
        self.searched = 0
        self.after_cr = False
        self.begun = False

    def feed(self, data: bytes) -> list[Event]:
        if self.after_cr or b"\r" in data:
            data = self.in_lines(data)
        if not self.rest:  # the usual case: a read holds whole events
            end = data.rfind(b"\n\n") + 2
            if end == len(data) and end > 1:
                return self.events(data)
        self.rest += data
        end = self.rest.rfind(b"\n\n", self.searched) + 2
        self.searched = max(0, len(self.rest) - 1)
        if end < 2:
            return []
        whole = bytes(memoryview(self.rest)[:end])
        del self.rest[:end]
        self.searched = max(0, len(self.rest) - 1)
        return self.events(whole)

    def flush(self) -> list[Event]:
        rest, self.rest = bytes(self.rest), bytearray()
        self.searched = 0
        return self.events(rest)

    def in_lines(self, data: bytes) -> bytes:
        """LF alone, also where a CRLF is split between two reads."""
        if self.after_cr and data.startswith(b"\n"):
            data = data[1:]
            self.after_cr = False
            if not data:
                return data
        if data:
            self.after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def events(self, data: bytes) -> list[Event]:
        if not self.begun and data:
            self.begun = True
            data = data.removeprefix(b"\xef\xbb\xbf")
        found: list[Event] = []
        for block in data.split(b"\n\n"):
            if block.startswith(b"data:") and b"\n" not in block:
                found.append(("", block[6 if block[5:6] == b" " else 5 :]))
            elif block and (event := fields(block)) is not None:
                found.append(event)
        return found


def fields(block: bytes) -> Event | None:
    """The event's name and data; None for comments and what carries no data."""
    kind = b""
    data: list[bytes] = []
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        if name == b"data":
            data.append(value.removeprefix(b" "))
        elif name == b"event":
            kind = value.removeprefix(b" ")
    if not data:
        return None
    return kind.strip().decode("utf-8", "replace"), b"\n".join(data)
