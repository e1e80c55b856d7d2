"""The fold: changes of rows by a valid entry (rule 4).

The store's views, `rebuild`, the verifier and the tests call the same function. Within a log, the
order is the index; across logs only unions and lookups by id. Does not judge (`judge.py`); the
changes by each kind are in `kinds/`.
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
    """Return an entry's row for lookup by id. `code`: error code of an invalid entry."""
    return EntryRow(
        id=placed.id,
        party=placed.position.party,
        index=placed.position.index,
        kind=placed.entry.kind,
        thread=thread_of(placed.entry),
        by=placed.entry.by,
        roles=parts_of(placed.entry),
        code=code,
        others=tuple(sorted(placed.signed - {placed.entry.by})),
    )


def fold(rows: Rows, placed: Placed) -> dict[RowKey, Row]:
    """Return the rows that a valid entry changes, including its `entry` row."""
    entry = placed.entry
    changed = (entry_row(placed), *KINDS[type(entry)].fold(entry, rows, placed))
    return {key_of(row): row for row in changed}
