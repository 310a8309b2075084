"""What the admin port's /metrics says, as numbers to show: the figures operators get."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from proxy.demo.histogram import EMPTY, Histogram, merge
from proxy.export import catalog

ERRORS = ("4xx", "5xx", "cut", "left", "refused")
"""How an exchange may go wrong: the upstream's own errors, an upstream that broke off, a
client that left, an answer that was Seatrial's."""
KIND_OF_OUTCOME = {
    "upstream_cut": "cut",
    "client_gone": "left",
    "refused": "refused",
}
UNMEASURED = ("relay", "gap", "monitor")
"""Stages of seatrial_dropped_total at which an exchange goes unmeasured."""


@dataclass(frozen=True, slots=True)
class RouteFigures:
    requests: float = 0.0
    errors: Mapping[str, float] = field(default_factory=dict)
    first_byte: Histogram = EMPTY
    total: Histogram = EMPTY
    overhead: Histogram = EMPTY

    def __sub__(self, earlier: "RouteFigures") -> "RouteFigures":
        return RouteFigures(
            self.requests - earlier.requests,
            {k: n - earlier.errors.get(k, 0.0) for k, n in self.errors.items()},
            self.first_byte - earlier.first_byte,
            self.total - earlier.total,
            self.overhead - earlier.overhead,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts since the start, and gauges of this moment. `lag` is in seconds."""

    routes: Mapping[str, RouteFigures] = field(default_factory=dict)
    relays: int = 0
    in_flight: int = 0
    lag: float = 0.0
    cpu_seconds: float = 0.0
    dropped: Mapping[str, float] = field(default_factory=dict)
    """By stage."""
    first_replies: Mapping[str, float] = field(default_factory=dict)
    """Conversations by what the first reply to the user did."""
    episodes: Mapping[str, float] = field(default_factory=dict)
    """Chains of tool errors by how they ended."""
    written: int = 0
    written_bytes: int = 0
    write_failing: bool = False

    @property
    def measured(self) -> int:
        return int(sum(route.requests for route in self.routes.values()))

    @property
    def unmeasured(self) -> int:
        return int(sum(self.dropped.get(stage, 0.0) for stage in UNMEASURED))

    @property
    def whole(self) -> RouteFigures:
        return together(self.routes.values())


def together(routes: Iterable[RouteFigures]) -> RouteFigures:
    """Several routes as one."""
    some = list(routes)
    errors: dict[str, float] = defaultdict(float)
    for one in some:
        for kind, count in one.errors.items():
            errors[kind] += count
    return RouteFigures(
        sum(one.requests for one in some),
        errors,
        merge(one.first_byte for one in some),
        merge(one.total for one in some),
        merge(one.overhead for one in some),
    )


def parse(exposition: str) -> Figures:
    """Read Prometheus' text format."""
    samples: dict[str, list[Sample]] = defaultdict(list)
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            samples[sample.name].append(sample)
    return Figures(
        routes=routes(samples),
        relays=int(total(samples[catalog.RELAY_UP.name])),
        in_flight=int(total(samples[catalog.IN_FLIGHT.name])),
        lag=max((s.value for s in samples[catalog.LOOP_LAG.name]), default=0.0),
        cpu_seconds=total(samples[catalog.RELAY_CPU.name]),
        dropped=summed(samples[catalog.DROPPED.name], "stage"),
        first_replies=summed(samples[catalog.FIRST_TURNS.name], "first_behaviour"),
        episodes=summed(samples[catalog.EPISODES.name], "episode_outcome"),
        written=int(total(samples[catalog.WRITTEN.name])),
        written_bytes=int(total(samples[catalog.WRITTEN_BYTES.name])),
        write_failing=total(samples[catalog.WRITE_FAILING.name]) > 0,
    )


def routes(samples: Mapping[str, list[Sample]]) -> dict[str, RouteFigures]:
    requests = samples[catalog.REQUESTS.name]
    counts = summed(requests, "route")
    errors: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for sample in requests:
        kind = error_kind(sample)
        if kind is not None:
            errors[sample.labels["route"]][kind] += sample.value
    first_byte = histograms(samples[f"{catalog.FIRST_BYTE.name}_bucket"])
    duration = histograms(samples[f"{catalog.DURATION.name}_bucket"])
    overhead = histograms(
        sample
        for sample in samples[f"{catalog.PROXY_OVERHEAD.name}_bucket"]
        if sample.labels["phase"] == "total"
    )
    return {
        route: RouteFigures(
            count,
            errors[route],
            first_byte.get(route, EMPTY),
            duration.get(route, EMPTY),
            overhead.get(route, EMPTY),
        )
        for route, count in counts.items()
    }


def error_kind(sample: Sample) -> str | None:
    kind = KIND_OF_OUTCOME.get(sample.labels["outcome"])
    if kind is None and sample.labels["status_class"] in ERRORS:
        return sample.labels["status_class"]
    return kind


def histograms(buckets: Iterable[Sample]) -> dict[str, Histogram]:
    """One a route: the series of its other labels are added up."""
    found: dict[str, dict[float, float]] = defaultdict(lambda: defaultdict(float))
    for sample in buckets:
        bound = float(sample.labels["le"].replace("+Inf", str(inf)))
        found[sample.labels["route"]][bound] += sample.value
    return {
        route: Histogram(
            tuple(sorted(counts)), tuple(counts[b] for b in sorted(counts))
        )
        for route, counts in found.items()
    }


def summed(samples: Iterable[Sample], label: str) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for sample in samples:
        found[sample.labels[label]] += sample.value
    return dict(found)


def total(samples: Iterable[Sample]) -> float:
    return sum(sample.value for sample in samples)
