"""The dry run of a weekly list for machine clients: the page's report as JSON.

Keeps and signs nothing. What crosses is signed by whoever holds the key, from `rows`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from aiohttp import web

from special_channel.core.bytes.errors import Malformed, NotAllowed
from special_channel.desk import columns
from special_channel.desk.intake import Intake, ListNotice
from special_channel.desk.lists import Fault
from special_channel.desk.tables import MAX_BYTES, MAX_ROWS
from special_channel.messages.catalogue import Lang, sentence
from special_channel.stores.lists import UrgencyCounts
from special_channel.web.http.bodies import chunks
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.reading.amendment import amendment_of
from special_channel.web.reading.batch import find_batch
from special_channel.web.reading.list_check import may_list, take_in
from special_channel.web.shell.context import OFFICIALS, page_context


class LineItem(Body):
    """A fault or a note of one line: `code` with its sentence and what to do next.

    `cell` is what stands in the file, in short, and `known` the words that may stand there.
    `file` and `record` are given where the file says other than the record: the record's
    value crosses.
    """

    row: int
    column: str
    code: str
    number: str = ""
    file: str = ""
    record: str = ""
    cell: str = ""
    known: str = ""
    sentence: str
    next: str


class NearItem(Body):
    """Two numbers that may be one, mistyped."""

    row: int
    number: str
    other_row: int
    other: str
    alike: bool


class EarlierItem(Body):
    """A number that stood on lists before: how often, since when, and on which one last."""

    number: str
    times: int
    first: str
    list: str
    position: str
    eu_state: str
    cn_state: str


class PredecessorItem(Body):
    """A number that stands in another's place: by whose statement, and how often that was listed.

    Nothing is added up: `times` is of `former` alone.
    """

    number: str
    former: str
    by: str
    position: str
    basis: str
    times: int
    list: str = ""


class CountedItem(Body):
    """A list with how many rows it has of each urgency."""

    list: str
    position: str = ""
    urgency: dict[str, int]


class ListReport(Body):
    """What a dry run found. With a fault nothing is to be signed.

    `rows` is what crosses, `kept` what stays at home, both as the data parts have them; `last`
    is the list before, `same` one of the same name, `reopened` the numbers known from before.
    """

    list: str
    faults: tuple[LineItem, ...]
    notes: tuple[LineItem, ...]
    near: tuple[NearItem, ...]
    counted: CountedItem
    last: CountedItem | None = None
    same: CountedItem | None = None
    waiting: bool
    reopened: tuple[EarlierItem, ...]
    linked: tuple[PredecessorItem, ...] = ()
    rows: tuple[dict[str, Any], ...]
    kept: tuple[dict[str, Any], ...]
    stays: tuple[str, ...]


@operation(Operation("Check a weekly list without signing it", response=ListReport, upload=True))
async def post_list_check(request: web.Request) -> ListReport:
    """Read a raw CSV or XLSX body, held against the record.

    Raises:
        NotAllowed: `owner` on the other side, and as `page_context`.
        Malformed: As `weekly_list`.
    """
    context = await page_context(request, *OFFICIALS)
    if not may_list(context):
        raise NotAllowed("owner", "EU lists applications.")
    found = await take_in(context.own, context.document, await _body(request))
    return _report(found, context.lang)


async def _body(request: web.Request) -> bytes:
    data = bytearray()
    async for chunk in chunks(request):
        data += chunk
        if len(data) > MAX_BYTES:
            raise Malformed("list-too-long", "The file is too large.", limit=MAX_ROWS)
    return bytes(data)


def _report(found: Intake, lang: Lang) -> ListReport:
    sheet, record = found.sheet, found.record
    return ListReport(
        list=sheet.list,
        faults=tuple(_fault(each, lang) for each in sheet.faults),
        notes=tuple(
            _line(lang, each.row, each.column, each.code, _facts(each)) for each in found.notes
        ),
        near=tuple(
            NearItem(
                row=each.row,
                number=each.number,
                other_row=each.other_row,
                other=each.other,
                alike=each.alike,
            )
            for each in sheet.near
        ),
        counted=CountedItem(list=sheet.list, urgency=found.urgency()),
        last=_counted(record.last),
        same=_counted(record.same),
        waiting=record.waiting,
        reopened=tuple(
            EarlierItem(number=number, **asdict(earlier)) for _, number, earlier in found.reopened()
        ),
        linked=tuple(
            PredecessorItem(
                number=number,
                former=each.link.former,
                by=each.link.party,
                position=each.position,
                basis=each.link.basis,
                times=each.times,
                list=each.earlier.list if each.earlier else "",
            )
            for number, linked in record.predecessors.items()
            for each in linked
        ),
        rows=sheet.rows,
        kept=sheet.kept,
        stays=sheet.columns,
    )


def _counted(counted: UrgencyCounts | None) -> CountedItem | None:
    return CountedItem(**asdict(counted)) if counted else None


def _fault(each: Fault, lang: Lang) -> LineItem:
    return _line(lang, each.row, each.column, each.code, each.facts())


def _facts(each: ListNotice) -> dict[str, str]:
    return {"number": each.number, "file": each.file, "record": each.record}


def _line(lang: Lang, row: int, column: str, code: str, facts: Mapping[str, str]) -> LineItem:
    words = sentence(code, lang, row=row, column=column, **facts)
    return LineItem(
        row=row, column=column, code=code, **facts, sentence=words.text, next=words.next_step
    )


class KeptColumns(Body):
    """The own columns of a list, by row: as `columns.kept` holds them. Never sent."""

    rows: tuple[dict[str, Any], ...]


class AmendmentReport(Body):
    """What a file amends of a list. With a fault nothing is to be signed.

    `data` is the data part's content as it crosses, of `rows` rows together.
    """

    list: str
    faults: tuple[LineItem, ...]
    data: dict[str, Any]
    rows: int
    kept: tuple[dict[str, Any], ...]


@operation(Operation("Read the own columns of a list", response=KeptColumns))
async def get_columns(request: web.Request) -> KeptColumns:
    """Return what stays at home of a list."""
    context = await page_context(request, *OFFICIALS)
    row = await find_batch(context, request.match_info["number"])
    kept = columns.decode_rows(await context.own.views.kept_columns(row.list))
    return KeptColumns(rows=tuple(kept.values()))


@operation(Operation("Check an amendment of a list", response=AmendmentReport, upload=True))
async def post_amendment_check(request: web.Request) -> AmendmentReport:
    """Compare a raw CSV or XLSX body with the list.

    Raises:
        NotAllowed: `owner` on the other side, and as `page_context`.
        NotFound: `batch-unknown`.
        Malformed: As `weekly_list` and `amending.amend`.
    """
    context = await page_context(request, *OFFICIALS)
    if not may_list(context):
        raise NotAllowed("owner", "EU lists applications.")
    row = await find_batch(context, request.match_info["number"])
    found = await amendment_of(context, row, await _body(request))
    return AmendmentReport(
        list=found.sheet.list,
        faults=tuple(_fault(each, context.lang) for each in found.sheet.faults),
        data=found.data,
        rows=found.rows,
        kept=found.kept,
    )
