"""Read and store the reader's choice of notices, and read news.

Private to the reader: nobody else sees it. Does not send: `escalation` does.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final, get_args

from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.ids import PersonId
from special_channel.core.rules.notifying import (
    EVENTS,
    MEDIA,
    SHARES,
    Following,
    NoticeException,
    Preset,
)
from special_channel.ports.mail import MAILS
from special_channel.web.notices.views import (
    ExceptionItem,
    FollowedThread,
    FollowView,
    NoticeFilters,
    NoticesView,
)
from special_channel.web.shared.query import MAX_LIMIT, read_clock
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.list_files import MAX_ROWS
from special_channel.web.shell.news import NewsView, read_news
from special_channel.web.shell.threads import find_thread, subjects

MOST_FOLLOWED: Final = 500
"""Threads that a person watches or mutes."""

PRESETS: Final[tuple[Preset, ...]] = get_args(Preset)
HOWS: Final[tuple[Following, ...]] = get_args(Following)


async def news(context: PageContext, filters: NoticeFilters, offset: int, limit: int) -> NewsView:
    """Return news of the reader that match a filter, in its order, and the number of all these."""
    if not filters.filtered and filters.sort == "newest":
        # A far page would read everything before it.
        found = await read_news(context, min(offset + limit, MAX_ROWS))
        return NewsView(items=found.items[offset:], total=found.total)
    text = filters.text.casefold()
    matching = [
        each
        for each in (await read_news(context, MAX_ROWS)).items
        if text in each.text.casefold() and filters.event in {"", each.event}
    ]
    if filters.sort == "oldest":
        matching.reverse()
    return NewsView(items=tuple(matching[offset : offset + limit]), total=len(matching))


async def notices(
    context: PageContext,
    filters: NoticeFilters | None = None,
    offset: int = 0,
    limit: int = MAX_LIMIT,
) -> NoticesView:
    """Return the reader's choice, and news that match a filter."""
    choices, me, official = context.own.desk.choices, _me(context), context.reader.official
    choice, followed = await choices.of(me), await choices.followed(me)
    rows = await context.own.stores.views.threads_by_id(sorted(followed))
    titles = await subjects(context, rows.values()) if rows else None
    found = await news(context, filters or NoticeFilters(), offset, limit)
    return NoticesView(
        items=found.items,
        total=found.total,
        preset=choice.preset,
        digest_at=f"{choice.digest_at:%H:%M}",
        line_stops=choice.line_stops,
        share=choice.share,
        browser=choice.browser,
        exceptions=tuple(
            ExceptionItem(event=each.event, medium=each.medium, on=each.on)
            for each in choice.exceptions
        ),
        followed=tuple(
            FollowedThread(
                number=str(row.position),
                url=f"/threads/{row.position}",
                title=titles.title(row),
                how=followed[row.thread],
            )
            for row in sorted(rows.values(), key=lambda row: row.position)
            if titles
        ),
        mail=official.email if official else "",
        chat=official is not None and any(name not in MAILS for name in official.channels),
    )


async def choose(
    context: PageContext, preset: str, digest_at: str, *, line_stops: bool, share: str
) -> None:
    """Store the reader's preset, time of digest, and wishes about line stops and coming dates.

    Raises:
        Malformed: `notice-choice`, with the field; `clock-malformed`.
    """
    choices, me = context.own.desk.choices, _me(context)
    known = next((each for each in PRESETS if each == preset), None)
    if known is None:
        raise _unknown("preset")
    told_at = next((each for each in SHARES if str(each) == share), None)
    if told_at is None:
        raise _unknown("share")
    choice = replace(
        await choices.of(me),
        preset=known,
        digest_at=read_clock(digest_at),
        line_stops=line_stops,
        share=told_at,
    )
    await choices.choose(me, choice)


async def show_in_browser(context: PageContext, *, on: bool) -> None:
    """Store whether a browser of the reader shows notices."""
    choices, me = context.own.desk.choices, _me(context)
    await choices.choose(me, replace(await choices.of(me), browser=on))


async def except_from(context: PageContext, event: str, medium: str, *, on: bool | None) -> None:
    """Add or replace an exception of the reader; `on=None`: remove it.

    Raises:
        Malformed: `notice-choice`, with the field.
    """
    choices, me = context.own.desk.choices, _me(context)
    events = (each for each in EVENTS if each == event)
    media = (each for each in MEDIA if each == medium)
    found = next(events, None), next(media, None)
    if found[0] is None or found[1] is None:
        raise _unknown("event" if found[0] is None else "medium")
    choice = await choices.of(me)
    kept = [each for each in choice.exceptions if (each.event, each.medium) != found]
    if on is not None:
        kept.append(NoticeException(found[0], found[1], on))
    await choices.choose(me, replace(choice, exceptions=_ordered(kept)))


async def follow(context: PageContext, number: str, how: str) -> FollowView:
    """Watch or mute a thread for the reader; empty: neither.

    Raises:
        NotFound: `thread-unknown`.
        Malformed: `notice-choice`.
        RuleBroken: `followed-limit`.
    """
    row, me, choices = await find_thread(context, number), _me(context), context.own.desk.choices
    known = next((each for each in HOWS if each == how), None)
    if known is None and how:
        raise _unknown("how")
    followed = await choices.followed(me)
    if known and row.thread not in followed and len(followed) >= MOST_FOLLOWED:
        raise RuleBroken("followed-limit", "Stop watching a thread first.", limit=MOST_FOLLOWED)
    await choices.follow(me, row.thread, known)
    return FollowView(number=str(row.position), how=known or "")


def _me(context: PageContext) -> PersonId:
    return context.reader.row.person


def _ordered(exceptions: Iterable[NoticeException]) -> tuple[NoticeException, ...]:
    return tuple(
        sorted(exceptions, key=lambda each: (EVENTS.index(each.event), MEDIA.index(each.medium)))
    )


def _unknown(field: str) -> Malformed:
    return Malformed("notice-choice", "A choice is none of those offered.", field=field)
