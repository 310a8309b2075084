"""Reads recordings into exchanges and puts each where it belongs; text goes no further."""

from proxy.conversations.caller import caller
from proxy.conversations.forgetting import Gone
from proxy.conversations.stitcher import Stitcher
from proxy.dialects.reader import read
from proxy.errors import WireError
from proxy.export import catalog
from proxy.export.series import Board
from proxy.monitor import rates
from proxy.monitor.calls import Calls
from proxy.monitor.counts import SignalCounts
from proxy.monitor.journal import Journal
from proxy.monitor.sampling import Sampling
from proxy.monitor.signals import Signals
from proxy.monitor.target import target
from proxy.monitor.traffic import Traffic
from proxy.recording.recording import Recording

NS = 1e9


class Reading:
    """Cost: tests/README.md. Memory: that of the stitcher's limits."""

    def __init__(
        self, board: Board, secret: bytes, journal: Journal | None = None
    ) -> None:
        self.board = board
        self.journal = journal
        self.stitcher = Stitcher(secret)
        self.traffic = Traffic(board)
        self.calls = Calls(board)
        self.signals = Signals(secret)
        self.counts = SignalCounts(board)
        self.sampling = Sampling()
        self.dropped = board.tally(catalog.DROPPED)

    def take(self, recording: Recording, dialect: str, now: float) -> None:
        """`now` is monotonic seconds and never runs backwards."""
        try:
            exchange = read(recording, dialect)
        except WireError:
            self.dropped.add(("reading", "unreadable"))
            if self.journal is not None:
                self.journal.unread(recording)
            return
        id = f"{recording.boot.hex()}-{recording.seq}"
        placement = self.stitcher.place(id, exchange, now, caller(recording))
        one = target(recording, exchange, self.board.admitter)
        self.traffic.take(recording, exchange, placement, one)
        self.sampling.saw(now - recording.marks.end / NS, now)
        reading = seen = None
        if self.sampling.takes(placement.conversation):
            seen = self.signals.read(recording, exchange, placement, one, now)
            self.counts.take(seen)
            reading = seen.reading
        else:
            self.dropped.add(("detectors", "behind"))
        self.calls.take(recording, exchange, placement, one, reading)
        if self.journal is not None:
            self.journal.take(recording, exchange, placement, one, seen)
        self.expire(now)

    def expire(self, now: float) -> None:
        for seen in self.signals.expire(now):
            self.counts.take(seen)
            if self.journal is not None:
                self.journal.expired(seen, now)

    def forget(self, gone: Gone) -> None:
        """What the detectors remember of a conversation that shall be forgotten."""
        self.signals.forget(gone.conversation)
        if self.journal is not None:
            self.journal.forget(gone)

    def rates(self) -> list[dict[str, object]]:
        return rates.document(self.counts.observed)

    def refresh(self) -> None:
        """Bring what is only read at a scrape up to date."""
        memory = self.stitcher.memory
        self.board.tally(catalog.DETECTED).set((), self.sampling.probability)
        self.board.tally(catalog.OPEN_CONVERSATIONS).set((), len(memory.open))
        forgotten = memory.forgotten
        counts = {
            "silent": forgotten.silent,
            "crowded": forgotten.crowded,
            "long": forgotten.keys,
        }
        tally = self.board.tally(catalog.FORGOTTEN)
        for reason, count in counts.items():
            tally.set((reason,), count)
