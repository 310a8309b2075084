"""What the reader adds to a dialect's word: times, framing, what the relay saw."""

from typing import Any

import pytest

from proxy.dialects.reader import read
from proxy.recording.recording import Body
from tests.make import MS, make_body, make_marks, make_recording

SSE = [(b"Content-Type", b"text/event-stream; charset=utf-8")]


def word(text: str, field: str = "content") -> bytes:
    return b'data: {"choices":[{"index":0,"delta":{"%s":"%s"}}]}\n\n' % (
        field.encode(),
        text.encode(),
    )


def streamed(*reads: tuple[int, bytes], **given: Any) -> Any:
    body = [data for _, data in reads]
    return read(
        make_recording(
            response_headers=SSE,
            response_reads=[n for at, data in reads for n in (at * MS, len(data))],
            response_body=Body(body, sum(map(len, body)), False),
            **given,
        )
    )


def test_times_are_those_of_the_reads_that_brought_output() -> None:
    exchange = streamed(
        (1, b": waiting\n\n"),
        (2, word("", "content")),
        (3, word("Think.", "reasoning_content")),
        (5, word("Nine")[:20]),
        (8, word("Nine")[20:] + word(" fathoms.")),
        (9, b"data: [DONE]\n\n"),
    )
    assert exchange.timings.first_reasoning == 3 * MS
    assert exchange.timings.first_content == 8 * MS
    assert exchange.timings.chunks == (3 * MS, 8 * MS)


def test_a_tool_call_is_content_in_time() -> None:
    call = b'data: {"choices":[{"delta":{"tool_calls":[{"id":"1"}]}}]}\n\n'
    assert streamed((7, call)).timings.first_content == 7 * MS


def test_an_answer_in_one_piece_has_no_first_content() -> None:
    assert read(make_recording()).timings.first_content is None


def test_reads_beyond_those_that_were_kept_have_the_last_time() -> None:
    recording = make_recording(
        response_headers=SSE,
        response_reads=[5 * MS, 1],
        response_body=make_body(word("a")),
    )
    assert read(recording).timings.chunks == (5 * MS,)


def test_a_body_without_times_is_dated_by_the_last_byte() -> None:
    marks = make_marks(last_byte=77)
    body = make_body(word("a"))
    recording = make_recording(response_headers=SSE, response_body=body, marks=marks)
    assert read(recording).timings.chunks == (77,)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        pytest.param(
            {"refusal": "connect", "status": 502}, "upstream_connect", id="dial"
        ),
        pytest.param(
            {"refusal": "timeout", "status": 504}, "upstream_timeout", id="late"
        ),
        pytest.param(
            {"refusal": "stale", "status": 502}, "upstream_protocol", id="stale"
        ),
        pytest.param({"refusal": "draining", "status": 503}, "seatrial", id="draining"),
        pytest.param({"outcome": "upstream_cut"}, "upstream_truncated", id="cut"),
        pytest.param(
            {"outcome": "upstream_error", "status": None},
            "upstream_protocol",
            id="broken",
        ),
        pytest.param({"status": 401}, "auth", id="401"),
        pytest.param({"status": 404}, "invalid_request", id="404"),
        pytest.param({"status": 429}, "rate_limited", id="429"),
        pytest.param({"status": 503}, "overloaded", id="503"),
        pytest.param({"status": 500}, "provider_error", id="500"),
    ],
)
def test_what_broke_has_one_word(given: dict[str, Any], kind: str) -> None:
    error = read(make_recording(**given)).error
    assert error is not None
    assert error.error_type == kind


def test_a_client_that_left_is_no_error() -> None:
    exchange = streamed((1, word("Nine")), outcome="client_gone")
    assert exchange.error is None
    assert exchange.stream_complete is False


def test_a_stream_captured_in_part_is_not_complete() -> None:
    body = Body([word("Nine"), b"data: [DONE]\n\n"], 9_999, True)
    exchange = read(make_recording(response_headers=SSE, response_body=body))
    assert exchange.truncated_response
    assert exchange.stream_complete is False


def test_a_request_the_server_refused_need_not_be_readable() -> None:
    refused = make_recording(request_body=make_body(b"{nonsense"), status=400)
    assert read(refused).request_model is None


def test_a_route_may_fix_the_dialect() -> None:
    body = make_body(b'{"id":"msg_1","type":"message","content":[],"model":"m"}')
    recording = make_recording(target=b"/proxy/ask", response_body=body)
    assert read(recording).dialect == "other"
    assert read(recording, "anthropic.messages").response_id == "msg_1"


@pytest.mark.parametrize(
    ("upstream", "provider"),
    [
        ("https://api.openai.com", "openai"),
        ("https://eu.api.openai.com:443", "openai"),
        ("https://sea.openai.azure.com", "azure.ai.openai"),
        ("https://bedrock-runtime.eu-west-1.amazonaws.com", "aws.bedrock"),
        ("https://europe-west4-aiplatform.googleapis.com", "gcp.vertex_ai"),
        ("https://generativelanguage.googleapis.com", "gcp.gemini"),
        ("http://127.0.0.1:11434", "ollama"),
        ("http://127.0.0.1:8000", "openai_compatible"),
        ("https://notopenai.com", "openai_compatible"),
        (None, "openai_compatible"),
    ],
)
def test_the_provider_is_told_by_the_host(upstream: str | None, provider: str) -> None:
    assert read(make_recording(upstream=upstream)).provider == provider
