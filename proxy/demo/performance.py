"""The part of a demo in which traffic flows: sending, watching, and the final count."""

import asyncio
from contextlib import suppress
from typing import Protocol

from proxy.demo.calls import Identity, Tally
from proxy.demo.history import History
from proxy.demo.instance import Instance
from proxy.demo.options import Options
from proxy.demo.scraper import Scraper
from proxy.demo.screen import Places, Scene, Screen

SCRAPE_SECONDS = 0.5
SETTLE_SECONDS = 8.0


class Traffic(Protocol):
    """What sends requests through the relay and counts them."""

    @property
    def tally(self) -> Tally: ...

    @property
    def identity(self) -> Identity | None:
        """How answers compare to recorded ones, where there are some."""

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set or nothing is left; return when all is answered."""


class Performance:
    def __init__(
        self,
        options: Options,
        instance: Instance,
        scraper: Scraper,
        traffic: Traffic,
        screen: Screen,
        places: Places,
    ) -> None:
        self.options = options
        self.instance = instance
        self.scraper = scraper
        self.traffic = traffic
        self.screen = screen
        self.places = places
        self.history = History()
        self.began = 0.0
        self.ended = 0.0
        self.broken: str | None = None
        self.settled = asyncio.Event()
        """All that was sent is measured or counted as dropped, or never will be."""

    async def run(self, stop: asyncio.Event) -> None:
        """Until `stop`, the asked time, the end of the traffic or of Seatrial."""
        loop = asyncio.get_running_loop()
        self.began = loop.time()
        if self.options.seconds is not None:
            loop.call_later(self.options.seconds, stop.set)
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self.watch(stop))
            await self.traffic.run(stop)
            self.ended = loop.time()
            stop.set()
            await self.settle()
            watching.cancel()
        await self.scraper.scrape()
        self.show(ending=True)

    async def watch(self, stop: asyncio.Event) -> None:
        while True:
            if self.instance.child.has_ended() and self.broken is None:
                words = self.instance.child.last_words()
                self.broken = f"seatrial serve ended by itself:\n{words}"
                stop.set()
            await self.scraper.scrape()
            self.show(ending=stop.is_set())
            if self.broken is not None or self.is_settled():
                self.settled.set()
            await asyncio.sleep(SCRAPE_SECONDS)

    def show(self, ending: bool) -> None:
        elapsed = asyncio.get_running_loop().time() - self.began
        self.history.add(elapsed, self.scraper.figures)
        scene = Scene(
            self.options,
            self.places,
            elapsed,
            self.history,
            self.traffic.tally,
            ending,
        )
        self.screen.show(scene)

    async def settle(self) -> None:
        """Wait for the measuring, which may lag behind the traffic."""
        with suppress(TimeoutError):
            async with asyncio.timeout(SETTLE_SECONDS):
                await self.settled.wait()

    def is_settled(self) -> bool:
        figures = self.scraper.figures
        accounted = figures.measured + figures.unmeasured
        return bool(self.ended) and accounted >= self.traffic.tally.total
