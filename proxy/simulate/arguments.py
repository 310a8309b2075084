"""Arguments for a tool call, made from the tool's JSON schema by seed."""

import random
from typing import Any

from proxy.simulate import phrases

_DEEPEST = 6
_MOST_ITEMS = 100
_MOST_LETTERS = 10_000
_FORMATS = {
    "date": "2026-03-14",
    "date-time": "2026-03-14T09:30:00Z",
    "time": "09:30:00",
    "email": "crew@example.com",
    "uri": "https://example.com/harbour",
    "uuid": "3f2b8c1e-5a74-4d09-9e61-7c0d2a4b8f55",
}


def fill(schema: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """An object with every required property and some of the others."""
    made = _value(schema | {"type": "object"}, "", chance, schema, _DEEPEST)
    return made if isinstance(made, dict) else {}


def _value(
    schema: object, name: str, chance: random.Random, root: dict[str, Any], depth: int
) -> Any:
    schema = _resolve(schema, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("enum"):
        return chance.choice(schema["enum"])
    match _type(schema):
        case "object":
            return _object(schema, chance, root, depth)
        case "array":
            return _array(schema, name, chance, root, depth)
        case "integer":
            return _integer(schema, chance)
        case "number":
            low, high = _bounds(schema)
            return round(chance.uniform(low, high), 2)
        case "boolean":
            return chance.random() < 0.5
        case "null":
            return None
        case _:
            return _string(schema, name, chance)


def _resolve(schema: object, root: dict[str, Any]) -> dict[str, Any]:
    """Follow local references and take the first alternative that is not null."""
    for _ in range(_DEEPEST):
        if not isinstance(schema, dict):
            return {}
        if "$ref" in schema:
            schema = _at(root, str(schema["$ref"]))
            continue
        options = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if not isinstance(options, list) or not options:
            return schema
        schema = next((o for o in options if _type(o) != "null"), options[0])
    return {}


def _at(root: dict[str, Any], reference: str) -> object:
    found: object = root
    for key in reference.removeprefix("#/").split("/"):
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _type(schema: object) -> str:
    """Lower case: Gemini writes STRING where JSON schema writes string."""
    declared = schema.get("type") if isinstance(schema, dict) else None
    if isinstance(declared, list):
        declared = next((t for t in declared if str(t).lower() != "null"), "null")
    if declared is None and isinstance(schema, dict) and "properties" in schema:
        return "object"
    return str(declared or "string").lower()


def _object(
    schema: dict[str, Any], chance: random.Random, root: dict[str, Any], depth: int
) -> dict[str, Any]:
    properties = schema.get("properties")
    if not isinstance(properties, dict) or depth == 0:
        return {}
    required = schema.get("required") or ()
    return {
        name: _value(inner, name, chance, root, depth - 1)
        for name, inner in properties.items()
        if name in required or chance.random() < 0.5
    }


def _array(
    schema: dict[str, Any],
    name: str,
    chance: random.Random,
    root: dict[str, Any],
    depth: int,
) -> list[Any]:
    least = min(_MOST_ITEMS, int(schema.get("minItems", 1)))
    if depth == 0:
        return []
    items = schema.get("items", {})
    return [_value(items, name, chance, root, depth - 1) for _ in range(least)]


def _bounds(schema: dict[str, Any]) -> tuple[float, float]:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 1))
    high = schema.get("maximum", schema.get("exclusiveMaximum", low + 100))
    return float(low), max(float(low), float(high))


def _integer(schema: dict[str, Any], chance: random.Random) -> int:
    low, high = (int(bound) for bound in _bounds(schema))
    low += "exclusiveMinimum" in schema and "minimum" not in schema
    high -= "exclusiveMaximum" in schema and "maximum" not in schema
    return chance.randint(low, max(low, high))


def _string(schema: dict[str, Any], name: str, chance: random.Random) -> str:
    form = schema.get("format")
    if form in _FORMATS:
        return _FORMATS[form]
    domain = chance.choice(phrases.DOMAINS)
    text = chance.choice(domain.subjects).removeprefix("the ")
    text = f"{text} {chance.randint(1, 99)}" if name.endswith("id") else text
    least = min(_MOST_LETTERS, int(schema.get("minLength", 0)))
    most = int(schema.get("maxLength", _MOST_LETTERS))
    return text.ljust(least, ".")[:most]
