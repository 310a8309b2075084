"""Token counts: what can be one, and those that are sent as floats (Titan, Cohere)."""

from dataclasses import fields, replace
from operator import attrgetter

from proxy.model.exchange import Usage

Count = int | float | None

MOST_TOKENS = 2**53 - 1
"""What every reader of JSON and every store can hold."""
COUNTED = tuple(one.name for one in fields(Usage))
COUNTS = attrgetter(*COUNTED)
SUMS = {
    "input_tokens_incl_cache": {
        *("input_tokens", "cached_input_tokens", "cache_creation_input_tokens"),
    },
    "output_tokens_incl_reasoning": {"output_tokens", "reasoning_tokens"},
}


def whole(count: Count) -> int | None:
    """`6.0` means 6; None also for what no count can be."""
    try:
        return None if count is None else int(count)
    except (OverflowError, ValueError):
        return None


def possible(usage: Usage) -> Usage:
    """What can be no count is none: some servers say -1 for what they do not know."""
    wrong = {
        name
        for name, n in zip(COUNTED, COUNTS(usage), strict=True)
        if n is not None and not 0 <= n <= MOST_TOKENS
    }
    if not wrong:
        return usage
    for sum_, parts in SUMS.items():
        if wrong & parts:
            wrong.add(sum_)
    return replace(usage, **dict.fromkeys(wrong))
