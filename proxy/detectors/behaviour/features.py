"""What the linear model sees of a reply: named facts, and hashed words of its asking sentences."""

import re
from collections.abc import Sequence
from itertools import pairwise
from zlib import crc32

from proxy.detectors.behaviour.acts import ASKING
from proxy.detectors.behaviour.sentences import Sentence
from proxy.detectors.behaviour.view import View

BUCKETS = 8_192
WORD = re.compile(r"[a-z']+|[0-9]|[?.!:]")
WORDS = 70
"""Words of which n-grams are taken: the asking sentences and the last one, from the end."""


def facts(view: View, asked: bool) -> list[str]:
    """Names of what holds, `asked` being the rules' own verdict; each is one weight."""
    cued = [s for s in view.sentences if s.act != "plain"]
    names = [f"any:{act}" for act in {s.act: None for s in cued}]
    names += _shape(view, cued) + _rules(view, asked)
    asking = sum(s.act in ASKING for s in cued)
    names.append(f"asking:{min(asking, 4)}")
    names += [f"aim:{aim}" for aim in view.aims]
    names.append("later" if view.later else "first")
    if view.user.rstrip().endswith("?"):
        names.append("user asks")
    if cued:
        final = cued[-1].act
        names.append(f"final:{final}")
        names += [f"aim:{aim}&{final}" for aim in view.aims]
        names.append(f"size:{_size(view.words)}&{final}")
    too = {f"asks too:{s.act}": None for s in cued if s.asks_too}
    return [*names, "asks too", *too] if too else names


def _rules(view: View, asked: bool) -> list[str]:
    """The rules' own verdict is a feature like the others: the model may overrule it."""
    verdict = "asks" if asked else "none"
    last = view.sentences[-1].act if view.sentences else "nothing"
    return [f"rules:{verdict}", f"rules:{verdict}&{last}"]


def _shape(view: View, cued: Sequence[Sentence]) -> list[str]:
    count = len(view.sentences)
    names = [
        f"size:{_size(view.words)}",
        f"sentences:{min(count, 6)}",
        f"user:{_size(view.user)}",
    ]
    if not view.sentences:
        return [*names, "nothing"]
    last, first = view.sentences[-1], view.sentences[0]
    names += [f"last:{last.act}", f"opens:{first.act}"]
    if last.question:
        names.append("ends asking")
    if count == 1:
        names.append(f"only:{last.act}")
    else:
        names.append(f"before last:{view.sentences[-2].act}")
    if len(cued) == count:
        names.append("all cued")
    if any(s.question for s in view.sentences):
        names.append("has question")
    return names


def _size(text: str) -> str:
    for bound in (30, 70, 140, 280, 600, 1_000):
        if len(text) <= bound:
            return str(bound)
    return "more"


def grams(view: View) -> set[int]:
    """Buckets of the one- and two-word pieces of what was said to the user."""
    said = [s.text for s in view.sentences[:-1] if s.act != "plain"]
    said += [s.text for s in view.sentences[-1:]]
    one = WORD.findall(" | ".join(said))[-WORDS:]
    two = [f"{a} {b}" for a, b in pairwise(one)]
    return {crc32(piece.encode()) % BUCKETS for piece in (*one, *two)}
