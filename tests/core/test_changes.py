"""Changes since earlier sizes of both logs: states of applications, and of threads."""

from __future__ import annotations

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.numbers.changes import state_changes, state_since, thread_change
from special_channel.core.rows.application_facts import CorrectionFact
from special_channel.core.rows.applications import ApplicationRow, AssertedStatement
from special_channel.core.rows.threads import ThreadRow
from tests.world import Entry, World


def said(*states: tuple[int, str]) -> tuple[AssertedStatement, ...]:
    return tuple(
        AssertedStatement(state, "2026-11-20", "list", index=index, id=f"{index:064x}")
        for index, state in states
    )


def sizes(world: World) -> dict[Party, int]:
    return {party: world.sides[party].own.size for party in PARTIES}


def thread(world: World, opened: Entry) -> ThreadRow:
    row = world.eu.replay.rows["thread", str(opened.leaf.thread)]
    assert isinstance(row, ThreadRow)
    assert row == world.cn.replay.rows["thread", str(opened.leaf.thread)]
    return row


def test_a_word_that_is_said_again_is_no_change():
    row = ApplicationRow("A-1", said((3, "review"), (5, "approved"), (9, "approved")))
    assert (state_since(row, "eu"), state_since(row, "cn")) == (5, -1)
    assert state_changes(row, {"eu": 6, "cn": 0}) == ()
    [turn] = state_changes(row, {"eu": 4, "cn": 0})
    assert turn.before is not None
    assert (turn.party, turn.before.index, turn.before.state) == ("eu", 3, "review")
    assert (turn.after.index, turn.after.state) == (9, "approved")


def test_a_first_word_is_a_change_from_nothing_and_each_side_is_told_by_itself():
    row = ApplicationRow("A-1", said((3, "review")), said((7, "supplement")))
    found = state_changes(row, {"eu": 3, "cn": 7})
    assert [(turn.party, turn.before, turn.after.state) for turn in found] == [
        ("eu", None, "review"),
        ("cn", None, "supplement"),
    ]
    assert state_since(row, "eu") == 3


def test_a_correction_that_leaves_the_state_is_no_change_of_it():
    stated = said((3, "review"), (5, "review"))
    corrected = CorrectionFact("eu", 5, 0, stated[0].id, 3, 0)
    row = ApplicationRow("A-1", stated, corrections=(corrected,))
    assert state_since(row, "eu") == 3


def test_a_word_taken_back_since_is_no_change():
    row = ApplicationRow("A-1", said((3, "review"), (5, "approved"), (9, "review")))
    assert state_since(row, "eu") == 9
    assert state_changes(row, {"eu": 4, "cn": 0}) == ()


def test_a_thread_is_opened_closed_and_reopened_by_whose_entry():
    world = World.founded()
    start = sizes(world)
    opened = world.open_thread("eu")
    world.note("eu", opened.leaf.thread)
    world.exchange()
    assert thread_change(thread(world, opened), start).by == opened.position
    before = sizes(world)
    assert thread_change(thread(world, opened), before).by is None
    closed = world.append(
        "eu", world.payload("eu", "thread.closed", thread=opened.leaf.thread, body={"asks": []})
    )
    world.exchange()
    stood = thread_change(thread(world, opened), before)
    assert (stood.before, stood.after, stood.by) == ("open", "closed", closed.position)
    assert thread_change(thread(world, opened), start).before == ""
    shut = sizes(world)
    again = world.append(
        "cn", world.payload("cn", "thread.reopened", thread=opened.leaf.thread, ref=closed.id)
    )
    world.exchange()
    stood = thread_change(thread(world, opened), shut)
    assert (stood.before, stood.after, stood.by) == ("closed", "open", again.position)
    assert thread_change(thread(world, opened), before).by is None, "closed and reopened since"
    assert thread_change(thread(world, opened), start).by == again.position
    assert thread_change(thread(world, opened), sizes(world)).by is None
