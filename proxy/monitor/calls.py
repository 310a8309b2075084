"""What one Exchange adds to the conventions' metrics of model calls.

The call is what Seatrial does as a client: it begins with the request's head complete
(from there on a connection is sought) and ends with the last byte read of the answer.
Exchanges that led to no upstream, and operations that are none of a model, are no calls.
"""

import re
from dataclasses import dataclass
from typing import Protocol

from proxy.conversations.placement import Placement
from proxy.export import catalog
from proxy.export.catalog import NONE, OTHER
from proxy.export.series import Board, Trace
from proxy.model.behaviour import Reading
from proxy.model.exchange import Exchange
from proxy.monitor.target import Target
from proxy.recording.recording import Recording

NS = 1e9
LONGEST_SECONDS = 7 * 86_400.0
PARENT = re.compile(r"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
NO_ID = re.compile("0+")


@dataclass(frozen=True, slots=True)
class Call:
    """One exchange as far as it is a call; times in seconds."""

    recording: Recording
    exchange: Exchange
    placement: Placement
    target: Target
    reading: Reading | None
    """What the reply does; None where it was not classified."""
    duration: float | None
    first_chunk: float | None

    @property
    def begin(self) -> int:
        """Monotonic nanoseconds."""
        return self.recording.marks.request_head

    @property
    def end(self) -> int:
        marks = self.recording.marks
        return max(
            self.begin, marks.end if marks.last_byte is None else marks.last_byte
        )

    @property
    def is_cancelled(self) -> bool:
        return self.recording.outcome == "client_gone"

    @property
    def error_type(self) -> str | None:
        """Whose fault it was; a client's leaving is nobody's."""
        error = self.exchange.error
        return None if error is None or self.is_cancelled else error.error_type


class Tracer(Protocol):
    def take(self, call: Call) -> Trace | None:
        """Tell of the call; where, if it is sampled."""


class Clock(Protocol):
    def __call__(self) -> float: ...


class Calls:
    """`wall` is seconds since the epoch, for exemplars of traces that are not ours."""

    def __init__(self, board: Board) -> None:
        self.duration = board.distribution(catalog.CALL_DURATION)
        self.first_chunk = board.distribution(catalog.CALL_FIRST_CHUNK)
        self.per_chunk = board.distribution(catalog.CALL_PER_CHUNK)
        self.usage = board.distribution(catalog.CALL_USAGE)
        self.tracer: Tracer | None = None
        self.wall: Clock | None = None

    def take(
        self,
        recording: Recording,
        exchange: Exchange,
        placement: Placement,
        target: Target,
        reading: Reading | None,
    ) -> None:
        if recording.upstream is None:
            return
        call = of(recording, exchange, placement, target, reading)
        trace = None if self.tracer is None else self.tracer.take(call)
        if exchange.operation != OTHER and not call.is_cancelled:
            self.count(call, trace or self.callers_trace(call))

    def callers_trace(self, call: Call) -> Trace | None:
        """The client's own trace where it is kept, and that of an error in any case."""
        stated = call.recording.traceparent
        if stated is None or self.wall is None:
            return None
        found = PARENT.match(stated)
        if found is None or NO_ID.fullmatch(found[1]) or NO_ID.fullmatch(found[2]):
            return None
        is_sampled = int(found[3], 16) & 1
        if not is_sampled and call.error_type is None:
            return None
        return Trace(found[1], found[2], self.wall())

    def count(self, call: Call, trace: Trace | None) -> None:
        exchange, source = call.exchange, call.target.source
        provider = exchange.provider
        key = (exchange.operation, provider, call.target.model)
        if call.duration is not None:
            error = call.error_type or NONE
            self.duration.observe((*key, error, source), call.duration, trace)
        if call.first_chunk is not None:
            self.first_chunk.observe((*key, source), call.first_chunk, trace)
        between = between_chunks(exchange)
        if between is not None:
            self.per_chunk.observe((*key, source), between, trace)
        usage = exchange.usage
        counts = (
            ("input", usage.input_tokens_incl_cache),
            ("output", usage.output_tokens_incl_reasoning),
        )
        for kind, count in counts:
            if count is not None and 0 <= count <= catalog.MOST_TOKENS:
                self.usage.observe((*key, kind, source), float(count), trace)


def of(
    recording: Recording,
    exchange: Exchange,
    placement: Placement,
    target: Target,
    reading: Reading | None,
) -> Call:
    marks = recording.marks
    end = marks.end if marks.last_byte is None else marks.last_byte
    chunks = exchange.timings.chunks
    return Call(
        recording,
        exchange,
        placement,
        target,
        reading,
        duration=seconds(marks.request_head, end),
        first_chunk=seconds(marks.request_head, chunks[0]) if chunks else None,
    )


def between_chunks(exchange: Exchange) -> float | None:
    """The mean; None for fewer than two."""
    chunks = exchange.timings.chunks
    if len(chunks) < 2:
        return None
    whole = seconds(chunks[0], chunks[-1])
    return None if whole is None else whole / (len(chunks) - 1)


def seconds(begin: int, end: int) -> float | None:
    """None where the marks make no sense; that is counted where they are first read."""
    found = (end - begin) / NS
    return found if 0 <= found <= LONGEST_SECONDS else None
