"""A child's place in the instance, over all the processes that fill it."""

import logging
import socket
from collections.abc import Sequence

from proxy.supervisor.backoff import Backoff
from proxy.supervisor.child import Child, Process, ending

log = logging.getLogger(__name__)

GIVE_UP_FAILURES = 8
START_SECONDS = 30.0


COVER_SECONDS = 0.6
"""Silence after which the others accept for a relay: being wrong about it costs nothing."""


class Post:
    def __init__(self, child: Child, listeners: Sequence[socket.socket]) -> None:
        self.child = child
        self.listeners = listeners
        self.process: Process | None = None
        self.due: float | None = 0.0
        """When to start the next process; None while one runs or none shall."""
        self.backoff = Backoff()
        self.failures = 0
        """Deaths in a row of processes that never got ready."""

    @property
    def ready(self) -> bool:
        return self.process is not None and self.process.ready

    @property
    def accepts(self) -> bool:
        """As far as one can tell, connections to its sockets are answered."""
        process = self.process
        return process is not None and process.ready and process.silence < COVER_SECONDS

    @property
    def given_up(self) -> bool:
        """A monitor is always tried again: the relays do not need it."""
        return self.child.serves and self.failures >= GIVE_UP_FAILURES

    def is_silent(self, awake_seconds: float) -> bool:
        """Count the time in which no Beat came; True once it is too long."""
        if self.process is None or self.process.killed:
            return False
        process = self.process
        process.silence += awake_seconds
        limit = self.child.silence_seconds if process.heard else START_SECONDS
        return process.silence > limit

    def vacate(self, now: float) -> None:
        """The process is gone: settle when the next one starts."""
        process = self.process
        assert process is not None
        if process.ready:
            self.failures = -1  # this death is none of those before Ready
        self.fail(now, now - process.started)
        process.close()
        self.process = None

    def fail(self, now: float, lived: float) -> None:
        self.failures += 1
        self.due = None if self.given_up else now + self.backoff.wait(lived)

    def report(
        self, process: Process, status: int, now: float, *, expected: bool
    ) -> None:
        """Log how the process ended; loudly where that should not happen."""
        facts = {
            "child": self.child.name,
            "pid": process.pid,
            "ending": ending(status),
            "lived_seconds": round(now - process.started, 1),
        }
        if expected and status == 0:
            log.info("child ended", extra=facts)
        elif expected and process.killed:
            log.info("child killed", extra=facts)
        elif self.given_up:
            log.error("child given up: it never got ready", extra=facts)
        elif self.failures and self.failures % GIVE_UP_FAILURES == 0:
            log.error("child does not get ready", extra=facts)
        else:
            log.warning("child died", extra=facts)
