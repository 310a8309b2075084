"""What `/metrics` answers: the board in Prometheus' text or OpenMetrics format."""

from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client import ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry

from proxy.export import lines
from proxy.export.series import Board, Series

OPENMETRICS = "application/openmetrics-text"


class Collected(Collector):
    """Families already collected, so that another thread may write them out."""

    def __init__(self, families: list[Family]) -> None:
        self.families = families

    def collect(self) -> list[Family]:
        return self.families


@dataclass(frozen=True, slots=True)
class Snapshot:
    board: list[Series]
    process: Collected


class Exposition:
    """The board, brought up to date by `refresh`, and the monitor's own `process_*`."""

    def __init__(self, board: Board, refresh: Callable[[], None]) -> None:
        self.board = board
        self.refresh = refresh
        self.process = ProcessCollector(registry=CollectorRegistry())

    def snapshot(self) -> Snapshot:
        """To be taken where the board is written; cheap next to writing it out."""
        self.refresh()
        return Snapshot(self.board.copy(), Collected(list(self.process.collect())))


def written(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    """The body, and its content type, in the format that the scraper prefers."""
    registry = CollectorRegistry()
    registry.register(snapshot.process)
    encode, content_type = choose_encoder(accept)
    is_open = content_type.startswith(OPENMETRICS)
    # The process's own come last: in OpenMetrics they end with the mark of the end.
    return lines.written(snapshot.board, is_open) + encode(registry), content_type
