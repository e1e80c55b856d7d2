"""Read calendars and rules from the charter in force and the releases of this node.

Does not adopt charters and does not read files: a node reads its releases at start.
"""

from __future__ import annotations

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.web.calendars.views import RulesView, SideYear
from special_channel.web.shared.viewpoint import desk_of
from special_channel.web.shell.charters import charters
from special_channel.web.shell.context import PageContext


async def rules(context: PageContext, year: int | None) -> RulesView:
    """Read the page of a year, by default the present one.

    Raises:
        Malformed: `request-malformed` for a year without a release, except the year after the last.
    """
    releases = [each for party in PARTIES for each in context.calendar(party).releases]
    last = max(each.covers.last.year for each in releases)
    # The year after the last one, too: its page says that no calendar is in use yet.
    years = range(min(each.covers.first.year for each in releases), last + 2)
    if year is None:
        year = min(max(context.today(context.party).year, years[0]), years[-1])
    if year not in years:
        raise Malformed("request-malformed", "No calendar of this year is here.", field="year")
    document = context.document
    return RulesView(
        year=year,
        years=tuple(years),
        sides=tuple(_side(context, party, year) for party in (context.party, context.peer)),
        charters=await charters(context),
        rules=document,
        duty=tuple(
            (each, desk_of(context, each.party, each.desk))
            for each in (document.duty if document else ())
        ),
    )


def _side(context: PageContext, party: Party, year: int) -> SideYear:
    calendar, document = context.calendar(party), context.document
    named = document.calendar(party) if document else None
    return SideYear(
        party=party,
        release=next(
            (
                each
                for each in calendar.releases
                if each.covers.first.year <= year <= each.covers.last.year
            ),
            None,
        ),
        in_charter=named is not None and named.digest == calendar.digest,
        last=calendar.last_covered,
    )
