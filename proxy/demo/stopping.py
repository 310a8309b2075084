"""How the demo ends: by the clock, by Ctrl-C, by SIGTERM or with its terminal."""

import asyncio
import signal
from types import TracebackType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopping:
    """`asked` is set by the first signal, once there is something to let finish; before
    that, and for the second one, the task is cancelled."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.gentle = False
        self.task = asyncio.current_task()

    def __enter__(self) -> "Stopping":
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.add_signal_handler(number, self.signalled)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        loop = asyncio.get_running_loop()
        for number in SIGNALS:
            loop.remove_signal_handler(number)

    def signalled(self) -> None:
        if self.gentle and not self.asked.is_set():
            self.asked.set()
        elif self.task is not None:
            self.task.cancel()
