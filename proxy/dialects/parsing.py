"""Foreign JSON into typed structs: the fast way first, then every bit of patience.

Well-formed JSON with a field of an unexpected type loses that field, not the exchange.
"""

import json
import re
from typing import Generic, TypeVar

import msgspec

from proxy.errors import WireError

T = TypeVar("T")

UNREADABLE = (msgspec.MsgspecError, ValueError, RecursionError)
"""Text that is no UTF-8, nesting without end and huge numbers escape msgspec's own type."""
PRUNINGS = 16
PLACE = re.compile(r" - at `\$(.*)`$", re.DOTALL)
STEP = re.compile(r"\.([^.\[\]]+)|\[(\d+|\.\.\.)\]")
BYTE = re.compile(r"\(byte (\d+)\)|\(char (\d+)\)")

NONE = msgspec.Raw()
"""The default of a field that is kept as it is: msgspec takes no `Raw | None`."""
ABSENT = (b"", b"null")

HALF_PAIR = re.compile("[\ud800-\udfff]")

order = msgspec.json.Encoder(order="sorted")
loose = msgspec.json.Decoder()
loose_text = msgspec.json.Decoder(str)
plain = msgspec.json.Encoder()


class Shape(Generic[T]):
    """Reads documents of one dialect into `kind`; raises WireError with the offset."""

    def __init__(self, dialect: str, kind: type[T]) -> None:
        self.dialect = dialect
        self.kind = kind
        self.decode = msgspec.json.Decoder(kind).decode

    def read(self, data: bytes) -> T:
        try:
            return self.decode(data)
        except UNREADABLE as error:
            return self.with_patience(data, error)

    def with_patience(self, data: bytes, cause: Exception) -> T:
        try:
            document = scrubbed(json.loads(data.decode("utf-8-sig", "replace")))
            for _ in range(PRUNINGS):
                try:
                    return self.decode(plain.encode(document))
                except msgspec.ValidationError as error:
                    cause = error
                    if not prune(document, str(error)):
                        break
        except UNREADABLE as error:
            cause = error
        raise WireError(f"{self.dialect}: {problem(cause)}") from cause


def problem(error: Exception) -> str:
    """The parser's word and the offset it names, 0 where it names none."""
    text = str(error)[:200]
    if isinstance(error, UnicodeDecodeError):
        return f"no UTF-8 at byte {error.start}"
    if isinstance(error, RecursionError):
        return "nested too deeply, from byte 0"
    hit = BYTE.search(text)
    return f"{text} at byte {(hit[1] or hit[2]) if hit else 0}"


def prune(document: object, message: str) -> bool:
    """Mend or take out the field `message` complains of; False where there is none."""
    place = PLACE.search(message)
    steps = [name or index for name, index in STEP.findall(place[1])] if place else []
    if not steps:
        return False
    holders = [document]
    for step in steps[:-1]:
        holders = [inner for holder in holders for inner in inside(holder, step)]
    return sum(drop(holder, steps[-1], message) for holder in holders) > 0


def inside(holder: object, step: str) -> list[object]:
    if isinstance(holder, dict):
        return list(holder.values()) if step == "..." else [holder.get(step)]
    if isinstance(holder, list):
        return holder if step == "..." else holder[int(step) : int(step) + 1]
    return []


def drop(holder: object, step: str, message: str) -> bool:
    if isinstance(holder, dict) and step in holder:
        mended = in_the_wanted_type(holder.pop(step), message)
        if mended is not None:
            holder[step] = mended
        return True
    if isinstance(holder, list) and holder:
        del holder[slice(None) if step == "..." else int(step)]
        return True
    return False


def in_the_wanted_type(value: object, message: str) -> int | str | None:
    """6.0 tokens are 6, an error code 429 is "429"; None where nothing fits."""
    if isinstance(value, float) and value.is_integer() and "Expected `int" in message:
        return int(value)
    if type(value) is int and "Expected `str" in message:
        return str(value)
    return None


def scrubbed(value: object) -> object:
    """Half a surrogate pair is no text: some servers cut an emoji between two events."""
    if isinstance(value, str):
        return HALF_PAIR.sub("\ufffd", value)
    if isinstance(value, list):
        return [scrubbed(item) for item in value]
    if isinstance(value, dict):
        return {str(scrubbed(name)): scrubbed(item) for name, item in value.items()}
    return value


def canonical(arguments: object) -> str:
    """Arguments with sorted keys and no spaces; text that is no JSON stays as it is."""
    if isinstance(arguments, str):
        return canonical_text(arguments)
    if not isinstance(arguments, msgspec.Raw):
        return encoded(arguments)
    data = bytes(arguments)
    if data in ABSENT:
        return ""
    text = data.decode("utf-8", "replace")  # what is kept as it is was never checked
    if data[:1] != b'"':
        return canonical_text(text)
    try:
        return canonical_text(loose_text.decode(text))
    except UNREADABLE:
        return text


def encoded(arguments: object) -> str:
    try:
        return order.encode(arguments).decode()
    except RecursionError as error:
        raise WireError("arguments are nested too deeply, from byte 0") from error


def canonical_text(text: str) -> str:
    try:
        return order.encode(loose.decode(text)).decode()
    except UNREADABLE:
        return text


TOKEN = re.compile(
    rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|"|[{}\[\]:,]|[^\s{}\[\]:,"]++', re.DOTALL
)
WHOLE_TEXT = re.compile(rb'[^"\\]*+(?:\\(?:u[0-9a-fA-F]{4}|[^u])[^"\\]*+)*+', re.DOTALL)
CLOSING = {b"{": b"}", b"[": b"]"}


def closed(data: bytes) -> bytes:
    """A JSON document that breaks off, ended so that what came of it can be read.

    Half a text is kept, half a name or number is not.
    """
    stack: list[bytes] = []
    cut, depth, in_name = 0, 0, False
    for token in TOKEN.finditer(data):
        word = token[0]
        if word == b'"':
            if in_name:
                break
            kept = WHOLE_TEXT.match(data, token.end())
            whole = data[: kept.end() if kept else token.end()]
            return whole + b'"' + b"".join(stack[::-1])
        match word[:1]:
            case b"{" | b"[":
                stack.append(CLOSING[word])
                in_name = word == b"{"
                cut, depth = token.end(), len(stack)
            case b"}" | b"]" if stack:
                stack.pop()
                in_name = False
                cut, depth = token.end(), len(stack)
            case b",":
                in_name = stack[-1:] == [b"}"]
                cut, depth = token.start(), len(stack)
            case b":":
                in_name = False
            case b'"' if not in_name:
                cut, depth = token.end(), len(stack)
            case _:
                pass  # a name without its value yet, or a number that may go on
    return data[:cut] + b"".join(stack[:depth][::-1])
