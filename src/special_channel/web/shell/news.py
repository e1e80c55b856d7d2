"""The reader's news, on the inbox and on the page of notices.

Does not choose news: `escalation` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from special_channel.channels.alerts import Composer
from special_channel.channels.event_mails import read_notice, sentence_of
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rules.notifying import Event
from special_channel.stores.personal_notices import NoticeRow
from special_channel.web.shared.view import View
from special_channel.web.shell.context import PageContext

LISTED: Final = 50
"""News shown; more are counted."""


class NewsItem(View):
    """News of the reader.

    Attributes:
        id: Id by which the reader marks it as seen.
        text: The event, in the reader's language.
        url: Where the reader can act.
        why: Why the reader is told: a coded term.
    """

    id: str
    event: Event
    text: str
    url: str
    why: str
    at: datetime


class NewsView(View):
    """The reader's news, the latest first, and their number."""

    items: tuple[NewsItem, ...]
    total: int


async def hand_out(context: PageContext) -> tuple[NewsItem, ...]:
    """Return notices for the reader's browser to show, each in one window alone."""
    me = context.reader.row.person
    rows = await context.own.desk.notices.hand_out(me, context.now) if me else ()
    return _items(context, rows)


async def read_news(context: PageContext, limit: int = LISTED) -> NewsView:
    """Return the reader's news, the latest first."""
    notices, me = context.own.desk.notices, context.reader.row.person
    rows = await notices.new(me, limit) if me else ()
    total = len(rows) if len(rows) < limit else (await notices.counts()).get(me, 0)
    return NewsView(items=_items(context, rows), total=total)


def _items(context: PageContext, rows: Iterable[NoticeRow]) -> tuple[NewsItem, ...]:
    zones = {side: context.calendar(side).zone for side in PARTIES}
    composer = Composer(context.party, zones, context.own.node.url)
    return tuple(_item(context, composer, row) for row in rows)


def _item(context: PageContext, composer: Composer, row: NoticeRow) -> NewsItem:
    notice = read_notice(row.document)
    return NewsItem(
        id=row.id,
        event=notice.event,
        text=sentence_of(composer, notice, context.lang, context.now),
        url=notice.url,
        why="stand-in" if notice.absent else notice.reason,
        at=notice.at,
    )


async def see(context: PageContext, id_: str = "", about: Iterable[str] = ()) -> None:
    """Mark news of the reader as seen: a notice, notices about threads or drafts, or everything."""
    me = context.reader.row.person
    if me and await context.own.desk.notices.see(me, context.now, id_=id_, about=[*about]):
        context.own.node.changes.notify()
