"""What one recording, or what detectors saw of it, is in the store's own terms."""

from collections.abc import Iterator

from proxy.conversations.placement import Placement
from proxy.export import catalog
from proxy.export.catalog import NONE
from proxy.model.exchange import Exchange, Usage
from proxy.model.signal import Signal, weight
from proxy.monitor.aggregate import LONGEST_NS, STATUS_CLASSES, time_to_first_byte
from proxy.monitor.counts import value_of
from proxy.monitor.signals import Seen
from proxy.recording.recording import Recording
from proxy.store.batch import Measured
from proxy.store.rows import Series, SignalRow, Target

LONGEST_VALUE = 64


def events(seen: Seen) -> Iterator[tuple[str, str]]:
    if seen.reading is not None:
        yield "reply", seen.reading.behaviour
        if seen.first:
            yield "first_reply", seen.reading.behaviour
    if seen.burdened:
        yield "burdened", "yes"
    if seen.judged is not None:
        yield "first_episode", seen.judged.outcome
    for episode in seen.episodes:
        yield "episode", episode.outcome
    for signal in seen.signals:
        yield f"signal:{signal.name}", value_of(signal)


def signal_row(
    target: Target,
    exchange: str,
    number: int,
    conversation: str,
    signal: Signal,
    at: float,
) -> SignalRow:
    return SignalRow(
        exchange=exchange,
        number=number,
        at=at,
        conversation=conversation,
        route=target.route,
        model=target.model,
        variant=target.variant,
        source=target.source,
        name=signal.name,
        value=value_of(signal)[:LONGEST_VALUE],
        evidence=signal.evidence[:LONGEST_VALUE],
        weight=weight(signal),
    )


def series_of(
    target: Target, operation: str, recording: Recording, result: str, error_type: str
) -> Series:
    return Series(
        *(target.route, target.model, target.variant, target.source),
        operation,
        STATUS_CLASSES.get((recording.status or 0) // 100, NONE),
        result,
        error_type,
    )


def measured(
    recording: Recording,
    exchange: Exchange | None = None,
    place: Placement | None = None,
) -> Measured:
    """Spans that make no sense are left out; `aggregate` counts them as invalid."""
    marks = recording.marks
    duration = marks.end - marks.request_start
    first = None
    if marks.first_byte is not None and marks.request_sent is not None:
        first = time_to_first_byte(
            marks.request_end, marks.request_sent, marks.first_byte
        )
    usage = Usage() if exchange is None else exchange.usage
    return Measured(
        duration_us=microseconds(duration),
        first_us=None if first is None else microseconds(first),
        input_tokens=tokens(usage.input_tokens_incl_cache),
        output_tokens=tokens(usage.output_tokens_incl_reasoning),
        cached_tokens=tokens(usage.cached_input_tokens),
        created_tokens=tokens(usage.cache_creation_input_tokens),
        reasoning_tokens=tokens(usage.reasoning_tokens),
        request_bytes=max(0, recording.request_body.total),
        response_bytes=max(0, recording.response_body.total),
        begins=place is not None and place.evidence is None and place.attempt == 1,
    )


def microseconds(span_ns: int) -> int | None:
    return span_ns // 1_000 if 0 <= span_ns <= LONGEST_NS else None


def tokens(count: int | None) -> int | None:
    known = count is not None and 0 <= count <= catalog.MOST_TOKENS
    return count if known else None
