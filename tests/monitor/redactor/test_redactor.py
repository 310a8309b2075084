"""Whole recordings: what cannot be read to its end is not kept."""

import gzip
import json
from typing import Any

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.dialects.reader import read
from proxy.monitor.redactor import bodies
from proxy.monitor.redactor.redactor import Redacted, redacted
from proxy.recording.recording import Recording
from tests.make import MS, make_body, make_marks, make_recording

CARD = "4242424242424242"
MAIL = "jane.doe@example.com"
ASK = json.dumps(
    {"model": "m", "messages": [{"role": "user", "content": f"I am {MAIL}"}]}
)
SAY = json.dumps({"id": "1", "choices": [{"message": {"content": f"Card {CARD}."}}]})
JSON = (b"content-type", b"application/json")
SSE = (b"content-type", b"text/event-stream")
DIALECT = "openai.chat"


def recorded(
    said: bytes = SAY.encode(), *headers: tuple[bytes, bytes], **given: Any
) -> Recording:
    usual = {
        "request_body": make_body(ASK.encode()),
        "response_headers": list(headers or [JSON]),
        "response_body": make_body(said),
    }
    return make_recording(**{**usual, **given})


def kept(given: Recording) -> tuple[str, str, bool]:
    found = redacted(given, DIALECT)
    both = (found.recording.request_body, found.recording.response_body)
    asked, said = (b"".join(body.slices).decode() for body in both)
    return asked, said, found.failed


def test_both_bodies_are_redacted() -> None:
    asked, said, failed = kept(recorded())
    assert json.loads(asked)["messages"][0]["content"] == "I am <email>"
    assert json.loads(said)["choices"][0]["message"]["content"] == "Card <card>."
    assert not failed


@pytest.mark.parametrize(
    ("encoding", "pack"), [(b"gzip", gzip.compress), (b"br", brotli.compress)]
)
def test_a_packed_body_is_kept_unpacked(encoding: bytes, pack: Any) -> None:
    given = recorded(pack(SAY.encode()), JSON, (b"Content-Encoding", encoding))
    _, said, failed = kept(given)
    assert "<card>" in said
    assert not failed
    assert redacted(given, DIALECT).recording.response_headers == [JSON]


def sse(*texts: str) -> list[bytes]:
    chunks = [{"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts]
    lines = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    return [*lines, b"data: [DONE]\n\n"]


def streamed(slices: list[bytes], **given: Any) -> Recording:
    reads = [n for at, piece in enumerate(slices) for n in ((at + 50) * MS, len(piece))]
    body = make_body(slices=slices, total=sum(map(len, slices)))
    return recorded(b"", SSE, response_body=body, response_reads=reads, **given)


def test_a_stream_is_redacted_across_its_events() -> None:
    given = streamed(sse("Card 4242", "4242", "4242", "4242 is mine"))
    _, said, failed = kept(given)
    assert "4242" not in said
    assert not failed
    assert (
        read(redacted(given, DIALECT).recording, DIALECT).text == "Card <card> is mine"
    )


def test_a_stream_keeps_the_times_of_its_events() -> None:
    given = streamed(sse("Card 4242", "4242", "4242", "4242 is mine"))
    before, after = (
        read(one, DIALECT) for one in (given, redacted(given, DIALECT).recording)
    )
    assert after.timings.first_content == before.timings.first_content
    assert after.timings.last_byte == before.timings.last_byte


def test_a_stream_cut_into_single_bytes_is_redacted() -> None:
    whole = b"".join(sse("Card 4242", "4242", "4242", "4242 is mine"))
    _, said, failed = kept(streamed([bytes([byte]) for byte in whole]))
    assert "4242" not in said
    assert not failed


def test_a_json_array_and_lines_stay_what_they_are() -> None:
    parts = [
        {"candidates": [{"content": {"parts": [{"text": t}]}}]} for t in ("a ", CARD)
    ]
    target = b"/v1beta/models/m:streamGenerateContent"
    given = recorded(json.dumps(parts).encode(), JSON, target=target)
    said = b"".join(
        redacted(given, "gemini.generate_content").recording.response_body.slices
    )
    assert [
        p["candidates"][0]["content"]["parts"][0]["text"] for p in json.loads(said)
    ] == [
        "a ",
        "<card>",
    ]
    lines = b'{"response":"4242 4242 "}\n{"response":"4242 4242"}\n'
    found = redacted(
        recorded(lines, (b"content-type", b"application/x-ndjson")), "ollama.generate"
    )
    assert b"".join(found.recording.response_body.slices) == (
        b'{"response":"<card>"}\n{"response":""}\n'
    )


FAILING = [
    pytest.param(recorded(SAY.encode()[:-3]), id="half a document"),
    pytest.param(recorded(response_body=make_body(b"{}", total=9, truncated=True)), id="captured in part"),
    pytest.param(recorded(b"\x1f\x8bnonsense", JSON, (b"content-encoding", b"gzip")), id="no gzip"),
    pytest.param(recorded(gzip.compress(SAY.encode())[:-30], JSON, (b"content-encoding", b"gzip")), id="half a gzip"),
    pytest.param(recorded(b"abc", JSON, (b"content-encoding", b"rot13")), id="unknown encoding"),
    pytest.param(recorded(b"\x89PNG\r\n", (b"content-type", b"image/png")), id="image"),
    pytest.param(recorded(b"card \xff 42", (b"content-type", b"text/plain")), id="no UTF-8"),
    pytest.param(recorded(b"--x\r\n", (b"content-type", b"multipart/form-data")), id="form"),
    pytest.param(recorded(b"\0\0\0\x10", (b"content-type", b"application/vnd.amazon.eventstream")), id="binary stream"),
    pytest.param(recorded(b"[" * 50_000), id="nested without end"),
    pytest.param(recorded(outcome="client_gone"), id="client gone"),
    pytest.param(recorded(outcome="upstream_cut"), id="upstream cut"),
    pytest.param(streamed([b'data: {"choices":[{"delta":{"content":"4242']), id="half an event"),
]  # fmt: skip


@pytest.mark.parametrize("given", FAILING)
def test_an_answer_that_cannot_be_read_is_not_kept(given: Recording) -> None:
    asked, said, failed = kept(given)
    assert said == ""
    assert failed
    assert "<email>" in asked
    found = redacted(given, DIALECT).recording.response_body
    assert found.truncated
    assert found.total == given.response_body.total


@pytest.mark.parametrize(
    "body",
    [
        make_body(b"{}", total=9, truncated=True),
        make_body(b"\x00\x01"),
        make_body(b'{"a'),
    ],
)
def test_a_request_that_cannot_be_read_is_not_kept(body: Any) -> None:
    asked, _, failed = kept(recorded(request_body=body))
    assert asked == ""
    assert failed


def test_a_request_that_did_not_arrive_whole_is_not_kept() -> None:
    asked, _, failed = kept(recorded(marks=make_marks(request_end=None)))
    assert asked == ""
    assert failed


def test_what_is_larger_than_the_redactor_reads_is_not_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bodies, "MOST_BYTES", 100)
    packed = gzip.compress(b'"' + b"a" * 10_000 + b'"')
    _, said, failed = kept(recorded(packed, JSON, (b"content-encoding", b"gzip")))
    assert (said, failed) == ("", True)


@pytest.mark.parametrize("error", [KeyError, RuntimeError, RecursionError, MemoryError])
def test_a_rule_that_breaks_keeps_nothing(error: type[Exception]) -> None:
    def breaks(text: str) -> list[Any]:
        raise error(text)

    found = redacted(recorded(), DIALECT, [breaks])
    assert found == Redacted(found.recording, True)
    kept = found.recording
    assert kept.request_body.slices == kept.response_body.slices == []
    assert kept.request_headers == kept.response_headers == []


def test_an_exchange_without_bodies_does_not_fail() -> None:
    given = recorded(
        b"", request_body=make_body(), outcome="upstream_error", status=None
    )
    assert kept(given) == ("", "", False)


def test_what_a_target_hides_is_found() -> None:
    card = b"/v1?q=card%204242%204242%204242%204242&n=1"
    found = redacted(recorded(target=card), DIALECT).recording
    assert found.target == b"/v1?q=card%20<card>&n=1"
    plain = b"/v1?q=a%20b%2Fc"
    assert redacted(recorded(target=plain), DIALECT).recording.target == plain


def test_what_the_application_says_of_itself_is_searched() -> None:
    given = recorded(app=MAIL, variant=MAIL, peer_error=MAIL, conversation="c-1")
    found = redacted(given, DIALECT).recording
    assert (found.app, found.variant, found.peer_error) == ("<email>",) * 3
    assert found.conversation == "c-1"


def test_headers_and_target_are_searched() -> None:
    given = recorded(
        target=f"/v1/users/{MAIL}?q={CARD}".encode(),
        request_headers=[(b"x-user", MAIL.encode()), JSON],
    )
    found = redacted(given, DIALECT).recording
    assert found.target == b"/v1/users/<email>?q=<card>"
    assert found.request_headers == [(b"x-user", b"<email>"), JSON]


HEADERS = st.lists(
    st.tuples(
        st.sampled_from([b"content-type", b"Content-Encoding", b"x"]),
        st.sampled_from(
            [*(b"text/event-stream", b"application/json", b"gzip", b"br", b"zstd", b"text/x"),
             *(b"deflate", b"application/x-ndjson", b"application/vnd.amazon.eventstream")]
        ) | st.binary(max_size=9),
    ),
    max_size=3,
)  # fmt: skip
BYTES = st.lists(
    st.binary(max_size=20)
    | st.sampled_from(
        [b'{"a":"', b"data: ", b"\n\n", b"[DONE]", b'"}', b"[", b"]", b"\r\n"]
    ),
    max_size=12,
)


@given(
    BYTES,
    HEADERS,
    st.sampled_from([DIALECT, "auto", "gemini.generate_content", "other"]),
)
def test_any_bytes_are_redacted_or_not_kept(
    parts: list[bytes], headers: list[tuple[bytes, bytes]], dialect: str
) -> None:
    body = make_body(slices=parts, total=sum(map(len, parts)))
    given = recorded(
        request_body=body,
        response_body=body,
        request_headers=headers,
        response_headers=headers,
    )
    found = redacted(given, dialect).recording
    assert found.response_body.total == body.total


@given(BYTES)
def test_a_planted_item_never_stays_in_a_stream(parts: list[bytes]) -> None:
    mine = [
        f'data: {{"delta":"{MAIL[:7]}"}}\n\ndata: {{"delta":"{MAIL[7:]} {CARD}"}}\n\n'.encode()
    ]
    slices = [b": hi\n\n", *mine, *parts, b"\n\n", *mine]
    found = redacted(streamed(slices), DIALECT).recording.response_body
    whole = b"".join(found.slices)
    assert CARD.encode() not in whole
    assert MAIL[7:].encode() not in whole
