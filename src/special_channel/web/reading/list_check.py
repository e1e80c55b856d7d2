"""Reads an uploaded weekly list beside the record, for its dry run. Keeps and signs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import BatchListed, parse
from special_channel.core.entries.batches import OPTED
from special_channel.core.rows.charter import Charter
from special_channel.core.rules.releasing import release_of
from special_channel.desk import intake, payloads
from special_channel.desk.columns import cells_of
from special_channel.desk.intake import Intake, ListHistory, ListNotice
from special_channel.desk.lists import Fault, Sheet
from special_channel.desk.payloads import Fields
from special_channel.web.http.services import Services
from special_channel.web.pages.list_check import (
    FaultLine,
    KeptPart,
    LineSeen,
    ListCheckPage,
    NearLine,
    UrgencyLine,
)
from special_channel.web.reading.linked import predecessors
from special_channel.web.shell.context import PageContext

MAX_WAITING = 200
"""Drafts that are looked through for a list of the same name."""


def may_list(context: PageContext) -> bool:
    """Tell whether the reader's side lists applications, and their role writes."""
    return context.writes and context.party == "eu"


def opted(charter: Charter | None) -> frozenset[str]:
    """Return the further shared columns that both sides opted in."""
    return frozenset(charter.columns if charter else ())


async def take_in(own: Services, charter: Charter | None, data: bytes) -> Intake:
    """Read a list and hold it against the record.

    Raises:
        Malformed, Unavailable: As `Reader.weekly_list`.
    """
    sheet = await own.reader.weekly_list(data, opted(charter))
    return intake.compare(sheet, await record_of(own, sheet))


async def record_of(own: Services, sheet: Sheet) -> ListHistory:
    """Read what the record holds of a list's numbers, and of lists before it."""
    numbers = [str(row.get("number")) for row in sheet.rows]
    earlier = await own.lists.earlier(numbers)
    known = await own.lists.numbers()
    alike = await own.reader.aside(lambda: intake.alike(numbers, known))
    last, same = await own.lists.counted(), await own.lists.counted(sheet.list)
    linked = await predecessors(own, await own.views.applications(numbers))
    return ListHistory(last, same, await _waits(own, sheet.list), earlier, alike, linked)


async def _waits(own: Services, name: str) -> bool:
    waiting = await own.clearances.waiting()
    entries = (parse(dsse.decode(item.envelope).payload) for item in waiting[:MAX_WAITING])
    return any(isinstance(entry, BatchListed) and entry.body.list == name for entry in entries)


async def list_check(context: PageContext, file: str, data: bytes) -> ListCheckPage:
    """Check a list as the command line does."""
    try:
        found = await take_in(context.own, context.document, data)
    except Malformed as error:
        return ListCheckPage(file, refused=(error.code, tuple(error.facts.items())))
    return _page(context, file, found)


def _page(context: PageContext, file: str, found: Intake) -> ListCheckPage:
    sheet, charter = found.sheet, context.document
    part = b"" if sheet.faults else payloads.sheet_part(payloads.PREVIEW_SALT, "list", sheet.rows)
    agreed = opted(charter)
    return ListCheckPage(
        file=file,
        list=sheet.list,
        rows=len(sheet.rows),
        faults=tuple(line_of(each, **each.facts()) for each in sheet.faults),
        notes=tuple(
            line_of(each, number=each.number, file=each.file, record=each.record)
            for each in found.notes
        ),
        near=tuple(
            NearLine(each.row, each.number, each.other_row, each.other, each.alike)
            for each in sheet.near
        ),
        urgency=_urgency(found),
        last=(found.record.last.list, found.record.last.position) if found.record.last else None,
        reopened=len(found.reopened()),
        linked=len(found.record.predecessors),
        lines=_lines(found),
        crosses=tuple(sheet.filled().items()),
        agreed=tuple(sorted(agreed & OPTED)),
        not_agreed=tuple(sorted(OPTED - agreed)),
        charter=context.charter.number if context.charter else 0,
        part=part.decode(),
        body=_body(sheet),
        stays=sheet.columns,
        kept=kept_part(context, sheet.list, sheet.kept) if part and sheet.kept else None,
        release=release_of(charter, "batch.listed", line_stop=found.urgency()["line_stop"] > 0),
    )


def line_of(each: ListNotice | Fault, **facts: str) -> FaultLine:
    """Write a fault or a note with the facts of its sentence."""
    said: dict[str, str | int] = {"row": each.row, "column": each.column, **facts}
    return FaultLine(each.row, each.column, each.code, tuple(said.items()))


def _urgency(found: Intake) -> tuple[UrgencyLine, ...]:
    last: Mapping[str, int] = found.record.last.urgency if found.record.last else {}
    return tuple(
        UrgencyLine(urgency, rows, last.get(urgency, 0))
        for urgency, rows in found.urgency().items()
    )


def _lines(found: Intake) -> tuple[LineSeen, ...]:
    sheet = found.sheet
    reasons = {str(each["number"]): cells_of(each).get(intake.REASON, "") for each in sheet.kept}
    return tuple(
        LineSeen(
            line=line,
            number=number,
            urgency=str(row.get("urgency", "")),
            rank=str(row.get("rank", "")),
            reason=reasons.get(number, ""),
            times=str(row.get("times_listed", "")),
            earlier=found.record.earlier.get(number),
            predecessors=tuple(found.record.predecessors.get(number, ())),
        )
        for line, row in zip(sheet.lines, sheet.rows, strict=True)
        for number in (str(row.get("number", "")),)
    )


def kept_part(context: PageContext, list_: str, rows: Sequence[Fields]) -> KeptPart:
    """Return columns that stay as they are signed into the private log."""
    part = payloads.columns_part(payloads.PREVIEW_SALT, rows)
    body = canonical.dumps({"list": list_, "rows": len(rows)}).decode()
    return KeptPart(part.decode(), body, context.own.identity.private_origin)


def _body(sheet: Sheet) -> str:
    return canonical.dumps({"list": sheet.list, "rows": len(sheet.rows)}).decode()
