"""Write what the rules of plausibility find in a file, with its lines and the rows of the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.bytes import canonical
from special_channel.core.bytes.times import instant
from special_channel.core.entries import ReturnRow
from special_channel.core.rows.batches import BatchRow
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Finding, Grade
from special_channel.core.sense.read_rows import read_return, read_row
from special_channel.core.sense.reasons import written_once
from special_channel.desk.lists import LIST_COLUMNS, SHOWN
from special_channel.desk.sheet import Sheet
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.sense import said
from special_channel.web.lists.file_views import LookItem, SenseItem
from special_channel.web.lists.views import BatchDetail
from special_channel.web.shared.capitals import ZONES
from special_channel.web.shell.reasons import ConfirmItem, Sheeted, to_confirm
from special_channel.web.shell.uploads import AsideFault, AsideItem, FaultItem, column_words

_COLUMNS: Final[Mapping[str, str]] = {field: name for name, (field, _) in LIST_COLUMNS.items()}
"""Columns of the file by field."""

_LOOKED_AT: Final = frozenset({"S-007"})
"""Rules whose notes are looked at as well: a number can be corrected before the signature alone."""


@dataclass(frozen=True, slots=True)
class SenseReport:
    """Findings of a file in the reader's language.

    Attributes:
        items: Every finding, the gravest first.
        aside: Rows that can't be true, as lines set aside.
        confirm: What needs a reason, by rule.
        look: What needs a second look, by rule.
        notes: What else may be worth knowing, by rule.
    """

    items: tuple[SenseItem, ...]
    aside: tuple[AsideItem, ...]
    confirm: tuple[ConfirmItem, ...]
    look: tuple[LookItem, ...]
    notes: tuple[FaultItem, ...]


def sense_report(t: Catalogue, sheet: Sheet, found: Sequence[Finding]) -> SenseReport:
    """Write findings in the reader's language; `sheet`: with rows that can't be true."""
    lines = {row: line for line, row in sheet.list_rows().items()}
    numbers = {row.get("row"): str(row.get("number", "")) for row in sheet.rows}
    corrected = {
        row for line in sheet.rows if line.get("corrects") and isinstance(row := line["row"], int)
    }
    items = tuple(
        SenseItem(
            rule=each.rule,
            grade=each.grade,
            row=each.row,
            line=lines.get(each.row, 0),
            number=numbers.get(each.row, ""),
            fields=each.fields,
            sentence=said(t, each),
        )
        for each in found
    )
    kinds = [(each.rule, each.variant) for each in found]
    # What is looked at names its rows in one line: they must share the whole sentence.
    same = [(*kind, each.sentence) for kind, each in zip(kinds, items, strict=True)]
    notes = _groups(items, kinds, "note")
    numbers_alike = [group for group in notes if group[0].rule in _LOOKED_AT]
    alike = [group for group in _groups(items, same, "note") if group[0].rule in _LOOKED_AT]
    return SenseReport(
        items,
        _aside(t, sheet, [each for each in items if each.grade == "refuse"]),
        to_confirm(t, found, Sheeted(len(sheet.rows), lines, corrected)),
        tuple(_look(t, each) for each in alike),
        tuple(
            note
            for group in notes
            if group not in numbers_alike
            for note in _notes(t, group, len(sheet.rows))
        ),
    )


def _aside(t: Catalogue, sheet: Sheet, refused: Sequence[SenseItem]) -> tuple[AsideItem, ...]:
    """Return the rows that can't be true by line, each with its errors and original cells."""
    cells = {line.number: line.cells for line in sheet.table.lines} if sheet.table else {}
    by_line: dict[int, list[AsideFault]] = {}
    for item in refused:
        fault = _fault(t, item)
        cell = cells.get(item.line, {}).get(fault.column, "")[:SHOWN]
        by_line.setdefault(item.line, []).append(
            AsideFault(
                fault=fault.model_copy(update={"cell": cell}), column=column_words(t, fault.column)
            )
        )
    rows = {item.line: item for item in refused}
    return tuple(
        AsideItem(
            line=line, row=str(rows[line].row), number=rows[line].number, faults=tuple(faults)
        )
        for line, faults in sorted(by_line.items())
    )


def _groups(
    items: Sequence[SenseItem], kinds: Sequence[tuple[str, ...]], grade: Grade
) -> Sequence[Sequence[SenseItem]]:
    """Return the items of a grade by rule and kind of sentence, in the order of the rules."""
    groups: dict[tuple[str, ...], list[SenseItem]] = {}
    for item, kind in zip(items, kinds, strict=True):
        if item.grade == grade:
            groups.setdefault(kind, []).append(item)
    return [groups[kind] for kind in sorted(groups, key=lambda kind: kind[:2])]


def _fault(t: Catalogue, item: SenseItem) -> FaultItem:
    return FaultItem(
        row=item.line,
        list_row=item.row,
        column=_COLUMNS.get(item.fields[0], item.fields[0]),
        code=item.rule,
        number=item.number,
        sentence=item.sentence,
        next=t.label("sense-next", item.grade),
    )


def _look(t: Catalogue, group: Sequence[SenseItem]) -> LookItem:
    return LookItem(
        code=group[0].rule,
        rows=tuple(each.line for each in group),
        list_rows=tuple(each.row for each in group),
        sentence=group[0].sentence,
        next=t.label("sense-next", "look"),
    )


def _notes(t: Catalogue, group: Sequence[SenseItem], rows: int) -> Iterator[FaultItem]:
    """Yield a rule's notes; one for the first of many rows, with their number."""
    if not written_once(len(group), rows):
        yield from (_fault(t, each) for each in group)
        return
    first = _fault(t, group[0])
    words = t.gettext("sense.further", words=first.sentence, count=len(group) - 1)
    yield first.model_copy(update={"sentence": words})


def reading_notes(t: Catalogue, batch: BatchRow, view: BatchDetail) -> Mapping[int, str]:
    """Return what a reader may note of the other side's rows, by row, in the reader's language.

    Shown on our own page alone: it is in no print, file or API.
    """
    sent = {f"EU-{batch.index}": batch.accepted}
    sent |= {f"EU-{each.index}": each.accepted for each in batch.amendments}
    zone = ZONES["cn"]
    notes: dict[int, str] = {}
    for row in view.rows:
        stated = instant(sent[row.listed_in]).astimezone(zone).date() if row.listed_in else None
        dates = {"first_listed": row.first_listed}
        own = row.states.eu if row.states else None
        if own and own.as_of and own.position == row.listed_in:
            dates["as_of"] = own.as_of
        found = read_row(row.row, dates, stated) if stated else ()
        if words := " ".join(said(t, each) for each in found):
            notes[row.row] = words
    return notes


def answer_notes(t: Catalogue, days: WorkingDays, view: BatchDetail) -> Mapping[int, str]:
    """Return what in CN's answers the EU may note as not fitting together, by row.

    Shown on our own page alone, as `reading_notes`.
    """
    notes: dict[int, str] = {}
    for row in view.rows:
        if row.match is None:
            continue
        stated = row.model_dump(mode="json", include={*_ANSWERED}, exclude_none=True)
        found = read_return(ReturnRow.model_validate_json(canonical.dumps(stated)), days)
        if found:
            notes[row.row] = " ".join(said(t, each) for each in found)
    return notes


_ANSWERED: Final = (
    "row", "number", "match", "found_as", "state", "as_of", "accepted_on", "clock", "days_used",
    "missing", "decision", "decided_on", "remark",
)  # fmt: skip
"""Fields of an answer in a row of the list."""
