"""A kept line has the schema of recorded-exchange corpora, and no secrets."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.monitor import row
from proxy.recording.recording import Recording
from tests.make import make_body, make_marks, make_recording


def kept(recording: Recording) -> Any:
    return json.loads(row.line(recording, "openai.chat", offset_seconds=1_000.0))


def test_a_line_is_one_line() -> None:
    line = row.line(make_recording(peer_error="a\nb"), "other", 0.0)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")


def test_the_request_is_told() -> None:
    found = kept(make_recording(target=b"/v1/chat/completions?a=1"))
    assert found["protocol"] == "openai.chat"
    assert found["request"] == {
        "method": "POST",
        "url": "https://api.openai.com/v1/chat/completions?a=1",
        "path": "/v1/chat/completions?a=1",
        "headers": {"Content-Type": "application/json"},
        "body_b64": base64.b64encode(b'{"model":"m"}').decode(),
        "body_source": "recorded",
    }


def test_the_response_is_told_without_its_framing() -> None:
    headers = [
        (b"Content-Type", b"application/json"),
        (b"Content-Encoding", b"gzip"),
        (b"Content-Length", b"7"),
        (b"Transfer-Encoding", b"chunked"),
    ]
    found = kept(
        make_recording(
            response_headers=headers, response_body=make_body(b"\x1f\x8bzip")
        )
    )
    assert found["response"] == {
        "status": 200,
        "headers": {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        "body_b64": base64.b64encode(b"\x1f\x8bzip").decode(),
        "body_source": "recorded",
        "content_encoding": "gzip",
        "recorded_framing_headers": {
            "content-length": "7",
            "transfer-encoding": "chunked",
        },
    }


def test_slices_are_joined() -> None:
    body = make_body(slices=[b"data: 1\n\n", b"data: 2\n\n"], total=18)
    found = kept(make_recording(response_body=body))
    assert base64.b64decode(found["response"]["body_b64"]) == b"data: 1\n\ndata: 2\n\n"


@pytest.mark.parametrize(
    ("body", "encoded", "source"),
    [
        pytest.param(make_body(), "", "recorded", id="empty"),
        pytest.param(
            make_body(total=9, truncated=True), None, "not_kept", id="not kept"
        ),
        pytest.param(
            make_body(b"abc", total=9, truncated=True), "YWJj", "truncated", id="cut"
        ),
    ],
)
def test_a_body_says_how_much_of_it_is_there(
    body: Any, encoded: str | None, source: str
) -> None:
    found = kept(make_recording(response_body=body))["response"]
    assert (found["body_b64"], found["body_source"]) == (encoded, source)


def test_a_redacted_body_says_so() -> None:
    line = row.line(make_recording(), "openai.chat", 0.0, "redacted")
    found = json.loads(line)
    assert found["request"]["body_source"] == "redacted"
    assert found["response"]["body_source"] == "redacted"


def test_a_repeated_header_is_a_list() -> None:
    headers = [(b"X-A", b"1"), (b"x-b", b"2"), (b"x-a", b"3"), (b"X-A", b"4")]
    found = kept(make_recording(request_headers=headers))["request"]["headers"]
    assert found == {"X-A": ["1", "3", "4"], "x-b": "2"}


@pytest.mark.parametrize(
    ("content_type", "streaming"),
    [
        (b"text/event-stream;charset=UTF-8", True),
        (b"Application/X-NDJSON", True),
        (b"application/json", False),
    ],
)
def test_streams_are_told_by_content_type(content_type: bytes, streaming: bool) -> None:
    headers = [(b"content-type", content_type)]
    assert kept(make_recording(response_headers=headers))["streaming"] is streaming


def test_what_only_seatrial_knows_is_beside_it() -> None:
    found = kept(
        make_recording(
            outcome="upstream_cut",
            attempts=2,
            response_reads=[5, 100],
            response_body=make_body(b"abc", total=9, truncated=True),
            marks=make_marks(request_start=2_000_000_000, last_byte=None),
        )
    )["seatrial"]
    assert found["outcome"] == "upstream_cut"
    assert found["attempts"] == 2
    assert found["started"] == 1_002.0
    assert found["marks"]["last_byte"] is None
    assert found["response_reads"] == [5, 100]
    assert found["response_body"] == {"total": 9, "captured": 3, "truncated": True}


def test_no_secret_is_kept_wherever_it_stands() -> None:
    secret = "s3cr3t"
    recording = make_recording(
        target=f"/v1?key={secret}".encode(),
        request_headers=[
            (b"Authorization", f"Bearer {secret}".encode()),
            (b"Cookie", secret.encode()),
            (b"referer", f"http://h/?access_token={secret}".encode()),
        ],
        response_headers=[(b"Set-Cookie", secret.encode())] * 2,
    )
    assert secret.encode() not in row.line(recording, "other", 0.0)


@given(
    headers=st.lists(st.tuples(st.binary(max_size=20), st.binary(max_size=20))),
    target=st.binary(max_size=40),
    status=st.none() | st.integers(-(2**63), 2**63),
    error=st.none() | st.text(max_size=20),
    body=st.binary(max_size=40),
)
def test_any_recording_becomes_a_line(
    headers: list[tuple[bytes, bytes]],
    target: bytes,
    status: int | None,
    error: str | None,
    body: bytes,
) -> None:
    found = kept(
        make_recording(
            request_headers=headers,
            response_headers=headers,
            target=target,
            status=status,
            peer_error=error,
            request_body=make_body(body),
        )
    )
    assert base64.b64decode(found["request"]["body_b64"]) == body
