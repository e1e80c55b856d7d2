"""One entry about many: notes of any threads acknowledged, points of any meetings marked."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope, may_hold, names, required
from special_channel.core.bytes.errors import Malformed, Refused
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.meetings import PointRow
from special_channel.core.rows.submission import read
from special_channel.core.rows.threads import MentionRow, NoteRow, ThreadRow
from special_channel.core.rules.state import Table
from tests.bundles import all_of, trust_of
from tests.core.auditing import at, codes, scoped
from tests.core.judging import code_of, refusal
from tests.stories import DUE
from tests.world import Entry, World, marked


def notes_of(world: World, *threads: str, count: int = 1) -> list[Entry]:
    """Post notes of the EU: `count` in a thread of each subject."""
    made = []
    for subject in threads:
        thread = world.open_thread("eu", subject).leaf.thread
        made += [world.note("eu", thread) for _ in range(count)]
    world.exchange()
    return made


@pytest.fixture
def notes(world: World) -> list[Entry]:
    return notes_of(world, "One", "Two", "Three")


def payload_of(world: World, ids: list[str], thread: str | None = None) -> dict[str, Any]:
    stated: dict[str, Any] = {"body": {"entries": ids}}
    return world.payload(
        "cn", "note.acknowledged", **(stated | ({"thread": thread} if thread else {}))
    )


def rows_of(world: World, kind: type, table: Table, key: str) -> Any:
    """Return a row that both sides hold alike."""
    eu, cn = (world.sides[party].replay.rows.get((table, key)) for party in PARTIES)
    assert eu == cn
    assert isinstance(eu, kind)
    return eu


def named_by(entry: Entry) -> frozenset[str]:
    incoming = read(entry.submission, whole=True).entry
    return names(incoming)  # type: ignore[arg-type]  # shared logs hold no private kind


def mentions(world: World) -> list[MentionRow]:
    held = world.eu.replay.rows.values()
    return [row for row in held if isinstance(row, MentionRow)]


# Acknowledgements: what both sides then hold -------------------------------------------


def test_one_entry_acknowledges_notes_of_three_threads(world, notes):
    entry = world.acknowledge("cn", *notes)
    world.exchange()
    assert entry.leaf.thread is None
    for note in notes:
        row = rows_of(world, NoteRow, "note", note.id)
        assert [mark.id for mark in row.acknowledged] == [entry.id]
        assert [mark.by for mark in row.acknowledged] == [world.cn.keys["desk"].key]
        thread = rows_of(world, ThreadRow, "thread", note.leaf.thread)
        assert thread.order == entry.position.index + entry.leaf.peer_frontier
    by, order = world.cn.keys["desk"].key, entry.position.index + entry.leaf.peer_frontier
    assert sorted(mentions(world), key=lambda row: row.thread) == [
        MentionRow(thread, "cn", entry.position.index, entry.id, by, order)
        for thread in sorted(str(note.leaf.thread) for note in notes)
    ]
    assert world.eu.digest == world.cn.digest


def test_notes_of_one_thread_are_acknowledged_in_the_thread(world):
    notes = notes_of(world, "One", count=3)
    entry = world.acknowledge("cn", *notes)
    world.exchange()
    assert entry.leaf.thread == notes[0].leaf.thread
    assert not mentions(world)
    for note in notes:
        assert rows_of(world, NoteRow, "note", note.id).acknowledged[0].id == entry.id


def test_a_note_is_acknowledged_again_without_harm(world, notes):
    first = world.acknowledge("cn", notes[0])
    second = world.acknowledge("cn", *notes)
    world.exchange()
    row = rows_of(world, NoteRow, "note", notes[0].id)
    assert [mark.id for mark in row.acknowledged] == [first.id, second.id]


@pytest.mark.parametrize("threads", [1, 4])
def test_two_hundred_notes_are_acknowledged_at_once_and_no_more(world, threads):
    subjects = [f"Thread {number}" for number in range(threads)]
    notes = notes_of(world, *subjects, count=200 // threads + 1)
    entry = world.acknowledge("cn", *notes[:200])
    world.exchange()
    assert world.eu.verdicts[entry.position] == ""
    for note in notes[:200]:
        assert len(rows_of(world, NoteRow, "note", note.id).acknowledged) == 1
    more = payload_of(world, [note.id for note in notes[:201]])
    assert code_of(world.append, "cn", more) == "entry-malformed"


@pytest.mark.parametrize("ids", [[], ["a" * 64, "a" * 64], ["A" * 64], ["a" * 63]])
def test_entries_are_distinct_ids_and_one_at_least(world, ids):
    with pytest.raises(Malformed) as caught:
        world.append("cn", payload_of(world, ids))
    assert caught.value.code == "entry-malformed"
    assert str(caught.value.facts["field"]).startswith("note.acknowledged.body.entries")


# Acknowledgements: one that fails refuses all ------------------------------------------


def test_one_note_that_fails_refuses_the_whole_and_is_named(world, notes):
    own = world.note("cn", notes[0].leaf.thread)
    thread = next(e for e in world.cn.mirror.entries if e.leaf.kind == "thread.opened")
    late = world.note("eu", notes[0].leaf.thread)
    good = [note.id for note in notes]
    before = world.cn.digest
    for bad, code in (
        (own.id, "owner"),
        (thread.id, "reference"),
        (late.id, "reference"),
        ("0" * 64, "reference"),
    ):
        with pytest.raises(Refused) as caught:
            world.append("cn", payload_of(world, [good[0], bad, good[1]]))
        assert (caught.value.code, caught.value.facts["id"]) == (code, bad)
    assert world.cn.digest == before
    assert refusal(world, "cn", payload_of(world, [*good, own.id])) == "owner"
    for note in notes:
        assert not rows_of(world, NoteRow, "note", note.id).acknowledged


def test_the_thread_is_named_where_and_only_where_there_is_one(world, notes):
    one, two, _ = (note.id for note in notes)
    thread = notes[0].leaf.thread
    assert refusal(world, "cn", payload_of(world, [one])) == "entry-malformed"
    assert refusal(world, "cn", payload_of(world, [one, two], thread)) == "reference"
    assert refusal(world, "cn", payload_of(world, [one], world.thread_id())) == "thread-unknown"
    world.append("cn", payload_of(world, [one], thread))
    world.append("cn", payload_of(world, [one, two]))


# Acknowledgements: exports -------------------------------------------------------------


def report_of(world: World, scope: Scope, *left_out: Entry) -> Report:
    """Return the report on a bundle of a scope, without some entries that it should hold."""
    evidence, classes = all_of(world), scope_of(world, scope)
    keep = {
        entry.id
        for copy in world.eu.copies.values()
        for entry in copy.entries
        if str(entry.position) in classes and entry not in left_out
    }
    return scoped(evidence, scope, trust_of(world), keep=keep)


def scope_of(world: World, scope: Scope) -> dict[str, str]:
    leaves = {log: [e.leaf for e in copy.entries] for log, copy in world.eu.copies.items()}
    by_position = {
        entry.position: entry for copy in world.eu.copies.values() for entry in copy.entries
    }

    def find(position):
        return read(by_position[position].submission, whole=False).entry

    def data(position):
        return read(by_position[position].submission, whole=False).data

    return {str(place): class_ for place, class_ in required(scope, leaves, find, data).items()}


def test_an_export_of_a_thread_holds_what_acknowledges_its_notes(world, notes):
    both = world.acknowledge("cn", *notes[:2])
    others = world.acknowledge("cn", *notes[1:])
    inside = world.acknowledge("cn", notes[2])
    world.exchange()
    assert named_by(both) == {note.id for note in notes[:2]}
    thread = Scope("thread", str(notes[0].leaf.thread))
    classes = scope_of(world, thread)
    assert classes[str(both.position)] == "scope"
    assert classes[str(others.position)] == "context"
    assert str(inside.position) not in classes
    assert [classes.get(str(note.position)) for note in notes] == ["scope", "named", None]
    report = report_of(world, thread)
    assert (report.findings, report.verdict) == ((), "authentic-and-complete")


def test_an_export_of_a_batch_holds_what_acknowledges_notes_of_its_threads(world):
    batch = world.list_batch(["A-1"])
    thread = world.open_thread("eu", "Rows", batch=batch.id).leaf.thread
    notes = [world.note("eu", thread), *notes_of(world, "Other", "Third")]
    world.exchange()
    about, beside = world.acknowledge("cn", *notes[:2]), world.acknowledge("cn", *notes[1:])
    world.exchange()
    classes = scope_of(world, Scope("batch", batch.id))
    assert (classes[str(about.position)], classes[str(beside.position)]) == ("scope", "context")


def test_an_acknowledgement_left_out_of_an_export_is_missed(world, notes):
    entry = world.acknowledge("cn", *notes)
    world.exchange()
    report = report_of(world, Scope("thread", str(notes[1].leaf.thread)), entry)
    assert at(report, "entry-missing") == [str(entry.position)]
    assert report.verdict == "not-proven"


def test_an_invalid_acknowledgement_proves_and_has_no_effect(world, notes):
    own = world.note("cn", notes[0].leaf.thread)
    payload = payload_of(world, [*(note.id for note in notes), own.id])
    bad = world.append("cn", payload, honest=False)
    world.exchange()
    assert world.eu.verdicts[bad.position] == "owner"
    scope = Scope("thread", str(notes[0].leaf.thread))
    report = report_of(world, scope)
    assert at(report, "authority") == [str(bad.position)]
    assert codes(report) == ["authority"]


@pytest.mark.parametrize(
    ("kind", "own", "scopes"),
    [
        ("note.posted", True, {"everything", "thread"}),
        ("note.posted", False, {"everything"}),
        ("note.acknowledged", True, {"everything", "thread"}),
        ("note.acknowledged", False, {"everything"}),
        ("note.acknowledged", None, {"everything", "thread", "batch"}),
        ("point.marked", None, {"everything"}),
        ("batch.answered", None, {"everything", "batch"}),
        ("part.erased", None, {"everything", "thread", "batch"}),
        ("key.enrolled", None, {"everything", "thread", "batch"}),
    ],
)
def test_a_leaf_tells_which_exports_may_hold_its_entry(kind, own, scopes):
    thread = None if own is None else "1a" * 16 if own else "2b" * 16
    asked = [Scope("everything"), Scope("thread", "1a" * 16), Scope("batch", "3c" * 32)]
    assert {scope.kind for scope in asked if may_hold(scope, kind, thread)} == scopes


# Marks ---------------------------------------------------------------------------------


@pytest.fixture
def points(world: World) -> list[Entry]:
    meetings = [world.meeting("eu"), world.meeting("eu", "On magnets")]
    made = [world.point("eu", meeting) for meeting in (*meetings, *meetings)]
    world.exchange()
    return made


def test_one_entry_marks_points_of_two_meetings_each_with_its_words(world, points):
    entry = world.mark("cn", (points[0], ()), (points[1], ["No.", "Later."]), (points[2], ["Not"]))
    world.exchange()
    rows = [rows_of(world, PointRow, "point", point.id) for point in points]
    assert [row.standing for row in rows] == ["agreed", "differed", "differed", "noted"]
    assert [[mark.id for mark in row.marks] for row in rows] == [[entry.id]] * 3 + [[]]
    assert named_by(entry) == {each.id for each in points[:3]}


def test_two_hundred_points_are_marked_at_once_and_no_more(world):
    meeting = world.meeting("eu")
    points = [world.point("eu", meeting) for _ in range(201)]
    world.exchange()
    entry = world.agree("cn", *points[:200])
    world.exchange()
    assert world.eu.verdicts[entry.position] == ""
    assert rows_of(world, PointRow, "point", points[199].id).standing == "agreed"
    assert code_of(world.agree, "cn", *points) == "entry-malformed"


def test_one_point_that_fails_refuses_the_whole_and_is_named(world, points):
    own = world.point("cn", world.meeting("cn"))
    late = world.point("eu", world.meeting("eu"))
    for bad, code in ((own, "owner"), (late, "reference"), (world.open_thread("cn"), "reference")):
        with pytest.raises(Refused) as caught:
            world.agree("cn", points[0], bad)
        assert (caught.value.code, caught.value.facts["id"]) == (code, bad.id)
    assert rows_of(world, PointRow, "point", points[0].id).standing == "noted"


def test_a_point_is_marked_once_in_an_entry(world, points):
    assert code_of(world.agree, "cn", points[0], points[0]) == "entry-malformed"
    assert code_of(world.agree, "cn") == "entry-malformed"


@pytest.mark.parametrize(
    ("marks", "words", "lang"),
    [
        ([{"word": "differed", "parts": []}], 0, None),
        ([{"word": "agreed", "parts": [0]}], 1, "en"),
        ([{"word": "doubted", "parts": [0]}], 1, "en"),
        ([{"word": "differed", "parts": [0]}], 2, "en"),
        ([{"word": "differed", "parts": [1]}], 1, "en"),
        ([{"word": "differed", "parts": [0, 0]}], 1, "en"),
        ([{"word": "differed", "parts": [0]}] * 2, 1, "en"),
        ([{"word": "differed", "parts": [0]}], 1, None),
        ([{"word": "agreed"}], 0, "en"),
        ([{"word": "agreed"}], 1, "en"),
    ],
)
def test_a_difference_has_words_of_its_own_and_an_agreement_none(world, points, marks, words, lang):
    ids = [{"id": point.id} for point in points]
    body = {"entries": [mark | id_ for mark, id_ in zip(marks, ids, strict=False)]}
    stated = {"body": body} | ({"lang": lang} if lang else {})
    payload = world.payload("cn", "point.marked", **stated)
    parts = [world.text(f"Word {number}") for number in range(words)]
    assert refusal(world, "cn", payload, parts) == "entry-malformed"


def test_a_translation_of_a_difference_names_its_parts(world, points):
    body: dict[str, Any] = {"entries": [marked(points[0].id, [0, 1])]}
    body["translation"] = {"lang": "zh-CN", "parts": [2]}
    payload = world.payload("cn", "point.marked", lang="en", body=body)
    texts = [world.text("Otherwise."), world.text("并非如此。")]
    assert refusal(world, "cn", payload, texts) == "entry-malformed"
    body["translation"]["parts"] = [1]
    world.append("cn", payload, texts)


def test_a_question_is_put_about_a_promise_agreed_among_others(world):
    meeting = world.meeting("eu")
    points = [world.point("eu", meeting, point="promise", who="cn") for _ in range(3)]
    world.exchange()
    marks = world.mark("cn", (points[0], ()), (points[1], ["Not so."]))
    world.exchange()
    thread = world.open_thread("eu").leaf.thread
    for point, code in ((points[1], "ask-promise"), (points[2], "ask-promise"), (points[0], "")):
        asks = [world.ask("eu", DUE, promise={"point": point.id, "agreed": marks.id})]
        if code:
            assert code_of(world.note, "eu", thread, asks=asks) == code
        else:
            world.note("eu", thread, asks=asks)
    world.exchange()
    report = report_of(world, Scope("thread", str(thread)))
    assert report.verdict == "authentic-and-complete"
