"""Meetings: points drafted by one side and marked by the other; no question by a machine."""

from __future__ import annotations

import pytest

from special_channel.core.audit.scope import names
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.meetings import MeetingRow, PointQuestion, PointRow
from special_channel.core.rows.submission import read
from tests.core.judging import code_of, refusal
from tests.stories import DUE
from tests.world import Entry, World, marked


@pytest.fixture
def meeting(world: World) -> Entry:
    return world.meeting("eu")


def promise(world: World, meeting: Entry, who: str = "cn", **body: str) -> Entry:
    return world.point("eu", meeting, point="promise", who=who, **body)


def named_by(entry: Entry) -> frozenset[str]:
    incoming = read(entry.submission, whole=True).entry
    return names(incoming)  # type: ignore[arg-type]  # shared logs hold no private kind


def point_of(world: World, entry: Entry) -> PointRow:
    rows = [world.sides[party].replay.rows["point", entry.id] for party in PARTIES]
    assert rows[0] == rows[1]
    assert isinstance(rows[0], PointRow)
    return rows[0]


# What both sides then hold -----------------------------------------------------------


def test_points_count_within_their_meeting_and_wait_for_the_other_side(world, meeting):
    other = world.meeting("eu", level="ministers")
    first = promise(world, meeting, due="2026-12-01")
    elsewhere = world.point("eu", other)
    second = world.point("eu", meeting)
    world.exchange()
    numbers = [point_of(world, each).number for each in (first, elsewhere, second)]
    assert numbers == [1, 1, 2]
    assert point_of(world, first).standing == "noted"
    held = world.cn.replay.rows["meeting", meeting.id]
    assert isinstance(held, MeetingRow)
    assert (held.points, held.on, held.level) == (2, "2026-11-19", "working")
    assert held.position == meeting.position


def test_the_other_side_marks_a_point_and_its_last_mark_holds(world, meeting):
    point = world.point("eu", meeting)
    world.exchange()
    world.differ("cn", point)
    world.exchange()
    assert point_of(world, point).standing == "differed"
    world.agree("cn", point)
    world.exchange()
    row = point_of(world, point)
    assert (row.standing, [mark.agreed for mark in row.marks]) == ("agreed", [False, True])


@pytest.mark.parametrize("who", PARTIES)
def test_a_question_about_an_agreed_promise_is_put_by_the_side_it_was_made_to(world, meeting, who):
    asking: Party = "cn" if who == "eu" else "eu"
    point = promise(world, meeting, who)
    world.exchange()
    agreed = world.agree("cn", point)
    world.exchange()
    thread = world.open_thread(asking).leaf.thread
    linked = {"point": point.id, "agreed": agreed.id}
    asks = [world.ask(asking, DUE, promise=linked), world.ask(asking, DUE, "2")]
    note = world.note(asking, thread, asks=asks)
    world.exchange()
    assert point_of(world, point).asks == (
        PointQuestion(asking, note.position.index, note.id, "1"),
    )


def test_an_export_of_the_question_holds_the_point_and_the_agreement(world, meeting):
    point = promise(world, meeting)
    world.exchange()
    agreed = world.agree("cn", point)
    world.exchange()
    thread = world.open_thread("eu").leaf.thread
    asked = world.ask("eu", DUE, promise={"point": point.id, "agreed": agreed.id})
    note = world.note("eu", thread, asks=[asked])
    assert named_by(note) == {point.id, agreed.id}
    assert named_by(agreed) == {point.id}
    assert named_by(point) == {meeting.id}


# What is refused ---------------------------------------------------------------------


def test_a_meeting_is_at_a_level_of_the_charter(world):
    assert code_of(world.meeting, "eu", level="kings") == "meeting-level"
    levels = [{"level": "kings", "title_en": "Kings", "title_zh": "君主"}]
    for party in PARTIES:
        world.adopt(party, number=2, levels=levels)
    world.exchange()
    world.meeting("eu", level="kings")
    assert code_of(world.meeting, "eu", level="working") == "meeting-level"


def test_a_meeting_has_subjects_and_a_point_has_words(world, meeting):
    body = {"on": "2026-11-19", "place": "Brussels", "level": "working"}
    held = world.payload("eu", "meeting.held", lang="en", body=body)
    assert refusal(world, "eu", held, [world.text("No subject.")]) == "entry-malformed"
    body = {"point": "statement", "who": "eu"}
    noted = world.payload("eu", "point.noted", lang="en", ref=meeting.id, body=body)
    assert refusal(world, "eu", noted, [world.text("x", "subject")]) == "entry-malformed"
    point = world.point("eu", meeting)
    world.exchange()
    marks = {"entries": [marked(point.id, [0])]}
    differed = world.payload("cn", "point.marked", lang="zh-CN", body=marks)
    assert refusal(world, "cn", differed, [world.text("x", "subject")]) == "entry-malformed"


def test_a_translation_of_a_point_names_text_parts(world, meeting):
    body = {"point": "statement", "who": "eu", "translation": {"lang": "zh-CN", "parts": [1]}}
    noted = world.payload("eu", "point.noted", lang="en", ref=meeting.id, body=body)
    assert code_of(world.append, "eu", noted, [world.text("One")]) == "entry-malformed"
    world.append("eu", noted, [world.text("One"), world.text("一")])


@pytest.mark.parametrize("on", ["2026-02-30", "tomorrow"])
def test_a_meeting_is_held_on_a_day(world, on):
    assert code_of(world.meeting, "eu", on=on) == "entry-malformed"


def test_a_role_is_at_the_table_once(world):
    head = {"party": "cn", "role": "head"}
    world.meeting("eu", present=[head, {"party": "eu", "role": "head"}])
    assert code_of(world.meeting, "eu", present=[head, head]) == "entry-malformed"


def test_a_statement_has_no_day(world, meeting):
    assert code_of(world.point, "eu", meeting, due="2026-12-01") == "entry-malformed"


def test_a_point_belongs_to_a_meeting_of_the_own_side(world, meeting):
    thread = world.open_thread("eu")
    assert code_of(world.point, "eu", thread) == "reference"
    world.exchange()
    body = {"point": "statement", "who": "cn"}
    noted = world.payload("cn", "point.noted", lang="en", ref=meeting.id, body=body)
    assert refusal(world, "cn", noted, [world.text("Ours.")]) == "owner"


@pytest.mark.parametrize("mark", ["agree", "differ"])
def test_a_point_is_marked_by_the_other_side_and_once_it_is_known_there(world, meeting, mark):
    point = world.point("eu", meeting)
    assert code_of(getattr(world, mark), "eu", point) == "owner"
    assert code_of(getattr(world, mark), "cn", point) == "reference"
    world.exchange()
    assert code_of(getattr(world, mark), "cn", meeting) == "reference"


def test_a_question_names_an_agreed_promise_of_the_side_asked(world, meeting):
    cases = {
        "statement": world.point("eu", meeting, who="cn"),
        "own promise": promise(world, meeting, "eu"),
        "differed": promise(world, meeting),
        "not marked": promise(world, meeting),
    }
    world.exchange()
    marks = {
        "statement": world.agree("cn", cases["statement"]),
        "own promise": world.agree("cn", cases["own promise"]),
        "differed": world.differ("cn", cases["differed"]),
        "not marked": meeting,
    }
    world.exchange()
    thread = world.open_thread("eu").leaf.thread
    for name, point in cases.items():
        linked = {"point": point.id, "agreed": marks[name].id}
        asked = [world.ask("eu", DUE, promise=linked)]
        assert code_of(world.note, "eu", thread, asks=asked) == "ask-promise", name
    asked = [world.ask("eu", DUE, promise={"point": "a" * 64, "agreed": meeting.id})]
    assert code_of(world.note, "eu", thread, asks=asked) == "reference"


def test_an_agreement_that_has_not_arrived_is_no_ground_for_a_question(world, meeting):
    point = promise(world, meeting)
    world.exchange()
    agreed = world.agree("cn", point)
    thread = world.open_thread("eu").leaf.thread
    linked = {"point": point.id, "agreed": agreed.id}
    payload = world.payload(
        "eu", "note.posted", thread=thread, lang="en", asks=[world.ask("eu", DUE, promise=linked)]
    )
    assert refusal(world, "eu", payload, [world.text("May it come?")]) == "ask-promise"
