"""JSON documents without secrets and personal data, in values and in names of fields."""

import json
from collections.abc import Callable

from proxy.errors import WireError
from proxy.monitor.redactor import fields, text
from proxy.monitor.redactor.spans import Rules

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Path = tuple[str | int, ...]
Change = Callable[[Path, str], str]
"""What becomes of the text at a place."""

DEEPEST = 200
NESTED = 4
"""Documents inside the texts of documents, so deep."""
MOST_NUMBERS = 16
"""A longer list of numbers is a vector, or a text as token numbers."""
DATA = "<data>"
INDEXES = (
    *("index", "output_index", "content_index", "summary_index"),
    *("contentBlockIndex", "content_block_index"),
)
"""Fields that tell one text of a stream from another."""


def parsed(data: str | bytes) -> Json:
    """WireError where it is no JSON."""
    try:
        if isinstance(data, bytes):
            data = data.decode("utf-8-sig")
        document: Json = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WireError("no JSON that can be redacted") from error
    return document


def written(document: Json) -> bytes:
    """Half of a surrogate pair, which no UTF-8 can hold, becomes a question mark."""
    found = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return found.encode("utf-8", "replace")


def redacted(document: Json, rules: Rules, nested: int = NESTED) -> Json:
    """WireError where it is too deep."""

    def change(_: Path, found: str) -> str:
        return in_document(found, rules, nested)

    return Walk(rules, change).value(document, ())


def in_document(found: str, rules: Rules, nested: int = NESTED) -> str:
    """A text of a document; tool arguments are a document themselves, and stay as they
    are written unless something in them goes."""
    inner = document_in(found) if nested else None
    if inner is not None:
        fresh = redacted(inner, rules, nested - 1)
        if fresh != inner:
            return written(fresh).decode()
    return text.redacted(found, rules)


def document_in(found: str) -> Json:
    """None for a text that holds no object or list."""
    stripped = found.strip()
    if stripped[:1] + stripped[-1:] not in ("{}", "[]"):
        return None
    try:
        return parsed(stripped)
    except WireError:
        return None


class Walk:
    """Makes a document anew; `change` decides about each text that has no telling name."""

    def __init__(self, rules: Rules, change: Change) -> None:
        self.rules = rules
        self.change = change

    def value(self, value: Json, path: Path) -> Json:
        if len(path) > DEEPEST:
            raise WireError("nested too deeply to be redacted")
        match value:
            case str():
                return self.change(path, value)
            case dict():
                return self.members(value, path)
            case list():
                return self.items(value, path)
            case bool() | None:
                return value
            case int() | float():
                return self.number(value)

    def members(self, members: dict[str, Json], path: Path) -> dict[str, Json]:
        places = tuple(
            place for name in INDEXES if isinstance(place := members.get(name), int)
        )
        here = (*path, *places) if places else path
        return {
            text.redacted(name, self.rules): self.member(name, value, (*here, name))
            for name, value in members.items()
        }

    def member(self, name: str, value: Json, path: Path) -> Json:
        if fields.repeats_text(name):
            return None
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            kind = fields.kind(name, value)
            if kind is not None:
                return f"<{kind}>"
        return self.value(value, path)

    def items(self, items: list[Json], path: Path) -> Json:
        is_vector = len(items) > MOST_NUMBERS and all(
            isinstance(item, int | float) for item in items
        )
        inner = (*path, "*")
        return DATA if is_vector else [self.value(item, inner) for item in items]

    def number(self, number: int | float) -> Json:
        """A card's number needs no quotes."""
        if -(10**12) < number < 10**12:
            return number
        found = text.redacted(str(number), self.rules)
        return number if found == str(number) else found
