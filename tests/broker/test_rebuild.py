"""Views made again from the logs are the views that were kept entry by entry."""

from __future__ import annotations

import asyncio
from hashlib import sha256
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from special_channel.broker.act import Act
from special_channel.broker.rebuild import folded_privately, rebuild, rebuild_private
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.merkle import Frontier, leaf_hash
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import data_part, part_refs, sign
from special_channel.stores.views import Views
from tests.link.nodes import Node, open_node
from tests.stories import DUE, busy

TABLES = ("private.escalations", "private.assignments", "private.columns_kept")


@pytest_asyncio.fixture
async def node(fresh_database, tmp_path):
    """EU's node with a busy shared record and nothing private."""
    async with open_node(busy().world, "eu", await fresh_database(), tmp_path) as made:
        await made.catch_up_alone()
        yield made


async def write(node: Node, kind: str, by: str = "desk", rows: Any = None, **more: Any) -> str:
    """Append an entry to the private log as the node does, and return its id."""
    parts = [data_part(bytes(32), "columns", {"rows": rows})] if rows else []
    payload = node.world.payload("eu", kind, by=by, **more)
    payload |= {"log": node.identity.private_origin, "seen": []}
    payload |= {"parts": part_refs(parts)} if parts else {}
    signed: Submission = sign(payload, [node.world.eu.keys[by]], parts)

    async def decide(_transaction, _heads) -> Act:
        return Act(private=[signed])

    [receipt] = await node.appender.act(decide)
    return receipt.id


async def busy_weeks(node: Node) -> None:
    """Steps raised and acknowledged, a thread given and taken, columns kept twice."""
    story = busy()
    step = {"id": story.note.id, "q": "1", "due": DUE, "fired": DUE, "known": "confirmed"}
    raised = [
        await write(node, "escalation.raised", "node", body=step | {"step": number, "role": "head"})
        for number in (1, 2, 3)
    ]
    await write(node, "escalation.acknowledged", "head", ref=raised[1])
    thread = story.thread.leaf.thread
    for official in ({"person": node.world.eu.person("clerk")}, {}):
        await write(node, "thread.assigned", thread=thread, body=official)
    await write(node, "escalation.acknowledged", ref=raised[0])
    for rows in ([{"row": 1}], [{"row": 2}]):
        await write(node, "columns.kept", rows=rows, body={"list": "W47", "rows": 1})


async def views(node: Node) -> dict[str, Any]:
    return {
        table: [
            tuple(row.values())
            for row in await node.record.pool.fetch(f"SELECT * FROM {table} ORDER BY key")  # noqa: S608
        ]
        for table in TABLES
    }


async def rebuilt(node: Node) -> int:
    async with node.record.begin() as transaction:
        return await rebuild_private(node.record, transaction)


async def damage(node: Node, *statements: str) -> None:
    async with node.record.begin() as transaction:
        await transaction.execute("UPDATE record.heads SET digest = digest")
        for statement in statements:
            await transaction.execute(statement)


async def test_private_views_are_made_again_whatever_became_of_them(node):
    await busy_weeks(node)
    kept = await views(node)
    assert all(kept.values())
    await damage(
        node,
        "UPDATE private.escalations SET acknowledged = NOT acknowledged, doc = '{}'::jsonb",
        "DELETE FROM private.assignments",
        "UPDATE private.columns_kept SET key = 'W99', doc = '[]'::jsonb",
    )
    assert await views(node) != kept
    assert await rebuilt(node) == 9
    assert await views(node) == kept


async def test_erased_columns_are_gone_from_the_views_and_stay_gone_after_a_rebuild(node):
    rows = [{"row": 1, "number": "A-1", "columns": {"eu_company": "CANARY company"}}]
    body = {"list": "W47", "rows": 1}
    gone = await write(node, "columns.kept", rows=rows, body=body)
    others = body | {"list": "W48"}
    stays = await write(node, "columns.kept", rows=[{"row": 1, "number": "A-2"}], body=others)
    order = {"parts": [0], "basis": "order", "order": "Order 7/2026"}
    await write(node, "private.erased", "head", ref=gone, body=order)
    kept = await views(node)
    assert "CANARY" not in str(kept)
    assert await node.record.pool.fetch("SELECT FROM private.kept_rows WHERE number = 'A-1'") == []
    found = await Views(node.record.pool).find_private([gone, stays])
    assert [found[each].parts[0] is None for each in (gone, stays)] == [True, False]
    await damage(node, "DELETE FROM private.columns_kept")
    await rebuilt(node)
    assert await views(node) == kept
    await whole(node)


async def test_a_private_order_and_what_it_erases_stand_or_fall_together(node):
    body = {"list": "W47", "rows": 1}
    kept = await write(node, "columns.kept", rows=[{"row": 1, "number": "A-1"}], body=body)
    size, before = (await node.record.head("private")).size, await views(node)
    order = {"ref": kept, "body": {"parts": [0], "basis": "order", "order": "Order 7/2026"}}
    owner = await asyncpg.connect(node.database.dsn())
    right = "EXECUTE ON FUNCTION private.erase(bigint)"
    try:
        await owner.execute(f"REVOKE {right} FROM channel_node")
        with pytest.raises(ChannelError):
            await write(node, "private.erased", "head", **order)
        assert ((await node.record.head("private")).size, await views(node)) == (size, before)
        await owner.execute(f"GRANT {right} TO channel_node")
    finally:
        await owner.close()
    await write(node, "private.erased", "head", **order)
    assert (await Views(node.record.pool).find_private([kept]))[kept].parts == (None,)


async def whole(node: Node) -> None:
    """The private log's root, computed from the leaves, equals the signed root."""
    head = await node.record.head("private")
    entries = await node.record.entries("private", 0, head.size)
    frontier, _ = Frontier.EMPTY.append([leaf_hash(entry.leaf) for entry in entries])
    assert frontier.root() == head.frontier.root()
    for entry in entries:
        assert Leaf.parse(entry.leaf).envelope_digest == sha256(entry.envelope).hexdigest()


async def test_a_step_goes_on_after_a_rebuild(node):
    await busy_weeks(node)
    await damage(node, "DELETE FROM private.escalations")
    await rebuilt(node)
    rows = await folded_privately(node.record, 3)
    third = next(row for row in rows.values() if getattr(row, "step", 0) == 3)
    await write(node, "escalation.acknowledged", "head", ref=third.id)
    kept = await views(node)
    await rebuilt(node)
    assert await views(node) == kept
    assert [row["acknowledged"] for row in await steps(node)] == [True, True, True]


async def steps(node: Node) -> Any:
    return await node.record.pool.fetch("SELECT acknowledged FROM private.escalations ORDER BY key")


async def test_shared_and_private_views_do_not_touch_each_other(node):
    await busy_weeks(node)
    state, kept = await node.record.state(), await views(node)
    await damage(node, "DELETE FROM private.escalations", "DELETE FROM record.threads")
    await asyncio.gather(rebuilt(node), rebuild(node.record))
    assert await node.record.state() == state
    assert await views(node) == kept
