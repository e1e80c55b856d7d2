"""Escalation put together: calendars, ladder, reminders, worker, outbox, mail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from special_channel.broker.append import Appender
from special_channel.broker.identity import Identity
from special_channel.broker.live import Changes
from special_channel.channels.alerts import Composer
from special_channel.channels.mailbox import MailboxMail
from special_channel.channels.smtp import SmtpMail, SmtpServer
from special_channel.config import MailSection, Settings
from special_channel.core.calendars import Calendar
from special_channel.core.ids import Party
from special_channel.core.ladder import Ladder
from special_channel.escalation.house import House, Pace
from special_channel.escalation.worker import Worker
from special_channel.ports import Letter, Mail
from special_channel.ports.people import MailboxItem
from special_channel.ports.work import PeerHead
from special_channel.stores.desk import PostgresMailbox, PostgresOfficials
from special_channel.stores.record import PostgresRecord
from special_channel.stores.timers import RedisTimers
from special_channel.stores.work import PostgresLooks, PostgresOpenAsks, PostgresOutbox
from special_channel.wiring import files
from special_channel.wiring.sources import AlarmBoard, SystemClock, SystemRandomness


@dataclass(frozen=True, slots=True)
class Escalating:
    """The escalation of one node. `run` the worker until cancelled."""

    calendars: dict[Party, Calendar]
    ladder: Ladder
    worker: Worker


@dataclass(frozen=True, slots=True)
class Given:
    """What the node hands to its escalation."""

    settings: Settings
    identity: Identity
    record: PostgresRecord
    appender: Appender
    changes: Changes
    timers: RedisTimers
    heads: PeerHead
    link_down: Callable[[], datetime | None]
    alarms: AlarmBoard
    clock: SystemClock
    randomness: SystemRandomness
    lateness: Callable[[float], None]


class _MailboxRows:
    """Port `MailboxRows` on the demonstration's mailbox."""

    def __init__(self, mailbox: PostgresMailbox) -> None:
        self._mailbox = mailbox

    async def put(self, letter: Letter) -> None:
        """Keep a letter."""
        await self._mailbox.deliver(
            MailboxItem(letter.id, letter.to, letter.subject, letter.text, letter.at)
        )


def make_escalating(given: Given) -> Escalating:
    """Make the escalation of a node."""
    settings, pool = given.settings, given.record.pool
    calendars = files.calendars(settings.escalation.calendars)
    ladder = files.ladder(settings.escalation.ladder)
    mail, channel = _mail(settings, pool_mailbox=PostgresMailbox(pool))
    house = House(
        identity=given.identity,
        record=given.record,
        append=given.appender.act,
        asks=PostgresOpenAsks(pool),
        looks=PostgresLooks(pool),
        timers=given.timers,
        index=given.timers,
        outbox=PostgresOutbox(pool),
        officials=PostgresOfficials(pool),
        mail=mail,
        channel=channel,
        composer=Composer(
            given.identity.party, {side: calendar.zone for side, calendar in calendars.items()}
        ),
        heads=given.heads,
        link_down=given.link_down,
        ladder=ladder,
        calendars=calendars,
        url=settings.node.url,
        changes=given.changes,
        alarms=given.alarms,
        clock=given.clock,
        randomness=given.randomness,
        sleep=asyncio.sleep,
        pace=Pace(
            poll_seconds=settings.escalation.poll_seconds,
            lease_seconds=settings.escalation.lease_seconds,
            sweep_seconds=settings.escalation.sweep_seconds,
        ),
        lateness=given.lateness,
    )
    return Escalating(calendars, ladder, Worker(house))


def _mail(settings: Settings, *, pool_mailbox: PostgresMailbox) -> tuple[Mail, str]:
    """Return the way to people and its name in the record."""
    if settings.mail.host:
        return SmtpMail(_server(settings.mail, settings.node.origin)), "mail"
    return MailboxMail(_MailboxRows(pool_mailbox)), "mailbox"


def _server(mail: MailSection, origin: str) -> SmtpServer:
    domain, _, _ = origin.partition("/")
    return SmtpServer(
        host=mail.host,
        port=mail.port,
        security=mail.tls,
        sender=mail.sender,
        domain=domain,
        username=mail.user or None,
        password=_secret(mail.password_file),
        timeout_seconds=mail.timeout_seconds,
    )


def _secret(file: Path | None) -> str | None:
    return None if file is None else file.read_text(encoding="utf-8").strip()
