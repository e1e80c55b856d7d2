"""The inbox: what waits for the own side, what for the other, and what is new to read.

Does not page: what is due later than the nearest rows stands on the page of deadlines. Scopes
leave nothing out that is nobody's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import ThreadId
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.web.pages.inbox import Group, InboxPage
from special_channel.web.pages.ruler import Day, Mark, Ruler, named, ruler
from special_channel.web.reading.rows import Gathered, gather
from special_channel.web.shared.capitals import Due, local
from special_channel.web.shared.dues import due_of, nearest_of, within_this_week
from special_channel.web.shared.office import shared_hours
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import OFFICIALS, PageContext
from special_channel.web.shell.scopes import Scope, fitting
from special_channel.web.shell.threads import subjects

SCOPES: Final[tuple[Scope, ...]] = ("mine", "unit", "all")

OPEN: Final = 500
"""Open asks that the page looks at, by side, the nearest due first."""

RECENT: Final = 200
"""Threads that moved last, among which the page looks for something new."""

TO_READ: Final = 50
"""Rows of the group to read."""

RULER_DAYS: Final = 40
"""Days given to the ruler, which stops after ten working days: the longest closures on either
side are shorter than thirty days."""

NEAREST: Final = 50
"""Rows of a group with dates; all of them are counted, and are marks of the ruler."""


def scope_of(text: str | None, role: str) -> Scope:
    """Read a scope. By default a desk sees its unit's threads; who oversees, all of them.

    Raises:
        Malformed: `request-malformed`.
    """
    if text is None:
        return "unit" if role in OFFICIALS else "all"
    if text not in SCOPES:
        raise Malformed("request-malformed", "The scope is mine, unit or all.", field="scope")
    return text


@dataclass(frozen=True, slots=True)
class Asked:
    """A thread that waits, its registration number, and the ask that it is listed for."""

    number: str
    thread: ThreadRow
    ask: QuestionRow
    due: Due


async def inbox(context: PageContext, scope: Scope) -> InboxPage:
    """Read the inbox.

    First what waits and what is new, then what rows say, for the rows that are shown alone.
    """
    views, party = context.own.views, context.party
    ours, theirs = (
        nearest_of(rows)
        for rows in await asyncio.gather(
            *(
                views.asks(answering=side, only_open=True, limit=OPEN)
                for side in (party, context.peer)
            )
        )
    )
    ids = sorted({*ours, *theirs})
    asked, recent = await asyncio.gather(
        views.threads_by_id(ids), views.threads(show="all", limit=RECENT, besides=ids)
    )
    looked_at = [*asked.values(), *recent]
    fits, news = await asyncio.gather(
        fitting(context, scope, looked_at),
        context.own.reads.news(context.reader.key, [row.thread for row in looked_at]),
    )
    waiting = [row for row in asked.values() if fits(row)]
    quiet = [row for row in recent if fits(row)]
    new = [row for row in quiet if row.thread in news.threads][:TO_READ]
    for_us = _sorted(context, waiting, ours)
    awaited = _sorted(context, [row for row in waiting if row.thread not in ours], theirs)
    shown = [*for_us[:NEAREST], *awaited[:NEAREST]]
    listed = [*(one.thread for one in shown), *new]
    gathered = await gather(context, listed, [one.ask for one in shown], news.threads)
    later = "" if scope == "all" else "&desk=1"
    ahead = [one.due for one in (*for_us, *awaited) if not one.due.passed]
    groups = (
        _group(gathered, "ours", for_us, later),
        _group(gathered, "theirs", awaited, later),
        Group("read", tuple(gathered.row(row) for row in new), len(new)),
    )
    titles = {row.number: row.title for group in groups for row in group.rows}
    return InboxPage(
        groups=groups,
        scope=scope,
        scope_urls=tuple((one, f"/inbox?scope={one}") for one in SCOPES),
        ruler=await _ruler(context, (*for_us, *awaited), titles),
        due_this_week=sum(within_this_week(context, one.due) for one in for_us),
        unread=sum(row.thread in news.threads for row in (*waiting, *new)),
        last_visit=news.last,
        next_due=min(ahead, key=lambda due: due.at, default=None),
        dates_url="/deadlines" if scope == "all" else "/deadlines?desk=1",
    )


def _sorted(
    context: PageContext, rows: Iterable[ThreadRow], asks: Mapping[ThreadId, QuestionRow]
) -> Sequence[Asked]:
    """Return threads with the ask that they are listed for, the nearest due first."""
    mine = [(row, asks[row.thread]) for row in rows if row.thread in asks]
    mine.sort(key=lambda one: (one[1].due, one[0].position))
    return [Asked(str(row.position), row, ask, due_of(context, ask)) for row, ask in mine]


def _group(
    gathered: Gathered, key: Literal["ours", "theirs"], asked: Sequence[Asked], desk: str
) -> Group:
    return Group(
        key,
        tuple(gathered.row(one.thread, one.ask, one.due) for one in asked[:NEAREST]),
        len(asked),
        f"/deadlines?side={key}{desk}" if len(asked) > NEAREST else None,
    )


async def _ruler(context: PageContext, asked: Sequence[Asked], titles: Mapping[str, Pair]) -> Ruler:
    """Draw all dates; name those that are drawn as cards or stand in the page's lists."""
    marks = [Mark(one.number, f"/threads/{one.number}", "", one.due) for one in asked]
    drawn = ruler(context.now, context.party, days(context), marks)
    unnamed = {card.mark.number for card in drawn.cards} - titles.keys()
    apart = {one.number: one.thread for one in asked if one.number in unnamed}
    found = dict(titles)
    if apart:
        more = await subjects(context, apart.values())
        found |= {number: more.title(thread) for number, thread in apart.items()}
    return named(drawn, {number: it.first(context.lang).text for number, it in found.items()})


def days(context: PageContext) -> tuple[Day, ...]:
    """Return the days from today on, with the sides that work on them."""
    own, peer = context.calendar(context.party), context.calendar(context.peer)
    today = local(context.now, context.party).date()
    return tuple(
        Day(on, own.is_working_day(on), peer.is_working_day(on), shared_hours(own, peer, on))
        for on in (today + timedelta(days=step) for step in range(RULER_DAYS))
    )
