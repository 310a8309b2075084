"""The kind of a reply by its last move, and the behaviour each kind is (DECISIONS 3)."""

from proxy.detectors.behaviour.acts import ASKING, Act, Grammar
from proxy.detectors.behaviour.sentences import Sentence
from proxy.detectors.behaviour.view import View
from proxy.model.behaviour import Behaviour, Kind

BEHAVIOURS: dict[Kind, Behaviour] = {
    "clarify_only": "clarifying_question",
    "choice_request": "clarifying_question",
    "answer_plus_clarify": "answer_plus_clarify",
    "confirmation": "confirmation",
    "offer": "offer",
    "courtesy_question": "offer",
    "conditional_invite": "offer",
    "refusal": "refusal",
    "abstain": "abstention",
    "greeting": "answer",
    "content_question": "answer",
    "game_or_quiz": "answer",
    "roleplay": "answer",
    "chat": "answer",
    "answer": "answer",
}
BY_ACT: dict[Act, Kind] = {
    "confirm": "confirmation",
    "offer": "offer",
    "courtesy": "courtesy_question",
    "invite": "conditional_invite",
    "greeting": "greeting",
    "chat": "chat",
    "play": "game_or_quiz",
}
ANSWER = 280
"""Characters of plain text beside the questions that make an answer of it."""
OPENING = 3
"""Sentences in which a refusal declares itself."""
VAGUE = 400
"""Characters up to which "I do not know" is the reply rather than a remark in it."""
CLOSING = 3
"""Sentences from the end in which a move towards the user counts."""


def asked_kind(view: View) -> Kind:
    """Which sort of asking it is, where it asks."""
    if any(_chooses(s) for s in view.sentences[-CLOSING:]):
        return "choice_request"
    plain = sum(len(s.text) for s in view.sentences if s.act == "plain")
    return "answer_plus_clarify" if plain >= ANSWER else "clarify_only"


def _chooses(sentence: Sentence) -> bool:
    return "which" in sentence.text and (
        "option" in sentence.text or sentence.act == "choice"
    )


def move(view: View, grammar: Grammar) -> Kind:
    """What a reply that does not ask does last."""
    if any(grammar.refusal.search(s.text) for s in view.sentences[:OPENING]):
        return "refusal"
    if len(view.words) <= VAGUE and _abstains(view, grammar):
        return "abstain"
    for sentence in reversed(view.sentences[-CLOSING:]):
        if sentence.act == "invite" and not grammar.addresses.search(sentence.text):
            continue
        if sentence.act in BY_ACT:
            return BY_ACT[sentence.act]
        if sentence.act in ASKING:
            return _unasked(view)
    return "answer"


def _abstains(view: View, grammar: Grammar) -> bool:
    return any(grammar.abstention.search(s.text) for s in view.sentences)


def _unasked(view: View) -> Kind:
    """A question that is not the reply's own."""
    if "play" in view.aims:
        return "game_or_quiz"
    return "roleplay" if "roleplay" in view.aims else "content_question"
