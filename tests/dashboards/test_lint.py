"""What every dashboard keeps to: nothing asked for that does not exist, and no bare number."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dashboards.source import generated
from dashboards.source.panels import FOREIGN
from tests.dashboards.promql import ADDED, mistakes, raw_counters

DASHBOARDS = {
    file.stem: json.loads(file.read_text())
    for file in sorted((generated.FOLDER / "grafana").glob("*.json"))
}
EACH = pytest.mark.parametrize(
    "dashboard", [pytest.param(d, id=name) for name, d in DASHBOARDS.items()]
)
PANELS = {
    f"{name}: {panel['title']}": panel
    for name, dashboard in DASHBOARDS.items()
    for panel in dashboard["panels"]
    if panel["type"] != "row"
}
STATS = {name: panel for name, panel in PANELS.items() if panel["type"] == "stat"}
EACH_PANEL = pytest.mark.parametrize("panel", PANELS.values(), ids=PANELS)
EACH_STAT = pytest.mark.parametrize("panel", STATS.values(), ids=STATS)
OTHERS = {
    **dict.fromkeys(FOREIGN, ADDED),
    "ALERTS": {"alertname", "alertstate"},
}
"""Series that are not ours, by their labels."""
UNITS = {"reqps", "percentunit", "s", "none", "short", "bytes", "Bps"}


def queries(panel: dict[str, Any]) -> Iterator[str]:
    return (target["expr"] for target in panel["targets"])


@EACH
def test_a_dashboard_can_be_found_and_linked_to(dashboard: dict[str, Any]) -> None:
    assert re.fullmatch(r"seatrial-[a-z-]+", dashboard["uid"])
    assert dashboard["tags"] == ["seatrial"]
    assert dashboard["editable"] is False
    (link,) = dashboard["links"]
    assert (link["tags"], link["includeVars"], link["keepTime"]) == (
        ["seatrial"],
        True,
        True,
    )


def test_uids_and_titles_differ() -> None:
    for key in ("uid", "title"):
        assert len({d[key] for d in DASHBOARDS.values()}) == len(DASHBOARDS)


@EACH
def test_ids_and_titles_of_panels_differ(dashboard: dict[str, Any]) -> None:
    for key in ("id", "title"):
        found = [panel[key] for panel in dashboard["panels"]]
        assert len(set(found)) == len(found)


@EACH
def test_variables_follow_the_time_range(dashboard: dict[str, Any]) -> None:
    variables = dashboard["templating"]["list"]
    assert variables[0]["type"] == "datasource"
    asked = [one for one in variables if one["type"] == "query"]
    assert {one["refresh"] for one in asked} == {2}
    assert {one["datasource"]["uid"] for one in asked} == {"${datasource}"}
    used = set(re.findall(r"\$\{?(\w+)", json.dumps(dashboard["panels"])))
    assert used - {"__rate_interval", "__range"} == {one["name"] for one in variables}


@EACH
def test_annotations_ask_for_what_exists(dashboard: dict[str, Any]) -> None:
    found = [one["target"]["expr"] for one in dashboard["annotations"]["list"]]
    assert found
    assert [wrong for one in found for wrong in mistakes(one, OTHERS)] == []


@EACH_PANEL
def test_a_panel_asks_for_what_exists(panel: dict[str, Any]) -> None:
    assert [wrong for one in queries(panel) for wrong in mistakes(one, OTHERS)] == []


@EACH_PANEL
def test_counters_are_never_shown_raw(panel: dict[str, Any]) -> None:
    assert [name for one in queries(panel) for name in raw_counters(one)] == []


@EACH_PANEL
def test_rates_follow_the_scrape_interval(panel: dict[str, Any]) -> None:
    for promql in queries(panel):
        ranges = re.findall(r"(rate|increase)\([^\[]*\[([^\]]+)\]", promql)
        for function, over in ranges:
            expected = {
                "rate": {"$__rate_interval"},
                "increase": {"$window", "$__range"},
            }
            assert over in expected[function]


@EACH_PANEL
def test_a_panel_says_what_it_shows_and_from_which_metrics(
    panel: dict[str, Any],
) -> None:
    says, _, sources = panel["description"].partition("\n\nFrom ")
    assert says.endswith(".")
    named = re.findall(r"`(\w+)`", sources)
    asked = " ".join(queries(panel))
    assert named
    assert [name for name in named if name not in asked] == []


@EACH_PANEL
def test_a_panel_has_a_unit_and_a_word_for_nothing(panel: dict[str, Any]) -> None:
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"] in UNITS
    assert defaults["noValue"] == "no traffic"
    assert panel["datasource"]["uid"] == "${datasource}"


@EACH_STAT
def test_a_stat_without_a_number_says_why(panel: dict[str, Any]) -> None:
    (mapping,) = panel["fieldConfig"]["defaults"]["mappings"]
    assert mapping["options"]["match"] == "null+nan"
    words = mapping["options"]["result"]["text"]
    is_counted = ">= 50" in panel["targets"][0]["expr"]
    assert words == ("insufficient evidence" if is_counted else "no traffic")


@pytest.mark.parametrize(
    ("promql", "wrong"),
    [
        pytest.param("sum(rate(", "no PromQL", id="no PromQL"),
        pytest.param("seatrial_request_total", "no metric", id="metric"),
        pytest.param('seatrial_relay_up{rely="a"}', "has no rely", id="label"),
        pytest.param("sum by (model) (seatrial_relay_up)", "no label", id="grouping"),
        pytest.param(
            'seatrial_exchanges_total{result="eror"}', "never has", id="value"
        ),
        pytest.param("seatrial_request_duration_seconds", "no metric", id="histogram"),
    ],
)
def test_a_mistake_is_seen(promql: str, wrong: str) -> None:
    assert wrong in " ".join(mistakes(promql, {}))


def test_a_raw_counter_is_seen() -> None:
    assert raw_counters("sum(seatrial_requests_total)") == ["seatrial_requests_total"]


def test_provisioning_points_to_where_the_page_says() -> None:
    folder: Path = generated.FOLDER
    path = "/var/lib/grafana/dashboards/seatrial"
    assert path in (folder / "grafana/provisioning/dashboards.yaml").read_text()
    assert path in (folder / "README.md").read_text()
