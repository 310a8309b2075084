"""Takes every frame the relays send: the one place where an unexpected error ends."""

import logging
import traceback
from collections.abc import Callable, Iterable
from typing import Protocol

from proxy.dialects import choosing
from proxy.export import catalog
from proxy.export.series import Board
from proxy.monitor.aggregate import Aggregate
from proxy.monitor.journal import Journal
from proxy.monitor.reading import Reading
from proxy.monitor.relays import Relays
from proxy.monitor.sequence import Sequences
from proxy.recording.recording import Frame, Heartbeat, Recording
from proxy.settings import Route

log = logging.getLogger(__name__)

BOOT_BYTES = 16
LOG_INTERVAL = 10.0
EXPECTED_DROPS = (
    *(("relay", "full"), ("relay", "absent"), ("relay", "died")),
    *(("gap", "lost"), ("monitor", "error")),
    *(("monitor", "undecodable"), ("monitor", "partial"), ("monitor", "invalid")),
    *(("monitor", "stranger"), ("monitor", "connections")),
    *(("recordings", "queue_full"), ("recordings", "write_failed")),
    *(("recordings", "too_large"), ("recordings", "unredactable")),
    *(("reading", "unreadable"), ("detectors", "behind")),
    *(("export", "full"), ("export", "failed"), ("export", "shutdown")),
)
"""Shown as 0 from the start, so that a rate sees the first one."""


class Keeper(Protocol):
    """Where recordings are kept as files, if they are."""

    def offer(self, recording: Recording, dialect: str) -> None: ...

    def refresh(self, board: Board) -> None: ...


class Worker:
    """`clock` is monotonic seconds."""

    def __init__(
        self,
        board: Board,
        routes: Iterable[Route],
        workers: int,
        clock: Callable[[], float],
        secret: bytes,
        keeper: Keeper | None = None,
        journal: Journal | None = None,
    ) -> None:
        self.board = board
        self.clock = clock
        self.keeper = keeper
        self.dropped = board.tally(catalog.DROPPED)
        self.sequences = Sequences()
        self.relays = Relays(board, self.sequences, workers)
        self.aggregate = Aggregate(board)
        self.journal = journal
        self.reading = Reading(board, secret, journal)
        self.dialects: dict[str | None, str] = {}
        self.log_again_at = 0.0
        self.reload(routes)
        for key in EXPECTED_DROPS:
            self.dropped.add(key, 0)

    def reload(self, routes: Iterable[Route]) -> None:
        known = list(routes)
        self.dialects = {r.name: r.dialect for r in known if r.dialect != "auto"}
        names = [catalog.NONE, *(route.name for route in known)]
        self.board.admitter.reserve(catalog.ROUTE, names)

    def take(self, frame: Frame) -> None:
        """Count one frame. Never raises."""
        try:
            if not is_from_a_relay(frame):
                self.dropped.add(("monitor", "invalid"))
            elif isinstance(frame, Recording):
                self.take_recording(frame)
            else:
                self.take_heartbeat(frame)
        except Exception as error:
            self.dropped.add(("monitor", "error"))
            self.report(error)

    def take_recording(self, recording: Recording) -> None:
        self.sequences.received(recording.boot)
        dialect = choosing.chosen(
            self.dialects.get(recording.route, "auto"),
            recording.method,
            recording.target,
            recording.upstream,
        )
        self.aggregate.take(recording, dialect)
        if self.keeper is not None:
            self.keeper.offer(recording, dialect)
        self.reading.take(recording, dialect, self.clock())

    def take_heartbeat(self, beat: Heartbeat) -> None:
        self.relays.take(beat, self.clock())
        if self.journal is not None:
            self.journal.heartbeat(beat)

    def lose(self, reason: str) -> None:
        """Count bytes that never became a frame."""
        self.dropped.add(("monitor", reason))

    def report(self, error: Exception) -> None:
        """At most one line in ten seconds. Where it happened, not what the error says:
        its text may quote what a user wrote."""
        now = self.clock()
        if now < self.log_again_at:
            return
        self.log_again_at = now + LOG_INTERVAL
        stack = traceback.extract_tb(error.__traceback__)
        where = " > ".join(f"{f.filename}:{f.lineno} {f.name}" for f in stack)
        log.error(
            "frame not counted",
            extra={"error": type(error).__name__, "where": where},
        )

    def refresh(self) -> None:
        """Bring what is only read at a scrape up to date."""
        self.relays.refresh(self.clock())
        self.reading.refresh()
        if self.journal is not None:
            self.journal.refresh(self.clock())
        if self.keeper is not None:
            self.keeper.refresh(self.board)


def is_from_a_relay(frame: Frame) -> bool:
    name = frame.relay
    return len(frame.boot) == BOOT_BYTES and 0 < len(name) <= catalog.LONGEST_VALUE
