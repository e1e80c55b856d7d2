"""What a person without a function has begun, for the colleagues who go on with it.

Drafts can be taken over. Nothing else is handed on here: threads belong to the desk, and entries
stay valid. Does not end functions or keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from special_channel.core.bytes.errors import NotAllowed, NotFound, RuleBroken
from special_channel.core.bytes.ids import KeyId, PersonId, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.persons import LEADERS
from special_channel.desk.acts import waiting
from special_channel.desk.journal import record_act
from special_channel.web.http.sessions import Visitor
from special_channel.web.persons.views import WorkItem, WorkKind
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.directory_views import PersonItem

OPEN: Final = 1000
"""Open questions looked at."""


def takes_over(reader: Visitor, item: PersonItem) -> bool:
    """Tell whether a reader goes on with the work of a person who has no function any more."""
    if reader.row.party != item.party or item.state not in {"left", "no-function"}:
        return False
    if reader.row.person == item.person:
        return False
    # An overseer of the same desk writes nothing and reads by a grant of access alone (K29).
    desks = {one.desk for one in item.functions}
    return any(
        grant.role in LEADERS or (grant.role == "desk" and grant.desk in desks)
        for grant in reader.row.functions_now
    )


async def work_of(context: PageContext, item: PersonItem) -> tuple[WorkItem, ...]:
    """Read what a person of our side began and did not end."""
    keys = [line.key for line in item.keys]
    return (
        *await _drafts(context, keys),
        *await _releases(context, keys),
        *await _acts(context, keys),
        *await _assigned(context, item.person),
        *await _questions(context, keys),
        *_disputed(context, item.person),
    )


async def take_draft(context: PageContext, item: PersonItem, place: str) -> None:
    """Move a draft of a person without a function to the reader; write it into the journal.

    Raises:
        NotAllowed: `role-access`.
        NotFound: `draft-taken` if it is gone, or the reader has a draft there.
    """
    if not takes_over(context.reader, item):
        raise NotAllowed("role-access", "This is not open to the role of this key.")
    own, keys = context.own.desk, [line.key for line in item.keys]
    if not await own.drafts.hand_on(place, keys, context.reader.key):
        raise NotFound("draft-taken", "The draft is gone, or the reader has one there.")
    acts = own.acts
    try:
        await record_act(
            *(acts.appender, acts.identity, acts.clock, "draft-taken"),
            person=item.person,
            key=context.reader.key,
        )
    except RuleBroken as error:
        if error.code != "entry-duplicate":  # two within a second: one entry says it of both
            raise


async def _drafts(context: PageContext, keys: Sequence[KeyId]) -> list[WorkItem]:
    found = await context.own.desk.drafts.typed(keys)
    threads = await _threads(context, [each.place for each in found])
    return [
        WorkItem(
            what="draft",
            number=str(threads[each.place].position) if each.place in threads else "",
            at=each.at,
            place=each.place,
        )
        for each in found
    ]


async def _releases(context: PageContext, keys: Sequence[KeyId]) -> list[WorkItem]:
    drafts = [each for each in await context.own.desk.clearances.waiting() if each.by in keys]
    entries = [entry_in(each.envelope) for each in drafts]
    return [
        WorkItem(
            what="release",
            kind=entry.kind if entry else "",
            url=f"/clearances/{draft.id}",
            at=draft.at,
        )
        for draft, entry in zip(drafts, entries, strict=True)
    ]


async def _acts(context: PageContext, keys: Sequence[KeyId]) -> list[WorkItem]:
    acts = await waiting(context.own.desk.acts)
    return [
        WorkItem(what="act", kind=each.kind, url=f"/people/acts/{each.id}", at=each.at)
        for each in acts
        if each.by in keys
    ]


async def _assigned(context: PageContext, person: PersonId) -> list[WorkItem]:
    threads = await _threads(context, await context.own.stores.views.assigned(person))
    return [_thread("assigned", row) for row in threads.values() if not row.is_closed()]


async def _questions(context: PageContext, keys: Sequence[KeyId]) -> list[WorkItem]:
    """Read open questions of both sides in threads that the person held."""
    views = context.own.stores.views
    asks = await views.asks(only_open=True, limit=OPEN)
    threads = await views.threads_by_id(sorted({each.thread for each in asks}))
    held = await views.held([*threads], context.party, keys)
    found = []
    for ask in asks:
        if ask.thread in held.by_these:
            what: WorkKind = "unanswered" if ask.answering == context.party else "asked"
            item = _thread(what, threads[ask.thread])
            found.append(item.model_copy(update={"at": instant(ask.due)}))
    return found


def _disputed(context: PageContext, person: PersonId) -> list[WorkItem]:
    return [
        WorkItem(
            what="disputed",
            kind=each.signed.kind,
            number=str(each.signed.position),
            url="/review?scope=all",
        )
        for each in context.doubts.to_review(context.party, person)
    ]


async def _threads(
    context: PageContext, threads: Sequence[ThreadId]
) -> Mapping[ThreadId, ThreadRow]:
    return await context.own.stores.views.threads_by_id(threads) if threads else {}


def _thread(what: WorkKind, row: ThreadRow) -> WorkItem:
    return WorkItem(what=what, number=str(row.position), url=f"/threads/{row.position}")
