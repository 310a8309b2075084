"""The supervisor's loop: starts, watches, fences, reloads and drains its children.

One task does everything, woken by a tick, a signal or a child, so that no two decisions
are ever under way at once.
"""

import asyncio
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal

from proxy import logs
from proxy.recording import control
from proxy.settings import Settings, changed
from proxy.supervisor.child import Child, Process
from proxy.supervisor.notify import Notifier
from proxy.supervisor.post import Post
from proxy.supervisor.reloading import reloaded
from proxy.supervisor.terminal import has_terminal

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
GRACE_SECONDS = 5.0
"""Beyond the drain's limit, for a child to notice that the limit is over."""
LAST_SECONDS = 10.0
"""For the monitor to read what the relays left, once they are gone."""

Phase = Literal["serving", "draining", "ending"]


class Supervisor:
    def __init__(
        self,
        children: Sequence[Child],
        listeners: Sequence[Sequence[socket.socket]],
        settings: Settings,
        load: Callable[[], Settings],
        secret: bytes,
        notifier: Notifier,
    ) -> None:
        sets = iter(listeners)
        self.posts = [
            Post(child, next(sets) if child.serves else ()) for child in children
        ]
        self.settings = settings
        self.load = load
        self.secret = secret
        self.notifier = notifier
        self.phase: Phase = "serving"
        self.deadline = float("inf")
        """When what still lives in this phase is killed."""
        self.told_ready = False
        self.told_watchdog = float("-inf")
        self.status: int | None = None
        """What the command shall exit with, once that is settled."""
        self.on_terminal = False
        self.wake = asyncio.Event()

    @property
    def essential(self) -> list[Post]:
        """What readiness waits for: the serving children, or all where none serves."""
        return [post for post in self.posts if post.child.serves] or self.posts

    def living(self) -> list[Process]:
        return [post.process for post in self.posts if post.process is not None]

    async def run(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop, number)
        self.on_terminal = has_terminal()
        loop.add_signal_handler(signal.SIGHUP, self.hang_up)
        loop.add_signal_handler(signal.SIGCHLD, self.wake.set)
        before = loop.time()
        while not (self.phase == "ending" and not self.living()):
            now = loop.time()
            # A supervisor that was stopped itself has not listened for that long.
            awake_seconds = min(now - before, 2 * TICK_SECONDS)
            before = now
            self.reap(now)
            self.fence(awake_seconds)
            self.end_phase(now)
            await self.start_due(now)
            self.cover()
            self.tell_systemd(now)
            await self.rest()
        return self.status or 0

    async def rest(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await self.wake.wait()
        self.wake.clear()

    async def start_due(self, now: float) -> None:
        for post in self.posts:
            if post.due is None or now < post.due or not self.may_start(post.child):
                continue
            post.due = None
            await self.start(post, now)

    def may_start(self, child: Child) -> bool:
        """While the relays drain, a monitor that dies is still replaced."""
        return self.phase == "serving" or (
            self.phase == "draining" and not child.serves
        )

    async def start(self, post: Post, now: float) -> None:
        process = Process(post.child, now, self.wake.set)
        try:
            await process.start(self.listeners if post.child.serves else [])
        except OSError as error:
            log.error(
                "child cannot be started",
                extra={"child": post.child.name, "reason": error.strerror},
            )
            post.fail(now, lived=0.0)
            return
        post.process = process
        process.send(
            control.Begin(
                name=post.child.name,
                settings=self.settings.model_dump_json().encode(),
                secret=self.secret,
                listeners=[sock.fileno() for sock in post.listeners],
                neighbours=self.neighbours(post),
            )
        )
        if self.phase != "serving":
            process.send(control.Draining())
        log.info("child started", extra={"child": post.child.name, "pid": process.pid})

    @property
    def listeners(self) -> list[socket.socket]:
        return [sock for post in self.posts for sock in post.listeners]

    def neighbours(self, post: Post) -> dict[str, list[int]]:
        """The other relays' sockets; a unix socket is everybody's own already."""
        if not post.child.serves:
            return {}
        own = set(post.listeners)
        return {
            other.child.name: [s.fileno() for s in other.listeners if s not in own]
            for other in self.posts
            if other.child.serves and other is not post
        }

    def cover(self) -> None:
        """Have the relays that live accept for those that do not, and no longer."""
        if self.phase != "serving":
            return
        serving = [post for post in self.posts if post.child.serves]
        absent = {post.child.name for post in serving if not post.accepts}
        for post in serving:
            process = post.process
            if process is None or not process.ready:
                continue
            wanted = absent - {post.child.name}
            for name in sorted(wanted - process.covers):
                process.send(control.Cover(name))
            for name in sorted(process.covers - wanted):
                process.send(control.Uncover(name))
            process.covers = wanted

    def reap(self, now: float) -> None:
        for post in self.posts:
            process = post.process
            if process is None:
                continue
            status = process.ended()
            if status is not None:
                post.vacate(now)
                post.report(process, status, now, expected=self.phase != "serving")
        if self.phase == "serving" and all(post.given_up for post in self.essential):
            self.fail("no relay gets ready")

    def fence(self, awake_seconds: float) -> None:
        for post in self.posts:
            if post.process is not None and post.is_silent(awake_seconds):
                log.error(
                    "child is frozen; it is killed",
                    extra={
                        "child": post.child.name,
                        "pid": post.process.pid,
                        "silent_seconds": round(post.process.silence, 1),
                    },
                )
                post.process.kill()

    def stop(self, number: signal.Signals) -> None:
        """The first signal drains, the second kills."""
        if self.phase != "serving":
            log.warning("killed by a second signal", extra={"signal": number.name})
            self.kill_all(128 + number)
            return
        self.announce_drain(number)
        self.drain()

    def announce_drain(self, number: signal.Signals) -> None:
        """A person learns what happens and how to end it; a machine gets the facts."""
        drain = self.settings.relay.drain
        seconds = drain.delay + drain.limit
        if self.on_terminal and not logs.is_json(self.settings.logging):
            log.info("draining: %g s at most; Ctrl-C again ends at once", seconds)
        else:
            facts = {"signal": number.name, "limit_seconds": seconds}
            log.info("draining", extra=facts)

    def drain(self) -> None:
        self.phase = "draining"
        self.notifier.tell("STOPPING=1")
        drain = self.settings.relay.drain
        now = asyncio.get_running_loop().time()
        self.deadline = now + drain.delay + drain.limit + GRACE_SECONDS
        for process in self.living():
            if process.child.serves:
                process.send(control.Drain(delay=drain.delay, limit=drain.limit))
            else:
                process.send(control.Draining())
        # The port is free once the last relay has closed its copy: it, not we, decides.
        for sock in self.listeners:
            sock.close()
        self.wake.set()

    def end_phase(self, now: float) -> None:
        """Go on to the next phase when nobody is left in this one, or time is over."""
        serving = [process for process in self.living() if process.child.serves]
        if self.phase == "draining" and not serving:
            self.phase = "ending"
            self.deadline = now + LAST_SECONDS
            for process in self.living():
                process.send(control.Drain(delay=0.0, limit=LAST_SECONDS / 2))
        elif now >= self.deadline:
            overdue = serving if self.phase == "draining" else self.living()
            for process in overdue:
                log.warning("child overstays", extra={"child": process.child.name})
                process.kill()

    def fail(self, reason: str) -> None:
        log.error("instance failed", extra={"reason": reason})
        self.status = 1
        self.drain()

    def kill_all(self, status: int) -> None:
        self.status = status
        self.phase = "ending"
        for process in self.living():
            process.kill()
        self.wake.set()

    def hang_up(self) -> None:
        """SIGHUP means read the settings again, or that our terminal was closed."""
        if self.on_terminal and not has_terminal():
            self.on_terminal = False
            self.stop(signal.SIGHUP)
        else:
            self.reload()

    def reload(self) -> None:
        """Validate, then swap; what is wrong changes nothing."""
        if self.phase != "serving":
            log.warning("settings not reloaded: draining")
            return
        self.notifier.tell(
            "RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}"
        )
        settings = reloaded(self.settings, self.load)
        if settings is not None:
            keys = changed(self.settings, settings)
            self.settings = settings
            message = control.Reload(settings=settings.model_dump_json().encode())
            for process in self.living():
                process.send(message)
            named = ", ".join(keys) or "nothing"
            facts = {"settings_hash": settings.hash, "changed": named}
            log.info("settings reloaded", extra=facts)
        self.notifier.tell("READY=1")

    def tell_systemd(self, now: float) -> None:
        if not self.told_ready and all(post.ready for post in self.essential):
            self.told_ready = True
            log.info("ready", extra={"settings_hash": self.settings.hash})
            self.notifier.tell("READY=1", f"MAINPID={os.getpid()}")
        seconds = self.notifier.watchdog_seconds
        if seconds is not None and now - self.told_watchdog >= seconds:
            self.told_watchdog = now
            self.notifier.tell("WATCHDOG=1")


def supervise(
    children: Sequence[Child],
    listeners: Sequence[Sequence[socket.socket]],
    settings: Settings,
    load: Callable[[], Settings],
    secret: bytes,
) -> int:
    """Run the children until they are told to end; the command's exit status.

    `listeners` has a set of sockets for each child that serves, in their order.
    """

    async def run() -> int:
        notifier = Notifier(os.environ)
        supervisor = Supervisor(children, listeners, settings, load, secret, notifier)
        return await supervisor.run()

    return asyncio.run(run())
