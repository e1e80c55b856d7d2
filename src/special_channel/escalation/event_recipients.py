"""Decide whom an event concerns, on which media and when, and write the notices.

Reads nothing: `event_notices.py` does. Office hours and absences are respected: outside office
hours a notice waits, and what an absent person would get goes to the stand-in.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from special_channel.channels.event_mails import PersonalNotice, write_notice
from special_channel.core.bytes.ids import PersonId, ThreadId
from special_channel.core.rules.alerting import WARNED_ROLE
from special_channel.core.rules.notifying import (
    DEFAULT_CHOICE,
    MEDIA,
    Following,
    Involvement,
    Medium,
    NoticeChoice,
    Share,
    next_digest,
    reason,
)
from special_channel.core.time.calendars import Calendar
from special_channel.escalation.people import Address, Channels, Staff
from special_channel.ports.mail import MAILS
from special_channel.stores.absences import Absence
from special_channel.stores.people import Official, functions_of
from special_channel.stores.personal_notices import HandledThread, NoticeRow, notice_id

WRITERS: Final = frozenset({"desk", "head", "director"})
"""Roles that events of threads concern."""

GATHERED: Final = timedelta(minutes=10)
"""A group's chat gets what concerns its people at most once in this time."""


@dataclass(frozen=True, slots=True)
class Happening:
    """An event before it is known whom it concerns.

    Attributes:
        key: The same for the same event, whenever it is found.
        notices: The event in words, the most important first; a person is told the first chosen.
            `reason` of a notice is filled in for each person.
        about: Id of the entry or draft, or key of the question.
        thread: The thread, or empty.
        author: Pseudonym of our own person who acted, or empty.
        persons: Whom a personal event names.
        line_stop: Whether the event is about a line stop.
        quiet: Whether only those who watch the thread are told.
        told: Addresses that an alert of the ladder told already.
        share: Share of the time to answer; only those are told who chose it. 0: everybody.
        closed: Whether nobody but `persons` can act, or stand in for another.
    """

    key: str
    notices: tuple[PersonalNotice, ...]
    about: str
    thread: ThreadId = ""
    author: PersonId = ""
    persons: frozenset[PersonId] | None = None
    line_stop: bool = False
    quiet: bool = False
    told: frozenset[str] = frozenset()
    share: Share = 0
    closed: bool = False

    def stands_in(self, person: PersonId) -> bool:
        """Return whether a person may be told instead of an absent one."""
        named = self.persons is not None and person in self.persons
        return not self.closed or (named and person != self.author)


@dataclass(frozen=True, slots=True)
class Audience:
    """Our people with their choices, and what they handle, at one time.

    Attributes:
        staff: Our officials.
        channels: Channels to our officials.
        choices: Choices by person.
        followers: Who watches or mutes which thread.
        handled: The threads.
        absences: Absences today, by person.
        calendar: Our side's calendar.
        now: The present.
        waits: Whether notices wait for office hours.
    """

    staff: Staff
    channels: Channels
    choices: Mapping[PersonId, NoticeChoice]
    followers: Mapping[tuple[PersonId, ThreadId], Following]
    handled: Mapping[ThreadId, HandledThread]
    absences: Mapping[PersonId, Absence]
    calendar: Calendar
    now: datetime
    waits: bool

    def rows(self, happening: Happening) -> list[NoticeRow]:
        """Return the notices about an event, each once."""
        rows: dict[str, NoticeRow] = {}
        for official in self.staff.officials:
            for row in self._to(official, happening, self._why(happening, official)):
                rows.setdefault(row.id, row)
        return list(rows.values())

    def _why(self, happening: Happening, official: Official) -> str:
        """Return why an event concerns an official; empty if it does not."""
        if not official.person or official.person == happening.author:
            return ""
        if happening.persons is not None:
            [first, *_] = happening.notices
            return first.reason if official.person in happening.persons else ""
        held = functions_of(official, self.staff.functions)
        choice = self.choices.get(official.person, DEFAULT_CHOICE)
        if WRITERS.isdisjoint(each.role for each in held) or official.email in happening.told:
            return ""
        if happening.share not in {0, choice.share}:
            return ""
        return reason(
            choice,
            self._involvement(official, happening.thread),
            line_stop=happening.line_stop,
            quiet=happening.quiet,
        )

    def _involvement(self, official: Official, thread: ThreadId) -> Involvement:
        held = functions_of(official, self.staff.functions)
        desks = {each.desk for each in held}
        handlers = self.handled[thread].persons if thread in self.handled else frozenset()
        others = (one for one in self.staff.officials if one.person in handlers)
        theirs = {each.desk for one in others for each in functions_of(one, self.staff.functions)}
        # What nobody has asks everybody at the desk, as in the inbox.
        asked = not handlers and any(each.role == WARNED_ROLE for each in held)
        return Involvement(
            mine=official.person in handlers or asked,
            desk=not handlers or not desks.isdisjoint(theirs),
            following=self.followers.get((official.person, thread)),
        )

    def _to(self, official: Official, happening: Happening, why: str) -> Iterator[NoticeRow]:
        """Yield the rows of an official, or of the stand-in; on each medium the first chosen."""
        if not why:
            return
        choice = self.choices.get(official.person, DEFAULT_CHOICE)
        other, until = self._stand_in(official, happening)
        start = self._start(until if other is official else None)
        urgent = happening.line_stop and choice.line_stops and start == self.now
        opened = start if urgent or not self.waits else self.calendar.next_opening(start)
        for medium in MEDIA:
            chosen = (each for each in happening.notices if choice.timing(each.event, medium))
            notice = next((replace(each, reason=why) for each in chosen), None)
            if notice is None:
                continue
            if medium == "page":
                yield self._row(happening, notice, official.person, medium)
            if other is not official:
                notice = replace(notice, absent=official.name, until=until)
            row = self._row(happening, notice, other.person, medium)
            address = self._address(other, medium)
            listed = choice.timing(notice.event, medium) == "digest"
            at = next_digest(self.calendar, start, choice.digest_at) if listed else opened
            if medium in {"page", "browser"}:
                yield row
            elif address:
                yield _sent(row, happening.key, address, at, listed=listed)

    def _stand_in(self, official: Official, happening: Happening) -> tuple[Official, date | None]:
        """Return who is told instead of an absent official, and until when the official is away.

        Without a stand-in who is there, it is the official.
        """
        absence = self.absences.get(official.person)
        if absence is None:
            return official, None
        present = (
            one
            for one in self.staff.officials
            if one.person == absence.stand_in
            and one.person not in self.absences
            and happening.stands_in(one.person)
        )
        return next(present, official), absence.until

    def _start(self, away: date | None) -> datetime:
        """Return the present, or the end of an absence without a stand-in."""
        if away is None:
            return self.now
        return max(self.now, self.calendar.midnight(away + timedelta(days=1)))

    def _address(self, official: Official, medium: Medium) -> Address | None:
        names: Iterable[str] = self.channels.of(official)
        if medium == "chat":  # only one that the person's entry in the directory names
            names = [name for name in official.channels if name in self.channels.by_name]
        fits = (name for name in names if (name in MAILS) == (medium == "mail"))
        name = next(fits, None)
        return self.channels.address(official, name) if name and official.email else None

    def _row(
        self, happening: Happening, notice: PersonalNotice, person: PersonId, medium: Medium
    ) -> NoticeRow:
        return NoticeRow(
            id=notice_id(happening.key, medium, person),
            kind=notice.event,
            about=happening.about,
            thread=happening.thread,
            person=person,
            medium=medium,
            channel="",
            recipient="",
            document=write_notice(notice),
            at=self.now,
            listed=False,
            next_at=self.now,
        )


def _sent(row: NoticeRow, key: str, address: Address, at: datetime, *, listed: bool) -> NoticeRow:
    """Return a row to be sent; a group is told of an event once, whomever it concerns."""
    group = address.recipient == address.channel
    return replace(
        row,
        id=notice_id(key, row.medium, address.recipient if group else row.person),
        channel=address.channel,
        recipient=address.recipient,
        listed=listed,
        next_at=_gathered(at) if group else at,
    )


def _gathered(at: datetime) -> datetime:
    """Return the next full interval of `GATHERED`."""
    step = int(GATHERED.total_seconds())
    return datetime.fromtimestamp((int(at.timestamp()) // step + 1) * step, UTC)


def threads_of(happenings: Collection[Happening]) -> list[ThreadId]:
    """Return the threads that events are about."""
    return sorted({each.thread for each in happenings} - {""})
