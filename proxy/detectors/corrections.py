"""Users who correct or repeat themselves, and whether the next turns settle it.

The lexicon is English at length and the commonest phrases of six other languages. It is
noisy: its rate is published with its interval and never headlined.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

from proxy.conversations.fingerprints import Fingerprints, Print
from proxy.model.exchange import Message
from proxy.model.signal import Signal, Source

I = re.IGNORECASE  # noqa: E741  # the flag's own short name

HEAD = 300
"""Characters: who corrects says so at once."""

DECLINES = re.compile(
    r"^\W*(?:no|nope|nah)\b\W*(?:thank|problem|worries|need\b|rush|idea|preference|doubt|matter"
    r"|one\b|other|more|further|longer|i(?:'m| am) (?:good|fine|all|ok)|that(?:'s| is| will be"
    r"|'ll be|'d be) (?:all|it\b|fine|good|everything|ok|alright|great|perfect)"
    r"|i (?:don't|do not) (?:need|have|want anything|think so))",
    I,
)
"""Says no to an offer, and not to an answer."""
DENIES = re.compile(
    r"^\W*(?:no|nope|nah|wrong|incorrect|false|not quite|not really|actually,? no)\b"
    r"(?=[\s,.!:;-]+(?:i|that|it|this|you|the|my|not|please|what|we|there|wrong|answer|right"
    r"|correct|actually)\b|\W*$)|^\W*not what\b",
    I,
)
"""The first words."""
FAULTS = re.compile(
    r"\b(?:that|this|it|(?:your|the) (?:answer|response|code|solution|output|result|reply"
    r"|calculation))(?:'s| is| was| are| looks| seems)"
    r" (?:(?:still|completely|totally|just|also|all) ){0,3}(?:wrong|incorrect|false|inaccurate"
    r"|mistaken|broken|not (?:\w+ )?(?:right|correct|what i|accurate|true|working|it|how))\b"
    r"|\b(?:that|this|it|answer|code|solution|result|output) (?:is|was|does|did|seems?)n't"
    r" (?:\w+ )?(?:right|correct|what i|accurate|true|work|working|it)\b"
    r"|\byou(?:'re| are) (?:(?:still|completely) )?(?:wrong|mistaken|incorrect|not listening)\b"
    r"|\byou (?:misunderstood|misread|missed|forgot|ignored|got (?:it|that|this) wrong"
    r"|made (?:a|an|another) (?:mistake|error)|haven't (?:answered|done)"
    r"|did(?:n't| not) (?:answer|do|include|follow|read|understand|use))\b"
    r"|\b(?:still|it) (?:doesn't|isn't|not|does not|is not) (?:work|right|correct|fixed|there"
    r"|what|compil|run)\w*|\bsame (?:error|problem|issue|mistake|result)\b"
    r"|\bstill (?:get(?:ting)?|see(?:ing)?|fail(?:s|ing)?|wrong|broken|the same|an error|gives)\b",
    I,
)
"""What the answer lacks, anywhere near the beginning."""
REMINDS = re.compile(
    r"\b(?:what )?i (?:meant\b(?! to)|actually (?:meant|wanted|asked|said)|asked (?:for|you (?:to"
    r"|for))|(?:already )?(?:said|told you)|did(?:n't| not) (?:mean|ask|say|want))\b"
    r"|\b(?:as|like) i (?:said|told you|mentioned|asked)\b|\bnot what i\b"
    r"|^\W*(?:please )?try again\b",
    I,
)
"""What the user had meant or said."""
# es, pt, fr, de, zh, ja
OTHERS = re.compile(
    r"^\W{0,8}(?:no,? (?:eso|quise|quería|me refer|es|está)|não,? (?:eu|é|isso|está|quis)"
    r"|non,? (?:je|c'est|ce|pas)\b|nein,? (?:ich|das|es|nicht)|不对|错了?)"
    r"|\b(?:eso (?:no es|está mal|es incorrecto)|te equivocas|no es (?:correcto|lo que)"
    r"|me refería|quise decir|sigue sin|isso (?:não está|está errado|não é)|eu quis dizer"
    r"|você (?:errou|se enganou|entendeu errado)|está errado|não foi isso"
    r"|c'est (?:faux|incorrect|pas (?:ça|correct|ce que))|ce n'est pas (?:ça|correct|ce que|juste)"
    r"|je voulais dire|tu te trompes|vous vous trompez|ça ne (?:marche|fonctionne) (?:toujours )?pas"
    r"|das (?:ist|war) (?:falsch|nicht (?:richtig|korrekt|was))|das stimmt nicht|ich meinte"
    r"|du irrst|sie irren|funktioniert (?:immer )?noch nicht)\b"
    r"|不是这个|你(?:错了|弄错|搞错|理解错)|我(?:的意思是|是说|说的是)|还是不(?:行|对)|不正确"
    r"|違います|ちがいます|間違って|そうじゃな|そうではな|じゃなくて|ではなくて|正しくな|まだ(?:動|でき)",
    I,
)

MOST_NEW = 64
"""New messages that are looked at, the last ones: nobody types more at once."""
SHINGLE = 3
SKETCHED = 240
"""Characters that are compared."""
SKETCH = 16
"""Hashes kept of a user's words, the smallest ones: enough to tell a near-repeat."""
ALIKE = 0.6
FEWEST = 4
"""Shorter messages repeat by chance: yes, ok, go on."""


def is_correction(text: str) -> bool:
    """It tells the model that what it said or did was wrong."""
    head = text[:HEAD].replace("\u2019", "'")
    if DECLINES.match(head):
        return False
    return any(one.search(head) for one in (DENIES, FAULTS, REMINDS, OTHERS))


@dataclass(frozen=True, slots=True)
class Open:
    """What is remembered between exchanges: no words."""

    sketch: frozenset[Print] = frozenset()
    """Of the user's message before."""
    pending: int = 0
    """Corrections whose outcome the next user turn will tell."""
    turns: int = 0
    """User messages so far."""


START = Open()


@dataclass(frozen=True, slots=True)
class Turn:
    """One user message, as the detector sees it."""

    corrects: bool
    rephrases: bool


def read(
    messages: Sequence[Message],
    fresh: int,
    before: Open,
    now: float | None,
    prints: Fingerprints,
    subject: str,
    source: Source = "live",
) -> tuple[list[Signal], Open]:
    """Signals of the messages from `fresh` on; what was seen before is not seen again."""
    found: list[Signal] = []
    has_reply = before.turns > 0
    for message in messages[max(fresh, len(messages) - MOST_NEW) :]:
        if message.role == "assistant":
            has_reply = True
        if message.role != "user" or not message.text.strip():
            continue
        sketch = sketched(message.text, prints)
        is_answer = has_reply and before.turns > 0
        turn = Turn(
            corrects=is_answer and is_correction(message.text),
            rephrases=is_answer and alike(sketch, before.sketch),
        )
        found += signals(turn, before, now, subject, source)
        before = after(turn, sketch, before)
    return found, before


def signals(
    turn: Turn, before: Open, now: float | None, subject: str, source: Source
) -> Iterator[Signal]:
    """The turn's own, and what it says of the corrections before it."""
    again = turn.corrects or turn.rephrases
    for _ in range(before.pending):
        outcome = "unresolved" if again else "resolved"
        yield Signal("correction_outcome", outcome, subject, now, source, "lexicon")
    if turn.corrects:
        yield Signal("user_correction", True, subject, now, source, "lexicon")
    if turn.rephrases:
        yield Signal("user_rephrase", True, subject, now, source, "similarity")


def after(turn: Turn, sketch: frozenset[Print], before: Open) -> Open:
    again = turn.corrects or turn.rephrases
    return replace(before, sketch=sketch, pending=int(again), turns=before.turns + 1)


def close(
    state: Open, now: float | None, subject: str, source: Source = "live"
) -> list[Signal]:
    """Nobody came back: what is pending stays unknown."""
    one = Signal("correction_outcome", "censored", subject, now, source, "lexicon")
    return [one] * state.pending


def sketched(text: str, prints: Fingerprints) -> frozenset[Print]:
    """Hashes of a few of the words' pieces, the same few for texts that are alike.

    Which ones is decided by a checksum, and only those are hashed with the key.
    """
    plain = " ".join(text[:SKETCHED].lower().split())
    if len(plain.split()) < FEWEST and len(plain) < 5 * FEWEST:
        return frozenset()
    pieces = {plain[i : i + SHINGLE] for i in range(len(plain) - SHINGLE + 1)}
    few = sorted(pieces, key=lambda piece: crc32(piece.encode("utf-8", "replace")))
    return frozenset(prints.of("words", piece)[:8] for piece in few[:SKETCH])


def alike(one: frozenset[Print], other: frozenset[Print]) -> bool:
    """By the pieces that both kept: an estimate of their overlap."""
    if not one or not other:
        return False
    return len(one & other) >= ALIKE * min(len(one), len(other))
