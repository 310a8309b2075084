"""What every dashboard has around its panels: variables, links, annotations; and its JSON."""

import json
from collections.abc import Iterable
from typing import Any

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as models

from dashboards.source.panels import SOURCE
from proxy.export import catalog
from proxy.export.catalog import Label, Metric

TAG = "seatrial"
ADDED_BY_THE_SDK = ("auto", "auto_count", "auto_min")
"""On variables of other kinds than intervals Grafana's own schema does not know them."""


def dashboard(uid: str, title: str, text: str) -> builders.Dashboard:
    made = (
        builders.Dashboard(title)
        .uid(uid)
        .description(text)
        .tags([TAG])
        .readonly()
        .tooltip(models.DashboardCursorSync.CROSSHAIR)
        .time("now-1h", "now")
        .refresh("30s")
        .timezone("browser")
        .link(
            builders.DashboardLink("Seatrial")
            .tags([TAG])
            .as_dropdown(True)
            .include_vars(True)
            .keep_time(True)
        )
        .with_variable(
            builders.DatasourceVariable("datasource")
            .label("Data source")
            .type("prometheus")
        )
    )
    for name, color, promql in ANNOTATIONS:
        made = made.annotation(
            builders.AnnotationQuery()
            .name(name)
            .datasource(SOURCE)
            .enable(True)
            .icon_color(color)
            .expr(promql)
        )
    return made


ANNOTATIONS = (
    (
        "New version",
        "blue",
        f"count by (version) ({catalog.BUILD.name}) unless "
        f"count by (version) ({catalog.BUILD.name} offset 2m)",
    ),
    (
        "New settings",
        "purple",
        f"count by (hash) ({catalog.RELAY_SETTINGS.name}) unless "
        f"count by (hash) ({catalog.RELAY_SETTINGS.name} offset 2m)",
    ),
    (
        "Another model answers",
        "orange",
        "sum by (route, model) "
        f'(increase({catalog.SIGNALS.name}{{signal="model_changed"}}[2m])) > 0',
    ),
    (
        "Alert",
        "red",
        'count by (alertname) (ALERTS{alertstate="firing", alertname=~"Seatrial.*"})',
    ),
)


def choice(
    name: str, metric: Metric, label: Label | None = None
) -> builders.QueryVariable:
    """Any number of a label's values; `job` and `instance` are Prometheus' own."""
    known = {each.name for each in metric.labels}
    assert (label is None) or label.name in known
    narrowed = "" if name == "job" else '{job=~"$job"}'
    return (
        builders.QueryVariable(name)
        .label(name.capitalize())
        .datasource(SOURCE)
        .query(f"label_values({metric.name}{narrowed}, {name})")
        .refresh(models.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(models.VariableSort.ALPHABETICAL_ASC)
        .include_all(True)
        .all_value(".*")
        .multi(True)
        .current(models.VariableOption(selected=True, text=["All"], value=["$__all"]))
    )


def window() -> builders.CustomVariable:
    """Over how long conversations are counted: minutes hold too few of them."""
    lengths = ("15m", "1h", "6h", "1d", "7d")
    options = [
        models.VariableOption(selected=one == "1h", text=one, value=one)
        for one in lengths
    ]
    return (
        builders.CustomVariable("window")
        .label("Conversations of the last")
        .values(",".join(lengths))
        .options(options)
        .current(options[1])
    )


def written(built: models.Dashboard) -> str:
    document: dict[str, Any] = json.loads(JSONEncoder(sort_keys=True).encode(built))
    for variable in document["templating"]["list"]:
        for key in ADDED_BY_THE_SDK:
            variable.pop(key, None)
    for annotation in document["annotations"]["list"]:
        annotation["target"] = {"expr": annotation.pop("expr"), "refId": "Anno"}
    number(document["panels"])
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def number(panels: Iterable[dict[str, Any]]) -> None:
    """The SDK gives rows 0 and panels no id; links to a panel need one that stays."""
    for position, panel in enumerate(panels, start=1):
        panel["id"] = position
