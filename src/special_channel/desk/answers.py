"""Check a list's answer before signing: prefill rows, find what can't be true.

Does not sign.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from special_channel.core.bytes.ids import Position
from special_channel.core.entries import ReturnRow, StatementRef
from special_channel.core.rows.application_facts import MatchFact
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.batches import ListingRow
from special_channel.core.sense.companies import companies
from special_channel.core.sense.days import WorkingDays
from special_channel.core.sense.findings import Fact, Finding, in_order
from special_channel.core.sense.history import before
from special_channel.core.sense.list_past import replaced_by
from special_channel.core.sense.return_case import Around
from special_channel.core.sense.return_rows import return_row
from special_channel.desk import columns
from special_channel.desk.last_results import LastResults
from special_channel.desk.payloads import Fields

FIELDS: Final = (
    "match", "found_as", "state", "as_of", "accepted_on", "clock", "missing", "decision",
    "decided_on", "remark",
)  # fmt: skip
"""Fields that an official states of a row. The statutory clock counts the days used."""

NAME_COLUMNS: Final = frozenset({"company", "eu_company", "exporter_zh", "importer", "end_user"})
"""Private columns that contain names of companies."""


@dataclass(frozen=True, slots=True)
class CorrectableStatement:
    """A correctable statement of CN: number of the entry, and place."""

    position: Position
    ref: StatementRef


@dataclass(frozen=True, slots=True)
class PrefilledRow:
    """Our side's latest statement about one listed application.

    Attributes:
        fields: Values as in a row of a return sheet; empty before the first statement.
        said_in: Position of the statement.
        here: Whether the statement answers the same list.
        correctable: Correctable statements of CN, the latest last.
    """

    row: int
    number: str
    fields: Fields = field(default_factory=dict)
    said_in: Position | None = None
    here: bool = False
    correctable: tuple[CorrectableStatement, ...] = ()


def correctable(application: ApplicationRow | None) -> tuple[CorrectableStatement, ...]:
    """Return CN's statements for correction by a row of a return sheet, the latest last.

    Omits replaced statements, acts from `clock.marked` and statements by licences: an act or a
    licence corrects these.
    """
    if application is None:
        return ()
    replaced = application.replacements("cn")
    stated: list[AssertedStatement | MatchFact] = [*application.matches]
    stated += [each for each in application.cn if each.source != "licence"]
    live = [each for each in stated if replaced.live((each.index, each.row))]
    live.sort(key=lambda each: (replaced.origin((each.index, each.row)), each.index))
    return tuple(
        CorrectableStatement(
            Position("cn", each.index), StatementRef(id=each.id, row=each.row or None)
        )
        for each in live
    )


def prefilled(
    listing: ListingRow, last: ListingRow | None, application: ApplicationRow | None
) -> PrefilledRow:
    """Return the initial values of one row of an answer.

    `last` is the most recent answered row of the application on any list. A later statement about
    the application itself takes precedence; a correction is as old as what it corrects.
    """
    fields: Fields = {}
    position = None
    if last is not None and last.answered >= 0:
        fields = _answered_fields(last)
        position = Position("cn", last.answered)
    stated = application.latest("cn") if application else None
    age = last.answer_origin if last else -1
    if application is not None and stated and _origin(application, stated) > age:
        position = Position("cn", stated.index)
        fields = _without_empty(
            {
                "match": "found",
                "state": stated.state,
                "as_of": stated.as_of,
                "accepted_on": application.dated("cn", "accepted"),
                "decision": stated.decision,
                "decided_on": stated.decided_on,
                "missing": fields.get("missing", []),
                "remark": fields.get("remark", ""),
            }
        )
    here = answered_here(listing, last)
    can_correct = correctable(application)
    return PrefilledRow(listing.row, listing.number, fields, position, here, can_correct)


def answered_here(listing: ListingRow, last: ListingRow | None) -> bool:
    """Tell whether the last answer to an application is in the list of a row."""
    return last is not None and last.batch == listing.batch and last.answered >= 0


def _origin(application: ApplicationRow, stated: AssertedStatement) -> int:
    index, _ = application.replacements("cn").origin(stated.place)
    return index


def _answered_fields(last: ListingRow) -> Fields:
    fields: Fields = {name: getattr(last, name) for name in FIELDS}
    return _without_empty(fields | {"missing": list(last.missing)})


def _without_empty(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value}


def same_as(row: ReturnRow, earlier: PrefilledRow) -> bool:
    """Tell whether a row repeats the prefilled values, apart from its date."""
    stated = row.model_dump(exclude_none=True, exclude={"row", "number", "as_of", "text"})
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in stated.items()
        if value
    } == {name: value for name, value in earlier.fields.items() if name != "as_of"}


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """Record data with which the rows of an answer are checked.

    Attributes:
        listed: Rows of the answered list, by row number.
        applications: Applications of the list, by number.
        days: Working days in China.
        today: Today in Beijing.
        names: Names of companies in private columns.
        licensed: A current or future licence, by number of each application in the licence.
        asked: Papers that CN's latest statement asks for, by number.
    """

    listed: Mapping[int, ListingRow]
    applications: Mapping[str, ApplicationRow]
    days: WorkingDays
    today: date
    names: tuple[str, ...] = ()
    licensed: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def findings(
    rows: Iterable[ReturnRow], remarks: Mapping[int, str], record: AnswerRecord
) -> tuple[Finding, ...]:
    """Check the rows of an answer; return what can't be true, or should be looked at again.

    The gravest come first. `remarks`: free remarks by row.
    """
    rows = tuple(rows)
    told = frozenset(row for row, words in remarks.items() if words.strip())
    # Remarks can be erased, and names stay in private columns: neither is kept in memory. What
    # else the record has are codes, dates and numbers, as signed.
    nameless = replace(record, names=())
    found = _LAST.of(
        (rows, told, nameless),
        lambda: in_order(finding for row in rows for finding in _of_row(row, told, nameless)),
    )
    return in_order((*found, *_named(rows, told, remarks, record.names)))


_LAST: Final = LastResults[tuple[Finding, ...]]()


def _of_row(row: ReturnRow, told: frozenset[int], record: AnswerRecord) -> tuple[Finding, ...]:
    listed = record.listed.get(row.row)
    application = record.applications.get(row.number)
    around = Around(
        record.today,
        record.days,
        before(application, "cn", row.corrects),
        question=listed.question if listed else "",
        remark=row.row in told,
        licence=record.licensed.get(row.number, ""),
        asked=record.asked.get(row.number, ()),
        peer=before(application, "eu"),
        linked=replaced_by(application) is not None,
    )
    return return_row(row, around)


def _named(
    rows: Iterable[ReturnRow],
    told: frozenset[int],
    remarks: Mapping[int, str],
    names: tuple[str, ...],
) -> Iterator[Finding]:
    """Yield remarks that name a company; the findings quote the names."""
    for row in rows:
        if row.row in told:
            for name in names_in(remarks[row.row], names):
                yield Finding(
                    "S-099", "confirm", row.row, ("remark",), {"words": Fact("text", name)}
                )


def papers_asked_for(latest: Iterable[PrefilledRow]) -> dict[str, tuple[str, ...]]:
    """Return the papers that latest statements ask for, by number."""
    return {
        row.number: tuple(map(str, missing))
        for row in latest
        if row.fields.get("state") == "supplement"
        and isinstance(missing := row.fields.get("missing"), list)
    }


def company_names(rows: Iterable[Fields]) -> tuple[str, ...]:
    """Return names of companies in rows of private columns, without duplicates."""
    names = [
        value
        for row in rows
        for name, value in columns.cells_of(row).items()
        if name in NAME_COLUMNS
    ]
    return tuple(dict.fromkeys(names))


def names_in(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return strings in a remark that look like company names, without duplicates."""
    folded = text.casefold()
    listed = [name for name in known if name and name.casefold() in folded]
    found = companies(unicodedata.normalize("NFKC", text))
    return tuple(dict.fromkeys((*listed, *(word for word in found if word not in "".join(listed)))))
