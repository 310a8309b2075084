"""A relay in this process, before raw peers, on uvloop as in production."""

import asyncio
import inspect
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import uvloop

from proxy.recording.recording import Outcome, Recording
from proxy.relay import sockets
from proxy.relay.listener import Listener
from proxy.relay.pool import Pool
from proxy.relay.worker import Worker
from proxy.settings import Settings
from tests.relay.certificates import Certificates
from tests.relay.wire import Peer, Script, Upstream, answering, eventually

SECRET = b"s" * 32


class Loop(uvloop.Loop):
    """Resolves the names a test has given, and nothing beyond this machine."""

    def __init__(self) -> None:
        super().__init__()
        self.names: dict[str, list[str] | Exception | asyncio.Event] = {}

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        found = self.names.get(host, [host])
        if isinstance(found, asyncio.Event):
            await found.wait()
            found = self.names[host]
        if isinstance(found, Exception):
            raise type(found)(*found.args)  # one that was raised keeps its frames
        answers: list[Any] = []
        for name in found:
            answers += await super().getaddrinfo(name, port, **options)
        return answers


class Runner:
    """One loop for a test: what is started in it is stopped in it, in reverse order."""

    def __init__(self) -> None:
        self.runner = asyncio.Runner(loop_factory=Loop)
        self.stack = AsyncExitStack()

    def run(self, awaitable: Awaitable[Any]) -> Any:
        async def main() -> Any:
            async with asyncio.timeout(60):
                return await awaitable

        return self.runner.run(main())

    def close(self) -> None:
        try:
            self.run(self.stack.aclose())
        finally:
            self.runner.close()


@pytest.fixture
def runner() -> Iterator[Runner]:
    runner = Runner()
    yield runner
    runner.close()


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run `async def` tests in the runner's loop."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    runner: Runner = pyfuncitem.funcargs["runner"]
    names = pyfuncitem._fixtureinfo.argnames
    runner.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


class Relay:
    """A Worker with its listeners, and what a test asks of them."""

    def __init__(self, worker: Worker, listener: Listener, *, tapped: bool) -> None:
        self.worker = worker
        self.listener = listener
        self.recordings: list[Recording] = []
        self.clients: list[Peer] = []
        if tapped:
            return
        worker.recorder.tap.has_room = lambda size: True  # type: ignore[method-assign]
        worker.recorder.tap.offer = self.keep  # type: ignore[method-assign,assignment]

    def keep(self, message: Any) -> None:
        if isinstance(message, Recording):
            self.recordings.append(message)

    @property
    def address(self) -> Any:
        return self.listener.listening[0].getsockname()

    @property
    def pool(self) -> Pool:
        """Of the only upstream."""
        (pool,) = self.worker.pools.values()
        return pool

    @property
    def open_upstreams(self) -> int:
        return sum(len(pool.open) for pool in self.worker.all_pools())

    async def client(
        self, data: bytes = b"", *, tls: ssl.SSLContext | None = None
    ) -> Peer:
        """A connection to the relay that has sent `data`."""
        loop = asyncio.get_running_loop()
        name = "localhost" if tls else None
        if isinstance(self.address, str):
            _, peer = await loop.create_unix_connection(Peer, self.address)
        else:
            _, peer = await loop.create_connection(
                Peer, *self.address[:2], ssl=tls, server_hostname=name
            )
        self.clients.append(peer)
        if data:
            peer.send(data)
        return peer

    async def ask(self, data: bytes) -> tuple[bytes, bytes]:
        """One request on a connection of its own; head and body of the answer."""
        client = await self.client(data)
        answer = await client.response()
        client.close()
        return answer

    async def recorded(self, number: int = 0, seconds: float = 5.0) -> Recording:
        """The recording of that number, once it is there."""
        await eventually(
            lambda: len(self.recordings) > number,
            f"recording {number}",
            seconds=seconds,
        )
        return self.recordings[number]

    async def outcome(self, seconds: float = 5.0) -> Outcome:
        """How the only exchange ended; nothing of it is left."""
        recording = await self.recorded(seconds=seconds)
        assert len(self.recordings) == 1
        assert self.worker.in_flight == 0
        return recording.outcome


@pytest.fixture(
    params=[pytest.param(False, id="uvloop"), pytest.param(True, id="fast")],
)
def fast(request: pytest.FixtureRequest) -> bool:
    """Both kinds of transports; a test asks for it where they could differ."""
    if request.param and not sockets.FAST:
        pytest.skip("aiofastnet is not installed")
    return bool(request.param)


StartUpstream = Callable[..., Awaitable[Upstream]]
StartRelay = Callable[..., Awaitable[Relay]]


@pytest.fixture
def start_upstream(runner: Runner) -> StartUpstream:
    async def start(
        script: Script | bytes,
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> Upstream:
        if isinstance(script, bytes):
            script = answering(script)
        upstream = await Upstream(script).listen(host, tls)
        runner.stack.push_async_callback(upstream.close)
        return upstream

    return start


def settings_for(
    tmp_path: Path, upstream: str, route: dict[str, Any], relay: dict[str, Any]
) -> Settings:
    one = {"name": "up", "prefix": "/up", "upstream": upstream} | route
    if "host" in route:
        del one["prefix"]
    return Settings.model_validate(
        {"instance": {"run_dir": tmp_path}, "routes": [one], "relay": relay}
    )


@pytest.fixture
def start_relay(
    runner: Runner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> StartRelay:
    """Starts a relay with the route `/up` to an upstream.

    `fast` chooses the transports, `relay` and `route` change settings, `unix` and `tls`
    the listener; recordings are kept in the test unless they are `tapped`.
    """

    async def start(
        upstream: Upstream | str,
        *,
        fast: bool | None = None,
        unix: bool = False,
        tapped: bool = False,
        tls: ssl.SSLContext | None = None,
        route: dict[str, Any] | None = None,
        relay: dict[str, Any] | None = None,
    ) -> Relay:
        if fast is not None:
            monkeypatch.setattr(sockets, "FAST", fast)
        url = upstream if isinstance(upstream, str) else upstream.url
        settings = settings_for(tmp_path, url, route or {}, relay or {})
        worker = Worker("relay-0", settings, SECRET)
        listener = Listener(worker, [listening(tmp_path if unix else None)])
        started = Relay(worker, listener, tapped=tapped)
        await listener.start(tls)
        watching = asyncio.get_running_loop().create_task(worker.watch())

        async def stop() -> None:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            listener.stop()
            for client in started.clients:
                client.transport.abort()
            await worker.close()
            await asyncio.sleep(0.01)
            assert worker.in_flight == 0
            assert not worker.clients
            assert not started.open_upstreams
            assert not listener.errors, "an unexpected error was logged"

        runner.stack.push_async_callback(stop)
        return started

    return start


def listening(folder: Path | None) -> socket.socket:
    if folder is None:
        return socket.create_server(("127.0.0.1", 0))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(folder / "relay.sock"))
    listener.listen()
    return listener


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.made_in(tmp_path_factory.mktemp("certificates"))
