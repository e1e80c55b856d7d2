"""View rows as SQL sees them: a table a row type, a document, and columns for pages.

Does not run statements. `doc` holds every field; the other columns repeat what pages filter
and sort by, computed by the row's own class, so SQL never decides what is open or closed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

import orjson
from pydantic import TypeAdapter, ValidationError

from special_channel.core.applications import ApplicationRow, events
from special_channel.core.asks import AskRow
from special_channel.core.batches import BatchRow, ListingRow
from special_channel.core.charter import CharterRow
from special_channel.core.directory import KeyRow, PartyRow
from special_channel.core.errors import Corrupt
from special_channel.core.meetings import MeetingRow, PointRow
from special_channel.core.private import (
    AssignmentRow,
    ColumnsRow,
    EscalationRow,
    PrivateRow,
    private_key_of,
)
from special_channel.core.standing import Stated, stated
from special_channel.core.state import EntryRow, Row, Table, fields_digest
from special_channel.core.statutory import Event
from special_channel.core.threads import NoteRow, ThreadRow

_R = TypeVar("_R", bound=Row | PrivateRow)


@dataclass(frozen=True, slots=True)
class RowTable:
    """Where rows of one type are kept.

    Attributes:
        relation: Schema and table.
        columns: Further columns, (name, SQL type).
        values: Returns a row's values of these columns.
        decode: Reads a row from its `doc`.
        locked: Whether both logs' entries change such rows, so that `lock` means something.
            The others have one writer, who holds a head, or change too seldom to wait for.
    """

    relation: str
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

    # Rows are frozen and the same text is the same row: charters and keys come again and again.
    @lru_cache(maxsize=512)
    def decode(doc: str) -> Row | PrivateRow:
        try:
            return adapter.validate_json(doc)
        except ValidationError as error:
            raise Corrupt(
                "row-malformed", "A derived row can't be read.", table=relation
            ) from error

    return RowTable(relation, tuple(columns), values, decode, locked)


def _state(row: ApplicationRow, side: str) -> str:
    latest = row.latest("eu" if side == "eu" else "cn")
    return latest.state if latest else ""


def _as_of(row: ApplicationRow, side: str) -> str:
    latest = row.latest("eu" if side == "eu" else "cn")
    return latest.as_of if latest else ""


def _stated(row: ApplicationRow) -> Stated:
    return _stated_by(events(row, "cn"))


# Four columns of one row ask the same.
@lru_cache(maxsize=16)
def _stated_by(acts: tuple[Event, ...]) -> Stated:
    return stated(acts)


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
        AskRow,
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
            ("answered", "text"): lambda row: row.answers[0].accepted if row.answers else None,
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
            ("cn_standing", "text"): lambda row: _stated(row).word,
            ("cn_since", "text"): lambda row: _stated(row).since,
            ("cn_paused", "boolean"): lambda row: _stated(row).paused,
            ("cn_moved", "text"): lambda row: _stated(row).moved,
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
"""The views of the shared logs. `entry` rows are answered from the log itself."""

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


def decode(table: Table, doc: str) -> Row:
    """Read a view row from a `doc` column.

    Raises:
        Corrupt: `row-malformed`.
    """
    if table == "entry":
        return EntryRow(*orjson.loads(doc))
    return TABLES[table].decode(doc)  # type: ignore[return-value]  # a shared table's rows


def private_digest(row: PrivateRow) -> bytes:
    """Hash a private row as `row_digest` does a shared one. Never compared between nodes."""
    return fields_digest(*private_key_of(row), orjson.dumps(row, option=orjson.OPT_SORT_KEYS))


def written(
    name: str, table: RowTable, key: str, row: Row | PrivateRow
) -> tuple[str, str, bytes, *tuple[object, ...]]:
    """Return what is kept of a row: key, document, digest, then the further columns."""
    fields = orjson.dumps(row, option=orjson.OPT_SORT_KEYS)
    return key, fields.decode(), fields_digest(name, key, fields), *table.values(row)


def columns_of(table: RowTable) -> tuple[str, ...]:
    """Return the names of what `written` returns."""
    return ("key", "doc", "digest", *(column for column, _ in table.columns))


def change_steps(name: str, table: RowTable, place: int) -> str:
    """Return the steps (CTEs) that write rows over exactly those that were read.

    `$place` holds the rows as the table's own type, `$place + 1` the digests as read, empty
    for a row that was not there. One array of rows, not one a column: the driver takes as long
    for an array as for a row. `change_count` says how many rows were written: fewer than given
    means that another transaction was faster; a unique violation means the same.
    """
    columns = columns_of(table)
    settings = ", ".join(f"{column} = given.{column}" for column in columns[1:])
    listed = ", ".join(columns)
    return f"""
        given_{name} AS (
            SELECT {listed}, given."unnest" AS previous FROM ROWS FROM (
                unnest(${place}::{table.relation}[]), unnest(${place + 1}::bytea[])) AS given),
        changed_{name} AS (
            UPDATE {table.relation} AS held SET {settings}
            FROM given_{name} AS given
            WHERE held.key = given.key AND held.digest = given.previous AND given.previous <> ''
            RETURNING 1),
        made_{name} AS (
            INSERT INTO {table.relation} ({listed})
            SELECT {listed} FROM given_{name} WHERE previous = '' RETURNING 1)
    """  # noqa: S608 - names of the tables above, no input


def change_count(name: str) -> str:
    """Return the expression that counts what `change_steps` wrote."""
    return f"(SELECT count(*) FROM changed_{name}) + (SELECT count(*) FROM made_{name})"  # noqa: S608


_BY_KEY: Final = "key = ANY (${0}::text[])"
_ASKED: Final = {
    # An acknowledgement names the entry that raised the step.
    "escalation": "(key = ANY (${0}::text[]) OR id = ANY (${0}::text[]))",
}


# An entry's row is its line of the log: the valid one, else the first invalid one.
_READ_ENTRY: Final = """
    SELECT DISTINCT ON (id) id AS key, json_build_array(id, log, idx, kind, thread, author, roles,
        code)::text AS doc, ''::bytea AS digest
    FROM (SELECT * FROM record.entries WHERE code = '' AND id = ANY (${0}::text[])
        UNION ALL SELECT * FROM record.entries WHERE code <> '' AND id = ANY (${0}::text[])) AS e
    ORDER BY id, code <> '', idx, log"""


@lru_cache(maxsize=256)
def reading_statement(names: tuple[str, ...], *, charters: bool, lock: bool) -> str:
    """Return the statement that reads rows by key, one array of keys a table, in one go.

    With `lock`, rows that both logs change are locked in the order of table and key. `entry`
    rows come from the log, `charters` adds all of them. Only the tables named are asked: an
    append names four of ten, and PostgreSQL takes its time for each.
    """
    reads = [("charter", "SELECT key, doc::text AS doc, digest FROM record.charters")]
    reads = reads if charters else []
    for place, name in enumerate(names, start=1):
        if name == "entry":
            reads.append((name, _READ_ENTRY.format(place)))
            continue
        table = _table_of(name)
        order = " ORDER BY key FOR UPDATE" if lock and table.locked else ""
        where = _ASKED.get(name, _BY_KEY).format(place)
        asked = f"SELECT key, doc::text AS doc, digest FROM {table.relation} WHERE {where}"  # noqa: S608
        reads.append((name, asked + order))
    steps = ", ".join(f"read_{name} AS MATERIALIZED ({read})" for name, read in reads)
    union = " UNION ALL ".join(f"SELECT '{name}', * FROM read_{name}" for name, _ in reads)  # noqa: S608
    return f"WITH {steps} {union}"


def _table_of(name: str) -> RowTable:
    return TABLES[name] if name in TABLES else PRIVATE_TABLES[name]
