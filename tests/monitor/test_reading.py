"""What recordings say is counted by model, and each finds its conversation."""

import json
from typing import Any

import pytest

from proxy.export import catalog
from proxy.export.catalog import Metric
from proxy.export.series import Board
from proxy.monitor.reading import Reading
from proxy.recording.recording import Recording
from tests.make import make_body, make_recording

HELLO = {"role": "user", "content": "which berth is free?"}
ANSWER = {"role": "assistant", "content": "berth four"}


def make_reading() -> Reading:
    return Reading(Board(), b"secret")


def values(reading: Reading, metric: Metric) -> dict[tuple[str, ...], float]:
    return {k: n for k, n in reading.board.tally(metric).values.items() if n}


def chat(seq: int, *messages: dict[str, Any], **given: Any) -> Recording:
    model = given.pop("model", "m-1")
    answer = given.pop(
        "answer",
        {
            "id": f"r{seq}",
            "model": f"{model}-2026",
            "choices": [{"index": 0, "message": ANSWER, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15},
        },
    )
    asked = json.dumps({"model": model, "messages": messages}).encode()
    return make_recording(
        seq=seq,
        request_body=make_body(asked),
        response_body=make_body(json.dumps(answer).encode()),
        **given,
    )


def test_an_exchange_is_counted_by_the_model_that_was_asked_for() -> None:
    reading = make_reading()
    reading.take(chat(0, HELLO), "openai.chat", 0.0)
    assert values(reading, catalog.READ) == {
        ("openai", "m-1", "chat", "ok", "none", "live"): 1
    }
    assert values(reading, catalog.TOKENS) == {
        ("openai", "m-1", "live", "input"): 12,
        ("openai", "m-1", "live", "output"): 3,
    }


def test_tokens_that_were_not_stated_are_not_counted_as_none_at_all() -> None:
    reading = make_reading()
    reading.take(chat(0, HELLO, answer={"choices": []}), "openai.chat", 0.0)
    assert values(reading, catalog.TOKENS) == {}
    assert reading.board.tally(catalog.TOKENS).values == {}


def test_a_name_that_no_upstream_answers_to_gets_no_series() -> None:
    """T28: clients choose it; 100,000 of them leave one."""
    reading = make_reading()
    refused = {"error": {"message": "no such model", "code": "model_not_found"}}
    for seq in range(200):
        one = chat(seq, HELLO, model=f"guess-{seq}", answer=refused, status=404)
        reading.take(one, "openai.chat", 0.0)
    assert {key[1] for key in values(reading, catalog.READ)} == {"other"}


def test_an_error_of_a_known_model_keeps_its_name() -> None:
    reading = make_reading()
    reading.take(chat(0, HELLO), "openai.chat", 0.0)
    busy = {"error": {"message": "slow down", "type": "rate_limit_error"}}
    reading.take(chat(1, HELLO, answer=busy, status=429), "openai.chat", 1.0)
    key = ("openai", "m-1", "chat", "error", "rate_limited", "live")
    assert values(reading, catalog.READ)[key] == 1


def test_a_client_that_left_is_no_error() -> None:
    reading = make_reading()
    reading.take(chat(0, HELLO, outcome="client_gone"), "openai.chat", 0.0)
    assert {key[3] for key in values(reading, catalog.READ)} == {"client_cancelled"}


def test_a_history_that_comes_back_is_one_conversation() -> None:
    reading = make_reading()
    reading.take(chat(0, HELLO), "openai.chat", 0.0)
    again = {"role": "user", "content": "and tomorrow?"}
    reading.take(chat(1, HELLO, ANSWER, again), "openai.chat", 1.0)
    reading.refresh()
    assert values(reading, catalog.CONVERSATIONS) == {("openai", "live"): 1}
    assert values(reading, catalog.LINKS) == {("history_text",): 1}
    assert values(reading, catalog.OPEN_CONVERSATIONS) == {(): 1}


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"<html>busy</html>"])
def test_bytes_that_no_dialect_reads_are_counted(body: bytes) -> None:
    reading = make_reading()
    one = make_recording(response_body=make_body(body))
    reading.take(one, "openai.chat", 0.0)
    assert values(reading, catalog.DROPPED) == {("reading", "unreadable"): 1}
    assert values(reading, catalog.READ) == {}
