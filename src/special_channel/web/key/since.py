"""Read what was signed and opened with a key of our side since it is doubtful, and from where.

Readings and sessions are our side's own and are never sent.
"""

from __future__ import annotations

from datetime import datetime

from special_channel.core.entries import DIRECTORY_KINDS
from special_channel.core.rows.directory import KeyRow
from special_channel.stores.key_views import Signed
from special_channel.web.key.views import SessionItem, SinceView
from special_channel.web.shell.context import PageContext


async def since_doubt(
    context: PageContext, row: KeyRow, doubt: int, at: datetime, counts: tuple[int, int]
) -> SinceView:
    """Read what a person's key signed and opened since an instant.

    Args:
        context: The request's context.
        row: The key.
        doubt: Index of our log from which the key is doubtful.
        at: When the entry before that index was accepted: the doubt begins later than that, at a
            time that no entry states.
        counts: Shared and private entries signed since.
    """
    own, which = context.own, Signed(row.party, row.key, private=False, first=doubt)
    kinds = await own.stores.views.signed_kinds(which)
    store = own.desk.reading.store
    opened = await store.readings_of(row.person, at, key=row.key)
    # Counted apart, since the list is bounded.
    counted = await store.opened_counts(row.person, at, key=row.key)
    shared, private = counts
    return SinceView(
        at=at,
        acts=sum(entries for kind, entries in kinds.items() if kind in DIRECTORY_KINDS),
        shared=shared,
        private=private,
        threads=counted["thread"].subjects if "thread" in counted else 0,
        files=counted["file"].subjects if "file" in counted else 0,
        exports=counted["export"].times if "export" in counted else 0,
        subjects=sum(each.subjects for each in counted.values()),
        opened=tuple(opened),
        sessions=await _sessions(context, row, at),
    )


async def _sessions(context: PageContext, row: KeyRow, at: datetime) -> tuple[SessionItem, ...]:
    """Read the key's sessions that ended since an instant or are open, oldest first."""
    sessions = context.own.desk.door.sessions
    past = await sessions.past_of_person(row.party, row.person, at)
    now = await sessions.of_person(row.party, row.person, context.now)
    items = [
        SessionItem(opened=each.opened, seen=each.seen, ended=each.ended, address=each.address)
        for each in reversed(past)
        if each.key == row.key
    ]
    items += [
        SessionItem(opened=each.opened, seen=each.seen, address=each.address)
        for each in now
        if each.key == row.key
    ]
    return tuple(items)
