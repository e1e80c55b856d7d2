"""The list of threads, page by page, the last moved first."""

from __future__ import annotations

from typing import Final, Literal

from special_channel.core.bytes.errors import Malformed
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow
from special_channel.web.pages.inbox import ThreadRow as Row
from special_channel.web.pages.inbox import ThreadsPage
from special_channel.web.reading.rows import Gathered, gather
from special_channel.web.shared.dues import due_of, nearest_of
from special_channel.web.shared.paging import paging
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.threads import MANY

PAGE: Final = 50

Show = Literal["open", "closed", "all"]
SHOWS: Final[tuple[Show, ...]] = ("open", "closed", "all")


def show_of(text: str) -> Show:
    """Read which threads to show.

    Raises:
        Malformed: `request-malformed`.
    """
    if text not in SHOWS:
        raise Malformed("request-malformed", "Show open, closed or all.", field="show")
    return text


async def threads(context: PageContext, show: Show, page: int) -> ThreadsPage:
    """Read one page of the list."""
    views = context.own.views
    total = await views.thread_count(show)
    rows = await views.threads(show=show, limit=PAGE, offset=(page - 1) * PAGE)
    ids = [row.thread for row in rows]
    waiting = nearest_of(await views.asks(threads=ids, only_open=True, limit=MANY))
    news = await context.own.reads.news(context.reader.key, ids)
    gathered = await gather(context, rows, [*waiting.values()], news.threads)
    return ThreadsPage(
        rows=tuple(_row(gathered, row, waiting.get(row.thread)) for row in rows),
        paging=paging(page, total, PAGE, f"/threads?show={show}"),
        show=show,
        show_urls=tuple((one, f"/threads?show={one}") for one in SHOWS),
    )


def _row(gathered: Gathered, thread: ThreadRow, ask: QuestionRow | None) -> Row:
    return gathered.row(thread, ask, None if ask is None else due_of(gathered.context, ask))
