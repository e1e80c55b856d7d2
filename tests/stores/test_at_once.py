"""Checks of the database when a commit is a single statement (ADR 20)."""

from __future__ import annotations

from dataclasses import replace

import asyncpg
import pytest

from special_channel.core.bytes.errors import Unavailable
from special_channel.launcher.postgres import OWNER
from special_channel.stores.migrations import migrations
from special_channel.stores.row_statements import (
    PUT_TABLES,
    change_count,
    change_steps,
    put_name,
    put_one_name,
)
from special_channel.stores.rows import TABLES
from tests.stores.made_entries import THREAD, Made, append, commit, stored, thread_row


async def run(dsn, *statements):
    connection = await asyncpg.connect(dsn)
    try:
        async with connection.transaction():
            for statement in statements:
                found = await connection.fetch(statement)
        return found
    finally:
        await connection.close()


async def write(record, rows=None, *, count=1, made=None, change=lambda made: made):
    """Commit entries in a single statement, on cached rows."""
    async with record.at_once() as transaction:
        head, _ = await transaction.lock_shared()
        await transaction.rows(frozenset(rows or {}))
        entries = [stored("eu", head.size + step, made) for step in range(count)]
        await transaction.write(change(commit(head, entries, rows)))


CHANGES = (
    "UPDATE record.threads SET ord = ord + 1",
    "DELETE FROM record.threads",
    (
        "INSERT INTO record.threads SELECT 'other', doc, digest, party, idx, opener, batch,"
        " accepted, closed, ord, notes_eu, notes_cn FROM record.threads"
    ),
)
ANNOUNCED = "UPDATE record.heads SET digest = sha256(digest) WHERE log = 'cn'"


@pytest.mark.parametrize("role", ["channel_node", OWNER])
@pytest.mark.parametrize("change", CHANGES)
async def test_view_rows_change_only_with_a_digest(database, record, role, change):
    rows = {("thread", THREAD): thread_row()}
    await append(record, "eu", Made(), rows=rows)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no head's digest was written"):
        await run(database.dsn(role), change)
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="no head's digest was written"):
        await run(database.dsn(role), "UPDATE record.heads SET cosigned = cosigned + 1", change)
    await run(database.dsn(role), ANNOUNCED, change)


async def test_digest_of_another_transaction_does_not_count(database, record):
    await append(record, "eu", Made(), rows={("thread", THREAD): thread_row()})
    connection = await asyncpg.connect(database.dsn("channel_node"))
    try:
        await connection.execute(ANNOUNCED)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(CHANGES[0])
    finally:
        await connection.close()


async def test_every_view_table_asks_for_a_digest(database):
    held = await run(
        database.dsn(),
        "SELECT tgrelid::regclass::text AS name FROM pg_trigger WHERE tgname = 'moves_digest'",
    )
    assert {row["name"] for row in held} == {table.relation for table in TABLES.values()}


def put_function(name):
    """Return the statement that creates the function `put_name(name)`.

    The function runs with its caller's rights, executes `change_steps`, and raises SC002 if
    another transaction changed a row meanwhile.
    """
    table = TABLES[name]
    return f"""
CREATE FUNCTION {put_name(name)}({table.relation}[], bytea[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    written bigint;
BEGIN
    WITH {change_steps(name, table, 1).strip()}
    SELECT {change_count(name)} INTO written;
    IF written <> cardinality($1) THEN
        RAISE EXCEPTION 'a row has changed' USING ERRCODE = 'SC002';
    END IF;
    RETURN true;
END $$;
"""


def put_one_function(name):
    """Return the statement that makes `put_one_name(name)`.

    It does what `put_function` does for a single row, in a plain statement: steps that change
    rows, and counts of them, cost several times as much.
    """
    table = TABLES[name]
    columns = table.columns
    settings = ", ".join(f"{column} = $1.{column}" for column in columns[1:])
    return f"""
CREATE FUNCTION {put_one_name(name)}({table.relation}, bytea) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    IF $2 = '' THEN
        INSERT INTO {table.relation} ({", ".join(columns)})
        VALUES ({", ".join(f"$1.{column}" for column in columns)});
        RETURN true;
    END IF;
    UPDATE {table.relation} AS held SET {settings}
    WHERE held.key = $1.key AND held.digest = $2;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a row has changed' USING ERRCODE = 'SC002';
    END IF;
    RETURN true;
END $$;
"""  # noqa: S608 - names of the tables above, no input


async def test_functions_for_rows_are_those_of_the_table_maker(database):
    text = "".join(each.text for each in migrations())
    for made in (put_function, put_one_function):
        assert {name for name in PUT_TABLES if made(name).strip() not in text} == set()


async def test_functions_for_commits_have_their_callers_rights(database):
    names = [made(name) for name in PUT_TABLES for made in (put_name, put_one_name)]
    names.append("record.append")
    held = await run(
        database.dsn(),
        "SELECT oid::regproc::text AS name, prosecdef, proacl::text AS rights FROM pg_proc"
        " WHERE pronamespace = 'record'::regnamespace",
    )
    found = {row["name"]: row for row in held if row["name"] in names}
    assert found.keys() == set(names)
    assert not any(row["prosecdef"] for row in found.values())
    assert not any("channel_link" in row["rights"] for row in found.values())


async def test_commit_at_once_leaves_what_a_transaction_does(record):
    rows = {("thread", THREAD): thread_row()}
    await write(record, rows)
    for count in (1, 2, 3, 7, 40):
        before = (await record.head("eu")).size
        await write(record, {("thread", THREAD): thread_row(order=before)}, count=count)
        head = await record.head("eu")
        assert head.size == before + count
        trees = frozenset({("eu", size) for size in range(1, head.size + 1)})
        async with record.begin() as transaction:
            roots = await transaction.roots(trees)
        assert roots["eu", head.size] == head.frontier.root()
        assert head.accepted == "2026-11-24T09:00:00Z"
    assert (await record.rows(frozenset(rows)))["thread", THREAD].order == before
    locked = await record.state()
    await append(record, "eu", Made(), rows={("thread", THREAD): thread_row(order=before)})
    assert (await record.state())[2] == locked[2]


async def _stamped(record):
    async with record.begin() as transaction:
        await transaction.note("cn", "stamped", size=0, stamp=9)


async def _appended(record):
    await append(record, "cn", Made(thread=None))


async def _changed(record):
    async with record.begin() as transaction:
        # As if a row of the views had changed without an entry: then the digest differs alone.
        await transaction.execute(
            "UPDATE record.heads SET digest = sha256(digest) WHERE log = 'cn'"
        )


@pytest.mark.parametrize("meanwhile", [_stamped, _appended, _changed])
async def test_commit_on_stale_memory_writes_nothing(record, meanwhile):
    await write(record, {("thread", THREAD): thread_row()})
    await meanwhile(record)
    before = await record.state()
    with pytest.raises(Unavailable):
        await write(record, {("thread", THREAD): thread_row(order=1)})
    assert await record.state() == before
    await write(record, {("thread", THREAD): thread_row(order=1)})  # it has forgotten


def threads(count, order=0):
    """Rows of threads; a separate function writes one of them."""
    return {("thread", f"{step:032}"): thread_row(order=order) for step in range(count)}


@pytest.mark.parametrize("count", [1, 3])
async def test_row_changed_past_all_rules_is_not_overwritten(database, record, count):
    """Each row is compared with the row read, even if digests are equal."""
    await write(record, threads(count))
    await run(
        database.superuser,
        "SET LOCAL session_replication_role = replica",
        "UPDATE record.threads SET digest = sha256(digest) WHERE key = repeat('0', 32)",
    )
    with pytest.raises(Unavailable):
        await write(record, threads(count, order=1))
    assert (await record.head("eu")).size == 1


@pytest.mark.parametrize("rows", [{}, {("thread", THREAD): thread_row(order=1)}])
async def test_root_that_is_not_the_stored_trees_undoes_all(record, rows):
    await write(record, {("thread", THREAD): thread_row()}, count=3)
    before = await record.state()

    def lie(made):
        *nodes, (level, index, _) = sorted(made.nodes)
        return replace(made, nodes=(*nodes, (level, index, bytes(32))))

    with pytest.raises(Unavailable) as failed:
        await write(record, rows, change=lie)
    assert "another root" in str(failed.value.__cause__)
    assert await record.state() == before
    assert len(await record.entries("eu", 0, 10)) == 3


async def test_id_that_stands_already_is_refused_by_the_index(record):
    await append(record, "cn", Made(serial=-1))
    with pytest.raises(Unavailable) as failed:
        await write(record, made=Made(serial=-1))
    assert isinstance(failed.value.__cause__, asyncpg.UniqueViolationError)
    assert (await record.head("eu")).size == 0
