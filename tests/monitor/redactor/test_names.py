"""Names go where a model finds them; without one, that is all."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from proxy.monitor.redactor import names
from proxy.monitor.redactor.spans import Span
from proxy.monitor.redactor.text import RULES, redacted


def model(text: str) -> Any:
    """Finds every Ada; a place is no person."""
    found = [(at, "PERSON") for at in range(len(text)) if text.startswith("Ada", at)]
    places = [(at, "GPE") for at in range(len(text)) if text.startswith("Rom", at)]
    ents = [
        SimpleNamespace(label_=label, start_char=at, end_char=at + 3)
        for at, label in found + places
    ]
    return SimpleNamespace(ents=ents)


def test_persons_are_redacted_and_places_are_not() -> None:
    rules = (*RULES, names.rule(model))
    assert redacted("Ada, ada@x.org, of Rom", rules) == "<name>, <email>, of Rom"


def test_long_texts_are_read_in_pieces() -> None:
    found = list(names.rule(model)(" " * names.PIECE + "Ada"))
    assert found == [Span(names.PIECE, names.PIECE + 3, "name")]


def test_a_model_that_is_installed_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[str] = []

    def load(name: str, disable: object) -> Any:
        loaded.append(name)
        return model

    util = SimpleNamespace(get_installed_models=lambda: ["xx_b", "en_a"])
    monkeypatch.setattr(names, "find_spec", lambda name: name)
    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(util=util, load=load))
    assert names.installed() is not None
    assert loaded == ["en_a"]


@pytest.mark.parametrize("spec", [None, "there"])
def test_without_library_or_model_there_is_no_rule(
    monkeypatch: pytest.MonkeyPatch, spec: str | None
) -> None:
    util = SimpleNamespace(get_installed_models=list)
    monkeypatch.setattr(names, "find_spec", lambda name: spec)
    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(util=util))
    assert names.installed() is None
