"""Text for a reply, made from the phrases by seed."""

import random
import re
from itertools import pairwise

from proxy.simulate import phrases
from proxy.simulate.phrases import Domain

_WORD = re.compile(r"\s*\S+")


def compose(
    behaviour: str, prompt: str, chance: random.Random, length: int | None
) -> str:
    """A text of that behaviour. `length` is in words: an answer meets it exactly, a
    question or refusal is led in by statements until it is that long."""
    domain = _domain(prompt, chance)
    match behaviour:
        case "clarifying_question":
            return _lead_in(_question(domain, chance), domain, chance, length)
        case "refusal":
            return _lead_in(_refusal(domain, chance), domain, chance, length)
        case _:
            return _answer(domain, chance, length)


def pieces(text: str, count: int | None) -> tuple[str, ...]:
    """`text` in `count` even parts cut between words, or word by word.

    Joined they are the text again. A text of fewer words gives fewer pieces.
    """
    words = _WORD.findall(text)
    return even(words, count) if count else tuple(words)


def even(parts: list[str], count: int) -> tuple[str, ...]:
    """The parts joined into at most `count` groups of about the same number."""
    count = min(count, len(parts))
    bounds = [round(i * len(parts) / count) for i in range(count + 1)] if count else [0]
    return tuple("".join(parts[a:b]) for a, b in pairwise(bounds))


def count_words(text: str) -> int:
    return len(_WORD.findall(text))


def first_words(text: str, count: int) -> str:
    return "".join(_WORD.findall(text)[:count])


def _domain(prompt: str, chance: random.Random) -> Domain:
    """The domain whose keywords the prompt holds most of, else any."""
    words = set(re.findall(r"[a-z]+", prompt[-4000:].lower()))
    hits = [len(words & set(domain.keywords.split())) for domain in phrases.DOMAINS]
    if not any(hits):
        return chance.choice(phrases.DOMAINS)
    return phrases.DOMAINS[hits.index(max(hits))]


def _fill(template: str, domain: Domain, chance: random.Random) -> str:
    text = template.format(
        subject=chance.choice(domain.subjects),
        detail=chance.choice(domain.details),
        number=chance.randint(2, 90),
    )
    return text[:1].upper() + text[1:]


def _answer(domain: Domain, chance: random.Random, length: int | None) -> str:
    if length is None:
        return _statements(domain, chance, chance.randint(25, 90))
    words = _WORD.findall(_statements(domain, chance, length))[:length]
    return "".join(words).rstrip(".,:;") + "."


def _statements(domain: Domain, chance: random.Random, at_least: int) -> str:
    """Sentences of at least that many words; no template comes twice before all came once."""
    sentences: list[str] = []
    order: list[str] = []
    words = 0
    while words < at_least:
        order = order or chance.sample(domain.answers, len(domain.answers))
        sentences.append(_fill(order.pop(), domain, chance))
        words += count_words(sentences[-1])
    return " ".join(sentences)


def _question(domain: Domain, chance: random.Random) -> str:
    questions = chance.sample(domain.questions, chance.choice((1, 1, 2)))
    filled = (_fill(question, domain, chance) for question in questions)
    return " ".join((chance.choice(phrases.QUESTION_LEADS), *filled))


def _refusal(domain: Domain, chance: random.Random) -> str:
    refusal = _fill(chance.choice(domain.refusals), domain, chance)
    return f"{refusal} {chance.choice(phrases.REFUSAL_ENDS)}".strip()


def _lead_in(
    text: str, domain: Domain, chance: random.Random, length: int | None
) -> str:
    missing = (length or 0) - count_words(text)
    if missing <= 0:
        return text
    return f"{_statements(domain, chance, missing)} {text}"
