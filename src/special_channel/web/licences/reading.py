"""What the EU may note of a licence and its draw-downs, on its own page alone."""

from __future__ import annotations

from collections.abc import Mapping

from special_channel.core.bytes.ids import Position
from special_channel.core.sense.licences import LicenceAround
from special_channel.core.sense.read_statements import read_draw, read_issue
from special_channel.web.licences.queries import find_licence
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.reading import Noted, noted, then_of


async def reading_notes(context: PageContext, number: str) -> Mapping[str, Noted]:
    """Return notes on issues and draw-downs that no correction replaces, by position.

    In no print, file or API.

    Raises:
        NotFound: `licence-unknown`.
    """
    if context.party == "cn":
        return {}
    row, drawn = await find_licence(context, number)
    draws = [each for each in drawn if each.corrected < 0]
    indexes = {each.index for each in row.live} | {each.index for each in draws}
    then = await then_of(context, "cn", indexes)
    # An entry whose day is not known is left out.
    issues = [each for each in row.live if each.index in then]
    draws = [each for each in draws if each.index in then]
    named = sorted({name for issue in row.issues for name in issue.applications})
    applications = await context.own.stores.views.applications(named) if named else {}
    around = {
        index: LicenceAround(at.day, at.days, draws=drawn, applications=applications)
        for index, at in then.items()
    }
    read = [(each.index, read_issue(each, row, around[each.index])) for each in issues]
    read += [(each.index, read_draw(each, row, around[each.index])) for each in draws]
    notes = {str(Position("cn", index)): noted(context, reading, "") for index, reading in read}
    return {position: note for position, note in notes.items() if note}
