"""Questions, threads, points and list rows as of earlier sizes of both logs."""

from __future__ import annotations

from typing import Any

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.entries import Urgent
from special_channel.core.rows.batches import ListingRow
from special_channel.core.rows.meetings import PointRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.recorded_talks import (
    listing_as_recorded,
    note_as_recorded,
    point_as_recorded,
    question_as_recorded,
    thread_as_recorded,
)
from special_channel.core.rows.threads import NoteRow, ThreadRow
from special_channel.core.rules.state import listing_key
from tests.permits import amend
from tests.world import World

DUE = "2026-12-01T16:30:00Z"
NOTHING: dict[Party, int] = {"eu": 0, "cn": 0}


def sizes(world: World) -> dict[Party, int]:
    world.exchange()
    return {party: getattr(world, party).own.size for party in PARTIES}


def row(world: World, table: Any, key: str) -> Any:
    world.exchange()
    return world.eu.replay.rows[table, key]


def test_question_is_as_before_its_answer_and_its_withdrawal(world):
    thread = world.open_thread("eu").leaf.thread
    note = world.note("eu", thread, asks=[world.ask("eu", DUE)])
    asked = sizes(world)
    answer = world.answer("cn", note)
    answered = sizes(world)
    payload = world.payload("cn", "note.withdrawn", ref=answer.id, thread=thread, lang="en")
    world.append("cn", payload, [world.text("It was an error.")])
    now: QuestionRow = row(world, "ask", f"{note.id}:1")
    assert now.is_open
    for at, is_open in ((asked, True), (answered, False), (sizes(world), True)):
        then = question_as_recorded(now, at)
        assert then is not None
        assert then.is_open is is_open
    assert question_as_recorded(now, NOTHING) is None


def test_thread_is_as_before_its_close(world):
    before = sizes(world)
    opened = world.open_thread("eu")
    after = sizes(world)
    now: ThreadRow = row(world, "thread", opened.leaf.thread)
    assert thread_as_recorded(now, before) is None
    assert thread_as_recorded(now, after) == now


def test_point_is_as_before_its_mark(world):
    held = world.meeting("eu")
    before = sizes(world)
    point = world.point("eu", held)
    noted = sizes(world)
    world.agree("cn", point)
    now: PointRow = row(world, "point", point.id)
    then = point_as_recorded(now, noted)
    assert then is not None
    assert (now.standing, then.standing) == ("agreed", "noted")
    assert point_as_recorded(now, before) is None


def test_list_row_is_as_before_its_amendments(world):
    batch = world.list_batch(["A-1"])
    then = sizes(world)["eu"]
    amend(world, batch, changed=[{"row": 1, "urgency": "urgent", "rank": 7}])
    amended = sizes(world)["eu"]
    amend(world, batch, withdrawn=[{"row": 1, "reason": "issued"}])
    now: ListingRow = row(world, *listing_key(batch.id, 1))
    assert (now.urgency, now.was, now.withdrawn >= 0) == ("urgent", "normal", True)
    before = listing_as_recorded(now, amended)
    assert (before.urgency, before.withdrawn) == ("urgent", -1)
    first = listing_as_recorded(now, then, Urgent(row=1, urgency="normal", rank=1))
    assert (first.urgency, first.rank, first.was, first.amended) == ("normal", 1, "", -1)
    assert listing_as_recorded(now, sizes(world)["eu"]) == now


def test_translations_marked_later_are_not_in_an_earlier_record(world):
    opened = world.open_thread("eu")
    about = {"thread": opened.leaf.thread, "lang": "zh-CN"}
    note = world.note("eu", opened.leaf.thread, ("Is it there?",))
    then = sizes(world)
    payload = world.payload("eu", "note.translated", ref=note.id, **about)
    world.append("eu", payload, [world.text("到了吗？")])
    payload = world.payload("eu", "note.translated", ref=opened.id, **about)
    world.append("eu", payload, [world.text("主题", "subject")])
    said: NoteRow = row(world, "note", note.id)
    thread: ThreadRow = row(world, "thread", opened.leaf.thread)
    earlier = thread_as_recorded(thread, then)
    assert earlier is not None
    assert (said.translated, thread.opening.translated) != ((), ())
    assert (note_as_recorded(said, then).translated, earlier.opening.translated) == ((), ())
    assert note_as_recorded(said, sizes(world)) == said


def test_receipts_acknowledged_later_are_not_in_an_earlier_record(world):
    note = world.note("eu", world.open_thread("eu").leaf.thread, ("Is it there?",))
    world.exchange()
    then = sizes(world)
    world.about("cn", "note.acknowledged", note)
    world.exchange()
    said: NoteRow = row(world, "note", note.id)
    assert [mark.party for mark in said.acknowledged] == ["cn"]
    assert note_as_recorded(said, then).acknowledged == ()
    assert note_as_recorded(said, sizes(world)) == said
