"""The words of a reply that face its user: without code, quotations, drafts, tables.

Every pattern here is linear in what it reads, and no more than HEAD + TAIL
characters of a reply are read at all.
"""

import re
from itertools import islice

HEAD, TAIL = 1_000, 4_000
"""Characters looked at on either side of a long reply."""
THINKING, THOUGHT = "<think>", "</think>"
"""What some open models say before they speak."""
FIRST, LAST = 300, 700
"""Characters kept of what is left."""

FENCE = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
QUOTED = re.compile(r"[\"“”«„][^\"“”«»„\n]{1,400}[\"“”»]|「[^」\n]{1,400}」")
CODE_LINE = re.compile(
    r"(?:def |class |import |from \w+ import |#include|const |let \w+ ?=|var \w+|function\b|return\b"
    r"|public |private |static |SELECT |INSERT |UPDATE |CREATE |</?\w+[ >/]|\$ |>>> |//|/\*|@\w+\()"
    r"|\w+(?:\.\w+)*\([^)]*\)$|\w+ = \S"
)
SPOKEN = re.compile(
    r"(?:q|a|question|answer|user|customer|client|agent|assistant|interviewer|host|ai|bot|human|speaker)\s?\d{0,2}:",
    re.I,
)
"""A line of a dialogue or of questions and answers that was asked for."""
CODE_ENDS = (";", "{", "}", "=>", ");", "),")
LONGEST_CODE = 400
LIST_MARK = re.compile(r"(?:[-*•+]|\(?\d{1,2}[.)])\s+|#{1,6} ")
DRAFT_OPEN = re.compile(
    r"^(?:subject:.*|(?:dear|hi|hello) [^\n,]{1,40},|dear .{1,60})$", re.I | re.M
)
DRAFT_WORDS = (
    "Dear ",
    "dear ",
    "Subject:",
    "subject:",
    "Hi ",
    "hi ",
    "Hello ",
    "hello ",
)
"""One is in every draft; looking for them costs less than for a line."""
DRAFT_CLOSE = re.compile(
    r"^(?:(?:yours |very )?(?:sincerely|truly|faithfully)|(?:best|kind|warm)(?:est)? (?:regards|wishes)"
    r"|regards|best|cheers|thank you|thanks)[,.]?\s*$",
    re.I | re.M,
)
MARKUP = str.maketrans(
    {"*": None, "`": None, "\u200b": None, "\u2019": "'", "\uff1f": "?"}
)
"""Emphasis goes; one apostrophe and one question mark remain."""


def prose(text: str) -> str:
    """The reply's own words, at most FIRST + LAST characters and a line between."""
    if text.lstrip().startswith(THINKING):
        text = text.rpartition(THOUGHT)[2]
    words = "\n".join(_own_lines(_without_draft(_unfenced(_ends(text)))))
    words = QUOTED.sub(' "" ', words)
    if len(words) <= FIRST + LAST:
        return words
    return f"{words[:FIRST]}\n{_requests_between(words)}\n{words[-LAST:]}"


def _ends(text: str) -> str:
    """Both ends of a long reply; a tail that starts inside a fence loses that part."""
    if len(text) <= HEAD + TAIL:
        return text
    tail = text[-TAIL:]
    if text.count("```", 0, len(text) - TAIL) % 2:
        tail = tail.partition("```")[2] or ""
    head = text[:HEAD]
    if head.count("```") % 2:
        head = head[: head.rindex("```")]
    return f"{head}\n{tail}"


def _unfenced(text: str) -> str:
    return FENCE.sub("\n", text) if "```" in text else text


def _without_draft(text: str) -> str:
    """A letter written for the user asks its own reader, not the user."""
    if not any(word in text for word in DRAFT_WORDS):
        return text
    opened = DRAFT_OPEN.search(text)
    if not opened:
        return text
    closings = list(DRAFT_CLOSE.finditer(text, opened.end()))
    if not closings:
        return text
    return text[: opened.start()] + "\n" + text[closings[-1].end() :]


def _own_lines(text: str) -> list[str]:
    lines = []
    for line in text.translate(MARKUP).split("\n"):
        bare = line.strip()
        if not bare or bare[0] in "|>" or _is_spoken(bare) or _is_code(bare):
            continue
        mark = LIST_MARK.match(bare)
        lines.append(bare[mark.end() :] if mark else bare)
    return lines


def _is_spoken(line: str) -> bool:
    return ":" in line[:16] and SPOKEN.match(line) is not None


def _is_code(line: str) -> bool:
    if len(line) >= LONGEST_CODE or "?" in line:
        return False
    return line.endswith(CODE_ENDS) or CODE_LINE.match(line) is not None


REQUEST = re.compile(
    r"\bplease (?:provide|specify|share|tell me|send|confirm (?:which|your)|let me know (?:which|your))\b"
    r"|\b(?:could|can|would) you (?:please |also )?(?:provide|specify|share|tell|clarify|confirm (?:which|your))\b"
    r"|\bi(?:'ll| will)? (?:also )?need (?:your|to know)\b",
    re.I,
)
STOPS = ".!?\n"


def _requests_between(words: str) -> str:
    """A long agent reply may ask in its middle; three such sentences are kept."""
    found = []
    middle = words[FIRST:-LAST]
    for cue in islice(REQUEST.finditer(middle), 3):
        before, after = (
            middle[max(0, cue.start() - 120) : cue.start()],
            middle[cue.end() :],
        )
        start = max(before.rfind(stop) for stop in STOPS) + 1
        ends = [at for at in (after.find(stop, 0, 200) for stop in STOPS) if at >= 0]
        end = min(ends, default=199) + 1
        found.append(before[start:] + cue[0] + after[:end])
    return "\n".join(found)
