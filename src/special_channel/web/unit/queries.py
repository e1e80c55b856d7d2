"""Read what our side's desks hold, in a number of queries that does not grow with the threads.

Counts desks and never persons. Does not assign: `web/assign` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PersonId, Position, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.entries import BatchListed
from special_channel.core.numbers import units
from special_channel.core.numbers.units import OpenThread
from special_channel.core.rows.routes import RouteRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.desk.unit_holdings import Holdings, read_holdings, whose_turn
from special_channel.stores.clearances import Clearance
from special_channel.web.shared.dues import due_of, nearest_of
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import line
from special_channel.web.shared.viewpoint import desk_of
from special_channel.web.shared.words import Pair
from special_channel.web.shell.colleagues import Colleague, colleagues
from special_channel.web.shell.content import entry_in
from special_channel.web.shell.context import OFFICIALS, PageContext
from special_channel.web.shell.people import People, people
from special_channel.web.shell.questions import last_heard_of
from special_channel.web.shell.threads import MANY, subjects
from special_channel.web.unit.views import (
    NOBODY,
    PASSED,
    DeskItem,
    ReleaseItem,
    UnitQuery,
    UnitThread,
    UnitView,
)

PAGE: Final = 50
"""Threads of a page: as many as are assigned at once."""

UNHELD: Final = 10
"""Threads of nobody above the list; a filter shows all."""


@dataclass(frozen=True, slots=True)
class _Held:
    """Open threads of our side, and persons to whom they are assigned."""

    found: Holdings
    staff: Mapping[PersonId, Colleague]

    def holder(self, thread: ThreadId) -> Colleague | None:
        """Return to whom a thread is assigned."""
        return self.staff.get(self.found.rows[thread].holder)


async def unit(context: PageContext, query: UnitQuery, limit: int = PAGE) -> UnitView:
    """Read what the desks hold, and a page of the threads that match a filter.

    Raises:
        Malformed: `date-malformed`.
    """
    held, today = await _held(context), context.today(context.party)
    days = units.coming_days(context.calendar(context.party), today)
    matching, staff, unheld = _matching(held, query), held.staff.values(), held.found.unheld
    shown = matching[(query.page - 1) * limit : query.page * limit]
    items = await _items(context, held, [*shown, *unheld[:UNHELD]])
    return UnitView(
        **context.sizes,
        day=today,
        days=days,
        desks=_desks(context, held.found),
        nobody=_read(items, unheld[:UNHELD]),
        unheld=len(unheld),
        releases=await _releases(context),
        away=tuple(one for one in staff if one.until),
        items=_read(items, shown),
        total=len(matching),
        open=len(held.found.threads),
        holder=next((one.name for one in staff if one.number == query.holder), ""),
    )


async def _held(context: PageContext) -> _Held:
    """Read all open threads with whom they are with."""
    calendar, reached = context.calendar(context.party), context.delivered[context.peer]
    found = await read_holdings(context.own.stores.views, calendar, context.now, reached)
    return _Held(found, await colleagues(context))


def _matching(held: _Held, query: UnitQuery) -> list[OpenThread]:
    """Return the threads of a filter, in its order."""
    dated = _dated(held.found, query.on) if query.on else None
    desk = units.NOBODY if query.desk == NOBODY else query.desk
    matching = [
        each
        for each in held.found.threads
        if (not query.desk or each.desk == desk)
        and (dated is None or each.thread in dated)
        and (not query.holder or _number(held.holder(each.thread)) == query.holder)
    ]
    if query.sort == "newest":
        return matching[::-1]
    if query.sort == "nearest":
        nearest: dict[ThreadId, date] = {}
        for each in held.found.dates:
            nearest[each.thread] = min(each.on, nearest.get(each.thread, each.on))
        return sorted(matching, key=lambda each: nearest.get(each.thread, date.max))
    return matching


def _dated(found: Holdings, on: str) -> set[ThreadId]:
    """Return the threads with a question to us on a date, or with a date that has passed."""
    if on == PASSED:
        return {each.thread for each in found.dates if each.passed}
    with suppress(ValueError):
        day = date.fromisoformat(on)
        return {each.thread for each in found.dates if each.on == day and not each.passed}
    raise Malformed("date-malformed", "A date looks like 2026-11-24.", field="on")


def _read(
    items: Mapping[ThreadId, UnitThread], threads: Sequence[OpenThread]
) -> tuple[UnitThread, ...]:
    """Return the details of threads in order; a row found damaged meanwhile is left out."""
    return tuple(items[each.thread] for each in threads if each.thread in items)


def _number(holder: Colleague | None) -> int:
    return holder.number if holder else 0


def _desks(context: PageContext, found: Holdings) -> tuple[DeskItem, ...]:
    """Return what each desk holds, in the order of the charter."""
    calendar, today = context.calendar(context.party), context.today(context.party)
    return tuple(
        DeskItem(
            desk=load.desk or NOBODY,
            title=_title(context, load.desk),
            open=load.open,
            oldest=load.oldest,
            working_days=units.days_open(calendar, load.oldest, today) if load.oldest else None,
            passed=load.passed,
            dates=load.dates,
        )
        for load in found.loads(context.document, calendar, context.now)
    )


def _title(context: PageContext, desk: str) -> Pair | None:
    return desk_of(context, context.party, desk) if desk else None


async def _items(
    context: PageContext, held: _Held, threads: Sequence[OpenThread]
) -> Mapping[ThreadId, UnitThread]:
    """Read the details of threads: subjects, and their nearest open questions."""
    calendar, today = context.calendar(context.party), context.today(context.party)
    ids = sorted({each.thread for each in threads})
    views = context.own.stores.views
    rows: Mapping[ThreadId, ThreadRow] = await views.threads_by_id(ids)
    asks = nearest_of(await views.asks(threads=ids, only_open=True, limit=MANY))
    heard = await last_heard_of(context, [*asks.values()])
    titles = await subjects(context, rows.values())

    def item(each: OpenThread) -> UnitThread:
        ask = asks.get(each.thread)
        due = due_of(context, ask) if ask else None
        stored = held.found.rows[each.thread]
        return UnitThread(
            number=str(Position(stored.party, stored.idx)),
            thread=each.thread,
            title=titles.title(rows[each.thread]),
            opened=each.opened,
            working_days=units.days_open(calendar, each.opened, today),
            desk=each.desk or NOBODY,
            desk_title=_title(context, each.desk),
            question=ask_number(ask) if ask else "",
            due=due,
            state=line(ask.outcome(), due, heard.at(ask), context) if ask and due else "",
            holder=held.holder(each.thread),
        )

    return {each.thread: item(each) for each in threads if each.thread in rows}


async def _releases(context: PageContext) -> tuple[ReleaseItem, ...]:
    """Read the drafts that wait for release, with who has the turn."""
    drafts = await context.own.desk.clearances.waiting()
    if not drafts:
        return ()
    views = context.own.stores.views
    entries = {draft.id: entry_in(draft.envelope) for draft in drafts}
    named = {getattr(entry, "thread", "") or "" for entry in entries.values()} - {""}
    lists = {getattr(entry, "ref", "") or "" for entry in entries.values()} - {""}
    reader = _ReleaseReader(
        context,
        await people(context, [draft.by for draft in drafts]),
        {id_: str(row.position) for id_, row in (await views.threads_by_id([*named])).items()},
        {id_: row.list for id_, row in (await views.batches_by_id([*lists])).items()},
        await views.routes([draft.id for draft in drafts]),
    )
    return tuple(reader.item(draft) for draft in drafts)


@dataclass(frozen=True, slots=True)
class _ReleaseReader:
    """Reads waiting drafts; `threads` are numbers and `lists` names, by id."""

    context: PageContext
    authors: People
    threads: Mapping[str, str]
    lists: Mapping[str, str]
    routes: Mapping[str, RouteRow]

    def item(self, draft: Clearance) -> ReleaseItem:
        entry, route = entry_in(draft.envelope), self.routes.get(draft.id)
        desks, roles = whose_turn(self.context.document, draft, route)
        author = self.authors.author(draft.by, None if entry is None else entry.grant or 1)
        reader = self.context.reader.row
        own = author.key == reader.key or (author.person != "" and author.person == reader.person)
        listed = entry.body.list if isinstance(entry, BatchListed) else ""
        return ReleaseItem(
            id=draft.id,
            kind=entry.kind if entry else "–",
            name=listed or self.lists.get(getattr(entry, "ref", None) or "", ""),
            thread=self.threads.get(getattr(entry, "thread", None) or "", ""),
            author=author,
            at=draft.at,
            whose=self._whose(desks, roles),
            mine=not own and self._mine(route, frozenset(roles)),
            due=instant(route.now.by) if route and route.now.by else None,
        )

    def _whose(self, desks: Sequence[str], roles: Sequence[str]) -> tuple[str, ...]:
        """Return the desks or roles that have the turn, in words."""
        context = self.context
        titles = (desk_of(context, context.party, desk) for desk in desks)
        named = (title.first(context.lang).text for title in titles)
        return (*named, *(context.t.label("role", role) for role in roles))

    def _mine(self, route: RouteRow | None, roles: frozenset[str]) -> bool:
        reader = self.context.reader.row
        if route is None:
            return not reader.roles_now.isdisjoint(roles)
        if route.elsewhere(reader.person):
            return False
        held = (each for each in reader.functions_now if each.role in OFFICIALS)
        return any(route.awaits(each.role, each.desk) for each in held)
