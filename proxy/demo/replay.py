"""Recorded requests sent once more, and their answers compared with the recorded ones."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import sha256

from proxy.demo.caller import Caller
from proxy.demo.calls import Answer, Identity, Tally
from proxy.demo.pace import Crew, ticks
from proxy.demo.recordings import MOST_ROUTES, OTHER, Recorded, routes


class Recordings:
    """Sends them in recorded order; `loops` begins again after the last.

    The simulation answers equal requests in turn. So that each meets its own answer, a
    request waits until the one before it that looks the same has been answered.
    """

    def __init__(
        self, caller: Caller, exchanges: Sequence[Recorded], rate: float, loops: bool
    ) -> None:
        self.caller = caller
        self.exchanges = exchanges
        self.rate = rate
        self.loops = loops
        self.turns: dict[tuple[str, str, bytes], asyncio.Lock] = defaultdict(
            asyncio.Lock
        )
        self.compared = 0
        self.identical = 0

    @property
    def tally(self) -> Tally:
        return self.caller.tally

    @property
    def identity(self) -> Identity:
        return Identity(self.compared, self.identical)

    async def run(self, stop: asyncio.Event) -> None:
        async with Crew() as crew:
            async for number in ticks(self.rate, stop):
                if number == len(self.exchanges) and not self.loops:
                    break
                exchange = self.exchanges[number % len(self.exchanges)]
                await crew.take(self.send(exchange))

    async def send(self, exchange: Recorded) -> None:
        async with self.turns[key(exchange)]:
            self.compare(exchange, await self.caller.send(exchange.call))

    def compare(self, exchange: Recorded, answer: Answer) -> None:
        if exchange.body is None:
            return
        self.compared += 1
        same = (answer.status, answer.body) == (exchange.status, exchange.body)
        self.identical += same


def key(exchange: Recorded) -> tuple[str, str, bytes]:
    """Equal at least where the simulation takes requests for the same."""
    call = exchange.call
    path = call.target.partition("?")[0]
    return call.method, path, sha256(call.body).digest()


def admitted(exchanges: Iterable[Recorded]) -> list[Recorded]:
    """Those of the first routes as they are, the rest on the route `other`."""
    some = list(exchanges)
    names = set(routes(some)[:MOST_ROUTES])
    return [
        one
        if one.call.route in names
        else replace(one, call=replace(one.call, route=OTHER))
        for one in some
    ]
