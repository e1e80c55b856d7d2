"""Read threads for the inbox and for the list of threads.

The inbox shows the nearest due times; the page of deadlines has the rest. The number of queries
does not grow with the number of threads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal
from urllib.parse import urlencode

from special_channel.core.bytes.ids import ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.messages.silence import short
from special_channel.web.inbox.views import GroupView, InboxView, ThreadsFound
from special_channel.web.shared.capitals import Due, local, shared_hours
from special_channel.web.shared.doubts import doubt_at
from special_channel.web.shared.dues import due_of, nearest_of, within_this_week
from special_channel.web.shared.query import PageQuery, Query, Text, Whole
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.ruler import Day, Mark, Ruler, ruler
from special_channel.web.shared.silence import known, standing
from special_channel.web.shared.words import Pair
from special_channel.web.shell.colleagues import holders
from special_channel.web.shell.content import number_of, position_of
from special_channel.web.shell.context import EVERYTHING, PageContext
from special_channel.web.shell.news import read_news
from special_channel.web.shell.people import people
from special_channel.web.shell.questions import ladders, last_heard_of
from special_channel.web.shell.scopes import Scope, fitting, held_by
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

OPEN: Final = 500
"""Open questions that the inbox reads for each side, the nearest due first."""

RECENT: Final = 200
"""Recently changed threads among which the inbox looks for unread entries."""

TO_READ: Final = 50
"""Threads of the group to read."""

RULER_DAYS: Final = 40
"""Days given to the ruler, which stops after ten working days: the longest closures on either
side are shorter than thirty days."""

NEAREST: Final = 50
"""Threads of a group with due times. All are counted and drawn on the ruler."""

PAGE: Final = 50
"""Threads of a page of the list."""

NEWS: Final = 10
"""News of the inbox; the page of notices has all."""

Show = Literal["open", "closed", "all"]
ThreadSort = Literal["changed", "oldest"]


class ScopeQuery(Query):
    """Scope of the threads; the default depends on the reader's role."""

    scope: Scope | None = None


THREAD_COLUMNS: Final = ("translation", "last", "list", "answered", "holder", "step")
"""What a reader may choose to see of each thread, besides its number, subject and date."""


class ThreadsPageQuery(PageQuery):
    """A page of the list of threads.

    Attributes:
        batch: Number of a list's batch, such as `EU-120`; empty for all.
        sort: By the last change, or by the opening with the oldest first.
        col: What is shown of each thread; others are ignored, without any all are shown.
    """

    show: Show = "open"
    scope: Scope = "all"
    batch: Text = ""
    sort: ThreadSort = "changed"
    col: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns to show, in their order."""
        return tuple(name for name in THREAD_COLUMNS if name in self.col) or THREAD_COLUMNS

    @property
    def address(self) -> str:
        """Filters, order and columns as in the page's address."""
        return self.address_with()

    def address_with(self, **changed: str) -> str:
        """Return the address with another value of a filter."""
        fields = {"show": self.show, "scope": self.scope, "batch": self.batch, **changed}
        if self.sort != "changed":
            fields["sort"] = self.sort
        columns = self.columns if self.columns != THREAD_COLUMNS else ()
        pairs = [(name, value) for name, value in fields.items() if value]
        return urlencode([*pairs, *(("col", name) for name in columns)])


class ThreadsQuery(Query):
    """Threads over the API; `before`: display order of the last thread of the previous answer.

    `sort=oldest`: by the time of opening instead of the last change; `before` stays a bound.

    `scope=mine`: threads assigned to the reader, opened by the reader or with a note of the reader,
    and threads of the other side without a holder or a note of our side.
    """

    show: Show = "open"
    scope: Scope = "all"
    batch: Text | None = None
    sort: ThreadSort = "changed"
    limit: Whole = 100
    before: Whole = EVERYTHING


@dataclass(frozen=True, slots=True)
class Listed:
    """A thread of a list, with its nearest open question and the due time."""

    thread: ThreadRow
    question: QuestionRow | None = None
    due: Due | None = None

    @property
    def number(self) -> str:
        """Registration number of the thread."""
        return str(self.thread.position)


async def inbox(context: PageContext, query: ScopeQuery) -> InboxView:
    """Read the inbox: questions and unread threads first, then details of the listed threads.

    By default a desk sees its unit's threads, and other roles every thread.
    """
    scope = query.scope or ("unit" if context.writes else "all")
    views = context.own.stores.views
    ours, theirs = (
        nearest_of(rows)
        for rows in await asyncio.gather(
            *(
                views.asks(answering=side, only_open=True, limit=OPEN)
                for side in (context.party, context.peer)
            )
        )
    )
    ids = sorted({*ours, *theirs})
    asked, recent = await asyncio.gather(
        views.threads_by_id(ids), views.threads(show="all", limit=RECENT, besides=ids)
    )
    reads, reader = context.own.desk.reads, context.reader.marks_as
    marked = {*await reads.marked_unread(reader, TO_READ)} - {row.thread for row in recent}
    recent = [*recent, *(await views.threads_by_id(sorted(marked - {*ids}))).values()]
    threads = [*asked.values(), *recent]
    fits, news = await asyncio.gather(
        fitting(context, scope, threads),
        reads.news(reader, [row.thread for row in threads]),
    )
    waiting = [row for row in asked.values() if fits(row)]
    own = fits if scope == "mine" else await fitting(context, "mine", [*asked.values()])
    new = [row for row in recent if fits(row) and row.thread in news.threads][:TO_READ]
    for_us = _nearest_first(context, waiting, ours)
    awaited = _nearest_first(context, [row for row in waiting if row.thread not in ours], theirs)
    shown = [*for_us[:NEAREST], *awaited[:NEAREST], *map(Listed, new)]
    items = await _items(context, shown, news.threads)
    split = len(for_us[:NEAREST])
    end = len(shown) - len(new)
    ahead = [each.due for each in (*for_us, *awaited) if each.due and not each.due.passed]
    desk = "" if scope == "all" else "&desk=1"
    return InboxView(
        groups=(
            _group("ours", items[:split], len(for_us), desk),
            _group("theirs", items[split:end], len(awaited), desk),
            GroupView(key="read", items=items[end:], total=len(new)),
        ),
        scope=scope,
        ruler=await _ruler(
            context, (*for_us, *awaited), {item.number: item.title for item in items}
        ),
        due_this_week=sum(
            within_this_week(context, each.due) for each in for_us if each.due is not None
        ),
        unread=sum(row.thread in news.threads for row in (*waiting, *new)),
        mine=sum(own(row) for row in asked.values() if row.thread in ours),
        last_visit=news.last,
        next_due=min(ahead, key=lambda due: due.at, default=None),
        unsent=await context.own.desk.drafts.unsent(context.reader.key) if context.writes else 0,
        news=await read_news(context, NEWS),
    )


async def threads_page(context: PageContext, query: ThreadsPageQuery) -> ThreadsFound:
    """Read a page of the list, with the details of a page."""
    views = context.own.stores.views
    by, own = await held_by(context, query.scope), await held_by(context, "mine")
    batch = await _batch(context, query)
    total = await views.thread_count(query.show, by, batch)
    mine = total if query.scope == "mine" else await views.thread_count(query.show, own, batch)
    rows = await views.threads(
        show=query.show,
        batch=batch,
        limit=PAGE,
        offset=(query.page - 1) * PAGE,
        held_by=by,
        oldest=query.sort == "oldest",
    )
    ids = [row.thread for row in rows]
    waiting = nearest_of(await views.asks(threads=ids, only_open=True, limit=MANY))
    news = await context.own.desk.reads.news(context.reader.marks_as, ids)
    listed = [
        Listed(row, ask, due_of(context, ask)) if (ask := waiting.get(row.thread)) else Listed(row)
        for row in rows
    ]
    items = await _items(context, listed, news.threads)
    return ThreadsFound(**context.sizes, scope=query.scope, total=total, mine=mine, items=items)


async def threads_listed(
    context: PageContext, query: ThreadsPageQuery, limit: int
) -> tuple[Sequence[Listed], tuple[ThreadItem, ...], int]:
    """Read the threads of the list for a file, the last changed first, up to `limit`.

    The number is that of the whole list.
    """
    views = context.own.stores.views
    by = await held_by(context, query.scope)
    batch, oldest = await _batch(context, query), query.sort == "oldest"
    rows = await views.threads(show=query.show, batch=batch, limit=limit, held_by=by, oldest=oldest)
    ids = [row.thread for row in rows]
    waiting = nearest_of(await views.asks(threads=ids, only_open=True, limit=MANY))
    listed = [
        Listed(row, ask, due_of(context, ask)) if (ask := waiting.get(row.thread)) else Listed(row)
        for row in rows
    ]
    total = await views.thread_count(query.show, by, batch)
    return listed, await thread_items(context, rows), total


async def threads(context: PageContext, query: ThreadsQuery) -> ThreadsFound:
    """Read threads for the API, without details of the reader and of our ladder."""
    rows = await context.own.stores.views.threads(
        show=query.show,
        batch=query.batch,
        limit=query.limit,
        before=query.before,
        held_by=await held_by(context, query.scope),
        oldest=query.sort == "oldest",
    )
    return ThreadsFound(**context.sizes, scope=query.scope, items=await thread_items(context, rows))


async def _batch(context: PageContext, query: ThreadsPageQuery) -> str | None:
    """Return the id of the list in a filter; None without one.

    Raises:
        NotFound: `batch-unknown`.
    """
    return (await find_batch(context, query.batch)).batch if query.batch else None


def _nearest_first(
    context: PageContext, rows: Iterable[ThreadRow], asks: Mapping[ThreadId, QuestionRow]
) -> Sequence[Listed]:
    """Return threads with their nearest open questions, the nearest due first."""
    pairs = [(row, asks[row.thread]) for row in rows if row.thread in asks]
    pairs.sort(key=lambda pair: (pair[1].due, pair[0].position))
    return [Listed(row, ask, due_of(context, ask)) for row, ask in pairs]


def _group(
    key: Literal["ours", "theirs"], items: tuple[ThreadItem, ...], total: int, desk: str
) -> GroupView:
    more = f"/deadlines?side={key}{desk}" if total > NEAREST else None
    return GroupView(key=key, items=items, total=total, more_url=more)


async def _items(
    context: PageContext, listed: Sequence[Listed], news: frozenset[ThreadId]
) -> tuple[ThreadItem, ...]:
    """Read the details of listed threads. `news`: threads unread by the reader."""
    rows = [each.thread for each in listed]
    asks = [each.question for each in listed if each.question]
    last, titles, tallies, steps, batches, heard = await asyncio.gather(
        context.own.stores.views.last_entries([row.thread for row in rows]),
        subjects(context, rows),
        context.own.stores.past_asks.tallies(sorted({ask.note for ask in asks})),
        ladders(context, asks),
        batch_refs(context, [row.opening.batch for row in rows]),
        last_heard_of(context, asks),
    )
    held = await holders(context, [row.thread for row in rows])
    authors = await people(context, [entry.by for entry in last.values()])
    words = await excerpts(context, last.values())

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
            unread=row.thread in news,
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
            silence=short(context.t, status) if status and silent else "",
            known=known(ask.outcome(), due, heard.at(ask), context) if ask and due else "",
            holder=held.get(row.thread),
        )

    return tuple(map(item, listed))


async def _ruler(
    context: PageContext, listed: Sequence[Listed], titles: Mapping[str, Pair]
) -> Ruler:
    """Draw the due times; name the threads on its cards and in the page's lists."""
    marks = [Mark(each.number, f"/threads/{each.number}", each.due) for each in listed if each.due]
    drawn = ruler(context.now, context.party, _days(context), marks)
    unnamed = {card.mark.number for card in drawn.cards} - titles.keys()
    apart = {each.number: each.thread for each in listed if each.number in unnamed}
    labels = dict(titles)
    if apart:
        more = await subjects(context, apart.values())
        labels |= {number: more.title(thread) for number, thread in apart.items()}
    texts = {
        number: context.readable(title.first(context.lang)).text for number, title in labels.items()
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
