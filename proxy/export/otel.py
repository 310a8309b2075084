"""Tells an OpenTelemetry collector of spans, events and the board's metrics, over OTLP.

Each signal has a bounded outbox with a thread of its own: a collector that is dead, slow or
silent costs counted drops (`seatrial_dropped_total{stage="export"}`) and nothing else.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from opentelemetry import trace
from opentelemetry._logs import LogRecord
from opentelemetry.context import Context
from opentelemetry.sdk._logs import ReadableLogRecord
from opentelemetry.sdk._logs.export import LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExportResult
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from proxy.export import (
    catalog,
    otel_environment,
    otel_metrics,
    otel_setup,
    semconv,
)
from proxy.export.otel_outbox import Limits, Outbox
from proxy.export.series import Board, Series

log = logging.getLogger(__name__)

SCOPE = "seatrial"
ONE = Limits(queue=1, batch=1, delay_seconds=60.0)
"""Of the metrics: a newer picture replaces nothing that is under way."""
CLOSING_SECONDS = 0.5

Content = Callable[[], Mapping[str, str]]
"""Attributes that are made when they are sent: redacting them takes its time."""


@dataclass(frozen=True, slots=True)
class Ended:
    span: trace.Span
    end_ns: int
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """`context` holds the span it is about."""

    name: str
    at_ns: int
    context: Context
    attributes: Mapping[str, str | float]
    content: Content | None = None


class Collected(SpanProcessor):
    """The spans that ended since it was last asked."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def on_end(self, span: ReadableSpan) -> None:
        self.spans.append(span)

    def take(self) -> list[ReadableSpan]:
        found, self.spans = self.spans, []
        return found


class Telemetry:
    """`wall_ns` is nanoseconds since the epoch."""

    def __init__(
        self,
        board: Board,
        environ: Mapping[str, str],
        version: str,
        wall_ns: Callable[[], int],
    ) -> None:
        # Its lines quote collectors' answers, once per batch; `Outbox.tell` says enough.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        self.board = board
        self.wall_ns = wall_ns
        self.start_ns = wall_ns()
        self.interval = otel_environment.interval_seconds(environ)
        self.resource = otel_setup.resource(environ, version)
        self.scope = InstrumentationScope(SCOPE, version, semconv.SCHEMA_URL)
        self.ended = Collected()
        provider = TracerProvider(resource=self.resource, shutdown_on_exit=False)
        provider.add_span_processor(self.ended)
        self.tracer = provider.get_tracer(SCOPE, version, semconv.SCHEMA_URL)
        self.closes: dict[str, Callable[[], None]] = {}
        self.spans = self.span_outbox(environ)
        self.events = self.event_outbox(environ)
        self.metrics = self.metric_outbox(environ)
        self.stopped = False

    def span_outbox(self, environ: Mapping[str, str]) -> Outbox[Ended] | None:
        if not otel_environment.is_wanted("traces", environ):
            return None
        exporter = otel_setup.span_exporter(
            otel_environment.protocol("traces", environ)
        )
        self.closes["traces"] = exporter.shutdown

        def send(batch: list[Ended]) -> bool:
            for one in batch:
                if one.content is not None:
                    one.span.set_attributes(one.content())
                one.span.end(one.end_ns)
            return exporter.export(self.ended.take()) is SpanExportResult.SUCCESS

        return Outbox("traces", send, otel_environment.span_limits(environ))

    def event_outbox(self, environ: Mapping[str, str]) -> Outbox[Event] | None:
        if not otel_environment.is_wanted("logs", environ):
            return None
        exporter = otel_setup.event_exporter(otel_environment.protocol("logs", environ))
        self.closes["logs"] = exporter.shutdown

        def send(batch: list[Event]) -> bool:
            records = [self.record(event) for event in batch]
            return exporter.export(records) is LogRecordExportResult.SUCCESS

        return Outbox("logs", send, otel_environment.event_limits(environ))

    def metric_outbox(self, environ: Mapping[str, str]) -> Outbox[list[Series]] | None:
        if not otel_environment.is_wanted("metrics", environ):
            return None
        exporter = otel_setup.metric_exporter(
            otel_environment.protocol("metrics", environ)
        )
        self.closes["metrics"] = exporter.shutdown

        def send(batch: list[list[Series]]) -> bool:
            given = (self.resource, self.scope, self.start_ns, self.wall_ns())
            data = otel_metrics.data(batch[-1], *given)
            return exporter.export(data) is MetricExportResult.SUCCESS

        return Outbox("metrics", send, ONE)

    def record(self, event: Event) -> ReadableLogRecord:
        content = {} if event.content is None else event.content()
        found = LogRecord(
            timestamp=event.at_ns,
            observed_timestamp=self.wall_ns(),
            context=event.context,
            event_name=event.name,
            attributes={**event.attributes, **content},
        )
        return ReadableLogRecord(found, self.resource, self.scope)

    def push(self) -> None:
        """Send the board as it is now. Called where the board is written."""
        if self.metrics is not None:
            self.metrics.offer(self.board.copy())

    @property
    def outboxes(self) -> "list[Outbox[Ended] | Outbox[Event] | Outbox[list[Series]]]":
        every = (self.spans, self.events, self.metrics)
        return [outbox for outbox in every if outbox is not None]

    def refresh(self) -> None:
        """Bring the counts of what was lost up to date."""
        dropped = self.board.tally(catalog.DROPPED)
        for reason in ("full", "failed", "shutdown"):
            lost = sum(outbox.lost[reason] for outbox in self.outboxes)
            dropped.set(("export", reason), lost)

    def stop(self, seconds: float) -> None:
        """Send what there is for so long, half a second to close, and let go. Blocks."""
        if self.stopped:
            return
        self.stopped = True
        deadline = time.monotonic() + seconds
        for outbox in self.outboxes:
            outbox.begin_stop()
        late = [outbox for outbox in self.outboxes if not outbox.is_over(deadline)]
        self.close()
        deadline = time.monotonic() + CLOSING_SECONDS
        late = [outbox for outbox in late if not outbox.is_over(deadline)]
        for outbox in late:
            outbox.give_up()
        lost = sum(sum(outbox.lost.values()) for outbox in self.outboxes)
        if lost:
            log.warning("telemetry was lost", extra={"items": lost})

    def close(self) -> None:
        """Ends calls under way; one that does not end by it must not hold us up."""

        def close() -> None:
            for each in self.closes.values():
                each()

        closing = threading.Thread(target=close, name="telemetry-close", daemon=True)
        closing.start()
        closing.join(CLOSING_SECONDS)
