"""Canary: a periodic test alert that takes the path of real alerts, to detect silent faults.

Planned as a look, claimed from the reminders, written as entry and alert in one transaction, sent
by the outbox, recorded. `watch.py` raises an alarm if a canary is overdue. Alerts no official;
concerns no question.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.alert_factory import derived_id
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.statements import alert_sent
from special_channel.ports import Transaction
from special_channel.stores.outbox import Outgoing
from special_channel.stores.work import Look, QuestionKey

CANARY: Final[QuestionKey] = ("canary", "1")
"""Key of the canary's look in place of a question's key; no note has an id like this."""

FIRST: Final = timedelta(seconds=60)
"""Delay between a node's first start and its first canary."""

NO_CHANNEL: Final = "canary"
"""Channel of a canary without an address: it ends in the outbox."""


class Canaries:
    """Plans and sends canaries."""

    def __init__(self, deps: EscalationDeps) -> None:
        self._deps = deps

    async def plant(self) -> None:
        """Plan a canary if none is planned; a sweep sets its reminder.

        Raises:
            Unavailable: `database-unavailable`.
        """
        every, now = self._deps.alerts.canary.every, self._deps.node.clock.now()
        if not every:
            return
        look = (await self._deps.stores.looks.get([CANARY])).get(CANARY)
        if look is None or look.state != "armed" or look.at > now + every:
            again = Look(CANARY, now + min(FIRST, every), look.generation if look else 0)
            await self._deps.stores.looks.plan([again], afresh=True)

    async def fly(self, look: Look) -> datetime:
        """Queue the canary if due; return the time of the next.

        Raises:
            Unavailable, OutcomeUnknown, Corrupt: As `deps.stores.append`.
        """
        deps, now = self._deps, self._deps.node.clock.now()
        if now < look.at:
            return look.at
        due = timestamp(look.at)
        channel = (
            next(iter(deps.alerts.channels.order), NO_CHANNEL)
            if deps.alerts.canary.to
            else NO_CHANNEL
        )
        id_ = derived_id("canary", due, channel)
        alert = Outgoing(
            id=id_,
            ask=("", ""),
            due=due,
            step=0,
            channel=channel,
            document="",
            at=now,
            kind="canary",
            recipient=deps.alerts.canary.to,
            base=id_,
        )

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            if await deps.alerts.outbox.known(transaction, id_):
                return None  # another worker was first

            async def effect(transaction: Transaction) -> None:
                await deps.alerts.outbox.put(transaction, [alert])

            stating = NodeEntrySigner(deps.node.identity, heads, timestamp(now))
            entries = [alert_sent(stating, alert, "raised")]
            return Act(private=entries, effect=effect, may_follow=True)

        await deps.stores.append(decide)
        deps.reports.lateness(max((now - look.at).total_seconds(), 0.0))
        following = look.at + deps.alerts.canary.every
        return following if following > now else now + deps.alerts.canary.every
