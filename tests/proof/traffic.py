"""The demo's applications, half of them on a candidate, in a thread; and what goes wrong."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from random import Random
from threading import Thread
from typing import Any

from proxy.demo.caller import Caller
from proxy.demo.calls import Answer, Call
from proxy.demo.pace import Crew, ticks
from proxy.demo.shapes.shape import post
from proxy.demo.traffic import Applications

Message = dict[str, Any]

RATE = 75.0
TOOL_RATE = 6.0
FAILING_ROUTE = "openai"
ASKING_ROUTE = "anthropic"
FAILING_SHARE = 0.5
ASKING_EACH = 5
STEERS = "x-simulate"


class Steered(Caller):
    """Sends every second conversation to the candidate, and steers the simulation.

    Each fifth conversation of a route and variant opens with a question, counted and not
    drawn: a difference by chance would be a regression by chance.
    """

    def __init__(self, relay_url: str) -> None:
        super().__init__(relay_url)
        self.has_regressed = False
        self.chance = Random(5)
        self.known: set[str] = set()
        self.opened: Counter[tuple[str, str]] = Counter()

    async def exchange(self, call: Call) -> Answer:
        steering = self.steering(call)
        headers = dict(call.headers) | {"x-seatrial-variant": variant(call)}
        if steering is not None and ("fault" in steering or STEERS not in headers):
            headers[STEERS] = steering
        return await super().exchange(replace(call, headers=tuple(headers.items())))

    def steering(self, call: Call) -> str | None:
        opening = self.opening(call)
        if self.has_regressed:
            if call.route == FAILING_ROUTE and self.chance.random() < FAILING_SHARE:
                return "fault=server_error"
            if call.route == ASKING_ROUTE and variant(call) == "candidate":
                return "behaviour=clarifying_question"
        return opening

    def opening(self, call: Call) -> str | None:
        """What a conversation's first reply shall do; None for later ones."""
        if conversation(call) in self.known:
            return None
        self.known.add(conversation(call))
        kind = call.route, variant(call)
        self.opened[kind] += 1
        asks = self.opened[kind] % ASKING_EACH == 0
        return f"behaviour={'clarifying_question' if asks else 'answer'}"


def conversation(call: Call) -> str:
    return dict(call.headers)["x-seatrial-conversation"]


def variant(call: Call) -> str:
    return "candidate" if conversation(call)[-1] in "13579" else "baseline"


class Traffic:
    """Runs from the first `with` line to its end."""

    def __init__(self, relay_url: str) -> None:
        self.caller = Steered(relay_url)
        self.loop = asyncio.new_event_loop()
        self.stop = asyncio.Event()
        self.thread = Thread(target=self.run)

    def __enter__(self) -> "Traffic":
        self.thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.loop.call_soon_threadsafe(self.stop.set)
        self.thread.join(30)

    def regress(self) -> None:
        self.caller.has_regressed = True

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self.talk())

    async def talk(self) -> None:
        async with self.caller, asyncio.TaskGroup() as group:
            group.create_task(Applications(self.caller, RATE, 3).run(self.stop))
            group.create_task(self.use_tools())

    async def use_tools(self) -> None:
        """Agents whose tool fails once; most of them recover."""
        async with Crew() as crew:
            async for number in ticks(TOOL_RATE, self.stop):
                await crew.take(self.use_tool(number))

    async def use_tool(self, number: int) -> None:
        """Calls until it works, or gives up; what is said after that ends the episode."""
        history: list[Message] = [user(f"What does invoice {number} come to?")]
        for result in (FAILS, WORKS) if number % 5 else (FAILS,):
            call = await self.reply(number, history, "tool_call")
            if call is None:
                return
            [made] = call["tool_calls"]
            told = {"role": "tool", "tool_call_id": made["id"], "content": result}
            history += [call, told]
        for words in ("", *SMALL_TALK):
            history += [user(words)] if words else []
            said = await self.reply(number, history, "answer")
            if said is None:
                return
            history.append(said)

    async def reply(
        self, number: int, history: list[Message], behaviour: str
    ) -> Message | None:
        """None where the upstream failed."""
        answer = await self.caller.send(agent_call(number, history, behaviour))
        if answer.status != 200:
            return None
        found = json.loads(answer.body)["choices"][0]["message"]
        return dict(found)


def agent_call(number: int, history: list[Message], behaviour: str) -> Call:
    content = {"model": "sim-small", "messages": history, "tools": [TOOL]}
    headers = (
        ("x-seatrial-conversation", f"tools-{number}"),
        (STEERS, f"behaviour={behaviour}"),
    )
    return post("openai", "/v1/chat/completions", headers, content)


def user(words: str) -> Message:
    return {"role": "user", "content": words}


FAILS = '{"error": "timeout", "status": 504}'
WORKS = '{"total": "120.00 EUR"}'
SMALL_TALK = ("Thank you.", "Is it paid?", "And the one before?", "When is it due?")
"""Three replies later a call that was given up stays so."""
TOOL = {
    "type": "function",
    "function": {
        "name": "fetch_invoice",
        "description": "Fetch an invoice.",
        "parameters": {"type": "object", "properties": {"number": {"type": "integer"}}},
    },
}
