"""Read the desks of our side with their open threads, for the page of heads and their mail.

Counts nothing: `core/numbers/units.py` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.core.bytes.ids import ThreadId
from special_channel.core.bytes.times import instant
from special_channel.core.numbers import units
from special_channel.core.numbers.units import AnswerDate, DeskLoad, OpenThread
from special_channel.core.rows.charter import Charter
from special_channel.core.rows.routes import RouteRow
from special_channel.core.time.calendars import Calendar
from special_channel.desk.releasing import RELEASERS, entry_of_draft, releasers, sheet_rows
from special_channel.stores.clearances import Clearance
from special_channel.stores.unit_views import HeldThread
from special_channel.stores.views import Views

MANY: Final = 10_000
"""Most open threads and questions read: more than the channel is meant for."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """Open threads of our side with their desks.

    Attributes:
        threads: The threads, the oldest first.
        rows: The threads by id, as stored.
        dates: Dates of questions to us.
        desks: Desks of officials with a valid key.
    """

    threads: Sequence[OpenThread]
    rows: Mapping[ThreadId, HeldThread]
    dates: Sequence[AnswerDate]
    desks: frozenset[str]

    @property
    def unheld(self) -> list[OpenThread]:
        """Threads of nobody, the oldest first."""
        return [each for each in self.threads if each.desk == units.NOBODY]

    def loads(
        self, charter: Charter | None, calendar: Calendar, now: datetime
    ) -> Sequence[DeskLoad]:
        """Count by desk, in the order of the charter; nobody last."""
        days = units.coming_days(calendar, calendar.local(now).date())
        listed = charter.desks if charter else ()
        ours = [each.desk for each in listed if each.party == calendar.side]
        desks = [each for each in ours if each in self.desks]
        return units.desk_loads(desks, self.threads, self.dates, days)


async def read_holdings(
    views: Views, calendar: Calendar, now: datetime, delivered: int
) -> Holdings:
    """Read all open threads with their desks, and the dates of questions to us.

    A thread is with the desk of its assigned official; else with the desk of our
    side's last author; else with nobody.

    Args:
        views: Queries of the record.
        calendar: Our side's calendar.
        now: The present.
        delivered: Number of the other side's entries in our record.
    """
    party = calendar.side
    rows = await views.held_threads(party, MANY)
    asks = await views.asks(answering=party, only_open=True, limit=MANY)
    keys = {row.key: row for row in await views.side_keys(party)}
    # All keys of a person have the person's desk.
    desks = {row.person: row.desk for row in keys.values() if row.person}

    def desk(row: HeldThread) -> str:
        writer = keys.get(row.author)
        return desks.get(row.holder) or (writer.desk if writer else units.NOBODY)

    counted = (units.answer_date(row, calendar, now, delivered) for row in asks)
    writing = (row for row in keys.values() if not row.roles_now.isdisjoint(RELEASERS))
    return Holdings(
        threads=[
            OpenThread(row.thread, desk(row), calendar.local(instant(row.accepted)).date())
            for row in rows
        ],
        rows={row.thread: row for row in rows},
        dates=[each for each in counted if each],
        desks=frozenset(row.desk for row in writing if row.now == "active"),
    )


def whose_turn(
    charter: Charter | None, draft: Clearance, route: RouteRow | None
) -> tuple[Sequence[str], Sequence[str]]:
    """Return the desks and the roles with the turn of a waiting draft.

    On a sign-off route the desks or the role of its step; else the roles of the charter for the
    release of the draft.
    """
    if route is not None and route.open_desks:
        return route.open_desks, ()
    if route is not None and route.now.role:
        return (), (route.now.role,)
    roles, _, _ = releasers(charter, entry_of_draft(draft.envelope), sheet_rows(draft))
    return (), roles
