"""Damaged rows come back from the peer, proven, and nothing that was erased does."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
import pytest_asyncio

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError, Unavailable
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.ports.damage import Damage
from special_channel.stores.repair import open_repair
from special_channel.wiring.checking import record_check
from special_channel.wiring.repairing import Repair, Repaired
from tests import damage
from tests.broker.test_rebuild import busy_weeks
from tests.link.nodes import Node, point, serving
from tests.stories import Story, busy
from tests.world import Entry


@dataclass
class Pair:
    """EU's damaged node, and CN's node as server."""

    story: Story
    eu: Node
    cn: Node

    async def hurt(self, *statements: str) -> None:
        await damage.tamper(self.eu.database.superuser, *statements)

    async def check(self) -> list[Damage]:
        return list((await self._check().run(at_once)).damaged)

    def _check(self):
        return record_check(self.eu.record, self.eu.identity, self.eu.clock)

    async def repair(self) -> Repaired:
        node = self.eu
        async with open_repair(node.database.owner) as store:
            return await Repair(
                node.record,
                store,
                node.house.peer.client,
                node.identity,
                self._check(),
                node.appender.act,
                node.clock,
            ).run()


async def at_once(_many: int) -> None:
    return


@pytest.fixture
def story() -> Story:
    return busy()


@pytest_asyncio.fixture
async def pair(make_node, story) -> AsyncIterator[Pair]:
    eu, cn = await make_node(story.world, "eu"), await make_node(story.world, "cn")
    for node in (eu, cn):
        await node.catch_up_alone()
    await busy_weeks(eu)
    async with serving(cn) as url:
        point(eu, url)
        yield Pair(story, eu, cn)


def place(entry: Entry) -> tuple[Party, int]:
    return entry.position.party, entry.position.index


async def rows(node: Node) -> dict[str, list[tuple[Any, ...]]]:
    """All of the logs and views, byte for byte, the private log's own entries apart."""
    tables = {
        f"record.{name}": order
        for name, order in {
            "entries": "log, idx", "parts": "log, idx, ordinal",
            "nodes": "log, level, idx", "checkpoints": "log, size", "erased": "log, idx, ordinal",
            "threads": "key", "notes": "key", "asks": "key", "applications": "key",
            "batches": "key", "listings": "key", "keys": "key", "parties": "key",
        }.items()
    }  # fmt: skip
    heads = "SELECT log, size, frontier, accepted, directory FROM record.heads ORDER BY log"
    # How the digest of the views is shared out between the heads is not kept by a rebuild.
    found = {"record.heads": [tuple(row.values()) for row in await node.record.pool.fetch(heads)]}
    return found | {
        table: [
            tuple(row.values())
            for row in await node.record.pool.fetch(f"SELECT * FROM {table} ORDER BY {order}")  # noqa: S608
        ]
        for table, order in tables.items()
    }


async def recorded(node: Node) -> list[dict[str, Any]]:
    """Entries of the private log about repairs."""
    size = (await node.record.head("private")).size
    entries = await node.record.entries("private", 0, size)
    payloads = [
        orjson.loads(dsse.decode(entry.envelope).payload)
        for entry in entries
        if entry.kind == "record.repaired"
    ]
    return [each for payload in payloads for each in payload["body"]["places"]]


async def test_five_kinds_of_damage_are_repaired_and_recorded(pair, story):
    before, state = await rows(pair.eu), await pair.eu.record.state()
    _, note = place(story.note)
    _, theirs = place(story.with_file)
    _, answer = place(story.answer)
    await pair.hurt(
        *damage.entry_deleted(*place(story.thread)),
        *damage.leaf_hash_changed("eu", 3),
        *damage.leaf_changed("cn", answer),
        *damage.envelope_changed("cn", theirs),
        *damage.text_changed("eu", note, "Good morning", "Bad morning"),
        *damage.state_changed("A-1", "withdrawn"),
    )
    done = await pair.repair()
    assert done.left == ()
    assert {(one.name, one.what) for one in done.repaired} >= {
        (str(story.thread.position), "entry"),
        ("EU-3", "hash"),
        (str(story.answer.position), "leaf"),
        (str(story.with_file.position), "envelope"),
        (str(story.note.position), "part"),
        ("application A-1", "row"),
    }
    assert await rows(pair.eu) == before
    assert await pair.eu.record.state() == state
    assert await pair.check() == []
    places = await recorded(pair.eu)
    assert {"area": "cn", "what": "envelope", "index": theirs} in places
    assert {"area": "views", "what": "row", "table": "application"} in places
    assert len(places) == len(done.repaired)


@pytest.mark.parametrize("party", PARTIES)
async def test_tree_checkpoint_and_columns_are_repaired(pair, party):
    before = await rows(pair.eu)
    size = await pair.eu.size(party)
    await pair.hurt(
        f"UPDATE record.nodes SET hash = {damage.HASH} WHERE log = '{party}' AND level = 1",  # noqa: S608
        f"DELETE FROM record.nodes WHERE log = '{party}' AND level = 2 AND idx = 0",  # noqa: S608
        f"UPDATE record.checkpoints SET note = 'x' WHERE log = '{party}' AND size = {size}",  # noqa: S608
        "UPDATE record.entries SET thread = NULL, ordinal = 0, directory = 9, kind = 'x.y'"  # noqa: S608
        f" WHERE log = '{party}' AND idx = 5",
        f"UPDATE record.heads SET directory = 99 WHERE log = '{party}'",  # noqa: S608
    )
    done = await pair.repair()
    assert done.left == ()
    assert await rows(pair.eu) == before


async def test_erased_text_does_not_come_back(pair, story):
    """The peer has the text still; the entry, its part and the order itself are damaged."""
    party, index = place(story.note)
    order = story.world.erase("eu", story.note, [0])
    await pair.eu.write_own()
    await pair.eu.house.own_log.erase()
    await pair.cn.mirror_all()
    stored = await pair.eu.record.entries(party, index, 1)
    assert stored[0].parts[0] is None
    before = await rows(pair.eu)
    text = story.note.submission.parts[0]
    assert text is not None
    back = f"UPDATE record.parts SET disclosure = '\\x{text.hex()}'"  # noqa: S608
    where = f"log = '{party}' AND idx = {index} AND ordinal = 0"
    for statements in (
        damage.entry_deleted(party, index),
        (f"DELETE FROM record.parts WHERE {where}",),  # noqa: S608
        (f"{back} WHERE {where}",),
        (*damage.entry_deleted(party, index), *damage.entry_deleted(*place(order))),
        (
            *damage.entry_deleted(party, index),
            *damage.envelope_changed(*place(order)),
            "DELETE FROM record.erased",
        ),
    ):
        await pair.hurt(*statements)
        assert await pair.check() != []
        await pair.repair()
        assert (await pair.eu.record.entries(party, index, 1))[0].parts[0] is None
    after = await rows(pair.eu)
    assert {name: after[name] for name in ("record.entries", "record.parts")} == {
        name: before[name] for name in ("record.entries", "record.parts")
    }


async def test_our_text_stays_where_the_peer_erased_its_copy(pair, story):
    """The peer's order is about its own copy: ours is kept while another part is repaired."""
    story.world.erase("cn", story.note, [0])
    await pair.cn.write_own()
    await pair.cn.house.own_log.erase()
    await pair.eu.mirror_all()
    before = await rows(pair.eu)
    await pair.hurt(*damage.text_changed(*place(story.note), "May the", "Must the", 1))
    assert (await pair.repair()).left == ()
    assert await rows(pair.eu) == before


async def test_lost_entry_of_the_private_log_is_left(pair):
    await pair.hurt(*damage.entry_deleted("private", 1))
    done = await pair.repair()
    assert done.repaired == ()
    assert done.left == (Damage("private", 1, "entry"),)


async def test_tree_of_the_private_log_is_computed_again(pair):
    await pair.hurt("UPDATE private.nodes SET hash = sha256('x')")
    assert (await pair.repair()).left == ()
    assert await pair.check() == []


async def test_nothing_is_written_without_the_peer(pair, story):
    await pair.hurt(*damage.entry_deleted(*place(story.thread)))
    point(pair.eu, "http://127.0.0.1:9")
    hurt = await rows(pair.eu)
    with pytest.raises(Unavailable, match="peer-unreachable"):
        await pair.repair()
    assert await rows(pair.eu) == hurt
    assert await recorded(pair.eu) == []


@contextlib.asynccontextmanager
async def lying(pair: Pair, change) -> AsyncIterator[None]:
    """The peer changes what it sends."""

    def tap(_request, body: bytes) -> bytes:
        page = orjson.loads(body)
        for commit in page.get("commits", ()):
            for entry in commit["entries"]:
                change(entry)
        return orjson.dumps(page)

    async with serving(pair.cn, tap=tap) as url:
        point(pair.eu, url)
        yield


def another_time(entry: dict[str, Any]) -> None:
    entry["leaf"] = entry["leaf"].replace("sc1 2026", "sc1 2025")


def another_text(entry: dict[str, Any]) -> None:
    entry["parts"] = [part.replace("morning", "evening") for part in entry["parts"]]


def another_envelope(entry: dict[str, Any]) -> None:
    entry["envelope"] = entry["envelope"].replace("payload", "pay10ad", 1)


@pytest.mark.parametrize("change", [another_time, another_text, another_envelope])
async def test_what_the_peer_can_not_prove_is_not_written(pair, story, change):
    party, index = place(story.note)
    await pair.hurt(
        *damage.entry_deleted(party, index),
        f"DELETE FROM record.parts WHERE (log, idx) = ('{party}', {index})",  # noqa: S608
    )
    async with lying(pair, change):
        done = await pair.repair()
    assert done.left != ()
    found = await pair.eu.record.entries(*place(story.note), 1)
    for entry in found:
        assert entry.leaf == story.note.leaf.encode()
        true = story.note.submission.parts
        assert all(part in {None, right} for part, right in zip(entry.parts, true, strict=True))


async def test_repair_that_was_cut_off_is_recorded_by_the_next(pair, story):
    await pair.hurt(*damage.entry_deleted(*place(story.note)))

    async def refuses(_decide):
        raise Unavailable("private-log-behind")

    append, pair.eu.appender.act = pair.eu.appender.act, refuses
    with pytest.raises(ChannelError, match="private-log-behind"):
        await pair.repair()
    pair.eu.appender.act = append
    assert await pair.check() == []
    assert await recorded(pair.eu) == []
    assert (await pair.repair()).repaired == ()
    assert await recorded(pair.eu) == [
        {"area": "eu", "what": "entry", "index": story.note.position.index}
    ]
    await pair.repair()
    assert len(await recorded(pair.eu)) == 1


async def test_fences_stand_again_after_a_repair(pair, story):
    await pair.hurt(*damage.entry_deleted(*place(story.note)))
    await pair.repair()
    fences = await pair.eu.record.pool.fetch(
        "SELECT count(*) AS down FROM pg_trigger JOIN pg_class AS c ON c.oid = tgrelid"
        " WHERE tgenabled = 'D' AND NOT tgisinternal"
    )
    assert fences[0]["down"] == 0
