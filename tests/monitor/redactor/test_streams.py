"""A value that a stream cuts over several events is found all the same."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import WireError
from proxy.monitor.redactor import streams
from proxy.monitor.redactor.spans import merged, replaced, spread
from proxy.monitor.redactor.streams import Event, as_sse, event, redacted
from proxy.monitor.redactor.text import RULES, spans
from tests.monitor.redactor.test_text import PLANTED

CARD = "4242 4242 4242 4242"


def chat(text: str, index: int = 0, at: int = 0) -> Event:
    delta = {
        "choices": [{"index": index, "delta": {"content": text}}],
        "id": "chatcmpl-1",
    }
    return event("", json.dumps(delta).encode(), at)


def call(text: str, index: int) -> Event:
    calls = [{"index": index, "function": {"arguments": text}}]
    delta = {"choices": [{"index": 0, "delta": {"tool_calls": calls}}]}
    return event("", json.dumps(delta).encode(), 0)


def content(one: Event) -> Any:
    document: Any = one.document
    return document["choices"][0]["delta"]["content"]


def cut(text: str, places: list[int]) -> list[str]:
    at = sorted({0, len(text), *(place % (len(text) + 1) for place in places)})
    return [text[a:b] for a, b in pairwise(at)]


@given(
    st.sampled_from(PLANTED),
    st.lists(st.integers(0, 200), max_size=30),
    st.sampled_from(["", "my card: ", "See\n"]),
)
def test_a_planted_item_never_stays_however_it_is_cut(
    item: tuple[str, str], places: list[int], before: str
) -> None:
    pieces = cut(f"{before}{item[0]} and more", places)
    found = redacted([chat(piece) for piece in pieces], RULES)
    assert "".join(map(content, found)) == f"{before}<{item[1]}> and more"


def test_every_event_keeps_its_place_and_time() -> None:
    given = [chat("ab 42", at=1), chat("42 4242 42", at=2), chat("42 4242 cd", at=3)]
    found = redacted(given, RULES)
    assert [(content(one), one.at) for one in found] == [
        ("ab <card>", 1),
        ("", 2),
        (" cd", 3),
    ]


def test_interleaved_choices_are_told_apart() -> None:
    given = [chat("4242 4242", 0), chat("hello", 1), chat(" 4242 4242", 0)]
    assert [content(one) for one in redacted(given, RULES)] == ["<card>", "hello", ""]


def test_arguments_in_pieces_are_read_as_the_document_they_are() -> None:
    given = [
        call('{"pass', 0),
        call('word":"ti', 0),
        call('{"a": 1}', 1),
        call('ger"}', 0),
    ]
    said = b"".join(data for data, _ in as_sse(redacted(given, RULES))).decode()
    assert "ti" not in said.replace("function", "").replace("tool_calls", "")
    assert '{\\"password\\":\\"<secret>\\"}' in said
    assert '{\\"a\\": 1}' in said


def test_ids_of_every_event_stay() -> None:
    given = [chat("x") for _ in range(200)]
    ids = {one.document["id"] for one in redacted(given, RULES)}  # type: ignore[index,call-overload]
    assert ids == {"chatcmpl-1"}


def test_plain_text_events_and_the_last_word_stay() -> None:
    given = [event("a", b"plain", 1), event("", b" [DONE]", 2)]
    assert b"".join(data for data, _ in as_sse(redacted(given, RULES))) == (
        b"event: a\ndata: plain\n\ndata:  [DONE]\n\n"
    )


@pytest.mark.parametrize("payload", [b'{"a":', b"[1,", b"\xff\xfe"])
def test_an_event_that_was_cut_is_refused(payload: bytes) -> None:
    with pytest.raises(WireError):
        event("", payload, 0)


def test_a_flood_of_events_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_EVENTS", 2)
    with pytest.raises(WireError):
        redacted([chat("x")] * 3, RULES)


@given(st.lists(st.text(max_size=12)), st.lists(st.integers(0, 60), max_size=12))
def test_spread_and_replaced_agree(pieces: list[str], places: list[int]) -> None:
    whole = "".join(pieces)
    edges = [min(place, len(whole)) for place in places]
    found = merged(s for s in spans(whole) if s.start not in edges)
    assert "".join(spread(pieces, found)) == replaced(whole, found)
    assert len(spread(pieces, found)) == len(pieces)
