"""Length-prefixed msgpack frames: four bytes of length, one of version, one message."""

import struct
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

from proxy.errors import WireError
from proxy.recording.recording import VERSION

HEADER = struct.Struct(">IB")
MAX_FRAME = 64 * 1024 * 1024

Message = TypeVar("Message")
encoder = msgspec.msgpack.Encoder()


def encode_into(buffer: bytearray, message: msgspec.Struct) -> None:
    """Append one frame to `buffer`; the buffer's memory is reused between batches."""
    start = len(buffer)
    buffer += b"\0" * HEADER.size
    encoder.encode_into(message, buffer, -1)
    HEADER.pack_into(buffer, start, len(buffer) - start - HEADER.size, VERSION)


class Decoder(Generic[Message]):
    """Turn bytes of any chunking into messages of the union `kind`.

    Raises WireError on a frame that is too long, of another version or malformed; the
    connection it came from is then of no further use.
    """

    def __init__(self, kind: type[Message]) -> None:
        self.decoder: msgspec.msgpack.Decoder[Message] = msgspec.msgpack.Decoder(kind)
        self.buffer = bytearray()
        self.offset = 0

    def feed(self, data: bytes) -> Iterator[Message]:
        self.buffer += data
        try:
            yield from self.complete()
        finally:
            del self.buffer[: self.offset]
            self.offset = 0

    def complete(self) -> Iterator[Message]:
        while len(self.buffer) - self.offset >= HEADER.size:
            length, version = HEADER.unpack_from(self.buffer, self.offset)
            if version != VERSION or length > MAX_FRAME:
                raise WireError(
                    f"frame of version {version}, {length} bytes; expected version "
                    f"{VERSION} and at most {MAX_FRAME} bytes"
                )
            start = self.offset + HEADER.size
            if len(self.buffer) < start + length:
                return
            self.offset = start + length
            yield self.decode(memoryview(self.buffer)[start : self.offset])

    def decode(self, payload: memoryview) -> Message:
        try:
            return self.decoder.decode(payload)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            # Text that is no UTF-8 and nesting without end escape msgspec's own type.
            raise WireError(f"frame cannot be read: {error}") from error
        finally:
            payload.release()
