"""Text without secrets and personal data. Time is linear in its length.

What is found is what has a form: no pattern knows a street, an illness or, without the
optional library, a name.
"""

import re
from collections.abc import Iterator

from proxy.monitor.redactor.addresses import addresses
from proxy.monitor.redactor.cards import cards
from proxy.monitor.redactor.emails import emails
from proxy.monitor.redactor.ibans import ibans
from proxy.monitor.redactor.keys import keys
from proxy.monitor.redactor.pairs import pairs
from proxy.monitor.redactor.phones import phones
from proxy.monitor.redactor.spans import Rules, Span, merged, replaced

SHORTEST = 3
"""Nothing shorter is found."""
ENCODED = re.compile(r"[A-Za-z0-9+/_-]{200,}+={0,2}")


def encoded(text: str) -> Iterator[Span]:
    """Images, sounds, vectors, sealed thoughts: nobody can look into them here."""
    if len(text) >= 200:
        for hit in ENCODED.finditer(text):
            if any(map(str.isdigit, hit[0])) and any(map(str.isalpha, hit[0])):
                yield Span(hit.start(), hit.end(), "data")


RULES: Rules = (encoded, keys, pairs, emails, ibans, cards, phones, addresses)


HARMLESS = re.compile(r"[a-z_.]{0,18}")
"""Most names of fields and many values: no rule above finds anything in them."""


def spans(text: str, rules: Rules = RULES) -> list[Span]:
    """What must go, in order."""
    if len(text) < SHORTEST or (rules is RULES and HARMLESS.fullmatch(text)):
        return []
    return merged(span for rule in rules for span in rule(text))


def redacted(text: str, rules: Rules = RULES) -> str:
    return replaced(text, spans(text, rules))
