"""Migrations keep what was applied before, and fill columns of rows that were there before."""

from __future__ import annotations

import asyncpg

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.application_facts import CorrectionFact
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.licences import Issue, LicenceRow
from special_channel.stores import migrations
from special_channel.stores.migrations import migrate
from special_channel.stores.rows import TABLES, written

CORRECTIONS = "4125c8a8db23bcaa9c45944c75b78661b94a35d160612164832ccd7c0248de10"


async def columns_of(connection, table):
    rows = await connection.fetch(
        "SELECT column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'record' AND table_name = $1",
        table,
    )
    return {row["name"] for row in rows}


async def put(connection, name, key, row):
    """Write a row with the columns that its table has at this point."""
    table = TABLES[name]
    held = await columns_of(connection, table.relation.partition(".")[2])
    cells = dict(zip(table.columns, written(name, table, key, row), strict=True))
    known = [column for column in table.columns if column in held]
    marks = ", ".join(f"${place}" for place in range(1, len(known) + 1))
    await connection.execute(
        f"INSERT INTO {table.relation} ({', '.join(known)}) VALUES ({marks})",  # noqa: S608 - names of columns
        *(cells[column] for column in known),
    )


def made(party: Party, index: int, corrected: int) -> CorrectionFact:
    return CorrectionFact(party, index, 0, f"{corrected:064x}", corrected, 0)


def issue(index: int, issued_on: str, corrects: int | None = None) -> Issue:
    return Issue(
        index, f"{index:064x}", "2026-11-20T08:00:00Z", "general", (), "licence", issued_on,
        "2026-11-20", "2027-11-19", corrects="" if corrects is None else f"{corrects:064x}",
    )  # fmt: skip


async def test_applied_file_of_corrections_has_not_changed(empty_database):
    [file] = [each for each in migrations.migrations() if each.number == 680]
    assert file.sha256 == CORRECTIONS
    await migrate(empty_database.dsn())
    connection = await asyncpg.connect(empty_database.dsn("postgres"))
    try:
        held = await columns_of(connection, "applications")
    finally:
        await connection.close()
    assert {"eu_source", "cn_source"} <= held
    assert not {"eu_last", "cn_last"} & held


async def test_rows_from_before_get_their_columns_at_once(empty_database, monkeypatch):
    every = migrations.migrations()
    monkeypatch.setattr(migrations, "migrations", lambda: [m for m in every if m.number < 710])
    await migrate(empty_database.dsn())
    connection = await asyncpg.connect(empty_database.dsn("postgres"))
    applications = (
        ApplicationRow("A-1"),
        # The second correction of one statement replaces nothing.
        ApplicationRow("A-2", corrections=(made("cn", 5, 2), made("cn", 9, 2), made("eu", 7, 1))),
    )
    licences = (
        LicenceRow("L-1", (issue(1, "2026-11-01"), issue(2, "2026-11-02"))),
        LicenceRow(
            "L-2",
            (
                issue(3, "2026-11-03"),
                issue(4, "2026-11-04", 3),
                issue(5, "2026-11-05", 3),
                issue(6, "2026-11-06", 4),
            ),
        ),
    )
    try:
        # Views are written in commits alone, which this test has none of.
        await connection.execute("SET session_replication_role = replica")
        for row in applications:
            await put(connection, "application", row.number, row)
        for held in licences:
            await put(connection, "licence", held.licence, held)
        monkeypatch.undo()
        await migrate(empty_database.dsn())
        assert [
            tuple(row)
            for row in await connection.fetch(
                "SELECT key, eu_corrected, cn_corrected FROM record.applications ORDER BY key"
            )
        ] == [("A-1", -1, -1), ("A-2", 7, 5)]
        assert [
            tuple(row)
            for row in await connection.fetch(
                "SELECT key, issued_on FROM record.licences ORDER BY key"
            )
        ] == [("L-1", "2026-11-01"), ("L-2", "2026-11-06")]
        guarded = await connection.fetch(
            "SELECT tgrelid::regclass::text AS name FROM pg_trigger"
            " WHERE tgname = 'moves_digest' AND tgenabled <> 'O'"
        )
        assert guarded == []
    finally:
        await connection.close()


def test_correction_that_replaces_nothing_is_not_the_last():
    row = ApplicationRow("A-2", corrections=(made("cn", 5, 2), made("cn", 9, 2)))
    table = TABLES["application"]
    cells = dict(zip(table.columns, written("application", table, "A-2", row), strict=True))
    assert (cells["eu_corrected"], cells["cn_corrected"]) == (-1, 5)


async def test_internal_notes_from_before_are_indexed_again(empty_database, monkeypatch):
    """Their number was not in the index; texts of the shared record are in it as they should."""
    every = migrations.migrations()
    monkeypatch.setattr(migrations, "migrations", lambda: [m for m in every if m.number < 760])
    await migrate(empty_database.dsn())
    connection = await asyncpg.connect(empty_database.dsn("postgres"))
    try:
        # Without the triggers that queue a new text: these were indexed long ago.
        await connection.execute("SET session_replication_role = replica")
        for log, index in (("private", 35), ("private", 36), ("eu", 7)):
            schema = "private" if log == "private" else "record"
            await connection.executemany(
                f"INSERT INTO {schema}.parts (log, idx, ordinal, disclosure)"  # noqa: S608 - names of schemas
                " VALUES ($1, $2, $3, $4)",
                [(log, index, ordinal, b"{}") for ordinal in range(2)],
            )
        monkeypatch.undo()
        await migrate(empty_database.dsn())
        waiting = await connection.fetch("SELECT source, key FROM private.search_waits ORDER BY 2")
    finally:
        await connection.close()
    assert [tuple(row) for row in waiting] == [("private", "35"), ("private", "36")]
