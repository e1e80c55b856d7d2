"""Find draw-downs and licence terms that bring stated use to 80 % of a quantity, or above it.

Each node tells its own side's desk once for each time that use comes to a mark: once use fell below
it by a correction, the next statement that reaches it is told again. Words are neutral: statements
can be corrected, and customs decides about shipments.
"""

from __future__ import annotations

from dataclasses import replace

from special_channel.channels.event_mails import PersonalNotice
from special_channel.core.bytes.ids import PersonId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import LicenceDrawn, LicenceIssued
from special_channel.core.rows.licence_use import reached_marks
from special_channel.core.rules.alerting import WARNED_ROLE
from special_channel.escalation.deps import EscalationDeps
from special_channel.escalation.event_recipients import Happening
from special_channel.ports import Stored
from special_channel.stores.people import functions_of
from special_channel.stores.permits import Permits


class LicenceEvents:
    """Reads licences and draw-downs as events."""

    def __init__(self, deps: EscalationDeps, permits: Permits) -> None:
        self._deps, self._permits = deps, permits

    async def of(self, stored: Stored, entry: LicenceIssued | LicenceDrawn) -> list[Happening]:
        """Return an event for each mark reached by an entry of CN's log.

        Raises:
            Unavailable: `database-unavailable`.
        """
        number = entry.body.licence
        row = await self._permits.licence(number)
        if row is None:
            return []
        draws = (await self._permits.draws([number])).get(number, ())
        at = instant(stored.accepted)
        today = self._deps.times.calendars["cn"].local(at).date().isoformat()
        found = reached_marks(row, draws, stored.index, today)
        if not found:
            return []
        position, persons = str(Position("cn", stored.index)), await self._desks()
        # No mail names a licence: its page does, behind the entry's number.
        notice = PersonalNotice("licence", at, f"/entries/{position}", "licence", position=position)
        return [
            Happening(
                # By the statement that reached the mark: the record tells whether it still holds,
                # so that nothing depends on how long notices are kept.
                f"licence:{number}:{each.code}:{each.since}:{each.mark}:{stored.index}",
                (replace(notice, over=each.mark == "over"),),
                stored.id,
                persons=persons,
            )
            for each in found
        ]

    async def _desks(self) -> frozenset[PersonId]:
        staff = await self._deps.staff()
        return frozenset(
            one.person
            for one in staff.officials
            if any(each.role == WARNED_ROLE for each in functions_of(one, staff.functions))
        )
