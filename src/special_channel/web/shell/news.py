"""The reader's news, on the inbox and on the page of notices.

Does not choose news: `escalation` does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from special_channel.channels.alerts import Composer
from special_channel.channels.event_mails import licence_named, read_notice, sentence_of
from special_channel.core.bytes.ids import PARTIES, EntryId
from special_channel.core.entries import LicenceDrawn, LicenceIssued
from special_channel.core.rules.notifying import Event
from special_channel.stores.personal_notices import NoticeRow
from special_channel.web.shared.view import View
from special_channel.web.shell.content import entry_of
from special_channel.web.shell.context import PageContext


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
    """News of the reader, and the number of all that match."""

    items: tuple[NewsItem, ...]
    total: int


async def hand_out(context: PageContext) -> tuple[NewsItem, ...]:
    """Return notices for the reader's browser to show, each in one window alone."""
    me = context.reader.row.person
    rows = await context.own.desk.notices.hand_out(me, context.now) if me else ()
    return _items(context, rows)


async def read_news(context: PageContext, limit: int) -> NewsView:
    """Return the reader's latest news, the latest first, and the number of all."""
    notices, me = context.own.desk.notices, context.reader.row.person
    rows = await notices.new(me, limit) if me else ()
    total = len(rows) if len(rows) < limit else (await notices.counts()).get(me, 0)
    licences = await _licences(context, rows)
    return NewsView(items=_items(context, rows, licences), total=total)


async def _licences(context: PageContext, rows: Sequence[NoticeRow]) -> Mapping[EntryId, str]:
    """Return the licences that news are about, by the entry that the news name."""
    about = [row.about for row in rows if row.kind == "licence"]
    stored = await context.own.stores.record.find(about) if about else {}
    entries = ((id_, entry_of(each)) for id_, each in stored.items())
    return {
        id_: entry.body.licence
        for id_, entry in entries
        if isinstance(entry, LicenceIssued | LicenceDrawn)
    }


def _items(
    context: PageContext, rows: Iterable[NoticeRow], licences: Mapping[EntryId, str] | None = None
) -> tuple[NewsItem, ...]:
    zones = {side: context.calendar(side).zone for side in PARTIES}
    composer = Composer(context.party, zones, context.own.node.url)
    named = licences or {}
    return tuple(_item(context, composer, row, named.get(row.about, "")) for row in rows)


def _item(context: PageContext, composer: Composer, row: NoticeRow, licence: str) -> NewsItem:
    notice = read_notice(row.document)
    text = sentence_of(composer, notice, context.lang, context.now)
    return NewsItem(
        id=row.id,
        event=notice.event,
        text=licence_named(context.t, notice, licence) if licence else text,
        url=notice.url,
        why="stand-in" if notice.absent else notice.reason,
        at=notice.at,
    )


async def see(context: PageContext, id_: str = "", about: Iterable[str] = ()) -> None:
    """Mark news of the reader as seen: a notice, notices about threads or drafts, or everything."""
    me = context.reader.row.person
    if me and await context.own.desk.notices.see(me, context.now, id_=id_, about=[*about]):
        context.own.node.changes.notify()
