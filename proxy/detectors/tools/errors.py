"""Tells a result that reports an error from one that does not.

The protocol's own word first, then fields of JSON, then text, read where errors stand.
"""

from typing import NamedTuple

from proxy.detectors.tools import fields, phrases
from proxy.detectors.tools.verbs import Kind
from proxy.model.recovery import Proof

SHORT = 400
"""Characters up to which a result is read whole."""
HEAD, TAIL = 250, 400
TERSE = 240
"""A result of one thought: longer ones may tell of errors without being one."""
READS_TERSE = 120
"""The same of what was looked up: two sentences are already a text."""
LINES = 4


class Failure(NamedTuple):
    proof: Proof
    is_weak: bool = False
    """Known by ordinary words, that may also be a tool's habit."""
    line: str = ""
    """The line that says so, where it is weak and the result says more."""


class Read(NamedTuple):
    failure: Failure | None
    is_empty: bool


NOTHING = Read(None, True)
FINE = Read(None, False)


def read(text: str, kind: Kind, flag: bool | None) -> Read:
    """`flag` is the protocol's own; where it denies an error, ordinary words do not
    make one."""
    if flag:
        return Read(Failure("flag"), False)
    told = text.strip()
    if not told:
        return NOTHING
    stated = fields.read(told)
    if stated is None:
        found = of_text(told, kind)
    elif stated.proof is not None:
        found = Read(Failure(stated.proof), False)
    else:
        found = of_texts(stated.texts, kind, stated.size == "empty")
    if flag is False and found.failure is not None and found.failure.is_weak:
        return FINE
    return found


def of_texts(texts: tuple[str, ...], kind: Kind, is_empty: bool) -> Read:
    """The texts inside a JSON document, as if each were a result."""
    found = [of_text(text.strip(), kind) for text in texts if text.strip()]
    for one in found:
        if one.failure is not None:
            return one
    return NOTHING if is_empty else FINE


def of_text(text: str, kind: Kind) -> Read:
    if len(text) <= SHORT:
        head, tail, scope = text, text, text
    else:
        head, tail = text[:HEAD], text[-TAIL:]
        scope = f"{head}\n{tail}"
    if phrases.EMPTY.match(head) and len(text) <= TERSE:
        return NOTHING
    code = exit_code(head, tail)
    if code is not None:
        # What finds nothing ends with 1 and says nothing.
        said_nothing = code in ("1", "0") and phrases.ENDED.fullmatch(text)
        if said_nothing or code != "0":
            return NOTHING if said_nothing else Read(Failure("exit_code"), False)
    scope = phrases.FINE.sub(" ", scope)
    looks_up = kind in ("search", "read") and not is_terse(text)
    if starts_hard(head) or (not looks_up and is_hard(scope, tail)):
        return Read(Failure("text"), False)
    return soft(text, head, kind)


def exit_code(head: str, tail: str) -> str | None:
    """As the first or the last line states it."""
    for line in (tail.rstrip().rpartition("\n")[2], head.partition("\n")[0]):
        hit = phrases.EXITED.search(line)
        if hit is not None:
            return hit[1] or "?"
    return None


def starts_hard(head: str) -> bool:
    """What machines write when they fail, from the first word on."""
    told = (phrases.TRACE, phrases.RAISED, phrases.TOOLING)
    return any(one.match(head) for one in told)


def is_hard(scope: str, tail: str) -> bool:
    """The same anywhere in what a program printed: of a page it is the content."""
    if phrases.REPORT.search(scope) and not phrases.REPORT_BROKEN.search(scope):
        return False
    if phrases.TRACE.search(scope) or has_raised(tail):
        return True
    return phrases.TOOLING.search(tail) is not None


def has_raised(tail: str) -> bool:
    """The last thing printed is an exception, over a few lines at most."""
    last = [line for line in tail.splitlines() if line.strip()][-LINES:]
    return any(phrases.RAISED.match(line) for line in last)


def soft(text: str, head: str, kind: Kind) -> Read:
    """What is written for people."""
    first = head.partition("\n")[0]
    if phrases.NO_TOOL.search(first):
        return Read(opening(first, text), False)
    if kind == "run" or (kind in ("search", "read") and not is_terse(text)):
        # Programs print, and pages tell, of errors as of anything else.
        is_plain = phrases.PLAIN.match(first) is not None
        return Read(opening(first, text), False) if is_plain else FINE
    plain = phrases.FINE.sub(" ", text if is_terse(text) else first)
    if phrases.HTTP.search(plain):
        return Read(Failure("status"), False)
    is_absent = kind == "search" and phrases.ABSENT.search(plain) is not None
    if is_absent and not phrases.PLAIN.match(plain):
        return NOTHING
    if phrases.OPENS.match(plain):
        return Read(opening(first, text), False)
    return Read(telling(text, plain, kind), False)


def telling(text: str, plain: str, kind: Kind) -> Failure | None:
    """In the middle of a short result, or of the first line of what was to be done."""
    if not is_terse(text):
        is_act = kind == "act" and phrases.OF_MANY.search(plain) is not None
        return opening(plain, text) if is_act else None
    longest = READS_TERSE if kind in ("search", "read") else TERSE
    hit = phrases.SHORT.search(plain) if len(text) <= longest else None
    if hit is None:
        return None
    begun = plain.rfind("\n", 0, hit.start()) + 1
    return opening(plain[begun:].partition("\n")[0], text)


def opening(line: str, text: str) -> Failure:
    is_alone = len(text) < 2 * len(line)
    return Failure("text", True, "" if is_alone else line)


def is_terse(text: str) -> bool:
    return len(text) <= TERSE and text.count("\n") < LINES
