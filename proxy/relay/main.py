"""The relay process: `python -m proxy.relay.main --control FD`, started by the supervisor."""

import asyncio
import ctypes
import gc
import logging
import resource
import signal
import socket
import sys

import uvloop
from setproctitle import setproctitle

from proxy.logs import configure
from proxy.recording.control import (
    Beat,
    Begin,
    Control,
    Cover,
    Drain,
    Ready,
    Reload,
    Uncover,
)
from proxy.recording.frames import Decoder, encode_into
from proxy.relay import sockets
from proxy.relay.listener import Listener, server_tls
from proxy.relay.worker import Worker
from proxy.settings import Settings

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.25
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3


class ControlLine(asyncio.Protocol):
    """The child's end of the line to the supervisor; its end means that we are orphaned."""

    def __init__(self) -> None:
        self.decoder: Decoder[Control] = Decoder(Control)  # type: ignore[arg-type]
        self.transport: asyncio.WriteTransport
        self.messages: asyncio.Queue[Control | None] = asyncio.Queue()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        for message in self.decoder.feed(data):
            self.messages.put_nowait(message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.messages.put_nowait(None)

    def say(self, message: Ready | Beat) -> None:
        if self.transport.is_closing():
            return  # the supervisor is gone; streams still end in order
        buffer = bytearray()
        encode_into(buffer, message)
        self.transport.write(bytes(buffer))


class Relay:
    """One relay from `Begin` to its end."""

    def __init__(self, line: ControlLine, begin: Begin) -> None:
        settings = Settings.model_validate_json(begin.settings)
        self.line = line
        self.worker = Worker(begin.name, settings, begin.secret)
        self.listener = Listener(
            self.worker,
            inherited(begin.listeners),
            {name: inherited(each) for name, each in begin.neighbours.items()},
        )

    async def run(self) -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.told_to_end)
        await self.listener.start(server_tls(self.worker.settings))
        self.line.say(Ready())
        gc.collect()
        gc.freeze()
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self.worker.watch())
            beating = tasks.create_task(self.beat())
            await self.drain(await self.obey())
            watching.cancel()
            beating.cancel()
        await self.worker.close()

    def told_to_end(self) -> None:
        """systemd sends SIGTERM to every process of the unit: drain, as if told."""
        drain = self.worker.settings.relay.drain
        self.line.messages.put_nowait(Drain(drain.delay, drain.limit))

    async def beat(self) -> None:
        while True:
            self.line.say(Beat())
            await asyncio.sleep(BEAT_SECONDS)

    async def obey(self) -> Drain:
        """Follow the supervisor until it says drain, or is gone."""
        while True:
            match await self.line.messages.get():
                case Reload(settings):
                    self.reload(Settings.model_validate_json(settings))
                case Cover(name):
                    await self.listener.cover(name)
                case Uncover(name):
                    self.listener.uncover(name)
                case Drain() as drain:
                    return drain
                case None:
                    log.error("supervisor is gone, draining")
                    limit = self.worker.settings.relay.drain.limit
                    return Drain(delay=0.0, limit=limit)
                case _:
                    pass

    def reload(self, settings: Settings) -> None:
        """All or nothing: files of a route that cannot be used leave the old routes."""
        try:
            self.worker.apply(settings)
        except OSError as error:  # ssl.SSLError is one
            log.error("reload refused", extra={"reason": type(error).__name__})
        else:
            settings_hash = self.worker.settings_hash
            log.info("settings reloaded", extra={"settings_hash": settings_hash})

    async def drain(self, drain: Drain) -> None:
        """Readiness fails first; listeners stay; streams end by themselves up to the limit."""
        worker = self.worker
        worker.ready = False
        worker.draining = True
        worker.beat()
        await asyncio.sleep(drain.delay)
        self.listener.stop()
        deadline = asyncio.get_running_loop().time() + drain.limit
        while asyncio.get_running_loop().time() < deadline:
            for client in list(worker.clients):
                client.close_if_idle()
            if not (worker.in_flight or worker.clients or self.listener.connecting):
                return
            await asyncio.sleep(0.05)
        log.warning("drain limit reached", extra={"in_flight": worker.in_flight})


def inherited(descriptors: list[int]) -> list[socket.socket]:
    return [socket.socket(fileno=descriptor) for descriptor in descriptors]


async def serve(control: int) -> None:
    loop = asyncio.get_running_loop()
    line = ControlLine()
    ends = socket.socket(fileno=control)
    await loop.create_unix_connection(lambda: line, sock=ends)
    begin = await line.messages.get()
    if not isinstance(begin, Begin):
        return
    setproctitle(f"seatrial: {begin.name}")
    settings = Settings.model_validate_json(begin.settings)
    configure(settings.logging, begin.name)
    sockets.FAST = sockets.FAST and settings.relay.transport == "auto"
    await Relay(line, begin).run()


def tune_process() -> None:
    """Large bodies must not cost an mmap each; a core dump would hold keys and prompts."""
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, 32 * 1024 * 1024)
        libc.mallopt(M_TRIM_THRESHOLD, 256 * 1024 * 1024)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    # Ctrl-C reaches the whole group; the supervisor decides what becomes of us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tune_process()
    uvloop.run(serve(int(sys.argv[sys.argv.index("--control") + 1])))


if __name__ == "__main__":
    main()
