"""An export of a record that is damaged names what is damaged, and holds nothing edited."""

from __future__ import annotations

import io
import json

import pytest
import pytest_asyncio

from special_channel.core.errors import Unavailable
from special_channel.core.ids import Party
from special_channel.core.scope import Scope
from special_channel.export.verify import verify
from special_channel.export.write import batch_scope, thread_scope, write_bundle
from tests import damage
from tests.bundles import trust_file
from tests.export.bundling import request, unpacked
from tests.export.reading import HeldFiles
from tests.link.nodes import Node, open_node
from tests.stories import ATTACHED, busy
from tests.web.pages_node import catch_up
from tests.world import Entry


@pytest.fixture
def told():
    """A story that a test may write on."""
    return busy()


@pytest_asyncio.fixture
async def node(fresh_database, tmp_path, told):
    async with open_node(told.world, "eu", await fresh_database(), tmp_path) as made:
        await catch_up(made)
        yield made


async def hurt(node: Node, *statements: str) -> None:
    await damage.tamper(node.database.superuser, *statements)


async def export(node: Node, scope: Scope) -> bytes:
    target = io.BytesIO()
    await write_bundle(target, node.record, HeldFiles(ATTACHED), request(scope))
    return target.getvalue()


def place(entry: Entry) -> tuple[Party, int]:
    return entry.position.party, entry.position.index


async def test_edited_text_is_declared_and_left_out(node, told, tmp_path):
    await hurt(node, *damage.text_changed(*place(told.note), "Good morning", "Bad morning"))
    made = await export(node, await thread_scope(node.record, told.thread.position))
    _, files = unpacked(made)
    assert not [path for path, data in files.items() if b"Bad morning" in data]
    withheld = json.loads(files["data/export.json"])["withheld"]
    assert [(one["id"], one["part"], one["why"]) for one in withheld] == [
        (told.note.id, 0, "damaged")
    ]
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(made)
    assert verify(bundle, trust_file(told.world)).exit_code == 0


@pytest.mark.parametrize(
    "hurts",
    [
        damage.entry_deleted,
        damage.leaf_changed,
        damage.leaf_hash_changed,
        damage.envelope_changed,
    ],
)
async def test_damaged_entry_is_named_and_not_exported(node, told, hurts):
    await hurt(node, *hurts(*place(told.with_file)))
    with pytest.raises(Unavailable) as refused:
        await export(node, await thread_scope(node.record, told.thread.position))
    assert refused.value.code == "record-damaged"
    assert refused.value.facts["place"] == str(told.with_file.position)


async def test_damaged_opening_is_named(node, told):
    await hurt(node, *damage.entry_deleted(*place(told.thread)))
    await hurt(node, *damage.envelope_changed(*place(told.batch)))
    for scope, entry in ((thread_scope, told.thread), (batch_scope, told.batch)):
        with pytest.raises(Unavailable) as refused:
            await scope(node.record, entry.position)
        assert refused.value.facts["place"] == str(entry.position)


async def test_damaged_data_of_a_list_is_named(node, told):
    await hurt(node, *damage.text_changed(*place(told.batch), "A-1", "A-9"))
    with pytest.raises(Unavailable) as refused:
        await export(node, await batch_scope(node.record, told.batch.position))
    assert refused.value.facts["place"] == str(told.batch.position)


async def test_damage_elsewhere_stops_no_export(node, told, tmp_path):
    """Another thread's envelope: no bundle of this thread holds it."""
    await hurt(node, *damage.envelope_changed(*place(told.batch_thread)))
    made = await export(node, await thread_scope(node.record, told.thread.position))
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(made)
    assert verify(bundle, trust_file(told.world)).exit_code == 0
