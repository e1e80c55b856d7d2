"""Read CN's latest statement of each row of a weekly list, and the days of a list's checks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.days import working_days
from special_channel.core.sense.list_case import ListAround
from special_channel.desk.answers import (
    AnswerRecord,
    PrefilledRow,
    answered_here,
    papers_asked_for,
    prefilled,
)
from special_channel.desk.tables import MAX_ROWS
from special_channel.web.shell.context import PageContext


@dataclass(frozen=True, slots=True)
class StatedRows:
    """A list with what CN answered last, without the values that each row is filled in with.

    Attributes:
        rows: Rows of the list, in order.
        last: The row with the last answer on whatever list, by number; without unanswered ones.
        applications: Applications by number, of the rows asked for.
    """

    rows: Sequence[ListingRow]
    last: Mapping[str, ListingRow]
    applications: Mapping[str, ApplicationRow]

    def here(self, row: ListingRow) -> bool:
        """Tell whether the last answer to a row's application is in this list."""
        return answered_here(row, self.last.get(row.number))


@dataclass(frozen=True, slots=True)
class LatestStatements:
    """A list with the latest statements.

    Attributes:
        rows: Rows of the list, in order.
        applications: Applications of the list, by number.
        latest: CN's latest statement by row, on whatever list.
    """

    rows: Sequence[ListingRow]
    applications: Mapping[str, ApplicationRow]
    latest: Mapping[int, PrefilledRow]


async def answer_record(
    context: PageContext, statements: LatestStatements, names: tuple[str, ...]
) -> AnswerRecord:
    """Return the record data with which the rows of an answer are checked.

    `names`: names of companies in private columns.
    """
    today = context.today("cn")
    numbers = [*statements.applications]
    licensed = await context.own.stores.views.licensed(numbers, today.isoformat())
    return AnswerRecord(
        {row.row: row for row in statements.rows},
        statements.applications,
        working_days(context.calendar("cn")),
        today,
        names,
        licensed,
        papers_asked_for(statements.latest.values()),
    )


def list_around(context: PageContext) -> ListAround:
    """Return the days and the opted columns with which a list is checked now."""
    opted = frozenset(context.document.columns if context.document else ())
    days = working_days(context.calendar("cn"))
    return ListAround(context.today("cn"), context.today("eu"), opted, days=days)


async def stated_rows(
    context: PageContext, batch: EntryId, shown: slice = slice(None)
) -> StatedRows:
    """Read the rows of a list with the last answers; applications of the rows `shown` alone."""
    views = context.own.stores.views
    # An application on this list alone was answered here or nowhere.
    rows, again = await asyncio.gather(
        views.listings(batch, 1, MAX_ROWS), views.listed_elsewhere(batch)
    )
    last = {row.number: row for row in rows if row.answered >= 0}
    last |= await views.last_answers(again) if again else {}
    applications = await views.applications([row.number for row in rows[shown]])
    return StatedRows(rows, last, applications)


async def latest_statements(context: PageContext, batch: EntryId) -> LatestStatements:
    """Read the rows of a list with CN's latest statements."""
    stated = await stated_rows(context, batch)
    latest = {
        row.row: prefilled(row, stated.last.get(row.number), stated.applications.get(row.number))
        for row in stated.rows
    }
    return LatestStatements(stated.rows, stated.applications, latest)
