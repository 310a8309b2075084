"""Server-sent events are read as servers really send them, split anywhere."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.dialects.sse import SseDecoder

Events = list[tuple[str, bytes]]


def decoded(*parts: bytes) -> Events:
    decoder = SseDecoder()
    found = [event for part in parts for event in decoder.feed(part)]
    return found + list(decoder.flush())


def stripped(events: Events) -> Events:
    return [(kind, data.strip()) for kind, data in events]


@pytest.mark.parametrize(
    ("body", "events"),
    [
        pytest.param(b"data: 1\n\ndata: 2\n\n", [("", b"1"), ("", b"2")], id="LF"),
        pytest.param(
            b"data: 1\r\n\r\ndata: 2\r\n\r\n", [("", b"1"), ("", b"2")], id="CRLF"
        ),
        pytest.param(b"data: 1\r\rdata: 2\r\r", [("", b"1"), ("", b"2")], id="CR"),
        pytest.param(b"data:1\n\n", [("", b"1")], id="no space after the colon"),
        pytest.param(b"event: a\ndata: 1\n\n", [("a", b"1")], id="named"),
        pytest.param(b"data: 1\nevent: a\n\n", [("a", b"1")], id="named afterwards"),
        pytest.param(b": hello\n\ndata: 1\n\n", [("", b"1")], id="comment"),
        pytest.param(b": \n\n:\n\n", [], id="comments only"),
        pytest.param(b": hi\ndata: 1\n\n", [("", b"1")], id="comment in an event"),
        pytest.param(b"\xef\xbb\xbfdata: 1\n\n", [("", b"1")], id="byte order mark"),
        pytest.param(b"data: a\ndata: b\n\n", [("", b"a\nb")], id="several data lines"),
        pytest.param(
            b"data: 1\n\ndata: 2", [("", b"1"), ("", b"2")], id="no final blank line"
        ),
        pytest.param(
            b"data: 1\n\n\n\n\ndata: 2\n\n",
            [("", b"1"), ("", b"2")],
            id="many blank lines",
        ),
        pytest.param(b"id: 1\nretry: 5\n\n", [], id="no data"),
        pytest.param(
            "data: a\u2028b\x85\x0b\n\n".encode(),
            [("", "a\u2028b\x85".encode())],
            id="other line ends",
        ),
        pytest.param(b"data: [DONE] \n\n", [("", b"[DONE]")], id="spaces at the end"),
        pytest.param(b"", [], id="nothing"),
    ],
)
def test_what_is_on_the_wire(body: bytes, events: Events) -> None:
    assert stripped(decoded(body)) == events
    assert stripped(decoded(*(bytes([byte]) for byte in body))) == events


LINES = st.sampled_from(
    [b"data: 1", b"data: {}", b"event: x", b": c", b"", b"data", b"x", b"\xef\xbb\xbf"]
)
ENDS = st.sampled_from([b"\n", b"\r\n", b"\r"])


@example([(b"data: 1", b"\n"), (b"", b"\n"), (b"", b"\n"), (b"data: 1", b"\n")], [10])
@given(
    st.lists(st.tuples(LINES, ENDS), max_size=20),
    st.lists(st.integers(0, 200), max_size=8),
)
def test_chunking_changes_nothing(
    lines: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    body = b"".join(line + end for line, end in lines)
    edges = sorted({0, len(body), *(min(cut, len(body)) for cut in cuts)})
    parts = [body[a:b] for a, b in pairwise(edges)]
    assert decoded(*parts) == decoded(body)


def test_an_event_is_given_when_its_blank_line_came() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: 1\r\n") == []
    assert stripped(list(decoder.feed(b"\r\n"))) == [("", b"1")]


def test_a_long_line_in_small_pieces_costs_linear_time() -> None:
    decoder = SseDecoder()
    for _ in range(20_000):
        assert decoder.feed(b"data: " + b"x" * 100 + b"\n") == []
    assert len(decoder.flush()) == 1
