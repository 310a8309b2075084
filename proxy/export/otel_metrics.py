"""The board as OTLP metrics: the same counts, never counted a second time.

Always cumulative: whoever wants deltas lets the collector make them.
"""

from collections.abc import Iterable

from opentelemetry.sdk.metrics import Exemplar
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from proxy.export import catalog, semconv
from proxy.export import series as counted
from proxy.export.series import Distribution, Key, Series

CUMULATIVE = AggregationTemporality.CUMULATIVE
ABSENT = {semconv.ERROR_TYPE, semconv.REQUEST_MODEL}
"""Attributes that conventions leave out where there is nothing to say."""


def data(
    board: Iterable[Series],
    resource: Resource,
    scope: InstrumentationScope,
    start_ns: int,
    now_ns: int,
) -> MetricsData:
    metrics = [metric(series, start_ns, now_ns) for series in board]
    whole = [one for one in metrics if one.data.data_points]
    scoped = ScopeMetrics(scope, whole, semconv.SCHEMA_URL)
    return MetricsData([ResourceMetrics(resource, [scoped], semconv.SCHEMA_URL)])


def metric(series: Series, start_ns: int, now_ns: int) -> Metric:
    about = series.metric
    points = points_of(series, start_ns, now_ns)
    return Metric(about.otlp_name, about.help, about.ucum, points)


def points_of(series: Series, start_ns: int, now_ns: int) -> Sum | Gauge | Histogram:
    if isinstance(series, Distribution):
        rows = series.rows.items()
        return Histogram(
            [histogram_point(series, *each, start_ns, now_ns) for each in rows],
            CUMULATIVE,
        )
    numbers = [
        NumberDataPoint(attributes(series.metric, key), start_ns, now_ns, float(value))
        for key, value in series.values.items()
    ]
    if series.metric.kind == "counter":
        return Sum(numbers, CUMULATIVE, is_monotonic=True)
    return Gauge(numbers)


def histogram_point(
    series: Distribution, key: Key, row: list[float], start_ns: int, now_ns: int
) -> HistogramDataPoint:
    counts = [int(count) for count in row[:-1]]
    return HistogramDataPoint(
        attributes(series.metric, key),
        start_ns,
        now_ns,
        count=sum(counts),
        sum=row[-1],
        bucket_counts=counts,
        explicit_bounds=series.metric.buckets,
        min=None,  # type: ignore[arg-type]  # optional on the wire, and not known
        max=None,  # type: ignore[arg-type]
        exemplars=[exemplar(e) for e in series.exemplars.get(key, {}).values()],
    )


def exemplar(found: counted.Exemplar) -> Exemplar:
    value, trace = found
    at_ns = int(trace.at * 1e9)
    return Exemplar({}, value, at_ns, int(trace.span_id, 16), int(trace.trace_id, 16))


def attributes(about: catalog.Metric, key: Key) -> dict[str, str]:
    named = zip(about.labels, key, strict=True)
    found = {label.attribute: value for label, value in named}
    if about.otlp:
        for name in ABSENT:
            if found.get(name) == catalog.NONE:
                del found[name]
    return found
