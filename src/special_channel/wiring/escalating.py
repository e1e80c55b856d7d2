"""Assemble escalation: calendars, ladder, reminders, worker, outbox, channels."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from special_channel.broker.undelivered import Undelivered
from special_channel.channels.alerts import Composer
from special_channel.config import Settings
from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.ladder import Ladder
from special_channel.desk.thread_titles import ThreadTitles
from special_channel.escalation.canary import Canaries
from special_channel.escalation.deps import (
    AlertContext,
    Canary,
    DueRules,
    EscalationDeps,
    NodeContext,
    PeerState,
    RecordStores,
    ReminderStore,
    Reports,
    WorkerSettings,
)
from special_channel.escalation.event_notices import EventNotices, NoticeStores
from special_channel.escalation.event_sender import NoticeSender
from special_channel.escalation.notices import Notices
from special_channel.escalation.people import Channels
from special_channel.escalation.people_notices import PeopleNotices
from special_channel.escalation.unit_digests import UnitStores
from special_channel.escalation.watch import Heartbeats, HeartbeatWriter, Watch
from special_channel.escalation.worker import Worker
from special_channel.ports import Transaction
from special_channel.ports.mail import Channel
from special_channel.stores.absences import Absences
from special_channel.stores.clearances import Clearances
from special_channel.stores.corrections import Corrections
from special_channel.stores.doubts import DoubtStore
from special_channel.stores.draft_turns import DraftTurns
from special_channel.stores.file_scans import FileScans
from special_channel.stores.ledger import database_time
from special_channel.stores.notice_choices import NoticeChoices
from special_channel.stores.occurrences import Occurrences
from special_channel.stores.outbox import Outbox
from special_channel.stores.people_acts import PeopleActs
from special_channel.stores.permits import Permits
from special_channel.stores.personal_notices import PersonalNotices
from special_channel.stores.pulse import EscalationStatus, Pulse
from special_channel.stores.shown import ShownRows
from special_channel.stores.thread_marks import ThreadMarks
from special_channel.stores.thread_views import ThreadViews
from special_channel.stores.views import Views
from special_channel.stores.work import Looks, OpenQuestions
from special_channel.wiring import files
from special_channel.wiring.alerting import make_channels
from special_channel.wiring.sources import set_back

if TYPE_CHECKING:
    from special_channel.link.link import Link
    from special_channel.wiring.node import Core


@dataclass(frozen=True, slots=True)
class Escalation:
    """The assembled escalation of one node; the node runs its tasks."""

    calendars: dict[Party, Calendar]
    ladder: Ladder
    worker: Worker
    keeper: HeartbeatWriter
    notices: Notices
    people: PeopleNotices
    events: EventNotices
    notice_sender: NoticeSender
    watch: Watch
    channels: dict[str, Channel]
    composer: Composer
    shelf: files.CalendarFiles


def _usual(settings: Settings) -> str:
    """Return the default of `alerts.office_hours`; a demonstration's mailbox is always open."""
    return "send" if settings.demo.mailbox else "hold"


async def _ledger(core: Core, transaction: Transaction) -> datetime:
    """Return the database's time, set back as far as the node's clock."""
    return await database_time(transaction) + set_back(core.clock)


def make_escalation(core: Core, link: Link) -> Escalation:
    """Make the escalation of a node."""
    settings, pool = core.settings, core.record.pool
    calendars = files.calendars(settings.escalation.calendars)
    shelf = files.CalendarFiles(settings.escalation.calendars, settings.node.data / "calendars")
    ladder = files.ladder(settings.escalation.ladder)
    channels = make_channels(settings, core.mailbox.deliver, core.clock)
    beats, pulse = Heartbeats(core.clock), Pulse(pool)
    deps = EscalationDeps(
        node=NodeContext(
            identity=core.identity,
            url=settings.node.url,
            changes=core.changes,
            alarms=core.alarms,
            clock=core.clock,
            randomness=core.randomness,
            sleep=asyncio.sleep,
        ),
        stores=RecordStores(
            record=core.record,
            append=core.appender.perform,
            doubts=DoubtStore(ShownRows(pool, core.checking.state)),
            asks=OpenQuestions(pool),
            looks=Looks(pool),
            ledger=partial(_ledger, core),
        ),
        reminders=ReminderStore(core.timers, core.timers),
        alerts=AlertContext(
            outbox=Outbox(pool),
            occurrences=Occurrences(pool),
            officials=core.officials,
            channels=Channels(channels, tuple(channels)),
            composer=Composer(
                core.identity.party,
                {side: calendar.zone for side, calendar in calendars.items()},
                settings.node.url,
            ),
            office_hours=(settings.alerts.office_hours or _usual(settings)) == "hold",
            canary=Canary(
                timedelta(minutes=settings.alerts.canary_minutes), settings.alerts.canary_to
            ),
            unreadable=partial(core.metrics.unreadable, "channel"),
            titles=ThreadTitles(ThreadViews(pool), core.identity.party)
            if settings.notices.titles
            else None,
        ),
        link=PeerState(
            heads=link.heads,
            down_since=lambda: link.status.down_since,
            gap=lambda: link.status.gap_of(core.identity.peer),
        ),
        times=DueRules(ladder, calendars, shelf.adopted),
        reports=Reports(core.metrics.late, beats, core.metrics.alerts.ended),
        settings=WorkerSettings(
            poll_seconds=settings.escalation.poll_seconds,
            lease_seconds=settings.escalation.lease_seconds,
            sweep_seconds=settings.escalation.sweep_seconds,
        ),
    )

    def measure(standing: EscalationStatus, now: datetime) -> None:
        core.metrics.alerts.backlog(standing, now)
        for side, calendar in calendars.items():
            covered = calendar.last_covered - calendar.local(now).date()
            core.metrics.alerts.horizon(side, covered.days)

    def late() -> Undelivered:
        return core.late()  # looked up late, since the delivery watch is made after escalation

    def peer_reminders() -> datetime | None:
        return link.status.reminders_since if link.status.up else None

    told = NoticeStores(
        PersonalNotices(pool),
        DraftTurns(pool),
        NoticeChoices(pool),
        Absences(pool),
        FileScans(pool),
        UnitStores(Views(pool), Clearances(pool)),
        ThreadMarks(pool),
        Permits(pool),
    )
    watch = Watch(pulse, core.clock, core.alarms, deps.alerts.canary.every, measure, peer_reminders)
    return Escalation(
        calendars=calendars,
        ladder=ladder,
        worker=Worker(deps),
        keeper=HeartbeatWriter(beats, pulse, Canaries(deps), asyncio.sleep),
        notices=Notices(deps, late),
        people=PeopleNotices(deps, PeopleActs(pool)),
        events=EventNotices(deps, told),
        notice_sender=NoticeSender(deps, told.notices, Corrections(pool)),
        watch=watch,
        channels=channels,
        composer=deps.alerts.composer,
        shelf=shelf,
    )
