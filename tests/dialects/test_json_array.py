import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.dialects.json_array import JsonArray
from proxy.errors import WireError

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)
objects = st.dictionaries(st.text(max_size=5), values, max_size=4)


def elements(array: JsonArray, pieces: list[bytes]) -> list[bytes]:
    return [element for piece in pieces for _, element in array.feed(piece)]


@given(
    st.lists(objects, max_size=5),
    st.integers(1, 40),
    st.sampled_from([None, 2]),
    st.booleans(),
)
def test_elements_are_the_same_however_they_are_cut(
    documents: list[object], size: int, indent: int | None, plain: bool
) -> None:
    data = json.dumps(documents, indent=indent, ensure_ascii=plain).encode()
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    array = JsonArray()
    found = elements(array, pieces)
    assert [json.loads(element) for element in found] == documents
    assert array.ended


def test_deep_elements_are_counted_where_the_short_way_gives_up() -> None:
    deep = b'{"a":' * 40 + b"1" + b"}" * 40
    assert elements(JsonArray(), [b"[" + deep + b",", deep + b"]"]) == [deep, deep]


def test_brackets_and_quotes_inside_strings_are_text() -> None:
    element = rb'{"a":"]}\"[{","b":"\\"}'
    for cut in range(1, len(element) + 1):
        pieces = [b"[" + element[:cut], element[cut:] + b"]"]
        assert elements(JsonArray(), pieces) == [element]


def test_an_element_without_its_end_is_none() -> None:
    array = JsonArray()
    assert elements(array, [b'[{"a":1}\n,\r\n{"b":']) == [b'{"a":1}']
    assert array.flush() == []
    assert not array.ended


def test_what_is_read_is_not_kept() -> None:
    array = JsonArray()
    for _ in range(100):
        array.feed(b"[" if not array.depth else b',{"a":"' + b"x" * 500 + b'"}')
    assert not array.buffer


def test_what_is_no_array_names_its_offset() -> None:
    with pytest.raises(WireError, match="no array begins at byte 2"):
        JsonArray().feed(b'  {"a":1}')


def test_a_long_string_in_small_pieces_takes_linear_time() -> None:
    array = JsonArray()
    array.feed(b'[{"a":"')
    for _ in range(20_000):
        array.feed(rb"abc\"de[")
    assert len(array.feed(b'"}]')) == 1
