"""JSON stays JSON, without what names a person or opens a door."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import WireError
from proxy.monitor.redactor.documents import DEEPEST, parsed, redacted, written
from proxy.monitor.redactor.text import RULES

CARD = "4242424242424242"
MAIL = "jane.doe@example.com"


def kept(document: Any) -> Any:
    return json.loads(written(redacted(document, RULES)))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        pytest.param({"a": [f"x {MAIL}"]}, {"a": ["x <email>"]}, id="text"),
        pytest.param({MAIL: 1}, {"<email>": 1}, id="name of a field"),
        pytest.param({"a": int(CARD)}, {"a": "<card>"}, id="number"),
        pytest.param({"password": "tiger"}, {"password": "<secret>"}, id="password"),
        pytest.param({"dbPassword": 123}, {"dbPassword": "<secret>"}, id="digits"),
        pytest.param({"X-Api-Key": "a"}, {"X-Api-Key": "<secret>"}, id="key"),
        pytest.param({"mobile": "5552671"}, {"mobile": "<phone>"}, id="phone"),
        pytest.param({"phone": 4155552671}, {"phone": "<phone>"}, id="phone number"),
        pytest.param(
            {"arguments": '{"to":"jane\\u0040example.com"}'},
            {"arguments": '{"to":"<email>"}'},
            id="document in a text",
        ),
        pytest.param(
            {"logprobs": {"a": [{"token": "4"}]}}, {"logprobs": None}, id="logprobs"
        ),
        pytest.param({"embedding": [0.1] * 40}, {"embedding": "<data>"}, id="vector"),
        pytest.param({"bytes": [74, 97]}, {"bytes": None}, id="bytes"),
    ],
)
def test_fields_are_redacted(given: Any, wanted: Any) -> None:
    assert kept(given) == wanted


def test_what_a_double_name_hides_goes_too() -> None:
    """A parser sees the last of two fields of one name only."""
    assert MAIL not in kept({"a": f'{{"b":"{MAIL}","b":1}}'})["a"]


def test_a_document_in_a_text_is_written_anew_only_where_something_goes() -> None:
    document = {"a": '{"b":  1.0, "b": [true]}'}
    assert kept(document) == document


@pytest.mark.parametrize(
    "document",
    [
        {"max_tokens": 4096, "usage": {"prompt_tokens": 12345678}},
        {"properties": {"password": {"type": "string"}}, "required": ["password"]},
        {"created": 1732579260, "big": 10**15, "half": 0.5, "yes": True, "no": None},
        {
            "items": [1, 2, 3],
            "text": "[not json",
            "empty": "",
            "id": "chatcmpl-9aB3dE6g",
        },
    ],
)
def test_other_fields_stay(document: Any) -> None:
    assert kept(document) == document


@pytest.mark.parametrize(
    "data", [b"{", b'{"a":"\xff"}', b"[" * 100_000, b'{"a":' + b"1" * 5000 + b"}"]
)
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(WireError):
        parsed(data)


def test_what_is_too_deep_is_refused() -> None:
    document: Any = "x"
    for _ in range(DEEPEST + 1):
        document = [document]
    with pytest.raises(WireError):
        redacted(document, RULES)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(VALUES)
def test_any_document_becomes_a_document(document: Any) -> None:
    kept(document)


@given(VALUES, VALUES)
def test_a_planted_item_never_stays(left: Any, right: Any) -> None:
    document = {
        "left": left,
        "mine": [f"it is {MAIL}", {CARD: f"({CARD})"}],
        "right": right,
    }
    found = written(redacted(document, RULES)).decode()
    assert MAIL not in found
    assert CARD not in found
