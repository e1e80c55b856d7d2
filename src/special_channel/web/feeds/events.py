"""What a calendar link can hold: questions, meetings and promises, ends of licences, days closed.

An event has a number, a state and a date: no text of a thread, and no number of an application,
licence or company; a title only where our side allows it (`desk/thread_titles.py`). Does not write
iCalendar (`ical.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from special_channel.core.bytes.ids import PARTIES, EntryId, Party, Position
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.rows.meetings import PointRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.desk.thread_titles import ThreadTitles
from special_channel.messages.silence import event
from special_channel.ports import Stored
from special_channel.stores.deadlines import Feed, Topic
from special_channel.stores.meetings import MeetingFilter
from special_channel.stores.permits import LicenceFilter
from special_channel.web.feeds.ical import Event
from special_channel.web.shared import capitals
from special_channel.web.shared.dues import due_of
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.silence import short, standing
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.scopes import asked_within

OPEN: Final = 500
"""Open questions of a side that are read, nearest first; and answered ones, latest date first."""

ANSWERED: Final = timedelta(days=7)
"""How long an answered question stays, so that a calendar program shows that it was answered."""

BACK: Final = timedelta(weeks=26)
"""Largest age of a date that is read for answered questions, meetings and promises."""

MEETINGS: Final = 100
LICENCES: Final = 500

TWO_HOURS: Final = timedelta(hours=2)


_Read = Callable[[PageContext, Feed], AsyncIterator[Event]]


async def events(context: PageContext, feed: Feed) -> list[Event]:
    """Read the events of a feed, in the order of its topics; the same until something changes."""
    found: list[Event] = []
    for topic, read in _TOPICS.items():
        if topic in feed.topics:
            found.extend([each async for each in read(context, feed)])
    return found


# Questions ---------------------------------------------------------------------------


async def _to_answer(context: PageContext, feed: Feed) -> AsyncIterator[Event]:
    for each in await _questions(context, feed, context.party):
        yield each


async def _awaited(context: PageContext, feed: Feed) -> AsyncIterator[Event]:
    for each in await _questions(context, feed, context.peer):
        yield each


async def _questions(context: PageContext, feed: Feed, answering: Party) -> list[Event]:
    """Read open questions for a side, and those answered of late."""
    stores = context.own.stores
    rows = [*await stores.views.asks(answering=answering, only_open=True, limit=OPEN)]
    since = context.now - ANSWERED
    past = await stores.past_asks.decided(timestamp(context.now - BACK), OPEN)
    rows += [
        row
        for row in past
        if row.answering == answering and row.answer and instant(row.answer.accepted) > since
    ]
    rows = [*await asked_within(context, "unit" if feed.scope == "desk" else "all", rows)]
    moves = await stores.record.find([row.moves[-1].id for row in rows if row.moves])
    shown = ThreadTitles(stores.views, context.party) if context.own.desk.titles else None
    titles = await shown.of((row.thread for row in rows), context.lang) if shown else {}
    return [_titled(_question(context, row, moves), titles.get(row.thread)) for row in rows]


def _titled(event_: Event, title: str | None) -> Event:
    return replace(event_, summary=f"{event_.summary} · {title}") if title else event_


def _question(context: PageContext, row: QuestionRow, moves: Mapping[EntryId, Stored]) -> Event:
    due, number = due_of(context, row), ask_number(row)
    # Without the year of another date: the bytes must not change with the present.
    at = capitals.both(due.at, context.party, context.lang, due.at)
    move = moves.get(row.moves[-1].id) if row.moves else None
    changed = instant(row.accepted if move is None else move.accepted)
    named = numbered(context, number)
    if row.answer:
        summary = context.t.gettext(
            "feed.answered",
            number=named,
            answer=numbered(context, str(Position(row.answering, row.answer.index))),
        )
        changed = max(changed, instant(row.answer.accepted))
    elif row.answering == context.party:
        summary = event(context.t, standing(row.outcome(), due, context.party), named)
    else:
        state = short(row.outcome(), due, context.party, context.lang)
        summary = context.t.gettext("feed.awaited", number=named, state=state)
    return _about(context, number.lower().replace(" ", "-"), row.position)(
        changed=changed,
        start=due.at,
        summary=summary,
        text=at,
        sequence=len(row.moves) + bool(row.answer),
        tentative=due.provisional or due.requested,
        alarms=() if row.answer else (*_day_before(context, due.at), due.at - TWO_HOURS),
    )


# Meetings, licences, closed days -----------------------------------------------------


async def _meetings(context: PageContext, _: Feed) -> AsyncIterator[Event]:
    """Yield meetings, and promises with a date; one that is not agreed by both is tentative."""
    oldest = (context.now - BACK).date().isoformat()
    meetings, _total = await context.own.stores.meetings.meetings(MeetingFilter(), MEETINGS)
    for row in meetings:
        if row.on >= oldest:
            number = numbered(context, str(row.position))
            yield _about(context, f"{row.position}".lower(), row.position)(
                changed=instant(row.accepted),
                start=date.fromisoformat(row.on),
                summary=context.t.gettext("feed.meeting", number=number),
            )
    positions = {row.meeting: row.position for row in meetings}
    for point in await context.own.stores.meetings.points([*positions]):
        if point.kind == "promise" and point.due >= oldest:
            yield _promise(context, point, positions[point.meeting])


def _promise(context: PageContext, point: PointRow, meeting: Position) -> Event:
    day = date.fromisoformat(point.due)
    by = "ours" if point.who == context.party else "theirs"
    number = numbered(context, str(meeting))
    close = context.calendar(context.party).close_of_business(day)
    return _about(context, f"{point.position}".lower(), meeting)(
        changed=instant(point.marks[-1].accepted if point.marks else point.accepted),
        start=day,
        summary=context.t.gettext(f"feed.promise.{by}", meeting=number, point=str(point.number)),
        sequence=len(point.marks),
        tentative=point.standing != "agreed",
        alarms=_day_before(context, close),
    )


async def _licences(context: PageContext, _: Feed) -> AsyncIterator[Event]:
    """Yield the last days of licences in force or to come."""
    today, calendar = context.today("cn").isoformat(), context.calendar("cn")
    for state in ("in_force", "to_come"):
        sought = LicenceFilter(on=today, standing=state)
        rows, _total = await context.own.stores.permits.licences(sought, 0, LICENCES)
        for row in rows:
            position, day = Position("cn", row.now.index), date.fromisoformat(row.now.valid_to)
            number = numbered(context, str(position))
            # By the first issue's number, which a correction keeps.
            yield _about(context, f"cn-{row.issues[0].index}-end", position)(
                changed=instant(row.now.accepted),
                start=day,
                summary=context.t.gettext("feed.licence", number=number),
                sequence=len(row.issues) - 1,
                alarms=_day_before(context, calendar.close_of_business(day)),
            )


async def _closed(context: PageContext, _: Feed) -> AsyncIterator[Event]:
    """Yield closures of either side by the calendars here, from this year on."""
    year = context.today(context.party).year
    for party in PARTIES:
        calendar, place = context.calendar(party), capitals.place(party, context.lang)
        spans = [(span, each) for each in calendar.releases for span in each.closed]
        for span, release in spans:
            if span.last.year < year:
                continue
            name = span.name.en if context.lang == "en" else span.name.zh
            yield Event(
                uid=f"closed-{party}-{span.first}@{_host(context)}",
                changed=calendar.midnight(release.source.published),
                start=span.first,
                summary=context.t.gettext("feed.closed", place=place, name=name),
                url=f"{context.own.node.url}/rules?year={span.first.year}",
                last=span.last,
                sequence=release.release - 1,
            )


_TOPICS: Final[Mapping[Topic, _Read]] = {
    "answer": _to_answer,
    "awaited": _awaited,
    "meetings": _meetings,
    "licences": _licences,
    "closed": _closed,
}


def _about(context: PageContext, name: str, position: Position) -> partial[Event]:
    """Begin an event about an entry, with the entry's address."""
    url = f"{context.own.node.url}/entries/{position}"
    return partial(Event, uid=f"{name}@{_host(context)}", url=url)


def _host(context: PageContext) -> str:
    return context.own.node.identity.origin(context.party).partition("/")[0]


def _day_before(context: PageContext, at: datetime) -> tuple[datetime, ...]:
    """Return when our office opens on the last working day before the day of an instant."""
    calendar = context.calendar(context.party)
    day = calendar.local(at).date()
    for _ in range(30):  # longer than any closure
        day -= timedelta(days=1)
        if hours := calendar.office_hours(day):
            return (hours[0],)
    return ()
