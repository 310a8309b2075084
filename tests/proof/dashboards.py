"""The committed dashboards, and their queries as Grafana would send them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.proof.programs import ROOT

FILES = sorted((ROOT / "dashboards" / "grafana").glob("*.json"))
VARIABLES = {
    **dict.fromkeys(("job", "instance", "route", "model", "variant"), ".*"),
    "__rate_interval": "15s",
    "window": "5m",
    "__range": "5m",
}
"""What the page's choices are while everything is in quick motion: a scrape every two seconds."""


def load(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def panels(dashboard: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows hold none: they are all open."""
    return (one for one in dashboard["panels"] if one["type"] != "row")


def substituted(expr: str) -> str:
    return re.sub(r"\$\{?(\w+)\}?", lambda m: VARIABLES.get(m[1], m[0]), expr)


def height(dashboard: dict[str, Any]) -> int:
    """Of the whole page, in pixels; the renderer's own measures."""
    places = [one["gridPos"] for one in dashboard["panels"]]
    rows: int = max(place["y"] + place["h"] for place in places)
    return 48 + 38 * rows
