"""Plan looks at questions in the database, and mirror the plan in the reminders.

PlannedStep looks are derived from the views, reminders from planned looks. Lost reminders are
rebuilt from the database. Does not look at questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

import structlog

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.questions import QuestionRow
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.plan import Rules, generation, key_of, look_at
from special_channel.escalation.reminders import Reminders
from special_channel.stores.work import Look, QuestionKey

log = structlog.get_logger(__name__)

PAGE: Final = 500
"""Questions or looks read per query."""

SWEPT: Final = timedelta(seconds=60)
"""How far ahead a sweep compares. Longer than the interval between two sweeps."""

OVERDUE: Final = timedelta(seconds=5)
"""A look this long overdue was lost by the reminders, or the reminders' clock is wrong."""


@dataclass(slots=True)
class _LogSizes:
    """Size and cosigned size of one log at the last call of `follow`."""

    size: int = 0
    cosigned: int = 0


class TimerPlanner:
    """Plans looks at questions."""

    def __init__(self, deps: EscalationDeps, reminders: Reminders) -> None:
        self._deps = deps
        self._reminders = reminders
        self._known: dict[Party, _LogSizes] | None = None

    async def follow(self) -> None:
        """Plan looks at questions changed since the last call; at all of them on the first.

        Raises:
            Unavailable: `database-unavailable`; call again.
        """
        heads = await self._deps.stores.record.heads()
        now = {party: _LogSizes(head.size, head.cosigned) for party, head in heads.items()}
        if self._known is None:
            await self._plan_all()
        else:
            await self._plan_changed(self._known, now)
        self._known = now

    async def _plan_changed(
        self, known: Mapping[Party, _LogSizes], now: Mapping[Party, _LogSizes]
    ) -> None:
        asks, own = self._deps.stores.asks, self._deps.node.identity.party
        rows: dict[QuestionKey, QuestionRow] = {}
        soon: set[QuestionKey] = set()
        for party in PARTIES:
            before, after = known[party], now[party]
            if after.size > before.size:
                changed = await asks.changed(party, before.size, after.size)
                rows |= {key_of(row): row for row in changed}
            if after.cosigned > before.cosigned:
                arrived = await asks.delivered(party, before.cosigned, after.cosigned)
                rows |= {key_of(row): row for row in arrived}
                if party == own:
                    # Our question may have been delivered too late, so look at once.
                    soon |= {key_of(row) for row in arrived}
        # Together: each planning reads who is alerted, and when.
        await self.arm(list(rows.values()), soon=soon)

    async def _plan_all(self) -> None:
        """Plan again for all open questions: ladder and calendars may have changed."""
        after: QuestionKey | None = None
        while rows := await self._deps.stores.asks.open(after, PAGE):
            await self.arm(rows, afresh=True)
            after = key_of(rows[-1])

    async def arm(
        self,
        rows: Sequence[QuestionRow],
        *,
        soon: AbstractSet[QuestionKey] = frozenset(),
        afresh: bool = False,
    ) -> None:
        """Plan the next look at each question; drop the look if nothing is ahead.

        Args:
            rows: The questions.
            soon: Questions to be looked at now, if not earlier.
            afresh: Arm again looks that were set aside as stuck.

        Raises:
            Unavailable: `database-unavailable`.
        """
        if not rows:
            return
        keys = [key_of(row) for row in rows]
        raised = await self._deps.stores.asks.raised(keys)
        rules, now = await self._rules(), self._deps.node.clock.now()
        planned: list[Look] = []
        over: list[tuple[QuestionKey, int]] = []
        for row in rows:
            look = look_at(row, raised[key_of(row)], rules)
            if look is None:
                over.append((key_of(row), generation(row, raised[key_of(row)])))
            else:
                at = min(now, look.at) if look.ask in soon else look.at
                planned.append(replace(look, at=at))
        await self._deps.stores.looks.plan(planned, afresh=afresh)
        await self._deps.stores.looks.drop([ask for ask, _ in over])
        await self._reminders.remind(planned, over)

    async def _rules(self) -> Rules:
        deps = self._deps
        staff = await deps.staff()
        if staff.unreachable():
            deps.node.alarms.sound("address-missing", officials=staff.unreachable())
        else:
            deps.node.alarms.quiet("address-missing")
        return deps.rules(staff)

    async def rebuild(self) -> None:
        """Fill empty reminders from the database, then mark the reminders as complete.

        Raises:
            Unavailable: `database-unavailable`.
        """
        after: QuestionKey | None = None
        written = 0
        while looks := await self._deps.stores.looks.armed(after, PAGE):
            written += await self._reminders.fill(looks)
            after = looks[-1].ask
        await self._reminders.whole()
        log.info("reminders.rebuilt", written=written)

    async def sweep(self) -> list[QuestionKey]:
        """Restore missing reminders; return questions whose look is overdue.

        Raises:
            Unavailable: `database-unavailable`.
        """
        now = self._deps.node.clock.now()
        looks = await self._deps.stores.looks.due(now + SWEPT, PAGE)
        missing = await self._reminders.missing(looks)
        if missing:
            log.warning("reminders.missing", count=len(missing))
            await self._reminders.fill(missing)
        return [look.ask for look in looks if look.at + OVERDUE <= now]
