"""An instance under load: requests over kept connections, and new ones all the time."""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.chaos.instance import Instance, eventually
from tests.chaos.load import Account, Failure, drive, knock
from tests.chaos.plans import mixed, stream

SLACK_SECONDS = 0.1
"""Between what happens to a connection and our own loop's notice of it."""


@dataclass
class Scene:
    instance: Instance
    victim: str = ""
    kept: Account = field(default_factory=Account)
    new: Account = field(default_factory=Account)
    held: set[int] = field(default_factory=set)
    looked: float = 0.0
    hurt: float = 0.0
    served: float = 0.0
    """What the victim had relayed: its successor counts from 0."""
    running: bool = True

    def more(self) -> bool:
        return self.running

    @property
    def failures(self) -> list[Failure]:
        return [*self.kept.failures, *self.new.failures]

    async def choose(self) -> str:
        """The relay that has relayed the most, and the connections that it holds."""
        await eventually(
            lambda: max(map(self.exchanges, self.instance.names)) > 50,
            "heartbeats under load",
            pause=0.05,
        )
        self.victim = max(self.instance.names, key=self.exchanges)
        self.served = self.exchanges(self.victim)
        self.looked = time.monotonic()
        self.held = self.instance.ports(self.victim)
        return self.victim

    async def strike(self, number: signal.Signals) -> None:
        pid = self.instance.pid(await self.choose())
        os.kill(pid, number)
        self.hurt = time.monotonic()

    async def replaced(self) -> float:
        """Seconds from the blow until the victim's successor says that it serves."""
        await eventually(
            lambda: (
                self.exchanges(self.victim) < self.served and self.instance.is_ready()
            ),
            f"{self.victim} ready again",
            pause=0.05,
        )
        return time.monotonic() - self.hurt

    def exchanges(self, relay: str) -> float:
        """As its last heartbeat said."""
        return self.instance.figures().total(
            "seatrial_relay_exchanges_total", relay=relay
        )

    def assert_only_held_failed(self) -> None:
        """Whoever was not connected to the victim when it was hurt saw nothing."""
        for failure in self.failures:
            # A connection made while we looked may be missing from the list.
            near = (
                self.looked - SLACK_SECONDS
                <= failure.connected
                <= self.hurt + SLACK_SECONDS
            )
            assert failure.port in self.held or near, failure

    def worst_new(self) -> float:
        """Connect and whole answer, in seconds, of connections made after the blow."""
        assert not [
            f for f in self.new.failures if f.connected > self.hurt + SLACK_SECONDS
        ]
        return max(self.new.between(self.hurt, time.monotonic()))

    def figures(self) -> dict[str, object]:
        return {
            "requests": self.kept.sent + self.new.sent,
            "new connections": self.new.sent,
            "held by the victim": len(self.held),
            "failed": len(self.failures),
            "worst new connection": f"{self.worst_new() * 1000:.0f} ms",
        }


@asynccontextmanager
async def under_load(
    instance: Instance,
    *,
    clients: int = 16,
    every: float = 0.05,
    seconds: float = 0.8,
    knock_every: float = 0.02,
) -> AsyncIterator[Scene]:
    """Load from `seconds` before the body of the `with` to as long after it."""
    scene = Scene(instance)
    at, more = instance.address, scene.more
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(
            drive(
                *(at, mixed(1)),
                clients=clients,
                account=scene.kept,
                more=more,
                every=every,
            )
        )
        streams = (stream(number, 50, 0.02) for number in itertools.count())
        tasks.create_task(
            drive(*(at, streams), clients=8, account=scene.kept, more=more, every=0.1)
        )
        tasks.create_task(knock(at, account=scene.new, more=more, every=knock_every))
        try:
            await asyncio.sleep(seconds)
            yield scene
            await asyncio.sleep(seconds)
        finally:
            scene.running = False
