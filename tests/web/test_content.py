"""Texts and files of an entry, as pages and the API read them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from special_channel.ports import Stored
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import FileRef, content
from tests.stories import ATTACHED, attached
from tests.world import World


def stored() -> Stored:
    """Return a note of CN with a text and a file, as the database has it."""
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    entry = attached(world, thread)
    return Stored(
        "cn", entry.position.index, entry.id, entry.leaf.encode(), entry.submission.envelope,
        entry.submission.parts, "note.posted", entry.leaf.thread, world.cn.keys["desk"].key,
        entry.leaf.accepted, 0, 0,
    )  # fmt: skip


def test_file_of_a_note_is_named_with_size_and_type():
    found, digest = content(stored()), sha256(ATTACHED).hexdigest()
    assert found.original == (Words("附件见后。", "zh-CN", 0),)
    assert found.files == (
        FileRef(
            ordinal=1,
            name="certificate.txt",
            size_bytes=len(ATTACHED),
            media_type="text/plain",
            sha256=digest,
            url=f"/api/files/{digest}",
        ),
    )


def test_file_that_was_erased_has_neither_name_nor_address():
    entry = stored()
    gone = replace(entry, parts=(entry.parts[0], None))
    assert content(gone, [1]).files == (FileRef(1, "", 0, "", "", None, "erased"),)
    assert content(gone).files == (FileRef(1, "", 0, "", "", None, "missing"),)
