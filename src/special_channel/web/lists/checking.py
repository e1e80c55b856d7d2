"""Check an uploaded weekly list or amendment against the record; nothing is stored or signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Final

from special_channel.core.bytes import canonical, dsse
from special_channel.core.entries import AmendmentSheet, BatchListed, parse, parse_model
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.charter import Charter
from special_channel.core.sense.findings import Finding
from special_channel.desk import amending, columns, intake
from special_channel.desk.amending import Amendment
from special_channel.desk.intake import Intake, ListHistory, ListNotice
from special_channel.desk.list_checks import readable
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import Sheet
from special_channel.stores.lists import UrgencyCounts
from special_channel.web.http.services import DeskServices, Services
from special_channel.web.lists.findings import SenseReport, list_rows, sense_report
from special_channel.web.lists.queries import predecessor_item, predecessors
from special_channel.web.lists.views import (
    MAX_ROWS,
    AmendmentReport,
    EarlierItem,
    ListReport,
    LookItem,
)
from special_channel.web.shared.states import bucket_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.listings import DECIDED, check_amended, check_rows, last_rows
from special_channel.web.shell.uploads import fault_item

MAX_WAITING: Final = 200
"""Drafts that are searched for a list of the same name."""


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
    last = await last_rows(own.stores.views)
    checked = intake.compare(sheet, await _history(own, sheet))
    sheet, record = checked.sheet, checked.record
    found = await check_rows(context, readable(sheet.rows), sheet.kept, last)
    sense = sense_report(context.t, sheet, found)
    numbers, places = {str(row.get("number")) for row in sheet.rows}, list_rows(sheet)
    faults = [fault_item(context.t, each, places) for each in sheet.faults]
    notes = [fault_item(context.t, each, places) for each in checked.notes]
    return ListReport(
        list=sheet.list,
        faults=tuple(sorted((*faults, *sense.refused), key=lambda fault: fault.row)),
        notes=(*notes, *sense.notes),
        findings=sense.items,
        look=(*_looks_of(context, checked, sense), *_noted(context, checked, places)),
        again=len(numbers & last.keys()),
        gone=len(last.keys() - numbers),
        first_stop=_first_stop(sheet.rows),
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


async def compare_amendment(
    context: PageContext, row: BatchRow, data: bytes
) -> tuple[Amendment, AmendmentReport]:
    """Compare a file with the list that it amends; return the amendment and its view.

    Raises:
        Malformed: As `Reader.weekly_list` and `amending.amend`.
    """
    views = context.own.stores.views
    sheet = await context.own.desk.reader.weekly_list(data, further_columns(context.document))
    listed = {each.row: each for each in await views.listings(row.batch, 1, MAX_ROWS)}
    kept = columns.decode_rows(await views.kept_columns(row.list))
    amendment = amending.amend(sheet, row.list, listed, kept)
    found: Sequence[Finding] = ()
    if not amendment.sheet.faults:
        signed = parse_model(AmendmentSheet, canonical.dumps(amendment.data))
        found = await check_amended(context, row, signed, amendment.kept)
    return amendment, _amendment_report(context, amendment, found)


def _amendment_report(
    context: PageContext, amendment: Amendment, found: Sequence[Finding]
) -> AmendmentReport:
    sheet = amendment.sheet
    sense, places = sense_report(context.t, sheet, found), list_rows(sheet)
    return AmendmentReport(
        list=sheet.list,
        faults=(*(fault_item(context.t, each, places) for each in sheet.faults), *sense.refused),
        notes=sense.notes,
        findings=sense.items,
        look=sense.look,
        data=amendment.data,
        rows=amendment.rows,
        line_stop=amendment.line_stops(),
        kept=amendment.kept,
    )


async def _history(own: Services, sheet: Sheet) -> ListHistory:
    """Read the record's listings of a list's numbers."""
    numbers = [str(row.get("number")) for row in sheet.rows]
    return ListHistory(
        last=await own.stores.lists.counted(),
        same=await own.stores.lists.counted(sheet.list),
        waiting=await _waits(own.desk, sheet.list),
        earlier=await own.stores.lists.earlier(numbers),
        predecessors=await predecessors(own.stores, await own.stores.views.applications(numbers)),
    )


async def _waits(desk: DeskServices, name: str) -> bool:
    drafts = (await desk.clearances.waiting())[:MAX_WAITING]
    entries = (parse(dsse.decode(draft.envelope).payload) for draft in drafts)
    return any(isinstance(entry, BatchListed) and entry.body.list == name for entry in entries)


def _first_stop(rows: Iterable[Fields]) -> date | None:
    days = (str(row.get("stop_on") or "") for row in rows)
    return min((day for day in map(_day, days) if day), default=None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None  # the column has a fault


def _looks_of(context: PageContext, checked: Intake, sense: SenseReport) -> Iterator[LookItem]:
    """Write what to look at before the file is signed, the most important first."""
    waiting = [notice for notice in checked.notes if notice.code == "list-waiting"]
    if waiting:
        yield _look_at(context, waiting, {})
    yield from sense.look
    told = {each.row for each in sense.items if each.rule == "S-018"}
    yield from _decided(context, checked, told)


def _noted(context: PageContext, checked: Intake, places: Mapping[int, int]) -> Iterator[LookItem]:
    """Write the other notices of the comparison."""
    noted: dict[str, list[ListNotice]] = {}
    for notice in checked.notes:
        if notice.code not in {*intake.ROUTINE, "list-waiting"}:
            noted.setdefault(notice.code, []).append(notice)
    for notices in noted.values():
        yield _look_at(context, notices, places)


def _look_at(
    context: PageContext, notices: Sequence[ListNotice], places: Mapping[int, int]
) -> LookItem:
    first = fault_item(context.t, notices[0], places)
    rows = tuple(notice.row for notice in notices)
    return LookItem(
        code=first.code,
        rows=rows,
        list_rows=tuple(places[row] for row in rows if row in places),
        sentence=first.sentence,
        next=first.next,
    )


def _decided(
    context: PageContext, checked: Intake, told: frozenset[int] | set[int]
) -> Iterator[LookItem]:
    """Write of which applications the other side states a decision.

    `told`: rows of which a finding says so.
    """
    places = list_rows(checked.sheet)
    decided = [
        (line, number, earlier.cn_state)
        for line, number, earlier in checked.reopened()
        if bucket_of(earlier.cn_state) in DECIDED and places.get(line) not in told
    ]
    if decided:
        _, number, state = decided[0]
        words = context.t.sentence(
            "list-decided",
            number=number,
            side=context.t.label("side", "cn"),
            state=context.t.label("state", state),
        )
        rows = tuple(line for line, _, _ in decided)
        yield LookItem(
            code="list-decided",
            rows=rows,
            list_rows=tuple(places[row] for row in rows if row in places),
            sentence=words.text,
            next=words.next_step,
        )
