"""The tables of the README: every metric of the catalog, every alert of the rules."""

from pathlib import Path

import yaml

from proxy.export.catalog import METRICS, Label, Metric

LONGEST_LIST = 6


def filled(readme: str, alerts: Path) -> str:
    """The page with what stands between its marks made anew."""
    page = between(readme, "metrics", metric_table())
    return between(page, "alerts", alert_table(alerts))


def between(page: str, mark: str, content: str) -> str:
    begin, end = f"<!-- {mark}: generated -->\n", f"<!-- {mark}: end -->\n"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    assert found, f"no mark where {mark} begin"
    assert closed, f"no mark where {mark} end"
    return f"{before}{begin}{content}{end}{after}"


def metric_table() -> str:
    rows = [
        "| metric | kind | labels (bound) | says |",
        "|---|---|---|---|",
        *(metric_row(metric) for metric in sorted(METRICS, key=lambda one: one.name)),
    ]
    return "\n".join(rows) + "\n"


def metric_row(metric: Metric) -> str:
    labels = ", ".join(label_cell(label) for label in metric.labels)
    if metric.cap is not None:
        labels += f"; {metric.cap:,} sets at most"
    return f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |"


def label_cell(label: Label) -> str:
    if label.values and len(label.values) <= LONGEST_LIST:
        return f"`{label.name}` ({', '.join(label.values)})"
    return f"`{label.name}` ({label.bound})"


def alert_table(file: Path) -> str:
    rows = ["| alert | severity | says |", "|---|---|---|"]
    seen: set[str] = set()
    for group in yaml.safe_load(file.read_text())["groups"]:
        for rule in group["rules"]:
            name = rule["alert"]
            if name in seen:
                continue
            seen.add(name)
            says = rule["annotations"]["description"].strip().split(". ")[0].rstrip(".")
            severity = rule["labels"]["severity"]
            rows.append(f"| [{name}](runbooks/{name}.md) | {severity} | {says}. |")
    return "\n".join(rows) + "\n"
