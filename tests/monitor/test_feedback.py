"""One conversation counts once for each outcome, with what was said of it last."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import WireError
from proxy.monitor import feedback
from proxy.monitor.feedback import ENOUGH, MOST_OUTCOMES, Book, Feedback, parsed


def said(**fields: Any) -> bytes:
    usual = {"conversation": "c-1", "outcome": "resolved", "value": True}
    return json.dumps({**usual, **fields}).encode()


def book(*words: tuple[str, str, bool | float], joined: bool = True) -> Book:
    found = Book(b"key")
    for conversation, outcome, value in words:
        found.take(Feedback(conversation, outcome, value), joined)
    return found


def document(found: Book, outcome: str = "resolved") -> Any:
    return found.document()[outcome]


@pytest.mark.parametrize("value", [True, False, 0, -3, 4.5, 1e12])
def test_numbers_and_truths_are_taken(value: float) -> None:
    assert parsed(said(value=value)) == Feedback("c-1", "resolved", value)


def test_a_truth_is_no_number() -> None:
    assert parsed(said(value=True)).value is True
    assert parsed(said(value=1)).value is not True


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (said(conversation=""), "conversation must be text of 1 to 256 characters"),
        (said(conversation="x" * 257), "conversation must be text of 1"),
        (said(conversation=7), "conversation must be text"),
        (said(outcome="Solved!"), "outcome must be 1 to 32 of a-z, 0-9 and _"),
        (said(outcome="x" * 33), "outcome must be"),
        (said(outcome="x\n"), "outcome must be"),
        (said(value="yes"), "value must be a number, true or false"),
        (said(value=None), "value must be a number"),
        (said(value=1e13), "value must lie between"),
        (said(comment="hi"), "must be an object with"),
        (b'{"conversation":"c"}', "must be an object with"),
        (b"[]", "must be an object with"),
        (b"", "must be an object with"),
        (b"\xff{", "must be an object with"),
        (b"[" * 20_000, "must be an object with"),
    ],
)
def test_anything_else_is_refused_with_what_would_be_right(
    body: bytes, message: str
) -> None:
    with pytest.raises(WireError, match=message.replace("(", r"\(")):
        parsed(body)


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_any_bytes_are_feedback_or_refused(body: bytes) -> None:
    with suppress(WireError):
        parsed(body)


def test_saying_it_again_replaces_it() -> None:
    found = book(("a", "resolved", True), ("a", "resolved", False))
    assert (document(found)["true"], document(found)["false"]) == (0, 1)
    assert document(found)["conversations"] == 1


def test_counters_only_grow() -> None:
    found = book(("a", "resolved", True), ("a", "resolved", False))
    found.forget("a")
    assert found.counts == {
        ("resolved", "true", "yes"): 1,
        ("resolved", "false", "yes"): 1,
    }


def test_few_conversations_make_no_rate() -> None:
    found = book(*((str(n), "resolved", True) for n in range(ENOUGH - 1)))
    assert document(found)["rate"]["state"] == "insufficient"
    assert document(found)["rate"]["point"] is None
    assert document(found)["evidence"] == "insufficient"


def test_enough_conversations_make_a_rate() -> None:
    found = book(*((str(n), "resolved", n % 5 > 0) for n in range(ENOUGH)))
    rate = document(found)["rate"]
    assert rate["point"] == 0.8
    assert rate["low"] < 0.8 < rate["high"]
    assert document(found)["evidence"] == "enough"


def test_enough_numbers_make_a_mean() -> None:
    found = book(*((str(n), "stars", float(n % 2)) for n in range(ENOUGH)))
    assert document(found, "stars")["mean"] == 0.5
    assert document(found, "stars")["rate"]["point"] is None


def test_outcomes_past_the_most_are_counted_together() -> None:
    found = book(*(("c", f"kind_{n}", True) for n in range(MOST_OUTCOMES + 5)))
    assert len(found.outcomes) == MOST_OUTCOMES + 1
    assert found.take(Feedback("d", "yet_another", True), True) == "other"
    assert found.take(Feedback("d", "kind_0", True), True) == "kind_0"


def test_conversations_past_the_most_are_settled(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feedback, "MOST_CONVERSATIONS", 2)
    found = book(*((str(n), "resolved", True) for n in range(5)))
    assert len(found.said) == 2
    assert document(found)["conversations"] == 5


def test_what_is_forgotten_leaves_the_sums() -> None:
    found = book(("a", "resolved", True), ("a", "stars", 4.0), ("b", "resolved", True))
    assert found.forget("a") == 2
    assert found.forget("a") == 0
    assert document(found)["conversations"] == 1


def test_strangers_are_told_apart() -> None:
    found = book(("a", "resolved", True), joined=False)
    assert (document(found)["conversations"], document(found)["joined"]) == (1, 0)


def test_no_id_is_kept() -> None:
    found = book(("jane@example.com", "resolved", True))
    assert b"jane" not in b"".join(found.said)
