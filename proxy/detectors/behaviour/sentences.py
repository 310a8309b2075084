"""The sentences of a reply and what each of them does to the user."""

import re
from dataclasses import dataclass

from proxy.detectors.behaviour.acts import MIXED, Act, Grammar

END = re.compile(r"([.!?][\"')\]]{0,2}(?=\s)|[。！？])\s*")  # noqa: RUF001  # Chinese and Japanese stops
WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
OF_A_USER = frozenset(("user", "customer", "client", "person"))
LONGEST = 320
"""Characters of a sentence that are read, from its end: what it asks stands there."""
UNPOINTED = 160
"""Characters up to which a line without a closing mark is read as someone's typing."""
FIRST, LAST = 2, 10
"""Sentences with a cue that are read."""


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    """In small letters."""
    act: Act
    asks_too: bool = False
    """It also carries a request, whatever its act is."""

    @property
    def question(self) -> bool:
        return self.text.endswith("?")


def sentences(words: str, grammar: Grammar) -> list[Sentence]:
    """All sentences in order; those without a cue are plain and cost next to nothing."""
    parts = _split(words.lower())
    cue, opening = grammar.cue.search, grammar.cue_opening.match
    cued = [
        at for at, part in enumerate(parts) if "?" in part or opening(part) or cue(part)
    ]
    read = set(cued[:FIRST] + cued[-LAST:])
    return [
        _sentence(part, grammar) if at in read else Sentence(part, "plain")
        for at, part in enumerate(parts)
    ]


def _split(words: str) -> list[str]:
    lines = (
        END.sub(r"\1\n", words).replace("e.g.\n", "e.g. ").replace("i.e.\n", "i.e. ")
    )
    return [line.strip() for line in lines.split("\n") if line and not line.isspace()]


def _sentence(part: str, grammar: Grammar) -> Sentence:
    part = part[-LONGEST:]
    typed = part
    if len(part) <= UNPOINTED and part[-1].isalnum() and grammar.unmarked.match(part):
        typed = f"{part}?"
    act = act_of(typed, grammar)
    too = act in MIXED and grammar.too.search(part) is not None
    return Sentence(part, act, too)


def act_of(part: str, grammar: Grammar) -> Act:
    """The first sign that fits; a sentence about the user is not one to the user."""
    words = frozenset(WORD.findall(part))
    if not OF_A_USER.isdisjoint(words) and "you" not in part and "the " in part:
        return "plain"
    question = "?" in part
    for sign in grammar.signs:
        at = sign.at(part, words, question=question)
        if at is None:
            continue
        if sign.act == "request" and grammar.condition.search(part, 0, at):
            continue
        return sign.act
    return "ask_back" if "?" in part[-5:] else "plain"
