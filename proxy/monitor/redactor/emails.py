"""E-mail addresses, also with the `%40` of a URL or the wide sign of East Asia."""

import re
from collections.abc import Iterator

from proxy.monitor.redactor.spans import Span

LETTERS = r"A-Za-z0-9\u00c0-\u024f\u0370-\u052f"
# A run of such characters is tried at its beginning only: time is linear in the text.
PLAIN = re.compile(
    rf"(?<![{LETTERS}._%+'-])[{LETTERS}._%+'-]++[@\uff20]([\w-]++(?:\.[\w-]++)++)"
)
IN_URL = re.compile(
    rf"(?<![{LETTERS}._+-])[{LETTERS}._+-]++%40([\w-]++(?:\.[\w-]++)++)"
)


def emails(text: str) -> Iterator[Span]:
    if "@" in text or "\uff20" in text:
        yield from found(PLAIN, text)
    if "%40" in text:
        yield from found(IN_URL, text)


def found(pattern: re.Pattern[str], text: str) -> Iterator[Span]:
    """`lodash@4.17.21` is a version: the last part of a domain has a letter."""
    for hit in pattern.finditer(text):
        last = hit[1].rpartition(".")[2]
        if len(last) > 1 and any(map(str.isalpha, last)):
            yield Span(hit.start(), hit.end(), "email")
