"""Build SQL statements that read and write view rows.

Does not run statements. The content of rows is defined in `rows.py`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from special_channel.stores.rows import ALL_TABLES, TABLES, RowTable


def change_steps(name: str, table: RowTable, place: int) -> str:
    """Return CTEs to upsert rows, on condition of unchanged digests (compare and swap).

    `$place`: the rows as an array of the table's row type; `$place + 1`: their digests as read,
    empty for new rows. A count (`change_count`) below the number of rows, or a unique violation,
    means that another transaction changed a row meanwhile.
    """
    # One array of rows, not one a column: the driver takes as long for an array as for a row.
    columns = table.columns
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
    """Return the SQL expression for the number of rows written by `change_steps`."""
    return f"(SELECT count(*) FROM changed_{name}) + (SELECT count(*) FROM made_{name})"  # noqa: S608


PUT_TABLES: Final = frozenset({"thread", "note", "ask"})
"""Tables with a write function in the database: the tables that notes change."""


def put_name(name: str) -> str:
    """Return the qualified name of the database function that writes a table's rows."""
    return TABLES[name].relation.replace(".", ".put_")


def put_one_name(name: str) -> str:
    """Return the name of the function that writes one row of a table, with its schema."""
    return f"record.put_{name}"


_BY_KEY: Final = "key = ANY (${0}::text[])"
_ASKED: Final = {
    # An acknowledgement names the entry that raised the step, an erasure the entry that keeps the
    # columns.
    "escalation": "(key = ANY (${0}::text[]) OR id = ANY (${0}::text[]))",
    "columns": "(key = ANY (${0}::text[]) OR id = ANY (${0}::text[]))",
}


# An entry's row is its line of the log: the valid one, otherwise the first invalid one.
_READ_ENTRY: Final = """
    SELECT DISTINCT ON (id) id AS key, json_build_array(id, log, idx, kind, thread, author, roles,
        code, others)::text AS doc, ''::bytea AS digest
    FROM (SELECT * FROM record.entries WHERE code = '' AND id = ANY (${0}::text[])
        UNION ALL SELECT * FROM record.entries WHERE code <> '' AND id = ANY (${0}::text[])) AS e
    ORDER BY id, code <> '', idx, log"""


# With the rows of threads, so that a commit needs no further round trip for the next ordinals.
# `ordinal > 0` is the condition of the partial index.
_READ_ORDINALS: Final = """
    SELECT l.log || ' ' || t.thread AS key, e.ordinal::text AS doc, ''::bytea AS digest
    FROM unnest(${0}::text[]) AS t (thread) CROSS JOIN (VALUES ('eu'), ('cn')) AS l (log)
    CROSS JOIN LATERAL (SELECT ordinal FROM record.entries AS e
        WHERE e.log = l.log AND e.thread = t.thread AND e.ordinal > 0
        ORDER BY e.ordinal DESC LIMIT 1) AS e"""


@lru_cache(maxsize=256)
def reading_statement(names: tuple[str, ...], *, charters: bool, lock: bool) -> str:
    """Return one statement that reads rows by key, with an array of keys for each table.

    Args:
        names: The tables to read; `entry` rows come from the log. `ordinal` reads the last
            ordinals of threads, keyed by log and thread.
        charters: Also read every charter.
        lock: Lock the rows that both logs change, in the order of table and key.
    """
    # Unnamed tables are left out: an append needs four of ten, and each costs time.
    reads = [("charter", "SELECT key, doc::text AS doc, digest FROM record.charters")]
    reads = reads if charters else []
    for place, name in enumerate(names, start=1):
        if name in {"entry", "ordinal"}:
            statement = _READ_ENTRY if name == "entry" else _READ_ORDINALS
            reads.append((name, statement.format(place)))
            continue
        table = ALL_TABLES[name]
        order = " ORDER BY key FOR UPDATE" if lock and table.locked else ""
        where = _ASKED.get(name, _BY_KEY).format(place)
        asked = f"SELECT key, doc::text AS doc, digest FROM {table.relation} WHERE {where}"  # noqa: S608
        reads.append((name, asked + order))
    steps = ", ".join(f"read_{name} AS MATERIALIZED ({read})" for name, read in reads)
    union = " UNION ALL ".join(f"SELECT '{name}', * FROM read_{name}" for name, _ in reads)  # noqa: S608
    return f"WITH {steps} {union}"
