"""The contract of `Record`, `SharedRecord` and `LogQueries` on every available PostgreSQL."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import UTC, datetime

import asyncpg
import pytest

from special_channel.core.bytes.errors import RuleBroken, Unavailable
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.log.merkle import (
    EMPTY_ROOT,
    inclusion_nodes,
    inclusion_proof,
    leaf_hash,
    root_nodes,
    verify_inclusion,
)
from special_channel.core.rows.threads import MentionRow
from special_channel.core.rules.state import digest_of, key_of
from special_channel.stores.reads import ReadMark, Reads
from special_channel.stores.record import open_record
from special_channel.stores.record.writes import COLUMNS
from special_channel.stores.sessions import session
from special_channel.stores.views import Views
from tests.stores.conftest import FORGETFUL
from tests.stores.made_entries import AUTHOR, THREAD, Made, append, commit, stored, text


async def test_a_new_log_is_empty(record):
    head = await record.head("eu")
    assert (head.size, head.frontier.root(), head.accepted) == (0, EMPTY_ROOT, "")
    assert await record.state() == (0, 0, digest_of({}))


@pytest.mark.parametrize("log", ["eu", "cn", "private"])
async def test_what_is_written_is_read_back_byte_for_byte(record, log):
    made = Made(parts=(text("first"), text("第二段")))
    written = await append(record, log, made, Made(thread=None))
    assert list(await record.entries(log, 0, 10)) == written
    assert (await record.head(log)).size == 2
    assert await record.checkpoint(log, 2) == f"note of {log} 2"
    assert await record.checkpoint(log, 1) is None


async def test_both_heads_are_read_together(record):
    await append(record, "eu", Made(), Made())
    await append(record, "cn", Made())
    heads = await record.heads()
    assert heads == {party: await record.head(party) for party in PARTIES}
    assert (heads["eu"].size, heads["cn"].size) == (2, 1)


async def test_pages_of_entries_begin_and_end_where_asked(record):
    written = await append(record, "cn", *[Made()] * 5)
    assert list(await record.entries("cn", 1, 3)) == written[1:4]
    assert list(await record.entries("cn", 5, 3)) == []


async def test_each_entry_is_covered_by_the_checkpoint_of_its_own_commit(record):
    await append(record, "eu", Made(), Made())
    await append(record, "eu", Made())
    assert await record.checkpoint_covering("eu", 1) == (2, "note of eu 2")
    assert await record.checkpoint_covering("eu", 2) == (3, "note of eu 3")
    assert await record.checkpoint_covering("eu", 3) is None


async def test_stored_nodes_prove_every_entry(record):
    entries = [
        *await append(record, "eu", *[Made()] * 5),
        *await append(record, "eu", *[Made()] * 6),
    ]
    root = (await record.head("eu")).frontier.root()
    for entry in entries:
        nodes = await record.tree_nodes("eu", inclusion_nodes(entry.index, 11))
        proof = inclusion_proof(entry.index, 11, nodes)
        verify_inclusion(leaf_hash(entry.leaf), entry.index, 11, proof, root)


async def test_roots_are_those_of_trees_no_larger_than_their_log(record):
    await append(record, "eu", Made(), Made())
    old = (await record.head("eu")).frontier.root()
    await append(record, "eu", Made())
    asked = frozenset({("eu", 0), ("eu", 2), ("eu", 4), ("cn", 0), ("cn", 1)})
    async with record.begin() as transaction:
        found = await transaction.roots(asked)
    assert found == {("eu", 0): EMPTY_ROOT, ("eu", 2): old, ("cn", 0): EMPTY_ROOT}


async def test_last_ordinals_are_those_below_a_size(record):
    other = "1e" * 16
    await append(record, "eu", Made(), Made())
    async with record.begin() as transaction:
        head = await transaction.lock("eu")
        entries = [
            stored("eu", 2, Made(thread=other), ordinal=1),
            stored("eu", 3, Made(), ordinal=3),
            stored("eu", 4, Made(thread=None)),
        ]
        await transaction.write(commit(head, entries))
    asked = frozenset({THREAD, other, "2d" * 16})
    async with record.begin() as transaction:
        found = [await transaction.ordinals("eu", asked, size) for size in (0, 2, 3, 5)]
        assert await transaction.ordinals("cn", asked, 5) == {}
        assert await transaction.ordinals("eu", frozenset(), 5) == {}
    assert found == [{}, {THREAD: 2}, {THREAD: 2, other: 1}, {THREAD: 3, other: 1}]


@pytest.mark.parametrize("log", ["eu", "private"])
async def test_head_has_the_directory_count_of_the_last_entry(record, log):
    made = replace(stored(log, 0, Made()), directory=7)
    async with record.begin() as transaction:
        await transaction.write(commit(await transaction.lock(log), [made]))
    assert (await record.head(log)).directory == 7
    async with record.begin() as transaction:
        assert (await transaction.lock(log)).directory == 7


@pytest.mark.parametrize("log", ["eu", "private"])
async def test_place_in_a_thread_is_taken_once(record, log):
    await append(record, log, Made())
    again = commit(await record.head(log), [stored(log, 1, ordinal=1)])
    with pytest.raises(Unavailable, match="append-lost"):
        async with record.begin() as transaction:
            await transaction.write(again)
    assert (await record.head(log)).size == 1


@pytest.mark.parametrize("made", [Made(), Made(thread=None)])
async def test_entry_has_an_ordinal_iff_it_has_a_thread(record, made):
    wrong = stored("eu", 0, made)
    wrong = replace(wrong, ordinal=0 if wrong.ordinal else 1)
    with pytest.raises(asyncpg.CheckViolationError):
        async with record.begin() as transaction:
            await transaction.write(commit(await transaction.lock("eu"), [wrong]))


async def test_a_flipped_bit_in_a_stored_hash_gives_another_root(record, database):
    await append(record, "eu", *[Made()] * 4)
    await _as_owner(
        database,
        "ALTER TABLE record.nodes DISABLE TRIGGER append_only",
        "UPDATE record.nodes SET hash = set_bit(hash, 7, 1 - get_bit(hash, 7)) WHERE level = 2",
    )
    async with record.begin() as transaction:
        head = await transaction.lock("eu")
        planned = commit(head, [stored("eu", 4)])
        assert await transaction.write(planned) != planned.frontier.root()


async def test_an_append_to_another_size_is_lost_and_writes_nothing(record):
    await append(record, "eu", Made())
    late = commit(replace(await record.head("eu")), [stored("eu", 1)])
    await append(record, "eu", Made())
    with pytest.raises(Unavailable, match="append-lost"):
        async with record.begin() as transaction:
            await transaction.write(late)
    assert (await record.head("eu")).size == 2


async def test_of_two_appends_at_once_one_waits_for_the_other(record):
    await asyncio.gather(*(append(record, "eu", Made()) for _ in range(6)))
    entries = await record.entries("eu", 0, 10)
    assert [entry.index for entry in entries] == list(range(6))


async def test_an_id_stands_in_a_log_once(record):
    await append(record, "eu", Made(serial=7))
    with pytest.raises(RuleBroken, match="entry-duplicate"):
        await append(record, "eu", Made(), Made(serial=7))
    assert (await record.head("eu")).size == 1


async def test_an_invalid_repetition_is_kept_and_the_valid_entry_found(record):
    (valid,) = await append(record, "cn", Made(serial=8))
    async with record.begin() as transaction:
        head = await transaction.lock("cn")
        again = stored("cn", 1, Made(serial=8), code="entry-duplicate")
        await transaction.write(commit(head, [again]))
    assert await record.find([valid.id, "00" * 32]) == {valid.id: valid}
    assert (await record.entries("cn", 1, 1))[0].code == "entry-duplicate"


async def test_a_failure_inside_leaves_nothing(record):
    async def fail():
        async with record.begin() as transaction:
            head = await transaction.lock("eu")
            await transaction.write(commit(head, [stored("eu", 0)]))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await record.head("eu")).size == 0
    assert await record.entries("eu", 0, 1) == []


async def test_a_swallowed_error_does_not_end_in_a_receipt(record):
    async def swallow():
        async with record.begin() as transaction:
            head = await transaction.lock("eu")
            await transaction.write(commit(head, [stored("eu", 0)]))
            with pytest.raises(asyncpg.DivisionByZeroError):
                await transaction.execute("SELECT 1 / 0")

    with pytest.raises(Unavailable, match="database-unavailable"):
        await swallow()
    assert (await record.head("eu")).size == 0


async def test_entries_of_the_private_log_are_found_by_nobody_who_asks_the_shared_ones(record):
    (entry,) = await append(record, "private", Made(kind="note.internal"))
    assert await record.find([entry.id]) == {}
    assert await Views(record.pool).find_private([entry.id]) == {entry.id: entry}
    assert await Views(record.pool).thread_entries(THREAD) == []


async def test_a_thread_is_read_in_display_order(record):
    async with record.begin() as transaction:
        eu, cn = await transaction.lock("eu"), await transaction.lock("cn")
        orders = {"eu": [0, 4], "cn": [4, 2]}
        for head in (eu, cn):
            entries = [
                replace(stored(head.log, step), order=order)
                for step, order in enumerate(orders[head.log])
            ]
            await transaction.write(commit(head, entries))
    shown = await Views(record.pool).thread_entries(THREAD)
    assert [(entry.log, entry.index) for entry in shown] == [
        ("eu", 0),
        ("cn", 1),
        ("cn", 0),
        ("eu", 1),
    ]


async def test_the_first_cosigned_note_of_each_size_is_kept(record):
    await append(record, "eu", *[Made()] * 3)
    async with record.begin() as transaction:
        for note, size in (("early", 2), ("later", 2), ("third", 3), ("old", 1)):
            await transaction.note("eu", note, size=size, cosigned=True)
    assert (await record.head("eu")).cosigned == 3
    assert (await record.head("eu")).stamp == 0
    assert await record.cosigned("eu", 1) == "early"
    assert await record.cosigned("eu", 0) == "old"
    assert await record.cosigned("eu", 3) is None
    assert await record.cosigned_above("eu", [0, 1, 3]) == {0: "old", 1: "early"}


async def test_the_newest_stamped_head_is_kept(record):
    async with record.begin() as transaction:
        await transaction.note("cn", "at ten", size=0, stamp=10)
        await transaction.note("cn", "at nine", size=0, stamp=9)
    assert await record.stamped("cn") == "at ten"
    assert (await record.head("cn")).stamp == 10
    assert await record.stamped("eu") is None


async def test_root_nodes_are_those_of_the_head(record):
    await append(record, "cn", *[Made()] * 7)
    head = await record.head("cn")
    nodes = await record.tree_nodes("cn", root_nodes(7))
    assert tuple(nodes[node] for node in root_nodes(7)) == head.frontier.hashes


async def _as_owner(database, *statements):
    connection = await asyncpg.connect(database.dsn())
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def test_a_transaction_left_open_does_not_become_the_next_ones(database):
    lone = replace(FORGETFUL, connections=1)
    async with open_record(database.dsn("channel_node"), lone) as record:
        # A task cancelled twice leaves its connection like this.
        async with session(record.pool) as connection:
            await connection.execute("BEGIN")
            await connection.execute("UPDATE record.heads SET stamp = 9")
        await append(record, "cn", Made())
        assert (await record.head("eu")).stamp == 0


async def test_rows_are_written_in_the_order_of_their_tables(record):
    """Rows go as tuples: a column put between others would go into the wrong one."""
    for schema, table in itertools.product(("record", "private"), COLUMNS):
        found = await record.pool.fetchval(
            "SELECT array_agg(attname::text ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped",
            f"{schema}.{table}",
        )
        assert tuple(found) == COLUMNS[table]


async def test_a_thread_lists_entries_without_a_thread_that_name_its_notes(record):
    own, other = "1a" * 16, "2b" * 16
    await append(record, "eu", Made(thread=own))
    row = MentionRow(own, "cn", 0, "", AUTHOR, 1)
    (named,) = await append(record, "cn", Made("note.acknowledged", None), rows={key_of(row): row})
    (last,) = await append(record, "eu", Made(thread=own))
    views = Views(record.pool)
    shown = await views.thread_entries(own)
    assert [(entry.log, entry.index) for entry in shown] == [("cn", 0), ("eu", 0), ("eu", 1)]
    assert list(await views.thread_entries(other)) == []
    assert await views.mentions(named.id) == [own]
    assert await views.mentions(last.id) == []


async def test_an_entry_that_names_a_thread_is_news_of_the_thread(record):
    threads = ["1a" * 16, "2b" * 16]
    await append(record, "eu", *(Made(thread=thread) for thread in threads))
    reads, at = Reads(record.pool), datetime(2026, 11, 24, tzinfo=UTC)
    for thread, key in itertools.product(threads, ("cn:reader", "cn:other")):
        await reads.mark(key, thread, ReadMark(2, 0), at)
    assert (await reads.news("cn:reader", threads)).threads == set()
    row = MentionRow(threads[1], "cn", 0, "", "cn:other", 2)
    await append(record, "cn", Made("note.acknowledged", None), rows={key_of(row): row})
    assert (await reads.news("cn:reader", threads)).threads == {threads[1]}
    assert (await reads.news("cn:other", threads)).threads == set(), "its own entry"
    await reads.mark("cn:reader", threads[1], ReadMark(2, 1), at)
    assert (await reads.news("cn:reader", threads)).threads == set()
