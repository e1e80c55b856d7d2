"""Statements of a side about an application. Does not compare the sides."""

from __future__ import annotations

from datetime import date

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rows.applications import ApplicationRow
from special_channel.web.shared.capitals import on_date
from special_channel.web.shared.doubts import EntryItem


class StateItem(EntryItem):
    """A state of an application as one side states it, in the entry `position`."""

    position: str
    state: str
    as_of: date | None = None
    source: str


def state_item(row: ApplicationRow, party: Party) -> StateItem | None:
    """Return a side's latest statement of an application's state."""
    latest = row.latest(party)
    if latest is None:
        return None
    return StateItem(
        position=str(Position(party, latest.index)),
        state=latest.state,
        as_of=on_date(latest.as_of),
        source=latest.source,
    )
