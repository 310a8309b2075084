"""A client span for each call, and an event for each reply that was classified.

Begin and end are the relay's own marks. A live call joins the trace of the client that
sent `traceparent`; a probe or its shadow is the root of a trace of its own and links to
where it came from, so that no user's trace holds what no user asked for. `baggage` is
read nowhere.
"""

from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    StatusCode,
    TraceFlags,
    TraceState,
)

from proxy.export import semconv
from proxy.export.otel import Content, Ended, Event, Telemetry
from proxy.export.series import Trace
from proxy.model.vocabulary import OTHER
from proxy.monitor.calls import NS, PARENT, Call
from proxy.monitor.content import Capture
from proxy.settings import Route

Value = str | int | float | bool | list[str]

EMPTY = Context()
LONGEST = 256
"""Characters of an attribute whose value comes from outside."""
CLARIFYING = "clarifying_question"
HOSTS_KEPT = 256


class Spans:
    """`offset_ns` is wall clock minus monotonic clock, as it is now."""

    def __init__(
        self, telemetry: Telemetry, offset_ns: Callable[[], int], capture: Capture
    ) -> None:
        self.telemetry = telemetry
        self.offset_ns = offset_ns
        self.capture = capture
        self.servers: dict[str, dict[str, Value]] = {}

    def reload(self, routes: Iterable[Route]) -> None:
        self.capture.reload(routes)

    def take(self, call: Call) -> Trace | None:
        outbox = self.telemetry.spans
        if outbox is None:
            return None
        offset = self.offset_ns()
        span = self.begun(call, offset)
        if not span.is_recording():
            return None
        span.set_attributes(attributes(call))
        if call.error_type is not None:
            span.set_status(StatusCode.ERROR)
        end_ns = call.end + offset
        content = self.capture.of(call)
        on_span = content if self.capture.spans else None
        outbox.offer(Ended(span, end_ns, on_span))
        self.evaluate(call, span, end_ns, content)
        context = span.get_span_context()
        return Trace(
            trace.format_trace_id(context.trace_id),
            trace.format_span_id(context.span_id),
            end_ns / NS,
        )

    def begun(self, call: Call, offset: int) -> trace.Span:
        """With what samplers may decide by."""
        parent = parent_of(call)
        is_live = call.target.source == "live"
        context, links = EMPTY, []
        if parent is not None and is_live:
            context = trace.set_span_in_context(NonRecordingSpan(parent), EMPTY)
        elif parent is not None:
            links.append(Link(parent))
        named: dict[str, Value] = {
            **known(call),
            **self.server(call.recording.upstream or ""),
        }
        if not is_live:
            named["seatrial.probe"] = True
        return self.telemetry.tracer.start_span(
            name(call),
            context,
            SpanKind.CLIENT,
            named,
            links,
            start_time=call.begin + offset,
        )

    def server(self, upstream: str) -> dict[str, Value]:
        found = self.servers.get(upstream)
        if found is None:
            if len(self.servers) >= HOSTS_KEPT:
                self.servers.clear()
            found = self.servers[upstream] = server(upstream)
        return found

    def evaluate(
        self, call: Call, span: trace.Span, end_ns: int, content: Content | None
    ) -> None:
        outbox, reading = self.telemetry.events, call.reading
        if outbox is None:
            return
        context = trace.set_span_in_context(span, EMPTY)
        about = response(call)
        if reading is not None:
            said: dict[str, str | float] = {
                semconv.EVALUATION_NAME: CLARIFYING,
                semconv.EVALUATION_SCORE: float(reading.clarifying),
                semconv.EVALUATION_LABEL: reading.behaviour,
                **about,
            }
            name = semconv.EVALUATION_RESULT
            outbox.offer(Event(name, end_ns, context, said))
        if content is not None and self.capture.events:
            name = semconv.OPERATION_DETAILS
            outbox.offer(Event(name, end_ns, context, about, content))


def name(call: Call) -> str:
    """As the conventions have it, with the model as it is admitted to metrics."""
    operation = call.exchange.operation
    if operation == OTHER:
        return call.recording.method[:LONGEST]
    return f"{operation} {call.target.model}"


def known(call: Call) -> dict[str, Value]:
    exchange = call.exchange
    if exchange.operation == OTHER:
        return {}
    found: dict[str, Value] = {
        semconv.OPERATION_NAME: exchange.operation,
        semconv.PROVIDER_NAME: exchange.provider,
    }
    if exchange.request_model is not None:
        found[semconv.REQUEST_MODEL] = exchange.request_model[:LONGEST]
    return found


def server(upstream: str) -> dict[str, Value]:
    parts = urlsplit(upstream)
    try:
        port = parts.port
    except ValueError:
        port = None
    found: dict[str, Value] = {}
    if parts.hostname:
        found[semconv.SERVER_ADDRESS] = parts.hostname
        found[semconv.SERVER_PORT] = port or (443 if parts.scheme == "https" else 80)
    return found


def attributes(call: Call) -> dict[str, Value]:
    """What is only known at the end. Nothing of it is what anybody wrote."""
    recording, exchange = call.recording, call.exchange
    usage = exchange.usage
    conversation = exchange.conversation_id or exchange.conversation_header
    reasons = [str(reason)[:LONGEST] for reason in exchange.finish_reasons if reason]
    found: dict[str, Value | None] = {
        semconv.ERROR_TYPE: call.error_type,
        semconv.HTTP_METHOD: recording.method[:LONGEST],
        semconv.HTTP_STATUS: recording.status,
        semconv.HTTP_RESEND_COUNT: max(0, recording.attempts - 1) or None,
        semconv.REQUEST_STREAM: exchange.stream_requested or None,
        semconv.RESPONSE_MODEL: clipped(exchange.response_model),
        semconv.RESPONSE_FINISH_REASONS: reasons or None,
        semconv.RESPONSE_TIME_TO_FIRST_CHUNK: call.first_chunk,
        semconv.USAGE_INPUT: usage.input_tokens_incl_cache,
        semconv.USAGE_OUTPUT: usage.output_tokens_incl_reasoning,
        semconv.USAGE_CACHE_READ: usage.cached_input_tokens,
        semconv.USAGE_CACHE_CREATION: usage.cache_creation_input_tokens,
        semconv.USAGE_REASONING: usage.reasoning_tokens,
        semconv.CONVERSATION_ID: clipped(conversation),
        "seatrial.route": call.target.route,
        "seatrial.source": call.target.source,
        "seatrial.variant": call.target.variant,
        "seatrial.outcome": "client_cancelled" if call.is_cancelled else None,
        "seatrial.exchange.id": call.placement.exchange,
        "seatrial.conversation.root": call.placement.conversation,
        "seatrial.behaviour": call.reading.behaviour if call.reading else None,
        **response(call),
    }
    return {key: value for key, value in found.items() if value is not None}


def response(call: Call) -> dict[str, str]:
    id = clipped(call.exchange.response_id)
    return {} if id is None else {semconv.RESPONSE_ID: id}


def clipped(value: str | None) -> str | None:
    return None if value is None else value[:LONGEST]


def parent_of(call: Call) -> SpanContext | None:
    stated = PARENT.match(call.recording.traceparent or "")
    if stated is None:
        return None
    found = SpanContext(
        int(stated[1], 16),
        int(stated[2], 16),
        is_remote=True,
        trace_flags=TraceFlags(int(stated[3], 16)),
        trace_state=state_of(call),
    )
    return found if found.is_valid else None


def state_of(call: Call) -> TraceState | None:
    headers = call.recording.request_headers
    stated = [
        value.decode("latin-1")[: LONGEST * 2]
        for name, value in headers
        if len(name) == 10 and name.lower() == b"tracestate"
    ]
    return TraceState.from_header(stated) if stated else None
