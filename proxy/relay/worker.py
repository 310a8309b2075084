"""What the connections of one relay process share, and the sweep that watches them."""

import asyncio
import os
import time

from proxy.recording.recording import VERSION, Heartbeat
from proxy.relay import routes
from proxy.relay.capture import CaptureLimits
from proxy.relay.client import ClientConnection
from proxy.relay.connect import Address, address_of
from proxy.relay.credentials import Redactor
from proxy.relay.pool import Pool
from proxy.relay.recorder import Recorder
from proxy.relay.refusals import Refusal
from proxy.relay.tap import Tap
from proxy.settings import Settings

SWEEP_SECONDS = 0.25
HEARTBEAT_SECONDS = 1.0
TAP_BYTES = 8 * 1024 * 1024
TAP_EXCHANGES = 4
"""Largest exchanges that fit the tap, however large the operator lets them be."""


class Worker:
    """One relay: its routes, pools, clients and tap."""

    def __init__(self, name: str, settings: Settings, secret: bytes) -> None:
        self.name = name
        self.secret = secret
        self.clients: set[ClientConnection] = set()
        self.pools: dict[Address, Pool] = {}
        self.retired: list[Pool] = []
        self.tap = Tap(settings.instance.run_dir / "monitor.sock", TAP_BYTES)
        self.recorder = Recorder(name, Redactor(secret), self.tap)
        self.in_flight = 0
        self.spoofed = 0
        self.lag_seconds = 0.0
        self.ready = False
        self.draining = False
        self.capture = CaptureLimits(
            settings.relay.capture_limit, settings.relay.capture_memory
        )
        self.apply(settings)

    def apply(self, settings: Settings) -> None:
        """Take settings for exchanges that begin from now on; those under way keep theirs."""
        pools = self.pools_for(settings)
        for pool in pools.values():
            pool.limit(settings.relay.pool)
        for address, pool in self.pools.items():
            if address not in pools:
                pool.retire()
                self.retired.append(pool)
        self.table = routes.build(settings, pools)
        self.pools = pools
        self.settings = settings
        self.capture.free += settings.relay.capture_memory - self.capture.memory
        self.capture.memory = settings.relay.capture_memory
        self.capture.per_body = settings.relay.capture_limit
        self.tap.limit = max(TAP_BYTES, TAP_EXCHANGES * settings.relay.capture_limit)
        self.head_limit = settings.relay.head_limit
        self.settings_hash = settings.hash

    def pools_for(self, settings: Settings) -> dict[Address, Pool]:
        """One for each address; those that are known keep their connections."""
        pools: dict[Address, Pool] = {}
        for address in map(address_of, settings.routes):
            known = self.pools.get(address)
            if known is None:
                known = pools.get(address) or Pool(address, settings.relay.pool)
            else:
                known.renew_tls()
            pools[address] = known
        return pools

    def all_pools(self) -> list[Pool]:
        return [*self.pools.values(), *self.retired]

    async def watch(self) -> None:
        """Sweep for time-outs and beat, until cancelled: the only timer of the process."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        next_beat = due
        while True:
            self.lag_seconds = max(self.lag_seconds, loop.time() - due)
            self.sweep(time.monotonic_ns())
            if loop.time() >= next_beat:
                next_beat = loop.time() + HEARTBEAT_SECONDS
                self.beat()
            due = loop.time() + SWEEP_SECONDS
            await asyncio.sleep(SWEEP_SECONDS)

    def sweep(self, now: int) -> None:
        for client in list(self.clients):
            client.check(now)
        for pool in self.all_pools():
            pool.sweep(now)
        self.retired = [pool for pool in self.retired if pool.open]

    def beat(self) -> None:
        self.tap.connect()
        if len(self.tap.filling) < self.tap.limit:
            self.tap.offer(self.heartbeat())
        self.lag_seconds = 0.0

    def heartbeat(self) -> Heartbeat:
        usage = os.times()
        return Heartbeat(
            version=VERSION,
            relay=self.name,
            boot=self.recorder.boot,
            pid=os.getpid(),
            seq=self.recorder.seq,
            ready=self.ready,
            in_flight=self.in_flight,
            connections=len(self.clients),
            upstream_connections=sum(len(pool.open) for pool in self.all_pools()),
            lag_seconds=self.lag_seconds,
            cpu_seconds=usage.user + usage.system,
            monotonic_ns=time.monotonic_ns(),
            wall_ns=time.time_ns(),
            drops=dict(self.tap.drops),
            spoofed=self.spoofed,
            settings_hash=self.settings_hash,
            workers=self.settings.relay.worker_count(),
        )

    async def close(self) -> None:
        """Cut what is still open, then let the last recordings leave.

        The clients have not left, and the recordings must not say so.
        """
        over = Refusal(503, "draining", "the relay ended before the answer did")
        for client in list(self.clients):
            if client.exchange is not None:
                client.refuse(over)
            else:
                client.transport.abort()
        for pool in self.all_pools():
            await pool.close()
        await asyncio.sleep(0)
        self.beat()
        await self.tap.drain(1.0)
