"""The monitor process: `python -m proxy.monitor.main --control FD`.

Exit status 0 after a drain, SIGTERM or the supervisor's end; 2 for settings that cannot
work (another monitor in the folder, a missing token); 1 for anything else.
"""

import argparse
import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import uvloop
from setproctitle import setproctitle

import proxy
from proxy import logs
from proxy.errors import SettingsError, WireError
from proxy.export import catalog
from proxy.export.prometheus import Exposition
from proxy.export.series import Board
from proxy.monitor import admin
from proxy.monitor.feedback import Book
from proxy.monitor.intake import Intake
from proxy.monitor.journal import Journal
from proxy.monitor.line import Line
from proxy.monitor.memories import Memories
from proxy.monitor.recordings import RecordingFiles
from proxy.monitor.storing import finish, queue, retention
from proxy.monitor.telemetry import Sender
from proxy.monitor.worker import Worker
from proxy.recording.control import (
    Beat,
    Begin,
    Cover,
    Drain,
    Draining,
    Ready,
    Reload,
    Uncover,
)
from proxy.settings import Settings

log = logging.getLogger("proxy.monitor")

BEAT_SECONDS = 0.5
SAVE_SECONDS = 0.25
LAST_READS_SECONDS = 2.0
LAST_WRITES_SECONDS = 5.0
STATE_NAME = "monitor.state"


class Monitor:
    """Everything the process owns; built once, started and stopped in order."""

    def __init__(self, settings: Settings, secret: bytes, line: Line) -> None:
        self.settings = settings
        self.line = line
        self.board = Board()
        self.board.tally(catalog.BUILD).set((proxy.__version__,), 1)
        self.keeper = RecordingFiles.of(
            settings,
            wall=time.time,  # noqa: TID251  # the process owns its clock here
            monotonic=time.monotonic,
        )
        self.queue = queue(settings, time.monotonic, wall)
        self.worker = Worker(
            self.board,
            settings.routes,
            settings.relay.worker_count(),
            time.monotonic,
            secret,
            self.keeper,
            None
            if self.queue is None
            else Journal(self.board, self.queue, settings.store.sample, wall_offset),
        )
        self.sender = Sender.of(settings, self.board, self.worker.reading.calls)
        self.intake = Intake(settings.instance, self.worker)
        self.book = Book(secret)
        reading = self.worker.reading
        self.admin = admin.AdminPort(
            settings.admin,
            admin.tokens(settings.admin, os.environ),
            Exposition(self.board, self.refresh)
            if settings.export.prometheus
            else None,
            self.worker.relays,
            time.monotonic,
            Memories(reading.stitcher, self.book, self.keeper, [reading.forget]),
            self.book,
            reading.rates,
        )
        if self.worker.journal is not None:
            self.admin.store = self.worker.journal.health
        self.state_path = settings.instance.run_dir / STATE_NAME
        self.stopping = asyncio.Event()

    def refresh(self) -> None:
        """Bring what is only read at a scrape up to date."""
        self.worker.refresh()
        feedback = self.board.tally(catalog.FEEDBACK)
        for key, count in self.book.counts.items():
            feedback.set(key, count)
        self.sender.refresh()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The admin port is the last to go: it shows what the others still count."""
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self.admin.stop)
            if self.keeper is not None:
                self.keeper.start()
                stack.push_async_callback(
                    asyncio.to_thread, self.keeper.stop, LAST_WRITES_SECONDS
                )
            stack.push_async_callback(self.sender.stop)
            if self.queue is not None:
                stack.push_async_callback(finish, self.queue)
            await self.intake.start()
            stack.push_async_callback(self.intake.stop, LAST_READS_SECONDS)
            self.restore()
            await self.admin.start()
            yield

    async def serve(self) -> None:
        """Until SIGTERM, a drain, or the end of the line."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stopping.set)
        # A terminal sends SIGINT to the whole group; the supervisor decides what it means.
        loop.add_signal_handler(signal.SIGINT, lambda: None)
        self.beat()
        async with self.running(), asyncio.TaskGroup() as group:
            work = [self.save(), self.listen(), self.sender.push(self.refresh)]
            if self.queue is not None:
                work += [self.queue.run(), retention(self.queue, self.settings).run()]
            tasks = [group.create_task(each) for each in work]
            self.line.send(Ready())
            log.info("monitor ready", extra={"admin": self.settings.admin.listen})
            await self.stopping.wait()
            log.info("monitor stopping")
            self.admin.draining = True
            for task in tasks:
                task.cancel()

    def beat(self) -> None:
        """To the end, for the last reads and writes take their time too."""
        self.line.send(Beat())
        asyncio.get_running_loop().call_later(BEAT_SECONDS, self.beat)

    async def listen(self) -> None:
        while True:
            match await self.line.messages.get():
                case Reload(settings=encoded):
                    self.reload(encoded)
                case Draining():
                    self.admin.draining = True
                case Drain(delay=delay):
                    self.admin.draining = True
                    await asyncio.sleep(delay)
                    self.stopping.set()
                case None:
                    self.stopping.set()
                case Begin() | Cover() | Uncover() | Ready() | Beat():
                    log.warning("unexpected control message")

    def reload(self, encoded: bytes) -> None:
        self.settings = Settings.model_validate_json(encoded)
        self.worker.reload(self.settings.routes)
        self.sender.reload(self.settings.routes)
        if self.keeper is not None:
            self.keeper.reload(self.settings.routes)

    async def save(self) -> None:
        """Remember how far each relay's numbers were counted, for the next monitor."""
        saved = b""
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            state = self.worker.sequences.state()
            if state != saved:
                with contextlib.suppress(OSError):
                    await asyncio.to_thread(replace, self.state_path, state)
                    saved = state

    def restore(self) -> None:
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self.worker.sequences.restore(self.state_path.read_bytes())


def wall() -> float:
    return time.time()  # noqa: TID251  # the process owns its clock here


def wall_offset() -> float:
    return wall() - time.monotonic()


def replace(path: Path, content: bytes) -> None:
    """All or nothing: a crash in between leaves the old file."""
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    fresh.replace(path)


async def run(control: int) -> int:
    line = await Line.on(control)
    try:
        begin = await line.begin()
        settings = Settings.model_validate_json(begin.settings)
        logs.configure(settings.logging, begin.name)
        setproctitle(f"seatrial: {begin.name}")
        monitor = Monitor(settings, begin.secret, line)
        gc.collect()
        gc.freeze()
        await monitor.serve()
    except (SettingsError, WireError, TimeoutError) as error:
        log.error("monitor cannot start", extra={"error": str(error)})
        return 2
    except OSError as error:
        log.error("monitor cannot start", extra={"error": str(error)})
        return 1
    finally:
        line.close()
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--control", type=int, required=True)
    arguments = parser.parse_args()
    os.umask(0o077)
    sys.exit(uvloop.run(run(arguments.control)))


if __name__ == "__main__":
    main()
