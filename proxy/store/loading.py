"""Lines of an export as statements that insert what is not there yet."""

from collections.abc import Sequence

from proxy.store import lines, statements
from proxy.store.lines import Line
from proxy.store.writing import Names, Transaction, Values


async def loading(
    work: Transaction, names: Names, table: str, found: Sequence[Line]
) -> tuple[str, list[Values]]:
    """The statement and values that insert lines where they are not there yet."""
    if table in statements.ROLLUP_TABLES:
        rows: list[Values] = [
            (
                await names.of_series(work, lines.series_of(one)),
                one["at"],
                *lines.rollup_values(one),
            )
            for one in found
        ]
        text = statements.insert(table, statements.ROLLUP_COLUMNS)
        return f"{text} ON CONFLICT DO NOTHING", rows
    if table in statements.EVENT_TABLES:
        events: list[Values] = [
            (
                await names.of_kind(work, lines.kind_of(one)),
                *(one["at"], one["n"]),
            )
            for one in found
        ]
        text = statements.insert(table, statements.EVENT_COLUMNS)
        return f"{text} ON CONFLICT DO NOTHING", events
    return statements.load_row(table), [
        tuple(lines.row_values(table, one)) for one in found
    ]
