"""A list's answer before it is signed: what was stated last, what fits the list, what to look at.

Does not sign, and forbids nothing that the channel allows: what an official should look at
once more is said, and they decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from special_channel.core.applications import ApplicationRow
from special_channel.core.batches import ListingRow
from special_channel.core.entries import ReturnRow
from special_channel.core.errors import Malformed
from special_channel.core.ids import Position
from special_channel.desk.lists import Fault, Sheet
from special_channel.desk.payloads import Fields

FIELDS: Final = (
    "match", "state", "as_of", "accepted_on", "clock", "missing", "decision", "decided_on",
    "remark",
)  # fmt: skip
"""What an official states of a row. Days used are left to the statutory clock."""

NAME_COLUMNS: Final = frozenset({"company", "eu_company", "exporter_zh", "importer", "end_user"})
"""Columns that stay at home and hold companies' names."""

_COMPANY: Final = re.compile(
    r"[\w（）()·]{0,20}?(?:公司|集团|株式会社)"
    r"|(?<!\w)(?:GmbH|AG|SE|KG|S\.?p\.?A\.?|S\.?r\.?l\.?|S\.?A\.?S?\.?|S\.?L\.?|Ltd\.?|Limited"
    r"|Inc\.?|LLC|B\.?V\.?|N\.?V\.?|[Ss]p\. ?z ?o\.? ?o\.?|A/S|ApS|Oyj?|AB|Kft\.?|d\.o\.o\."
    r"|s\.r\.o\.|Co\.)(?!\w)"
)
"""Words by which companies are called in Chinese, and legal forms of the Member States."""


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What the own side stated last of one listed application.

    Attributes:
        fields: As a row of a return sheet has them; empty where nothing was stated yet.
        said_in: Where it was stated.
        here: It was stated of this very list.
    """

    row: int
    number: str
    fields: Fields = field(default_factory=dict)
    said_in: Position | None = None
    here: bool = False


def prefilled(
    listing: ListingRow, last: ListingRow | None, application: ApplicationRow | None
) -> Prefilled:
    """Return what stands in a row of the answer before anybody touches it.

    `last` is the row, of any list, in which this application was answered last. What was
    stated of the application alone after that counts instead.
    """
    fields: Fields = {}
    said_in = None
    if last is not None and last.answered >= 0:
        fields = _stated(last)
        said_in = Position("cn", last.answered)
    stated = application.latest("cn") if application else None
    if application is not None and stated and stated.index > (said_in.index if said_in else -1):
        said_in = Position("cn", stated.index)
        fields = _filled(
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
    here = last is not None and last.batch == listing.batch and last.answered >= 0
    return Prefilled(listing.row, listing.number, fields, said_in, here)


def _stated(last: ListingRow) -> Fields:
    return _filled(
        {
            "match": last.match,
            "state": last.state,
            "as_of": last.as_of,
            "accepted_on": last.accepted_on,
            "clock": last.clock,
            "missing": list(last.missing),
            "decision": last.decision,
            "decided_on": last.decided_on,
            "remark": last.remark,
        }
    )


def _filled(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value}


def same_as(row: ReturnRow, held: Prefilled) -> bool:
    """Tell whether a row says nothing new but its date."""
    said = row.model_dump(exclude_none=True, exclude={"row", "number", "as_of", "text"})
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in said.items()
        if value
    } == {name: value for name, value in held.fields.items() if name != "as_of"}


def fitted(sheet: Sheet, list_: str, listed: Mapping[int, str]) -> Sheet:
    """Check a return sheet against the list that it answers; `listed`: numbers by row.

    Raises:
        Malformed: `answer-other-list`.
    """
    if sheet.list != list_:
        raise Malformed("answer-other-list", "The sheet answers another list.", list=sheet.list)
    wrong = [
        Fault(line, "application_no", "answer-row-unknown", str(row.get("number", "")))
        for line, row in zip(sheet.lines, sheet.rows, strict=True)
        if isinstance(number := row.get("row"), int) and listed.get(number) != row.get("number")
    ]
    return replace(sheet, faults=(*sheet.faults, *wrong))


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to look at once more before signing; `words` are those of the official."""

    row: int
    code: str
    words: str = ""


def notices(
    rows: Sequence[ReturnRow], remarks: Mapping[int, str], today: date, names: Iterable[str]
) -> tuple[Notice, ...]:
    """Return what an official should look at, in the order of the rows. Nothing is forbidden."""
    known = tuple(names)
    found: list[Notice] = []
    for row in rows:
        dates = [each for each in (row.accepted_on, row.decided_on, row.as_of) if each]
        if any(each > today.isoformat() for each in dates):
            found.append(Notice(row.row, "date-ahead"))
        if dates != sorted(dates):
            found.append(Notice(row.row, "dates-apart"))
        if row.match == "found" and row.state is None:
            found.append(Notice(row.row, "state-absent"))
        if row.decision and row.state in {"approved", "refused"} and row.decision != row.state:
            found.append(Notice(row.row, "decision-apart"))
        words = remarks.get(row.row, "")
        found += [Notice(row.row, "name", word) for word in names_in(words, known)]
    return tuple(found)


def names_in(text: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return what in a remark looks like the name of a company, each once."""
    folded = text.casefold()
    held = [name for name in known if name and name.casefold() in folded]
    formed = [match.group(0) for match in _COMPANY.finditer(text)]
    return tuple(dict.fromkeys((*held, *(word for word in formed if word not in "".join(held)))))
