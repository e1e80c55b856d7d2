"""A weekly list compared with the node's record, and the tables of the comparison.

Reads the file itself: signed rows never come back from the node. The node returns known numbers
and the counts of the list before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from special_channel.cli.machine import MACHINE
from special_channel.cli.remote import Call
from special_channel.cli.tables import Item
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Position
from special_channel.core.rows.application_facts import NumberLink
from special_channel.core.rows.batches import ListingRow
from special_channel.desk import amending, columns, intake, payloads
from special_channel.desk.amending import Amendment
from special_channel.desk.defaults import Defaults
from special_channel.desk.intake import Intake, ListHistory, ListNotice
from special_channel.desk.payloads import Fields
from special_channel.desk.sheet import Fault, Sheet
from special_channel.messages.catalogue import Fact, sentence
from special_channel.stores.lists import EarlierListings, Predecessor, UrgencyCounts
from special_channel.web.shared.capitals import ZONES


def listed_on() -> date:
    """Return the day of listing: today in Brussels."""
    return MACHINE.now().astimezone(ZONES["eu"]).date()


async def list_report(call: Call, data: bytes, query: Mapping[str, str]) -> Item:
    """Return what the node finds in a list; `query`: how its file is read.

    Raises:
        NotAllowed: `owner` for the side without lists.
    """
    path = f"/api/lists/check?{urlencode(query)}"
    report: Item = await call.node.upload(data, "application/octet-stream", path)
    return report


def compare_with_record(sheet: Sheet, report: Mapping[str, Any]) -> Intake:
    """Compare a list with the record in the node's report."""
    return intake.compare(sheet, _record(report))


def counted(sheet: Sheet, report: Mapping[str, Any]) -> Sheet:
    """Return a sheet with the record's counts of known numbers, by the node's report."""
    return intake.compare(sheet, ListHistory(earlier=_earlier(report))).sheet


def _earlier(report: Mapping[str, Any]) -> dict[str, EarlierListings]:
    return {
        str(each["number"]): EarlierListings(**{k: v for k, v in each.items() if k != "number"})
        for each in report["reopened"]
    }


def _record(report: Mapping[str, Any]) -> ListHistory:
    earlier = _earlier(report)
    last, same = (_counted(report.get(name)) for name in ("last", "same"))
    linked: dict[str, list[Predecessor]] = {}
    for each in report.get("linked", ()):
        linked.setdefault(str(each["number"]), []).append(_predecessor(each))
    return ListHistory(last, same, bool(report["waiting"]), earlier, linked)


def _predecessor(item: Mapping[str, Any]) -> Predecessor:
    stated = Position.parse(str(item["position"]))
    link = NumberLink(
        stated.party, stated.index, "", str(item["number"]), str(item["former"]), item["basis"]
    )
    listed = str(item.get("list", ""))
    return Predecessor(
        link, EarlierListings(int(item["times"]), "", listed, "") if listed else None
    )


def _counted(item: Mapping[str, Any] | None) -> UrgencyCounts | None:
    return UrgencyCounts(**item) if item else None


def show_notes(call: Call, checked: Intake) -> None:
    """Show notes by line, links to former numbers, and the urgency counts of the two lists."""
    notes, places = [], checked.sheet.list_rows()
    for each in checked.notes:
        facts = {"number": each.number, "file": each.file, "record": each.record}
        notes.append(explained(call, "note", each, places, facts) | facts)
    show_rows(call, notes, EXPLAINED)
    linked = [
        {
            "type": "linked",
            "number": number,
            "former": each.link.former,
            "position": each.position,
            "times_listed": each.times,
        }
        for number, predecessors in checked.record.predecessors.items()
        for each in predecessors
    ]
    show_rows(call, linked, ("number", "former", "position", "times_listed"))
    last = checked.record.last
    counts = [
        {
            "type": "urgency",
            "urgency": urgency,
            "rows": rows,
            "before": last.urgency.get(urgency, 0) if last else None,
        }
        for urgency, rows in checked.urgency().items()
    ]
    worded = (call.out.worded(each, urgency="urgency") for each in counts)
    call.out.rows(worded, ("urgency", "rows", "before"))


MAX_CELL: Final = 400
"""Characters of a cell that the node compares with the record."""

Findings = Sequence[Item]
"""What the node's rules of plausibility find in a file, the gravest first."""


def show_findings(call: Call, found: Findings) -> None:
    """Show findings with the line of the file and the row of the list."""
    rows = [
        call.out.worded(
            {"type": "finding", **each, "row": each["line"], "list_row": each["row"]},
            grade="sense-grade",
        )
        for each in found
    ]
    show_rows(call, rows, ("row", "list_row", "number", "grade", "sentence"))


def impossible(found: Findings) -> Findings:
    """Return the findings of rows that can't be true."""
    return [each for each in found if each["grade"] == "refuse"]


def refuse_impossible(found: Findings) -> None:
    """Refuse a file with a row that can't be true.

    Raises:
        RuleBroken: `list-impossible`, with the first such row.
    """
    refused = impossible(found)
    if refused:
        raise RuleBroken(
            "list-impossible",
            "A row states what can't be true.",
            row=refused[0]["row"],
            line=refused[0]["line"],
            number=refused[0]["number"],
            rule=refused[0]["rule"],
            count=len(refused),
            words=refused[0]["sentence"],
        )


EXPLAINED: Final = ("row", "list_row", "column", "code", "sentence", "next")
"""Columns of faults and notes."""


def explained(
    call: Call,
    type_: str,
    line: Fault | ListNotice,
    places: Mapping[int, int],
    facts: Mapping[str, Fact],
) -> Item:
    """Return a fault or a note with its sentence and the next step.

    `places`: rows of the list by line of the file.
    """
    words = sentence(line.code, call.out.lang, row=line.row, column=line.column, **facts)
    return {
        "type": type_,
        "row": line.row,
        "list_row": places.get(line.row),
        "column": line.column,
        "code": line.code,
        "sentence": words.text,
        "next": words.next_step,
    }


def show_rows(call: Call, rows: Sequence[Item], columns: Sequence[str]) -> None:
    """Print a table, unless empty and for people."""
    if rows or call.out.as_json:
        call.out.rows(rows, columns)


def summary(checked: Intake, found: Findings) -> dict[str, Any]:
    """Return the counts of the comparison."""
    grades = Counter(str(each["grade"]) for each in found)
    last = checked.record.last
    return {
        "reopens": len(checked.reopened()),
        "hints": len(checked.notes) + grades["note"],
        "impossible": grades["refuse"],
        "to_look_at": grades["confirm"],
        "list_before": f"{last.list} ({last.position})" if last else "",
    }


async def amendment_report(call: Call, number: str, data: bytes, query: Mapping[str, str]) -> Item:
    """Return what the node finds in an amendment; `query`: how its file is read."""
    path = f"/api/batches/{number}/amendment/check?{urlencode(query)}"
    report: Item = await call.node.upload(data, "application/octet-stream", path)
    return report


async def answer_look(call: Call, number: str, sheet: Sheet) -> Item:
    """Return what the node finds in an answer, before it is signed."""
    rows = [{name: value for name, value in row.items() if value} for row in sheet.rows]
    remarks = {str(row): words for row, words in sheet.remarks.items()}
    given = {
        str(row): {column: cell[:MAX_CELL] for column, cell in cells.items()}
        for row, cells in sheet.given.items()
        if cells
    }
    body = {"rows": {"rows": rows}, "remarks": remarks, "given": given}
    return dict(await call.node.post(f"/api/batches/{number}/answer/look", body))


def show_notices(call: Call, found: Findings) -> None:
    """Show what the node finds in an answer, by row of the list."""
    rows = [call.out.worded({"type": "finding", **each}, grade="sense-grade") for each in found]
    show_rows(call, rows, ("row", "code", "grade", "text"))


async def amending_of(
    call: Call, number: str, read: Callable[[str, Defaults], Sheet]
) -> tuple[Amendment, str]:
    """Compare a file with the amended list; return the amendment and the batch's id.

    `read`: reads the file as a list, by the amended list's number, with its rows and ranks.

    Raises:
        Malformed: As `lists.list_of` and `amending.amend`.
        NotFound: `batch-unknown`.
    """
    query: dict[str, str | int] = {"first": 1, "limit": 2000}
    batch, *rows = (await call.node.get(f"/api/batches/{number}", query))["items"]
    listings = {int(row["row"]): _listing(str(batch["batch"]), row) for row in rows}
    defaults = Defaults(
        listed_on(),
        {each.number: each.row for each in listings.values()},
        {each.number: each.rank for each in listings.values()},
    )
    sheet = read(str(batch["list"]), defaults)
    columns = await _private_columns(call, number)
    return amending.amend(sheet, str(batch["list"]), listings, columns), str(batch["batch"])


async def kept_with(call: Call, number: str, sheet: Sheet) -> tuple[Fields, ...]:
    """Return a sheet's private columns, merged with the stored ones of the list's other rows."""
    new = [row for row in sheet.kept if columns.cells_of(row)]
    return columns.merge_rows(await _private_columns(call, number), new) if new else ()


async def private_cells(call: Call, number: str) -> dict[int, dict[str, str]]:
    """Return the cells of a list's private columns, by row."""
    rows = await _private_columns(call, number)
    return {row: columns.cells_of(each) for row, each in rows.items()}


async def _private_columns(call: Call, number: str) -> dict[int, Fields]:
    rows = (await call.node.get(f"/api/batches/{number}/columns"))["rows"]
    return {int(row["row"]): row for row in rows}


def _listing(batch: str, row: Mapping[str, Any]) -> ListingRow:
    withdrawn = row.get("withdrawn_in")
    return ListingRow(
        batch=batch,
        row=int(row["row"]),
        number=str(row["number"]),
        urgency=str(row["urgency"]),
        rank=int(row["rank"]),
        first_listed=str(row["first_listed"]),
        times_listed=int(row["times_listed"]),
        stop_on=str(row.get("stop_on", "")),
        withdrawn=Position.parse(withdrawn).index if withdrawn else -1,
    )


def show_changes(call: Call, amendment: Amendment) -> None:
    """Show added, changed and withdrawn rows."""
    rows = [
        {
            "type": ("changed" if each.before else "added") if each.after else "withdrawn",
            "row": each.row,
            "number": each.number,
            "before": _cell(call, each.before or ()),
            "after": _cell(call, each.after) if each.after else each.reason,
        }
        for each in amendment.changes
    ]
    if not call.out.as_json:
        worded = (call.out.worded(row, type="amendment") for row in rows)
        call.out.rows(worded, ("type", "row", "number", "before", "after"))


def _cell(call: Call, values: Iterable[str]) -> str:
    """Return urgency, rank and stop date in a cell, the urgency by its label."""
    return " ".join(call.out.label("urgency", each) for each in values).strip()


def show_amendment(call: Call, amendment: Amendment, *, show_bytes: bool) -> None:
    """Show an amendment's counts; `show_bytes` adds the bytes to sign, without the salt."""
    part = payloads.amendment_part(payloads.PREVIEW_SALT, amendment.data).decode()
    summary: dict[str, Any] = {
        "list": amendment.sheet.list,
        **{name: len(rows) for name, rows in amendment.data.items() if isinstance(rows, list)},
        "amended": amendment.rows,
        "size": len(part.encode()),
    }
    if show_bytes:
        summary["bytes"] = part
    call.out.document(summary)
