"""Training examples made from phrases and domains; the same ones at every run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tests.training.domains import DOMAINS, Domain
from tests.training.phrases import PHRASES, USERS

CLARIFYING = frozenset(("clarify_only", "choice_request", "answer_plus_clarify"))
SEED = 20_240
PER_PHRASE = {"clarify_only": 7, "choice_request": 10, "answer_plus_clarify": 14}
OTHERWISE = 9
BY_KIND = {"game_or_quiz": 5, "roleplay": 5, "chat": 5, "greeting": 4, "abstain": 4}


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    user: str
    asked: str
    """The assistant's message before the user's, if there was one."""
    kind: str
    domain: str

    @property
    def clarifying(self) -> bool:
        return self.kind in CLARIFYING


def examples(domains: tuple[Domain, ...] = DOMAINS) -> Iterator[Example]:
    dice = random.Random(SEED)
    for kind, phrases in PHRASES.items():
        times = PER_PHRASE.get(kind, BY_KIND.get(kind, OTHERWISE))
        for phrase in phrases:
            for _ in range(times):
                yield _example(dice, kind, phrase, dice.choice(domains))


def _example(dice: random.Random, kind: str, phrase: str, domain: Domain) -> Example:
    text = _typed(dice, phrase.format(**_holes(dice, domain)))
    own = kind not in USERS or (
        kind in ("offer", "confirmation") and dice.random() < 0.6
    )
    user = dice.choice(domain.asks if own else USERS[kind])
    later = dice.random() < 0.45
    asked = dice.choice(domain.answers) if later else ""
    if later and kind in CLARIFYING and dice.random() < 0.4:
        user = dice.choice(
            (
                "yes",
                "no",
                "ok",
                "sure, the second one",
                "Yes please",
                "it's Dana Wells",
                "4471",
                "not sure",
                "that's right, thanks",
            )
        )
    return Example(text, user, asked, kind, domain.name)


def _holes(dice: random.Random, domain: Domain) -> dict[str, str]:
    slots = dice.sample(domain.slots, 2)
    questions = dice.sample(domain.questions, 3)
    answers = dice.sample(domain.answers, 2)
    wonders = dice.sample(domain.wonders, 2)
    choices = dice.sample(domain.choices, 3)
    bare = slots[0].split(" ", 1)[1]
    named = dict(zip("abc", choices, strict=True))
    return {
        "slot": slots[0],
        "slot2": slots[1],
        "wonder": wonders[0],
        "wonder2": wonders[1],
        "question": questions[0],
        "question2": questions[1],
        "question3": questions[2],
        "answer": answers[0],
        "answer2": answers[1],
        "bare": bare,
        "Bare": _capital(bare),
        "thing": domain.thing,
        "deed": dice.choice(domain.deeds),
        "offer": dice.choice(domain.offers),
        **named,
        **{key.upper(): _capital(choice) for key, choice in named.items()},
    }


def _typed(dice: random.Random, text: str) -> str:
    """People type in small letters and leave the marks away; models do not."""
    style = dice.random()
    if style < 0.08:
        return text.lower().replace("?", "").replace(",", "").rstrip(".")
    if style < 0.16:
        return text.lower()
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
