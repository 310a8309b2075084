"""Arguments of tool calls by schema."""

import random
from typing import Any

import pytest

from proxy.simulate.arguments import fill

NESTED = {
    "type": "object",
    "properties": {"ship": {"$ref": "#/$defs/Ship"}},
    "required": ["ship"],
    "$defs": {
        "Ship": {
            "type": "object",
            "properties": {"crew": {"type": "array", "items": {"type": "integer"}}},
            "required": ["crew"],
        }
    },
}
ENDLESS = {
    "type": "object",
    "properties": {"next": {"$ref": "#"}},
    "required": ["next"],
}


def one(schema: dict[str, Any], seed: int = 0) -> Any:
    whole = {"type": "object", "properties": {"x": schema}, "required": ["x"]}
    return fill(whole, random.Random(seed))["x"]


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        pytest.param({"type": "string"}, str, id="string"),
        pytest.param({"type": "integer"}, int, id="integer"),
        pytest.param({"type": "number"}, float, id="number"),
        pytest.param({"type": "boolean"}, bool, id="boolean"),
        pytest.param({"type": "array", "items": {"type": "string"}}, list, id="array"),
        pytest.param({"properties": {}}, dict, id="object by its properties"),
        pytest.param({"type": ["null", "integer"]}, int, id="list of types"),
        pytest.param({"type": "INTEGER"}, int, id="Gemini's upper case"),
        pytest.param(
            {"anyOf": [{"type": "null"}, {"type": "boolean"}]}, bool, id="optional"
        ),
        pytest.param({"type": "null"}, type(None), id="null"),
        pytest.param({}, str, id="nothing said"),
    ],
)
def test_a_value_has_the_type_of_its_schema(schema: Any, kind: type) -> None:
    assert type(one(schema)) is kind


@pytest.mark.parametrize("seed", range(20))
def test_bounds_and_choices_hold(seed: int) -> None:
    assert 3 <= one({"type": "integer", "minimum": 3, "maximum": 5}, seed) <= 5
    assert one({"type": "integer", "exclusiveMinimum": 4, "maximum": 5}, seed) == 5
    assert one({"type": "string", "enum": ["a", "b"]}, seed) in ("a", "b")
    assert len(one({"type": "string", "maxLength": 4}, seed)) <= 4
    assert one({"const": 9}, seed) == 9


def test_required_properties_are_always_there() -> None:
    schema = {"properties": {"a": {}, "b": {}}, "required": ["a"]}
    filled = [fill(schema, random.Random(seed)) for seed in range(50)]
    assert all("a" in one for one in filled)
    assert {len(one) for one in filled} == {1, 2}


def test_references_are_followed() -> None:
    assert isinstance(fill(NESTED, random.Random(0))["ship"]["crew"], list)


def test_a_schema_that_holds_itself_ends() -> None:
    assert "next" in fill(ENDLESS, random.Random(0))
