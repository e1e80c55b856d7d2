"""Read and store the reader's marks of threads, which nobody else sees.

Signs nothing. Changes no due time and no alert.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from special_channel.broker.live import Cursor
from special_channel.core.bytes.errors import Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import PersonId, ThreadId
from special_channel.core.rows.threads import ThreadRow
from special_channel.stores.reads import ReadMark
from special_channel.web.marks.views import MarkAct, MarkedThread, MarkedThreads, MarkView
from special_channel.web.shared.marks import NOTHING_MARKED
from special_channel.web.shared.query import Back, NextText, Query, Text, one_line, read_day
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.forms import local_path
from special_channel.web.shell.marks import read_marks
from special_channel.web.shell.threads import find_thread, thread_items

MOST: Final = 50
"""Threads marked at once: a page of the list of threads."""

MOST_LABELS: Final = 100
"""Different labels of a person."""

LONGEST_LABEL: Final = 40
"""Characters of a label; also in migration 0650."""

FARTHEST: Final = timedelta(days=366)
"""How far ahead a reminder can be."""


class MarkQuery(Query):
    """Numbers of the threads, the act, and the list or the address to go on to."""

    thread: tuple[Text, ...] = ()
    act: MarkAct = "remind"
    back: Back = ""
    next: NextText = ""


async def mark_form(context: PageContext, query: MarkQuery) -> MarkView:
    """Return the form of an act on the chosen threads, in the order of the query, each once.

    Raises:
        Malformed: `mark-nothing` without a thread, `mark-threads`.
        NotAllowed: `role-access` for a key of nobody.
        NotFound: `thread-unknown`.
    """
    me, rows = _me(context), await _threads(context, query.thread)
    own = await context.own.desk.marks.labels(me)
    usual = f"/threads/{rows[0].position}" if len(rows) == 1 else "/inbox"
    if query.back:
        usual = f"/{query.back}"
    return MarkView(
        **context.sizes,
        act=query.act,
        items=await thread_items(context, rows),
        days=_days(context),
        labels=tuple(each.label for each in own),
        next_url=local_path(query.next, usual),
        back=query.back,
    )


async def mark(
    context: PageContext, numbers: Sequence[str], act: MarkAct, value: str = "", seen: str = ""
) -> MarkedThreads:
    """Mark threads for the reader; return them with their marks.

    Args:
        context: The request.
        numbers: Numbers of the threads.
        act: The act.
        value: Day of a reminder, such as 2026-11-24, or empty to remove it; or the label.
        seen: Cursor of the page from which a thread is put away, since an entry that arrived
            meanwhile is new; empty: the present.

    Raises:
        Malformed: `mark-nothing`, `mark-threads`, `date-malformed`, `mark-day` for a day that is
            not ahead, `mark-label`, `cursor-malformed`.
        NotAllowed: `role-access` for a key of nobody.
        NotFound: `thread-unknown`.
        RuleBroken: `mark-labels` for too many labels; `followed-limit`.
    """
    me, rows = _me(context), await _threads(context, numbers)
    desk, ids = context.own.desk, [row.thread for row in rows]
    if act in {"done", "remind"}:
        shown = _shown(context, seen)
        await _put_away(context, ids, shown, value, done=act == "done")
    elif act == "inbox":
        await desk.marks.take_back(me, ids)
    elif act == "label":
        await desk.marks.add_label(me, ids, await _label(context, me, value))
    elif act == "unlabel":
        await desk.marks.remove_label(me, ids, value)
    else:
        for id_ in ids:
            await desk.choices.follow(me, id_, "watched")
    context.own.node.changes.notify()
    return await _marked(context, rows)


async def _put_away(
    context: PageContext, ids: Sequence[ThreadId], shown: ReadMark, value: str, *, done: bool
) -> None:
    """Put threads away, for good or until a day; what was shown is read."""
    desk, today, me = context.own.desk, context.today(context.party), _me(context)
    if done:
        await desk.marks.put_away(me, ids, shown, today)
    else:
        day = _day(value, today)
        await desk.marks.remind(me, ids, shown, day)
        if day is None:
            return
    for id_ in ids:
        await desk.reads.mark(context.reader.marks_as, id_, shown, context.now)


async def marked(context: PageContext) -> MarkedThreads:
    """Return all threads that the reader marked, by number."""
    _me(context)
    marks = await read_marks(context)
    return await _marked(
        context, [*(await context.own.stores.views.threads_by_id(sorted(marks))).values()]
    )


async def _marked(context: PageContext, rows: Sequence[ThreadRow]) -> MarkedThreads:
    marks = await read_marks(context, [row.thread for row in rows])
    return MarkedThreads(
        items=tuple(
            MarkedThread(number=str(row.position), marks=marks.get(row.thread, NOTHING_MARKED))
            for row in sorted(rows, key=lambda row: row.position)
        )
    )


async def _threads(context: PageContext, numbers: Sequence[str]) -> list[ThreadRow]:
    chosen = tuple(dict.fromkeys(numbers))
    if not chosen:
        raise Malformed("mark-nothing", "No thread is chosen.")
    if len(chosen) > MOST:
        raise Malformed("mark-threads", "Too many threads at once.", limit=MOST)
    rows = [await find_thread(context, each) for each in chosen]
    return list({row.thread: row for row in rows}.values())


def _shown(context: PageContext, seen: str) -> ReadMark:
    """Return what the reader was shown, at most what there is."""
    eu, cn = context.heads["eu"].size, context.heads["cn"].size
    if not seen:
        return ReadMark(eu, cn)
    cursor = Cursor.parse(seen)
    return ReadMark(min(eu, cursor.eu), min(cn, cursor.cn))


def _day(value: str, today: date) -> date | None:
    day = read_day(value.strip())
    if day is not None and not today < day <= today + FARTHEST:
        raise Malformed("mark-day", "The day must be ahead, within a year.", day=value)
    return day


async def _label(context: PageContext, me: PersonId, value: str) -> str:
    label = one_line(unicodedata.normalize("NFC", value))
    if not 0 < len(label) <= LONGEST_LABEL:
        raise Malformed("mark-label", "Not a valid label.", limit=LONGEST_LABEL)
    own = {each.label for each in await context.own.desk.marks.labels(me)}
    if label not in own and len(own) >= MOST_LABELS:
        raise RuleBroken("mark-labels", "Remove a label first.", limit=MOST_LABELS)
    return label


def _days(context: PageContext) -> tuple[date, ...]:
    """Return working days of our side: the next two, the first of next week, in two and four.

    Days beyond the calendar are left out, since they may be holidays; without any calendar it is
    weekdays.
    """
    calendar, today = context.calendar(context.party), context.today(context.party)
    known = calendar.covers(today)

    def works(day: date) -> bool:
        return calendar.is_working_day(day) and (calendar.covers(day) or not known)

    def working(day: date) -> date | None:
        # No closure is longer than a month.
        ahead = (day + timedelta(days=each) for each in range(31))
        return next(filter(works, ahead), None)

    first = working(today + timedelta(days=1))
    second = working(first + timedelta(days=1)) if first else None
    later = (7 - today.weekday(), 14, 28)
    offered = {first, second, *(working(today + timedelta(days=each)) for each in later)}
    return tuple(sorted(day for day in offered if day))


def _me(context: PageContext) -> PersonId:
    """Return the reader's pseudonym.

    Raises:
        NotAllowed: `role-access` for a key of nobody.
    """
    if not context.reader.row.person:
        raise NotAllowed("role-access", "Marks are a person's.")
    return context.reader.row.person
