"""Migrations keep what was applied before."""

from __future__ import annotations

import asyncpg

from special_channel.stores import migrations
from special_channel.stores.migrations import migrate

CORRECTIONS = "4125c8a8db23bcaa9c45944c75b78661b94a35d160612164832ccd7c0248de10"


async def columns_of(connection, table):
    rows = await connection.fetch(
        "SELECT column_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'record' AND table_name = $1",
        table,
    )
    return {row["name"] for row in rows}


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
