"""What a side states about a note that is there: correction, translation, withdrawal."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.errors import ChannelError
from tests.world import Entry, World


@pytest.fixture
def world() -> World:
    return World.founded()


def about(world: World, note: Entry, kind: str, *texts: str, by: str = "eu", **more: Any) -> Entry:
    parts = [world.text(text) for text in texts]
    fields = {"thread": note.leaf.thread, "ref": note.id, **more}
    if texts:
        fields.setdefault("lang", "en")
    side: Any = by
    return world.append(side, world.payload(side, kind, **fields), parts)


def code_of(*args: Any, **more: Any) -> str:
    with pytest.raises(ChannelError) as refused:
        about(*args, **more)
    return refused.value.code


def posted(world: World) -> Entry:
    note = world.note("eu", world.open_thread("eu").leaf.thread)
    world.exchange()
    return note


def test_withdrawal_states_its_reason_and_a_translation(world):
    note = posted(world)
    body = {"translation": {"lang": "zh-CN", "parts": [1]}}
    gone = about(world, note, "note.withdrawn", "Sent twice.", "重复发送。", body=body)
    world.exchange()
    row = world.cn.replay.rows["note", note.id]
    assert [mark.id for mark in row.withdrawn] == [gone.id]


@pytest.mark.parametrize("kind", ["note.corrected", "note.withdrawn"])
def test_withdrawn_note_is_neither_corrected_nor_withdrawn_again(world, kind):
    note = posted(world)
    about(world, note, "note.withdrawn")
    assert code_of(world, note, kind, "Once more.") == "note-withdrawn"


@pytest.mark.parametrize("by", ["eu", "cn"])
def test_withdrawn_note_may_be_translated_by_either_side(world, by):
    note = posted(world)
    about(world, note, "note.withdrawn", "Sent twice.")
    world.exchange()
    made = about(world, note, "note.translated", "译文", by=by, lang="zh-CN")
    assert world.sides[by].replay.rows["note", note.id].translated[0].id == made.id


@pytest.mark.parametrize(
    "fields",
    [
        {"lang": "en"},
        {"lang": None},
        {"body": {"translation": {"lang": "zh-CN", "parts": [1]}}},
    ],
    ids=["language without words", "words without a language", "no such translation"],
)
def test_reason_out_of_form_is_refused(world, fields):
    note = posted(world)
    texts = [] if fields == {"lang": "en"} else ["Sent twice."]
    if fields.get("lang", "") is None:
        payload = world.payload("eu", "note.withdrawn", thread=note.leaf.thread, ref=note.id)
        with pytest.raises(ChannelError) as refused:
            world.append("eu", payload, [world.text(text) for text in texts])
        assert refused.value.code == "entry-malformed"
        return
    assert code_of(world, note, "note.withdrawn", *texts, **fields) == "entry-malformed"


def test_reason_is_text_alone(world):
    note = posted(world)
    payload = world.payload("eu", "note.withdrawn", thread=note.leaf.thread, ref=note.id, lang="en")
    with pytest.raises(ChannelError) as refused:
        world.append("eu", payload, [world.data("reason", {"why": "none"})])
    assert refused.value.code == "entry-malformed"
