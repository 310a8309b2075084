"""Failures that the model set out to see: reproducers and checks that something fails."""

import re

I = re.IGNORECASE  # noqa: E741  # the flag's own short name

REPRODUCER = re.compile(
    r"\b(?:reproduc\w*|repro\w{0,3}|verify_(?:bug|issue)|(?:bug|issue)_?(?:test|demo|repro))"
    r"[\w-]*\.(?:py|js|ts|sh|rb|go|java|php|c|cpp|rs)\b",
    I,
)
WRITES = re.compile(
    r"<<|\bcat >|\becho .{0,200}>|\btouch |\bcreate \S|\bedit |\"new_str", I
)
INTENT = re.compile(
    r"\breproduc(?:e|es|ing|tion)\b(?: \w+){0,4} (?:bug|issue|error|problem|failure|crash)"
    r"|\b(?:confirm|verify|demonstrate|check|see|show)(?: that| if| whether) (?:\w+ ){0,5}"
    r"(?:bug|issue|error|failure|problem) (?:exist|occur|happen|is (?:there|present|real))"
    r"|\b(?:confirm|verify|demonstrate|check|see)(?: that| if| whether| it) (?:\w+ ){0,4}"
    r"(?:fails?|crash(?:es)?|raises|throws)\b"
    r"|\b(?:should|expected to|expect (?:it|this|them) to|supposed to) (?:still )?"
    r"(?:fail|raise|crash|throw)\b",
    I,
)
FIXED = re.compile(
    r"\b(?:fixed|resolved|solved|no longer|fix (?:works|worked)|the fix|my fix|our fix)\b",
    I,
)
"""After that, what fails fails unexpectedly."""
TAIL = 600
"""Characters of the reply that lead to the call."""


def expects_failure(arguments: str, text: str) -> bool:
    """By the name of what is run, or by what the model says before it runs it."""
    told, called = text[-TAIL:], arguments[:2000]
    if FIXED.search(told):
        return False
    if REPRODUCER.search(called) and not WRITES.search(called):
        return True
    return INTENT.search(told) is not None
