"""Find events that concern our people: in all logs, in waiting drafts, in dates that come.

Runs with the outbox of alerts, but has a table and a sender of its own (`event_sender.py`). Each
entry is looked at once: the place in each log moves in the transaction that stores the notices.
What was there before the node knew notices is no news. Takes no lock on the logs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from special_channel.channels.event_mails import PersonalNotice
from special_channel.core.bytes.ids import Position
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.event_dates import ComingDates
from special_channel.escalation.event_recipients import Audience, Happening, threads_of
from special_channel.escalation.events import EventReader
from special_channel.escalation.unit_digests import UnitDigests, UnitStores
from special_channel.escalation.watch import keep_doing
from special_channel.ports import LogName
from special_channel.stores.absences import Absences
from special_channel.stores.draft_turns import DraftTurns
from special_channel.stores.file_scans import FileScans
from special_channel.stores.notice_choices import NoticeChoices
from special_channel.stores.permits import Permits
from special_channel.stores.personal_notices import HandledThread, NoticeRow, PersonalNotices
from special_channel.stores.thread_marks import Reminder, ThreadMarks

log = structlog.get_logger(__name__)

EVERY_SECONDS: Final = 2.0

KEPT: Final = timedelta(days=90)
"""Age at which closed notices are deleted."""

DATES_EVERY: Final = timedelta(minutes=1)
"""How often the dates of open questions are looked at."""

FORGET_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class NoticeStores:
    """Notices, turns of drafts, choices, absences, quarantined files, the unit, marks, licences."""

    notices: PersonalNotices
    turns: DraftTurns
    choices: NoticeChoices
    absences: Absences
    scans: FileScans
    unit: UnitStores
    marks: ThreadMarks
    permits: Permits


class EventNotices:
    """Stores the notices of new events."""

    def __init__(self, deps: EscalationDeps, stores: NoticeStores) -> None:
        self._deps, self._stores = deps, stores
        self._notices = stores.notices
        self._reader = EventReader(deps, stores.turns, stores.scans, stores.permits)
        self._dates = ComingDates(deps)
        self._units = UnitDigests(deps, stores.unit)
        self._forgot: datetime | None = None

    async def run(self) -> None:
        """Run steps until cancelled; a failed step is retried in the next turn."""
        await keep_doing("events", self.step, asyncio.sleep, EVERY_SECONDS)

    async def step(self) -> None:
        """Look at new entries of all logs and at drafts laid for release.

        Raises:
            Unavailable: Retry the step.
        """
        identity = self._deps.node.identity
        logs: tuple[LogName, ...] = (identity.party, identity.peer, "private")
        for each in logs:
            while await self._look(each):
                pass
        for draft, route in await self._stores.turns.untold():
            rows = await self._rows([await self._reader.laid(draft, route)])
            now = self._deps.node.clock.now()
            answers = len(route.answers) if route else 0
            await self._stores.turns.tell(draft.id, answers, rows, now)
            self._deps.node.changes.notify()
        await self._look_ahead()
        await self._remind()
        await self._forget()

    async def _look(self, name: LogName) -> bool:
        """Look at the next entries of a log; return whether there may be more."""
        before, size = await self._notices.next(name), await self._notices.size(name)
        if before is None:
            await self._notices.add(name, None, size, ())
            return False
        if before >= size:
            return False
        entries = await self._notices.entries(name, before, size)
        found = await (
            self._reader.private(entries)
            if name == "private"
            else self._reader.shared(name, entries)
        )
        rows = await self._rows(found)
        after = entries[-1].index + 1 if entries else size
        moved = await self._notices.add(name, before, after, rows)
        if moved and rows:
            log.info("events.told", log=name, events=len(found), notices=len(rows))
            self._deps.node.changes.notify()
        return moved

    async def _look_ahead(self) -> None:
        """Look at coming dates, for people with a share of the time; and at morning mails."""
        now = self._deps.node.clock.now().replace(microsecond=0)
        second, before = int(now.timestamp()), await self._notices.next("dates")
        if before is None:
            await self._notices.add("dates", None, second, ())
            return
        after = datetime.fromtimestamp(before, UTC)
        if now - after < DATES_EVERY:
            return
        choices = await self._stores.choices.all()
        chosen = any(each.share for each in choices.values())
        absences = await self._stores.absences.on(self._deps.calendar.local(now).date())
        coming = await self._dates.between(after, now) if chosen else []
        coming += await self._units.between(after, now, choices, absences)
        rows = await self._rows(coming)
        if await self._notices.add("dates", before, second, rows) and rows:
            log.info("events.dates", notices=len(rows))
            self._deps.node.changes.notify()

    async def _remind(self) -> None:
        """Tell people of the reminders that they set for today, in our capital."""
        now, marks = self._deps.node.clock.now(), self._stores.marks
        reminders = await marks.due(self._deps.calendar.local(now).date())
        if reminders:
            rows = await self._rows([_reminded(each, now) for each in reminders])
            await marks.tell(reminders, rows)
            self._deps.node.changes.notify()

    async def _rows(self, happenings: Sequence[Happening]) -> list[NoticeRow]:
        """Return the notices about events, for all whom they concern."""
        if not happenings:
            return []
        deps, stores, now = self._deps, self._stores, self._deps.node.clock.now()
        threads = threads_of(happenings)
        audience = Audience(
            staff=await deps.staff(),
            channels=deps.alerts.channels,
            choices=await stores.choices.all(),
            followers=await stores.choices.followers(threads),
            handled=await stores.notices.handled(threads, deps.node.identity.party),
            absences=await stores.absences.on(deps.calendar.local(now).date()),
            calendar=deps.calendar,
            now=now,
            waits=deps.alerts.office_hours,
        )
        named = [_named(each, audience.handled.get(each.thread)) for each in happenings]
        return [row for each in named for row in audience.rows(each)]

    async def _forget(self) -> None:
        now = self._deps.node.clock.now()
        if self._forgot is None or now - self._forgot > FORGET_EVERY:
            await self._notices.forget(now - KEPT)
            self._forgot = now


def _reminded(reminder: Reminder, now: datetime) -> Happening:
    """Return a reminder as an event of the person alone: no stand-in learns of the reminder."""
    key = f"reminder:{reminder.person}:{reminder.thread}:{reminder.day}"
    return Happening(
        key,
        (PersonalNotice("reminder", now, "", "reminder"),),
        key,
        thread=reminder.thread,
        persons=frozenset({reminder.person}),
        closed=True,
    )


def _named(happening: Happening, thread: HandledThread | None) -> Happening:
    """Return an event with the number of its thread, and the address of its entry."""
    if thread is None:
        return happening
    number = str(Position(thread.party, thread.index))
    return replace(happening, notices=tuple(_placed(each, number) for each in happening.notices))


def _placed(notice: PersonalNotice, thread: str) -> PersonalNotice:
    # A long thread opens at the entry, with a script or without.
    place = f"?at={notice.position}#{notice.position}" if notice.position else ""
    return replace(notice, thread=thread, url=notice.url or f"/threads/{thread}{place}")
