"""Numbers as people read them, and small bars for those who look."""

from collections.abc import Sequence
from math import inf

BLOCKS = "▁▂▃▄▅▆▇█"
NOTHING = "-"


def seconds(value: float | None) -> str:
    """`85 µs`, `0.21 ms`, `160 ms`, `1.4 s`; a dash for what was not measured."""
    if value is None:
        return NOTHING
    if value < 0.0001:
        return f"{value * 1e6:.0f} µs"
    if value < 0.000995:
        return f"{value * 1e3:.2f} ms"
    if value < 0.00995:
        return f"{value * 1e3:.1f} ms"
    if value < 0.9995:
        return f"{value * 1e3:.0f} ms"
    return f"{value:.1f} s" if value < 99.5 else f"{value:.0f} s"


def clock(value: float) -> str:
    """`1:05`."""
    minutes, rest = divmod(int(value), 60)
    return f"{minutes}:{rest:02}"


def size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def count(value: float) -> str:
    return f"{value:,.0f}"


def bars(values: Sequence[float], top: float | None = None) -> str:
    """A block character for each value, as high as its share of the largest. What is
    above zero shows at least the lowest block, what is zero shows none."""
    highest = top or max(values, default=0.0)
    if highest <= 0:
        return " " * len(values)
    last = len(BLOCKS) - 1
    return "".join(
        BLOCKS[min(last, round(value / highest * last))] if value > 0 else " "
        for value in values
    )


def bar(share: float, width: int) -> str:
    """A horizontal bar, an eighth of a character exact."""
    eighths = round(share * width * 8)
    if share > 0:
        eighths = max(1, eighths)
    whole, rest = divmod(eighths, 8)
    return "█" * whole + " ▏▎▍▌▋▊▉"[rest].strip()


def at_most(bound: float) -> str:
    return "more" if bound == inf else f"≤ {seconds(bound)}"


def part(share: float) -> str:
    return "<1%" if 0 < share < 0.01 else f"{share:.0%}"
