"""One made-up conversation: what it sends next, and what an answer does to it."""

from dataclasses import replace
from itertools import cycle
from random import Random

from proxy.demo.calls import Answer, Call
from proxy.demo.scripts import Script
from proxy.demo.shapes import Message, Shape

MOST_ATTEMPTS = 3
STREAMED_SHARE = 0.6
LEAVING_SHARE = 0.04


class Conversation:
    """Each request carries the whole history, as applications send it."""

    def __init__(self, name: str, shape: Shape, script: Script, chance: Random) -> None:
        self.name = name
        self.shape = shape
        self.script = script
        self.chance = chance
        self.history: list[Message] = [shape.said(script.turns[0])]
        self.turn = 0
        self.attempts = 0
        self.over = False
        self.stream = False
        self.findings = cycle(script.findings)

    def next_call(self) -> Call:
        self.stream = self.chance.random() < STREAMED_SHARE
        call = self.shape.call(self.history, self.script.tools, self.stream)
        leaves = self.stream and self.chance.random() < LEAVING_SHARE
        headers = (*call.headers, *self.labels())
        return replace(call, headers=headers, leaves=leaves)

    def labels(self) -> tuple[tuple[str, str], ...]:
        """What an application may tell Seatrial; the upstream never sees it."""
        return (
            ("x-seatrial-app", f"demo-{self.shape.route}"),
            ("x-seatrial-conversation", self.name),
        )

    def hear(self, answer: Answer) -> None:
        """A failure is tried again some times; a user who left does not come back."""
        if answer.ending == "left":
            self.over = True
        elif answer.ending == "ok":
            self.take(answer)
        else:
            self.attempts += 1
            self.over = self.attempts >= MOST_ATTEMPTS

    def take(self, answer: Answer) -> None:
        try:
            reply = self.shape.read(answer.body, self.stream)
        except (ValueError, LookupError, TypeError):
            # An error inside a 200 has no reply; the turn is lost.
            self.over = True
            return
        self.attempts = 0
        self.history += reply.messages
        if reply.calls:
            self.history += [
                self.shape.result(call, next(self.findings, "nothing found"))
                for call in reply.calls
            ]
            return
        self.turn += 1
        self.over = self.turn >= len(self.script.turns)
        if not self.over:
            self.history.append(self.shape.said(self.script.turns[self.turn]))
