"""Payment card numbers: 13 to 19 digits that pass Luhn's check, in the usual groups."""

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from proxy.monitor.redactor.spans import Span

SHORTEST, LONGEST = 13, 19
MOST_GROUPS = 8
GAP = r"[ .\-\u00a0\u2009\u2010-\u2014\u202f]"
# Numbers one beside the other; the lengths of the groups decide what they are.
ROW = re.compile(rf"(?<!\d)\d++(?:{GAP}\d++)*+")
DIGITS = re.compile(r"\d++")
# Read out digit by digit, a number must begin as some issuer's do: lists of single
# digits are common.
SPELT = re.compile(rf"(?<!\d)\d(?:{GAP}\d(?!\d)){{12,18}}+(?!{GAP}?\d)")
ISSUER = re.compile(
    r"4|5[0-8]|3[0478]|35[2-8]|6|2[2-7]|8[12]"  # card networks' first digits
)
DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def cards(text: str) -> Iterator[Span]:
    for row in ROW.finditer(text):
        if row.end() - row.start() >= SHORTEST:
            yield from in_row(text, row)
            yield from spelt_out(text, row)


def spelt_out(text: str, row: "re.Match[str]") -> Iterator[Span]:
    """It ends with its row, so that no more than the row's end is looked at."""
    start = max(row.start(), row.end() - 2 * LONGEST)
    for spelt in SPELT.finditer(text, start, row.end()):
        digits = "".join(DIGITS.findall(spelt[0]))
        if ISSUER.match(digits) and passes_luhn(digits):
            yield Span(spelt.start(), spelt.end(), "card")


def in_row(text: str, row: "re.Match[str]") -> Iterator[Span]:
    rest = DIGITS.finditer(text, row.start(), row.end())
    groups = list(islice(rest, MOST_GROUPS))
    while groups:
        size = groups_of_a_card(groups) if len(groups[0][0]) >= 4 else 0
        if size == 1 and is_part(text, groups[0]):
            size = 0
        if size:
            yield Span(groups[0].start(), groups[size - 1].end(), "card")
        groups = [*groups[size or 1 :], *islice(rest, size or 1)]


def is_part(text: str, group: "re.Match[str]") -> bool:
    """Digits behind a decimal point, or amid a hexadecimal id."""
    before, after = (
        text[group.start() - 1 : group.start()],
        text[group.end() : group.end() + 1],
    )
    is_decimal = before == "." and text[group.start() - 2 : group.start() - 1].isdigit()
    return is_decimal or any(c.isascii() and c.isalpha() for c in (before, after))


def groups_of_a_card(groups: "Sequence[re.Match[str]]") -> int:
    """How many groups from the first one on are a card's number; 0 where none is."""
    digits = ""
    for count, group in enumerate(groups, 1):
        digits += group[0]
        if len(digits) > LONGEST:
            return 0
        if len(digits) >= SHORTEST and is_grouped(groups[:count]) and is_card(digits):
            return count
    return 0


def is_grouped(groups: "Sequence[re.Match[str]]") -> bool:
    """In one, or as printed: 4-4-4-4, 4-6-5, 4-4-4-4-3, 6-13. Dates never are."""
    sizes = [len(group[0]) for group in groups]
    if len(sizes) == 1:
        return True
    return sizes[0] in (4, 6, 8) and all(size >= 4 for size in sizes[1:-1])


def is_card(digits: str) -> bool:
    """In any script's digits. Milliseconds and nanoseconds since 1970 begin with 1, as airlines' cards of 15 do."""
    digits = "".join(str(int(digit)) for digit in digits)
    leads = digits[0] in "23456789" or (digits[0] == "1" and len(digits) == 15)
    return leads and passes_luhn(digits)


def passes_luhn(digits: str) -> bool:
    numbers = [int(digit) for digit in reversed(digits)]
    return (sum(numbers[::2]) + sum(DOUBLED[n] for n in numbers[1::2])) % 10 == 0
