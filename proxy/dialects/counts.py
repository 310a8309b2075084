"""Token counts that are sent as floats: `6.0` means 6 (Titan, Cohere)."""

Count = int | float | None


def whole(count: Count) -> int | None:
    """None also for what no count can be."""
    try:
        return None if count is None else int(count)
    except (OverflowError, ValueError):
        return None
