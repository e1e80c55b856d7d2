"""Tells the own heads of unit that entries are undelivered, and when that is over.

One letter to each head for each occurrence and way, one more when delivery is recorded
again; restarts and several processes change nothing, since what was told is in the database.
Letters leave by the outbox, in office hours. Does not decide what is late: `DeliveryWatch`
does. Tells nobody of the other side: its own node does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final, NoReturn

import structlog

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.undelivered import OWN, PEER, Undelivered
from special_channel.channels.notices import Notice
from special_channel.core.bytes.times import timestamp
from special_channel.core.rules.alerting import hearing
from special_channel.escalation.house import House
from special_channel.escalation.people import Staff, read_staff
from special_channel.escalation.telling import derived_id, read_notice, write_notice
from special_channel.escalation.watch import guarded
from special_channel.ports import Transaction
from special_channel.ports.occurrences import Occurrence
from special_channel.ports.people import Official
from special_channel.ports.work import Outgoing

log = structlog.get_logger(__name__)

TOLD_ROLE: Final = "head"
"""Role of the directory that is told."""

BEGUN, OVER = 0, 1
"""Steps of a notice."""

EVERY_SECONDS: Final = 2.0


class Notices:
    """Tells of undelivered entries."""

    def __init__(self, house: House, late: Callable[[], Undelivered]) -> None:
        """Tell what `late` says; run it where the outbox is served."""
        self._house = house
        self._late = late

    async def run(self) -> NoReturn:
        """Tell until cancelled; a step that fails is taken with the next turn."""
        while True:
            await guarded("noticing", self.step)
            await asyncio.sleep(EVERY_SECONDS)

    async def step(self) -> None:
        """Tell what began or ended since the last step.

        Raises:
            Unavailable, OutcomeUnknown: Take the step again.
        """
        late = self._late()
        standing = await self._house.occurrences.standing()
        for code, since in ((OWN, late.own), (PEER, late.peer)):
            occurrence = standing.get(code)
            if since is not None and occurrence is None:
                await self._begin(code, since, late.entries if code == OWN else 0)
            elif occurrence is not None and code in late.over:
                await self._end(occurrence)

    async def _begin(self, code: str, since: datetime, entries: int) -> None:
        house, now = self._house, self._house.clock.now()
        id_ = f"{timestamp(now)} {house.randomness.bytes(8).hex()}"
        occurrence = Occurrence(code, id_, since)
        notice = Notice("", "", "en", now, code, since, f"{house.url}/link", entries)
        staff = await read_staff(house.officials, house.ladder)
        letters = {one.id: one for one in self._letters(occurrence, notice, heads_of(staff))}

        async def decide(transaction: Transaction, _heads: Heads) -> Act | None:
            if not await house.occurrences.begin(transaction, occurrence):
                return None  # another worker was first
            return Act(effect=self._put(list(letters.values())))

        await house.append(decide)
        log.info("undelivered.told", code=code, since=timestamp(since), letters=len(letters))

    async def _end(self, occurrence: Occurrence) -> None:
        house, now = self._house, self._house.clock.now()
        letters = [self._over(one, now) for one in await house.occurrences.told(occurrence.id)]

        async def decide(transaction: Transaction, _heads: Heads) -> Act | None:
            if not await house.occurrences.end(transaction, occurrence):
                return None  # another worker was first
            return Act(effect=self._put(letters))

        await house.append(decide)
        log.info("undelivered.over", code=occurrence.code, letters=len(letters))

    def _put(self, letters: Sequence[Outgoing]) -> Callable[[Transaction], Awaitable[None]]:
        async def effect(transaction: Transaction) -> None:
            await self._house.outbox.put(transaction, letters)

        return effect

    def _letters(
        self, occurrence: Occurrence, notice: Notice, heads: Iterable[Official]
    ) -> Iterable[Outgoing]:
        ways = self._house.ways
        for official in heads:
            channel = ways.first(official)
            recipient, number = ways.recipient(official, channel)
            id_ = derived_id("notice", occurrence.id, recipient, channel)
            told = replace(notice, id=id_, to=official.email, lang=official.language)
            yield Outgoing(
                id=id_,
                ask=("", ""),
                due=occurrence.id,
                step=BEGUN,
                channel=channel,
                document=write_notice(told),
                at=notice.at,
                kind="notice",
                recipient=recipient,
                official=number,
                base=id_,
                not_before=self._opening(notice.at),
            )

    def _over(self, begun: Outgoing, now: datetime) -> Outgoing:
        """Say that it is over to whom that was told."""
        id_ = derived_id(begun.base, "over")
        told = replace(read_notice(begun.document), id=id_, at=now, over=True, first=begun.id)
        return replace(
            begun,
            id=id_,
            base=id_,
            step=OVER,
            document=write_notice(told),
            at=now,
            attempts=0,
            failing=None,
            not_before=self._opening(now),
        )

    def _opening(self, now: datetime) -> datetime | None:
        """Return when the own office opens, None if letters leave at once."""
        if not self._house.office_hours:
            return None
        at = hearing(self._house.calendar, now).at
        return None if at <= now else at


def heads_of(staff: Staff) -> list[Official]:
    """Return the own heads of unit who can be reached."""
    return [one for one in staff.officials if one.role == TOLD_ROLE and one.email]


async def is_wanted(house: House, letter: Outgoing, staff: Staff) -> bool:
    """Tell whether a notice is still to leave: to a head, of what is so, and never half a story.

    Raises:
        Unavailable: `database-unavailable`.
    """
    if letter.official and not any(
        one.id == letter.official and one.email == letter.recipient for one in heads_of(staff)
    ):
        return False
    if letter.step == OVER:
        first = read_notice(letter.document).first
        return first is not None and await house.occurrences.was_sent(first)
    standing = await house.occurrences.standing()
    return any(one.id == letter.due for one in standing.values())
