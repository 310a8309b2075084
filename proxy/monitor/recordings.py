"""Keeps recordings as files, in a thread of its own behind a bounded queue.

A disk that is full, read-only, slow or broken costs recordings, which are counted, and
nothing else: the intake never waits for it. Bodies are taken off before the queue unless
the route's content is `full` or `redacted`; the latter are redacted in the thread, and a
body that cannot be is not kept.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import NamedTuple

import msgspec

from proxy.export import catalog
from proxy.export.series import Board
from proxy.monitor import removal, row
from proxy.monitor.folder import PARTS, Folder
from proxy.monitor.redactor import names, text
from proxy.monitor.redactor.redactor import redacted
from proxy.monitor.redactor.spans import Rules
from proxy.monitor.removal import Removed
from proxy.recording.recording import Body, Recording
from proxy.settings import Route, Settings

log = logging.getLogger(__name__)

MOST_WAITING = 8_192
MOST_WAITING_BYTES = 64 * 1024 * 1024
EACH_BYTES = 2_048
"""What a recording without headers and bodies is taken to occupy."""
BATCH_BYTES = 4 * 1024 * 1024
TEND_SECONDS = 10.0
RETRY_SECONDS = 5.0

Clock = Callable[[], float]


class Item(NamedTuple):
    """One recording that waits, as much of it as may be kept."""

    recording: Recording
    dialect: str
    cost: int
    """Bytes it occupies, nearly."""
    redact: bool


class Order(NamedTuple):
    """That a conversation be removed."""

    conversation: str
    exchanges: tuple[str, ...]
    done: Future[Removed]


class RecordingFiles:
    """`offer`, `reload` and `refresh` belong to the loop, the rest to the thread."""

    def __init__(
        self, folder: Folder, routes: Iterable[Route], wall: Clock, monotonic: Clock
    ) -> None:
        self.folder = folder
        self.batch_bytes = min(BATCH_BYTES, folder.max_size // PARTS)
        self.wall = wall
        self.monotonic = monotonic
        self.content: dict[str | None, str] = {}
        self.reload(routes)
        self.rules: Rules | None = None
        """Made in the thread when needed: a model of names takes seconds to load."""
        self.orders: list[Order] = []
        self.condition = threading.Condition()
        self.waiting: list[Item] = []
        self.waiting_bytes = 0
        self.stopping = False
        self.queue_full = 0
        self.written = 0
        self.written_bytes = 0
        self.failed = 0
        self.too_large = 0
        self.unredactable = 0
        self.failing = False
        self.retry_at = 0.0
        self.tend_at = 0.0
        # A daemon, so that a disk that never answers cannot keep the process alive.
        self.dead = False
        self.thread = threading.Thread(
            target=self.write_on, name="recordings", daemon=True
        )

    @classmethod
    def of(
        cls, settings: Settings, wall: Clock, monotonic: Clock
    ) -> "RecordingFiles | None":
        wanted = settings.recordings
        if wanted.write is None:
            return None
        folder = Folder(wanted.write, wanted.max_size, wanted.max_age)
        return cls(folder, settings.routes, wall, monotonic)

    def reload(self, routes: Iterable[Route]) -> None:
        self.content = {route.name: route.content for route in routes}

    def offer(self, recording: Recording, dialect: str) -> None:
        """Queue one, or drop and count it. Never waits for the disk."""
        content = self.content.get(recording.route, "none")
        if content == "none":
            recording = without_bodies(recording)
        size = footprint(recording)
        with self.condition:
            if self.dead:
                self.failed += 1
                return
            full = (
                len(self.waiting) >= MOST_WAITING
                or self.waiting_bytes + size > MOST_WAITING_BYTES
            )
            if full:
                self.queue_full += 1
                return
            item = Item(recording, dialect, size, content == "redacted")
            self.waiting.append(item)
            self.waiting_bytes += size
            self.condition.notify()

    def remove(self, conversation: str, exchanges: tuple[str, ...]) -> Future[Removed]:
        """Take a conversation out of the files, with what of it waits to be written.
        The result may be an OSError."""
        order = Order(conversation, exchanges, Future())
        with self.condition:
            if self.dead or self.stopping:
                order.done.set_exception(OSError("recordings are not written any more"))
            else:
                self.orders.append(order)
                self.condition.notify()
        return order.done

    def refresh(self, board: Board) -> None:
        dropped = board.tally(catalog.DROPPED)
        dropped.set(("recordings", "queue_full"), self.queue_full)
        dropped.set(("recordings", "write_failed"), self.failed)
        dropped.set(("recordings", "too_large"), self.too_large)
        dropped.set(("recordings", "unredactable"), self.unredactable)
        board.tally(catalog.WRITTEN).set((), self.written)
        board.tally(catalog.WRITTEN_BYTES).set((), self.written_bytes)
        board.tally(catalog.WRITE_FAILING).set((), float(self.failing))
        board.tally(catalog.WRITE_QUEUE).set((), self.waiting_bytes)

    def start(self) -> None:
        self.thread.start()

    def stop(self, seconds: float) -> None:
        """Write what waits, for so long at most."""
        with self.condition:
            self.stopping = True
            self.condition.notify()
        self.thread.join(seconds)
        if self.thread.is_alive():
            log.warning("recordings left unwritten", extra={"count": len(self.waiting)})

    def write_on(self) -> None:
        """The thread: until stopped and empty. Its death, too, shows as failing."""
        batch: list[Item] | None = []
        try:
            if "redacted" in self.content.values():
                self.rules = rules()
            while (batch := self.taken()) is not None:
                self.write(batch)
                self.obey()
            self.folder.close()
        finally:
            if batch is not None:
                self.die(batch)

    def die(self, batch: list[Item]) -> None:
        """What will not be written any more is counted, from here on too."""
        with self.condition:
            self.dead = self.failing = True
            self.failed += len(batch) + len(self.waiting)
            self.waiting, self.waiting_bytes = [], 0
            orders, self.orders = self.orders, []
        for order in orders:
            order.done.set_exception(OSError("recordings are not written any more"))

    def taken(self) -> list[Item] | None:
        """All that waits; nothing after a while without any; None at the end."""
        with self.condition:
            if not self.waiting and not self.orders and not self.stopping:
                self.condition.wait(TEND_SECONDS)
            if not self.waiting and not self.orders and self.stopping:
                return None
            batch, self.waiting = self.waiting, []
            return batch

    def write(self, batch: list[Item]) -> None:
        offset = self.wall() - self.monotonic()
        lines: list[bytes] = []
        size = 0
        for item in batch:
            line = self.line(item, offset)
            if len(line) > self.folder.max_size:
                self.too_large += 1
                continue
            if size + len(line) > self.batch_bytes:
                self.append(lines)
                lines, size = [], 0
            lines.append(line)
            size += len(line)
        self.append(lines)
        with self.condition:
            self.waiting_bytes -= sum(item.cost for item in batch)

    def line(self, item: Item, offset: float) -> bytes:
        if not item.redact:
            return row.line(item.recording, item.dialect, offset)
        if self.rules is None:
            self.rules = rules()
        found = redacted(item.recording, item.dialect, self.rules)
        self.unredactable += found.failed
        return row.line(found.recording, item.dialect, offset, "redacted")

    def obey(self) -> None:
        """Remove what is to be forgotten; the file that is written now is closed first."""
        with self.condition:
            orders, self.orders = self.orders, []
        for conversation, exchanges, done in orders:
            if not done.set_running_or_notify_cancel():
                continue
            try:
                self.folder.close()
                done.set_result(
                    removal.remove(self.folder.path, conversation, exchanges)
                )
            except OSError as error:
                done.set_exception(error)

    def append(self, lines: list[bytes]) -> None:
        """Write them unless the disk failed a moment ago."""
        now = self.monotonic()
        if self.failing and now < self.retry_at:
            self.failed += len(lines)
            return
        try:
            if lines:
                self.folder.append(b"".join(lines), self.wall())
            if now >= self.tend_at:
                self.tend_at = now + TEND_SECONDS
                self.folder.tend(self.wall())
        except OSError as error:
            self.failed += len(lines)
            self.fail(error, now)
        else:
            self.succeed(lines)

    def fail(self, error: OSError, now: float) -> None:
        self.retry_at = now + RETRY_SECONDS
        if not self.failing:
            self.failing = True
            log.error(
                "recordings cannot be written",
                extra={"folder": str(self.folder.path), "error": error.strerror},
            )

    def succeed(self, lines: list[bytes]) -> None:
        self.written += len(lines)
        self.written_bytes += sum(map(len, lines))
        if self.failing and lines:
            self.failing = False
            log.info(
                "recordings are written again", extra={"folder": str(self.folder.path)}
            )


def rules() -> Rules:
    """Those of the redactor, and one for names where it can be had."""
    found = names.installed()
    if found is None:
        log.warning("person names are not redacted: no model for spaCy is installed")
        return text.RULES
    return (*text.RULES, found)


def without_bodies(recording: Recording) -> Recording:
    return msgspec.structs.replace(
        recording,
        request_body=emptied(recording.request_body),
        response_body=emptied(recording.response_body),
    )


def emptied(body: Body) -> Body:
    return Body([], body.total, body.total > 0)


def footprint(recording: Recording) -> int:
    """Bytes it occupies while it waits, nearly."""
    heads = (*recording.request_headers, *recording.response_headers)
    slices = (*recording.request_body.slices, *recording.response_body.slices)
    reads = len(recording.request_reads) + len(recording.response_reads)
    return (
        EACH_BYTES
        + len(recording.target)
        + sum(len(name) + len(value) + 128 for name, value in heads)
        + sum(map(len, slices))
        + 40 * reads
    )
