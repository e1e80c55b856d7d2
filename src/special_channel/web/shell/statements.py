"""Read CN's latest statement of each row of a weekly list, and the days of a list's checks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.days import working_days
from special_channel.core.sense.list_case import ListAround
from special_channel.desk.answers import AnswerRecord, PrefilledRow, papers_asked_for, prefilled
from special_channel.desk.tables import MAX_ROWS
from special_channel.web.shell.context import PageContext


@dataclass(frozen=True, slots=True)
class LatestStatements:
    """A list with the latest statements.

    Attributes:
        rows: Rows of the list, in order.
        applications: Applications of the list, by number.
        latest: CN's latest statement by row, on whatever list.
        licensed: A current or future licence, by number of each application in the licence.
    """

    rows: Sequence[ListingRow]
    applications: Mapping[str, ApplicationRow]
    latest: Mapping[int, PrefilledRow]
    licensed: Mapping[str, str] = field(default_factory=dict)


def answer_record(
    context: PageContext, statements: LatestStatements, names: tuple[str, ...]
) -> AnswerRecord:
    """Return the record data with which the rows of an answer are checked.

    `names`: names of companies in private columns.
    """
    return AnswerRecord(
        {row.row: row for row in statements.rows},
        statements.applications,
        working_days(context.calendar("cn")),
        context.today("cn"),
        names,
        statements.licensed,
        papers_asked_for(statements.latest.values()),
    )


def list_around(context: PageContext) -> ListAround:
    """Return the days and the opted columns with which a list is checked now."""
    opted = frozenset(context.document.columns if context.document else ())
    days = working_days(context.calendar("cn"))
    return ListAround(context.today("cn"), context.today("eu"), opted, days=days)


async def latest_statements(context: PageContext, batch: EntryId) -> LatestStatements:
    """Read the rows of a list with CN's latest statements."""
    views = context.own.stores.views
    rows, applications = await asyncio.gather(
        views.listings(batch, 1, MAX_ROWS), views.applications_on(batch)
    )
    # An application on this list alone was answered here or nowhere.
    again = [number for number, row in applications.items() if len(row.listed) > 1]
    last = {row.number: row for row in rows if row.answered >= 0}
    last |= await views.last_answers(again) if again else {}
    latest = {
        row.row: prefilled(row, last.get(row.number), applications.get(row.number)) for row in rows
    }
    licensed = await views.licensed([*applications], context.today("cn").isoformat())
    return LatestStatements(rows, applications, latest, licensed)
