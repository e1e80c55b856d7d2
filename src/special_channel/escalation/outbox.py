"""Sends alerts: at least once each, under one id, and says in the private log what became of it.

A crash between the mail server's "250" and our commit sends a second time with the same
Message-ID and the same bytes. Does not decide whom to tell.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from special_channel.broker.append import Act
from special_channel.broker.commit import Heads
from special_channel.core.errors import NotAllowed, Unavailable
from special_channel.escalation.house import House
from special_channel.escalation.plan import key_of
from special_channel.escalation.statements import alert_sent
from special_channel.escalation.telling import read_alert
from special_channel.ports import Transaction
from special_channel.ports.work import AlertState, AskKey, Outgoing

log = structlog.get_logger(__name__)

BACKOFF: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Waits between attempts: the example schedule of Standard Webhooks 1.0.0, three days in
all. https://www.standardwebhooks.com/ , "Retries"."""

LEASE: Final = timedelta(seconds=180)
"""Longer than one letter takes at worst: four replies of a mail server at 20 s each."""

AT_ONCE: Final = 8
"""Letters handed over side by side."""

_JITTER: Final = 0.2
_IDLE_SECONDS: Final = 5.0
_WORRYING_ATTEMPTS: Final = 3


class Sending:
    """Delivers what waits in the outbox."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def step(self) -> float:
        """Send alerts whose turn has come; return seconds until there may be more.

        Raises:
            Unavailable, OutcomeUnknown: From the record; what was sent is sent again later
                under the same id.
        """
        now = self._house.clock.now()
        alerts = await self._house.outbox.claim(now, now + LEASE, AT_ONCE)
        if not alerts:
            return _IDLE_SECONDS
        wanted = await self._wanted(alerts)
        async with asyncio.TaskGroup() as tasks:
            for alert in alerts:
                tasks.create_task(self._deliver(alert, wanted=alert.ask in wanted))
        return 0.0

    async def _wanted(self, alerts: Sequence[Outgoing]) -> frozenset[AskKey]:
        """Return the asks that are still open, with the due time that the alert names."""
        rows = {key_of(row): row for row in await self._house.asks.get([one.ask for one in alerts])}
        return frozenset(
            one.ask
            for one in alerts
            if (row := rows.get(one.ask)) is not None and row.is_open and row.due == one.due
        )

    async def _deliver(self, alert: Outgoing, *, wanted: bool) -> None:
        if not wanted:
            await self._close(alert, "superseded")
            return
        try:
            letter = self._house.composer.letter(read_alert(alert.document))
            delivered = await self._house.mail.send(letter)
        except NotAllowed as error:
            self._house.alarms.sound("alert-undeliverable", alert=alert.id, reason=error.code)
            await self._close(alert, "refused", error.code)
        except Unavailable as error:
            await self._later(alert, error.code)
        else:
            self._house.alarms.quiet("mail-temporary")
            await self._close(alert, "sent", delivered.provider)

    async def _later(self, alert: Outgoing, code: str) -> None:
        if alert.attempts > len(BACKOFF):
            self._house.alarms.sound("alert-undeliverable", alert=alert.id, reason=code)
            await self._close(alert, "undeliverable", code)
            return
        if alert.attempts >= _WORRYING_ATTEMPTS:
            self._house.alarms.sound("mail-temporary", reason=code)
        wait = self._house.jittered(BACKOFF[alert.attempts - 1].total_seconds(), _JITTER)
        at = self._house.clock.now() + timedelta(seconds=wait)
        log.warning("alert.later", alert=alert.id, attempt=alert.attempts, problem=code)
        await self._house.outbox.retry(alert.id, at, code)

    async def _close(self, alert: Outgoing, state: AlertState, provider: str = "") -> None:
        """End an alert and say so in the private log, at once or not at all."""

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            if not await self._house.outbox.close(transaction, alert.id, state, provider):
                return None  # another worker was first
            said = (alert.id, alert.channel, alert.ask)
            identity, now = self._house.identity, self._house.clock.now()
            return Act(private=[alert_sent(identity, heads, now, said, state)])

        await self._house.append(decide)
        log.info("alert.closed", alert=alert.id, state=state, attempt=alert.attempts)
