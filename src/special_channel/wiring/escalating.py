"""Assemble escalation: calendars, ladder, reminders, worker, outbox, channels."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from special_channel.broker.append import Appender
from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.broker.undelivered import Undelivered
from special_channel.channels.alerts import Composer
from special_channel.config import Settings
from special_channel.core.bytes.ids import Party
from special_channel.core.time.calendars import Calendar
from special_channel.core.time.ladder import Ladder
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
from special_channel.escalation.notices import Notices
from special_channel.escalation.people import Channels
from special_channel.escalation.watch import Heartbeats, HeartbeatWriter, Watch
from special_channel.escalation.worker import Worker
from special_channel.ports.mail import Channel
from special_channel.stores.ledger import database_time
from special_channel.stores.mailbox import Mailbox
from special_channel.stores.occurrences import Occurrences
from special_channel.stores.outbox import Outbox
from special_channel.stores.people import Officials
from special_channel.stores.pulse import EscalationStatus, Pulse
from special_channel.stores.record import PostgresRecord
from special_channel.stores.timers import RedisTimers
from special_channel.stores.work import Looks, OpenQuestions
from special_channel.telemetry import Metrics
from special_channel.wiring import files
from special_channel.wiring.alerting import make_channels
from special_channel.wiring.sources import AlarmBoard, SystemClock, SystemRandomness


@dataclass(frozen=True, slots=True)
class Escalation:
    """The assembled escalation of one node; the node runs its tasks."""

    calendars: dict[Party, Calendar]
    ladder: Ladder
    worker: Worker
    keeper: HeartbeatWriter
    notices: Notices
    watch: Watch
    channels: dict[str, Channel]
    composer: Composer
    shelf: files.CalendarFiles


@dataclass(frozen=True, slots=True)
class EscalationInputs:
    """The node's objects that escalation uses."""

    settings: Settings
    identity: Identity
    record: PostgresRecord
    appender: Appender
    changes: Changes
    timers: RedisTimers
    link: PeerState
    alarms: AlarmBoard
    clock: SystemClock
    randomness: SystemRandomness
    metrics: Metrics
    peer_reminders: Callable[[], datetime | None]
    late: Callable[[], Undelivered]


def _usual(settings: Settings) -> str:
    """Return the default of `alerts.office_hours`; a demonstration's mailbox is always open."""
    return "send" if settings.demo.mailbox else "hold"


def make_escalation(inputs: EscalationInputs) -> Escalation:
    """Make the escalation of a node."""
    settings, pool = inputs.settings, inputs.record.pool
    calendars = files.calendars(settings.escalation.calendars)
    shelf = files.CalendarFiles(settings.escalation.calendars, settings.node.data / "calendars")
    ladder = files.ladder(settings.escalation.ladder)
    channels = make_channels(settings, Mailbox(pool).deliver, inputs.clock)
    beats, pulse = Heartbeats(inputs.clock), Pulse(pool)
    deps = EscalationDeps(
        node=NodeContext(
            identity=inputs.identity,
            url=settings.node.url,
            changes=inputs.changes,
            alarms=inputs.alarms,
            clock=inputs.clock,
            randomness=inputs.randomness,
            sleep=asyncio.sleep,
        ),
        stores=RecordStores(
            record=inputs.record,
            append=inputs.appender.perform,
            asks=OpenQuestions(pool),
            looks=Looks(pool),
            ledger=database_time,
        ),
        reminders=ReminderStore(inputs.timers, inputs.timers),
        alerts=AlertContext(
            outbox=Outbox(pool),
            occurrences=Occurrences(pool),
            officials=Officials(pool),
            channels=Channels(channels, tuple(channels)),
            composer=Composer(
                inputs.identity.party, {side: calendar.zone for side, calendar in calendars.items()}
            ),
            office_hours=(settings.alerts.office_hours or _usual(settings)) == "hold",
            canary=Canary(
                timedelta(minutes=settings.alerts.canary_minutes), settings.alerts.canary_to
            ),
            unreadable=partial(inputs.metrics.unreadable, "channel"),
        ),
        link=inputs.link,
        times=DueRules(ladder, calendars, shelf.adopted),
        reports=Reports(inputs.metrics.late, beats, inputs.metrics.alerts.ended),
        settings=WorkerSettings(
            poll_seconds=settings.escalation.poll_seconds,
            lease_seconds=settings.escalation.lease_seconds,
            sweep_seconds=settings.escalation.sweep_seconds,
        ),
    )

    def measure(standing: EscalationStatus, now: datetime) -> None:
        inputs.metrics.alerts.backlog(standing, now)
        for side, calendar in calendars.items():
            covered = calendar.last_covered - calendar.local(now).date()
            inputs.metrics.alerts.horizon(side, covered.days)

    watch = Watch(
        pulse, inputs.clock, inputs.alarms, deps.alerts.canary.every, measure, inputs.peer_reminders
    )
    return Escalation(
        calendars=calendars,
        ladder=ladder,
        worker=Worker(deps),
        keeper=HeartbeatWriter(beats, pulse, Canaries(deps), asyncio.sleep),
        notices=Notices(deps, inputs.late),
        watch=watch,
        channels=channels,
        composer=deps.alerts.composer,
        shelf=shelf,
    )
