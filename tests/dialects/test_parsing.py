"""Foreign JSON is read with patience, and what breaks off is read as far as it goes."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw, Struct

from proxy.dialects.parsing import NONE, Shape, canonical, closed
from proxy.errors import WireError


class Inner(Struct):
    count: int | None = None
    name: str | None = None


class Outer(Struct):
    text: str = ""
    inner: Inner | None = None
    items: list[Inner] | None = None
    kept: Raw = NONE


SHAPE = Shape("test.dialect", Outer)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(b'{"inner":{"count":6.0}}', Outer(inner=Inner(6)), id="6.0 is 6"),
        pytest.param(
            b'{"inner":{"name":429}}', Outer(inner=Inner(None, "429")), id="code"
        ),
        pytest.param(b'{"inner":{"count":[]}}', Outer(inner=Inner()), id="odd field"),
        pytest.param(
            b'{"inner":{"count":{}},"text":5}', Outer("5", Inner()), id="two odd fields"
        ),
        pytest.param(
            b'{"items":[{"name":"a"},7,{"name":"b"}]}',
            Outer(items=[Inner(None, "a"), Inner(None, "b")]),
            id="odd item",
        ),
        pytest.param(
            b'{"text":"\\ud83d"}', Outer("\ufffd"), id="half a surrogate pair"
        ),
        pytest.param(b'{"text":"\xff"}', Outer("\ufffd"), id="no UTF-8"),
        pytest.param(b'\xef\xbb\xbf{"text":"a"}', Outer("a"), id="byte order mark"),
        pytest.param(b'{"text":"a","x":NaN}', Outer("a"), id="NaN"),
    ],
)
def test_an_odd_field_is_lost_not_the_document(body: bytes, expected: Outer) -> None:
    read = SHAPE.read(body)
    assert (read.text, read.inner, read.items) == (
        expected.text,
        expected.inner,
        expected.items,
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        pytest.param(b'{"text":', "test.dialect: .* byte 8", id="breaks off"),
        pytest.param(b"[1]", "test.dialect: Expected `object`", id="no object"),
        pytest.param(b"[" * 100_000, "test.dialect: nested too deeply", id="nesting"),
        pytest.param(b"<html>", "test.dialect: .* byte 0", id="a page"),
    ],
)
def test_what_cannot_be_read_names_dialect_and_offset(body: bytes, says: str) -> None:
    with pytest.raises(WireError, match=says):
        SHAPE.read(body)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        pytest.param('{"b": 1, "a": "é"}', '{"a":"é","b":1}', id="sorted"),
        pytest.param("4 + 4", "4 + 4", id="no JSON"),
        pytest.param("", "", id="empty"),
        pytest.param(Raw(b'{ "b":2,"a":1 }'), '{"a":1,"b":2}', id="raw object"),
        pytest.param(Raw(b'"\xff"'), "\ufffd", id="no UTF-8"),
        pytest.param(Raw(b'"{\\"a\\": 1}"'), '{"a":1}', id="raw text"),
        pytest.param(
            '{"id": 12345678901234567890123}',
            '{"id":12345678901234567890123}',
            id="long number",
        ),
    ],
)
def test_canonical_arguments(arguments: object, expected: str) -> None:
    assert canonical(arguments) == expected


@pytest.mark.parametrize(
    ("cut", "mended"),
    [
        pytest.param('{"a": "hel', '{"a": "hel"}', id="in a text"),
        pytest.param('{"a": 1, "b', '{"a": 1}', id="in a name"),
        pytest.param('{"a": 1, "b":', '{"a": 1}', id="before a value"),
        pytest.param('{"a": 12', "{}", id="in a number"),
        pytest.param('{"a": [1, 2', '{"a": [1]}', id="in a list"),
        pytest.param('{"a": "x\\', '{"a": "x"}', id="in an escape"),
        pytest.param('{"a": "x\\u00', '{"a": "x"}', id="in a unicode escape"),
        pytest.param('{"a": "x\\\\', '{"a": "x\\\\"}', id="after an escaped backslash"),
        pytest.param('{"a": [{"b": "c', '{"a": [{"b": "c"}]}', id="deep"),
        pytest.param('{"a": 1}', '{"a": 1}', id="whole"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_document_that_breaks_off_is_closed(cut: str, mended: str) -> None:
    assert closed(cut.encode()).decode() == mended


DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(max_size=4), DOCUMENTS, max_size=4),
    st.data(),
    st.booleans(),
)
def test_closing_gives_a_document_wherever_it_breaks_off(
    document: dict[str, object], data: st.DataObject, ascii: bool
) -> None:
    body = json.dumps(document, ensure_ascii=ascii).encode("utf-8", "replace")
    cut = body[: data.draw(st.integers(1, len(body)))]
    json.loads(closed(cut).decode("utf-8", "replace"))


@given(st.binary(max_size=200))
def test_garbage_is_a_wire_error_and_nothing_else(body: bytes) -> None:
    for attempt in (body, closed(body)):
        with contextlib.suppress(WireError):
            SHAPE.read(attempt)
