"""What a reader may note of the other side's statements on an application, on our page alone."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.sense.read_statements import read_statement
from special_channel.core.sense.statements import StatementAround
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.reading import Noted, noted, then_of

Place = tuple[str, int]
"""Number of an entry and row of its sheet; row 0 without a sheet."""


async def reading_notes(context: PageContext, row: ApplicationRow) -> Mapping[Place, Noted]:
    """Return notes on the other side's statements that no correction replaces, by place.

    In no print, file, API or prepared question.
    """
    peer = context.peer
    live = row.live(peer)
    then = await then_of(context, peer, {each.index for each in live})
    ask = f"/threads/new?{urlencode({'application': row.number})}"
    notes: dict[Place, Noted] = {}
    for each in live:
        at = then.get(each.index)
        if at is None:
            continue  # the day of its entry is not known
        around = StatementAround(peer, at.day, at.days)
        index, sheet_row = each.place
        if note := noted(context, read_statement(each, row, around), ask):
            notes[str(Position(peer, index)), sheet_row] = note
    return notes
