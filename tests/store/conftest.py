"""A store of either engine, for facts that hold for both."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from proxy.store.opening import store_at
from proxy.store.port import Store
from tests.store.server import Server, programs

Within = Callable[[Callable[[Store], Awaitable[None]]], None]
NOW = 1_800_000_000.0


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if programs() is None:
        assert "CI" not in os.environ, "CI must have PostgreSQL: apt install postgresql"
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    server = Server()
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.proof)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:{tmp_path}/seatrial.db"
    server: Server = request.getfixturevalue("server")
    return server.database()


@pytest.fixture
def within(url: str) -> Within:
    """Run a coroutine function with an open store, and close it."""

    def run(told: Callable[[Store], Awaitable[None]]) -> None:
        async def whole() -> None:
            store = store_at(url, lambda: NOW)
            try:
                await told(store)
            finally:
                await store.close()

        asyncio.run(whole())

    return run
