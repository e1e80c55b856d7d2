"""What a reader may note of the other side's statements on an application, on our page alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlencode

from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rows.applications import ApplicationRow, Stated
from special_channel.core.sense.read_rows import Reading
from special_channel.core.sense.read_statements import read_statement
from special_channel.core.sense.statements import StatementAround
from special_channel.web.applications.portions import Place
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.reading import Noted, Then, noted, then_of


async def reading_notes(
    context: PageContext, row: ApplicationRow, shown: Collection[Place]
) -> Mapping[Place, Noted]:
    """Return notes on the other side's statements that no correction replaces, by place.

    In no print, file, API or prepared question. Each is read against all before it, so only what
    the page shows is read. `shown`: places of the other side's statements.
    """
    peer = context.peer
    live = [each for each in row.live(peer) if _place(peer, each) in shown]
    then = await then_of(context, peer, {each.index for each in live})
    # A statement whose day is not known is left out.
    stated = [each for each in live if each.index in then]
    readings = await context.own.desk.reader.aside(lambda: _readings(stated, row, peer, then))
    ask = f"/threads/new?{urlencode({'application': row.number})}"
    notes = {place: noted(context, each, ask) for place, each in readings.items()}
    return {place: note for place, note in notes.items() if note}


def _readings(
    stated: Sequence[Stated], row: ApplicationRow, peer: Party, then: Mapping[int, Then]
) -> Mapping[Place, Reading]:
    around = {index: StatementAround(peer, at.day, at.days) for index, at in then.items()}
    return {_place(peer, each): read_statement(each, row, around[each.index]) for each in stated}


def _place(party: Party, stated: Stated) -> Place:
    index, row = stated.place
    return str(Position(party, index)), row
