"""The canary: a timer that goes all the way an alert goes, so that a silent fault is heard.

Armed as any look, claimed from the reminders, fenced in one transaction that writes an
entry and an alert, sent by the outbox, recorded. If one did not come through by its time,
`watch.py` alarms. Tells nobody anything; says nothing about any ask.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.times import timestamp
from special_channel.escalation.house import House
from special_channel.escalation.statements import alert_sent
from special_channel.escalation.telling import derived_id
from special_channel.ports import Transaction
from special_channel.ports.work import AskKey, Look, Outgoing

CANARY: Final[AskKey] = ("canary", "1")
"""Stands where a look has an ask; no note has such an id."""

FIRST: Final = timedelta(seconds=60)
"""After a node first starts, before its first canary."""

NO_CHANNEL: Final = "canary"
"""The way of a canary that is addressed to nobody: it ends in the outbox."""


class Canaries:
    """Sends one canary after the other."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def plant(self) -> None:
        """Arm the first canary, or one that was set aside or lost; a sweep reminds of it.

        Raises:
            Unavailable: `database-unavailable`.
        """
        every, now = self._house.canary.every, self._house.clock.now()
        if not every:
            return
        held = (await self._house.looks.get([CANARY])).get(CANARY)
        if held is None or held.state != "armed" or held.at > now + every:
            again = Look(CANARY, now + min(FIRST, every), held.generation if held else 0)
            await self._house.looks.plan([again], afresh=True)

    async def fly(self, look: Look) -> datetime:
        """Send what is due, and return when the next is.

        Raises:
            Unavailable, OutcomeUnknown, Corrupt: As the append.
        """
        house, now = self._house, self._house.clock.now()
        if now < look.at:
            return look.at
        due = timestamp(look.at)
        channel = next(iter(house.ways.order), NO_CHANNEL) if house.canary.to else NO_CHANNEL
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
            recipient=house.canary.to,
            base=id_,
        )

        async def decide(transaction: Transaction, heads: Heads) -> Act | None:
            if await house.outbox.known(transaction, id_):
                return None  # another worker was first

            async def effect(transaction: Transaction) -> None:
                await house.outbox.put(transaction, [alert])

            stating = NodeEntrySigner(house.identity, heads, timestamp(now))
            said = [alert_sent(stating, alert, "raised")]
            return Act(private=said, effect=effect, may_follow=True)

        await house.append(decide)
        house.lateness(max((now - look.at).total_seconds(), 0.0))
        following = look.at + house.canary.every
        return following if following > now else now + house.canary.every
