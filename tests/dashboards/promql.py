"""A query taken apart: the series it selects with their matchers, and what is done to them."""

import re
from collections.abc import Iterator
from typing import Any

import promql_parser

from proxy.export.catalog import METRICS, Metric

VARIABLES = {"__rate_interval": "1m", "__range": "1h", "window": "1h"}
"""What Grafana puts in before Prometheus sees the query; others are strings already."""
CHILDREN = ("args", "expr", "lhs", "rhs", "param", "vector_selector")
CATALOG = {metric.name: metric for metric in METRICS}
ADDED = {"job", "instance"}
"""Labels that Prometheus adds to what it scrapes."""


def parsed(promql: str) -> Any:
    """Raises ValueError where it is no PromQL."""
    return promql_parser.parse(
        re.sub(r"\$(\w+)", lambda m: VARIABLES.get(m[1], m[0]), promql)
    )


def nodes(expression: Any) -> Iterator[Any]:
    yield expression
    for name in CHILDREN:
        child = getattr(expression, name, None)
        if child is not None:
            for one in child if isinstance(child, list) else [child]:
                yield from nodes(one)


def selectors(expression: Any) -> Iterator[Any]:
    return (
        node
        for node in nodes(expression)
        if isinstance(node, promql_parser.VectorSelector)
    )


def metric_of(name: str) -> Metric | None:
    """Of the catalog; a histogram's parts have names of their own."""
    found = CATALOG.get(name)
    if found is None:
        found = CATALOG.get(re.sub(r"_(bucket|sum|count)$", "", name))
        return found if found is not None and found.kind == "histogram" else None
    return found if found.kind != "histogram" else None


def labels_of(metric: Metric, name: str) -> set[str]:
    own = {label.name for label in metric.labels}
    return own | ADDED | ({"le"} if name.endswith("_bucket") else set())


def grouped(expression: Any) -> Iterator[str]:
    """Labels by which is summed."""
    for node in nodes(expression):
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier:
            yield from node.modifier.labels


def mistakes(promql: str, recorded: dict[str, set[str]]) -> list[str]:
    """What is asked for and does not exist; `recorded` series have the given labels."""
    try:
        expression = parsed(promql)
    except ValueError as error:
        return [f"no PromQL: {error}"]
    found: list[str] = []
    known = {"le"}
    for selector in selectors(expression):
        name = str(selector.name)
        metric = metric_of(name)
        labels = recorded.get(name) if metric is None else labels_of(metric, name)
        if labels is None:
            found.append(f"no metric {name}")
            continue
        known |= labels
        asked = selector.matchers.matchers
        found += [f"{name} has no {m.name}" for m in asked if m.name not in labels]
        if metric is not None:
            found += [wrong for m in asked for wrong in impossible(metric, m)]
    found += [f"no label {name}" for name in grouped(expression) if name not in known]
    return found


def impossible(metric: Metric, matcher: Any) -> Iterator[str]:
    """Values that a closed label never has."""
    closed = {label.name: {*label.values, "other"} for label in metric.labels}
    open_to_any = {label.name for label in metric.labels if not label.values}
    if matcher.name not in closed or matcher.name in open_to_any:
        return
    for value in matcher.value.split("|"):
        if value != ".*" and "$" not in value and value not in closed[matcher.name]:
            yield f'{metric.name} never has {matcher.name}="{value}"'


def raw_counters(promql: str) -> list[str]:
    """Counters that are looked at without a rate: a restart would show as a fall."""
    expression = parsed(promql)
    rated = {
        id_of(argument.vector_selector)
        for node in nodes(expression)
        if isinstance(node, promql_parser.Call)
        for argument in node.args
        if isinstance(argument, promql_parser.MatrixSelector)
    }
    return [
        str(one.name)
        for one in selectors(expression)
        if (metric := metric_of(str(one.name))) is not None
        and metric.kind in ("counter", "histogram")
        and id_of(one) not in rated
    ]


def id_of(selector: Any) -> str:
    return str(selector.prettify())
