"""The figures as tables for a person."""

import statistics
from collections.abc import Iterator, Sequence

from tests.bench.figures import Figure, Spread
from tests.bench.rounds import Recorded, Result, Sample
from tests.bench.scenarios import SCENARIOS

HEAD = ("target", "", "x nginx", "bar", "verdict", "per s", "PSS MB")
WIDTHS = (12, 12, 21, 9, 13, 9, 8)


def report(figures: Sequence[Figure], result: Result) -> Iterator[str]:
    tables: dict[tuple[str, str], list[Figure]] = {}
    for figure in figures:
        tables.setdefault((figure.scenario, figure.measure), []).append(figure)
    for rows in tables.values():
        yield from table(rows, result.samples)
        yield ""
    yield from recorded(result.recorded)
    for sample in result.samples:
        for what, count in sample.errors.items():
            yield f"error: {sample.target}, {sample.scenario}: {count} times {what}"
    yield f"errors in all: {result.errors}"


def table(rows: Sequence[Figure], samples: Sequence[Sample]) -> Iterator[str]:
    scenario = SCENARIOS[rows[0].scenario]
    unit = {
        "cpu": f"µs/{scenario.unit}",
        "added": "µs",
        "idle": "MB",
        "held": "KB/stream",
    }[rows[0].measure]
    meant = {
        "cpu": f"CPU per {scenario.unit}",
        "added": "p50 on top of direct",
        "idle": "PSS at rest, with its supervisor",
        "held": "memory of a held stream",
    }[rows[0].measure]
    yield f"{scenario.name}: {scenario.what}. {meant}"
    yield aligned((HEAD[0], unit, *HEAD[2:]))
    for row in rows:
        same = (row.scenario, row.target)
        yield aligned(
            cells(row, [s for s in samples if (s.scenario, s.target) == same])
        )


def cells(row: Figure, samples: Sequence[Sample]) -> tuple[str, ...]:
    per_second = statistics.median(s.answered / s.seconds for s in samples)
    return (
        row.target,
        number(row, row.value.median),
        ratio(row.ratio),
        bar(row),
        row.verdict or "",
        f"{per_second:.0f}" if row.measure in ("cpu", "added") else "",
        f"{max(s.pss_bytes for s in samples) / 1e6:.1f}",
    )


def number(row: Figure, value: float) -> str:
    match row.measure:
        case "idle":
            return f"{value / 1e6:.1f}"
        case "held":
            return f"{value / 1024:.1f}"
        case _:
            return f"{value:.1f}"


def ratio(found: Spread | None) -> str:
    if found is None:
        return "-"
    return f"{found.median:.2f} ({found.low:.2f}-{found.high:.2f})"


def bar(row: Figure) -> str:
    if row.bar is None:
        return ""
    return f"≤ {number(row, row.bar)}" + (
        "" if row.measure in ("idle", "held") else " x"
    )


def recorded(found: dict[str, Recorded]) -> Iterator[str]:
    for target, counts in found.items():
        yield (
            f"{target}: its monitor took {counts.received} recordings, "
            f"{counts.dropped} were dropped"
        )


def aligned(texts: Sequence[str]) -> str:
    first, *others = zip(texts, WIDTHS, strict=True)
    return "  " + first[0].ljust(first[1]) + "".join(t.rjust(w) for t, w in others)
