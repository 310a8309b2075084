"""Entries of HAR files become Recordings."""

import base64
import json
from typing import Any

import pytest

from proxy.errors import WireError
from proxy.recording import har

MS = 1_000_000
STARTED = 1_760_000_000


def entry(**changes: Any) -> dict[str, Any]:
    request = {
        "method": "POST",
        "url": "https://api.test/v1/messages?beta=true",
        "headers": [
            {"name": ":authority", "value": "api.test"},
            {"name": "x-api-key", "value": "k"},
        ],
        "postData": {"mimeType": "application/json", "text": '{"a":"é"}'},
    }
    response = {
        "status": 200,
        "headers": [
            {"name": "content-encoding", "value": "br"},
            {"name": "content-type", "value": "application/json"},
        ],
        "content": {"size": 2, "text": "{}"},
    }
    given = {
        "startedDateTime": "2025-10-09T08:53:20.000Z",
        "request": request,
        "response": response,
        "timings": {"blocked": -1, "connect": 5, "send": 1, "wait": 40, "receive": 3},
    }
    return given | changes


def recorded(**changes: Any) -> Any:
    return har.parse(json.dumps(entry(**changes)).encode())


def test_an_entry_is_a_recording() -> None:
    one = recorded().recording
    assert (one.method, one.target) == ("POST", b"/v1/messages?beta=true")
    assert one.upstream == "https://api.test"
    assert one.request_headers == [(b"x-api-key", b"k")]
    assert one.request_body.slices == ['{"a":"é"}'.encode()]
    assert one.response_body.slices == [b"{}"]


def test_a_body_was_decoded_and_no_longer_says_it_is_encoded() -> None:
    assert recorded().recording.response_headers == [
        (b"content-type", b"application/json")
    ]


def test_binary_bodies_are_base64() -> None:
    text = base64.b64encode(b"\x00\x01").decode()
    content = {"size": 2, "text": text, "encoding": "base64"}
    response = {"status": 200, "content": content}
    assert recorded(response=response).recording.response_body.slices == [b"\x00\x01"]


def test_times_are_those_of_the_file() -> None:
    found = recorded()
    marks = found.recording.marks
    assert found.started == STARTED
    assert marks.first_byte == STARTED * 1_000 * MS + 46 * MS
    assert marks.last_byte == STARTED * 1_000 * MS + 49 * MS


def test_a_body_that_was_not_kept_is_cut() -> None:
    response = {"status": 200, "content": {"size": 12}}
    assert recorded(response=response).recording.response_body.truncated


def test_no_answer_is_no_status() -> None:
    one = recorded(response={"status": 0}).recording
    assert (one.status, one.outcome) == (None, "upstream_error")


def test_entries_keep_their_order() -> None:
    document = {"log": {"version": "1.2", "entries": [{"a": 1}, {"a": 2}]}}
    found = har.entries(b"\xef\xbb\xbf" + json.dumps(document).encode())
    assert [json.loads(one) for one in found] == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "broken", [b"", b"{}", b'{"log": {}}', b'{"log": {"entries": 1}}', b"[" * 100_000]
)
def test_a_file_that_is_no_har_is_refused(broken: bytes) -> None:
    with pytest.raises(WireError, match="not a HAR file"):
        har.entries(broken)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"request": {}}, id="no request"),
        pytest.param({"startedDateTime": "yesterday"}, id="time"),
        pytest.param({"startedDateTime": "0001-01-01T00:00:00"}, id="first year"),
        pytest.param({"timings": {"wait": 1e308, "send": 1e308}}, id="endless"),
        pytest.param(
            {
                "response": {
                    "status": 200,
                    "content": {"text": "%", "encoding": "base64"},
                }
            },
            id="base64",
        ),
        pytest.param({"request": {"method": "GET", "url": "https://[::1"}}, id="url"),
    ],
)
def test_a_broken_entry_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(WireError, match="not an entry"):
        recorded(**changes)
