"""The connections to one upstream: idle ones kept warm, new ones made in tasks."""

import asyncio
from collections.abc import Callable
from typing import Final

from proxy.relay.connect import Address, connect, tls_context
from proxy.relay.refusals import Refusal
from proxy.relay.upstream import UpstreamConnection
from proxy.settings import Pool as Limits

NS: Final = 1_000_000_000
MARGIN_SECONDS = 4.0


class Pool:
    """Idle connections as a stack, so that the warmest is used and the rest age out."""

    def __init__(self, address: Address, limits: Limits) -> None:
        self.address = address
        self.name = str(address)
        self.limit(limits)
        self.tls = tls_context(address)
        self.idle: list[UpstreamConnection] = []
        self.open: set[UpstreamConnection] = set()
        self.connecting: set[asyncio.Task[None]] = set()
        self.retired = False

    def limit(self, limits: Limits) -> None:
        self.size = limits.size
        self.idle_ns = int(limits.idle * NS)
        self.age_ns = int(limits.age * NS)

    def renew_tls(self) -> None:
        """Read certificate files again: a rotated one holds for new connections."""
        self.tls = tls_context(self.address)

    def take(self, now: int) -> UpstreamConnection | None:
        """The youngest idle connection that the upstream has not closed."""
        while self.idle:
            connection = self.idle.pop()
            if now < connection.expires and connection.is_quiet():
                return connection
            connection.close()
        return None

    def give(self, connection: UpstreamConnection, now: int) -> None:
        """Keep a connection whose exchange ended cleanly, or close it."""
        if self.retired or len(self.idle) >= self.size:
            connection.close()
            return
        idle_ns = self.idle_ns
        promised = connection.keep_alive_seconds
        if promised is not None:
            # The upstream closes at its own time; a request sent in that moment is lost.
            idle_ns = min(idle_ns, int((promised - MARGIN_SECONDS) * NS))
        connection.expires = min(now + idle_ns, connection.made + self.age_ns)
        if connection.expires <= now:
            connection.close()
        else:
            self.idle.append(connection)

    def connect(
        self,
        connected: Callable[[UpstreamConnection], None],
        refused: Callable[[Refusal], None],
    ) -> None:
        """Make a connection in a task of the pool's; exactly one of the two is called."""
        task = asyncio.get_running_loop().create_task(self.make(connected, refused))
        self.connecting.add(task)
        task.add_done_callback(self.connecting.discard)

    async def make(
        self,
        connected: Callable[[UpstreamConnection], None],
        refused: Callable[[Refusal], None],
    ) -> None:
        connection = UpstreamConnection(self)
        try:
            await connect(self.address, self.tls, lambda: connection)
        except Refusal as refusal:
            refused(refusal)
        except BaseException:
            # A bug, or the end of the process: the exchange must not wait for ever.
            refused(Refusal(502, "connect", "the upstream cannot be reached"))
            raise
        else:
            connected(connection)

    def sweep(self, now: int) -> None:
        """Close what idled too long, drop what cannot be closed in order."""
        for connection in list(self.open):
            if connection.is_stuck(now):
                connection.abort()
        kept = []
        for connection in self.idle:
            if now < connection.expires:
                kept.append(connection)
            else:
                connection.close()
        self.idle = kept

    def retire(self) -> None:
        """No route leads here any more: idle connections close now, others at their end."""
        self.retired = True
        for connection in self.idle:
            connection.close()
        self.idle = []

    async def close(self) -> None:
        self.retire()
        for connection in list(self.open):
            connection.abort()
        for task in list(self.connecting):
            task.cancel()
        await asyncio.gather(*self.connecting, return_exceptions=True)
