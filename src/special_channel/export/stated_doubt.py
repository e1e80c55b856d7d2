"""Doubt about keys and entries as the rows of a replay state it, read once for all tables.

Does not judge doubt: `core/rules/doubt.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.directory import KeyRow, PartyRow, ReviewRow
from special_channel.core.rules.doubt import Doubts
from special_channel.core.rules.state import Rows
from special_channel.export.spill import rows_of


@dataclass(frozen=True, slots=True)
class StatedDoubt:
    """All keys of the directory, the doubt about them, and reviews by entry."""

    keys: tuple[KeyRow, ...]
    doubts: Doubts
    reviews: Mapping[EntryId, ReviewRow]

    @property
    def none(self) -> bool:
        """Whether no entry can be disputed or disowned, as in nearly every record."""
        return not self.doubts.spans and not self.reviews


def stated_doubt(rows: Rows) -> StatedDoubt:
    """Read keys and reviews from the rows of a replay."""
    keys = tuple(rows_of(rows, KeyRow))
    doubts = Doubts.of(keys, rows_of(rows, PartyRow))
    return StatedDoubt(keys, doubts, {row.entry: row for row in rows_of(rows, ReviewRow)})
