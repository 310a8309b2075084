"""One child: what the supervisor is told of it, and its process while it runs."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.errors import WireError
from proxy.recording import control
from proxy.recording.frames import Decoder, encode_into

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    argv: tuple[str, ...]
    """The command; `--control FD` is added to it."""
    serves: bool
    """It takes the listeners: readiness waits for it, it drains first, and an instance in
    which none of these lives has failed."""
    silence_seconds: float
    """Without a Beat for so long it is frozen."""
    environment: Mapping[str, str] = field(default_factory=dict)


class Process(asyncio.Protocol):
    """A child that runs: its process, its control line, when it was last heard."""

    def __init__(self, child: Child, started: float, wake: Callable[[], None]) -> None:
        self.child = child
        self.started = started
        self.wake = wake
        self.ready = False
        self.heard = False
        self.killed = False
        self.covers: set[str] = set()
        """The neighbours that it was told to accept for."""
        self.silence = 0.0
        """Seconds since the last Beat in which the supervisor itself was awake."""
        self.decoder: Decoder[control.Control] = Decoder(control.Control)  # type: ignore[arg-type]  # a union is no type[]
        self.popen: subprocess.Popen[bytes] | None = None
        self.line: asyncio.WriteTransport | None = None

    async def start(self, listeners: Sequence[socket.socket]) -> None:
        """Start the command with its end of the line; OSError when it cannot be."""
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                self.popen = self.spawn(theirs, listeners)
            except OSError:
                ours.close()
                raise
        ours.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.create_unix_connection(lambda: self, sock=ours)

    def spawn(
        self, line: socket.socket, listeners: Sequence[socket.socket]
    ) -> subprocess.Popen[bytes]:
        descriptors = {line.fileno(), *(sock.fileno() for sock in listeners)}
        environment = {**os.environ, **self.child.environment}
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
            environment.pop(name, None)  # the supervisor speaks for all
        return subprocess.Popen(
            [*self.child.argv, "--control", str(line.fileno())],
            pass_fds=tuple(descriptors),
            stdin=subprocess.DEVNULL,
            env=environment,
            start_new_session=True,  # Ctrl-C in a terminal is the supervisor's to handle
        )

    @property
    def pid(self) -> int:
        assert self.popen is not None
        return self.popen.pid

    def ended(self) -> int | None:
        """The exit status once the process is gone; negative for a signal."""
        assert self.popen is not None
        return self.popen.poll()

    def kill(self) -> None:
        assert self.popen is not None
        self.killed = True
        self.popen.kill()

    def send(self, message: control.Control) -> None:
        if self.line is not None and not self.line.is_closing():
            frame = bytearray()
            encode_into(frame, message)
            self.line.write(bytes(frame))

    def close(self) -> None:
        if self.line is not None:
            self.line.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self.line = transport

    def data_received(self, data: bytes) -> None:
        try:
            for message in self.decoder.feed(data):
                self.hear(message)
        except WireError as error:
            log.error(
                "child speaks nonsense",
                extra={"child": self.child.name, "reason": str(error)},
            )
            self.kill()

    def hear(self, message: control.Control) -> None:
        self.heard = True
        self.silence = 0.0
        if isinstance(message, control.Ready) and not self.ready:
            self.ready = True
            self.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self.wake()


def ending(status: int) -> str:
    """`exit 1` or `SIGKILL`."""
    if status >= 0:
        return f"exit {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
