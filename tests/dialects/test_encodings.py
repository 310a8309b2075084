"""Content encodings are undone piece by piece, whatever the pieces."""

import contextlib
import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from proxy.dialects import encodings
from proxy.errors import WireError

TEXT = b"the wind over the water " * 40
RAW = zlib.compressobj(wbits=-15)
RAW_DEFLATE = RAW.compress(TEXT) + RAW.flush()


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


def decoded(data: bytes, encoding: str, size: int = 1 << 20) -> bytes:
    slices = [(data[i : i + size], i) for i in range(0, len(data), size)]
    return b"".join(part for part, _ in encodings.decoded(slices, encoding))


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        pytest.param("gzip", gzip.compress(TEXT), id="gzip"),
        pytest.param(
            "gzip",
            gzip.compress(TEXT[:99]) + gzip.compress(TEXT[99:]),
            id="two members",
        ),
        pytest.param("gzip", gzip.compress(TEXT) + b"\0" * 9, id="padded gzip"),
        pytest.param("x-gzip", gzip.compress(TEXT), id="x-gzip"),
        pytest.param("deflate", zlib.compress(TEXT), id="deflate"),
        pytest.param("deflate", RAW_DEFLATE, id="deflate without header"),
        pytest.param("br", brotli.compress(TEXT), id="br"),
        pytest.param("zstd", zstd(TEXT), id="zstd"),
        pytest.param("ZSTD", zstd(TEXT[:99]) + zstd(TEXT[99:]), id="two zstd frames"),
        pytest.param(
            "gzip, br", brotli.compress(gzip.compress(TEXT)), id="two encodings"
        ),
        pytest.param("identity", TEXT, id="identity"),
    ],
)
def test_decoding_gives_the_text(encoding: str, data: bytes, size: int) -> None:
    assert decoded(data, encoding, size) == TEXT


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd"])
def test_text_that_was_decoded_before_is_taken_as_it_is(encoding: str) -> None:
    assert decoded(b'{"a": 1}', encoding, 1) == b'{"a": 1}'


def compressors() -> dict[str, Callable[[bytes], bytes]]:
    return {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "br": brotli.compress,
        "zstd": zstd,
    }


@pytest.mark.parametrize("encoding", compressors())
def test_a_body_that_breaks_off_is_read_as_far_as_it_goes(encoding: str) -> None:
    lines = b"".join(b"%d " % (n * 7919) for n in range(40_000))
    data = compressors()[encoding](lines)
    came = decoded(data[: len(data) // 2], encoding)
    assert came
    assert lines.startswith(came)


@pytest.mark.parametrize("encoding", compressors())
def test_a_bomb_stops_at_the_limit(
    encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encodings, "LIMIT", 1 << 20)
    data = compressors()[encoding](bytes(1 << 26))
    assert len(decoded(data, encoding)) == 1 << 20


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(WireError, match="'lzma' is not known"):
        decoded(b"\x01", "lzma")


@given(
    st.sampled_from(["gzip", "deflate", "br", "zstd", "gzip,br"]),
    st.binary(),
    st.integers(1, 9),
)
def test_garbage_is_a_wire_error_or_nothing(
    encoding: str, data: bytes, size: int
) -> None:
    with contextlib.suppress(WireError):
        decoded(data, encoding, size)
