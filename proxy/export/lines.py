"""Writes series as lines of Prometheus' text format or of OpenMetrics.

prometheus_client makes an object of every sample: half a second of a scrape at 20,000
series, which the monitor's loop would feel. This costs a tenth of it.
"""

import math
from collections.abc import Iterable, Iterator
from itertools import accumulate

from proxy.export.catalog import Metric
from proxy.export.series import Distribution, Exemplar, Key, Series, Tally


def written(board: Iterable[Series], is_open: bool) -> bytes:
    """In the text format, or OpenMetrics without its end where `is_open`."""
    found = [line for series in board for line in family(series, is_open)]
    found.append("")
    # A client's string may hold half a surrogate pair, which no UTF-8 has.
    return "\n".join(found).encode("utf-8", "replace")


def family(series: Series, is_open: bool) -> Iterator[str]:
    yield from head(series.metric, is_open)
    match series:
        case Distribution():
            yield from histogram(series, is_open)
        case Tally():
            name = series.metric.name
            for key, value in series.values.items():
                yield f"{name}{labels(series.metric, key)} {number(value)}"


def head(metric: Metric, is_open: bool) -> Iterator[str]:
    """OpenMetrics names a counter's family without the samples' suffix."""
    name = metric.name.removesuffix("_total") if is_open else metric.name
    kind = "gauge" if metric.kind == "info" else metric.kind
    about = metric.help.replace("\\", "\\\\").replace("\n", "\\n")
    if is_open:
        about = about.replace('"', '\\"')
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    if is_open and metric.unit:
        yield f"# UNIT {name} {metric.unit}"


def histogram(series: Distribution, is_open: bool) -> Iterator[str]:
    metric = series.metric
    bounds = [f'le="{number(bound)}"' for bound in (*metric.buckets, math.inf)]
    for key, row in series.rows.items():
        inside = pairs(metric, key)
        before = f"{metric.name}_bucket{{{inside}{',' if inside else ''}"
        shown = series.exemplars.get(key, {}) if is_open else {}
        counts = list(accumulate(row[:-1]))
        for at, count in enumerate(counts):
            line = f"{before}{bounds[at]}}} {number(count)}"
            yield line + exemplar(shown[at]) if at in shown else line
        yield f"{metric.name}_count{labels(metric, key)} {number(counts[-1])}"
        yield f"{metric.name}_sum{labels(metric, key)} {number(row[-1])}"


def exemplar(found: Exemplar) -> str:
    value, trace = found
    ids = f'{{trace_id="{trace.trace_id}",span_id="{trace.span_id}"}}'
    return f" # {ids} {number(value)} {trace.at:.3f}"


def labels(metric: Metric, key: Key) -> str:
    return f"{{{pairs(metric, key)}}}" if key else ""


def pairs(metric: Metric, key: Key) -> str:
    named = zip(metric.labels, key, strict=True)
    return ",".join([f'{label.name}="{escaped(value)}"' for label, value in named])


def escaped(value: str) -> str:
    if value.isascii() and value.isidentifier():
        return value
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace('"', '\\"')


def number(value: float) -> str:
    if value == math.inf:
        return "+Inf"
    return repr(float(value))
