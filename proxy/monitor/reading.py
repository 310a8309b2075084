"""Reads recordings into exchanges and puts each where it belongs; text goes no further."""

from proxy.conversations.caller import caller
from proxy.conversations.stitcher import Stitcher
from proxy.dialects.reader import read
from proxy.errors import WireError
from proxy.export import catalog
from proxy.export.series import Board
from proxy.monitor.traffic import Traffic
from proxy.recording.recording import Recording


class Reading:
    """Cost: tests/README.md. Memory: that of the stitcher's limits."""

    def __init__(self, board: Board, secret: bytes) -> None:
        self.board = board
        self.stitcher = Stitcher(secret)
        self.traffic = Traffic(board)
        self.dropped = board.tally(catalog.DROPPED)

    def take(self, recording: Recording, dialect: str, now: float) -> None:
        """`now` is monotonic seconds and never runs backwards."""
        try:
            exchange = read(recording, dialect)
        except WireError:
            self.dropped.add(("reading", "unreadable"))
            return
        id = f"{recording.boot.hex()}-{recording.seq}"
        placement = self.stitcher.place(id, exchange, now, caller(recording))
        self.traffic.take(recording, exchange, placement)

    def refresh(self) -> None:
        """Bring what is only read at a scrape up to date."""
        memory = self.stitcher.memory
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
