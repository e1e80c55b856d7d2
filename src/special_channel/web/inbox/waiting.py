"""Read what waits in an inbox, by group and in order, without details of the threads."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from special_channel.core.bytes.ids import ThreadId
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.stores.reads import News
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.dues import due_of, nearest_of
from special_channel.web.shared.marks import MarksView, left_out
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.held import HeldFilters, chosen, held_filter
from special_channel.web.shell.marks import read_marks, reminding
from special_channel.web.shell.scopes import Scope, fitting

OPEN: Final = 500
"""Open questions that the inbox reads for each side, the nearest due first; with a filter, also
the most threads of every other group."""

RECENT: Final = 200
"""Recently changed threads among which the inbox looks for unread entries, without a filter."""

TO_READ: Final = 50
"""Threads of the group to read, and of the reminders, without a filter."""


NEWEST: Final = 2**62
"""Larger than the display order of any entry."""

Sort = Literal["nearest", "changed", "oldest"]
"""Orders of a group."""


class InboxFilters(HeldFilters):
    """Filters and order of the inbox.

    `group`: why a thread is in it, empty for each reason. `sort`: order within a group: the nearest
    due first, and without a question the last changed; or for all the last changed or the oldest.
    """

    group: Literal["", "ours", "theirs", "reminded", "read"] = ""
    sort: Sort = "nearest"

    @property
    def chosen(self) -> dict[str, str]:
        """The chosen filters by name."""
        return self.held | ({"group": self.group} if self.group else {})

    @property
    def narrowing(self) -> dict[str, str]:
        """The chosen filters and order by name."""
        return self.chosen | ({"sort": self.sort} if self.sort != "nearest" else {})


EVERY_THREAD: Final = InboxFilters()


class InboxQuery(InboxFilters):
    """Scope of the threads, whose default depends on the reader's role, and filters.

    `away`: with the threads that the reader put away.
    """

    scope: Scope | None = None
    away: bool = False


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

    def key(self, sort: Sort) -> str:
        """Return the key of an order: due time, time of the opening, or how old the last change is.

        By the nearest, threads without a question are in the order of their last change.
        """
        if sort == "oldest":
            return self.thread.opening.accepted
        if sort == "nearest" and self.question:
            return self.question.due
        return str(NEWEST - self.thread.order)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The threads of an inbox by group, each group in the order that was asked for.

    Attributes:
        scope: Whose threads they are.
        ours: Threads that our side is to answer.
        theirs: Threads awaited from the other side.
        reminded: Other threads of which the reader is reminded.
        new: Other threads with entries new to the reader.
        news: What is new to the reader.
        marks: The reader's marks.
        dated: Threads with due times, the nearest first, those put away as well: no mark hides a
            date.
        mine: Number of threads for our side to answer that are the reader's.
        away: Number of threads left out.
        put_away: Threads that the reader put away: left out, or listed because of `away`.
    """

    scope: Scope
    ours: Sequence[Listed]
    theirs: Sequence[Listed]
    reminded: Sequence[Listed]
    new: Sequence[Listed]
    news: News
    marks: Mapping[ThreadId, MarksView]
    dated: tuple[Sequence[Listed], Sequence[Listed]]
    mine: int
    away: int
    put_away: frozenset[ThreadId]

    def listed(self, only: InboxFilters) -> Waiting:
        """Return it with the threads of one group alone, or of each, in the order of `only`.

        Counts and dates stay.
        """

        def part(key: str, threads: Sequence[Listed]) -> Sequence[Listed]:
            if only.group not in {"", key}:
                return ()
            return sorted(threads, key=lambda each: (each.key(only.sort), each.thread.position))

        return replace(
            self,
            ours=part("ours", self.ours),
            theirs=part("theirs", self.theirs),
            reminded=part("reminded", self.reminded),
            new=part("read", self.new),
        )


async def waiting(
    context: PageContext, query: InboxQuery, only: InboxFilters = EVERY_THREAD
) -> Waiting:
    """Read the threads of an inbox by group, without their details.

    Filters of `only` choose before a group is cut to its length; counts and dates are of the
    threads that match it, of each group. The filters of `query` leave out none.
    """
    scope = query.scope or ("unit" if context.writes else "all")
    views, wanted = context.own.stores.views, await held_filter(context, only)
    # Without a filter, no question's thread is looked at.
    asks, (unread, reminds) = await asyncio.gather(
        views.open_asks(OPEN, wanted if only.held else None), _marked(context, only)
    )
    ours, theirs = nearest_of(asks[context.party]), nearest_of(asks[context.peer])
    match = await chosen(context, only, {*ours, *theirs, *unread, *reminds})
    ids = sorted({*ours, *theirs}.intersection(match))
    asked, recent = await asyncio.gather(
        views.threads_by_id(ids),
        views.threads(wanted, OPEN if only.held else RECENT, besides=ids),
    )
    reads, reader = context.own.desk.reads, context.reader.marks_as
    more = {*unread, *reminds}.intersection(match) - {row.thread for row in recent}
    recent = [*recent, *(await views.threads_by_id(sorted(more - {*ids}))).values()]
    threads = [*asked.values(), *recent]
    every = [row.thread for row in threads]
    asks_us = [row for row in asked.values() if row.thread in ours]
    fits, own, news, marks = await asyncio.gather(
        fitting(context, scope, threads),
        fitting(context, "mine", asks_us),
        reads.news(reader, every),
        read_marks(context, every),
    )
    open_ = [row for row in asked.values() if fits(row)]
    for_us = _nearest_first(context, open_, ours)
    awaited = _nearest_first(context, [row for row in open_ if row.thread not in ours], theirs)

    def is_away(each: Listed) -> bool:
        # Marked unread by the reader, a thread is there again.
        thread = each.thread.thread
        return left_out(marks.get(thread), each.due) and thread not in unread

    def shown(each: Listed) -> bool:
        return query.away or not is_away(each)

    rest = [Listed(row) for row in sorted(recent, key=lambda row: -row.order) if fits(row)]
    most = OPEN if only.held else TO_READ
    reminded = [each for each in rest if each.thread.thread in reminds][:most]
    new = [each for each in rest if each.thread.thread in news.threads and each not in reminded][
        :most
    ]
    listed = [*for_us, *awaited, *new]
    return Waiting(
        scope=scope,
        ours=[*filter(shown, for_us)],
        theirs=[*filter(shown, awaited)],
        reminded=reminded,
        new=[*filter(shown, new)],
        news=news,
        marks=marks,
        dated=(for_us, awaited),
        mine=sum(map(own, asks_us)),
        away=0 if query.away else len(listed) - sum(map(shown, listed)),
        put_away=frozenset(each.thread.thread for each in listed if is_away(each)),
    ).listed(only)


async def _marked(
    context: PageContext, only: HeldFilters
) -> tuple[Collection[ThreadId], Collection[ThreadId]]:
    """Return the threads that the reader marked unread, and those of which the reader is reminded.

    More of them where a filter is yet to choose.
    """
    limit = OPEN if only.held else TO_READ
    unread = await context.own.desk.reads.marked_unread(context.reader.marks_as, limit)
    return frozenset(unread), frozenset(await reminding(context, limit))


def _nearest_first(
    context: PageContext, rows: Iterable[ThreadRow], asks: Mapping[ThreadId, QuestionRow]
) -> Sequence[Listed]:
    """Return threads with their nearest open questions, the nearest due first."""
    pairs = [(row, asks[row.thread]) for row in rows if row.thread in asks]
    pairs.sort(key=lambda pair: (pair[1].due, pair[0].opening.party, pair[0].opening.index))
    return [Listed(row, ask, due_of(context, ask)) for row, ask in pairs]
