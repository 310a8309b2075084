"""Counts kept as plain dicts: a metric object per request would cost ten times as much.

Label values are admitted when a label set is first seen, so that the common case is one
dict lookup. Series are not thread-safe: the monitor's loop writes and reads them.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from proxy.export.catalog import LONGEST_VALUE, METRICS, OTHER, OVERFLOW, Label, Metric

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Where one observation can be seen whole, and when it was made."""

    trace_id: str
    span_id: str
    at: float
    """Seconds since the epoch."""


Exemplar = tuple[float, Trace]


class Admitter:
    """Names label values. First come, first kept; what is past a bound is `other`."""

    def __init__(self) -> None:
        self.known: dict[str, set[str]] = {}
        self.overflow: dict[str, int] = {}

    def reserve(self, label: Label, values: Iterable[str]) -> None:
        """Keep places for values that are known before any traffic."""
        for value in values:
            self.name(label, value)

    def name(self, label: Label, value: str) -> str:
        if self.admits(label, value):
            return value
        self.count(label.name)
        return OTHER

    def admits(self, label: Label, value: str) -> bool:
        if label.values:
            return value in label.values
        known = self.known.setdefault(label.name, set())
        if value in known or value == OTHER:
            return True
        if len(known) >= label.bound or len(value) > LONGEST_VALUE:
            return False
        known.add(value)
        return True

    def knows(self, label: Label, value: str) -> bool:
        """Whether it has a place already."""
        return value in (label.values or self.known.get(label.name, ()))

    def count(self, label: str) -> None:
        self.overflow[label] = self.overflow.get(label, 0) + 1

    def admit(self, metric: Metric, key: Key, held: int) -> Key:
        """The key under which a label set that is not held yet is counted."""
        named = tuple(map(self.name, metric.labels, key))
        if metric.cap is not None and held >= metric.cap:
            self.count("series")
            return (OTHER,) * len(key)
        return named


class Tally:
    """One counter, gauge or info family: a number for each label set."""

    def __init__(self, metric: Metric, admitter: Admitter) -> None:
        self.metric = metric
        self.admitter = admitter
        self.values: dict[Key, float] = {} if metric.labels else {(): 0}

    def add(self, key: Key, amount: float = 1) -> None:
        try:
            self.values[key] += amount
        except KeyError:
            named = self.admitted(key)
            self.values[named] = self.values.get(named, 0) + amount

    def set(self, key: Key, value: float) -> None:
        self.values[self.admitted(key)] = value

    def admitted(self, key: Key) -> Key:
        if key in self.values:
            return key
        return self.admitter.admit(self.metric, key, len(self.values))

    def copy(self) -> "Tally":
        found = Tally(self.metric, self.admitter)
        found.values = self.values.copy()
        return found


class Distribution:
    """One histogram family: a row of bucket counts and the sum for each label set."""

    def __init__(self, metric: Metric, admitter: Admitter) -> None:
        self.metric = metric
        self.admitter = admitter
        self.buckets = metric.buckets
        self.rows: dict[Key, list[float]] = {}
        self.exemplars: dict[Key, dict[int, Exemplar]] = {}
        """The newest of each bucket."""

    def observe(self, key: Key, value: float, trace: Trace | None = None) -> None:
        row = self.rows.get(key)
        if row is None:
            key, row = self.opened(key)
        bucket = bisect_left(self.buckets, value)
        row[bucket] += 1
        row[-1] += value
        if trace is not None:
            self.exemplars.setdefault(key, {})[bucket] = (value, trace)

    def opened(self, key: Key) -> tuple[Key, list[float]]:
        named = self.admitter.admit(self.metric, key, len(self.rows))
        empty: list[float] = [0] * (len(self.buckets) + 2)
        return named, self.rows.setdefault(named, empty)

    def copy(self) -> "Distribution":
        found = Distribution(self.metric, self.admitter)
        found.rows = {key: row.copy() for key, row in self.rows.items()}
        found.exemplars = {key: each.copy() for key, each in self.exemplars.items()}
        return found


Series = Tally | Distribution


class Board:
    """The series of every metric in the catalog."""

    def __init__(self) -> None:
        self.admitter = Admitter()
        self.series: dict[str, Series] = {
            metric.name: self.empty(metric) for metric in METRICS
        }

    def empty(self, metric: Metric) -> Series:
        if metric.kind == "histogram":
            return Distribution(metric, self.admitter)
        return Tally(metric, self.admitter)

    def tally(self, metric: Metric) -> Tally:
        series = self.series[metric.name]
        assert isinstance(series, Tally)
        return series

    def distribution(self, metric: Metric) -> Distribution:
        series = self.series[metric.name]
        assert isinstance(series, Distribution)
        return series

    def __iter__(self) -> Iterator[Series]:
        overflow = self.tally(OVERFLOW)
        for label, count in self.admitter.overflow.items():
            overflow.values[(label,)] = count
        return iter(self.series.values())

    def copy(self) -> list[Series]:
        """As it is now, for another thread to write out."""
        return [series.copy() for series in self]
