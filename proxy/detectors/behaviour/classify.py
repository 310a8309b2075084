"""Classify one reply: protocol facts first, then language, then rules and model together."""

from proxy.detectors import weights as data
from proxy.detectors.behaviour.features import facts, grams
from proxy.detectors.behaviour.grammars import GRAMMARS
from proxy.detectors.behaviour.language import language_of
from proxy.detectors.behaviour.linear import THRESHOLD, probability
from proxy.detectors.behaviour.moves import BEHAVIOURS, asked_kind, move
from proxy.detectors.behaviour.normalise import prose
from proxy.detectors.behaviour.reask import re_asks
from proxy.detectors.behaviour.sentences import Sentence
from proxy.detectors.behaviour.verdict import requests
from proxy.detectors.behaviour.view import View, view
from proxy.detectors.weights import BehaviourWeights
from proxy.model.behaviour import Behaviour, Language, Reading, Reply


def classify(reply: Reply) -> Reading:
    """What the reply does. Never fails, whatever the text."""
    weights = data.behaviour()
    known = _by_protocol(reply)
    if known is not None:
        return _certain(known, weights)
    words = prose(reply.text)
    language = language_of(words or reply.text, reply.user)
    grammar = GRAMMARS.get(language)
    if grammar is None:
        return Reading(
            behaviour="unclassified",
            probability=None,
            clarifying=False,
            clarifying_probability=None,
            language=language,
            version=weights.version,
        )
    if reply.json_output:
        return _certain("answer", weights, language)
    seen = view(reply, words, grammar)
    return _read(reply, seen, language, weights)


def _by_protocol(reply: Reply) -> Behaviour | None:
    if reply.refusal or reply.refused:
        return "refusal"
    if reply.cut:
        return "cut"
    if not reply.text.strip():
        return "tool_call" if reply.tool_calls else "empty"
    return None


def _certain(
    behaviour: Behaviour, weights: BehaviourWeights, language: Language = "other"
) -> Reading:
    return Reading(
        behaviour=behaviour,
        probability=1.0,
        clarifying=False,
        clarifying_probability=0.0,
        language=language,
        version=weights.version,
    )


def _read(
    reply: Reply, seen: View, language: Language, weights: BehaviourWeights
) -> Reading:
    asked = requests(seen)
    chance = _chance(seen, asked, language, weights)
    if chance > THRESHOLD:
        return _asking(reply, seen, asked, chance, language, weights)
    kind = move(seen, GRAMMARS[language])
    behaviour: Behaviour = BEHAVIOURS[kind]
    if reply.tool_calls:
        behaviour = "tool_call"
    sure = 1.0 if reply.tool_calls else weights.precision.get(behaviour, 0.5)
    return Reading(
        behaviour=behaviour,
        probability=(1 - chance) * sure,
        clarifying=False,
        clarifying_probability=chance,
        kind=kind,
        language=language,
        version=weights.version,
    )


def _chance(
    seen: View, asked: list[Sentence], language: Language, weights: BehaviourWeights
) -> float:
    if seen.silent:
        return weights.silent
    if language != "en":
        return weights.asks if asked else weights.none
    return probability(weights, facts(seen, bool(asked)), grams(seen))


def _asking(
    reply: Reply,
    seen: View,
    asked: list[Sentence],
    chance: float,
    language: Language,
    weights: BehaviourWeights,
) -> Reading:
    kind = asked_kind(seen)
    return Reading(
        behaviour=BEHAVIOURS[kind],
        probability=chance,
        clarifying=True,
        clarifying_probability=chance,
        kind=kind,
        questions=max(1, len(asked)),
        re_asked=re_asks(asked, reply) if language == "en" else None,
        language=language,
        version=weights.version,
    )
