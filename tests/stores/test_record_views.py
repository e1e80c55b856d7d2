"""The views of the record: rows, digest and rebuild."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from special_channel.core.bytes.errors import Corrupt, Refused, Unavailable
from special_channel.core.rows.private import AssignmentRow, EscalationRow, private_key_of
from special_channel.core.rules.state import EntryRow, digest_of, key_of
from special_channel.stores.record import open_record
from tests.stores.conftest import FORGETFUL
from tests.stores.made_entries import AUTHOR, THREAD, Made, append, commit, stored, text, thread_row


async def test_rows_come_back_as_they_were_written(record):
    row = thread_row(order=3)
    await append(record, "eu", Made(), rows={key_of(row): row})
    async with record.begin() as transaction:
        found = await transaction.rows(frozenset({key_of(row), ("thread", "00" * 16)}))
    assert found == {key_of(row): row}


async def test_entry_rows_are_answered_from_the_log(record):
    (entry,) = await append(record, "eu", Made(parts=(text("words"),)))
    async with record.begin() as transaction:
        found = await transaction.rows(frozenset({("entry", entry.id)}))
    expected = EntryRow(entry.id, "eu", 0, "note.posted", THREAD, AUTHOR, "t")
    assert found == {("entry", entry.id): expected}


async def test_the_state_digest_follows_rows_of_both_logs(record):
    first, second = thread_row("1a" * 16), thread_row("2b" * 16)
    await append(record, "eu", Made(), rows={key_of(first): first, key_of(second): second})
    changed = replace(second, notes_eu=4)
    await append(record, "cn", Made(), rows={key_of(changed): changed})
    expected = digest_of({key_of(first): first, key_of(changed): changed})
    assert await record.state() == (1, 1, expected)


@pytest.mark.parametrize("existed", [True, False], ids=["changed", "made"])
async def test_a_row_changed_by_the_other_log_meanwhile_is_not_overwritten(record, existed):
    row = thread_row()
    if existed:
        await append(record, "eu", Made(), rows={key_of(row): row})
    mine, theirs = replace(row, notes_eu=1), replace(row, notes_cn=1)

    async def cross():
        async with record.begin() as transaction:
            head = await transaction.lock("eu")
            await transaction.rows(frozenset({key_of(row)}))
            await append(record, "cn", Made(), rows={key_of(theirs): theirs})
            await transaction.write(commit(head, [stored("eu", head.size)], {key_of(mine): mine}))

    with pytest.raises(Unavailable, match="append-lost"):
        await cross()
    assert (await record.rows(frozenset({key_of(row)})))[key_of(row)] == theirs


async def test_a_locked_row_makes_the_other_log_wait(record):
    row = thread_row()
    await append(record, "eu", Made(), rows={key_of(row): row})

    async def count(log, side):
        async with record.begin() as transaction:
            head = await transaction.lock(log)
            found = await transaction.rows(frozenset({key_of(row)}), lock=True)
            held = found[key_of(row)]
            more = replace(held, **{side: getattr(held, side) + 1})
            entry = stored(log, head.size)
            await transaction.write(commit(head, [entry], {key_of(more): more}))

    await asyncio.gather(
        *(count("eu", "notes_eu") for _ in range(4)), *(count("cn", "notes_cn") for _ in range(4))
    )
    held = (await record.rows(frozenset({key_of(row)})))[key_of(row)]
    assert (held.notes_eu, held.notes_cn) == (4, 4)


async def test_a_transaction_may_write_a_row_twice(record):
    row = thread_row()
    async with record.begin() as transaction:
        await transaction.lock("eu")
        for step in range(2):
            head = await transaction.lock("eu")
            row = replace(row, notes_eu=step)
            await transaction.write(commit(head, [stored("eu", step)], {key_of(row): row}))
    assert await record.state() == (2, 0, digest_of({key_of(row): row}))


async def test_private_rows_are_kept_apart_from_the_state(record):
    raised = EscalationRow(
        "cc" * 32,
        "1",
        "2026-11-24T09:00:00Z",
        2,
        "head",
        "2026-11-24T09:00:01Z",
        "confirmed",
        0,
        "dd" * 32,
    )
    mine = AssignmentRow(THREAD, AUTHOR, 0)
    rows = {private_key_of(raised): raised, private_key_of(mine): mine}
    await append(record, "private", Made(), private_rows=rows)
    async with record.begin() as transaction:
        assert await transaction.private_rows(frozenset(rows)) == rows
        # An acknowledgement names the entry that raised the step.
        by_id = await transaction.private_rows(frozenset({("escalation", "dd" * 32)}))
    assert by_id == {private_key_of(raised): raised}
    assert await record.state() == (0, 0, digest_of({}))


async def test_views_made_again_give_the_same_state(record):
    rows = [thread_row(f"{step:032x}") for step in range(3)]
    mine = AssignmentRow(THREAD, AUTHOR, 0)
    await append(record, "eu", Made(), rows={key_of(row): row for row in rows})
    await append(record, "private", Made(), private_rows={private_key_of(mine): mine})
    before = await record.state()
    await _forget(record)

    async def folded():
        for row in rows:
            yield row

    with pytest.raises(Corrupt, match="views-diverged"):
        await record.replace_rows(folded(), (1, 0, "0" * 64))
    await record.replace_rows(folded(), before)
    assert await record.state() == before
    async with record.begin() as transaction:  # the private views are another log's
        assert await transaction.private_rows(frozenset({private_key_of(mine)}))
    keys = frozenset(key_of(row) for row in rows)
    assert set((await record.rows(keys)).values()) == set(rows)


async def test_views_of_another_size_replace_nothing(record):
    row = thread_row()
    await append(record, "eu", Made(), rows={key_of(row): row})

    async def other():
        yield thread_row(notes_eu=9)

    with pytest.raises(Unavailable, match="append-lost"):
        async with record.begin() as transaction:
            await transaction.replace_rows(other(), eu=0, cn=0)
    assert await record.rows(frozenset({key_of(row)}))


async def test_private_views_are_made_again_apart(record):
    mine = AssignmentRow(THREAD, AUTHOR, 0)
    rows = {private_key_of(mine): mine}
    await append(record, "private", Made(), private_rows=rows)

    async def folded():
        yield mine

    async with record.begin() as transaction:
        await transaction.execute("UPDATE private.assignments SET doc = '{}'::jsonb")
        await transaction.replace_private_rows(folded(), size=1)
        assert await transaction.private_rows(frozenset(rows)) == rows
        with pytest.raises(Unavailable, match="append-lost"):
            await transaction.replace_private_rows(folded(), size=2)


async def test_a_database_that_may_forget_is_refused(database):
    durable = replace(FORGETFUL, durable=True)
    with pytest.raises(Refused, match="database-not-durable"):
        async with open_record(database.dsn("channel_node"), durable):
            pytest.fail("opened")


async def _forget(record):
    async with record.begin() as transaction:
        await transaction.execute("UPDATE record.heads SET digest = digest")
        await transaction.execute("UPDATE record.threads SET digest = '', doc = '{}'::jsonb")
