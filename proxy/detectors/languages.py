"""Which of seven languages a text is in, by its script and its commonest words."""

import re

from proxy.model.behaviour import Language

HEAD = 240
KANA = re.compile(r"[぀-ヿ]")
HAN = re.compile(r"[一-鿿]")
LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"(?<!\w)[^\W\d_]+(?:'[a-z]+)?(?!\w)")
STRANGE = re.compile(r"[Ͱ-῿가-힯]")
"""Greek, Cyrillic, Hebrew, Arabic, Indic, Hangul and other scripts."""

EAST = 0.2
"""Share of the letters that makes a text Chinese or Japanese."""
FEWEST = 4
"""Common words that a verdict needs."""
LEAD = 1.5
"""How much more often than the next language's they must come."""

WORDS: dict[Language, str] = {
    "en": "the and of to in is that it for you with on are this be have not can i my your"
    " was at or what how please would an by from do if we there which as",
    "es": "el la los las de que y en un una por para con no es se su lo como más pero sus le"
    " ya este está muy sin sobre mi me te del al hola puedo quiero cómo qué",
    "fr": "le la les de des et un une est que qui dans pour pas sur avec vous je il au aux ce"
    " cette mon votre nous mais ou du en sont être c'est bonjour plus comment",
    "de": "der die das und ist nicht ich sie ein eine zu den mit von auf für es dem im des"
    " wie kann bitte mir mein wir auch als an oder aber wird haben einen zum zur",
    "pt": "o a os as de que e em um uma para com não é se do da no na dos das por mais como"
    " mas eu você meu minha está isso ele ao pelo são tem seu sua olá quero",
}
OF: dict[str, tuple[Language, ...]] = {
    word: tuple(name for name, others in WORDS.items() if word in others.split())
    for words in WORDS.values()
    for word in words.split()
}
"""The languages that a word is common in."""


def language(text: str) -> Language | None:
    """None where the text is too short, mixed, or in none of them."""
    head = text[:HEAD]
    if not head.isascii():
        letters = len(LETTER.findall(head))
        kana, han = len(KANA.findall(head)), len(HAN.findall(head))
        if kana + han >= max(FEWEST, EAST * letters):
            return "ja" if kana >= 0.1 * (kana + han) else "zh"
        if letters >= FEWEST and len(STRANGE.findall(head)) > 0.5 * letters:
            return "other"
    return western(WORD.findall(head.lower()))


def western(words: list[str]) -> Language | None:
    counts: dict[Language, int] = {}
    for word in words:
        for name in OF.get(word, ()):
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        return None
    best = max(counts, key=counts.__getitem__)
    most = counts.pop(best)
    next_most = max(counts.values(), default=0)
    is_clear = most >= FEWEST and most >= LEAD * next_most and most >= 0.12 * len(words)
    return best if is_clear else None
