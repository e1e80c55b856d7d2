"""What the EU may note of a licence and its draw-downs, on its own page alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.sense.licences import LicenceAround
from special_channel.core.sense.read_rows import Reading
from special_channel.core.sense.read_statements import read_draw, read_issue
from special_channel.web.licences.queries import find_licence
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.reading import Noted, Then, noted, then_of


@dataclass(frozen=True, slots=True)
class _Read:
    """A licence with all draw-downs, and the applications of its issues."""

    licence: LicenceRow
    draws: Sequence[DrawRow]
    applications: Mapping[str, ApplicationRow]

    def readings(self, then: Mapping[int, Then]) -> Mapping[int, Reading]:
        """Read the issues and draw-downs of the entries in `then`."""
        return {
            **{
                each.index: read_issue(each, self.licence, self._around(then[each.index]))
                for each in self.licence.live
                if each.index in then
            },
            **{
                each.index: read_draw(each, self.licence, self._around(then[each.index]))
                for each in self.draws
                if each.index in then and each.corrected < 0
            },
        }

    def _around(self, at: Then) -> LicenceAround:
        return LicenceAround(at.day, at.days, draws=self.draws, applications=self.applications)


async def reading_notes(
    context: PageContext, number: str, shown: Collection[str]
) -> Mapping[str, Noted]:
    """Return notes on issues and draw-downs that no correction replaces, by position.

    In no print, file or API. Each is read against all before it, so only what the page shows is
    read. `shown`: positions of entries.

    Raises:
        NotFound: `licence-unknown`.
    """
    if context.party == "cn":
        return {}
    row, draws = await find_licence(context, number)
    # An entry whose day is not known is left out.
    then = await then_of(context, "cn", {Position.parse(each).index for each in shown})
    named = sorted({name for issue in row.issues for name in issue.applications})
    applications = await context.own.stores.views.applications(named) if named else {}
    read = _Read(row, draws, applications)
    readings = await context.own.desk.reader.aside(lambda: read.readings(then))
    notes = {
        str(Position("cn", index)): noted(context, each, "") for index, each in readings.items()
    }
    return {position: note for position, note in notes.items() if note}
