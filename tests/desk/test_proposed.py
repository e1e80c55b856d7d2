"""Entries before they are stored are read alike from a form, a page's draft and when signed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign, text_part
from special_channel.core.sense.texts import PlacedText
from special_channel.desk.proposed import ProposedEntry, of_entry, of_fields
from tests.world import World


def texts(entry: ProposedEntry) -> list[tuple[str, int, str]]:
    return [(each.place, each.number, each.text) for each in entry.texts]


def signing(*entries: object) -> tuple[ProposedEntry, ...]:
    text = orjson.dumps({"steps": [{"entries": list(entries)}]}).decode()
    # Drafts of pages come in pieces.
    return of_fields({"draft": [text[:10], text[10:]]})


def test_form_of_a_note_is_read_by_paragraph_question_and_file():
    [entry] = of_fields(
        {
            "subject": "S",
            "text": "a\n\nb",
            "text_tr": "c",
            "asks": ['{"text": "q?", "textTr": "t?", "due": "2027-01-05"}', "no JSON"],
            "files": ['{"name": "f.pdf", "sha256": "00"}'],
            "marking": "sensitive",
            "answers": ["x"],
            "applications": ["FIKTIV-1"],
            "words": "{not data",
        }
    )
    assert texts(entry) == [
        ("subject", 1, "S"), ("text", 1, "a"), ("text", 2, "b"), ("translation", 1, "c"),
        ("question", 1, "q?"), ("translation", 2, "t?"), ("text", 3, "no JSON"),
        ("file", 1, "f.pdf"), ("text", 4, "{not data"),
    ]  # fmt: skip
    assert entry.numbers == ("FIKTIV-1",)
    assert of_fields({"applications": "FIKTIV-1"})[0].numbers == ("FIKTIV-1",)
    assert of_fields({"text": "a"})[0].numbers == ()


def test_internal_note_does_not_cross_and_is_not_read():
    assert of_fields({"internal": "true", "text": "a"}) == ()
    assert (
        signing({"make": "written", "kind": "note.internal", "log": "eu/private", "text": "a"})
        == ()
    )


def test_draft_shown_for_signing_is_read_as_the_entries_that_it_becomes():
    note, opened, asked, answered, held = signing(
        {
            "make": "note", "thread": "t", "marking": "sensitive", "text": "a",
            "translation": {"lang": "zh-CN", "text": "b"},
            "asks": [{"text": "q?", "textTr": "t?", "due": "2027-01-05T08:00:00Z"}],
            "answers": [{"id": "x", "q": ["1"]}], "files": [{"name": "f.pdf"}],
        },
        {"make": "thread", "subject": "s", "translation": {"text": "u"}, "applications": ["F-1"]},
        {"make": "entry", "kind": "priority.requested", "body": {"applications": ["F-1", "F-2"]}},
        {"make": "entry", "kind": "batch.answered", "ref": "l", "texts": ["r"]},
        {"make": "written", "kind": "meeting.held", "k": "subject", "body": {"place": "Here"}},
    )  # fmt: skip
    assert (note.kind, note.thread, note.marking) == ("note.posted", "t", "sensitive")
    assert texts(note) == [
        ("text", 1, "a"), ("question", 1, "q?"), ("translation", 1, "b"), ("translation", 2, "t?"),
        ("file", 1, "f.pdf"),
    ]  # fmt: skip
    assert note.asks[0]["due"] == "2027-01-05T08:00:00Z"
    assert note.answers == ({"id": "x", "q": ["1"]},)
    assert (opened.kind, texts(opened)) == (
        "thread.opened",
        [("subject", 1, "s"), ("subject", 2, "u")],
    )
    assert opened.numbers == ("F-1",)
    assert (asked.numbers, asked.texts) == (("F-1", "F-2"), ())
    assert (answered.ref, texts(answered)) == ("l", [("remark", 1, "r")])
    assert texts(held) == [("place", 1, "Here")]


@pytest.mark.parametrize("words", ["b", "new"])
def test_draft_with_a_changed_text_is_read_as_it_is_once_signed(words):
    """Its fields and its other texts were left out."""
    world = World.founded()
    thread = world.open_thread("eu", "Subject").leaf.thread
    asks = [{"q": "1", "due": "2027-01-05T08:00:00Z", "part": 2}]
    parts = [world.text(each) for each in ("a", "b", "q?")]
    fields: dict[str, Any] = {"thread": thread, "marking": "limited", "asks": asks}
    fields |= {"answers": [{"id": "x", "q": ["1"]}]}
    payload = world.payload("eu", "note.posted", **fields, parts=part_refs(parts))
    held = of_entry(*signed_parts(sign(payload, [world.eu.keys["desk"]], parts)))
    changed: dict[str, Any] = {
        "make": "changed",
        "kind": "note.posted",
        "fields": fields | {"body": {}},
    }
    changed |= {"parts": [{"k": "text", "text": part.decode()} for part in parts]}
    [entry] = signing(changed | {"texts": {"1": words}})
    assert texts(entry) == [("text", 1, "a"), ("text", 2, words), ("question", 1, "q?")]
    assert replace(entry, texts=()) == replace(held, texts=(), id="", by="")
    assert (entry.marking, entry.thread, len(entry.asks)) == ("limited", thread, 1)


def signed_parts(made: Submission) -> tuple[bytes, tuple[bytes | None, ...]]:
    return made.envelope, tuple(made.parts)


def test_subject_and_application_of_a_changed_thread_are_read():
    part = text_part("subject", bytes(32), "Old")
    fields = {"body": {"applications": ["F-1"]}}
    changed: dict[str, Any] = {"make": "changed", "kind": "thread.opened", "fields": fields}
    changed |= {"parts": [{"k": "subject", "text": part.decode()}], "texts": {"0": "New"}}
    [entry] = signing(changed)
    assert (entry.numbers, texts(entry)) == (("F-1",), [("subject", 1, "New")])
    assert signing({"make": "changed", "kind": "note.posted", "parts": [1, {}], "texts": {}}) == (
        ProposedEntry(kind="note.posted"),
    )


def test_odd_drafts_are_read_as_nothing():
    for odd in ("[]", "no JSON", '{"steps": 1}', '{"steps": [1, {"entries": [1, {}]}]}'):
        assert of_fields({"draft": [odd]}) == ()
    assert of_entry(b"nothing", ()) == ProposedEntry()


def test_signed_note_is_read_as_its_form_was():
    for party in PARTIES:
        world = World.founded()
        thread = world.open_thread(party, "Subject").leaf.thread
        made = world.note(party, thread, ["a", "b"]).submission
        entry = of_entry(made.envelope, (*made.parts, None, b"odd"))
        assert (entry.kind, entry.thread) == ("note.posted", thread)
        assert entry.texts == (PlacedText("text", 1, "a"), PlacedText("text", 2, "b"))
        assert len(entry.id) == 64


@pytest.mark.parametrize("part", [[0], {"n": 0}, "0"])
def test_question_with_an_odd_part_is_read_all_the_same(part):
    world = World.founded()
    thread = world.open_thread("eu", "Subject").leaf.thread
    text = world.text("a")
    asks = [{"q": "1", "due": "2027-01-05T08:00:00Z", "part": part}]
    payload = world.payload("eu", "note.posted", thread=thread, asks=asks)
    made = sign(payload | {"parts": part_refs([text])}, [world.eu.keys["desk"]], [text])
    entry = of_entry(made.envelope, made.parts)
    assert entry.texts == (PlacedText("text", 1, "a"),)
