"""Plans looks for asks, in the record and in the reminders, and keeps both in step.

Planned looks follow from the views; the reminders follow from planned looks. Losing the
reminders costs nothing but a rebuild. Does not look at asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.questions import QuestionRow
from special_channel.escalation.house import House
from special_channel.escalation.people import read_staff
from special_channel.escalation.plan import Rules, generation, key_of, look_at
from special_channel.escalation.reminders import Reminders
from special_channel.ports.work import AskKey, Look

log = structlog.get_logger(__name__)

PAGE: Final = 500
"""Asks or looks read at a time."""

SWEPT: Final = timedelta(seconds=60)
"""How far ahead a sweep compares: further than it is to the next one."""

OVERDUE: Final = timedelta(seconds=5)
"""A look this long past its time was lost by the reminders, or their clock is wrong."""


@dataclass(slots=True)
class _Known:
    """How far the logs were followed, and how far each was delivered."""

    size: int = 0
    cosigned: int = 0


class Arming:
    """Plans looks."""

    def __init__(self, house: House, reminders: Reminders) -> None:
        self._house = house
        self._reminders = reminders
        self._known: dict[Party, _Known] | None = None

    async def follow(self) -> None:
        """Plan looks for asks that changed since the last call; for all at the first one.

        Raises:
            Unavailable: `database-unavailable`; call it again.
        """
        heads = await self._house.record.heads()
        now = {party: _Known(head.size, head.cosigned) for party, head in heads.items()}
        if self._known is None:
            await self._plan_all()
        else:
            for party, known in self._known.items():
                await self._changed(party, known, now[party])
        self._known = now

    async def _changed(self, party: Party, known: _Known, now: _Known) -> None:
        asks, own = self._house.asks, self._house.identity.party
        if now.size > known.size:
            await self.arm(await asks.changed(party, known.size, now.size))
        if now.cosigned > known.cosigned:
            rows = await asks.delivered(party, known.cosigned, now.cosigned)
            # An own ask may turn out to have been delivered too late: look at once.
            await self.arm(rows, at=self._house.clock.now() if party == own else None)

    async def _plan_all(self) -> None:
        """Plan for all open asks anew: ladder and calendars may be others than before."""
        after: AskKey | None = None
        while rows := await self._house.asks.open(after, PAGE):
            await self.arm(rows, afresh=True)
            after = key_of(rows[-1])

    async def arm(
        self, rows: Sequence[QuestionRow], *, at: datetime | None = None, afresh: bool = False
    ) -> None:
        """Plan the next look at each of these asks, or forget it; `at`: look then.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if not rows:
            return
        keys = [key_of(row) for row in rows]
        raised = await self._house.asks.raised(keys)
        rules = await self._rules()
        planned: list[Look] = []
        over: list[tuple[AskKey, int]] = []
        for row in rows:
            look = look_at(row, raised[key_of(row)], rules)
            if look is None:
                over.append((key_of(row), generation(row, raised[key_of(row)])))
            else:
                planned.append(look if at is None else replace(look, at=min(at, look.at)))
        await self._house.looks.plan(planned, afresh=afresh)
        await self._house.looks.drop([ask for ask, _ in over])
        await self._reminders.remind(planned, over)

    async def _rules(self) -> Rules:
        house = self._house
        staff = await read_staff(house.officials, house.ladder)
        if staff.unreachable():
            house.alarms.sound("address-missing", officials=staff.unreachable())
        else:
            house.alarms.quiet("address-missing")
        return house.rules(staff)

    async def rebuild(self) -> None:
        """Fill empty reminders from the record, and mark them as whole.

        Raises:
            Unavailable: `database-unavailable`.
        """
        after: AskKey | None = None
        written = 0
        while looks := await self._house.looks.armed(after, PAGE):
            written += await self._reminders.fill(looks)
            after = looks[-1].ask
        await self._reminders.whole()
        log.info("reminders.rebuilt", written=written)

    async def sweep(self) -> list[AskKey]:
        """Put back reminders that are missing; return asks whose time is long past.

        Raises:
            Unavailable: `database-unavailable`.
        """
        now = self._house.clock.now()
        looks = await self._house.looks.due(now + SWEPT, PAGE)
        missing = await self._reminders.missing(looks)
        if missing:
            log.warning("reminders.missing", count=len(missing))
            await self._reminders.fill(missing)
        return [look.ask for look in looks if look.at + OVERDUE <= now]
