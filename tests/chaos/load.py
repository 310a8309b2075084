"""Drives plans through a relay over raw connections and accounts for every one of them."""

import asyncio
import socket
import struct
import time
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from httptools import HttpParserError, HttpResponseParser

from tests.chaos.plans import Plan, unary

RESET = struct.pack("ii", 1, 0)
PATIENCE_SECONDS = 30.0
now = time.monotonic  # a loop's own clock ticks in milliseconds


@dataclass(frozen=True, slots=True)
class Failure:
    """A request of which something else came than its plan says."""

    kind: str
    verdict: str
    started: float
    seconds: float
    port: int
    """The client's own port, which names the connection."""
    connected: float
    """When that connection was made."""


@dataclass(slots=True)
class Account:
    """What came of the requests; times are monotonic seconds."""

    verdicts: Counter[tuple[str, str]] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)
    started: "array[float]" = field(default_factory=lambda: array("d"))
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    """Of good unary requests, beside `started`."""
    connections: int = 0

    @property
    def sent(self) -> int:
        return sum(self.verdicts.values())

    def count(self, *, kind: str = "", verdict: str = "") -> int:
        return sum(
            number
            for (found, came), number in self.verdicts.items()
            if found.startswith(kind) and came.startswith(verdict)
        )

    def between(self, start: float, end: float) -> list[float]:
        """Times of good unary requests that were sent in that stretch."""
        return [
            seconds
            for started, seconds in zip(self.started, self.seconds, strict=True)
            if start <= started < end
        ]


class Connection(asyncio.Protocol):
    """One connection to the relay; one answer at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.ended = False
        self.started_answer: asyncio.Future[None] | None = None
        self.done: asyncio.Future[str] | None = None
        self.port = 0
        self.made = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]
        self.port = transport.get_extra_info("sockname")[1]
        self.made = now()

    def begin(self, expected: bytes | None) -> "asyncio.Future[str]":
        """Wait for an answer: `ok`, `wrong body`, a status, `broken` or `closed`."""
        loop = asyncio.get_running_loop()
        self.parser = HttpResponseParser(self)
        self.expected = expected
        self.body = bytearray()
        self.code = ""
        self.head = False
        self.keep = True
        self.done = loop.create_future()
        self.started_answer = loop.create_future()
        if self.ended:
            self.settle("closed")
        return self.done

    def data_received(self, data: bytes) -> None:
        try:
            if self.done is not None and not self.done.done():
                self.parser.feed_data(data)
        except HttpParserError:
            self.settle("nonsense")
            self.transport.abort()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name == b"x-seatrial-error":
            self.code = value.decode()

    def on_headers_complete(self) -> None:
        self.head = True

    def on_body(self, data: bytes) -> None:
        self.body += data
        if self.started_answer is not None and not self.started_answer.done():
            self.started_answer.set_result(None)

    def on_message_complete(self) -> None:
        self.keep = self.parser.should_keep_alive()
        status = self.parser.get_status_code()
        if status != 200:
            self.settle(f"{status} {self.code}".strip())
        else:
            good = self.expected is None or self.body == self.expected
            self.settle("ok" if good else "wrong body")

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        if self.done is not None:
            self.settle("broken" if self.head else "closed")

    def settle(self, verdict: str) -> None:
        if self.done is not None and not self.done.done():
            self.done.set_result(verdict)
        if self.started_answer is not None and not self.started_answer.done():
            self.started_answer.set_result(None)

    def leave(self, *, reset: bool) -> None:
        if self.ended:
            return
        if reset:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.transport.abort()


class Client:
    """Sends one request after the other, over a kept connection where that is possible."""

    def __init__(self, address: tuple[str, int], account: Account) -> None:
        self.address = address
        self.account = account
        self.connection: Connection | None = None

    async def call(self, plan: Plan) -> None:
        started = now()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                connection = await self.connected()
                verdict = await self.ask(connection, plan)
        except TimeoutError:
            verdict = "no answer"
            self.drop()
        except OSError as error:
            verdict = f"no connection: {type(error).__name__}"
        self.note(plan, verdict, started, now() - started)

    def note(self, plan: Plan, verdict: str, started: float, seconds: float) -> None:
        account = self.account
        account.verdicts[plan.kind, verdict] += 1
        if verdict not in plan.verdicts:
            port, made = (
                (self.connection.port, self.connection.made)
                if self.connection
                else (0, 0)
            )
            account.failures.append(
                Failure(plan.kind, verdict, started, seconds, port, made)
            )
        elif plan.kind == "unary":
            account.started.append(started)
            account.seconds.append(seconds)

    async def connected(self) -> Connection:
        if self.connection is None or self.connection.ended or not self.connection.keep:
            self.drop()
            self.connection = None
            loop = asyncio.get_running_loop()
            _, self.connection = await loop.create_connection(Connection, *self.address)
            self.connection.keep = True
            self.account.connections += 1
        return self.connection

    async def ask(self, connection: Connection, plan: Plan) -> str:
        done = connection.begin(plan.answer)
        if plan.abort is not None:
            return await self.leave(connection, plan)
        connection.transport.writelines([plan.head, plan.body])
        verdict = await done
        if verdict != "ok":
            # What is left of a broken exchange must not meet the next one.
            connection.keep = False
        return verdict

    async def leave(self, connection: Connection, plan: Plan) -> str:
        """Send as much as the plan says, wait, and go."""
        write = connection.transport.write
        if plan.abort == "head":
            write(plan.head[: len(plan.head) // 2])
        elif plan.abort == "upload":
            write(plan.head + plan.body[: len(plan.body) // 2])
        else:
            write(plan.head + plan.body)
        if plan.abort == "stream" and connection.started_answer is not None:
            await connection.started_answer
        await asyncio.sleep(plan.abort_after)
        assert connection.done is not None
        verdict = connection.done.result() if connection.done.done() else "left"
        connection.leave(reset=plan.abort_after > 0.01)
        connection.ended = True
        return verdict

    def drop(self) -> None:
        if self.connection is not None:
            self.connection.leave(reset=False)


async def drive(
    address: tuple[str, int],
    plans: Iterator[Plan],
    *,
    clients: int,
    account: Account,
    more: Callable[[], bool],
    every: float = 0.0,
) -> None:
    """Run `clients` side by side while `more()`; each sends every so many seconds, or as
    fast as it goes."""

    async def run(offset: float) -> None:
        client = Client(address, account)
        due = now() + offset
        try:
            while more():
                if every:
                    await asyncio.sleep(due - now())
                    due = max(due + every, now())
                if more():
                    await client.call(next(plans))
        finally:
            client.drop()

    async with asyncio.TaskGroup() as tasks:
        for index in range(clients):
            tasks.create_task(run(every * index / clients))


async def knock(
    address: tuple[str, int],
    *,
    account: Account,
    more: Callable[[], bool],
    every: float,
) -> None:
    """Make a new connection every so many seconds, however long the others take."""

    async def visit(number: int) -> None:
        client = Client(address, account)
        try:
            await client.call(unary(number))
        finally:
            client.drop()

    async with asyncio.TaskGroup() as tasks:
        number = 0
        while more():
            number += 1
            tasks.create_task(visit(number))
            await asyncio.sleep(every)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
