"""The monitor's OpenTelemetry, or nothing at all where `export.otlp` is off."""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import proxy
from proxy.export.otel_environment import check, is_disabled
from proxy.export.otel_outbox import FAILURES
from proxy.export.series import Board
from proxy.monitor.calls import Calls
from proxy.settings import Route, Settings

if TYPE_CHECKING:
    from proxy.export.otel import Telemetry
    from proxy.monitor.spans import Spans

log = logging.getLogger(__name__)

LAST_SENDS_SECONDS = 2.0


class Sender:
    def __init__(self, telemetry: "Telemetry | None", spans: "Spans | None") -> None:
        self.telemetry = telemetry
        self.spans = spans

    @classmethod
    def of(cls, settings: Settings, board: Board, calls: Calls) -> "Sender":
        calls.wall = time.time  # noqa: TID251  # the process owns its clock here
        if not settings.export.otlp.enabled or is_disabled(os.environ):
            return cls(None, None)
        # Imported only where it is used: 9 MB, 21 with gRPC, and half a second.
        try:
            from proxy.export.otel import Telemetry
            from proxy.monitor.content import capture
            from proxy.monitor.spans import Spans

            check(os.environ)
            telemetry = Telemetry(board, os.environ, proxy.__version__, time.time_ns)
        except FAILURES as error:
            # A variable is wrong. To measure matters more than to tell a collector.
            log.error("telemetry cannot start", extra={"error": str(error)})
            return cls(None, None)
        spans = Spans(telemetry, offset_ns, capture(os.environ, settings.routes))
        calls.tracer = spans
        return cls(telemetry, spans)

    def reload(self, routes: Iterable[Route]) -> None:
        if self.spans is not None:
            self.spans.reload(routes)

    def refresh(self) -> None:
        if self.telemetry is not None:
            self.telemetry.refresh()

    async def push(self, refresh: Callable[[], None]) -> None:
        """Metrics at their interval, for ever."""
        if self.telemetry is None:
            return
        while True:
            await asyncio.sleep(self.telemetry.interval)
            refresh()
            self.telemetry.push()

    async def stop(self) -> None:
        if self.telemetry is not None:
            self.telemetry.refresh()
            self.telemetry.push()
            await asyncio.to_thread(self.telemetry.stop, LAST_SENDS_SECONDS)


def offset_ns() -> int:
    """Wall clock minus monotonic clock."""
    return time.time_ns() - time.monotonic_ns()
