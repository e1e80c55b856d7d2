"""State until when the reader is away, and end it. Gives nobody a right to sign."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import PersonId
from special_channel.stores.absences import Absence
from special_channel.web.shared.query import read_day
from special_channel.web.shell.colleagues import assignable, colleagues
from special_channel.web.shell.context import PageContext

LONGEST: Final = timedelta(days=366)
"""How far ahead an absence may end."""


async def state_absence(context: PageContext, until: str, stand_in: PersonId) -> None:
    """Store the reader's absence; without a last day, end it.

    Args:
        context: The reader's.
        until: Last day in our capital, such as 2026-12-04; empty to end the absence.
        stand_in: Pseudonym of the colleague to ask meanwhile, or empty.

    Raises:
        Malformed: `date-malformed`.
        RuleBroken: `away-days` for a day that is over or too far; `away-stand-in` for anybody but
            another official of our side who can sign.
    """
    me, absences = context.reader.row.person, context.own.desk.absences
    day, today = read_day(until, field="until"), context.today(context.party)
    if day is None:
        await absences.end(me)
        return
    if not today <= day <= today + LONGEST:
        raise RuleBroken("away-days", "The last day is over, or more than a year ahead.")
    staff = {one.person for one in assignable((await colleagues(context)).values())}
    if stand_in and stand_in not in staff - {me}:
        raise RuleBroken("away-stand-in", "Nobody of our side who can sign.")
    await absences.state(Absence(me, day, stand_in))
