"""When two calls are the same."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detectors.tools.arguments import canonical, has_program

SAME = [
    pytest.param('{"a":1,"b":2}', '{ "b": 2, "a": 1 }', id="order and space"),
    pytest.param('{"a":" x "}', '{"a":"x"}', id="space at the ends of a text"),
    pytest.param('{"a":[{"b":"x "}]}', '{"a":[{"b":"x"}]}', id="deep inside"),
    pytest.param("not  json", "not json", id="no JSON"),
]
OTHER = [
    pytest.param('{"a":1}', '{"a":2}', id="another value"),
    pytest.param('{"a":1}', '{"a":"1"}', id="another type"),
    pytest.param('{"a":"x y"}', '{"a":"xy"}', id="space within"),
    pytest.param('{"a":[1,2]}', '{"a":[2,1]}', id="order of a list"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_same(one: str, two: str) -> None:
    assert canonical(one) == canonical(two)


@pytest.mark.parametrize(("one", "two"), OTHER)
def test_other(one: str, two: str) -> None:
    assert canonical(one) != canonical(two)


@given(st.text())
def test_any_text_has_a_form(text: str) -> None:
    assert canonical(canonical(text).decode()) == canonical(text)


@given(st.dictionaries(st.text(), st.integers(0, 9)))
def test_order_of_fields_makes_no_difference(fields: dict[str, int]) -> None:
    turned = dict(reversed(fields.items()))
    assert canonical(json.dumps(fields)) == canonical(json.dumps(turned))


def test_nesting_without_end_is_words() -> None:
    assert canonical("[" * 100_000) == b"[" * 100_000


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [('{"command": "ls"}', True), ('{"code":"1"}', True), ('{"zip": "code"}', False)],
)
def test_program_among_the_arguments(arguments: str, expected: bool) -> None:
    assert has_program(arguments) is expected
