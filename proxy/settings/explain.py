"""What pydantic found wrong, in an operator's words: key, value and fix."""

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

from pydantic_core import ErrorDetails

from proxy.settings.document import Document, Path, dotted
from proxy.settings.section import Section, section_in
from proxy.settings.tree import Settings

REQUIRED = {
    "name": 'is required, e.g. "openai"',
    "upstream": 'is required, e.g. "https://api.openai.com"',
}
PLAIN = {
    "string_type": "must be text",
    "path_type": "must be a path",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "list_type": 'must be a list, one "- " line each',
    "tuple_type": 'must be a list, one "- " line each',
    "model_type": 'must be a section: lines of "key: value" below it',
    "model_attributes_type": 'must be a section: lines of "key: value" below it',
}
BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def explain(error: ErrorDetails, document: Document) -> tuple[Path, str]:
    """The key that is wrong, and what would be right."""
    context = error.get("ctx", {})
    path = key_of((*error["loc"], *context.get("at", ())), document.data)
    if error["type"] == "extra_forbidden":
        return path, unknown_key(path)
    return path, fix(error, context, path) + got(path, document)


def key_of(loc: Sequence[str | int], data: object) -> Path:
    """The part of pydantic's location that an operator wrote or should have written.

    Pydantic appends names of its own (a union's members) below the value.
    """
    path: Path = ()
    for part in loc:
        if isinstance(part, str) and isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(part, int) and isinstance(data, list) and part < len(data):
            data = data[part]
        else:
            break
        path = (*path, part)
    return path


def fix(error: ErrorDetails, context: Mapping[str, object], path: Path) -> str:
    kind = error["type"]
    if kind == "missing":
        return REQUIRED.get(str(path[-1]), "is required")
    if kind == "literal_error":
        return f"must be {context['expected']}".replace("'", '"')
    if kind in BOUNDS:
        words, bound = BOUNDS[kind]
        return f"must be {words} {context[bound]:g}"
    if kind == "value_error":
        return str(context["error"])
    return PLAIN.get(kind, error["msg"])


def got(path: Path, document: Document) -> str:
    """The value as it stands in the file: what the environment put in is not shown."""
    if path in document.written:
        return f", got {json.dumps(document.written[path][:100], ensure_ascii=False)}"
    match document.at(path):
        case dict():
            return ", got a section"
        case []:
            return ", got an empty list"
        case list():
            return ", got a list"
        case _:
            return ""


def unknown_key(path: Path) -> str:
    """That a key does not exist, and which one was probably meant."""
    keys = valid_keys(path[:-1])
    name = str(path[-1])
    near = get_close_matches(name, keys, n=1)
    if near:
        return f'is no setting; did you mean "{dotted((*path[:-1], near[0]))}"?'
    elsewhere = [key for key in all_keys(Settings) if key.split(".")[-1] == name]
    if elsewhere:
        return f'is no setting here; did you mean "{elsewhere[0]}"?'
    return f"is no setting; known here: {', '.join(keys)}"


def valid_keys(path: Path) -> list[str]:
    section: type[Section] | None = Settings
    for part in path:
        if section is not None and isinstance(part, str):
            known_field = section.model_fields.get(part)
            section = section_in(known_field.annotation) if known_field else None
    return list(section.model_fields) if section is not None else []


def all_keys(section: type[Section], above: str = "") -> list[str]:
    """Every key of the tree, nearest to the root first: `relay.listen`, `routes[].name`."""
    keys: list[str] = []
    deeper: list[str] = []
    for name, known_field in section.model_fields.items():
        keys.append(above + name)
        below = section_in(known_field.annotation)
        if below is not None:
            many = below is not known_field.annotation and name == "routes"
            deeper += all_keys(below, f"{above}{name}{'[]' if many else ''}.")
    return keys + deeper
