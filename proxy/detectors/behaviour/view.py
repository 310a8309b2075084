"""A reply as its words, its sentences' acts, and what its request shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from proxy.detectors.behaviour.acts import Grammar
from proxy.detectors.behaviour.request import Aim, aims
from proxy.detectors.behaviour.sentences import Sentence, sentences
from proxy.model.behaviour import Reply


@dataclass(frozen=True, slots=True)
class View:
    words: str
    """The reply's own words; code, quotations and drafts are out."""
    sentences: Sequence[Sentence]
    aims: Sequence[Aim]
    user: str
    later: bool
    """The assistant has spoken before."""
    silent: bool
    """Nothing in it turns to the user; what the request wants has not been read then."""


def view(reply: Reply, words: str, grammar: Grammar) -> View:
    """`words` are the reply's prose."""
    found = sentences(words, grammar)
    silent = all(s.act == "plain" for s in found)
    wanted = [] if silent else aims(reply.user, reply.system)
    return View(words, found, wanted, reply.user, bool(reply.asked), silent)
