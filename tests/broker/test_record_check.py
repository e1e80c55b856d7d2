"""Damage in the database is found, named and stored; intact data is not touched."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_asyncio

from special_channel.broker.log_check import BLOCK
from special_channel.broker.rebuild import folded_privately, rebuild
from special_channel.broker.record_check import Checked
from special_channel.broker.rolling_check import DamageWatch
from special_channel.core.bytes.errors import Corrupt
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign
from special_channel.ports import LogName
from special_channel.ports.damage import Damage
from special_channel.stores.damage import DamageBook
from special_channel.stores.views import Views
from special_channel.wiring.checking import record_check
from tests import damage
from tests.broker.test_rebuild import busy_weeks, write
from tests.link.nodes import Bells, Node, open_node
from tests.link.test_two_nodes import note
from tests.stories import busy


@pytest_asyncio.fixture
async def node(fresh_database, tmp_path):
    """EU's node with a busy shared record and a busy private log."""
    async with open_node(busy().world, "eu", await fresh_database(), tmp_path) as made:
        await made.catch_up_alone()
        await busy_weeks(made)
        yield made


async def checked(node: Node) -> Checked:
    async def at_once(_many: int) -> None:
        return

    return await record_check(node.record, node.identity, node.clock).run(at_once)


async def found(node: Node) -> list[Damage]:
    return list((await checked(node)).damaged)


async def hurt(node: Node, *statements: str) -> None:
    await damage.tamper(node.database.superuser, *statements)


async def index_of(node: Node, log, kind: str) -> int:
    entries = await node.record.entries(log, 0, 1000)
    return next(entry.index for entry in entries if entry.kind == kind)


async def kept(node: Node, what: str) -> bytes | None:
    statement = "SELECT kept FROM record.damaged WHERE what = $1"
    stored: bytes | None = await node.record.pool.fetchval(statement, what)
    return stored


async def test_whole_record_has_no_damage(node):
    look = await checked(node)
    assert look.damaged == ()
    assert look.replayed
    sizes = [await node.size(log) for log in ("eu", "cn", "private")]
    assert look.entries == sum(sizes)
    state = await DamageBook(node.record.pool).state()
    assert state.passed == state.ended == node.clock.now()


async def test_deleted_entry_is_found(node):
    index = await index_of(node, "eu", "note.posted")
    await hurt(node, *damage.entry_deleted("eu", index))
    assert await found(node) == [Damage("eu", index, "entry")]
    assert await kept(node, "entry") is None


@pytest.mark.parametrize("log", ["eu", "cn"])
async def test_leaf_hash_changed_is_found(node, log):
    for index in (0, 3, await node.size(log) - 1):
        await hurt(node, *damage.leaf_hash_changed(log, index))
    assert [one for one in await found(node) if one.index >= 0] == [
        Damage(log, index, "hash") for index in (0, 3, await node.size(log) - 1)
    ]


@pytest.mark.parametrize("log", ["eu", "cn"])
async def test_leaf_line_changed_is_found(node, log):
    for index in (0, 3, await node.size(log) - 1):
        await hurt(node, *damage.leaf_changed(log, index))
    assert await found(node) == [
        Damage(log, index, "leaf") for index in (0, 3, await node.size(log) - 1)
    ]


async def test_leaf_and_hash_changed_alike_are_found(node):
    """A line and its hash that match each other, but not the signed tree."""
    line = "SELECT leaf FROM record.entries WHERE log = 'eu' AND idx = 3"
    hashed = f"sha256('\\x00'::bytea || ({line}))"
    where = "log = 'eu' AND level = 0 AND idx = 3"
    update = f"UPDATE record.nodes SET hash = {hashed} WHERE {where}"  # noqa: S608
    await hurt(node, *damage.leaf_changed("eu", 3), update)
    places = {(one.what, one.index, one.place) for one in await found(node)}
    assert ("node", -1, "1/1") in places


async def test_envelope_of_the_peer_changed_is_found(node):
    index = await index_of(node, "cn", "note.posted")
    await hurt(node, *damage.envelope_changed("cn", index))
    assert await found(node) == [Damage("cn", index, "envelope")]
    row = json.loads((await kept(node, "envelope")) or b"")
    assert row["idx"] == index
    assert row["envelope"].startswith("\\x")


async def test_text_changed_is_found_and_its_bytes_kept(node):
    index = await index_of(node, "eu", "note.posted")
    await hurt(node, *damage.text_changed("eu", index, "Good morning", "Bad morning"))
    assert await found(node) == [Damage("eu", index, "part", "0")]
    row = json.loads((await kept(node, "part")) or b"")
    assert b"Bad morning" in bytes.fromhex(row["disclosure"][2:])


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "'note.withdrawn'"),
        ("thread", "repeat('a', 32)"),
        ("ordinal", "99"),
        ("directory", "99"),
        ("author", "'eu:00'"),
        ("accepted", "'2026-01-01T00:00:00Z'"),
        ("frontier", "0"),
        ("ord", "1"),
        ("roles", "''"),
        ("code", "'role'"),
        ("id", "repeat('0', 64)"),
    ],
)
async def test_column_of_an_entry_changed_is_found(node, column, value):
    index = await index_of(node, "eu", "note.posted")
    where = f"log = 'eu' AND idx = {index}"
    update = f"UPDATE record.entries SET {column} = {value} WHERE {where}"  # noqa: S608
    await hurt(node, update)
    assert Damage("eu", index, "columns") in await found(node)


# As if a bug had signed a wrong count: its line is the one in the signed tree.
MISCOUNTS: dict[str, tuple[LogName, str]] = {
    "directory of a shared log": (
        "eu",
        "record.heads SET directory = directory + {} WHERE log = 'eu'",
    ),
    "directory of the private log": ("private", "private.heads SET directory = directory + {}"),
    "thread of a shared log": (
        "eu",
        "record.entries SET ordinal = ordinal + 5 * {} WHERE log = 'eu' AND idx = {last}",
    ),
}


@pytest.mark.parametrize("counts", MISCOUNTS)
async def test_wrong_count_in_a_signed_leaf_is_found(node, counts):
    log, statement = MISCOUNTS[counts]
    thread = busy().thread.leaf.thread
    entries = await node.record.entries("eu", 0, 1000)
    last = max(entry.index for entry in entries if entry.thread == thread)
    await hurt(node, "UPDATE " + statement.format(1, last=last))
    index = await node.size(log)
    if log == "private":
        await write(node, "columns.kept", rows=[{"row": 1}], body={"list": "W48", "rows": 1})
    else:
        await node.appender.submit([note(node.world, "eu", thread)])
    if "thread" in counts:
        await hurt(node, "UPDATE " + statement.format(-1, last=last))
    assert await found(node) == [Damage(log, index, "ordinal")]
    assert await kept(node, "ordinal") or log == "private"
    size = await node.size(log)
    again = folded_privately(node.record, size) if log == "private" else rebuild(node.record)
    with pytest.raises(Corrupt, match="ordinal"):
        await again


async def test_count_in_a_head_row_is_compared_with_the_last_leaf(node):
    for log in (
        "record.heads SET directory = 0 WHERE log = 'cn'",
        "private.heads SET directory = 7",
    ):
        await hurt(node, f"UPDATE {log}")
    assert await found(node) == [Damage("cn", -1, "head"), Damage("private", -1, "head")]


async def test_counts_go_on_over_the_blocks_of_the_check(node):
    thread = busy().thread.leaf.thread
    await node.appender.submit([note(node.world, "eu", thread) for _ in range(60)])
    await node.appender.submit([note(node.world, "eu", thread) for _ in range(60)])
    assert await node.size("eu") > 2 * BLOCK
    assert await found(node) == []


async def test_folded_state_changed_is_found(node):
    await hurt(node, *damage.state_changed("A-1", "withdrawn"))
    assert await found(node) == [Damage("views", -1, "row", "application A-1")]
    assert b"withdrawn" in ((await kept(node, "row")) or b"")


async def test_row_that_fits_itself_is_compared_with_the_replay(node):
    """A row of another application under this one's key: document, digest and columns fit."""
    await hurt(node, "DELETE FROM record.applications WHERE key = 'A-1'")
    assert await found(node) == [Damage("views", -1, "row", "application A-1")]
    await hurt(node, "UPDATE private.assignments SET official = 'eu:00'")
    assert {one.area for one in await found(node)} == {"views", "private-views"}


async def test_row_is_compared_with_itself_while_a_log_is_damaged(node):
    index = await index_of(node, "eu", "note.posted")
    await hurt(node, *damage.entry_deleted("eu", index), *damage.state_changed("A-1", "withdrawn"))
    look = await checked(node)
    assert not look.replayed
    assert list(look.damaged) == [
        Damage("eu", index, "entry"),
        Damage("views", -1, "row", "application A-1"),
    ]


async def test_checkpoint_and_tree_changed_are_found(node):
    size = await node.size("eu")
    await hurt(
        node,
        f"UPDATE record.checkpoints SET note = 'x' WHERE log = 'eu' AND size = {size}",  # noqa: S608
        f"UPDATE record.nodes SET hash = {damage.HASH}"  # noqa: S608
        " WHERE log = 'cn' AND level = 2 AND idx = 0",
        "DELETE FROM private.nodes WHERE level = 0 AND idx = 2",
    )
    assert await found(node) == [
        Damage("cn", -1, "node", "2/0"),
        Damage("eu", -1, "checkpoint", str(size)),
        Damage("private", 2, "hash"),
    ]


async def test_erased_text_put_back_is_found_and_not_kept(node):
    index = await index_of(node, "eu", "note.posted")
    stored = (await node.record.entries("eu", index, 1))[0]
    text = stored.parts[0]
    assert text is not None
    body = {"parts": [0], "basis": "order", "order": "Order 7/2026"}
    order = node.world.payload("eu", "part.erased", by="head", ref=stored.id, body=body)
    await submit(node, order, "head")
    assert await found(node) == []
    await hurt(
        node,
        f"UPDATE record.parts SET disclosure = '\\x{text.hex()}' WHERE log = 'eu'"  # noqa: S608
        f" AND idx = {index} AND ordinal = 0",
    )
    assert await found(node) == [Damage("eu", index, "erased", "0")]
    assert await kept(node, "erased") is None


async def test_damaged_copy_of_a_text_is_erased_with_it(node):
    index = await index_of(node, "eu", "note.posted")
    await hurt(node, *damage.text_changed("eu", index, "Good morning", "Bad morning"))
    assert await found(node)
    id_ = (await node.record.entries("eu", index, 1))[0].id
    body = {"parts": [0], "basis": "order", "order": "Order 7/2026"}
    order = node.world.payload("eu", "part.erased", by="head", ref=id_, body=body)
    await submit(node, order, "head")
    assert await kept(node, "part") is None


async def submit(node: Node, payload: dict[str, Any], *by: str) -> None:
    payload = payload | {"seen": []}
    await node.appender.submit([sign(payload, [node.world.eu.keys[name] for name in by])])


async def test_private_damage_is_found(node):
    await hurt(node, *damage.entry_deleted("private", 1))
    assert await found(node) == [Damage("private", 1, "entry")]


async def test_mended_damage_ends_the_alarm(node):
    index = await index_of(node, "eu", "note.posted")
    await hurt(node, *damage.text_changed("eu", index, "Good morning", "Bad morning"))
    await found(node)
    bells = Bells()
    watch = DamageWatch(DamageBook(node.record.pool), bells)
    await watch.look()
    assert bells.ringing["record-damaged"] == {"place": f"EU-{index}", "what": "part", "many": 1}
    assert watch.state.passed is None
    await hurt(node, *damage.text_changed("eu", index, "Bad morning", "Good morning"))
    assert await found(node) == []
    await watch.look()
    assert bells.ringing == {}
    assert watch.state.passed is not None


async def test_node_role_changes_no_record_for_the_check(node):
    """The check may write only findings, and their end."""
    rights = await node.record.pool.fetch(
        "SELECT table_schema || '.' || table_name AS name, privilege_type AS right"
        " FROM information_schema.role_table_grants WHERE grantee = 'channel_node'"
        " AND table_name IN ('damaged', 'entries', 'nodes') ORDER BY 1, 2"
    )
    assert {(row["name"], row["right"]) for row in rights} == {
        (f"{schema}.{table}", right)
        for schema in ("record", "private")
        for table in ("damaged", "entries", "nodes")
        for right in ("INSERT", "SELECT")
    }


async def test_row_written_during_the_check_is_no_damage(node):
    """Entries that come while a pass is under way are in its replay by the time of the views."""
    steps = 0

    async def writes(_many: int) -> None:
        nonlocal steps
        steps += 1
        if steps in {2, 5}:
            body = {"list": "W50", "rows": 1}
            await write(node, "columns.kept", rows=[{"row": steps}], body=body)
            await node.appender.submit([thread(node)])

    look = await record_check(node.record, node.identity, node.clock).run(writes)
    assert look.damaged == ()
    assert look.replayed


def thread(node: Node) -> Submission:
    parts = [node.world.text("Subject", "subject")]
    fields = {"thread": node.world.thread_id(), "lang": "en", "body": {"batch": "standing"}}
    payload = node.world.payload("eu", "thread.opened", **fields)
    payload |= {"seen": [], "parts": part_refs(parts)}
    return sign(payload, [node.world.eu.keys["desk"]], parts)


async def test_damaged_order_ends_no_check_and_no_page(node):
    """Readers of all orders continue past an unreadable order."""
    index = await index_of(node, "eu", "note.posted")
    stored = (await node.record.entries("eu", index, 1))[0]
    body = {"parts": [0], "basis": "order", "order": "Order 7/2026"}
    order = node.world.payload("eu", "part.erased", by="head", ref=stored.id, body=body)
    await submit(node, order, "head")
    where = "log = 'eu' AND kind = 'part.erased'"
    await hurt(node, f"UPDATE record.entries SET envelope = 'nonsense' WHERE {where}")  # noqa: S608
    last = await node.size("eu") - 1
    assert Damage("eu", last, "envelope") in await found(node)
    await Views(node.record.pool).erased([stored.id])
