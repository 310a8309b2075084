"""Telephone numbers as people write them; other numbers are left alone.

With a country code, in the layouts of large countries, or beside a word for telephone.
"""

import re
from collections.abc import Iterator

from proxy.monitor.redactor.spans import Span

GAP = r"[ .\-/()\u00a0\u2009\u2010-\u2014\u202f]"
INTERNATIONAL = re.compile(rf"(?<![\w)+])\+\(?[1-9](?:{GAP}{{0,3}}\d){{7,14}}+(?!\d)")
PREFIXED = re.compile(
    rf"(?<![\w.+-])00[1-9]\d{{0,2}}{GAP}(?:{GAP}{{0,2}}\d){{6,12}}+(?!\d)"
)
BEFORE, AFTER = r"(?<![\w.+\-/])", r"(?![\w-]|[.,/:]\d)"
LAYOUTS = (
    # North America: (415) 555-2671, 415-555-2671, 1-800-555-0199
    r"(?:1[-. ]?)?\([2-9]\d\d\)[ .-]?\d{3}[ .-]\d{4}",
    r"(?:1[-. ])?[2-9]\d\d([-. ])[2-9]\d\d\1\d{4}",
    # France and others in pairs: 01 42 68 53 00
    r"0[1-9]([ .-])\d\d(?:\2\d\d){3}",
    # United Kingdom, Australia, Japan: 020 7946 0958, 0412 345 678, 03-1234-5678
    r"\(?0\d{1,4}\)?[ -]\d{3,4}[ -]\d{3,4}",
    # Germany, Austria, Italy: 030 1234567, 0171/12345678
    r"\(?0\d{2,4}\)?[ /-]\d{5,8}",
    # Brazil: (11) 98765-4321
    r"\(\d\d\) ?9?\d{4}-\d{4}",
)
NATIONAL = re.compile(f"{BEFORE}(?:{'|'.join(LAYOUTS)}){AFTER}")
BESIDE = re.compile(rf"(?<![\w.+])[+(]?\d(?:{GAP}{{0,2}}\d){{5,14}}+(?!\d)")
WORD = re.compile(
    r"(?i)(?:\b(?:tele)?phone|\btel\b|\bmobile|\bcell(?:phone)?\b|\bfax|whatsapp|\bsms\b"
    r"|\b(?:call|ring|text|reach|dial)(?: me| us| him| her| them)?(?: back)?(?: at| on)?\b"
    r"|telefon|tel[eé]fono|t[eé]l[eé]phone|\bhandy|m[oó]vil|celular|telem[oó]vel|\bmobil"
    r"|\bportable|\bcellulare|num[eé]ro|\bnummer|telefoon|电话|電話|手机|手機|携帯|전화)"
    r"(?: (?:number|no|nr|nummer))?[^\w\n]{0,6}(?:(?:is|at|ist|est|es|é|は|是|on|:)"
    r"[^\w\n]{0,4})?\Z"
)
HINTS = (
    *(
        "phone",
        "phono",
        "tel",
        "mobil",
        "móvil",
        "cel",
        "fax",
        "whatsapp",
        "sms",
        "call",
    ),
    *("ring", "text", "reach", "dial", "handy", "portable", "num", "núm", "电", "電"),
    *("手", "携", "전화"),
)
"""One of them is in every text in which a word for telephone is."""
LOOK_BACK = 40
DATE = re.compile(
    r"\d{4}[-/. ]\d{1,2}(?:[-/. ]\d{1,2})?|\d{1,2}[-/.]\d{1,2}[-/.]\d{4}|\d{4}[-/]\d{4}"
)


FEW = re.compile(rf"\d(?:{GAP}{{0,3}}\d){{5}}")


def phones(text: str) -> Iterator[Span]:
    if FEW.search(text) is None:
        return
    for pattern in (INTERNATIONAL, PREFIXED, NATIONAL):
        for hit in pattern.finditer(text):
            yield Span(hit.start(), hit.end(), "phone")
    lower = text.lower()
    if not any(hint in lower for hint in HINTS):
        return
    for hit in BESIDE.finditer(text):
        before = text[max(0, hit.start() - LOOK_BACK) : hit.start()]
        if WORD.search(before) and not DATE.match(hit[0]):
            yield Span(hit.start(), hit.end(), "phone")
