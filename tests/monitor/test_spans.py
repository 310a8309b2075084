"""The span of a call: its place in a trace, its times, and what it says."""

import os
from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import SpanKind, StatusCode

from proxy.conversations.placement import Placement
from proxy.export import semconv
from proxy.export.otel import Ended, Event, Telemetry
from proxy.export.series import Board
from proxy.model.behaviour import Reading
from proxy.model.exchange import ExchangeError, Usage
from proxy.monitor import calls
from proxy.monitor.content import capture
from proxy.monitor.spans import Spans
from proxy.monitor.target import Target
from proxy.settings import Route
from tests.make import make_exchange, make_marks, make_recording

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
JOINED = f"00-{TRACE}-{PARENT}-01"
OFFSET = 10**18
SILENT = {f"OTEL_{name}_EXPORTER": "none" for name in ("TRACES", "METRICS", "LOGS")}
QUESTION = Reading(
    behaviour="clarifying_question",
    probability=0.9,
    clarifying=True,
    clarifying_probability=0.9,
)
CANARY = "canary-4711"


class Kept:
    """An outbox that keeps what it is offered."""

    def __init__(self) -> None:
        self.offered: list[Any] = []

    def offer(self, item: Any) -> None:
        self.offered.append(item)


class Told:
    """What one call made Seatrial tell."""

    def __init__(
        self,
        source: Any = "live",
        reading: Reading | None = None,
        capturing: str = "",
        content: Any = "none",
        exchange: Any = None,
        **given: Any,
    ) -> None:
        telemetry: Any = Telemetry(Board(), SILENT, "1", lambda: OFFSET)
        telemetry.spans, telemetry.events = Kept(), Kept()
        route = Route(
            name="openai", prefix="/o", upstream="http://u.test", content=content
        )
        asked = capture({semconv.CAPTURE_CONTENT: capturing}, [route])
        spans = Spans(telemetry, lambda: OFFSET, asked)
        made = make_exchange(**{"asked": CANARY, "said": CANARY, **(exchange or {})})
        place = Placement("e", "root", None, None, None, 1, "e", 1, 0)
        target = Target("openai", made.request_model or "none", "baseline", source)
        call = calls.of(make_recording(**given), made, place, target, reading)
        self.trace = spans.take(call)
        self.events: list[Event] = telemetry.events.offered
        ended: list[Ended] = telemetry.spans.offered
        for one in ended:
            one.span.set_attributes(one.content() if one.content else {})
            one.span.end(one.end_ns)
        self.spans: list[ReadableSpan] = telemetry.ended.take()

    @property
    def span(self) -> ReadableSpan:
        [found] = self.spans
        return found

    @property
    def attributes(self) -> dict[str, Any]:
        return dict(self.span.attributes or {})


def ids(span: ReadableSpan) -> tuple[str, str | None]:
    parent = None if span.parent is None else f"{span.parent.span_id:016x}"
    return f"{span.context.trace_id:032x}", parent


def test_a_call_joins_the_trace_of_its_client() -> None:
    """T31."""
    assert ids(Told(traceparent=JOINED).span) == (TRACE, PARENT)


def test_a_call_without_a_trace_is_the_root_of_its_own() -> None:
    trace, parent = ids(Told().span)
    assert parent is None
    assert trace != TRACE


@pytest.mark.parametrize("source", ["probe", "shadow"])
def test_a_probe_is_a_root_with_a_link(source: str) -> None:
    told = Told(source, traceparent=JOINED)
    trace, parent = ids(told.span)
    assert parent is None
    assert trace != TRACE
    assert [f"{link.context.trace_id:032x}" for link in told.span.links] == [TRACE]
    assert told.attributes["seatrial.probe"] is True


def test_a_client_that_does_not_sample_is_heeded() -> None:
    told = Told(traceparent=f"00-{TRACE}-{PARENT}-00")
    assert told.spans == []
    assert told.trace is None
    assert told.events == []


def test_the_state_of_the_clients_trace_is_kept_and_its_baggage_is_not() -> None:
    headers = [(b"TraceState", b"vendor=1"), (b"baggage", b"user=42")]
    span = Told(traceparent=JOINED, request_headers=headers).span
    assert span.context.trace_state.get("vendor") == "1"
    assert "user=42" not in span.to_json()


def test_begin_and_end_are_the_relays_marks() -> None:
    marks = make_marks()
    span = Told().span
    assert span.start_time == OFFSET + marks.request_head
    assert span.end_time == OFFSET + (marks.last_byte or 0)


def test_marks_that_run_backwards_end_where_they_begin() -> None:
    span = Told(marks=make_marks(last_byte=0)).span
    assert span.end_time == span.start_time


def test_a_span_is_named_and_attributed_as_the_conventions_say() -> None:
    told = Told(
        exchange={
            "usage": Usage(input_tokens_incl_cache=12, reasoning_tokens=0),
            "response_id": "r-1",
            "response_model": "m-2026",
            "finish_reasons": ("stop", None),
            "conversation_header": "order-1",
        }
    )
    assert told.span.name == "chat m"
    assert told.span.kind is SpanKind.CLIENT
    wanted = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "m",
        "gen_ai.response.id": "r-1",
        "gen_ai.response.model": "m-2026",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": 12,
        "gen_ai.usage.reasoning.output_tokens": 0,
        "gen_ai.conversation.id": "order-1",
        "server.address": "api.openai.com",
        "server.port": 443,
        "http.response.status_code": 200,
    }
    assert wanted.items() <= told.attributes.items()
    assert "gen_ai.usage.output_tokens" not in told.attributes
    assert told.span.status.status_code is StatusCode.UNSET


def test_an_error_is_named_without_its_words() -> None:
    error = ExchangeError(529, "t", "c", CANARY, False, "overloaded")
    told = Told(exchange={"error": error})
    assert told.attributes["error.type"] == "overloaded"
    assert told.span.status.status_code is StatusCode.ERROR
    assert CANARY not in told.span.to_json()


def test_what_its_client_cancelled_is_no_error() -> None:
    error = ExchangeError(None, None, None, None, True, "upstream_truncated")
    told = Told(outcome="client_gone", exchange={"error": error})
    assert told.attributes["seatrial.outcome"] == "client_cancelled"
    assert "error.type" not in told.attributes


def test_what_is_no_operation_of_a_model_is_plain_http() -> None:
    told = Told(method="GET", exchange={"operation": "other"})
    assert told.span.name == "GET"
    assert not any(name.startswith("gen_ai.") for name in told.attributes)


def test_a_clients_string_is_cut() -> None:
    told = Told(exchange={"request_model": "m" * 5_000})
    assert len(told.attributes["gen_ai.request.model"]) == 256


def test_no_content_leaves_unasked() -> None:
    told = Told(reading=QUESTION, content="full")
    assert CANARY not in told.span.to_json() + str(told.events)


def test_content_that_is_asked_for_and_allowed_is_on_the_span() -> None:
    told = Told(capturing="SPAN_ONLY", content="full")
    assert CANARY in told.attributes["gen_ai.input.messages"]
    assert told.events == []


def test_content_on_events_is_not_on_the_span() -> None:
    told = Told(capturing="EVENT_ONLY", content="full")
    assert CANARY not in told.span.to_json()
    [event] = told.events
    assert event.name == "gen_ai.client.inference.operation.details"
    assert event.content is not None
    assert CANARY in str(event.content())


def test_a_classified_reply_is_an_event_of_its_span() -> None:
    told = Told(reading=QUESTION, exchange={"response_id": "r-1"})
    [event] = told.events
    assert event.name == "gen_ai.evaluation.result"
    assert event.attributes == {
        "gen_ai.evaluation.name": "clarifying_question",
        "gen_ai.evaluation.score.value": 1.0,
        "gen_ai.evaluation.score.label": "clarifying_question",
        "gen_ai.response.id": "r-1",
    }
    telemetry = Telemetry(Board(), SILENT, "1", lambda: OFFSET)
    assert telemetry.record(event).log_record.span_id == told.span.context.span_id


def test_the_exemplar_is_the_span() -> None:
    told = Told()
    assert told.trace is not None
    assert told.trace.trace_id == f"{told.span.context.trace_id:032x}"


def test_a_ratio_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")
    assert Told().spans == []


def test_the_operators_resource_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "gateway")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.version=7,team=search")
    telemetry = Telemetry(Board(), {**os.environ, **SILENT}, "1", lambda: OFFSET)
    found = telemetry.resource.attributes
    assert found["service.name"] == "gateway"
    assert found["service.version"] == "7"
    assert found["team"] == "search"
    assert found["service.instance.id"]


def test_two_instances_never_bear_one_identity() -> None:
    found = {
        Telemetry(Board(), SILENT, "1", lambda: OFFSET).resource.attributes[
            "service.instance.id"
        ]
        for _ in range(2)
    }
    assert len(found) == 2
