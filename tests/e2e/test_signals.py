"""How a simulated model behaves is what Seatrial says of it, within its intervals."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import anthropic
import openai
import pytest

from tests.e2e.conftest import Serve, Simulate
from tests.e2e.instances import Instance, Simulator, fetch_json, route, until

CONVERSATIONS = 240
BEHAVIOURS = "answer=0.6,clarifying_question=0.3,refusal=0.1"
Ask = Callable[[int], object]


def by_openai(url: str) -> Iterator[Ask]:
    with openai.OpenAI(base_url=f"{url}/sim/v1", api_key="sk-test") as client:
        yield lambda number: client.chat.completions.create(
            model="pilot-1", messages=[{"role": "user", "content": words(number)}]
        )


def by_responses(url: str) -> Iterator[Ask]:
    with openai.OpenAI(base_url=f"{url}/sim/v1", api_key="sk-test") as client:
        yield lambda number: list(
            client.responses.create(model="pilot-1", input=words(number), stream=True)
        )


def by_anthropic(url: str) -> Iterator[Ask]:
    with anthropic.Anthropic(base_url=f"{url}/sim", api_key="sk-test") as client:
        yield lambda number: client.messages.create(
            model="pilot-1",
            max_tokens=200,
            messages=[{"role": "user", "content": words(number)}],
        )


def words(number: int) -> str:
    return f"Please order the parts for job {number} and tell me what it costs."


@pytest.fixture(scope="module")
def simulator(simulate: Simulate) -> Simulator:
    return simulate("--seed", "11", "--behaviour", BEHAVIOURS)


@pytest.mark.parametrize("speaks", [by_openai, by_responses, by_anthropic])
def test_rates_hold_what_was_simulated(
    serve: Serve, simulator: Simulator, speaks: Callable[[str], Iterator[Ask]]
) -> None:
    before = simulator.saw()["behaviours"]
    instance = serve(route("sim", simulator.url))
    for ask in speaks(instance.url):
        for number in range(CONVERSATIONS):
            ask(number)
    until(
        lambda: instance.count("seatrial_conversations_total") == CONVERSATIONS,
        "every conversation classified",
    )
    after = simulator.saw()["behaviours"]
    [target] = fetch_json(f"{instance.admin}/api/v1/rates")["targets"]
    assert (target["route"], target["model"]) == ("sim", "pilot-1")
    for rate, behaviour in {
        "clarifying": "clarifying_question",
        "refusal": "refusal",
    }.items():
        found = target["rates"][rate]
        played = after.get(behaviour, 0) - before.get(behaviour, 0)
        assert found["denominator"] == CONVERSATIONS
        assert found["low"] <= played / CONVERSATIONS <= found["high"], rate


def test_few_conversations_are_no_rate(serve: Serve, simulator: Simulator) -> None:
    instance = serve(route("sim", simulator.url))
    for ask in by_openai(instance.url):
        for number in range(5):
            ask(number)
    rates = until(lambda: clarifying(instance, 5), "five conversations")
    assert rates["state"] == "insufficient"
    assert rates["point"] is None


def clarifying(instance: Instance, conversations: int) -> dict[str, Any] | None:
    targets = fetch_json(f"{instance.admin}/api/v1/rates")["targets"]
    for target in targets:
        found = target["rates"]["clarifying"]
        if found["denominator"] == conversations:
            return dict(found)
    return None


def test_what_was_said_is_in_no_metric_and_no_answer_of_the_port(
    serve: Serve, simulator: Simulator
) -> None:
    """T38, T40."""
    instance = serve(route("sim", simulator.url))
    for ask in by_openai(instance.url):
        ask(4711)
    until(lambda: instance.count("seatrial_conversations_total") == 1, "one")
    for path in ("/api/v1/rates", "/api/v1/relays"):
        assert "4711" not in json.dumps(fetch_json(f"{instance.admin}{path}"))
    assert not any(
        "4711" in str(labels) for labels in instance.samples("seatrial_signals_total")
    )
