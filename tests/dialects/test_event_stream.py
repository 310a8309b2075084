import struct
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.dialects.event_stream import EventStream
from proxy.errors import WireError
from tests.dialects.amazon import event, exception, framed, header

STREAM = event("messageStart", {"role": "assistant"}) + event("x", {"y": "z" * 300})


def test_a_frame_gives_its_type_and_its_payload() -> None:
    assert EventStream().feed(event("ping", {"a": 1})) == [("ping", b'{"a": 1}')]


@pytest.mark.parametrize("size", [1, 3, 11, 12, 13, 100])
def test_frames_are_the_same_however_they_are_cut(size: int) -> None:
    stream = EventStream()
    pieces = [STREAM[i : i + size] for i in range(0, len(STREAM), size)]
    events = [found for piece in pieces for found in stream.feed(piece)]
    assert events == EventStream().feed(STREAM)


def test_an_exception_names_its_type() -> None:
    frame = exception("throttlingException", {"message": "slow down"})
    assert EventStream().feed(frame)[0][0] == "exception:throttlingException"


def test_headers_of_every_type_are_stepped_over() -> None:
    sizes = {0: 0, 1: 0, 2: 1, 3: 2, 4: 4, 5: 8, 8: 8, 9: 16}
    others = b"".join(b"\x01n" + bytes([t]) + b"\1" * n for t, n in sizes.items())
    others += b"\x01b\x06\x00\x03abc"
    frame = framed(others + header(":event-type", "late"), b"{}")
    assert EventStream().feed(frame) == [("late", b"{}")]


def test_a_length_without_end_is_refused_before_its_bytes_come() -> None:
    head = struct.pack(">II", 0x7FFFFFFF, 0)
    with pytest.raises(WireError, match="2147483647 bytes long at byte 0"):
        EventStream().feed(head + struct.pack(">I", zlib.crc32(head)))


def test_a_wrong_checksum_names_the_byte_where_its_frame_begins() -> None:
    first = event("a", {})
    second = bytearray(event("b", {"text": "hello"}))
    second[-8] ^= 1
    with pytest.raises(WireError, match=rf"checksum .* at byte {len(first)}$"):
        EventStream().feed(first + bytes(second))


def test_a_frame_without_its_end_is_no_event() -> None:
    stream = EventStream()
    assert [*stream.feed(STREAM[:-1]), *stream.flush()] == stream_of_first_frame()


def stream_of_first_frame() -> list[tuple[str, bytes]]:
    return EventStream().feed(event("messageStart", {"role": "assistant"}))


@given(st.binary(max_size=200), st.booleans())
def test_headers_of_any_bytes_raise_only_wire_errors(block: bytes, lead: bool) -> None:
    headers = header(":event-type", "e") + block if lead else block
    with suppress(WireError):
        EventStream().feed(framed(headers, b"{}"))


@given(st.binary(max_size=400))
def test_any_bytes_raise_only_wire_errors(data: bytes) -> None:
    with suppress(WireError):
        EventStream().feed(data)
