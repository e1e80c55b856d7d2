"""Notify our heads of unit of undelivered entries, and of the end of the delay.

One letter per head, occurrence and channel, and one more when delivery is recorded again. Restarts
and parallel processes repeat no letter, since sent letters are recorded in the database. The outbox
sends letters in office hours. Does not decide when delivery is late: `DeliveryWatch` does. Does
not notify the other side's officials: their node does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import structlog

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.undelivered import OWN, PEER, Undelivered
from special_channel.channels.notices import PEOPLE, Notice
from special_channel.core.bytes.times import timestamp
from special_channel.core.rules.alerting import hearing
from special_channel.escalation.alert_factory import addressed, derived_id, read, write
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.people import Staff
from special_channel.escalation.watch import keep_doing
from special_channel.ports import Transaction
from special_channel.stores.occurrences import Occurrence
from special_channel.stores.outbox import Outgoing
from special_channel.stores.people import Official

log = structlog.get_logger(__name__)

TOLD_ROLE: Final = "head"
"""Role of the recipients."""

BEGUN, OVER = 0, 1
"""Steps of a notice: start and end of an occurrence."""

EVERY_SECONDS: Final = 2.0


class Notices:
    """Queues notices about undelivered entries."""

    def __init__(self, deps: EscalationDeps, late: Callable[[], Undelivered]) -> None:
        """Report the state that `late` returns. Run this in the outbox's process."""
        self._deps = deps
        self._late = late

    async def run(self) -> None:
        """Run steps until cancelled; a failed step is retried in the next turn."""
        await keep_doing("noticing", self.step, asyncio.sleep, EVERY_SECONDS)

    async def step(self) -> None:
        """Queue letters for occurrences that began or ended since the last step.

        Raises:
            Unavailable, OutcomeUnknown: Retry the step.
        """
        late = self._late()
        standing = await self._deps.alerts.occurrences.standing()
        for code, since in ((OWN, late.own), (PEER, late.peer)):
            occurrence = standing.get(code)
            if since is not None and occurrence is None:
                await self._begin(code, since, late.entries if code == OWN else 0)
            elif occurrence is not None and code in late.over:
                await self._end(occurrence)

    async def _begin(self, code: str, since: datetime, entries: int) -> None:
        deps, now = self._deps, self._deps.node.clock.now()
        id_ = f"{timestamp(now)} {deps.node.randomness.bytes(8).hex()}"
        occurrence = Occurrence(code, id_, since)
        notice = Notice("", "", "en", now, code, since, f"{deps.node.url}/link", entries)
        staff = await deps.staff()
        letters = {one.id: one for one in self._letters(occurrence, notice, heads_of(staff))}

        async def decide(transaction: Transaction, _heads: Heads) -> Act | None:
            if not await deps.alerts.occurrences.begin(transaction, occurrence):
                return None  # another worker was first
            return Act(effect=self._put(list(letters.values())))

        await deps.stores.append(decide)
        log.info("undelivered.told", code=code, since=timestamp(since), letters=len(letters))

    async def _end(self, occurrence: Occurrence) -> None:
        deps, now = self._deps, self._deps.node.clock.now()
        letters = [
            self._over(one, now) for one in await deps.alerts.occurrences.told(occurrence.id)
        ]

        async def decide(transaction: Transaction, _heads: Heads) -> Act | None:
            if not await deps.alerts.occurrences.end(transaction, occurrence):
                return None  # another worker was first
            return Act(effect=self._put(letters))

        await deps.stores.append(decide)
        log.info("undelivered.over", code=occurrence.code, letters=len(letters))

    def _put(self, letters: Sequence[Outgoing]) -> Callable[[Transaction], Awaitable[None]]:
        async def effect(transaction: Transaction) -> None:
            await self._deps.alerts.outbox.put(transaction, letters)

        return effect

    def _letters(
        self, occurrence: Occurrence, notice: Notice, heads: Iterable[Official]
    ) -> Iterable[Outgoing]:
        template = Outgoing(
            id="",
            ask=("", ""),
            due=occurrence.id,
            step=BEGUN,
            channel="",
            document="",
            at=notice.at,
            kind="notice",
            not_before=self._opening(notice.at),
        )
        for official in heads:
            address = self._deps.alerts.channels.address(official)
            id_ = derived_id("notice", occurrence.id, address.recipient, address.channel)
            yield addressed(template, notice, official, address, id_)

    def _over(self, begun: Outgoing, now: datetime) -> Outgoing:
        """Build the letter about the end, for the recipient of the letter about the start."""
        id_ = derived_id(begun.base, "over")
        letter = replace(read(Notice, begun.document), id=id_, at=now, over=True, first=begun.id)
        return replace(
            begun,
            id=id_,
            base=id_,
            step=OVER,
            document=write(letter),
            at=now,
            attempts=0,
            failing=None,
            not_before=self._opening(now),
        )

    def _opening(self, now: datetime) -> datetime | None:
        """Return when our office opens; None: send at once."""
        if not self._deps.alerts.office_hours:
            return None
        at = hearing(self._deps.calendar, now).at
        return None if at <= now else at


def heads_of(staff: Staff) -> list[Official]:
    """Return our heads of unit who have an address."""
    return staff.in_role(TOLD_ROLE)


async def is_still_relevant(deps: EscalationDeps, letter: Outgoing, staff: Staff) -> bool:
    """Return whether to send a notice: its recipient still has the address, and it is current.

    A notice about the end is sent only if the notice about the start was. A notice about acts on
    people stays current.

    Raises:
        Unavailable: `database-unavailable`.
    """
    if letter.due.startswith(PEOPLE):
        return not letter.official or any(
            one.id == letter.official and one.email == letter.recipient for one in staff.officials
        )
    if letter.official and not any(
        one.id == letter.official and one.email == letter.recipient for one in heads_of(staff)
    ):
        return False
    if letter.step == OVER:
        first = read(Notice, letter.document).first
        return first is not None and await deps.alerts.occurrences.was_sent(first)
    standing = await deps.alerts.occurrences.standing()
    return any(one.id == letter.due for one in standing.values())
