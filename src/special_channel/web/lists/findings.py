"""Write what the rules of plausibility find in a file, with its lines and the rows of the list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from special_channel.core.sense.findings import Finding, Grade
from special_channel.core.sense.reasons import written_once
from special_channel.desk.lists import LIST_COLUMNS, SHOWN
from special_channel.desk.sheet import Sheet
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.sense import said
from special_channel.web.lists.file_views import LookItem, SenseItem
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
