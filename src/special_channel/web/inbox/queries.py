"""Read threads for the inbox and for the list of threads.

The inbox shows the nearest due times; the page of deadlines has the rest. The number of queries
does not grow with the number of threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import accumulate
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from pydantic import Field

from special_channel.core.bytes.ids import EntryId, ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.messages import silence
from special_channel.stores.reads import News
from special_channel.stores.thread_views import ThreadFilter
from special_channel.web.inbox.filters import (
    DETAILS,
    ThreadFilters,
    ThreadsPageQuery,
    ThreadsQuery,
)
from special_channel.web.inbox.groups import LABEL, InboxPageQuery, cut_groups
from special_channel.web.inbox.views import GroupView, InboxView, ThreadsFound
from special_channel.web.inbox.waiting import OPEN, Listed, Waiting, waiting
from special_channel.web.shared.capitals import local, shared_hours
from special_channel.web.shared.days import instants
from special_channel.web.shared.doubts import doubt_at
from special_channel.web.shared.dues import due_of, nearest_of, within_this_week
from special_channel.web.shared.marks import MarksView
from special_channel.web.shared.query import MAX_LIMIT, Query, Whole
from special_channel.web.shared.references import BatchRef, ask_number
from special_channel.web.shared.ruler import Day, Mark, Ruler, ruler
from special_channel.web.shared.silence import known, standing
from special_channel.web.shared.words import short
from special_channel.web.shell.colleagues import holders
from special_channel.web.shell.content import number_of, position_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.corrected import LISTED, CorrectedView, read_corrected
from special_channel.web.shell.held import held_filter
from special_channel.web.shell.marks import read_marks
from special_channel.web.shell.news import NewsView, read_news
from special_channel.web.shell.people import people
from special_channel.web.shell.questions import Ladders, LastHeard, ladders, last_heard_of
from special_channel.web.shell.scopes import held_by
from special_channel.web.shell.threads import (
    MANY,
    LastWords,
    ThreadItem,
    batch_refs,
    find_batch,
    subjects,
    thread_item,
    thread_items,
)
from special_channel.web.shell.translations import excerpts

RULER_DAYS: Final = 40
"""Days given to the ruler, which stops after ten working days: the longest closures on either
side are shorter than thirty days."""

NEAREST: Final = 30
"""Threads of a group with due times; all where a filter chose them. All are counted and drawn on
the ruler."""

PAGE: Final = 50
"""Threads of a page of the list."""

NEWS: Final = 10
"""News of the inbox; the page of notices has all."""


class CorrectedQuery(Query):
    """Applications with corrections new to the reader: at most `limit`."""

    limit: Annotated[Whole, Field(ge=1, le=MAX_LIMIT)] = LISTED


@dataclass(frozen=True, slots=True)
class Seen:
    """What is new to the reader, and the reader's marks, of some threads."""

    news: News
    marks: Mapping[ThreadId, MarksView]


@dataclass(frozen=True, slots=True)
class Beside:
    """What the inbox shows beside threads; `unsent`: number of signed drafts that were not sent."""

    corrected: CorrectedView
    news: NewsView
    unsent: int


async def inbox(context: PageContext, query: InboxPageQuery) -> InboxView:
    """Read the inbox: questions and unread threads first, then details of the listed threads.

    By default a desk sees its unit's threads, and other roles every thread. A filter chooses what
    is listed; heading and dates are of the whole scope. The query chooses the portion of a group.
    """
    waits, beside = await asyncio.gather(waiting(context, query), _beside(context))
    listed = await waiting(context, query, query) if query.held else waits.listed(query)
    # The page of deadlines, with the rest of a group, has no such filters.
    most = NEAREST if query.sort == "nearest" and not query.held else OPEN
    ours, theirs = listed.ours[:most], listed.theirs[:most]
    parts = (ours, theirs, listed.reminded, listed.new)
    items = await _items(context, [each for part in parts for each in part], listed)
    ends = [*accumulate(map(len, parts))]
    by_us, awaited, reminded, new = (
        items[end - len(part) : end] for part, end in zip(parts, ends, strict=True)
    )
    dated = [each for side in waits.dated for each in side]
    ahead = [each.due for each in dated if each.due and not each.due.passed]
    drawn = _drawn(context, dated)
    desk = "" if waits.scope == "all" else "&desk=1"
    whole = (
        _group("ours", by_us, len(listed.ours), desk),
        _group("theirs", awaited, len(listed.theirs), desk),
        GroupView(key="reminded", items=reminded, total=len(reminded)),
        GroupView(key="read", items=new, total=len(new)),
    )
    groups = cut_groups(whole, query, waits.scope, len(drawn.cards))
    start = urlencode({"scope": waits.scope, **query.narrowing})
    return InboxView(
        groups=tuple(
            each
            for each in groups
            if query.group in {"", each.key}
            and (each.items or query.group or each.key != "reminded")
        ),
        scope=waits.scope,
        waiting=len(waits.dated[0]),
        ruler=await _named(context, drawn, dated, groups),
        due_this_week=sum(
            within_this_week(context, each.due) for each in waits.dated[0] if each.due is not None
        ),
        unread=sum(
            row.thread.thread in waits.news.threads
            for row in (*waits.ours, *waits.theirs, *waits.reminded, *waits.new)
        ),
        mine=waits.mine,
        last_visit=waits.news.last,
        next_due=min(ahead, key=lambda due: due.at, default=None),
        unsent=beside.unsent,
        corrected=beside.corrected,
        news=beside.news,
        away=waits.away,
        start_url=f"/work?{start}" if any(parts) else "",
    )


async def _beside(context: PageContext) -> Beside:
    """Read what the inbox shows beside threads; one after the other, while threads are read."""
    drafts, key = context.own.desk.drafts, context.reader.key
    corrected = await read_corrected(context)
    news = await read_news(context, NEWS)
    return Beside(corrected, news, await drafts.unsent(key) if context.writes else 0)


async def threads_page(context: PageContext, query: ThreadsPageQuery) -> ThreadsFound:
    """Read a page of the list, with the details of a page.

    Raises:
        NotFound: `batch-unknown`.
    """
    wanted = await _wanted(context, query, await _batch(context, query))
    rows, total = await _page_rows(context, wanted, query, PAGE, (query.page - 1) * PAGE)
    views = context.own.stores.views
    mine = total
    if query.scope != "mine":
        own = held_by(context, "mine")
        mine = await views.thread_count(replace(wanted, held_by=own))
    ids = [row.thread for row in rows]
    open_asks = nearest_of(await views.asks(threads=ids, only_open=True, limit=MANY))
    news = await context.own.desk.reads.news(context.reader.marks_as, ids)
    listed = [
        Listed(row, ask, due_of(context, ask))
        if (ask := open_asks.get(row.thread))
        else Listed(row)
        for row in rows
    ]
    marks = await read_marks(context, ids)
    items = await _items(context, listed, Seen(news, marks))
    return ThreadsFound(**context.sizes, scope=query.scope, total=total, mine=mine, items=items)


async def threads_listed(
    context: PageContext, query: ThreadsPageQuery, limit: int
) -> tuple[Sequence[Listed], tuple[ThreadItem, ...], int]:
    """Read the threads of the list for a file in its order, up to `limit`.

    The details are of the chosen columns alone. The number counts the whole list.
    """
    wanted = await _wanted(context, query, await _batch(context, query))
    rows, total = await _page_rows(context, wanted, query, limit)
    ids = [row.thread for row in rows]
    open_asks = nearest_of(
        await context.own.stores.views.asks(threads=ids, only_open=True, limit=MANY)
    )
    listed = [
        Listed(row, ask, due_of(context, ask))
        if (ask := open_asks.get(row.thread))
        else Listed(row)
        for row in rows
    ]
    if DETAILS.isdisjoint(query.columns):
        return listed, await thread_items(context, rows), total
    nothing = Seen(await context.own.desk.reads.news(context.reader.marks_as, ()), {})
    return listed, await _items(context, listed, nothing), total


async def _page_rows(
    context: PageContext, wanted: ThreadFilter, query: ThreadsPageQuery, limit: int, offset: int = 0
) -> tuple[Sequence[ThreadRow], int]:
    """Return a page of the list in its order, and the number of all threads in it."""
    views, oldest = context.own.stores.views, query.sort == "oldest"
    rows = await views.threads(wanted, limit, offset=offset, oldest=oldest)
    return rows, await views.thread_count(wanted)


async def threads(context: PageContext, query: ThreadsQuery) -> ThreadsFound:
    """Read threads for the API, without details of the reader and of our ladder."""
    wanted = await _wanted(context, query, query.batch)
    rows = await context.own.stores.views.threads(
        wanted, query.limit, before=query.before, oldest=query.sort == "oldest"
    )
    return ThreadsFound(**context.sizes, scope=query.scope, items=await thread_items(context, rows))


async def _wanted(context: PageContext, query: ThreadFilters, batch: str | None) -> ThreadFilter:
    """Return the filter of the store; `batch`: id of the list in the filter."""
    since, until = instants(context.party, *query.days())
    return replace(
        await held_filter(context, query),
        show=query.show,
        batch=batch,
        held_by=held_by(context, query.scope),
        opened_by=query.side,
        since=since,
        until=until,
    )


async def _batch(context: PageContext, query: ThreadsPageQuery) -> str | None:
    """Return the id of the list in a filter; None without one.

    Raises:
        NotFound: `batch-unknown`.
    """
    return (await find_batch(context, query.batch)).batch if query.batch else None


def _group(
    key: Literal["ours", "theirs"], items: tuple[ThreadItem, ...], total: int, desk: str
) -> GroupView:
    more = f"/deadlines?side={key}{desk}" if total > len(items) else None
    return GroupView(key=key, items=items, total=total, more_url=more)


async def _items(
    context: PageContext, listed: Sequence[Listed], seen: Waiting | Seen
) -> tuple[ThreadItem, ...]:
    """Read the details of listed threads. `seen`: what is new to the reader, and marked."""
    rows = [each.thread for each in listed]
    asks = [each.question for each in listed if each.question]
    last, titles, (tallies, steps, batches, heard) = await asyncio.gather(
        context.own.stores.views.last_entries([row.thread for row in rows]),
        subjects(context, rows),
        _about(context, rows, asks),
    )
    held, authors, words = await asyncio.gather(
        holders(context, [row.thread for row in rows]),
        people(context, [entry.by for entry in last.values()]),
        excerpts(context, last.values()),
    )

    def item(each: Listed) -> ThreadItem:
        row, ask, due, entry = each.thread, each.question, each.due, last.get(each.thread.thread)
        tally = tallies.get(ask.note) if ask else None
        step, taken = steps.standing(ask) if ask else (None, (0, 0))
        status = standing(ask.outcome(), due, context.party) if ask and due else None
        # While the due time is ahead, the list writes how far it is.
        silent = status is not None and status.case not in {"open", "provisional"}
        return thread_item(
            context,
            row,
            titles.title(row),
            unread=row.thread in seen.news.threads,
            due=due,
            at=instant(entry.accepted if entry else row.opening.accepted),
            last=LastWords(
                author=authors.writer(entry),
                at=instant(entry.accepted),
                words=words[entry.id],
                number=number_of(entry),
                doubt=doubt_at(context.doubts, position_of(entry)),
            )
            if entry
            else None,
            batch=batches.get(row.opening.batch),
            answered=tally if tally is not None and tally[1] > 1 else None,
            next_step=step,
            steps=taken,
            about=ask_number(ask) if ask else "",
            silence=silence.short(context.t, status) if status and silent else "",
            known=known(ask.outcome(), due, heard.at(ask), context) if ask and due else "",
            holder=held.get(row.thread),
            marks=seen.marks.get(row.thread),
        )

    return tuple(map(item, listed))


async def _about(
    context: PageContext, rows: Sequence[ThreadRow], asks: Sequence[QuestionRow]
) -> tuple[Mapping[EntryId, tuple[int, int]], Ladders, Mapping[str, BatchRef], LastHeard]:
    """Read what is known of the questions of threads, and the lists that the threads are on."""
    notes = sorted({ask.note for ask in asks})
    tallies = await context.own.stores.past_asks.tallies(notes)
    steps = await ladders(context, asks)
    batches = await batch_refs(context, [row.opening.batch for row in rows])
    return tallies, steps, batches, await last_heard_of(context, asks)


def _drawn(context: PageContext, listed: Sequence[Listed]) -> Ruler:
    """Draw the due times."""
    dated = ((each.number, each.due) for each in listed if each.due)
    marks = [Mark(number, f"/threads/{number}", due) for number, due in dated]
    return ruler(context.now, context.party, _days(context), marks)


async def _named(
    context: PageContext, drawn: Ruler, listed: Sequence[Listed], groups: Sequence[GroupView]
) -> Ruler:
    """Name the threads on a ruler's cards and in the page's lists; long subjects are cut."""
    labels = {item.number: item.title for group in groups for item in group.items}
    unnamed = {card.mark.number for card in drawn.cards} - labels.keys()
    apart = {each.number: each.thread for each in listed if each.number in unnamed}
    if apart:
        more = await subjects(context, apart.values())
        labels |= {number: more.title(thread) for number, thread in apart.items()}
    texts = {
        number: short(context.readable(title.first(context.lang)).text, LABEL)
        for number, title in labels.items()
    }
    return replace(drawn, labels=texts)


def _days(context: PageContext) -> tuple[Day, ...]:
    """Return the days from today on, with the sides at work on each day."""
    own, peer = context.calendar(context.party), context.calendar(context.peer)
    today = local(context.now, context.party).date()
    return tuple(
        Day(on, own.is_working_day(on), peer.is_working_day(on), shared_hours(own, peer, on))
        for on in (today + timedelta(days=step) for step in range(RULER_DAYS))
    )
