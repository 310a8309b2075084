"""Frames survive any chunking, and bytes that are no frames raise WireError only."""

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import WireError
from proxy.recording.control import Beat, Begin, Control, Drain, Ready, Reload
from proxy.recording.frames import HEADER, MAX_FRAME, Decoder, encode_into
from proxy.recording.recording import VERSION, Frame, Heartbeat, Recording
from tests.make import make_body, make_frame, make_heartbeat, make_recording

MESSAGES: list[Frame] = [
    make_recording(seq=1, response_body=make_body(b"x" * 3000)),
    make_heartbeat(seq=2, drops={"full": 3}),
    make_recording(seq=2, route=None, status=None, outcome="client_gone"),
]
STREAM = b"".join(make_frame(message) for message in MESSAGES)


def pieces(data: bytes, cuts: list[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % len(data) for cut in cuts)})
    return [data[a:b] for a, b in itertools.pairwise(places)]


def read(data: bytes) -> list[Frame]:
    return list(Decoder[Frame](Frame).feed(data))  # type: ignore[arg-type]  # a union


@given(cuts=st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_any_chunking_gives_the_same_messages(cuts: list[int]) -> None:
    decoder: Decoder[Frame] = Decoder(Frame)  # type: ignore[arg-type]  # a union
    found = [m for piece in pieces(STREAM, cuts) for m in decoder.feed(piece)]
    assert found == MESSAGES
    assert not decoder.buffer


@given(end=st.integers(0, len(STREAM) - 1))
def test_a_cut_stream_gives_its_whole_messages_and_keeps_the_rest(end: int) -> None:
    decoder: Decoder[Frame] = Decoder(Frame)  # type: ignore[arg-type]  # a union
    found = list(decoder.feed(STREAM[:end]))
    assert found == MESSAGES[: len(found)]
    assert len(found) < len(MESSAGES)
    assert found + list(decoder.feed(STREAM[end:])) == MESSAGES


@given(garbage=st.binary(max_size=200))
def test_garbage_raises_wire_error_and_nothing_else(garbage: bytes) -> None:
    try:
        read(HEADER.pack(len(garbage), VERSION) + garbage)
    except WireError:
        return
    pytest.fail("garbage was read as a frame")


@given(
    place=st.integers(HEADER.size, len(STREAM) - 1),
    change=st.binary(min_size=1, max_size=6),
)
def test_a_damaged_frame_is_read_or_raises_wire_error(
    place: int, change: bytes
) -> None:
    damaged = STREAM[:place] + change + STREAM[place + len(change) :]
    try:
        found = read(damaged)
    except WireError:
        return
    assert all(isinstance(message, Recording | Heartbeat) for message in found)


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(HEADER.pack(MAX_FRAME + 1, VERSION), id="longer than allowed"),
        pytest.param(HEADER.pack(2**32 - 1, VERSION), id="longest a header can say"),
        pytest.param(HEADER.pack(10, VERSION + 1), id="a later version"),
        pytest.param(HEADER.pack(10, 0), id="version zero"),
    ],
)
def test_a_header_alone_is_refused(header: bytes) -> None:
    with pytest.raises(WireError, match="frame of version"):
        read(header)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"\x91" * 200_000 + b"\xc0", id="nesting without end"),
        pytest.param(b"\xdd\xff\xff\xff\xff", id="a list said to be endless"),
        pytest.param(b"", id="nothing"),
        pytest.param(msgspec.msgpack.encode(["heartbeat"]), id="fields missing"),
        pytest.param(msgspec.msgpack.encode(["other", 1]), id="another kind"),
        pytest.param(
            make_frame(make_heartbeat())[HEADER.size :].replace(
                b"relay-0", b"\xff" * 7
            ),
            id="text that is no UTF-8",
        ),
    ],
)
def test_a_malformed_payload_raises_wire_error(payload: bytes) -> None:
    with pytest.raises(WireError, match="cannot be read"):
        read(HEADER.pack(len(payload), VERSION) + payload)


def test_deep_nesting_in_a_field_of_a_later_version_raises_wire_error() -> None:
    fields = msgspec.msgpack.decode(make_frame(make_heartbeat())[HEADER.size :])
    plain = msgspec.msgpack.encode([*fields, None])
    payload = plain[:-1] + b"\x91" * 200_000 + b"\xc0"
    with pytest.raises(WireError):
        read(HEADER.pack(len(payload), VERSION) + payload)


def test_fields_of_a_later_version_are_passed_over() -> None:
    fields = msgspec.msgpack.decode(make_frame(make_heartbeat())[HEADER.size :])
    payload = msgspec.msgpack.encode([*fields, "new"])
    assert read(HEADER.pack(len(payload), VERSION) + payload) == [make_heartbeat()]


def test_a_heartbeat_without_its_last_field_has_the_default() -> None:
    fields = msgspec.msgpack.decode(make_frame(make_heartbeat(workers=7))[5:])
    payload = msgspec.msgpack.encode(fields[:-1])
    [found] = read(HEADER.pack(len(payload), VERSION) + payload)
    assert isinstance(found, Heartbeat)
    assert found.workers == 1


def test_frames_share_one_buffer() -> None:
    buffer = bytearray()
    for message in MESSAGES:
        encode_into(buffer, message)
    assert bytes(buffer) == STREAM


def test_control_messages_survive_the_line() -> None:
    sent: list[Control] = [
        Begin(name="relay-0", settings=b"{}", secret=b"s" * 32, listeners=[3, 4]),
        Ready(),
        Beat(),
        Reload(settings=b"{}"),
        Drain(delay=5.0, limit=600.0),
    ]
    decoder: Decoder[Control] = Decoder(Control)  # type: ignore[arg-type]  # a union
    data = b"".join(make_frame(message) for message in sent)
    assert list(decoder.feed(data)) == sent
