"""The reader's marks of threads: labels, reminders, threads put away. Only the reader sees them.

Does not store marks: the forms and the API of `web/marks` do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from special_channel.core.bytes.ids import ThreadId
from special_channel.stores.thread_marks import UNMARKED, LabelCount, ThreadMark
from special_channel.web.shared.marks import MarksView
from special_channel.web.shell.context import PageContext


async def read_marks(
    context: PageContext, threads: Sequence[ThreadId] | None = None
) -> Mapping[ThreadId, MarksView]:
    """Look up the reader's marks of some threads, or of all; unmarked threads are omitted."""
    me = context.reader.row.person
    marks = await context.own.desk.marks.of(me, threads) if me else {}
    return {thread: marks_view(context, mark) for thread, mark in marks.items() if mark != UNMARKED}


def marks_view(context: PageContext, mark: ThreadMark) -> MarksView:
    """Return the view of a mark today, in our capital."""
    today = context.today(context.party)
    return MarksView(
        done=mark.away,
        remind_on=mark.day,
        reminds=mark.day is not None and mark.day <= today,
        labels=mark.labels,
    )


async def reminding(context: PageContext, limit: int) -> Sequence[ThreadId]:
    """Return the threads of which the reader is reminded today or was before."""
    me = context.reader.row.person
    today = context.today(context.party)
    return await context.own.desk.marks.reminding(me, today, limit) if me else ()


async def own_labels(context: PageContext) -> Sequence[LabelCount]:
    """Return the reader's labels, each with its number of threads."""
    me = context.reader.row.person
    return await context.own.desk.marks.labels(me) if me else ()


async def labelled(context: PageContext, label: str) -> Sequence[ThreadId]:
    """Return the threads with a label of the reader."""
    me = context.reader.row.person
    return await context.own.desk.marks.labelled(me, label) if me else ()
