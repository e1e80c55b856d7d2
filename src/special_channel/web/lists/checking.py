"""Check an uploaded weekly list or amendment against the record; nothing is stored or signed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import Final

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import BatchListed, parse
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.charter import Charter
from special_channel.desk import amending, columns, intake
from special_channel.desk.amending import Amendment
from special_channel.desk.intake import Intake, ListHistory, ListNotice
from special_channel.desk.layout import table_of
from special_channel.desk.lists import list_of
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import AsideRow, Sheet
from special_channel.desk.similar import (
    Cells,
    ListedNumber,
    PastNumbers,
    SimilarNumbers,
    similar_numbers,
)
from special_channel.desk.table import Choices
from special_channel.desk.tables import Book
from special_channel.stores.lists import Lists, UrgencyCounts
from special_channel.stores.views import Views
from special_channel.web.http.services import DeskServices, Services
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
from special_channel.web.shell.kept_files import KeptFile
from special_channel.web.shell.uploads import (
    HeadItem,
    aside_items,
    column_words,
    fault_item,
    head_items,
    skipped_items,
)

MAX_WAITING: Final = 200
"""Drafts that are searched for a list of the same name."""

DECIDED: Final = frozenset({"done", "ended"})
"""Groups of states after which a listing needs a look."""


def further_columns(charter: Charter | None) -> frozenset[str]:
    """Return the further shared columns of the charter in force."""
    return frozenset(charter.columns if charter else ())


async def check_list(context: PageContext, book: Book, choices: Choices) -> ListReport:
    """Read a list and compare its rows without faults with the record.

    Raises:
        Malformed: As `layout.table_of` and `lists.list_of`.
    """
    own = context.own
    opted, reader = further_columns(context.document), own.desk.reader
    whole = await reader.aside(lambda: list_of(table_of(book, "list", choices), opted))
    sheet, aside = whole.parted()
    last = await _last_rows(own.stores.views)
    checked = intake.compare(sheet, await _history(own, sheet, last))
    sheet, record = checked.sheet, checked.record
    numbers = {str(row.get("number")) for row in sheet.rows}
    return ListReport(
        list=sheet.list,
        faults=tuple(fault_item(context.t, each) for each in sheet.faults),
        notes=tuple(fault_item(context.t, each) for each in checked.notes),
        near=tuple(record.near),
        look=tuple(_look(context, checked)),
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
        heads=head_items(context.t, sheet.table),
        skipped=skipped_items(sheet.table),
        aside=aside_items(context.t, aside),
        total=len(whole.rows),
        others=whole.table.others if whole.table else (),
        unnamed=whole.table.unnamed if whole.table else (),
        comments=tuple(whole.table.comments.items()) if whole.table else (),
    )


async def heads_of(context: PageContext, file: KeptFile) -> tuple[HeadItem, ...]:
    """Return the heads of a refused file, to name its columns."""
    try:
        table = await context.own.desk.reader.aside(
            lambda: table_of(file.book, "list", file.choices)
        )
    except Malformed:
        return ()
    return head_items(context.t, table)


async def compare_amendment(
    context: PageContext, row: BatchRow, book: Book, choices: Choices
) -> tuple[Amendment, tuple[AsideRow, ...]]:
    """Compare the rows of a file without faults with the list; return the others as set aside.

    Raises:
        Malformed: As `layout.table_of`, `lists.list_of` and `amending.amend`.
    """
    views, reader = context.own.stores.views, context.own.desk.reader
    opted = further_columns(context.document)
    listed = {each.row: each for each in await views.listings(row.batch, 1, MAX_ROWS)}
    rows = {each.number: each.row for each in listed.values()}
    whole = await reader.aside(lambda: list_of(table_of(book, "list", choices), opted, rows))
    sheet, aside = whole.parted()
    kept = columns.decode_rows(await views.kept_columns(row.list))
    return amending.amend(sheet, row.list, listed, kept, bare=bool(aside)), aside


def amendment_report(
    context: PageContext, amendment: Amendment, aside: Iterable[AsideRow]
) -> AmendmentReport:
    """Return the view of an amendment."""
    return AmendmentReport(
        list=amendment.sheet.list,
        faults=tuple(fault_item(context.t, each) for each in amendment.sheet.faults),
        data=amendment.data,
        rows=amendment.rows,
        line_stop=amendment.line_stops(),
        kept=amendment.kept,
        aside=aside_items(context.t, aside),
        comments=tuple(table.comments.items()) if (table := amendment.sheet.table) else (),
    )


LastRows = Mapping[str, tuple[ListingRow, Cells]]
"""Rows of the newest list that were not taken off, with their private cells, by number."""


async def _last_rows(views: Views) -> LastRows:
    newest = await views.batches(limit=1)
    if not newest:
        return {}
    kept = columns.decode_rows(await views.kept_columns(newest[0].list))
    return {
        row.number: (row, columns.cells_of(kept.get(row.row, {})))
        for row in await views.listings(newest[0].batch, 1, MAX_ROWS)
        if row.withdrawn < 0
    }


async def _history(own: Services, sheet: Sheet, last: LastRows) -> ListHistory:
    """Read the record's listings of a list's numbers."""
    numbers = [str(row.get("number")) for row in sheet.rows]
    known = frozenset(await own.stores.lists.numbers())
    past = PastNumbers(known, await _gone(own.stores.lists, numbers, last))
    return ListHistory(
        last=await own.stores.lists.counted(),
        same=await own.stores.lists.counted(sheet.list),
        waiting=await _waits(own.desk, sheet.list),
        earlier=await own.stores.lists.earlier(numbers),
        alike=await own.desk.reader.aside(lambda: intake.alike(numbers, known)),
        predecessors=await predecessors(own.stores, await own.stores.views.applications(numbers)),
        near=await own.desk.reader.aside(lambda: similar_numbers(_listed(sheet), past)),
    )


async def _gone(lists: Lists, numbers: Iterable[str], last: LastRows) -> Mapping[str, Cells]:
    """Return cells of undecided applications of the last list that this list lacks."""
    gone = {number: row for number, row in last.items() if number not in {*numbers}}
    earlier = await lists.earlier([*gone]) if gone else {}
    return {
        number: {"control_code": row.control_code, **cells}
        for number, (row, cells) in gone.items()
        if number not in earlier or bucket_of(earlier[number].cn_state) not in DECIDED
    }


def _listed(sheet: Sheet) -> Iterator[ListedNumber]:
    """Return the numbers of a file with the cells that a mistyped row would repeat."""
    kept = {each["row"]: columns.cells_of(each) for each in sheet.kept}
    for line, row in zip(sheet.lines, sheet.rows, strict=True):
        code = {"control_code": str(row["control_code"])} if row.get("control_code") else {}
        cells = kept.get(row.get("row", 0), {})
        yield ListedNumber(line, str(row.get("number", "")), code | cells)


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


def _look(context: PageContext, checked: Intake) -> Iterator[LookItem]:
    """Write what to look at, the most important first."""
    noted: dict[str, list[ListNotice]] = {}
    for notice in checked.notes:
        noted.setdefault(notice.code, []).append(notice)
    waiting = noted.pop("list-waiting", [])
    if waiting:
        yield _noted(context, waiting)
    for pair in checked.record.near:
        yield _pair(context, pair, checked.record)
    yield from _decided(context, checked)
    for code, notices in noted.items():
        if code not in intake.ROUTINE:
            yield _noted(context, notices)
    yield from _asked(context, checked.sheet)


def _asked(context: PageContext, sheet: Sheet) -> Iterator[LookItem]:
    """Write which heads can mean several columns."""
    t = context.t
    for head in sheet.table.asked() if sheet.table else ():
        known = " · ".join(column_words(t, column) for column in head.meant)
        words = t.sentence("list-head-unclear", cell=head.place, head=head.text, known=known)
        yield LookItem(code="list-head-unclear", rows=(), sentence=words.text, next=words.next_step)


def _noted(context: PageContext, notices: Sequence[ListNotice]) -> LookItem:
    first = fault_item(context.t, notices[0])
    rows = tuple(notice.row for notice in notices)
    return LookItem(code=first.code, rows=rows, sentence=first.sentence, next=first.next)


def _pair(context: PageContext, pair: SimilarNumbers, record: ListHistory) -> LookItem:
    code = f"list-near-{pair.why}"
    facts = {name: value for name, value in asdict(pair).items() if name != "why"}
    words = context.t.sentence(code, **facts, list=record.last.list if record.last else "")
    return LookItem(code=code, rows=(pair.row,), sentence=words.text, next=words.next_step)


def _decided(context: PageContext, checked: Intake) -> Iterator[LookItem]:
    """Write of which applications the other side states a decision."""
    decided = [
        (line, number, earlier.cn_state)
        for line, number, earlier in checked.reopened()
        if bucket_of(earlier.cn_state) in DECIDED
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
        yield LookItem(code="list-decided", rows=rows, sentence=words.text, next=words.next_step)
