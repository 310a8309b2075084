"""OTLP metrics are the board's counts, under names that lead back to Prometheus' own."""

import pytest
from opentelemetry.sdk.metrics.export import Gauge, Histogram, Metric, Sum
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from proxy.export import catalog, otel_metrics
from proxy.export.series import Board, Trace

SUFFIXES = {"s": "_seconds", "By": "_bytes", "1": "_ratio", "": "", "{token}": ""}
TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 5.0)


def told(board: Board) -> dict[str, Metric]:
    scope = InstrumentationScope("seatrial", "1")
    data = otel_metrics.data(board.copy(), Resource({}), scope, 1, 2)
    return {m.name: m for m in data.resource_metrics[0].scope_metrics[0].metrics}


@pytest.mark.parametrize("metric", catalog.METRICS, ids=lambda metric: metric.name)
def test_a_translating_receiver_finds_the_name_of_prometheus(
    metric: catalog.Metric,
) -> None:
    """As the specification has it: dots, the unit, `_total` for counters."""
    named = metric.otlp_name.replace(".", "_") + SUFFIXES[metric.ucum]
    if metric.kind == "counter":
        named += "_total"
    assert named == metric.name
    labels = [label.attribute.replace(".", "_") for label in metric.labels]
    assert labels == [label.name for label in metric.labels]


def test_a_counter_is_a_rising_sum() -> None:
    board = Board()
    board.tally(catalog.RECEIVED).add((), 3)
    data = told(board)["seatrial.recordings_received"].data
    assert isinstance(data, Sum)
    assert data.is_monotonic
    assert [point.value for point in data.data_points] == [3]


def test_a_gauge_is_a_gauge() -> None:
    board = Board()
    board.tally(catalog.RELAY_UP).set(("relay-0",), 1)
    data = told(board)["seatrial.relay_up"].data
    assert isinstance(data, Gauge)
    assert data.data_points[0].attributes == {"relay": "relay-0"}


def test_a_histogram_keeps_its_buckets_and_its_exemplar() -> None:
    board = Board()
    key = ("chat", "openai", "m", "none", "live")
    board.distribution(catalog.CALL_DURATION).observe(key, 0.015, TRACE)
    board.distribution(catalog.CALL_DURATION).observe(key, 100.0)
    metric = told(board)["gen_ai.client.operation.duration"]
    assert isinstance(metric.data, Histogram)
    [point] = metric.data.data_points
    assert (metric.unit, point.count) == ("s", 2)
    assert [n for n, count in enumerate(point.bucket_counts) if count] == [1, 14]
    assert [hex(e.trace_id or 0) for e in point.exemplars] == [
        f"0x{TRACE.trace_id[1:]}"
    ]


def test_an_attribute_of_the_conventions_is_left_out_where_there_is_nothing() -> None:
    board = Board()
    key = ("chat", "openai", "none", "none", "live")
    board.distribution(catalog.CALL_DURATION).observe(key, 1.0)
    [point] = told(board)["gen_ai.client.operation.duration"].data.data_points
    assert point.attributes == {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "source": "live",
    }


def test_what_was_never_counted_is_not_told() -> None:
    assert "seatrial.requests" not in told(Board())
