"""International bank account numbers: a country's length, and a remainder of 1 by 97."""

import re
from collections.abc import Iterator

from proxy.monitor.redactor.spans import Span

# Characters by country (SWIFT's registry, release 99, December 2024).
LENGTHS = {
    15: "NO",
    16: "BE",
    18: "DK FK FI FO GL NL SD",
    19: "MK SI",
    20: "AT BA EE KZ LT LU MN XK",
    21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA",
    23: "AE GI IL IQ OM SO TL",
    24: "AD CZ ES MD PK RO SA SE SK TN VG",
    25: "LY PT ST",
    26: "IS TR",
    27: "BI DJ FR GR IT MC MR SM",
    28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
    29: "BR EG PS QA UA",
    30: "JO KW MU YE",
    31: "MT SC",
    33: "LC RU",
}
BY_COUNTRY = {c: size for size, countries in LENGTHS.items() for c in countries.split()}
START = re.compile(r"(?<![A-Za-z0-9])([A-Za-z]{2})\d\d(?=[ .\-\u00a0]?[A-Za-z0-9])")
GAPS = " .-\u00a0"
NO_GAPS = str.maketrans("", "", GAPS)
MOST_CHARACTERS = 2 * 34
PARTS = {
    size: re.compile(
        rf"[A-Za-z]{{2}}\d\d(?:[{re.escape(GAPS)}]?[A-Za-z0-9]){{{size - 4}}}"
    )
    for size in LENGTHS
}


def ibans(text: str) -> Iterator[Span]:
    for start in START.finditer(text):
        size = BY_COUNTRY.get(start[1].upper())
        if size is not None:
            end = end_of(text, start.start(), size)
            if end is not None:
                yield Span(start.start(), end, "iban")


def end_of(text: str, start: int, size: int) -> int | None:
    """Where an IBAN of that many characters ends, printed in groups or not."""
    window = text[start : start + MOST_CHARACTERS]
    parts = PARTS[size].match(window)
    if parts is None or remainder(parts[0].translate(NO_GAPS)) != 1:
        return None
    return start + parts.end()


def remainder(iban: str) -> int:
    """ISO 13616: the first four characters to the end, letters as 10 to 35."""
    turned = (iban[4:] + iban[:4]).upper()
    return int("".join(str(int(character, 36)) for character in turned)) % 97
