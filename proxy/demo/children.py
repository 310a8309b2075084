"""The processes of the demo: started here, and ended here whatever happens."""

import asyncio
import ctypes
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
LAST_LINES = 5


@dataclass(frozen=True, slots=True)
class Child:
    """A running process. Its stdout is ours to read, its stderr goes to `log`."""

    name: str
    process: asyncio.subprocess.Process
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def has_ended(self) -> bool:
        return self.process.returncode is not None

    async def first_line(self) -> bytes:
        """Empty when the process ended without one."""
        assert self.process.stdout is not None
        return await self.process.stdout.readline()

    def last_words(self) -> str:
        """The end of its log, for a message about its failure."""
        with suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()
            return "\n".join(lines[-LAST_LINES:])
        return ""


class Children:
    """`async with Children() as children`: on leaving, all that still runs is ended,
    the youngest first."""

    def __init__(self) -> None:
        self.running: list[Child] = []

    async def __aenter__(self) -> "Children":
        return self

    async def __aexit__(self, *error: object) -> None:
        for child in reversed(self.running[:]):
            await self.end(child, seconds=5.0)

    async def start(self, name: str, argv: Sequence[str], log: Path) -> Child:
        with log.open("ab") as stderr:
            process = await asyncio.create_subprocess_exec(
                *argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=stderr,
                start_new_session=True,  # Ctrl-C is ours: what it means is decided here
                preexec_fn=end_with_parent(),
            )
        child = Child(name, process, log)
        self.running.append(child)
        return child

    async def end(self, child: Child, seconds: float) -> None:
        """SIGTERM, and SIGKILL to what has not ended in time or when we must hurry."""
        if child in self.running:
            self.running.remove(child)
        try:
            send(child.process, signal.SIGTERM)
            async with asyncio.timeout(seconds):
                await child.process.wait()
        except TimeoutError:
            pass
        finally:
            if not child.has_ended():
                send(child.process, signal.SIGKILL)
        await child.process.wait()


def send(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(number)


def end_with_parent() -> Callable[[], None]:
    """What the new process runs before the command: should we be killed, the kernel sends
    it SIGTERM. Everything is looked up before the fork."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask_kernel() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return ask_kernel
