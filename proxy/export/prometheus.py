"""The board in Prometheus' text and OpenMetrics formats."""

from collections.abc import Callable, Iterator
from itertools import accumulate

from prometheus_client import ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry

from proxy.export.series import Board, Distribution, Series, Tally


class BoardCollector(Collector):
    """Converts the board when it is scraped; `refresh` brings it up to date first."""

    def __init__(self, board: Board, refresh: Callable[[], None]) -> None:
        self.board = board
        self.refresh = refresh

    def collect(self) -> Iterator[Family]:
        self.refresh()
        return (family(series) for series in self.board)


class Snapshot(Collector):
    """Families already collected, so that another thread may write them out."""

    def __init__(self, families: list[Family]) -> None:
        self.families = families

    def collect(self) -> Iterator[Family]:
        return iter(self.families)


class Exposition:
    """What `/metrics` answers: the board, and the monitor's own `process_*`."""

    def __init__(self, board: Board, refresh: Callable[[], None]) -> None:
        self.board = BoardCollector(board, refresh)
        self.process = ProcessCollector(registry=CollectorRegistry())

    def snapshot(self) -> Snapshot:
        """To be taken where the board is written; cheap next to writing it out."""
        return Snapshot([*self.board.collect(), *self.process.collect()])


def written(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    """The body, and its content type, in the format that the scraper prefers."""
    registry = CollectorRegistry()
    registry.register(snapshot)
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


def family(series: Series) -> Family:
    match series:
        case Distribution():
            return histogram(series)
        case Tally() if series.metric.kind == "counter":
            return filled(CounterMetricFamily, series)
        case Tally():
            return filled(GaugeMetricFamily, series)


def filled(
    kind: type[CounterMetricFamily] | type[GaugeMetricFamily], tally: Tally
) -> Family:
    metric = tally.metric
    labels = [label.name for label in metric.labels]
    found = kind(metric.name, metric.help, labels=labels, unit=metric.unit or "")
    for key, value in tally.values.items():
        found.add_metric(key, value)
    return found


def histogram(distribution: Distribution) -> Family:
    metric = distribution.metric
    labels = [label.name for label in metric.labels]
    found = HistogramMetricFamily(
        metric.name, metric.help, labels=labels, unit=metric.unit or ""
    )
    bounds = [*map(str, metric.buckets), "+Inf"]
    for key, row in distribution.rows.items():
        cumulative = accumulate(row[:-1])
        found.add_metric(key, list(zip(bounds, cumulative, strict=True)), row[-1])
    return found
