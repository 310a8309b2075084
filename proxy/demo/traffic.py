"""Made-up applications that talk to three providers at a steady rate."""

import asyncio
from random import Random

from proxy.demo.caller import Caller
from proxy.demo.calls import Tally
from proxy.demo.conversation import Conversation
from proxy.demo.pace import Crew, ticks
from proxy.demo.scripts import SCRIPTS
from proxy.demo.shapes import SHAPES

OPENING_SHARE = 0.25
"""Of the requests, how many begin a conversation while others wait to go on."""


class Applications:
    def __init__(self, caller: Caller, rate: float, seed: int) -> None:
        self.caller = caller
        self.rate = rate
        self.chance = Random(seed)
        self.waiting: list[Conversation] = []
        self.opened = 0

    @property
    def tally(self) -> Tally:
        return self.caller.tally

    @property
    def identity(self) -> None:
        return None

    async def run(self, stop: asyncio.Event) -> None:
        async with Crew() as crew:
            async for _ in ticks(self.rate, stop):
                await crew.take(self.advance(self.choose()))

    def choose(self) -> Conversation:
        """The next to speak: one of those that heard their answer, or a new one."""
        if not self.waiting or self.chance.random() < OPENING_SHARE:
            return self.open()
        return self.waiting.pop(self.chance.randrange(len(self.waiting)))

    def open(self) -> Conversation:
        self.opened += 1
        shapes, weights = zip(*SHAPES, strict=True)
        (shape,) = self.chance.choices(shapes, weights)
        script = self.chance.choice(SCRIPTS)
        name = f"demo-{self.opened}"
        return Conversation(name, shape, script, Random(self.chance.random()))

    async def advance(self, conversation: Conversation) -> None:
        conversation.hear(await self.caller.send(conversation.next_call()))
        if not conversation.over:
            self.waiting.append(conversation)
