"""What the rules alone say of a reply: does it ask, and what is its last move."""

import re

from proxy.detectors.behaviour.sentences import Sentence
from proxy.detectors.behaviour.view import View

SHORT = 240
"""Characters up to which a bare question can only be meant for the user."""
OWN_VOICE = frozenset(("play", "questions", "write", "roleplay", "translate"))
"""Aims under which a question belongs to the text that was asked for."""
REASON = re.compile(
    r"(?:this|that|these|knowing|with|for|such|i|we|once|then|thank|e\.g|it would|\()\b"
)
"""How a sentence goes on that says why one has asked; anything else answers the question."""


def requests(view: View) -> list[Sentence]:
    """The sentences that ask the user for something missing."""
    if "play" in view.aims or any(s.act == "play" for s in view.sentences):
        return []
    sure = [s for s in view.sentences if _is_sure(s, view)]
    if OWN_VOICE.intersection(view.aims) and len(view.words) > 2 * SHORT:
        return [s for s in sure if s.act == "request" and s in view.sentences[-3:]]
    return sure + [s for s in _questions(view) if s not in sure]


def _is_sure(sentence: Sentence, view: View) -> bool:
    if sentence.act == "choice":
        # After a long answer, "would you like this or that?" offers more of it.
        return len(view.words) <= SHORT or not sentence.text.startswith(
            "would you like"
        )
    return sentence.act == "request" or sentence.asks_too


def _questions(view: View) -> list[Sentence]:
    """Questions without a request verb count at the end, or where there is little else."""
    if len(view.words) > SHORT and OWN_VOICE.intersection(view.aims):
        return []
    bare = ("ask_you", "ask_back") if len(view.words) <= SHORT else ("ask_you",)
    tail = view.sentences[-3:]
    after = [s.act == "plain" and not REASON.match(s.text) for s in tail[1:]]
    return [s for at, s in enumerate(tail) if s.act in bare and not any(after[at:])]
