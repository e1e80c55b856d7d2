"""Send alerts at least once under a stable id, and record the result in the private log.

An alert is retried until delivered, acknowledged or no longer relevant: with back-off on a channel,
then on the recipient's next channel, then to the next person of the ladder, with an alarm for the
operator. A crash between the mail server's "250" and our commit sends a second time with the same
Message-ID and the same bytes. Does not choose the recipients of a step.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, cast

import structlog

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.channels.alerts import Alert
from special_channel.channels.digests import Digest, Titles, digest_id, digest_letter
from special_channel.channels.notices import Notice, notice_letter
from special_channel.core.bytes.errors import ChannelError, NotAllowed, Unavailable
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.alert_factory import for_channel, for_person, read, write
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.grouping import WINDOW, Grouping, gathering_channels, grouped
from special_channel.escalation.notices import is_still_relevant
from special_channel.escalation.people import Staff
from special_channel.escalation.relevance import AlertRelevance, has_moved, holders, read_relevance
from special_channel.escalation.statements import alert_sent
from special_channel.messages.catalogue import Lang
from special_channel.ports import Delivered, Letter, Transaction
from special_channel.ports.mail import MAILS
from special_channel.stores.outbox import AlertState, Outgoing, SentMessage, Way
from special_channel.stores.people import Official

log = structlog.get_logger(__name__)

BACKOFF: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
"""Waits between attempts: the example schedule of Standard Webhooks 1.0.0, three days in
all. https://www.standardwebhooks.com/ , "Retries"."""

PATIENCE: Final = timedelta(minutes=30)
"""Time that a channel may fail before the recipient's next channel is used, if there is one."""

LEASE: Final = timedelta(seconds=180)
"""Longer than three letters at worst: a letter waits for four replies of the mail server, 20 s
each, and a silent server is not tried again in the same turn."""

AT_ONCE: Final = 8
"""Recipients served in parallel."""

LISTED: Final = 400
"""Most alerts listed in an entry of the private log (`alert.sent`, `of`)."""

_JITTER: Final = 0.2
_IDLE_SECONDS: Final = 5.0
_WORRYING_ATTEMPTS: Final = 3
_LONGEST_WAIT: Final = timedelta(days=1)
"""Upper limit for a service's `Retry-After`."""


@dataclass(frozen=True, slots=True)
class _SendContext:
    """State of record and directory for one turn of sending."""

    relevance: AlertRelevance
    staff: Staff
    now: datetime


class AlertSender:
    """Delivers queued alerts."""

    def __init__(self, deps: EscalationDeps) -> None:
        self._deps = deps
        self._worrying: set[str] = set()

    async def step(self) -> float:
        """Send due alerts; return the seconds to wait.

        Raises:
            Unavailable, OutcomeUnknown: From the record; sent alerts are sent again later under
                the same id.
        """
        deps, now = self._deps, self._deps.node.clock.now()
        queued = await deps.alerts.outbox.queued(now)
        if not queued:
            return _IDLE_SECONDS
        left = await deps.alerts.outbox.left([one.way for one in queued], now - WINDOW)
        coming = gathering_channels(queued, left, now)
        # While a herd gathers, each of its commits wakes this step, so claim nothing.
        ready = any(one.alone or one.way not in coming for one in queued)
        claimed = (
            await deps.alerts.outbox.claim(now, now + LEASE, AT_ONCE, list(coming)) if ready else ()
        )
        if not claimed:
            rest = [(until - now).total_seconds() for until in coming.values()]
            return min([_IDLE_SECONDS, *rest])
        context = _SendContext(await read_relevance(deps, claimed), await deps.staff(), now)
        by_way: dict[Way, list[Outgoing]] = {}
        for alert in claimed:
            if not await self._ended(alert, context):
                by_way.setdefault((alert.recipient, alert.channel), []).append(alert)
        left = await deps.alerts.outbox.left(list(by_way), now - WINDOW)
        async with asyncio.TaskGroup() as tasks:
            for way, alerts in by_way.items():
                tasks.create_task(self._serve(alerts, left.get(way, ()), context))
        return 0.0

    async def _ended(self, alert: Outgoing, context: _SendContext) -> bool:
        """Close an alert that is no longer relevant or has a new recipient; return whether."""
        if alert.kind == "canary":
            return False
        if alert.kind in {"digest", "notice"}:
            relevant = await (
                self._is_wanted(alert)
                if alert.kind == "digest"
                else is_still_relevant(self._deps, alert, context.staff)
            )
            if not relevant:
                await self._close(alert, "superseded")
            return not relevant
        fate = context.relevance.fate(alert)
        if fate != "wanted":
            await self._close(alert, cast(AlertState, fate))
            return True
        if not has_moved(context.staff, alert):
            return False
        alerted = await self._deps.alerts.outbox.told(alert.ask, alert.due)
        others = holders(context.staff, alert, alerted)
        if alert.kind == "repeat":
            others = []  # the successor has separate repeats, or was alerted already
        await self._close(alert, "superseded", then=self._to(others, alert))
        return True

    async def _is_wanted(self, digest: Outgoing) -> bool:
        """Return whether any alert of a digest is still relevant."""
        children = await self._deps.alerts.outbox.folded(digest.id)
        relevance = await read_relevance(self._deps, children)
        return any(relevance.fate(child) == "wanted" for child in children)

    async def _serve(
        self, alerts: list[Outgoing], left: Sequence[SentMessage], context: _SendContext
    ) -> None:
        """Send alerts to one recipient on one channel: singly, as a digest, or later."""
        grouping = grouped(alerts, left, context.now)
        if grouping.hold and grouping.until is not None:
            await self._deps.alerts.outbox.hold([one.id for one in grouping.hold], grouping.until)
        if grouping.fold:
            await self._fold(grouping, context)
        waiting = list(grouping.send)
        while waiting and await self._deliver(waiting.pop(0), context):
            pass
        if waiting:  # the channel failed, so it is not tried again in the same turn
            again = context.now + BACKOFF[0]
            await self._deps.alerts.outbox.hold([one.id for one in waiting], again)

    async def _fold(self, grouping: Grouping, context: _SendContext) -> None:
        """Replace many alerts by a digest, to be sent in the next turn."""
        children = grouping.fold
        first = children[0]
        ids = [one.id for one in children]
        id_ = digest_id(first.recipient, first.channel, ids)
        alerts = sorted(
            (read(Alert, one.document) for one in children), key=lambda one: (one.due, one.id)
        )
        document = Digest(
            id_,
            alerts[0].to,
            alerts[0].lang,
            context.now,
            f"{self._deps.node.url}/alerts",
            tuple(alerts),
        )
        digest = Outgoing(
            id=id_,
            ask=("", ""),
            due=min(one.due for one in children),
            step=min(one.step for one in children),
            channel=first.channel,
            document=write(document),
            at=context.now,
            kind="digest",
            recipient=first.recipient,
            official=first.official,
            base=id_,
            urgent=any(one.urgent for one in children),
        )

        async def decide(_transaction: Transaction, _heads: Heads) -> Act | None:
            async def effect(transaction: Transaction) -> None:
                await self._deps.alerts.outbox.fold(transaction, digest, ids, context.now)

            return Act(effect=effect)

        await self._deps.stores.append(decide)
        log.info("alert.digest", alert=id_, listed=len(ids), channel=first.channel)

    async def _deliver(self, alert: Outgoing, context: _SendContext) -> bool:
        """Try to send once; return False if the channel failed."""
        try:
            delivered = await self._send(alert)
        except NotAllowed as error:
            await self._elsewhere(alert, context, error, "refused")
            return error.code != "channel-gone"
        except Unavailable as error:
            await self._later(alert, context, error)
            return False
        except Exception:
            # A fault of this channel alone: an unreadable response must not block the others.
            log.exception("alert.unreadable", alert=alert.id, channel=alert.channel)
            self._deps.alerts.unreadable()
            failed = Unavailable(
                "channel-temporary", "The answer could not be read.", said="", reply=0
            )
            await self._later(alert, context, failed)
            return False
        self._works(alert.channel)
        await self._close(alert, "sent", delivered.provider)
        return True

    async def _send(self, alert: Outgoing) -> Delivered:
        channel = self._deps.alerts.channels.by_name.get(alert.channel)
        if alert.kind == "canary" and channel is None:
            return Delivered(alert.id, "canary")
        if channel is None:
            raise Unavailable("alert-channels-dead", "There is no such way to people here.")
        return await channel.send(await self._letter(alert))

    async def _letter(self, alert: Outgoing) -> Letter:
        composer = self._deps.alerts.composer
        if alert.kind == "digest":
            digest = read(Digest, alert.document)
            return digest_letter(composer, digest, await self._titles(alert, digest.lang))
        if alert.kind == "notice":
            return notice_letter(composer, read(Notice, alert.document))
        if alert.kind == "canary":
            return composer.test_letter(alert.id, alert.recipient, "en", alert.at)
        document = read(Alert, alert.document)
        titles = await self._titles(alert, document.lang)
        return composer.letter(document, titles.get(document.position, ""))

    async def _titles(self, alert: Outgoing, lang: Lang) -> Titles:
        """Return titles of threads for a mail, where our side shows them; a chat gets none."""
        outbox, shown = self._deps.alerts.outbox, self._deps.alerts.titles
        if shown is None or alert.channel not in MAILS:
            return {}
        alerts = await outbox.folded(alert.id) if alert.kind == "digest" else [alert]
        rows = await self._deps.stores.asks.get([one.ask for one in alerts])
        titles = await shown.of((row.thread for row in rows), lang)
        return {row.position: titles[row.thread] for row in rows if row.thread in titles}

    async def _later(self, alert: Outgoing, context: _SendContext, error: Unavailable) -> None:
        """Schedule a retry on the same channel, or use another channel after `PATIENCE`."""
        failing, now = alert.failing or context.now, self._deps.node.clock.now()
        others = self._other_channels(alert, context)
        patience = failing + PATIENCE
        if others and (now >= patience or alert.channel not in self._deps.alerts.channels.by_name):
            await self._close(alert, "diverted", error.code, then=others)
            return
        if alert.attempts > len(BACKOFF) and self._deps.alerts.channels.by_name:
            await self._elsewhere(alert, context, error, "undeliverable")
            return
        if alert.attempts >= _WORRYING_ATTEMPTS:
            self._worrying.add(alert.channel)
            self._deps.node.alarms.sound("mail-temporary", reason=error.code, channel=alert.channel)
        at = now + self._wait(alert, error)
        if others:
            at = max(min(at, patience), now + _asked(error))
        log.warning("alert.later", alert=alert.id, attempt=alert.attempts, problem=error.code)
        await self._deps.alerts.outbox.retry(alert.id, at, error.code, failing)

    def _wait(self, alert: Outgoing, error: ChannelError) -> timedelta:
        planned = BACKOFF[min(alert.attempts, len(BACKOFF)) - 1].total_seconds()
        spread = timedelta(seconds=self._deps.node.jittered(planned, _JITTER))
        return max(spread, _asked(error))

    def _works(self, channel: str) -> None:
        self._worrying.discard(channel)
        if not self._worrying:
            self._deps.node.alarms.quiet("mail-temporary")

    async def _elsewhere(
        self, alert: Outgoing, context: _SendContext, error: ChannelError, state: AlertState
    ) -> None:
        """Use another channel, or alert another person if no channel is left."""
        others = self._other_channels(alert, context)
        if others:
            await self._close(alert, "diverted", error.code, then=others)
            return
        if alert.kind == "canary":
            await self._close(alert, state, error.code)
            return
        alerted = await self._deps.alerts.outbox.told(alert.ask, alert.due) | {alert.recipient}
        last = alert.step if alert.kind != "warning" else 0
        nexts = self._to(context.staff.after(last, alerted), alert)
        if alert.kind == "notice":
            nexts = []  # all heads receive notices, so there is no substitute
        self._deps.node.alarms.sound(
            "alert-undeliverable", alert=alert.id, reason=error.code, passed_on=len(nexts)
        )
        await self._close(alert, state, error.code, then=nexts)

    def _other_channels(self, alert: Outgoing, context: _SendContext) -> list[Outgoing]:
        """Copy an alert to the next channel of each of its recipients."""
        deps, copies = self._deps, dict[str, Outgoing]()
        for one in self._reached(alert, context.staff):
            channel = deps.alerts.channels.after(one, alert.channel)
            if channel is not None:
                other = for_channel(
                    alert, one, channel, deps.alerts.channels, deps.node.clock.now()
                )
                copies.setdefault(other.id, other)
        return list(copies.values())

    def _reached(self, alert: Outgoing, staff: Staff) -> list[Official]:
        if alert.official:
            return [one for one in staff.officials if one.id == alert.official]
        if alert.kind == "canary":
            return []
        return [
            one
            for one in holders(staff, alert, frozenset())
            if alert.channel in {*self._deps.alerts.channels.of(one)} or not alert.recipient
        ]

    def _to(self, officials: Sequence[Official], alert: Outgoing) -> list[Outgoing]:
        deps = self._deps
        return [
            for_person(alert, one, deps.alerts.channels, deps.node.clock.now()) for one in officials
        ]

    async def _close(
        self,
        alert: Outgoing,
        state: AlertState,
        provider: str = "",
        then: Sequence[Outgoing] = (),
    ) -> None:
        """Close an alert, record its state and queue the alerts `then`, in one transaction."""
        deps, now = self._deps, self._deps.node.clock.now()
        listed: list[str] = []
        if alert.kind == "digest":
            listed = [one.id for one in await deps.alerts.outbox.folded(alert.id)]

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            if not await deps.alerts.outbox.close(transaction, alert.id, state, now, provider):
                return None  # another worker was first

            async def effect(transaction: Transaction) -> None:
                await deps.alerts.outbox.put(transaction, then)

            parts = [listed[at : at + LISTED] for at in range(0, len(listed), LISTED)] or [[]]
            stating = NodeEntrySigner(deps.node.identity, heads, timestamp(now))
            entries = [alert_sent(stating, alert, state, part) for part in parts]
            return Act(private=entries, effect=effect, may_follow=True)

        await deps.stores.append(decide)
        deps.reports.outcome(alert.channel, state, (now - alert.since).total_seconds())
        log.info("alert.closed", alert=alert.id, state=state, attempt=alert.attempts)


def _asked(error: ChannelError) -> timedelta:
    """Return the wait that a service requested."""
    seconds = error.facts.get("retry_after", 0)
    return min(timedelta(seconds=int(seconds)), _LONGEST_WAIT)
