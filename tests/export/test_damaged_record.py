"""An export of a damaged record names the damage and includes no edited data."""

from __future__ import annotations

import io
import json

import pytest
import pytest_asyncio

from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.bytes.ids import Party, Position
from special_channel.export.derive import TABLE_PATHS, VIEW_PATHS
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
    """A story that a test may change."""
    return busy()


@pytest_asyncio.fixture
async def node(fresh_database, tmp_path, told):
    async with open_node(told.world, "eu", await fresh_database(), tmp_path) as made:
        await catch_up(made)
        yield made


async def hurt(node: Node, *statements: str) -> None:
    await damage.tamper(node.database.superuser, *statements)


async def export(node: Node, scope: Scope, position: Position | None = None) -> bytes:
    target = io.BytesIO()
    asked = request(scope, position=position)
    await write_bundle(target, node.record, HeldFiles(ATTACHED), asked)
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
    "hurts", [damage.entry_deleted, damage.leaf_changed, damage.leaf_hash_changed]
)
async def test_damaged_leaf_is_named_and_refused(node, told, hurts):
    await hurt(node, *hurts(*place(told.with_file)))
    with pytest.raises(Unavailable) as refused:
        await export(node, await thread_scope(node.record, told.thread.position))
    assert refused.value.code == "record-damaged"
    assert refused.value.facts["place"] == str(told.with_file.position)


async def test_leaf_edited_with_its_hash_is_refused(node, told):
    """Line and row have another year, so reading finds nothing; the tree above does not match."""
    await hurt(node, *damage.leaf_and_hash_changed(*place(told.with_file)))
    with pytest.raises(Unavailable) as refused:
        await export(node, await thread_scope(node.record, told.thread.position))
    assert refused.value.code == "record-damaged"
    assert refused.value.facts["place"] == told.with_file.position.party.upper()


async def test_damaged_founding_is_refused(node):
    await hurt(node, *damage.envelope_changed("cn", 0))
    with pytest.raises(Unavailable) as refused:
        await export(node, Scope("everything"))
    assert refused.value.facts["place"] == "CN-0"


@pytest.mark.parametrize("hurts", [damage.envelope_changed, damage.columns_changed])
async def test_damaged_entry_is_left_out_and_named(node, told, tmp_path, hurts):
    await hurt(node, *hurts(*place(told.with_file)))
    made = await export(node, await thread_scope(node.record, told.thread.position))
    report, files = checked(made, told, tmp_path)
    assert found(report, told.with_file) >= {("entry-missing", -1), ("entry-damaged", -1)}
    assert report.verdict == "not-proven"
    assert f"data/entries/{told.with_file.id}.json" not in files
    assert f"data/parts/{told.with_file.id}.json" not in files
    assert json.loads(files["data/export.json"])["damaged"] == [{"id": told.with_file.id}]
    assert_named(files, told.with_file)


async def test_damaged_data_of_a_list_is_left_out_and_named(node, told, tmp_path):
    await hurt(node, *damage.text_changed(*place(told.batch), "A-1", "A-9"))
    made = await export(node, await batch_scope(node.record, told.batch.position))
    report, files = checked(made, told, tmp_path)
    gone = {("part-missing", 0), ("entry-damaged", 0), ("entry-unjudged", -1)}
    assert found(report, told.batch) >= gone
    assert report.verdict == "not-proven"
    assert not [path for path, data in files.items() if b"A-9" in data]
    assert json.loads(files["data/export.json"])["damaged"] == [{"id": told.batch.id, "part": 0}]
    assert_named(files, told.batch)


@pytest.mark.parametrize(("scope_of", "entry"), [(thread_scope, "thread"), (batch_scope, "batch")])
async def test_damaged_opening_is_left_out_and_named(node, told, tmp_path, scope_of, entry):
    opening = getattr(told, entry)
    await hurt(node, *damage.envelope_changed(*place(opening)))
    made = await export(node, await scope_of(node.record, opening.position), opening.position)
    report, files = checked(made, told, tmp_path)
    assert found(report, opening) >= {("entry-missing", -1), ("entry-damaged", -1)}
    assert "export-disagrees" not in {each.code for each in report.findings}
    assert_named(files, opening)


async def test_deleted_opening_is_refused(node, told):
    await hurt(node, *damage.entry_deleted(*place(told.thread)))
    with pytest.raises(Unavailable) as refused:
        await thread_scope(node.record, told.thread.position)
    assert refused.value.facts["place"] == str(told.thread.position)


def checked(made: bytes, told, tmp_path) -> tuple[Report, dict[str, bytes]]:
    """The verifier's report on a bundle, and the files; derived files must equal the verifier's."""
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(made)
    report = verify(bundle, trust_file(told.world))
    derived = {"table-differs", "view-differs", "export-disagrees"}
    assert derived.isdisjoint(each.code for each in report.findings)
    return report, unpacked(made)[1]


def found(report: Report, entry: Entry) -> set[tuple[str, int]]:
    return {(each.code, each.place.part) for each in report.findings if each.place.id == entry.id}


def assert_named(files: dict[str, bytes], entry: Entry) -> None:
    """Each file for people names the entry as damaged, in both languages."""
    english = f"left out of this bundle, whole or in part: {entry.position}."
    chinese = f"全部或者部分未列入本包的条目：{entry.position}。"
    for path in (*TABLE_PATHS, *VIEW_PATHS):
        text = files[path].decode()
        assert english in text, path
        assert chinese in text, path


async def test_damage_elsewhere_stops_no_export(node, told, tmp_path):
    """Another thread's envelope, outside a bundle of this thread."""
    await hurt(node, *damage.envelope_changed(*place(told.batch_thread)))
    made = await export(node, await thread_scope(node.record, told.thread.position))
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(made)
    assert verify(bundle, trust_file(told.world)).exit_code == 0
