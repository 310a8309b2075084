"""What the relays last said of themselves, and whether all of them are ready.

A name is held by one process at a time, known by its boot. A former holder may still be
heard: its last words arrive late, or it drains after its supervisor died. Once it has been
silent for long enough it is dead, and what it had under way was cut and measured nowhere.
"""

import math
from collections import deque
from dataclasses import dataclass, field

from proxy.export import catalog
from proxy.export.series import Board
from proxy.monitor.sequence import Sequences
from proxy.recording.recording import Heartbeat

FRESH_SECONDS = 3.0
LAGS_KEPT = 60
MOST_RELAYS = catalog.RELAY.bound
MOST_REASONS = catalog.REASON.bound


@dataclass(slots=True)
class Seen:
    """The newest heartbeat of a relay, when it came, and what was counted of it."""

    heartbeat: Heartbeat
    at: float
    drops: dict[str, int] = field(default_factory=dict)
    spoofed: int = 0
    lags: deque[float] = field(default_factory=lambda: deque(maxlen=LAGS_KEPT))

    def age(self, now: float) -> float:
        return max(0.0, now - self.at)

    def is_fresh(self, now: float) -> bool:
        return self.age(now) < FRESH_SECONDS


@dataclass(frozen=True, slots=True)
class Readiness:
    expected: int
    ready: list[str]
    waiting: dict[str, str]
    """Relays that were heard of and why they do not count."""

    draining: bool
    """Every relay that can be heard has stopped to be ready: only a drain does that."""

    def is_complete(self) -> bool:
        return len(self.ready) >= self.expected


class Relays:
    """Keeps at most `MOST_RELAYS`; names are the supervisor's and come back."""

    def __init__(self, board: Board, sequences: Sequences, workers: int) -> None:
        self.board = board
        self.sequences = sequences
        self.workers = workers
        self.dropped = board.tally(catalog.DROPPED)
        self.spoofed = board.tally(catalog.SPOOFED)
        self.invalid = board.tally(catalog.INVALID)
        self.seen: dict[str, Seen] = {}
        self.former: dict[bytes, Seen] = {}
        """Processes in whose place another one was heard, until they are dead."""

    def take(self, beat: Heartbeat, now: float) -> None:
        holder = self.seen.get(beat.relay)
        if holder is None and len(self.seen) >= MOST_RELAYS:
            self.invalid.add(("heartbeat",))
            return
        if holder is not None and holder.heartbeat.boot == beat.boot:
            known = holder
        else:
            known = self.former.get(beat.boot) or Seen(beat, now)
        if not is_sane(beat, known):
            self.invalid.add(("heartbeat",))
            return
        if known is not holder:
            self.place(beat, known, holder, now)
        self.count(beat, known)
        known.heartbeat = beat
        known.at = now
        known.lags.append(beat.lag_seconds)
        self.bury(now)

    def place(
        self, beat: Heartbeat, known: Seen, holder: Seen | None, now: float
    ) -> None:
        """Settle which of two processes holds the name, and which is a former one."""
        is_new = beat.boot not in self.former
        if holder is None or not holder.is_fresh(now) or (is_new and beat.ready):
            self.seen[beat.relay] = known
            self.former.pop(beat.boot, None)
            if holder is not None:
                self.former[holder.heartbeat.boot] = holder
        else:
            self.former[beat.boot] = known

    def bury(self, now: float) -> None:
        """Count what former processes had under way when they were last heard."""
        while self.former:
            boot, eldest = min(self.former.items(), key=lambda each: each[1].at)
            if eldest.is_fresh(now) and len(self.former) <= MOST_RELAYS:
                return
            del self.former[boot]
            if eldest.heartbeat.in_flight:
                self.dropped.add(("relay", "died"), eldest.heartbeat.in_flight)

    def count(self, beat: Heartbeat, known: Seen) -> None:
        self.take_drops(beat, known)
        self.spoofed.add((), beat.spoofed - known.spoofed)
        known.spoofed = beat.spoofed
        drops = sum(beat.drops.values())
        lost = self.sequences.heartbeat(beat.boot, beat.seq, drops)
        if lost:
            self.dropped.add(("gap", "lost"), lost)

    def take_drops(self, beat: Heartbeat, seen: Seen) -> None:
        """Add what was dropped since this boot's last heartbeat.

        The first heartbeat of a boot adds all of its drops, to a monitor that was
        restarted too: most of them happened because it was away.
        """
        for reason, count in beat.drops.items():
            more = count - seen.drops.get(reason, 0)
            if more:
                self.dropped.add(("relay", reason), more)
        seen.drops = beat.drops

    def expected(self, now: float) -> int:
        """What the relays themselves say; the settings as long as they are silent."""
        said = [s.heartbeat.workers for s in self.seen.values() if s.is_fresh(now)]
        return max(said, default=self.workers)

    def readiness(self, now: float) -> Readiness:
        ready: list[str] = []
        waiting: dict[str, str] = {}
        for name, seen in sorted(self.seen.items()):
            if not seen.is_fresh(now):
                waiting[name] = f"no heartbeat for {seen.age(now):.0f} s"
            elif not seen.heartbeat.ready:
                waiting[name] = "draining"
            else:
                ready.append(name)
        draining = not ready and "draining" in waiting.values()
        return Readiness(self.expected(now), ready, waiting, draining)

    def refresh(self, now: float) -> None:
        """Bring the board's gauges up to date."""
        self.bury(now)
        self.board.tally(catalog.RELAY_SETTINGS).values.clear()
        for name, seen in self.seen.items():
            self.show(name, seen, now)

    def show(self, name: str, seen: Seen, now: float) -> None:
        beat = seen.heartbeat
        fresh = seen.is_fresh(now)
        levels = {
            catalog.RELAY_UP: fresh,
            catalog.RELAY_READY: fresh and beat.ready,
            catalog.HEARTBEAT_AGE: seen.age(now),
            catalog.IN_FLIGHT: beat.in_flight,
            catalog.CONNECTIONS: beat.connections,
            catalog.UPSTREAM_CONNECTIONS: beat.upstream_connections,
            catalog.LOOP_LAG: max(seen.lags, default=0.0),
            catalog.RELAY_CPU: beat.cpu_seconds,
            catalog.EXCHANGES: beat.seq,
        }
        for metric, level in levels.items():
            self.board.tally(metric).set((name,), float(level))
        self.board.tally(catalog.RELAY_SETTINGS).set((name, beat.settings_hash), 1)


def is_sane(beat: Heartbeat, known: Seen) -> bool:
    """Numbers are finite, texts short, and within a boot counts only grow."""
    seconds = (beat.lag_seconds, beat.cpu_seconds)
    counts = (beat.in_flight, beat.connections, beat.upstream_connections)
    return (
        all(math.isfinite(number) and number >= 0 for number in seconds)
        and min(counts) >= 0
        and len(beat.settings_hash) <= catalog.LONGEST_VALUE
        and len(beat.drops) <= MOST_REASONS
        and all(len(reason) <= catalog.LONGEST_VALUE for reason in beat.drops)
        and beat.seq >= max(0, known.heartbeat.seq)
        and beat.spoofed >= known.spoofed
        and all(count >= known.drops.get(why, 0) for why, count in beat.drops.items())
    )
