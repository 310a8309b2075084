"""Secrets that are known by the word before them: passwords, bearer tokens, keys."""

import base64
import binascii
import math
import re
import string
from collections import Counter
from collections.abc import Callable, Iterator

from proxy.monitor.redactor.spans import Span

VALUE = (
    r"(?:\\?\"(?P<double>[^\"\\\n]{1,256})|'(?P<single>[^'\n]{1,256})"
    r"|(?P<bare>[^\s\"'`&<>\\]{3,512}))"
)
JOINT = r"(?:[_-]\w{1,16})?\\?[\"']?\s{0,3}(?:=>|:=|==?|:|\uff1a)\s{0,3}"
SAID = r"\s{1,3}(?:is|was|ist|es|est|is set to)(?::|\s)\s{0,2}"
PASSWORD_WORDS = (
    r"pass(?:word|wd|phrase|code)|pwd|kennwort|passwort|contraseña|mot de passe|senha"
    r"|密码|密碼|パスワード"
)
PASSWORD = re.compile(rf"(?:{PASSWORD_WORDS})(?:{JOINT}|{SAID}){VALUE}")
KEY_WORDS = (
    r"secret|token|credential|(?:api|access|private|account|auth|encryption|signing|sas)"
    r"[ _-]?key|signature"
)
KEY = re.compile(rf"(?:{KEY_WORDS}){JOINT}{VALUE}")
CALL = re.compile(r"[A-Za-z_][\w.]{0,64}[(\[]")
USER_INFO = re.compile(r"(?<=://)[^\s/@:?#\"'<>]{0,256}:([^\s/@\"'<>]{1,256})@")
BEARER = re.compile(r"\b(?:bearer|token)\s{1,3}([a-z0-9._~+/=-]{12,})")
BASIC = re.compile(r"\bbasic\s{1,3}([a-z0-9+/]{8,}={0,2})")
# Far from a colon, a long random token beside a word such as `key` is one.
TOKEN = re.compile(r"(?<![A-Za-z0-9+/_~=-])[A-Za-z0-9+/_~=-]{20,}+")
NEAR = re.compile(r"key|token|secret|credential|passw|auth|bearer|cookie|session")
Check = Callable[[str, bool], bool]
LOOK_BACK = 40
LEAST_BITS = 3.2

NO_VALUE = frozenset(
    (
        *("none", "null", "nil", "true", "false", "undefined", "required", "optional"),
        *("str", "string", "text", "any", "int", "bool", "bytes", "object"),
        *("must", "should", "may", "can", "the", "your", "not", "incorrect", "wrong"),
        *("invalid", "correct", "strong", "unique", "secure", "weak", "make", "create"),
        *("too", "set", "a", "an", "and", "or", "for", "self"),
    )
)
REFERENCES = (
    "$",
    "{{",
    "%(",
    "os.",
    "env.",
    "process.env",
    "args.",
    "self.",
    "config.",
)


IN_ASCII = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
KEY_HINTS = ("key", "secret", "token", "credential", "signature")
HINTS = ("pass", "pwd", "kennwort", "contraseña", "senha", "密", "パス")


def pairs(text: str) -> Iterator[Span]:
    lower = lowered(text)
    if any(hint in lower for hint in HINTS):
        yield from values(PASSWORD, text, lower, is_password)
    if any(hint in lower for hint in KEY_HINTS):
        yield from values(KEY, text, lower, is_key)
    if "://" in text:
        yield from (Span(*hit.span(1), "secret") for hit in USER_INFO.finditer(text))
    if "bearer" in lower or "token" in lower:
        yield from after(BEARER, text, lower, is_random)
    if "basic" in lower:
        yield from after(BASIC, text, lower, is_basic)
    yield from tokens(text, lower)


def lowered(text: str) -> str:
    """As long as the text: patterns that heed case are faster, and tell places in both."""
    lower = text.lower()
    return lower if len(lower) == len(text) else text.translate(IN_ASCII)


def after(
    pattern: re.Pattern[str], text: str, lower: str, is_secret: Callable[[str], bool]
) -> Iterator[Span]:
    for hit in pattern.finditer(lower):
        start, end = hit.span(1)
        if is_secret(text[start:end]):
            yield Span(start, end, "secret")


def tokens(text: str, lower: str) -> Iterator[Span]:
    for hit in TOKEN.finditer(text):
        before = lower[max(0, hit.start() - LOOK_BACK) : hit.start()]
        if NEAR.search(before) and is_random(hit[0]):
            yield Span(hit.start(), hit.end(), "secret")


def values(
    pattern: re.Pattern[str], text: str, lower: str, is_secret: Check
) -> Iterator[Span]:
    for hit in pattern.finditer(lower):
        group = hit.lastgroup or "bare"
        start, end = hit.span(group)
        value = text[start:end]
        is_code = group == "bare" and CALL.match(value) is not None
        if not is_code and is_secret(value.rstrip(",;"), group != "bare"):
            yield Span(start, end, "secret")


def is_password(value: str, quoted: bool) -> bool:
    return is_value(value) and (quoted or len(value) > 3 or not value.isalpha())


def is_key(value: str, quoted: bool) -> bool:
    has_both = any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return is_value(value) and len(value) >= 8 and has_both


def is_value(value: str) -> bool:
    """Not a placeholder, a type, a reference or a word of prose."""
    plain = value.lower().rstrip(".!?")
    return (
        plain not in NO_VALUE
        and not value.startswith(REFERENCES)
        and set(value) != {"*"}
    )


def is_random(value: str) -> bool:
    """Digits, letters, and as many different ones as chance brings."""
    if not any(map(str.isdigit, value)) or not any(map(str.isalpha, value)):
        return False
    if "/" in value and is_path(value):
        return False
    sample = value[:128]
    return bits(sample) >= min(LEAST_BITS, math.log2(len(sample)) - 0.7)


def is_path(value: str) -> bool:
    """Base64 has upper and lower case, and with a slash neither `-` nor `_`."""
    is_of_one_case = value in (value.lower(), value.upper())
    return is_of_one_case or any(sign in value for sign in ("-", "_", "//"))


def bits(text: str) -> float:
    """Shannon entropy of one character."""
    size = len(text)
    return -sum(n / size * math.log2(n / size) for n in Counter(text).values())


def is_basic(value: str) -> bool:
    """`name:password` in base64; `basic understanding` is none."""
    try:
        return b":" in base64.b64decode(value + "=" * (-len(value) % 4), validate=True)
    except binascii.Error:
        return False
