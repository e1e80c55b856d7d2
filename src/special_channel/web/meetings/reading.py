"""What a reader may note of promises that the other side recorded, on our own page alone."""

from __future__ import annotations

from collections.abc import Mapping

from special_channel.core.entries.meetings import Noting
from special_channel.core.rows.past import Past
from special_channel.core.sense.promises import read_promise
from special_channel.messages.sense import said
from special_channel.web.meetings.views import MeetingDetail
from special_channel.web.shell.context import PageContext, context_after


async def reading_notes(context: PageContext, view: MeetingDetail) -> Mapping[str, str]:
    """Return notes on the other side's promises by position, in the reader's language.

    In no print, file, API or prepared question.
    """
    promises = [each for each in view.items if each.kind == "promise"]
    if view.party == context.party or not promises:
        return {}
    stored = await context.own.stores.record.find([each.entry_id for each in promises])
    notes = {}
    for each in promises:
        entry = stored[each.entry_id]
        # Of the calendars in use at the entry: the note never changes with the day of reading.
        then = context_after(context, Past(each.party, entry.index, entry.frontier))
        due = each.due.isoformat() if each.due else None
        body = Noting(point="promise", who=each.who, due=due)
        found = read_promise(body, view.on, then.calendar(each.who))
        notes[each.position] = " ".join(said(context.t, one) for one in found)
    return notes
