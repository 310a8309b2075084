"""Output health: cut, filtered, broken, empty, running in circles, in another tongue."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.detectors import output
from proxy.detectors.output import runs_in_circles
from proxy.model.exchange import ExchangeError, Message, ToolCall
from tests.make import make_exchange


def found(**given: Any) -> set[str]:
    is_cancelled = given.pop("is_cancelled", False)
    exchange = make_exchange(**given)
    return {s.name for s in output.read(exchange, "e1", 1.0, "live", is_cancelled)}


def test_sound_answer_gives_nothing() -> None:
    assert found() == set()


@pytest.mark.parametrize(
    "reason",
    ["length", "max_tokens", "MAX_TOKENS", "max_output_tokens"],
)
def test_length_truncates(reason: str) -> None:
    assert found(finish_reasons=(reason,)) == {"truncated"}


@pytest.mark.parametrize(
    "reason", ["content_filter", "SAFETY", "RECITATION", "guardrail_intervened"]
)
def test_filter_is_told(reason: str) -> None:
    assert "filtered" in found(finish_reasons=(reason,))


def test_filter_that_answers_with_an_error_is_told() -> None:
    error = ExchangeError(400, "x", None, None, False, "content_filter")
    assert found(said="", status=400, error=error) == {"filtered"}


@pytest.mark.parametrize(
    ("arguments", "is_broken"),
    [
        pytest.param('{"a":1}', False, id="object"),
        pytest.param("", False, id="none given"),
        pytest.param('{"a":', True, id="cut"),
        pytest.param("[1]", True, id="list"),
        pytest.param("a=1", True, id="words"),
        pytest.param("[" * 100_000, True, id="nested without end"),
    ],
)
def test_arguments_are_an_object(arguments: str, is_broken: bool) -> None:
    calls = (ToolCall("1", "f", arguments),)
    assert ("invalid_arguments" in found(tool_calls=calls)) is is_broken


def test_provider_that_drops_a_malformed_call_is_believed() -> None:
    reasons = ("MALFORMED_FUNCTION_CALL",)
    assert found(said="", finish_reasons=reasons) == {"invalid_arguments"}


def test_answer_without_words_is_empty() -> None:
    assert found(said=" \n") == {"empty_answer"}


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"tool_calls": (ToolCall("1", "f", "{}"),)}, id="it calls a tool"),
        pytest.param({"server_tool_calls": ("search",)}, id="the server calls one"),
        pytest.param({"refusal": "I can't"}, id="it refuses"),
        pytest.param({"is_cancelled": True}, id="the client left"),
        pytest.param({"stream_complete": False}, id="the stream broke"),
        pytest.param({"operation": "embeddings"}, id="nothing was to be said"),
        pytest.param({"status": 500}, id="it failed"),
        pytest.param({"finish_reasons": ("length",)}, id="it was cut"),
        pytest.param({"finish_reasons": ("SAFETY",)}, id="it was filtered"),
        pytest.param({"finish_reasons": ("queued",)}, id="it comes later"),
    ],
)
def test_is_not_empty(given: dict[str, Any]) -> None:
    assert "empty_answer" not in found(said="", **given)


LOOPS = [
    "I think the answer is four. " * 20,
    "Let me see.\nLet me check again.\n" * 12,
    "Start of a fine answer about boats.\n" + "and then it went on, " * 40,
    "no no no no " * 40,
    "我不知道。" * 60,
]
SOUND = [
    "The quick brown fox jumps over the lazy dog while the band plays a slow tune."
    " Nobody in the harbour had expected such a storm, least of all the pilot.",
    "-" * 400,
    "| 1 | 2 | 3 |\n" * 60,
    "0, " * 300,
    "\n".join(f"{n}. item number {n} costs {n * 7} euros" for n in range(60)),
    "ha " * 10,
]


@pytest.mark.parametrize("text", LOOPS)
def test_runs_in_circles(text: str) -> None:
    assert runs_in_circles(text)


@pytest.mark.parametrize("text", SOUND)
def test_does_not_run_in_circles(text: str) -> None:
    assert not runs_in_circles(text)


@given(st.text(min_size=4, max_size=60).filter(lambda t: sum(map(str.isalpha, t)) > 3))
def test_round_is_found_wherever_it_begins(piece: str) -> None:
    assert runs_in_circles("Well, here is the answer: " + piece * 80)


ENGLISH = "Could you tell me how to get to the station from here, please?"
FRENCH = "Vous pouvez prendre le bus à la gare, il est dans la rue avec les arbres."


def test_reply_in_another_language_switches() -> None:
    assert found(asked=ENGLISH, said=FRENCH) == {"language_switch"}


@pytest.mark.parametrize(
    ("system", "asked", "said"),
    [
        pytest.param("", ENGLISH, ENGLISH, id="the same"),
        pytest.param("", "Please translate this: " + ENGLISH, FRENCH, id="translation"),
        pytest.param("Always answer in French.", ENGLISH, FRENCH, id="by instruction"),
        pytest.param("", "ok", FRENCH, id="too little was said"),
        pytest.param("", ENGLISH, "Gare du Nord", id="too little is answered"),
    ],
)
def test_does_not_switch(system: str, asked: str, said: str) -> None:
    messages = (Message("system", system), Message("user", asked))
    assert found(messages=messages, said=said) == set()


@given(st.text(), st.text())
def test_any_answer_is_read(asked: str, said: str) -> None:
    assert found(asked=asked, said=said) <= {
        *("empty_answer", "repetition", "language_switch"),
    }
