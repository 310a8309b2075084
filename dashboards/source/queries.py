"""PromQL written from the catalog: a metric or a label that does not exist cannot be asked for."""

from proxy.export.catalog import Metric

VARIABLES = ("job", "instance", "route", "model", "variant")
TARGET = ("job", "instance")
"""Labels that Prometheus adds to what it scrapes."""
RATE = "$__rate_interval"
WINDOW = "$window"


def series(metric: Metric, *pick: str, suffix: str = "", **matchers: str) -> str:
    """The series that the dashboard's variables choose, of live traffic where it is told.

    A matcher's value may begin with its operator: `=~`, `!=` or `!~`; `pick` names
    the variables that are on the dashboard, beside those of the metric's own labels.
    """
    labels = {label.name for label in metric.labels}
    unknown = set(matchers) - labels - {"le"}
    assert not unknown, f"{metric.name} has no label {', '.join(unknown)}"
    chosen = [f'{name}=~"${name}"' for name in ("job", *pick)]
    variables = [name for name in VARIABLES if name in labels - set(matchers)]
    chosen += [f'{name}=~"${name}"' for name in variables]
    if "source" in labels and "source" not in matchers:
        chosen.append('source="live"')
    chosen += [matcher(name, value) for name, value in matchers.items()]
    return f"{metric.name}{suffix}{{{', '.join(chosen)}}}"


def matcher(name: str, value: str) -> str:
    for operator in ("=~", "!~", "!="):
        if value.startswith(operator):
            return f'{name}{operator}"{value.removeprefix(operator)}"'
    return f'{name}="{value}"'


def total(expression: str, *by: str) -> str:
    return f"sum by ({', '.join(by)}) ({expression})" if by else f"sum({expression})"


def rate(selected: str, *by: str, over: str = RATE) -> str:
    return total(f"rate({selected}[{over}])", *by)


def increase(selected: str, *by: str, over: str = WINDOW) -> str:
    return total(f"increase({selected}[{over}])", *by)


def or_zero(expression: str) -> str:
    """For what is good news when it never happened and so has no series."""
    return f"({expression}) or on () vector(0)"


def or_none(expression: str, label: str) -> str:
    """The series that moved, or one at zero whose label says `none`."""
    none = f'label_replace(vector(0), "{label}", "none", "", "")'
    return f"(({expression}) > 0) or on () {none}"


def quantile(share: float, selected: str, *by: str, over: str = RATE) -> str:
    return f"histogram_quantile({share}, {rate(selected, 'le', *by, over=over)})"


def ratio(part: str, whole: str) -> str:
    """NaN without any traffic; the part's absence is zero."""
    return f"(({part}) or 0 * ({whole})) / ({whole})"


FEWEST = 50
"""Observations below which a rate is no number, as in `proxy.scoring.rates`."""


def supported(value: str, observations: str) -> str:
    """The value where there are enough observations, else NaN: "insufficient evidence"."""
    return f"(({value}) and ({observations}) >= {FEWEST}) or 0 * ({observations}) / 0"


def only_supported(value: str, observations: str) -> str:
    """The value where there are enough observations, else a gap."""
    return f"({value}) and ({observations}) >= {FEWEST}"


Z = 1.96


def wilson(hits: str, all: str, side: str, z: float = Z) -> str:
    """The lower (`-`) or upper (`+`) end of Wilson's interval of a share."""
    share = f"({hits}) / ({all})"
    square = round(z * z, 4)
    middle = f"{share} + {square / 2:g} / ({all})"
    spread = (
        f"{z:g} * sqrt(({share} * (1 - {share}) + {square / 4:g} / ({all})) / ({all}))"
    )
    return f"({middle} {side} {spread}) / (1 + {square:g} / ({all}))"
