"""The acts a sentence can do towards its reader, and how a language's grammar names them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Act = Literal[
    "play",
    "greeting",
    "choice",
    "courtesy",
    "confirm",
    "request",
    "invite",
    "chat",
    "ask_you",
    "offer",
    "ask_back",
    "plain",
]

ASKING: frozenset[Act] = frozenset(("choice", "request", "ask_you", "ask_back"))
MIXED: frozenset[Act] = frozenset(("confirm", "offer", "courtesy", "greeting"))
"""Acts that leave room for a request in the same sentence."""

NEVER, ANY = re.compile(r"(?!)"), re.compile("")


@dataclass(frozen=True, slots=True)
class Sign:
    """How one act shows: anywhere in a sentence, or as its opening."""

    act: Act
    anywhere: re.Pattern[str]
    opening: re.Pattern[str] | None = None
    gate: frozenset[str] = frozenset()
    """One of these words is in every sentence that `anywhere` fits; empty where none is known."""
    asked: bool = False
    """Only a sentence with a question mark can be it."""

    def at(self, sentence: str, words: frozenset[str], *, question: bool) -> int | None:
        """Where the act shows first; `words` are the sentence's own."""
        if self.asked and not question:
            return None
        if self.opening is not None and self.opening.match(sentence):
            return 0
        if self.gate and self.gate.isdisjoint(words):
            return None
        found = self.anywhere.search(sentence)
        return None if found is None else found.start()


def sign(
    act: Act,
    anywhere: Sequence[str],
    opening: Sequence[str] = (),
    *,
    gate: str = "",
    asked: bool = False,
) -> Sign:
    return Sign(
        act,
        at_word(anywhere),
        re.compile("|".join(opening)) if opening else None,
        frozenset(gate.split()),
        asked,
    )


def at_word(branches: Sequence[str]) -> re.Pattern[str]:
    """Any of them at the start of a word, sorted by first letter so that most are not tried."""
    by_letter: dict[str, list[str]] = {}
    others = []
    for branch in (b for whole in branches for b in _by_first_letter(whole)):
        if re.match(r"[a-z](?![?*+{])", branch):
            by_letter.setdefault(branch[0], []).append(branch[1:])
        else:
            others.append(branch)
    grouped = [f"{letter}(?:{'|'.join(r)})" for letter, r in by_letter.items()]
    return re.compile(rf"\b(?:{'|'.join((*grouped, *others))})")


def _by_first_letter(branch: str) -> list[str]:
    """`(?:could|can|will) x` as `c(?:ould|an) x` and `w(?:ill) x`; others as they are."""
    group = re.match(r"\(\?:([^()]*)\)(?![?*+{])(.*)", branch)
    if group is None:
        return [branch]
    options, rest = group[1].split("|"), group[2]
    if not all(re.match(r"[a-z](?![?*+{])", option) for option in options):
        return [branch]
    by_letter: dict[str, list[str]] = {}
    for option in options:
        by_letter.setdefault(option[0], []).append(option[1:])
    return [f"{letter}(?:{'|'.join(r)}){rest}" for letter, r in by_letter.items()]


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one language does all of this; the first sign that fits names the act.

    Patterns meet small letters, one sentence at a time, and are linear in it.
    """

    cue: re.Pattern[str]
    """A sentence without it and without a question mark is plain; it comes first, so it is cheap."""
    signs: tuple[Sign, ...]
    condition: re.Pattern[str]
    """Said before a request, it makes an invitation of it."""
    refusal: re.Pattern[str]
    abstention: re.Pattern[str]
    addresses: re.Pattern[str] = ANY
    """The user is spoken to; an invitation without it is a condition of something else."""
    cue_opening: re.Pattern[str] = NEVER
    """The same for how a sentence begins."""
    unmarked: re.Pattern[str] = NEVER
    """A question whose mark was never typed."""
    too: re.Pattern[str] = NEVER
    """A request inside a sentence that does something else first."""
