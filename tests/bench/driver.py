"""The load: keep-alive connections that ask, and compare each answer byte by byte."""

import asyncio
import contextlib
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import cast

from httptools import HttpParserError, HttpResponseParser

from tests.bench.line import Line
from tests.bench.metronome import Metronome
from tests.bench.wire import answer, request

PATIENCE_SECONDS = 20.0
"""For what was asked last; an answer that takes longer is an error."""

now = time.monotonic


@dataclass(frozen=True, slots=True)
class Question:
    sent: bytes
    expected: bytes

    @classmethod
    def of(cls, prefix: str, wanted: str, size: int) -> "Question":
        return cls(request(prefix, wanted, size), answer(wanted).body)


@dataclass(slots=True)
class Tally:
    answered: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    """Seconds, from when the request was due."""


class Connection(asyncio.Protocol):
    """One request at a time; `load` is told of its first byte, its end and its loss."""

    def __init__(self, load: "Load") -> None:
        self.load = load
        self.parser = HttpResponseParser(self)
        self.line: Line
        self.question: Question | None = None
        self.due = 0.0
        self.parts: list[bytes] = []
        self.is_complete = False
        self.is_kept = True
        self.has_failed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.line = Line(cast(asyncio.Transport, transport))  # uvloop's inherit nothing

    def ask(self, question: Question, due: float) -> None:
        self.question = question
        self.due = due
        self.parts = []
        self.line.write(question.sent)

    def data_received(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except HttpParserError as error:
            self.fail(f"malformed answer: {error}")
            return
        if self.is_complete:
            self.is_complete = False
            self.end()

    def on_body(self, part: bytes) -> None:
        if not self.parts:
            self.load.began()
        self.parts.append(part)

    def on_message_complete(self) -> None:
        self.is_complete = True
        self.is_kept = self.parser.should_keep_alive()

    def end(self) -> None:
        question, self.question = self.question, None
        status = self.parser.get_status_code()
        if question is None:
            self.fail("answer without a question")
        elif status != 200:
            self.fail(f"status {status}")
        elif b"".join(self.parts) != question.expected:
            self.fail("wrong body")
        elif not self.is_kept:
            self.fail("connection ends")
        else:
            self.load.ended(self)

    def fail(self, reason: str) -> None:
        """An error ends the connection; it is not made again, for there must be none."""
        self.load.tally.errors[reason] += 1
        self.has_failed = True
        self.line.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if not (self.has_failed or self.load.is_closing):
            self.load.tally.errors["connection lost"] += 1
        self.load.lost(self)


class Load:
    """So many connections to one port, of which each has had the answer to `warming`."""

    def __init__(self, port: int, connections: int, warming: Question | None) -> None:
        self.port = port
        self.count = connections
        self.warming = warming
        self.tally = Tally()
        self.begun = 0
        """Answers of which the first body byte came."""
        self.busy: set[Connection] = set()
        self.idle: set[Connection] = set()
        self.next: Callable[[Connection], None] = self.rest
        self.all_begun = asyncio.Event()
        self.all_rest = asyncio.Event()
        self.is_closing = False

    async def __aenter__(self) -> "Load":
        loop = asyncio.get_running_loop()
        for _ in range(self.count):
            _, connection = await loop.create_connection(
                lambda: Connection(self), "127.0.0.1", self.port
            )
            self.idle.add(connection)
        if self.warming is not None:
            self.ask_all(self.warming)
            await self.settle(0.0)
            self.tally = Tally(errors=self.tally.errors)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.is_closing = True
        for connection in [*self.idle, *self.busy]:
            connection.line.transport.close()

    def ask_all(self, question: Question) -> None:
        """Each connection asks one time, all together."""
        self.next = self.rest
        for connection in list(self.idle):
            self.ask(connection, question, now())

    async def closed_loop(
        self, question: Question, seconds: float, spread: float
    ) -> None:
        """Each connection asks as soon as it is answered; they begin `spread` seconds apart."""
        end = now() + seconds

        def again(connection: Connection) -> None:
            if now() < end:
                self.ask(connection, question, now())
            else:
                self.rest(connection)

        self.next = again
        starting = list(self.idle)
        for connection in starting:
            again(connection)
            if spread:
                await asyncio.sleep(spread / len(starting))
        await self.settle(seconds)

    async def open_loop(self, question: Question, seconds: float, rate: float) -> None:
        """Ask at a fixed rate, whatever the answers take.

        A request that finds no connection free waits, and its time runs from when it was
        due: a target that stalls cannot hide what it would have kept waiting.
        """
        waiting: deque[float] = deque()

        def due(when: float) -> None:
            if self.idle:
                self.ask(next(iter(self.idle)), question, when)
            else:
                waiting.append(when)

        def further(connection: Connection) -> None:
            if waiting:
                self.ask(connection, question, waiting.popleft())
            else:
                self.rest(connection)

        self.next = further
        with Metronome(rate, due):
            await asyncio.sleep(seconds)
        await self.settle(0.0)
        if waiting:
            self.tally.errors["never sent"] += len(waiting)

    async def hold(self, question: Question) -> None:
        """Ask on each connection for a stream that stays open; return once all have begun."""
        self.begun = 0
        self.all_begun.clear()
        self.ask_all(question)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self.all_begun.wait()
        if self.begun < self.count:
            self.tally.errors["not begun"] += self.count - self.begun

    async def settle(self, seconds: float) -> None:
        """Wait until no answer is missing."""
        self.all_rest.clear()
        if not self.busy:
            return
        try:
            async with asyncio.timeout(seconds + PATIENCE_SECONDS):
                await self.all_rest.wait()
        except TimeoutError:
            for connection in list(self.busy):
                connection.fail("no answer in time")

    def ask(self, connection: Connection, question: Question, due: float) -> None:
        self.idle.discard(connection)
        self.busy.add(connection)
        connection.ask(question, due)

    def began(self) -> None:
        self.begun += 1
        if self.begun == self.count:
            self.all_begun.set()

    def ended(self, connection: Connection) -> None:
        self.tally.answered += 1
        self.tally.latencies.append(now() - connection.due)
        self.next(connection)

    def rest(self, connection: Connection) -> None:
        self.busy.discard(connection)
        self.idle.add(connection)
        if not self.busy:
            self.all_rest.set()

    def lost(self, connection: Connection) -> None:
        self.busy.discard(connection)
        self.idle.discard(connection)
        if not self.busy:
            self.all_rest.set()


async def release(upstream: int) -> None:
    """Let the upstream go on with the streams that it holds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", upstream)
    writer.write(request("", "release", 0))
    await reader.readuntil(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
