"""Every exchange of the recorded corpus passes through the relay unchanged, both ways."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import Serve
from tests.e2e.corpus import MARK, Exchange, Message, Wire, read, written
from tests.e2e.instances import Instance, free_port, route

CONNECTIONS = 24
SEED = 20


@pytest.fixture(scope="module")
def exchanges(data_folder: Path) -> list[Exchange]:
    folder = data_folder / "wire" / "dev"
    if not folder.is_dir():
        pytest.skip(
            f"no recorded exchanges at {folder}: SEATRIAL_DATA names their parent"
        )
    return list(read(folder))


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def instance(serve: Serve, port: int) -> Instance:
    upstream = f"http://127.0.0.1:{port}"
    by_host = route("host", upstream, host="recorded.test", preserve_host=True)
    return serve(route("prefix", upstream), by_host)


class Run:
    """Clients that play the corpus's requests, an upstream that plays its responses."""

    def __init__(
        self, exchanges: list[Exchange], address: tuple[str, int], host: bytes
    ) -> None:
        self.exchanges = exchanges
        self.address = address
        self.host = host
        self.prefix = b"/prefix" if host == b"relay.test" else b""
        self.received: dict[int, Message] = {}
        self.answered: dict[int, Message] = {}
        self.serving: dict[asyncio.Task[None], Wire] = {}

    def chance(self, number: int, side: str) -> random.Random:
        return random.Random(f"{SEED}/{number}/{side}")

    async def play(self, port: int) -> None:
        server = await asyncio.start_server(self.serve, "127.0.0.1", port)
        async with server:
            async with asyncio.TaskGroup() as clients:
                numbers = iter(range(len(self.exchanges)))
                for _ in range(CONNECTIONS):
                    clients.create_task(self.ask(numbers))
            for wire in self.serving.values():  # the relay would keep them
                wire.writer.close()
            await asyncio.gather(*self.serving)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """One connection from the relay, until either side ends it."""
        task = asyncio.current_task()
        assert task is not None
        wire = self.serving[task] = Wire(reader, writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                await self.answer(wire, await wire.message())
        await wire.close()

    async def answer(self, wire: Wire, request: Message) -> None:
        number = int(dict(request.headers)[MARK])
        self.received[number] = request
        chance = self.chance(number, "upstream")
        await wire.send(written(self.exchanges[number].response, chance), chance)

    async def ask(self, numbers: Iterator[int]) -> None:
        """One connection, kept for all requests it sends."""
        wire = Wire(*await asyncio.open_connection(*self.address))
        for number in numbers:
            chance = self.chance(number, "client")
            await wire.send(written(self.outgoing(number), chance), chance)
            self.answered[number] = await wire.message()
        await wire.close()

    def outgoing(self, number: int) -> Message:
        asked = self.exchanges[number].request.end_to_end()
        method, target, version = asked.start.split(b" ")
        start = b" ".join((method, self.prefix + target, version))
        return Message(
            start,
            [(b"Host", self.host), (MARK, b"%d" % number), *asked.headers],
            asked.body,
        )


@pytest.mark.parametrize(
    "host",
    [
        pytest.param(b"relay.test", id="prefix route"),
        pytest.param(b"recorded.test", id="host route"),
    ],
)
def test_every_exchange_passes_unchanged(
    exchanges: list[Exchange],
    instance: Instance,
    port: int,
    host: bytes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = Run(exchanges, instance.address, host)
    asyncio.run(run.play(port))
    changed = []
    for number, exchange in enumerate(exchanges):
        received, answered = run.received[number], run.answered[number]
        if received.end_to_end() != exchange.request.end_to_end():
            changed.append((exchange.id, "request"))
        if answered.end_to_end() != exchange.response.end_to_end():
            changed.append((exchange.id, "response"))
    assert changed == []
    recorded = sum(exchange.recorded for exchange in exchanges)
    assert recorded > 0
    with capsys.disabled():
        print(
            f"\n{len(exchanges)} exchanges passed unchanged, "
            f"{recorded} of them bytes that were recorded both ways"
        )
