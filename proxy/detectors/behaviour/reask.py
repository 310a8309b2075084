"""Whether a reply asks for what the user has already said.

Either a user message holds the asked-for noun with a value beside it, or the assistant asked
for the same before and the user answered.
"""

import re
from collections.abc import Iterable, Sequence

from proxy.detectors.behaviour.sentences import Sentence
from proxy.model.behaviour import Reply

ASKED_FOR = re.compile(
    r"\b(?:your|ur|the|which|what(?:'s| is)?(?: your| the)?|whats(?: your| the)?) ((?:[a-z-]+ ){0,2}[a-z-]+)"
)
WORD = re.compile(r"[a-z]{3,}")
EMPTY = frozenset(
    [
        "your",
        "the",
        "and",
        "for",
        "you",
        "are",
        "would",
        "like",
        "want",
        "please",
        "provide",
        "share",
        "tell",
        "send",
        "give",
        "which",
        "what",
        "this",
        "that",
        "with",
        "could",
        "can",
        "will",
        "have",
        "has",
        "need",
        "full",
        "exact",
        "current",
        "more",
        "about",
        "from",
        "before",
        "again",
        "correct",
        "know",
        "them",
        "prefer",
        "specific",
        "following",
        "information",
        "details",
        "also",
        "able",
        "looking",
        "into",
        "here",
        "it's",
        "can't",
        "use",
        "using",
        "try",
        "me",
        "is",
        "am",
        "details",
        "do",
        "does",
        "did",
        "refer",
        "referring",
        "mean",
        "meaning",
        "case",
        "further",
        "proceed",
        "assist",
        "help",
        "first",
    ]
)
VALUE = re.compile(r"\d|@|[:=]|\b(?:is|it's|its|are|was|called|named)\b")
LACK = re.compile(
    r"\b(?:don't|do not|can't|cannot|no|not|without|forgot|lost|unsure|what|which|where|how)\b"
)
CLAUSE = re.compile(r"[.!?\n]+|, (?:and|but) ")
READ = 1_000
"""Characters of a user message that are read, from its end."""


def re_asks(asked: Sequence[Sentence], reply: Reply) -> bool:
    wanted = [*{n: None for s in asked for n in nouns(s.text)}]
    if not wanted:
        return False
    said = [
        *_clauses(reply.user),
        *(c for text in reply.earlier for c in _clauses(text)),
    ]
    return any(_held(wanted, clause) for clause in said) or _asked_again(wanted, reply)


def nouns(sentence: str) -> list[frozenset[str]]:
    """The things asked for, each as its words."""
    found = []
    for match in ASKED_FOR.finditer(sentence):
        words = [_stem(w) for w in WORD.findall(match[1]) if w not in EMPTY]
        if words:
            found.append(frozenset(words[:2]))
    return found


def _clauses(text: str) -> list[str]:
    return [c for c in CLAUSE.split(text[-READ:].lower().replace("\u2019", "'")) if c]


def _held(wanted: Iterable[frozenset[str]], clause: str) -> bool:
    """The clause names all of one thing, gives a value, and does not say that it lacks."""
    near = [noun for noun in wanted if all(word in clause for word in noun)]
    if not near or not VALUE.search(clause):
        return False
    at = {_stem(m[0]): m.start() for m in WORD.finditer(clause)}
    return any(
        noun <= at.keys() and not LACK.search(clause, 0, min(at[word] for word in noun))
        for noun in near
    )


def _asked_again(wanted: Iterable[frozenset[str]], reply: Reply) -> bool:
    """It was asked for in the reply before, and the user's message looks like an answer."""
    if not reply.asked or LACK.search(reply.user.lower().replace("\u2019", "'")):
        return False
    before = [s for s in CLAUSE.split(reply.asked[-READ:].lower()) if s]
    known = {noun for sentence in before for noun in nouns(sentence)}
    return any(len(noun) > 1 and noun in known for noun in wanted) and bool(
        re.search(r"\d|@", reply.user)
    )


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word
