"""Read from an address the last entries to count.

An earlier record is counted as recorded then, or with the corrections made since.
Does not count: the stores do.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.past import Past
from special_channel.web.shared.extents import NO_ENTRY, Counting, ExtentView
from special_channel.web.shared.query import Query, Text
from special_channel.web.shell.context import PageContext, context_after


class ExtentQuery(Query):
    """How figures of a past date are counted.

    Attributes:
        counting: Without it, by the present record, unless entries are given.
        eu: Last entry of the EU's log to count, such as `EU-811`; `-` for no entry. By default,
            the last one of the date.
        cn: The same of CN's log.
        corrected_eu: Last entry of the EU's log to count corrections from; by default the newest.
        corrected_cn: The same of CN's log.
    """

    counting: Counting = ""
    eu: Text = ""
    cn: Text = ""
    corrected_eu: Text = ""
    corrected_cn: Text = ""


async def read_extent(
    context: PageContext, query: ExtentQuery, until: datetime
) -> ExtentView | None:
    """Read the last entries to count; None for the present record.

    Args:
        context: The request.
        query: The reader's choice.
        until: For a side without an entry in the query, entries accepted before this instant
            count.

    Raises:
        Malformed: `position-malformed`, `extent-outside`.
    """
    if not (query.counting or query.eu or query.cn):
        return None
    eu, cn = context.heads["eu"].size, context.heads["cn"].size
    then = eu, cn
    if not (query.eu and query.cn):
        at = await context.own.stores.growth.sizes_at(timestamp(until))
        then = at.eu, at.cn
    sizes = _size("eu", query.eu, eu, then[0]), _size("cn", query.cn, cn, then[1])
    later = sizes
    if query.counting == "corrected":
        later = _size("eu", query.corrected_eu, eu, eu), _size("cn", query.corrected_cn, cn, cn)
    return ExtentView(
        counting=query.counting or "recorded",
        eu=sizes[0],
        cn=sizes[1],
        eu_corrected=max(sizes[0], later[0]),
        cn_corrected=max(sizes[1], later[1]),
    )


def context_then(context: PageContext, extent: ExtentView) -> PageContext:
    """Return the context with the charter and the calendars in force at the last entries."""
    return context_after(context, Past("eu", extent.eu, extent.cn))


def end_of(context: PageContext, on: date, party: Party) -> datetime:
    """Return the end of a date in a side's capital."""
    zone = context.calendar(party).local(context.now).tzinfo
    return datetime.combine(on + timedelta(days=1), time(), zone)


def _size(party: Party, text: str, size: int, default: int) -> int:
    """Return the number of entries up to a position; `size`: number of all entries."""
    if not text:
        return default
    if text == NO_ENTRY:
        return 0
    position = Position.parse(text)
    if position.party != party or position.index >= size:
        raise Malformed(
            "extent-outside",
            "The record has no such entry to count up to.",
            position=text,
            last=f"{party.upper()}-{size - 1}" if size else "–",
        )
    return position.index + 1
