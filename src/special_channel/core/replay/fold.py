"""The fold: what a valid entry does to the rows that it names (rule 4).

One function for the store's views, `rebuild`, the verifier and the tests. Within a log
by index; across logs only unions and look-ups by id. Does not judge: `judge.py` does; what a
kind changes stands in `kinds/`.
"""

from __future__ import annotations

from special_channel.core.kinds.table import KINDS
from special_channel.core.rows.past import Placed
from special_channel.core.rules.state import (
    EntryRow,
    Row,
    RowKey,
    Rows,
    key_of,
    parts_of,
    thread_of,
)


def entry_row(placed: Placed, code: str = "") -> EntryRow:
    """Make the row by which others name this entry; `code` says why it is invalid."""
    return EntryRow(
        id=placed.id,
        party=placed.position.party,
        index=placed.position.index,
        kind=placed.entry.kind,
        thread=thread_of(placed.entry),
        by=placed.entry.by,
        roles=parts_of(placed.entry),
        code=code,
    )


def fold(rows: Rows, placed: Placed) -> dict[RowKey, Row]:
    """Return the rows that a valid entry changes, its own `entry` row included."""
    entry = placed.entry
    changed = (entry_row(placed), *KINDS[type(entry)].fold(entry, rows, placed))
    return {key_of(row): row for row in changed}
