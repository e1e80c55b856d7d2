"""Check an uploaded weekly list or amendment against the record; nothing is stored or signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from typing import Final

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import AmendmentSheet, BatchListed, parse, parse_model
from special_channel.core.rows.batches import BatchRow
from special_channel.core.rows.charter import Charter
from special_channel.core.sense.findings import Finding
from special_channel.desk import amending, columns, intake
from special_channel.desk.amending import Amendment
from special_channel.desk.defaults import Defaults
from special_channel.desk.intake import Intake, ListHistory, ListNotice
from special_channel.desk.layout import table_of
from special_channel.desk.list_checks import readable
from special_channel.desk.lists import list_of
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import AsideRow, Sheet
from special_channel.desk.table import Choices, Table
from special_channel.desk.tables import Book
from special_channel.messages.catalogue import Catalogue
from special_channel.stores.lists import UrgencyCounts
from special_channel.web.http.services import DeskServices, Services
from special_channel.web.lists.file_views import (
    AmendmentReport,
    EarlierItem,
    ListReport,
    LookItem,
    StopAsideItem,
)
from special_channel.web.lists.findings import SenseReport, sense_report
from special_channel.web.lists.queries import predecessor_item, predecessors
from special_channel.web.lists.views import MAX_ROWS
from special_channel.web.shared.states import bucket_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.kept_files import KeptFile
from special_channel.web.shell.listings import (
    DECIDED,
    LastRows,
    check_amended,
    check_rows,
    last_rows,
)
from special_channel.web.shell.uploads import (
    AsideItem,
    HeadItem,
    aside_items,
    column_words,
    fault_item,
    head_items,
    skipped_items,
)

MAX_WAITING: Final = 200
"""Drafts that are searched for a list of the same name."""


def further_columns(charter: Charter | None) -> frozenset[str]:
    """Return the further shared columns of the charter in force."""
    return frozenset(charter.columns if charter else ())


async def check_list(context: PageContext, book: Book, choices: Choices) -> ListReport:
    """Read a list and compare its good rows with the record; the others are set aside.

    Raises:
        Malformed: As `layout.table_of` and `lists.list_of`.
    """
    own, t = context.own, context.t
    opted, reader = further_columns(context.document), own.desk.reader
    defaults = Defaults(context.today("eu"))
    whole = await reader.aside(lambda: list_of(table_of(book, "list", choices), opted, defaults))
    good, aside = whole.parted()
    last = await last_rows(own.stores.views)
    checked, found = await _compared(context, good, last)
    sheet, record = checked.sheet, checked.record
    sense, places = sense_report(t, good, found), sheet.list_rows()
    numbers = {str(row.get("number")) for row in sheet.rows}
    table = whole.table or Table((), ())
    return ListReport(
        list=sheet.list,
        stops_aside=_stops_aside(t, whole, sheet),
        faults=tuple(fault_item(t, each, places) for each in sheet.faults),
        notes=(*(fault_item(t, each, places) for each in checked.notes), *sense.notes),
        findings=sense.items,
        confirm=sense.confirm,
        look=(
            *_looks_of(context, checked, sense),
            *_noted(context, checked, places),
            *_asked(context, table),
        ),
        again=len(numbers & last.keys()),
        gone=len(last.keys() - numbers),
        first_stop=_first_stop(sheet.rows),
        counted=UrgencyCounts(sheet.list, checked.urgency()),
        last=record.last,
        same=record.same,
        waiting=record.waiting,
        reopened=_earlier(checked),
        linked=tuple(
            predecessor_item(number, each)
            for number, former in record.predecessors.items()
            for each in former
        ),
        rows=sheet.rows,
        lines=sheet.lines,
        kept=sheet.kept,
        stays=sheet.columns,
        stays_named=tuple(column_words(t, each) for each in sheet.columns),
        heads=head_items(t, table),
        skipped=skipped_items(table),
        aside=_by_line(aside_items(t, aside), sense),
        total=len(whole.rows),
        others=table.others,
        unnamed=table.unnamed,
        comments=tuple(table.comments.items()),
        filled=table.filled,
    )


async def _compared(
    context: PageContext, sheet: Sheet, last: LastRows
) -> tuple[Intake, Sequence[Finding]]:
    """Compare rows with the record, without the rows that can't be true; return all findings."""
    refused: list[Finding] = []
    while True:
        checked = intake.compare(sheet, await _history(context.own, sheet))
        rows = checked.sheet
        found = await check_rows(context, readable(rows.rows), rows.kept, last)
        impossible = _impossible(found)
        if not impossible:
            return checked, [*refused, *found]
        # The other rows are looked at again: what they show together may rest on a refused one.
        refused += impossible
        sheet = _without(sheet, impossible)


def _impossible(found: Sequence[Finding]) -> Sequence[Finding]:
    return [each for each in found if each.grade == "refuse"]


def _without(sheet: Sheet, refused: Sequence[Finding]) -> Sheet:
    lines = {row: line for line, row in sheet.list_rows().items()}
    good, _ = sheet.without({lines[each.row] for each in refused})
    return good


def _stops_aside(t: Catalogue, whole: Sheet, ready: Sheet) -> tuple[StopAsideItem, ...]:
    """Write the line stops of a file that are not among its rows that are ready."""
    return tuple(
        StopAsideItem(line=each.line, row=each.row, number=each.number, sentence=each.said(t))
        for each in whole.stops_aside(frozenset(ready.lines))
    )


def _by_line(aside: Sequence[AsideItem], sense: SenseReport) -> tuple[AsideItem, ...]:
    return tuple(sorted((*aside, *sense.aside), key=lambda each: each.line))


async def heads_of(context: PageContext, file: KeptFile) -> tuple[HeadItem, ...]:
    """Return the heads of a refused file, to name its columns."""
    try:
        table = await context.own.desk.reader.aside(
            lambda: table_of(file.book, "list", file.choices)
        )
    except Malformed:
        return ()
    return head_items(context.t, table)


async def list_named_in(context: PageContext, file: KeptFile) -> str:
    """Return the number of the list that a file names.

    Raises:
        Malformed: As `layout.table_of` and `lists.list_of`.
    """
    opted = further_columns(context.document)
    read = context.own.desk.reader.aside
    defaults = Defaults(context.today("eu"))
    sheet = await read(lambda: list_of(table_of(file.book, "list", file.choices), opted, defaults))
    return sheet.list


async def compare_amendment(
    context: PageContext, row: BatchRow, book: Book, choices: Choices
) -> tuple[Amendment, AmendmentReport]:
    """Compare the good rows of a file with the list that it amends; the others are set aside.

    Raises:
        Malformed: As `layout.table_of`, `lists.list_of` and `amending.amend`.
    """
    views, reader = context.own.stores.views, context.own.desk.reader
    opted = further_columns(context.document)
    listed = {each.row: each for each in await views.listings(row.batch, 1, MAX_ROWS)}
    defaults = Defaults(
        context.today("eu"),
        {each.number: each.row for each in listed.values()},
        {each.number: each.rank for each in listed.values()},
    )
    # A file for this list need not name it.
    choices = replace(choices, list=choices.list or row.list)
    whole = await reader.aside(lambda: list_of(table_of(book, "list", choices), opted, defaults))
    good, aside = whole.parted()
    # A row that is added counts as on a new list: one listing more than the record.
    added = [
        str(each.get("number")) for each in good.rows if each.get("number") not in defaults.rows
    ]
    earlier = await context.own.stores.lists.earlier(added) if added else {}
    kept = columns.decode_rows(await views.kept_columns(row.list))
    sheet, refused = good, list[Finding]()
    while True:
        bare = bool(aside or refused)
        # What is told of a comparison is told of the rows that are left.
        counted = intake.compare(sheet, ListHistory(earlier=earlier))
        amendment = amending.amend(counted.sheet, row.list, listed, kept, bare=bare)
        found = await _amended(context, row, amendment)
        impossible = _impossible(found)
        if not impossible:
            break
        refused += impossible
        sheet = _without(sheet, impossible)
    sense = sense_report(context.t, good, [*refused, *found])
    report = _amendment_report(context, amendment, aside, sense, counted)
    stops = _stops_aside(context.t, whole, sheet)
    return amendment, report.model_copy(update={"stops_aside": stops})


async def _amended(context: PageContext, row: BatchRow, amendment: Amendment) -> Sequence[Finding]:
    """Return what the rules find in an amendment without faults."""
    if amendment.sheet.faults or not amendment.rows:
        return ()
    signed = parse_model(AmendmentSheet, canonical.dumps(amendment.data))
    return await check_amended(context, row, signed, amendment.kept)


def _amendment_report(
    context: PageContext,
    amendment: Amendment,
    aside: Sequence[AsideRow],
    sense: SenseReport,
    counted: Intake,
) -> AmendmentReport:
    sheet, t = amendment.sheet, context.t
    places, table = sheet.list_rows(), sheet.table or Table((), ())
    return AmendmentReport(
        list=sheet.list,
        faults=tuple(fault_item(t, each, places) for each in sheet.faults),
        notes=(*(fault_item(t, each, places) for each in counted.notes), *sense.notes),
        findings=sense.items,
        confirm=sense.confirm,
        reopened=_earlier(counted),
        look=(*sense.look, *_asked(context, table)),
        data=amendment.data,
        rows=amendment.rows,
        line_stop=amendment.line_stops(),
        kept=amendment.kept,
        heads=head_items(t, table),
        skipped=skipped_items(table),
        aside=_by_line(aside_items(t, aside), sense),
        others=table.others,
        unnamed=table.unnamed,
        comments=tuple(table.comments.items()),
        filled=table.filled,
    )


def _earlier(checked: Intake) -> tuple[EarlierItem, ...]:
    """Write the earlier listings of known numbers."""
    return tuple(
        EarlierItem(number=number, **asdict(earlier)) for _, number, earlier in checked.reopened()
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


def _asked(context: PageContext, table: Table) -> Iterator[LookItem]:
    """Write which heads can mean several columns."""
    t = context.t
    for head in table.asked():
        known = " · ".join(column_words(t, column) for column in head.meant)
        words = t.sentence("list-head-unclear", cell=head.place, head=head.text, known=known)
        yield LookItem(code="list-head-unclear", rows=(), sentence=words.text, next=words.next_step)


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
    places = checked.sheet.list_rows()
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
