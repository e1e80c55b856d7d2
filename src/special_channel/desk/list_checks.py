"""Check the rows of a weekly list or an amendment: what can't be true, or needs a second look.

Pure: the record is an argument. Called with equal arguments where a file is read, where an entry is
stored or laid to release, and where a second official sees it. Does not sign.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import orjson
from pydantic import ValidationError

from special_channel.core.entries import AmendmentSheet, ListRow, Urgent
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.findings import Finding, in_order
from special_channel.core.sense.kept_cells import kept_cells
from special_channel.core.sense.list_case import ListAround, NumberRecord
from special_channel.core.sense.list_rows import changed_row, list_row
from special_channel.core.sense.list_sheets import Ranked, list_sheet
from special_channel.desk import cells
from special_channel.desk.last_results import LastResults
from special_channel.desk.payloads import Fields
from special_channel.desk.similar import Cells, ListedNumber, PastNumbers, similar_numbers

_NEW: Final = NumberRecord()
_LAST: Final = LastResults[tuple[Finding, ...]]()
_LAST_SIMILAR: Final = LastResults[tuple[Finding, ...]]()


@dataclass(frozen=True, slots=True)
class ListRecord:
    """Record data with which the rows of a list are checked.

    Attributes:
        around: What every row is read with.
        numbers: What the record has of the rows' application numbers; unknown ones may be left out.
        past: Numbers with which those of the list are compared.
        standing: Rows of the amended list, by row number; empty for a new list.
        kept: Cells of our own columns by row number.
    """

    around: ListAround
    numbers: Mapping[str, NumberRecord] = field(default_factory=dict)
    past: PastNumbers = field(default_factory=PastNumbers)
    standing: Mapping[int, ListingRow] = field(default_factory=dict)
    kept: Mapping[int, Cells] = field(default_factory=dict)


def list_findings(rows: Sequence[ListRow], record: ListRecord) -> tuple[Finding, ...]:
    """Check the rows of a list; return every finding, the gravest first."""
    return in_order([*_of_rows(rows, record), *list_sheet(rows)])


def amendment_findings(sheet: AmendmentSheet, record: ListRecord) -> tuple[Finding, ...]:
    """Check the rows that an amendment adds or changes, in the list as it will be."""
    changed = [(each, record.standing.get(each.row)) for each in sheet.changed]
    rows = [_changed(each, listing) for each, listing in changed if listing]
    found = [*_of_rows(sheet.added, record)]
    for row in rows:
        found += changed_row(row, record.around, record.numbers.get(row.number, _NEW))
    amended = {*sheet.rows()}
    kept: list[Ranked] = [
        each for each in record.standing.values() if each.withdrawn < 0 and each.row not in amended
    ]
    added_or_changed = {each.row for each in (*sheet.added, *rows)}
    if added_or_changed:
        found += list_sheet([*kept, *sheet.added, *rows], added_or_changed)
    return in_order(found)


def _of_rows(rows: Sequence[ListRow], record: ListRecord) -> Iterator[Finding]:
    # Not with our own columns, nor with the cells of the last list: they are private, and what is
    # kept here stays in memory. What both sides have are codes, dates and numbers.
    around, numbers = record.around, record.numbers
    yield from _LAST.of(
        (tuple(rows), around, numbers),
        lambda: tuple(
            finding
            for row in rows
            for finding in list_row(row, around, numbers.get(row.number, _NEW))
        ),
    )
    for row in rows:
        own = record.kept.get(row.row, {})
        if "stock_out_on" in own:
            own = {**own, "stock_out_on": cells.iso_date(own["stock_out_on"])}
        yield from kept_cells(row.row, own, row.stop_on or "")
    listed = [ListedNumber(row.row, row.number, _case(row, record)) for row in rows]
    yield from _similar(listed, record.past, around.today.year)


def _similar(listed: Sequence[ListedNumber], past: PastNumbers, year: int) -> tuple[Finding, ...]:
    # The cells are private: a digest of them is kept, and findings that name numbers alone.
    own = orjson.dumps(
        [[each.cells for each in listed], past.gone, past.found], option=orjson.OPT_SORT_KEYS
    )
    numbers = tuple((each.row, each.number) for each in listed)
    # Numbers are only added to the known ones: of one collection, as many are the same.
    known = past.known, past.known.size
    return _LAST_SIMILAR.of(
        (numbers, sha256(own).digest(), past.unfound, known, year),
        lambda: similar_numbers(listed, past, year),
    )


def _case(row: ListRow, record: ListRecord) -> Cells:
    """Return the cells that a mistyped row would repeat."""
    code = {"control_code": row.control_code} if row.control_code else {}
    return {**code, **record.kept.get(row.row, {})}


def _changed(row: Urgent, listing: ListingRow) -> ListRow:
    """Return a listed row with a new urgency, rank and stop date."""
    return ListRow(
        row=row.row,
        urgency=row.urgency,
        rank=row.rank,
        stop_on=row.stop_on,
        number=listing.number,
        first_listed=listing.first_listed,
        times_listed=listing.times_listed,
    )


def readable(rows: Iterable[Fields]) -> list[ListRow]:
    """Return the well-formed rows of a file; the others have errors of their own."""
    read: list[ListRow] = []
    for row in rows:
        try:
            read.append(ListRow.model_validate(row))
        except ValidationError:
            continue
    return read
