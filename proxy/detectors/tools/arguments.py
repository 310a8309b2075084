"""The arguments of a call in one form: calls are the same where these are equal."""

import re

import msgspec

decode = msgspec.json.Decoder().decode
encode = msgspec.json.Encoder(order="sorted").encode

DEEP = 64
PROGRAM = re.compile(r'\{\s*"(?:code|command|commands|cmd|script|bash|python)"\s*:')


def canonical(arguments: str) -> bytes:
    """Keys sorted, white space at the ends of texts trimmed; else the words as they are."""
    try:
        return encode(trimmed(decode(arguments), 0))
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return " ".join(arguments.split()).encode("utf-8", "backslashreplace")


def trimmed(value: object, depth: int) -> object:
    if isinstance(value, str):
        return value.strip()
    if depth > DEEP:
        return value
    if isinstance(value, dict):
        return {key: trimmed(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [trimmed(item, depth + 1) for item in value]
    return value


def has_program(arguments: str) -> bool:
    return PROGRAM.match(arguments) is not None
