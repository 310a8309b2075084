"""IP addresses. Four numbers may be a version as well; it goes, too."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv6Address

from proxy.monitor.redactor.spans import Span

OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
V4 = re.compile(rf"(?<![\w.])(?:{OCTET}\.){{3}}{OCTET}(?![\w-]|\.\d)", re.ASCII)
V6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f:]{7,39}(?![\w:])", re.ASCII)
LEAST_COLONS = 3
NOBODY = ("127.", "0.0.0.0", "255.255.255.")


def addresses(text: str) -> Iterator[Span]:
    for hit in V4.finditer(text):
        if not hit[0].startswith(NOBODY):
            yield Span(hit.start(), hit.end(), "ip")
    if "::" in text or text.count(":") >= LEAST_COLONS:
        for hit in V6.finditer(text):
            if hit[0].count(":") >= LEAST_COLONS and is_v6(hit[0]):
                yield Span(hit.start(), hit.end(), "ip")


def is_v6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True
