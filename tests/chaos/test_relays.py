"""One relay is killed, frozen or starved under load; the others' clients do not notice."""

import itertools
import resource
import signal
import time
from collections.abc import Iterator

import pytest
import uvloop

from tests.chaos.instance import eventually, limit
from tests.chaos.load import Account, drive
from tests.chaos.plans import Plan, aborted, upload
from tests.chaos.scene import under_load

NEW_CONNECTION_SECONDS = 1.0
FENCED_SECONDS = 5.0


def test_killed_relay_takes_only_its_own_exchanges_along(start, say):
    instance = start(workers=2)

    async def scenario() -> None:
        async with under_load(instance) as scene:
            await scene.strike(signal.SIGKILL)
            back = await scene.replaced()
        scene.assert_only_held_failed()
        # One exchange a connection, and those that were made as we looked.
        assert len(scene.failures) <= len(scene.held) + 3
        say(kill=scene.victim, **scene.figures(), ready_again_after=f"{back:.2f} s")
        assert scene.worst_new() < NEW_CONNECTION_SECONDS

    uvloop.run(scenario())


@pytest.mark.slow
def test_relays_killed_ten_times_refuse_nobody(start, say):
    """Also who connects at the very moment of a kill is served, or was held by the victim."""
    instance = start(workers=2)

    async def scenario() -> None:
        blows: list[float] = []
        worst = 0.0
        async with under_load(instance, knock_every=0.004) as scene:
            for _ in range(10):
                await scene.strike(signal.SIGKILL)
                blows.append(scene.hurt)
                await scene.replaced()
                worst = max(worst, max(scene.new.between(scene.hurt, time.monotonic())))
        for failure in scene.new.failures:
            # It was accepted, and its request may have been under way.
            assert failure.verdict == "closed", failure
            since = min((failure.started - blow for blow in blows), key=abs)
            assert -0.1 < since < 0.01, (since, failure)
        say(
            kills=len(blows),
            new_connections=scene.new.sent,
            failed=len(scene.new.failures),
            worst_new_connection=f"{worst * 1000:.0f} ms",
        )
        assert worst < NEW_CONNECTION_SECONDS

    uvloop.run(scenario())


def test_frozen_relay_is_fenced_while_new_connections_succeed(start, say):
    instance = start(workers=2)

    async def scenario() -> None:
        async with under_load(instance) as scene:
            await scene.strike(signal.SIGSTOP)
            await eventually(
                lambda: instance.logged("child is frozen; it is killed"), "fence"
            )
            fenced = time.monotonic() - scene.hurt
            back = await scene.replaced()
        scene.assert_only_held_failed()
        longest = max((f.seconds for f in scene.failures), default=0.0)
        say(
            freeze=scene.victim,
            **scene.figures(),
            killed_after=f"{fenced:.2f} s",
            ready_again_after=f"{back:.2f} s",
            longest_hang=f"{longest:.2f} s",
        )
        assert scene.worst_new() < NEW_CONNECTION_SECONDS
        assert back < FENCED_SECONDS

    uvloop.run(scenario())


@pytest.mark.parametrize(
    "spare",
    [
        pytest.param(0, id="nothing spare"),
        pytest.param(1, id="1 MiB spare", marks=pytest.mark.slow),
    ],
)
def test_starved_relay_ends_and_is_replaced(start, say, spare):
    """It gets no memory beyond what it has and so much more; a burst of large bodies and
    of requests that wait needs it."""
    instance = start(workers=2)

    async def scenario() -> None:
        burst = Account()
        async with under_load(instance) as scene:
            victim = await scene.choose()
            pid = instance.pid(victim)
            limit(pid, resource.RLIMIT_AS, virtual_bytes(pid) + spare * 1024 * 1024)
            starved = time.monotonic()
            await drive(
                *(instance.address, hungry()),
                clients=300,
                account=burst,
                more=lambda: (
                    not instance.logged("child died", child=victim)
                    and time.monotonic() < starved + 15
                ),
            )
            died = instance.logged("child died", child=victim)
            assert died, "it had memory enough"
            scene.hurt = float(str(died[0]["heard"]))
            back = await scene.replaced()
        for failure in (*scene.failures, *burst.failures):
            assert failure.connected < scene.hurt + 0.2, failure
        say(
            starve=victim,
            ending=died[0]["ending"],
            **scene.figures(),
            burst=f"{len(burst.failures)} of {burst.sent} failed",
            ready_again_after=f"{back:.2f} s",
        )
        assert scene.worst_new() < NEW_CONNECTION_SECONDS

    uvloop.run(scenario())


def hungry() -> Iterator[Plan]:
    """Many are held at once."""
    for number in itertools.count():
        yield aborted(number, "waiting", 0.3)
        yield upload(number, 256 * 1024)


def virtual_bytes(pid: int) -> int:
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[0]) * resource.getpagesize()
