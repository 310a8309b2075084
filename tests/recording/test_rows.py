"""Lines of recorded exchanges become Recordings."""

import base64
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import WireError
from proxy.monitor.row import line
from proxy.recording import har
from proxy.recording.rows import NO_MARKS, parse, slices
from tests.make import make_body, make_marks, make_recording


def row(**changes: Any) -> dict[str, Any]:
    """The smallest line that says all a reader needs."""
    request = {
        "method": "post",
        "path": "/v1/x?a=1",
        "url": "https://api.test:8443/v1/x?a=1",
        "headers": {"Accept": "*/*", "X-Two": ["1", "2"]},
        "body_b64": base64.b64encode(b"asked").decode(),
    }
    response = {"status": 200, "headers": {}, "body_b64": "c2FpZA=="}
    given = {"id": "a", "provider": "openai", "request": request, "response": response}
    return given | changes


def test_a_line_is_a_recording() -> None:
    found = parse(json.dumps(row()).encode())
    one = found.recording
    assert (found.id, found.provider) == ("a", "openai")
    assert (one.method, one.target, one.status) == ("POST", b"/v1/x?a=1", 200)
    assert one.upstream == "https://api.test:8443"
    assert one.request_headers == [
        (b"Accept", b"*/*"),
        (b"X-Two", b"1"),
        (b"X-Two", b"2"),
    ]
    assert (one.request_body.slices, one.response_body.slices) == (
        [b"asked"],
        [b"said"],
    )
    assert one.marks == NO_MARKS


def test_what_the_monitor_writes_is_read_back() -> None:
    recording = make_recording(
        marks=make_marks(),
        conversation="trip",
        outcome="upstream_cut",
        response_reads=[1, 4, 2, 3],
        response_body=make_body(slices=[b"data", b": x"], total=9, truncated=True),
        traceparent="00-1-2-01",
    )
    found = parse(line(recording, "openai.chat", 5.0))
    assert found.recording == msgspec.structs.replace(
        recording, request_body=found.recording.request_body
    )
    assert found.started == recording.marks.request_start / 1e9 + 5.0


@pytest.mark.parametrize(
    ("source", "total", "truncated"),
    [
        pytest.param("recorded", 4, False, id="whole"),
        pytest.param("truncated", 5, True, id="in part"),
    ],
)
def test_a_body_says_whether_it_is_whole(
    source: str, total: int, truncated: bool
) -> None:
    response = {"status": 200, "body_b64": "c2FpZA==", "body_source": source}
    body = parse(json.dumps(row(response=response)).encode()).recording.response_body
    assert (body.total, body.truncated) == (total, truncated)


def test_a_body_that_was_not_kept_is_cut() -> None:
    response = {"status": 200, "body_b64": None, "body_source": "not_kept"}
    body = parse(json.dumps(row(response=response)).encode()).recording.response_body
    assert (body.slices, body.truncated) == ([], True)


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        pytest.param([], [b"abcdef"], id="no times"),
        pytest.param([1, 2, 2, 4], [b"ab", b"cdef"], id="each read"),
        pytest.param([1, 4], [b"abcd", b"ef"], id="fewer reads"),
        pytest.param([1, 4, 2, 9], [b"abcd", b"ef"], id="more than was kept"),
        pytest.param([1, 0, 2, 6], [b"abcdef"], id="empty read"),
    ],
)
def test_bodies_are_cut_where_they_were_read(
    reads: list[int], expected: list[bytes]
) -> None:
    assert list(slices(b"abcdef", reads)) == expected


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        pytest.param(b"{", "truncated", id="half a line"),
        pytest.param(b"[]", "object", id="no object"),
        pytest.param(b"{}", "request", id="nothing in it"),
        pytest.param(b"\xff\xfe", "malformed", id="no JSON"),
        pytest.param(b"[" * 100_000, "recorded exchange", id="nested without end"),
        pytest.param(
            json.dumps(row(request={"method": "POST"})).encode(), "path", id="no path"
        ),
        pytest.param(
            json.dumps(row(response={"status": 200, "body_b64": "%"})).encode(),
            "base64",
            id="no base64",
        ),
        pytest.param(
            json.dumps(row(seatrial={"boot": "xyz"})).encode(), "hex", id="boot"
        ),
        pytest.param(
            json.dumps(row(seatrial={"marks": {"end": 1}})).encode(), "int", id="marks"
        ),
    ],
)
def test_a_broken_line_says_what_is_wrong(broken: bytes, told: str) -> None:
    with pytest.raises(WireError, match=told):
        parse(broken)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*row(), *row()["request"], "status", "seatrial", "marks"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.binary(max_size=99) | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_read_or_refused(line: bytes) -> None:
    for read in (parse, har.parse, har.entries):
        try:
            read(line)
        except WireError:
            continue
