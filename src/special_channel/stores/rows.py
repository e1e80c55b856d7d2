"""Mapping of view rows to tables: a document, and columns for filters and sorting.

Does not run statements. `doc` contains every field; the other columns are computed by the row's
class for pages to filter and sort by, so that no SQL decides whether a row is open or closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from operator import attrgetter
from typing import Final, TypeVar, cast

import asyncpg
import orjson
from pydantic import TypeAdapter, ValidationError

from special_channel.core.bytes.errors import Corrupt
from special_channel.core.bytes.ids import Party
from special_channel.core.numbers.changes import state_since
from special_channel.core.numbers.statuses import statuses
from special_channel.core.rows.applications import ApplicationRow, events
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.directory import KeyRow, PartyRow, PersonRow, ReviewRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.priorities import PriorityRow
from special_channel.core.rows.private import (
    AccessRow,
    AssignmentRow,
    ColumnsRow,
    ConfirmationRow,
    EscalationRow,
    PrivateRow,
    QuarantineRow,
)
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.routes import RouteRow
from special_channel.core.rows.threads import MentionRow, NoteRow, ThreadRow
from special_channel.core.rules.doubt import doubtful_from
from special_channel.core.rules.state import EntryRow, Row, Table, fields_digest
from special_channel.core.time.standing import clock_state
from special_channel.stores.told import status_lines

_R = TypeVar("_R", bound=Row | PrivateRow)
_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class RowTable:
    """The table for rows of one type.

    Attributes:
        relation: Schema and table.
        kind: Class of the rows.
        columns: All columns: key, document, digest, then the further columns.
        values: Returns a row's values of the further columns.
        decode: Parses a row from its `doc`.
        locked: Whether entries of both logs change the rows, so that `lock` locks them. Other
            rows have one writer, who locks a head, or change too seldom.
    """

    relation: str
    kind: type[object]
    columns: tuple[str, ...]
    values: Callable[[Row | PrivateRow], tuple[object, ...]]
    decode: Callable[[str], Row | PrivateRow]
    locked: bool = True


def _table(
    relation: str,
    kind: type[_R],
    columns: str,
    *,
    locked: bool = True,
    **computed: Callable[[_R], object],
) -> RowTable:
    """Define a table.

    `columns`: names in order, each the name of the row's attribute or `name=attribute`, unless a
    function in `computed` returns the value.
    """
    adapter = TypeAdapter(kind)
    attributes = {name: of or name for name, _, of in (c.partition("=") for c in columns.split())}
    readers = [computed.get(name) or attrgetter(of) for name, of in attributes.items()]

    def values(row: Row | PrivateRow) -> tuple[object, ...]:
        assert isinstance(row, kind)  # noqa: S101 - own bug: a row under another table's key
        return tuple(read(row) for read in readers)

    # Cached, since rows are frozen and equal texts give equal rows: charters and keys recur, as
    # do a list's 500 rows and their applications while the list is answered.
    @lru_cache(maxsize=2048)
    def decode(doc: str) -> Row | PrivateRow:
        try:
            return adapter.validate_json(doc)
        except ValidationError as error:
            raise Corrupt(
                "row-malformed", "A derived row can't be read.", table=relation
            ) from error

    return RowTable(relation, kind, ("key", "doc", "digest", *attributes), values, decode, locked)


def _state(row: ApplicationRow, side: Party) -> str:
    latest = row.latest(side)
    return latest.state if latest else ""


def _as_of(row: ApplicationRow, side: Party) -> str:
    latest = row.latest(side)
    return latest.as_of if latest else ""


def _source(row: ApplicationRow, side: Party) -> str:
    latest = row.latest(side)
    return latest.source if latest else ""


def _corrected(row: ApplicationRow, side: Party) -> int:
    # A second correction of one statement replaces nothing, so nobody could be shown a change.
    return max((index for index, _ in row.replacements(side).of), default=-1)


def _of_row(read: Callable[[ApplicationRow], _V]) -> Callable[[ApplicationRow], _V]:
    """Return `read` with its value for the last row kept: several columns of a row use it."""
    # By identity, since a row's hash is that of everything in it.
    last: list[tuple[ApplicationRow, _V]] = []

    def value(row: ApplicationRow) -> _V:
        for known, held in last:
            if known is row:
                return held
        found = read(row)
        last[:] = [(row, found)]
        return found

    return value


_cn_clock: Final = _of_row(lambda row: clock_state(events(row, "cn")))
_differences: Final = _of_row(ApplicationRow.differences)


TABLES: Final[Mapping[str, RowTable]] = {
    "party": _table("record.parties", PartyRow, "origin", locked=False),
    "person": _table("record.persons", PersonRow, "party number", locked=False),
    "key": _table(
        "record.keys",
        KeyRow,
        "party role unit desk idx=enrolled standing=now person doubt",
        doubt=doubtful_from,
        locked=False,
    ),
    "review": _table("record.reviews", ReviewRow, "party idx=index", locked=False),
    "charter": _table("record.charters", CharterRow, "number", locked=False),
    "thread": _table(
        "record.threads",
        ThreadRow,
        "party=opening.party idx=opening.index opener=opening.id batch=opening.batch"
        " accepted=opening.accepted closed ord=order notes_eu notes_cn",
        closed=ThreadRow.is_closed,
    ),
    "note": _table(
        "record.notes",
        NoteRow,
        "thread party idx=index author=by acknowledged withdrawn",
        acknowledged=lambda row: bool(row.acknowledged),
        withdrawn=lambda row: bool(row.withdrawn),
    ),
    "mention": _table(
        "record.mentions",
        MentionRow,
        "thread log=party idx=index author=by ord=order",
        locked=False,
    ),
    "ask": _table(
        "record.asks",
        QuestionRow,
        "note q thread asker answering idx=index due open=is_open outcome passed answered",
        q=lambda row: int(row.q),
        outcome=QuestionRow.outcome,
        passed=lambda row: any(fact.due == row.due for fact in row.passed),
        answered=lambda row: row.answer.accepted if row.answer else None,
    ),
    "batch": _table(
        "record.batches",
        BatchRow,
        "idx=index list rows accepted answers",
        answers=lambda row: len(row.answers),
    ),
    "listing": _table(
        "record.listings",
        ListingRow,
        "batch row_number=row number urgency rank times_listed match answered state decision"
        " withdrawn",
        withdrawn=lambda row: row.withdrawn >= 0,
    ),
    "application": _table(
        "record.applications",
        ApplicationRow,
        "eu_state eu_as_of cn_state cn_as_of differs times_listed last_listed differences"
        " cn_standing cn_since cn_paused cn_moved priority first_listed eu_told cn_told eu_turned"
        " cn_turned eu_source cn_source eu_corrected cn_corrected",
        eu_state=lambda row: _state(row, "eu"),
        eu_as_of=lambda row: _as_of(row, "eu"),
        cn_state=lambda row: _state(row, "cn"),
        cn_as_of=lambda row: _as_of(row, "cn"),
        differs=lambda row: bool(_differences(row)),
        times_listed=lambda row: len(row.listed),
        last_listed=lambda row: row.listed[-1].index if row.listed else -1,
        differences=_differences,
        cn_standing=lambda row: _cn_clock(row).word,
        cn_since=lambda row: _cn_clock(row).since,
        cn_paused=lambda row: _cn_clock(row).paused,
        cn_moved=lambda row: _cn_clock(row).moved,
        priority=ApplicationRow.priority,
        first_listed=ApplicationRow.first_listed,
        eu_told=lambda row: status_lines(statuses(row, "eu")),
        cn_told=lambda row: status_lines(statuses(row, "cn")),
        eu_turned=lambda row: state_since(row, "eu"),
        cn_turned=lambda row: state_since(row, "cn"),
        eu_source=lambda row: _source(row, "eu"),
        cn_source=lambda row: _source(row, "cn"),
        eu_corrected=lambda row: _corrected(row, "eu"),
        cn_corrected=lambda row: _corrected(row, "cn"),
    ),
    "licence": _table(
        "record.licences",
        LicenceRow,
        "idx type=now.type codes applications=now.applications valid_from=now.valid_from"
        " valid_to=now.valid_to ended_on issued_on",
        idx=lambda row: row.issues[0].index,
        issued_on=lambda row: row.live[0].issued_on,
        codes=lambda row: [line.code for line in row.now.lines],
        ended_on=lambda row: row.now.ended.on if row.now.ended else "",
        locked=False,
    ),
    "draw": _table(
        "record.draws", DrawRow, "licence idx=index drawn_on=on application", locked=False
    ),
    "priority": _table("record.priorities", PriorityRow, "idx=index open"),
    "meeting": _table(
        "record.meetings", MeetingRow, "party idx=index held=on level points", locked=False
    ),
    "point": _table("record.points", PointRow, "meeting number kind who standing"),
}
"""The views of the shared logs. `entry` rows are read from the log itself."""

PRIVATE_TABLES: Final[Mapping[str, RowTable]] = {
    "escalation": _table(
        "private.escalations",
        EscalationRow,
        "note q due step idx=index id acknowledged",
        q=lambda row: int(row.q),
        acknowledged=lambda row: bool(row.acknowledged),
    ),
    "assignment": _table("private.assignments", AssignmentRow, "official=person idx=index"),
    "columns": _table("private.columns_kept", ColumnsRow, "idx=index"),
    "access": _table("private.access", AccessRow, "person holder=key idx=index ended"),
    "route": _table("private.routes", RouteRow, ""),
    "quarantine": _table("private.quarantine", QuarantineRow, "file"),
    "confirmation": _table("private.confirmations", ConfirmationRow, "about"),
}
"""The views of the private log."""

ALL_TABLES: Final[Mapping[str, RowTable]] = {**TABLES, **PRIVATE_TABLES}


_BY_KIND: Final = {table.kind: table for table in ALL_TABLES.values()}


def row_of(kind: type[_R], doc: str) -> _R:
    """Parse a row of a class from its `doc` column.

    Raises:
        Corrupt: `row-malformed`.
    """
    return cast(_R, _BY_KIND[kind].decode(doc))


def relation_of(kind: type[object]) -> str:
    """Return the table of a class's rows, with its schema."""
    return _BY_KIND[kind].relation


def rows_of(kind: type[_R], records: Iterable[asyncpg.Record]) -> list[_R]:
    """Parse the rows of a class from the column `doc` of records."""
    return [row_of(kind, record["doc"]) for record in records]


def decode(table: Table, doc: str) -> Row:
    """Parse a view row from a `doc` column.

    Raises:
        Corrupt: `row-malformed`.
    """
    if table == "entry":
        *fields, others = orjson.loads(doc)
        return EntryRow(*fields, others=tuple(others))  # type: ignore[misc]  # eight fields
    return TABLES[table].decode(doc)  # type: ignore[return-value]  # a shared table's rows


def written(
    name: str, table: RowTable, key: str, row: Row | PrivateRow
) -> tuple[str, str, bytes, *tuple[object, ...]]:
    """Return a row's stored values: key, document, digest, then the further columns."""
    fields = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    return key, fields.decode(), fields_digest(name, key, fields), *table.values(row)
