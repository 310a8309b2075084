"""Names of persons, found by spaCy where it and one of its models are installed.

Seatrial neither needs nor loads either; without them names stay, and that is said.
"""

from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from proxy.monitor.redactor.spans import Rule, Span

PERSONS = ("PERSON", "PER")
UNNEEDED = ("parser", "tagger", "lemmatizer", "attribute_ruler", "morphologizer")
PIECE = 50_000
"""Characters at once: spaCy's memory grows with the text."""


def installed() -> Rule | None:
    """A rule for names, or None. Takes seconds: loads the model."""
    if find_spec("spacy") is None:
        return None
    spacy: Any = import_module("spacy")
    models = sorted(spacy.util.get_installed_models())
    return rule(spacy.load(models[0], disable=UNNEEDED)) if models else None


def rule(model: Any) -> Rule:
    def names(text: str) -> Iterable[Span]:
        for start in range(0, len(text), PIECE):
            for found in model(text[start : start + PIECE]).ents:
                if found.label_ in PERSONS:
                    yield Span(start + found.start_char, start + found.end_char, "name")

    return names
