"""Amazon's binary event stream, read frame by frame (`application/vnd.amazon.eventstream`).

A frame is: 4 bytes total length, 4 bytes length of the headers, 4 bytes CRC of these
eight, headers, payload, 4 bytes CRC of all before it. The first CRC is checked as soon as
its bytes are there, so a length that is nonsense never makes anyone wait for its bytes.
"""

from struct import Struct
from struct import error as StructError
from zlib import crc32

from proxy.dialects.framing import Event
from proxy.errors import WireError

PRELUDE = Struct(">III")
CRC = Struct(">I")
SHORT = Struct(">H")
OVERHEAD = 16
"""Bytes of a frame that are neither headers nor payload."""
MAX_FRAME = 24 << 20
MAX_HEADERS = 128 << 10
NAMES = 64
SHORT_HEADERS = 512
BYTES, STRING = 6, 7
FIXED_SIZE = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
"""Bytes of a header's value by its type: booleans, numbers, a timestamp, a UUID."""
EXCEPTION = "exception:"


class EventStream:
    """Bytes in, events out. An event's name is its type, for a failure `exception:<type>`.

    Raises WireError at the offset of the first frame that cannot be one; the events of
    the frames before it in the same read are lost with it.
    """

    __slots__ = ("buffer", "names", "offset")

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.names: dict[bytes, str] = {}
        """Names by their headers: a stream has few different ones."""
        self.offset = 0
        """Where in the whole stream the buffer begins."""

    def feed(self, data: bytes) -> list[Event]:
        self.buffer += data
        events: list[Event] = []
        at = 0
        while (end := self.frame_end(at)) is not None:
            events.append(self.frame(at, end))
            at = end
        del self.buffer[:at]
        self.offset += at
        return events

    def flush(self) -> list[Event]:
        """A frame without its end says nothing: its checksum is missing."""
        return []

    def frame_end(self, at: int) -> int | None:
        """None while the frame is not all there."""
        buffer = self.buffer
        if len(buffer) - at < PRELUDE.size:
            return None
        total, headers, crc = PRELUDE.unpack_from(buffer, at)
        if crc32(buffer[at : at + 8]) != crc:
            raise self.wrong("the checksum of the lengths does not match", at)
        if not OVERHEAD + headers <= total <= MAX_FRAME or headers > MAX_HEADERS:
            raise self.wrong(f"a frame cannot be {total} bytes long", at)
        end: int = at + total
        return end if end <= len(buffer) else None

    def frame(self, at: int, end: int) -> Event:
        whole = bytes(memoryview(self.buffer)[at : end - CRC.size])
        if crc32(whole) != CRC.unpack_from(self.buffer, end - CRC.size)[0]:
            raise self.wrong("the frame's checksum does not match", at)
        split = PRELUDE.size + PRELUDE.unpack_from(whole)[1]
        headers = whole[PRELUDE.size : split]
        found = self.names.get(headers)
        return self.named(headers, at) if found is None else found, whole[split:]

    def named(self, block: bytes, at: int) -> str:
        try:
            found = name(read_headers(block))
        except (StructError, IndexError, ValueError) as error:
            raise self.wrong("the frame's headers cannot be read", at) from error
        if len(self.names) < NAMES and len(block) < SHORT_HEADERS:
            self.names[block] = found
        return found

    def wrong(self, problem: str, at: int) -> WireError:
        return WireError(f"event stream: {problem} at byte {self.offset + at}")


def name(headers: dict[str, str]) -> str:
    kind = headers.get(":message-type")
    if kind == "exception":
        return EXCEPTION + headers.get(":exception-type", "")
    if kind == "error":
        return EXCEPTION + headers.get(":error-code", "")
    return headers.get(":event-type", "")


def read_headers(block: bytes) -> dict[str, str]:
    """The headers whose values are strings; the others are stepped over."""
    headers: dict[str, str] = {}
    at = 0
    while at < len(block):
        start = at + 1
        at = start + block[at]
        key, value_type = block[start:at].decode(), block[at]
        at += 1
        if value_type in (STRING, BYTES):
            size = SHORT.unpack_from(block, at)[0]
            at += SHORT.size
        elif value_type in FIXED_SIZE:
            size = FIXED_SIZE[value_type]
        else:
            raise ValueError(value_type)
        if at + size > len(block):
            raise IndexError(at)
        if value_type == STRING:
            headers[key] = block[at : at + size].decode()
        at += size
    return headers
