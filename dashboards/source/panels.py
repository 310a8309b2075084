"""Panels as all dashboards have them: units, legends, and words where there is no number."""

import re
from dataclasses import dataclass

from grafana_foundation_sdk.builders import bargauge, common, prometheus
from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import stat as stats
from grafana_foundation_sdk.builders import table as tables
from grafana_foundation_sdk.builders import timeseries as charts
from grafana_foundation_sdk.models import common as shapes
from grafana_foundation_sdk.models import dashboard as models
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from proxy.export.catalog import METRICS

SOURCE = models.DataSourceRef(type_val="prometheus", uid="${datasource}")
NO_TRAFFIC = "no traffic"
INSUFFICIENT = "insufficient evidence"
Steps = tuple[tuple[float | None, str], ...]
NEUTRAL: Steps = ((None, "blue"),)
"""For numbers that have no good and no bad."""
BAD_ABOVE_1_PERCENT: Steps = ((None, "green"), (0.01, "orange"), (0.05, "red"))
BAD_ABOVE_0: Steps = ((None, "green"), (0.000001, "orange"))
HEIGHT = 8
KNOWN = sorted((metric.name for metric in METRICS), key=len, reverse=True)
FOREIGN = (
    *("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"),
    *("scrape_samples_scraped", "scrape_duration_seconds", "ALERTS", "up"),
)
"""Prometheus' own series, and the monitor's process."""


@dataclass(frozen=True, slots=True)
class Query:
    promql: str
    legend: str = ""


def named(queries: tuple[Query, ...]) -> list[str]:
    """The metrics that are asked for, each once."""
    words = re.findall(r"[a-zA-Z_:][\w:]*", " ".join(query.promql for query in queries))
    known = {*KNOWN, *FOREIGN}
    found = [
        next((name for name in (word, stem(word)) if name in known), None)
        for word in words
    ]
    return list(dict.fromkeys(name for name in found if name is not None))


def stem(word: str) -> str:
    return re.sub(r"_(bucket|sum|count)$", "", word)


def described(text: str, queries: tuple[Query, ...]) -> str:
    names = ", ".join(f"`{name}`" for name in named(queries))
    return f"{text}\n\nFrom {names}."


def target(query: Query, number: int, instant: bool) -> prometheus.Dataquery:
    made = prometheus.Dataquery().expr(query.promql).ref_id(chr(ord("A") + number))
    made = made.legend_format(query.legend or "__auto")
    return made.instant() if instant else made.range()


def words_for_nan(text: str) -> list[models.ValueMapping]:
    result = models.ValueMappingResult(text=text, color="text", index=0)
    options = models.DashboardSpecialValueMapOptions(
        match=models.SpecialValueMatch.NULL_AND_NAN, result=result
    )
    return [models.SpecialValueMap(options=options)]


def steps(given: Steps) -> builders.ThresholdsConfig:
    return (
        builders.ThresholdsConfig()
        .mode(models.ThresholdsMode.ABSOLUTE)
        .steps([models.Threshold(value=value, color=color) for value, color in given])
    )


def stat(
    title: str,
    text: str,
    unit: str,
    *queries: Query,
    colors: Steps = NEUTRAL,
    nan: str = NO_TRAFFIC,
    width: int = 4,
    decimals: int | None = None,
) -> stats.Panel:
    panel = (
        stats.Panel()
        .title(title)
        .description(described(text, queries))
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(steps(colors))
        .mappings(words_for_nan(nan))
        .no_value(NO_TRAFFIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .color_mode(shapes.BigValueColorMode.VALUE)
        .graph_mode(shapes.BigValueGraphMode.NONE)
        .span(width)
        .height(4)
        .targets([target(query, n, True) for n, query in enumerate(queries)])
    )
    return panel if decimals is None else panel.decimals(decimals)


def chart(
    title: str,
    text: str,
    unit: str,
    *queries: Query,
    stacked: bool = False,
    width: int = 12,
    highest: float | None = None,
    lowest: float | None = 0,
) -> charts.Panel:
    panel = (
        charts.Panel()
        .title(title)
        .description(described(text, queries))
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(steps(NEUTRAL))
        .color_scheme(
            builders.FieldColor().mode(models.FieldColorModeId.PALETTE_CLASSIC)
        )
        .no_value(NO_TRAFFIC)
        .legend(
            common.VizLegendOptions()
            .display_mode(shapes.LegendDisplayMode.LIST)
            .placement(shapes.LegendPlacement.BOTTOM)
            .show_legend(True)
        )
        .tooltip(common.VizTooltipOptions().mode(shapes.TooltipDisplayMode.MULTI))
        .fill_opacity(25 if stacked else 0)
        .line_width(1)
        .show_points(shapes.VisibilityMode.NEVER)
        .span(width)
        .height(HEIGHT)
        .targets([target(query, n, False) for n, query in enumerate(queries)])
    )
    if stacked:
        panel = panel.stacking(
            common.StackingConfig().mode(shapes.StackingMode.NORMAL).group("A")
        )
    if highest is not None:
        panel = panel.max(highest)
    return panel if lowest is None else panel.min(lowest)


def with_bands(panel: charts.Panel, colors: dict[str, str]) -> charts.Panel:
    """Draw `NAME low` and `NAME high` as the edges of a band around the line NAME."""
    for name, color in colors.items():
        fixed = {"mode": "fixed", "fixedColor": color}
        paint = models.DynamicConfigValue("color", fixed)
        thin = models.DynamicConfigValue("custom.lineWidth", 0)
        unnamed = models.DynamicConfigValue(
            "custom.hideFrom", {"legend": True, "tooltip": False, "viz": False}
        )
        fill = models.DynamicConfigValue("custom.fillBelowTo", f"{name} low")
        panel = (
            panel.override_by_name(name, [paint])
            .override_by_name(f"{name} low", [paint, thin, unnamed])
            .override_by_name(f"{name} high", [paint, thin, unnamed, fill])
        )
    return panel


def table(
    title: str,
    text: str,
    unit: str,
    query: Query,
    value: str,
    width: int = 12,
    height: int = HEIGHT,
) -> tables.Panel:
    """One row for each series; `value` heads the column of its number."""
    asked = target(query, 0, True).format(PromQueryFormat.TABLE)
    return (
        tables.Panel()
        .title(title)
        .description(described(text, (query,)))
        .datasource(SOURCE)
        .unit(unit)
        .thresholds(steps(NEUTRAL))
        .no_value(NO_TRAFFIC)
        .override_by_name("Time", [models.DynamicConfigValue("custom.hidden", True)])
        .override_by_name("Value", [models.DynamicConfigValue("displayName", value)])
        .span(width)
        .height(height)
        .targets([asked])
    )


def bars(
    title: str, text: str, unit: str, *queries: Query, width: int = 12
) -> bargauge.Panel:
    return (
        bargauge.Panel()
        .title(title)
        .description(described(text, queries))
        .datasource(SOURCE)
        .unit(unit)
        .min(0)
        .thresholds(steps(NEUTRAL))
        .no_value(NO_TRAFFIC)
        .orientation(shapes.VizOrientation.HORIZONTAL)
        .display_mode(shapes.BarGaugeDisplayMode.BASIC)
        .reduce_options(common.ReduceDataOptions().calcs(["lastNotNull"]).values(False))
        .span(width)
        .height(HEIGHT)
        .targets([target(query, n, True) for n, query in enumerate(queries)])
    )
