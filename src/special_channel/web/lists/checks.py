"""Check an uploaded weekly list, or an amendment, against the record. Stores and signs nothing."""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.entries import BatchListed, parse
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.charter import Charter
from special_channel.desk import amending, columns, intake
from special_channel.desk.amending import Amendment
from special_channel.desk.intake import ListHistory
from special_channel.desk.lists import Sheet
from special_channel.stores.lists import UrgencyCounts
from special_channel.web.http.services import DeskServices, Services
from special_channel.web.lists.queries import predecessor_item, predecessors
from special_channel.web.lists.views import (
    MAX_ROWS,
    AmendmentReport,
    EarlierItem,
    ListReport,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.uploads import fault_item

MAX_WAITING: Final = 200
"""Drafts that are searched for a list of the same name."""


def refuse_other_side(context: PageContext) -> None:
    """Refuse a reader of the side without lists.

    Raises:
        NotAllowed: `owner`.
    """
    if not context.writes_for("eu"):
        raise NotAllowed("owner", "EU lists applications.")


def further_columns(charter: Charter | None) -> frozenset[str]:
    """Return the further shared columns of the charter in force."""
    return frozenset(charter.columns if charter else ())


async def check_list(context: PageContext, data: bytes) -> ListReport:
    """Read a list and compare it with the record.

    Raises:
        Malformed, Unavailable: As `Reader.weekly_list`.
    """
    own = context.own
    sheet = await own.desk.reader.weekly_list(data, further_columns(context.document))
    checked = intake.compare(sheet, await _history(own, sheet))
    sheet, record = checked.sheet, checked.record
    return ListReport(
        list=sheet.list,
        faults=tuple(fault_item(context.t, each) for each in sheet.faults),
        notes=tuple(fault_item(context.t, each) for each in checked.notes),
        near=sheet.near,
        counted=UrgencyCounts(sheet.list, checked.urgency()),
        last=record.last,
        same=record.same,
        waiting=record.waiting,
        reopened=tuple(
            EarlierItem(number=number, **asdict(earlier))
            for _, number, earlier in checked.reopened()
        ),
        linked=tuple(
            predecessor_item(number, each)
            for number, former in record.predecessors.items()
            for each in former
        ),
        rows=sheet.rows,
        lines=sheet.lines,
        kept=sheet.kept,
        stays=sheet.columns,
    )


async def compare_amendment(context: PageContext, row: BatchRow, data: bytes) -> Amendment:
    """Compare a file with the list that it amends.

    Raises:
        Malformed: As `Reader.weekly_list` and `amending.amend`.
    """
    views = context.own.stores.views
    sheet = await context.own.desk.reader.weekly_list(data, further_columns(context.document))
    listed = {each.row: each for each in await views.listings(row.batch, 1, MAX_ROWS)}
    kept = columns.decode_rows(await views.kept_columns(row.list))
    return amending.amend(sheet, row.list, listed, kept)


def amendment_report(context: PageContext, amendment: Amendment) -> AmendmentReport:
    """Return the view of an amendment."""
    return AmendmentReport(
        list=amendment.sheet.list,
        faults=tuple(fault_item(context.t, each) for each in amendment.sheet.faults),
        data=amendment.data,
        rows=amendment.rows,
        line_stop=amendment.line_stops(),
        kept=amendment.kept,
    )


async def _history(own: Services, sheet: Sheet) -> ListHistory:
    """Read the record's listings of a list's numbers."""
    numbers = [str(row.get("number")) for row in sheet.rows]
    known = await own.stores.lists.numbers()
    return ListHistory(
        last=await own.stores.lists.counted(),
        same=await own.stores.lists.counted(sheet.list),
        waiting=await _waits(own.desk, sheet.list),
        earlier=await own.stores.lists.earlier(numbers),
        alike=await own.desk.reader.aside(lambda: intake.alike(numbers, known)),
        predecessors=await predecessors(own.stores, await own.stores.views.applications(numbers)),
    )


async def _waits(desk: DeskServices, name: str) -> bool:
    drafts = (await desk.clearances.waiting())[:MAX_WAITING]
    entries = (parse(dsse.decode(draft.envelope).payload) for draft in drafts)
    return any(isinstance(entry, BatchListed) and entry.body.list == name for entry in entries)
