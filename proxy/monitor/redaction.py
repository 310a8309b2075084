"""What is taken out of a recording before it is kept: keys, cookies, account names.

The relay has already replaced credentials by keyed hashes. This pass removes the hashes
too, so that a kept file does not even tell one key from another.
"""

import functools
import re
from urllib.parse import unquote_to_bytes

REDACTED = "<redacted>"
HASHED = "cred:"

PRIVATE_HEADER = re.compile(
    r"auth|cookie|secret|passw|credential|signature|token$|api-?key|subscription-key"
    r"|functions-key|organization|openai-project|account-id|user-project"
    r"|^sec-websocket-protocol$|^x-seatrial-run$",
    re.IGNORECASE,
)
PRIVATE_FIELD = re.compile(
    rb"(.*key|.*token|.*secret|.*password|.*credential|sig|.*signature|auth.*|code"
    rb"|x-amz-.*|x-goog-.*)",
    re.IGNORECASE,
)
FIELD = re.compile(r"[?&;]([^=?&;#\s]*)=")
VALUE = re.compile(r"[^&;#\s]*")
HASHED_USER = re.compile(rf"//{HASHED}[0-9a-f]*@")
LONGEST_NAME = 64


def header(name: str, value: str) -> str:
    if value.startswith(HASHED) or is_private(name):
        return REDACTED
    return url(value) if "?" in value or "@" in value else value


def is_private(name: str) -> bool:
    """Remembered for names of a usual length; the others are read each time."""
    return (
        remembered(name)
        if len(name) <= LONGEST_NAME
        else PRIVATE_HEADER.search(name) is not None
    )


@functools.lru_cache(maxsize=2048)
def remembered(name: str) -> bool:
    return PRIVATE_HEADER.search(name) is not None


def url(text: str) -> str:
    """A URL or request target with the values of its private query fields replaced.

    A value may hold a URL of its own: unless it is replaced, it is searched as well.
    """
    text = HASHED_USER.sub(f"//{REDACTED}@", text)
    kept: list[str] = []
    done = 0
    while (found := FIELD.search(text, done)) is not None:
        kept.append(text[done : found.end()])
        done = found.end()
        if is_private_field(found[1]) or text.startswith(HASHED, done):
            kept.append(REDACTED)
            value = VALUE.match(text, done)
            done = done if value is None else value.end()
    return "".join(kept) + text[done:]


def is_private_field(name: str) -> bool:
    return PRIVATE_FIELD.fullmatch(unquote_to_bytes(name)) is not None
