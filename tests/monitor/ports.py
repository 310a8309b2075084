"""An admin port in a thread of its own, over memories that a test can look into."""

import asyncio
import contextlib
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from proxy.conversations.stitcher import Stitcher
from proxy.export.prometheus import Exposition
from proxy.export.series import Board
from proxy.monitor.admin import AdminPort, Tokens
from proxy.monitor.feedback import Book
from proxy.monitor.memories import Memories
from proxy.monitor.recordings import RecordingFiles
from proxy.monitor.relays import Relays
from proxy.monitor.sequence import Sequences
from proxy.settings import Admin
from tests.monitor.process import free_port

JSON = {"Content-Type": "application/json"}


@dataclass
class Port:
    number: int
    stitcher: Stitcher = field(default_factory=lambda: Stitcher(b"key"))
    book: Book = field(default_factory=lambda: Book(b"key"))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.number}"

    def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] = JSON,
    ) -> tuple[int, Any]:
        """Status and document; headers as given, none added but Host."""
        connection = http.client.HTTPConnection("127.0.0.1", self.number, timeout=10)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def post(self, path: str, **fields: object) -> tuple[int, Any]:
        return self.ask("POST", path, json.dumps(fields).encode())


@contextlib.contextmanager
def serving(
    token: bytes | None = None,
    keeper: RecordingFiles | None = None,
    listen: str | None = None,
) -> Iterator[Port]:
    port = Port(free_port())
    loop = asyncio.new_event_loop()
    board = Board()
    admin = AdminPort(
        Admin(listen=listen or f"127.0.0.1:{port.number}"),
        Tokens(None, None, token),
        Exposition(board, lambda: None),
        Relays(board, Sequences(), 1),
        loop.time,
        Memories(port.stitcher, port.book, keeper),
        port.book,
    )
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(admin.start(), loop).result(10)
        yield port
        asyncio.run_coroutine_threadsafe(admin.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
