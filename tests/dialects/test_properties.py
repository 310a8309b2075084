"""Foreign bytes, cut anywhere, encoded or mangled, give an Exchange or a WireError."""

import gzip
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import brotli
import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.dialects.reader import read
from proxy.dialects.table import DIALECTS
from proxy.errors import WireError
from proxy.model.exchange import Exchange, Timings
from proxy.recording.recording import Body, Recording
from proxy.recording.rows import parse
from tests.make import make_body, make_recording

FOLDER = Path(__file__).resolve().parents[1] / "recordings/quirks"
QUIRKS = [parse(path.read_bytes()).recording for path in sorted(FOLDER.glob("*.jsonl"))]
ENCODERS: dict[bytes, Callable[[bytes], bytes]] = {
    b"": bytes,
    b"gzip": gzip.compress,
    b"br": brotli.compress,
    b"zstd": zstandard.compress,
}
CUTS = st.lists(st.floats(0, 1), max_size=12)
TYPES = st.sampled_from(
    [
        *(b"application/json", b"text/event-stream", b"application/x-ndjson", b""),
        *(b"application/vnd.amazon.eventstream", b"application/stream+json"),
    ]
)
TARGETS = st.sampled_from(
    [
        *(b"/v1/chat/completions", b"/v1beta/models/m:streamGenerateContent?alt=sse"),
        *(b"/model/a.b/invoke", b"/model/anthropic.c/converse-stream", b"/api/chat"),
    ]
)


def timeless(exchange: Exchange) -> Exchange:
    return replace(exchange, timings=Timings(0))


def slices(body: bytes, cuts: list[float]) -> list[bytes]:
    edges = sorted({0, len(body), *(int(cut * len(body)) for cut in cuts)})
    return [body[a:b] for a, b in pairwise(edges)]


def recut(recording: Recording, cuts: list[float], encoding: bytes) -> Recording:
    """The same answer in other slices, encoded anew."""
    given = recording.response_body
    body = b"".join(given.slices)
    headers = [
        h for h in recording.response_headers if h[0].lower() != b"content-encoding"
    ]
    if len(headers) == len(recording.response_headers) and encoding:
        body = ENCODERS[encoding](body)
        headers.append((b"content-encoding", encoding))
    else:
        headers = recording.response_headers
    return msgspec.structs.replace(
        recording,
        response_body=Body(slices(body, cuts), len(body), given.truncated),
        response_headers=headers,
        response_reads=[],
    )


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(QUIRKS), CUTS, st.sampled_from(sorted(ENCODERS)))
def test_chunking_and_encoding_change_nothing(
    recording: Recording, cuts: list[float], encoding: bytes
) -> None:
    assert timeless(read(recut(recording, cuts, encoding))) == timeless(read(recording))


@settings(deadline=None)
@given(st.sampled_from(QUIRKS))
def test_single_bytes_change_nothing(recording: Recording) -> None:
    body = b"".join(recording.response_body.slices)
    cuts = [n / max(1, len(body)) for n in range(len(body))]
    assert timeless(read(recut(recording, cuts, b""))) == timeless(read(recording))


def survive(recording: Recording, dialect: str) -> None:
    try:
        exchange = read(recording, dialect)
    except WireError as error:
        assert str(error).startswith(dialect)  # noqa: PT017  # both ends are fine
    else:
        assert isinstance(exchange, Exchange)


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(deadline=None, max_examples=60)
@given(
    asked=st.binary(max_size=60) | st.just(b'{"model":"m"}'),
    answered=st.binary(max_size=200),
    kind=TYPES,
    encoding=st.sampled_from([b"", b"gzip", b"br", b"zstd", b"deflate"]),
    status=st.sampled_from([200, 204, 400, 529, None]),
    target=TARGETS,
    cuts=CUTS,
)
def test_garbage_raises_only_wire_errors(
    dialect: str,
    asked: bytes,
    answered: bytes,
    kind: bytes,
    encoding: bytes,
    status: int | None,
    target: bytes,
    cuts: list[float],
) -> None:
    headers = [(b"content-type", kind)]
    if encoding:
        headers.append((b"content-encoding", encoding))
    recording = make_recording(
        target=target,
        status=status,
        request_body=make_body(asked),
        response_body=Body(slices(answered, cuts), len(answered), False),
        response_headers=headers,
    )
    survive(recording, dialect)


NASTY = st.sampled_from(
    [
        *(b"null", b"[]", b"{}", b'""', b"1e999", b"-1", b"true", b"\xff", b"[" * 9999),
        *(b'{"a":' * 9999, b"9" * 5000, b'"\\ud800"', b"data: ", b"\n\n", b"\x00" * 64),
    ]
)


@pytest.mark.parametrize("dialect", DIALECTS)
@settings(deadline=None, max_examples=40)
@given(
    recording=st.sampled_from(QUIRKS),
    at=st.floats(0, 1),
    until=st.floats(0, 0.3),
    nasty=NASTY,
    in_request=st.booleans(),
)
def test_mangled_bodies_raise_only_wire_errors(
    dialect: str,
    recording: Recording,
    at: float,
    until: float,
    nasty: bytes,
    in_request: bool,
) -> None:
    field = "request_body" if in_request else "response_body"
    body = b"".join(getattr(recording, field).slices)
    start = int(at * len(body))
    mangled = body[:start] + nasty + body[start + int(until * len(body)) :]
    survive(msgspec.structs.replace(recording, **{field: make_body(mangled)}), dialect)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "answered",
    [
        pytest.param(b"[" * 200_000, id="nesting"),
        pytest.param(b'{"choices":' * 100_000, id="nested objects"),
        pytest.param(b'{"id":' + b"9" * 100_000 + b"}", id="a huge number"),
        pytest.param(b'data: {"id":"' + b"x" * 5_000_000, id="a long line"),
        pytest.param(b"data: \n" * 300_000, id="many lines"),
        pytest.param(b"data: {}\n\n" * 100_000, id="many events"),
    ],
)
def test_hostile_answers_end_soon(dialect: str, answered: bytes) -> None:
    survive(make_recording(response_body=make_body(answered)), dialect)
