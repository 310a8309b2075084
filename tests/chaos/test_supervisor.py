"""The supervisor is killed or frozen: its relays end in order, or go on."""

import asyncio
import os
import signal
import socket
import time

import psutil
import pytest
import uvloop

from tests.chaos.instance import eventually
from tests.chaos.load import Account, Client
from tests.chaos.plans import stream
from tests.chaos.scene import under_load


def test_killed_supervisor_leaves_nothing_behind(start, say):
    instance = start()
    children = [
        psutil.Process(instance.pid(name)) for name in (*instance.names, "monitor")
    ]
    address = instance.address
    streams = Account()

    async def scenario() -> None:
        async with under_load(instance) as scene, asyncio.TaskGroup() as tasks:
            for number in range(10):
                client = Client(address, streams)
                tasks.create_task(client.call(stream(number, 50, 0.05)))
            await asyncio.sleep(1.0)
            os.kill(instance.process.pid, signal.SIGKILL)
            scene.hurt = time.monotonic()
            await eventually(
                lambda: scene.new.count(verdict="no connection"), "no more accepted"
            )
            closed = time.monotonic() - scene.hurt
            scene.running = False
            await eventually(lambda: not any(map(alive, children)), "the end of all")
            ended = time.monotonic() - scene.hurt
        # Streams under way ended well, and who came later was refused, not hung up on.
        assert streams.verdicts == {("stream", "ok"): 10}
        assert {failure.verdict for failure in scene.new.failures} == {
            "no connection: ConnectionRefusedError"
        }
        say(
            supervisor_killed=f"{scene.kept.sent + scene.new.sent} requests",
            streams_finished=streams.count(verdict="ok"),
            refused_after=f"{closed * 1000:.0f} ms",
            gone_after=f"{ended:.2f} s",
        )

    uvloop.run(scenario())
    with socket.create_server(address, reuse_port=False):
        pass  # the port is free
    again = start()
    assert again.is_ready()


def alive(process: psutil.Process) -> bool:
    """An orphan that has ended may stay a zombie where nobody reaps it."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_frozen_supervisor_harms_nobody(start, say):
    instance = start()

    async def scenario() -> None:
        async with under_load(instance) as scene:
            os.kill(instance.process.pid, signal.SIGSTOP)
            await asyncio.sleep(1.5)
            os.kill(instance.process.pid, signal.SIGCONT)
        assert scene.failures == []
        assert len(instance.logged("child started")) == 3
        say(supervisor_frozen=f"{scene.kept.sent + scene.new.sent} requests, 0 failed")

    uvloop.run(scenario())
