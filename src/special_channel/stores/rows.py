"""Mapping of view rows to tables: a document, and columns for filters and sorting.

Does not run statements. `doc` contains every field; the other columns are computed by the row's
class for pages to filter and sort by, so that no SQL decides whether a row is open or closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar, cast

import asyncpg
import orjson
from pydantic import TypeAdapter, ValidationError

from special_channel.core.bytes.errors import Corrupt
from special_channel.core.numbers.changes import state_since
from special_channel.core.numbers.statuses import statuses
from special_channel.core.rows.applications import ApplicationRow, events
from special_channel.core.rows.batches import BatchRow, ListingRow
from special_channel.core.rows.charter import CharterRow
from special_channel.core.rows.directory import KeyRow, PartyRow
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rows.meetings import MeetingRow, PointRow
from special_channel.core.rows.priorities import PriorityRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import NoteRow, ThreadRow
from special_channel.core.rules.private import (
    AssignmentRow,
    ColumnsRow,
    EscalationRow,
    PrivateRow,
)
from special_channel.core.rules.state import EntryRow, Row, Table, fields_digest
from special_channel.core.time.standing import ClockState, clock_state
from special_channel.core.time.statutory import Event
from special_channel.stores.told import status_lines

_R = TypeVar("_R", bound=Row | PrivateRow)


@dataclass(frozen=True, slots=True)
class RowTable:
    """The table for rows of one type.

    Attributes:
        relation: Schema and table.
        kind: Class of the rows.
        columns: Further columns, (name, SQL type).
        values: Returns a row's values of the further columns.
        decode: Parses a row from its `doc`.
        locked: Whether entries of both logs change the rows, so that `lock` locks them. Other
            rows have one writer, who locks a head, or change too seldom.
    """

    relation: str
    kind: type[object]
    columns: tuple[tuple[str, str], ...]
    values: Callable[[Row | PrivateRow], tuple[object, ...]]
    decode: Callable[[str], Row | PrivateRow]
    locked: bool = True


def _table(
    relation: str,
    kind: type[_R],
    columns: Mapping[tuple[str, str], Callable[[_R], object]],
    *,
    locked: bool = True,
) -> RowTable:
    adapter = TypeAdapter(kind)
    readers = tuple(columns.values())

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

    return RowTable(relation, kind, tuple(columns), values, decode, locked)


def _state(row: ApplicationRow, side: str) -> str:
    latest = row.latest("eu" if side == "eu" else "cn")
    return latest.state if latest else ""


def _as_of(row: ApplicationRow, side: str) -> str:
    latest = row.latest("eu" if side == "eu" else "cn")
    return latest.as_of if latest else ""


def _cn_clock(row: ApplicationRow) -> ClockState:
    return _cached_clock(events(row, "cn"))


# Four columns of one row use the result.
@lru_cache(maxsize=16)
def _cached_clock(acts: tuple[Event, ...]) -> ClockState:
    return clock_state(acts)


TABLES: Final[Mapping[str, RowTable]] = {
    "party": _table(
        "record.parties", PartyRow, {("origin", "text"): lambda row: row.origin}, locked=False
    ),
    "key": _table(
        "record.keys",
        KeyRow,
        {
            ("party", "text"): lambda row: row.party,
            ("role", "text"): lambda row: row.role,
            ("unit", "text"): lambda row: row.unit,
            ("desk", "text"): lambda row: row.desk,
            ("idx", "bigint"): lambda row: row.enrolled,
            ("standing", "text"): lambda row: row.now,
        },
        locked=False,
    ),
    "charter": _table(
        "record.charters", CharterRow, {("number", "bigint"): lambda row: row.number}, locked=False
    ),
    "thread": _table(
        "record.threads",
        ThreadRow,
        {
            ("party", "text"): lambda row: row.opening.party,
            ("idx", "bigint"): lambda row: row.opening.index,
            ("opener", "text"): lambda row: row.opening.id,
            ("batch", "text"): lambda row: row.opening.batch,
            ("accepted", "text"): lambda row: row.opening.accepted,
            ("closed", "boolean"): lambda row: row.is_closed(),
            ("ord", "bigint"): lambda row: row.order,
            ("notes_eu", "bigint"): lambda row: row.notes_eu,
            ("notes_cn", "bigint"): lambda row: row.notes_cn,
        },
    ),
    "note": _table(
        "record.notes",
        NoteRow,
        {
            ("thread", "text"): lambda row: row.thread,
            ("party", "text"): lambda row: row.party,
            ("idx", "bigint"): lambda row: row.index,
            ("author", "text"): lambda row: row.by,
            ("acknowledged", "boolean"): lambda row: bool(row.acknowledged),
            ("withdrawn", "boolean"): lambda row: bool(row.withdrawn),
        },
    ),
    "ask": _table(
        "record.asks",
        QuestionRow,
        {
            ("note", "text"): lambda row: row.note,
            ("q", "integer"): lambda row: int(row.q),
            ("thread", "text"): lambda row: row.thread,
            ("asker", "text"): lambda row: row.asker,
            ("answering", "text"): lambda row: row.answering,
            ("idx", "bigint"): lambda row: row.index,
            ("due", "text"): lambda row: row.due,
            ("open", "boolean"): lambda row: row.is_open,
            ("outcome", "text"): lambda row: row.outcome(),
            ("passed", "boolean"): lambda row: any(fact.due == row.due for fact in row.passed),
            ("answered", "text"): lambda row: row.answer.accepted if row.answer else None,
        },
    ),
    "batch": _table(
        "record.batches",
        BatchRow,
        {
            ("idx", "bigint"): lambda row: row.index,
            ("list", "text"): lambda row: row.list,
            ("rows", "bigint"): lambda row: row.rows,
            ("accepted", "text"): lambda row: row.accepted,
            ("answers", "bigint"): lambda row: len(row.answers),
        },
    ),
    "listing": _table(
        "record.listings",
        ListingRow,
        {
            ("batch", "text"): lambda row: row.batch,
            ("row_number", "bigint"): lambda row: row.row,
            ("number", "text"): lambda row: row.number,
            ("urgency", "text"): lambda row: row.urgency,
            ("rank", "bigint"): lambda row: row.rank,
            ("times_listed", "bigint"): lambda row: row.times_listed,
            ("match", "text"): lambda row: row.match,
            ("answered", "bigint"): lambda row: row.answered,
            ("state", "text"): lambda row: row.state,
            ("decision", "text"): lambda row: row.decision,
            ("withdrawn", "boolean"): lambda row: row.withdrawn >= 0,
        },
    ),
    "application": _table(
        "record.applications",
        ApplicationRow,
        {
            ("eu_state", "text"): lambda row: _state(row, "eu"),
            ("eu_as_of", "text"): lambda row: _as_of(row, "eu"),
            ("cn_state", "text"): lambda row: _state(row, "cn"),
            ("cn_as_of", "text"): lambda row: _as_of(row, "cn"),
            ("differs", "boolean"): lambda row: row.differs(),
            ("times_listed", "bigint"): lambda row: len(row.listed),
            ("last_listed", "bigint"): lambda row: row.listed[-1].index if row.listed else -1,
            ("differences", "text[]"): lambda row: row.differences(),
            ("cn_standing", "text"): lambda row: _cn_clock(row).word,
            ("cn_since", "text"): lambda row: _cn_clock(row).since,
            ("cn_paused", "boolean"): lambda row: _cn_clock(row).paused,
            ("cn_moved", "text"): lambda row: _cn_clock(row).moved,
            ("priority", "text"): lambda row: row.priority(),
            ("first_listed", "text"): lambda row: min(
                (seen.first for seen in row.listed if seen.first), default=""
            ),
            ("eu_told", "text[]"): lambda row: status_lines(statuses(row, "eu")),
            ("cn_told", "text[]"): lambda row: status_lines(statuses(row, "cn")),
            ("eu_turned", "bigint"): lambda row: state_since(row, "eu"),
            ("cn_turned", "bigint"): lambda row: state_since(row, "cn"),
        },
    ),
    "licence": _table(
        "record.licences",
        LicenceRow,
        {
            ("idx", "bigint"): lambda row: row.issues[0].index,
            ("type", "text"): lambda row: row.now.type,
            ("codes", "text[]"): lambda row: [line.code for line in row.now.lines],
            ("applications", "text[]"): lambda row: row.now.applications,
            ("valid_from", "text"): lambda row: row.now.valid_from,
            ("valid_to", "text"): lambda row: row.now.valid_to,
            ("ended_on", "text"): lambda row: row.now.ended.on if row.now.ended else "",
        },
        locked=False,
    ),
    "draw": _table(
        "record.draws",
        DrawRow,
        {
            ("licence", "text"): lambda row: row.licence,
            ("idx", "bigint"): lambda row: row.index,
            ("drawn_on", "text"): lambda row: row.on,
            ("application", "text"): lambda row: row.application,
        },
        locked=False,
    ),
    "priority": _table(
        "record.priorities",
        PriorityRow,
        {
            ("idx", "bigint"): lambda row: row.index,
            ("open", "bigint"): lambda row: row.open,
        },
    ),
    "meeting": _table(
        "record.meetings",
        MeetingRow,
        {
            ("party", "text"): lambda row: row.party,
            ("idx", "bigint"): lambda row: row.index,
            ("held", "text"): lambda row: row.on,
            ("level", "text"): lambda row: row.level,
            ("points", "bigint"): lambda row: row.points,
        },
        locked=False,
    ),
    "point": _table(
        "record.points",
        PointRow,
        {
            ("meeting", "text"): lambda row: row.meeting,
            ("number", "bigint"): lambda row: row.number,
            ("kind", "text"): lambda row: row.kind,
            ("who", "text"): lambda row: row.who,
            ("standing", "text"): lambda row: row.standing,
        },
    ),
}
"""The views of the shared logs. `entry` rows are read from the log itself."""

PRIVATE_TABLES: Final[Mapping[str, RowTable]] = {
    "escalation": _table(
        "private.escalations",
        EscalationRow,
        {
            ("note", "text"): lambda row: row.note,
            ("q", "integer"): lambda row: int(row.q),
            ("due", "text"): lambda row: row.due,
            ("step", "integer"): lambda row: row.step,
            ("idx", "bigint"): lambda row: row.index,
            ("id", "text"): lambda row: row.id,
            ("acknowledged", "boolean"): lambda row: bool(row.acknowledged),
        },
    ),
    "assignment": _table(
        "private.assignments",
        AssignmentRow,
        {
            ("official", "text"): lambda row: row.key,
            ("idx", "bigint"): lambda row: row.index,
        },
    ),
    "columns": _table(
        "private.columns_kept", ColumnsRow, {("idx", "bigint"): lambda row: row.index}
    ),
}
"""The views of the private log."""


_BY_KIND: Final[Mapping[type[object], RowTable]] = {
    table.kind: table for table in (*TABLES.values(), *PRIVATE_TABLES.values())
}


def row_of(kind: type[_R], doc: str) -> _R:
    """Parse a row of a class from its `doc` column.

    Raises:
        Corrupt: `row-malformed`.
    """
    return cast(_R, _BY_KIND[kind].decode(doc))


def rows_of(kind: type[_R], records: Iterable[asyncpg.Record]) -> list[_R]:
    """Parse the rows of a class from the column `doc` of records."""
    return [row_of(kind, record["doc"]) for record in records]


def decode(table: Table, doc: str) -> Row:
    """Parse a view row from a `doc` column.

    Raises:
        Corrupt: `row-malformed`.
    """
    if table == "entry":
        return EntryRow(*orjson.loads(doc))
    return TABLES[table].decode(doc)  # type: ignore[return-value]  # a shared table's rows


def written(
    name: str, table: RowTable, key: str, row: Row | PrivateRow
) -> tuple[str, str, bytes, *tuple[object, ...]]:
    """Return a row's stored values: key, document, digest, then the further columns."""
    fields = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    return key, fields.decode(), fields_digest(name, key, fields), *table.values(row)


def columns_of(table: RowTable) -> tuple[str, ...]:
    """Return the column names for the values of `written`."""
    return ("key", "doc", "digest", *(column for column, _ in table.columns))
