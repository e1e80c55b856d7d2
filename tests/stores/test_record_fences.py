# ruff: noqa: S608 - statements that an attacker would write
"""Append-only and the wall around the private log: what the database itself refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import Refused, RuleBroken, Unavailable
from special_channel.core.bytes.ids import Position
from special_channel.stores import migrations
from special_channel.stores.migrations import migrate
from tests.stores.made_entries import (
    AUTHOR,
    THREAD,
    Made,
    append,
    commit,
    data,
    stored,
    text,
)

BATCH, OTHER = "ba" * 32, "eu:" + "cd" * 16
SENT = datetime(2026, 11, 24, 9, tzinfo=UTC)
THREAD_KINDS = ("thread.opened", "note.posted", "note.posted")

LOG_TABLES = ["entries", "nodes", "checkpoints", "cosigned", "parts"]


@pytest_asyncio.fixture
async def filled(record):
    """A record with something in every log table."""
    for log in ("eu", "cn", "private"):
        await append(record, log, Made(parts=(text("words"),)))
        async with record.begin() as transaction:
            await transaction.note(log, "cosigned", size=1, cosigned=True)
    return record


async def run(database, role, statement):
    connection = await asyncpg.connect(database.dsn(role))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def denied(database, role, statements, match=None):
    """Try statements in a session; the database must refuse each of them."""
    connection = await asyncpg.connect(database.dsn(role))
    try:
        for statement in statements:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match=match):
                await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.parametrize("role", ["channel_node", "channel_link"])
async def test_log_tables_only_grow(filled, database, role):
    for table in LOG_TABLES:
        first = "size" if table in {"checkpoints", "cosigned"} else "idx"
        upsert = f"ON CONFLICT ON CONSTRAINT {table}_pkey DO UPDATE SET {first} = 0"
        statements = (
            f"UPDATE record.{table} SET {first} = {first}",
            f"DELETE FROM record.{table}",
            f"TRUNCATE record.{table}",
            f"INSERT INTO record.{table} SELECT * FROM record.{table} {upsert}",
            f"ALTER TABLE record.{table} DISABLE TRIGGER ALL",
            f"DROP TABLE record.{table}",
            f"SET session_replication_role = replica; DELETE FROM record.{table}",
        )
        await denied(database, role, statements)


async def test_the_private_log_only_grows(filled, database):
    for table in LOG_TABLES:
        statements = (f"DELETE FROM private.{table}", f"TRUNCATE private.{table}")
        await denied(database, "channel_node", statements)


@pytest.mark.parametrize("schema", ["record", "private"])
async def test_even_the_owner_is_held_back_by_triggers(filled, database, schema):
    for table in (*LOG_TABLES, "heads"):
        statements = (f"DELETE FROM {schema}.{table}", f"TRUNCATE {schema}.{table}")
        await denied(database, "postgres", statements, match="append-only")


async def test_the_owner_can_not_rewrite_an_envelope_or_a_part(filled, database):
    statements = (
        "UPDATE record.entries SET envelope = '{}'",
        "UPDATE record.entries SET code = 'role'",
        "UPDATE record.parts SET disclosure = NULL",
        "UPDATE record.parts SET disclosure = 'other'",
    )
    await denied(database, "postgres", statements, match="append-only")


@pytest.mark.parametrize("field", ["size", "stamp", "cosigned"])
async def test_a_head_only_moves_on(filled, database, field):
    await run(database, "channel_node", f"UPDATE record.heads SET {field} = 5, frontier = '{{}}'")
    back = f"UPDATE record.heads SET {field} = 4"
    await denied(database, "channel_node", [back], match="moves on")


async def test_the_link_has_no_right_on_anything_private(filled, database):
    owner = await asyncpg.connect(database.dsn())
    try:
        tables = await owner.fetch(
            "SELECT schemaname || '.' || tablename AS name FROM pg_tables"
            " WHERE schemaname NOT IN ('record', 'public', 'pg_catalog', 'information_schema')"
        )
    finally:
        await owner.close()
    assert "private.entries" in {row["name"] for row in tables}
    reads = [f"SELECT FROM {row['name']}" for row in tables]
    await denied(database, "channel_link", reads)


async def test_the_link_is_refused_the_private_head(link_record):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await link_record.head("private")


async def test_the_link_mirrors_into_shared_logs(link_record, record):
    written = await append(link_record, "cn", Made(parts=(text("来文收悉"),)))
    assert list(await record.entries("cn", 0, 5)) == written


async def test_a_part_is_erased_by_an_order_that_names_it(record):
    (entry,) = await append(record, "cn", Made(parts=(text("keep"), text("name"), data())))
    order = Made("part.erased", None, entry.id, {"parts": [1, 2], "basis": "order"})
    (erasure,) = await append(record, "eu", order)
    async with record.begin() as transaction:
        assert await transaction.erase(Position("eu", erasure.index)) == 1
        assert await transaction.erase(Position("eu", erasure.index)) == 0
    (left,) = await record.entries("cn", 0, 1)
    assert left.parts == (entry.parts[0], None, entry.parts[2])
    assert left.envelope == entry.envelope


async def test_a_draft_that_was_left_goes_with_what_was_sent_of_it(record):
    """The author's text is deleted in all drafts; later texts and other authors' texts stay."""
    opened, first, following = (Made(kind, parts=(text(kind),)) for kind in THREAD_KINDS)
    entries = [
        *await append(record, "eu", opened, first, following),
        *await append(record, "eu", Made("batch.answered", None, BATCH, parts=(text("remark"),))),
    ]
    places = {THREAD, f"new-{BATCH}", "promise-1", f"answer-{BATCH}", "elsewhere"}
    of_thread = {THREAD, f"new-{BATCH}", "promise-1"}
    told = [of_thread, of_thread, {THREAD}, {f"answer-{BATCH}"}]
    for entry, gone in zip(entries, told, strict=True):
        for at, expected in ((SENT, gone), (SENT + timedelta(seconds=1), set())):
            left = await _drafts_after(record, entry.id, places, at)
            assert left == {(AUTHOR, each) for each in places - expected} | {
                (OTHER, each) for each in places
            }


async def _drafts_after(record, entry, places, at):
    """Give both authors drafts everywhere, erase an entry, and return the remaining drafts."""
    (order,) = await append(record, "eu", Made("part.erased", None, entry, {"parts": [0]}))
    async with record.begin() as transaction:
        await transaction.execute("DELETE FROM desk.drafts")
        for key in (AUTHOR, OTHER):
            for place in places:
                put = "INSERT INTO desk.drafts VALUES ($1, $2, 'words', $3)"
                await transaction.execute(put, key, place, at)
        await transaction.erase(Position("eu", order.index))
    found = await record.pool.fetch("SELECT key, place FROM desk.drafts")
    return {(row["key"], row["place"]) for row in found}


async def test_nothing_but_an_order_erases(record):
    await append(record, "eu", Made(parts=(text("name"),)), Made(body={"parts": [0]}))
    for index in (0, 1, 2):
        async with record.begin() as transaction:
            with pytest.raises(RuleBroken, match="erase-authority"):
                await transaction.erase(Position("eu", index))
            await transaction.execute("ROLLBACK")
            await transaction.execute("BEGIN")
    assert (await record.entries("eu", 0, 1))[0].parts == (text("name"),)


async def test_the_link_may_not_erase(filled, database):
    statements = ("SELECT record.erase('eu', 0)", "SELECT private.erase(0)")
    await denied(database, "channel_link", statements)


async def test_a_private_part_of_any_role_is_erased_by_a_private_order_that_names_it(record):
    parts = (text("keep"), text("name"), data())
    (entry,) = await append(record, "private", Made(parts=parts))
    await append(record, "private", Made("private.erased", None, entry.id, {"parts": [1, 2, 3]}))
    async with record.begin() as transaction:
        assert await transaction.erase_privately(1) == 2
        assert await transaction.erase_privately(1) == 0
    (left,) = await record.entries("private", 0, 1)
    assert left == replace(entry, parts=(parts[0], None, None))


async def test_nothing_but_a_private_order_erases_in_the_private_log(record, database):
    (entry,) = await append(record, "private", Made(parts=(text("name"),)))
    await append(record, "private", Made("part.erased", None, entry.id, {"parts": [0]}))
    await append(record, "eu", Made("part.erased", None, entry.id, {"parts": [0]}))
    for index in (0, 1, 2):
        async with record.begin() as transaction:
            with pytest.raises(RuleBroken, match="erase-authority"):
                await transaction.erase_privately(index)
            await transaction.execute("ROLLBACK")
            await transaction.execute("BEGIN")
    async with record.begin() as transaction:
        assert await transaction.erase(Position("eu", 0)) == 0
    statements = ("UPDATE private.parts SET disclosure = NULL",)
    await denied(database, "postgres", statements, match="append-only")
    assert (await record.entries("private", 0, 1))[0].parts == (text("name"),)


async def test_a_missing_part_is_filled_in_only_by_the_one_committed_to(link_record):
    whole = stored("cn", 0, Made(parts=(text("late"),)))
    async with link_record.begin() as transaction:
        head = await transaction.lock("cn")
        await transaction.write(commit(head, [_absent(whole)]))

    async def fill(words):
        async with link_record.begin() as transaction:
            return await transaction.fill_part("cn", 0, 0, text(words))

    with pytest.raises(RuleBroken, match="part-digest"):
        await fill("other")
    assert await fill("late")
    assert not await fill("late")
    assert await link_record.entries("cn", 0, 1) == [whole]


async def test_an_erased_part_does_not_come_back(record):
    (entry,) = await append(record, "eu", Made(parts=(text("gone"),)))
    await append(record, "eu", Made("part.erased", None, entry.id, {"parts": [0]}))
    async with record.begin() as transaction:
        await transaction.erase(Position("eu", 1))
        assert not await transaction.fill_part("eu", 0, 0, text("gone"))
    assert (await record.entries("eu", 0, 1))[0].parts == (None,)


async def test_migrating_again_does_nothing(empty_database):
    done = await migrate(empty_database.dsn())
    assert done == [each.name for each in migrations.migrations()]
    assert await migrate(empty_database.dsn()) == []


async def test_a_migration_that_has_changed_is_refused(empty_database):
    await migrate(empty_database.dsn())
    await run(empty_database, "postgres", "UPDATE public.migrations SET sha256 = '0'")
    with pytest.raises(Exception, match="migration-changed"):
        await migrate(empty_database.dsn())


async def test_a_database_newer_than_the_program_is_refused(empty_database):
    await migrate(empty_database.dsn())
    await run(
        empty_database, "postgres", "INSERT INTO public.migrations VALUES (9999, 'later', '0')"
    )
    with pytest.raises(Refused, match="migration-unknown"):
        await migrate(empty_database.dsn())


async def test_a_database_without_tables_says_so(empty_database):
    connection = await asyncpg.connect(empty_database.dsn())
    try:
        with pytest.raises(Unavailable, match="database-not-migrated"):
            await migrations.check_migrated(connection)
    finally:
        await connection.close()


async def test_a_migration_with_a_fault_leaves_nothing(empty_database, monkeypatch):
    broken = migrations.Migration(1, "0001_broken.sql", "CREATE TABLE public.half (); SELECT 1/0")
    monkeypatch.setattr(migrations, "migrations", lambda: [broken])
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_database.dsn())
    monkeypatch.undo()
    assert await migrate(empty_database.dsn())
    with pytest.raises(asyncpg.UndefinedTableError):
        await run(empty_database, "postgres", "SELECT FROM public.half")


def _absent(entry):
    return replace(entry, parts=(None,) * len(entry.parts))
