"""What the store is told of each recording: its sums, and a row where it is worth one.

Errors, recoveries and probes have rows; of the rest whole conversations do, each with the
probability `store.sample`. No words: content is the business of `recordings`.
"""

from collections.abc import Callable
from hashlib import blake2b

from proxy.conversations.forgetting import Gone
from proxy.conversations.placement import Placement
from proxy.export import catalog
from proxy.export.catalog import NONE, OTHER
from proxy.export.series import Board
from proxy.model.exchange import Exchange
from proxy.monitor import target as targets
from proxy.monitor.entries import (
    LONGEST_VALUE,
    events,
    measured,
    series_of,
    signal_row,
)
from proxy.monitor.signals import Seen
from proxy.monitor.traffic import outcome
from proxy.recording.recording import Heartbeat, Recording
from proxy.store.batch import Measured
from proxy.store.faults import FAULTS
from proxy.store.queue import DROPS, Queue
from proxy.store.rows import (
    ConversationRow,
    ExchangeRow,
    RecoveryRow,
    Series,
    Target,
    Why,
)

NS = 1e9
RECOVERIES = frozenset({"tool_episode", "transport_recovery", "correction_outcome"})


class Journal:
    """`offset` adds a date to a recording's marks: wall minus monotonic seconds."""

    def __init__(
        self, board: Board, queue: Queue, sample: float, offset: Callable[[], float]
    ) -> None:
        self.board = board
        self.queue = queue
        self.sample = sample
        self.offset = offset
        self.dropped = board.tally(catalog.DROPPED)

    def unread(self, recording: Recording) -> None:
        """A recording that no dialect can read counts all the same."""
        target = Target(
            recording.route or NONE,
            NONE,
            "candidate" if recording.variant == "candidate" else "baseline",
            targets.SOURCES[recording.source],
        )
        series = series_of(target, OTHER, recording, "error", OTHER)
        self.receive(recording)
        self.queue.count(series, self.ended(recording), measured(recording))

    def take(
        self,
        recording: Recording,
        exchange: Exchange,
        place: Placement,
        one: targets.Target,
        seen: Seen | None,
    ) -> None:
        """`seen` is None where the detectors were spared."""
        target = Target(one.route, one.model, one.variant, one.source)
        at = self.ended(recording)
        self.receive(recording)
        error = exchange.error
        error_type = NONE if error is None else error.error_type
        result = outcome(recording, exchange)
        series = series_of(target, exchange.operation, recording, result, error_type)
        numbers = measured(recording, exchange, place)
        self.queue.count(series, at, numbers)
        self.queue.tally(target, "detected", "no" if seen is None else "yes", at)
        if seen is not None:
            self.observe(target, seen, at)
        why = self.why(series, place, seen)
        if why is not None:
            self.keep(series, recording, exchange, place, numbers, why, at)
            self.keep_signals(target, place.exchange, place.conversation, seen, at)

    def expired(self, seen: Seen, now: float) -> None:
        """The end of a conversation; `now` is monotonic."""
        one = seen.target
        target = Target(one.route, one.model, one.variant, one.source)
        at = now + self.offset()
        self.observe(target, seen, at)
        subject = seen.signals[0].subject if seen.signals else ""
        if subject and (self.is_sampled(subject) or seen.episodes):
            self.keep_signals(target, f"{subject}:end", subject, seen, at)

    def heartbeat(self, beat: Heartbeat) -> None:
        drops = sum(beat.drops.values())
        self.queue.accounts.heartbeat(beat.boot.hex(), beat.relay, beat.seq, drops)

    def forget(self, gone: Gone) -> None:
        """Under any name that its rows may have: a part that was counted alone is named by
        its own first exchange."""
        for id in dict.fromkeys((gone.conversation, *gone.exchanges)):
            self.queue.forget(id)

    def health(self, now: float) -> dict[str, object]:
        """For people who ask how the store is; `now` is monotonic."""
        health = self.queue.health
        return {
            "place": self.queue.store.place,
            "fault": health.fault,
            "problem": health.problem or None,
            "for_seconds": None if health.fault is None else now - health.since,
            "waiting": self.queue.waiting(),
        }

    def receive(self, recording: Recording) -> None:
        self.queue.accounts.received(recording.boot.hex(), recording.relay)

    def ended(self, recording: Recording) -> float:
        return recording.marks.end / NS + self.offset()

    def observe(self, target: Target, seen: Seen, at: float) -> None:
        """Counts from which every rate can be worked out again."""
        tally = self.queue.tally
        for name, value in events(seen):
            tally(target, name, value[:LONGEST_VALUE], at)

    def why(self, series: Series, place: Placement, seen: Seen | None) -> Why | None:
        if series.outcome == "error":
            return "error"
        if seen is not None and any(s.name in RECOVERIES for s in seen.signals):
            return "recovery"
        if series.source == "probe":
            return "probe"
        return "sample" if self.is_sampled(place.conversation) else None

    def is_sampled(self, conversation: str) -> bool:
        digest = blake2b(conversation.encode(), digest_size=8, person=b"store").digest()
        return int.from_bytes(digest, "big") / 2**64 < self.sample

    def keep(
        self,
        series: Series,
        recording: Recording,
        exchange: Exchange,
        place: Placement,
        numbers: Measured,
        why: Why,
        at: float,
    ) -> None:
        probability = self.sample if why == "sample" else 1.0
        target = {
            "route": series.route,
            "model": series.model,
            "variant": series.variant,
            "source": series.source,
        }
        app = None if recording.app is None else recording.app[:LONGEST_VALUE]
        finish = next((str(f) for f in exchange.finish_reasons if f is not None), None)
        row = ExchangeRow(
            **target,
            id=place.exchange,
            at=at,
            operation=series.operation,
            dialect=exchange.dialect,
            status=recording.status,
            outcome=series.outcome,
            error_type=series.error_type,
            why=why,
            probability=probability,
            duration_us=numbers.duration_us,
            first_us=numbers.first_us,
            input_tokens=numbers.input_tokens,
            output_tokens=numbers.output_tokens,
            finish=None if finish is None else finish[:LONGEST_VALUE],
            conversation=place.conversation,
            parent=place.parent,
            attempt=place.attempt,
            app=app,
        )
        self.queue.append(row)
        self.queue.append(
            ConversationRow(
                **target,
                id=place.conversation,
                begun=at - (numbers.duration_us or 0) / 1e6,
                last=at,
                app=app,
                exchanges=1,
                errors=int(series.outcome == "error"),
                probability=probability,
            )
        )

    def keep_signals(
        self,
        target: Target,
        exchange: str,
        conversation: str,
        seen: Seen | None,
        at: float,
    ) -> None:
        if seen is None:
            return
        for number, signal in enumerate(seen.signals):
            self.queue.append(
                signal_row(target, exchange, number, conversation, signal, at)
            )
        for episode in seen.episodes:
            self.queue.append(
                RecoveryRow(
                    conversation=conversation,
                    number=episode.number,
                    at=at,
                    route=target.route,
                    model=target.model,
                    variant=target.variant,
                    source=target.source,
                    outcome=episode.outcome,
                    sub=episode.sub,
                    errors=episode.errors,
                    identical=episode.identical,
                    calls=episode.calls,
                    seconds=episode.seconds,
                )
            )

    def refresh(self, now: float) -> None:
        """Bring what is only read at a scrape up to date; `now` is monotonic."""
        queue, health = self.queue, self.queue.health
        for reason in DROPS:
            self.dropped.set(("store", reason), queue.dropped[reason])
        self.dropped.set(("store", "killed"), queue.accounts.lost)
        up = self.board.tally(catalog.STORE_FAULT)
        for fault in FAULTS:
            up.set((fault,), health.fault == fault)
        batches = self.board.tally(catalog.STORE_BATCHES)
        for result, count in queue.batches.items():
            batches.set((result,), count)
        self.board.tally(catalog.STORE_ROWS).set((), queue.written_rows)
        self.board.tally(catalog.STORE_WAITING).set((), queue.waiting())
        self.board.tally(catalog.STORE_WRITE_SECONDS).set((), queue.write_seconds)
        if health.written is not None:
            age = max(0.0, now - health.written)
            self.board.tally(catalog.STORE_AGE).set((), age)
