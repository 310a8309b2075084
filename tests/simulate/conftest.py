"""Running a scenario against a simulation on loopback."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from proxy.simulate import Behaviour, Server, serve
from proxy.simulate.replay import Recorded

Scenario = Callable[[Server], Awaitable[Any]]


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], Awaitable[None]]:
    """Waits until a condition holds; fails after five seconds."""

    async def wait(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not holds():  # noqa: ASYNC110  # the condition belongs to the server
                await asyncio.sleep(0.005)

    return wait


@pytest.fixture
def simulated() -> Callable[..., Any]:
    """Runs a scenario while a simulation serves, and returns what the scenario returns."""

    def run(
        scenario: Scenario,
        behaviour: Behaviour | None = None,
        exchanges: Sequence[Recorded] = (),
    ) -> Any:
        async def main() -> Any:
            settings = behaviour or Behaviour(behaviours={"answer": 1.0})
            async with asyncio.timeout(30), serve(settings, exchanges=exchanges) as it:
                return await scenario(it)

        return asyncio.run(main())

    return run
