"""Rules 1 to 7: how two logs become one state."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, get_args

import pytest

from special_channel.core.bytes.errors import ChannelError, Refused
from special_channel.core.bytes.ids import Position
from special_channel.core.entries import NotePosted, parse
from special_channel.core.log.merkle import EMPTY_ROOT
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.past import Past, Placed
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.threads import ThreadRow, touched
from special_channel.core.rows.writing import sign
from special_channel.core.rules.state import KEYS, Row, question_key
from tests.stories import DUE, busy
from tests.world import Entry, Side, World


@pytest.fixture
def world() -> World:
    return World.founded()


def code_of(act, *args, **kwargs) -> str:
    """The code of an honest node's refusal."""
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.code


def thread_row(side: Side, entry: Entry) -> ThreadRow:
    row = side.replay.rows["thread", entry.leaf.thread or ""]
    assert isinstance(row, ThreadRow)
    return row


def ask_row(side: Side, note: Entry, q: str = "1") -> QuestionRow:
    row = side.replay.rows[question_key(note.id, q)]
    assert isinstance(row, QuestionRow)
    return row


def test_key_table_has_one_function_for_each_row_type():
    assert set(KEYS) == set(get_args(Row))


# 1 Frontier --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda own, _: [own | {"size": own["size"] + 1}], id="more of the own log"),
        pytest.param(lambda _, peer: [peer | {"size": peer["size"] + 1}], id="more of the peer's"),
        pytest.param(lambda own, _: [own | {"root": "0" * 64}], id="another root of the own log"),
        pytest.param(lambda _, peer: [peer | {"root": "0" * 64}], id="another of the peer's"),
        pytest.param(lambda own, _: [own, own], id="a log twice"),
        pytest.param(lambda own, _: [own | {"log": "other.example/log"}], id="a third log"),
    ],
)
def test_rule_1_what_was_seen_lies_within_the_past_and_has_its_roots(change, world):
    payload = world.payload("eu", "thread.opened", thread=world.thread_id(), lang="en")
    payload |= {"seen": change(*payload["seen"]), "body": {"batch": "standing"}}
    code = code_of(world.append, "eu", payload, [world.text("x", "subject")])
    assert code == "seen-inconsistent"


def test_rule_1_before_any_checkpoint_there_is_nothing_to_have_seen():
    world = World()
    founded = world.found("eu")
    assert founded.payload["seen"] == []
    assert founded.leaf.frontier == (0,)


def test_rule_1_size_0_has_the_root_of_nothing(world):
    seen = [{"log": world.eu.origin, "size": 0, "root": EMPTY_ROOT.hex()}]
    world.open_thread("eu", seen=seen)


# 2 Past ------------------------------------------------------------------------------


def test_rule_2_the_past_is_the_own_log_before_and_the_peers_log_up_to_the_frontier():
    past = Past("eu", 5, 3)
    held = [Position("eu", 4), Position("cn", 2)]
    beyond = [Position("eu", 5), Position("cn", 3)]
    assert all(past.holds(position) for position in held)
    assert not any(past.holds(position) for position in beyond)


def test_rule_2_an_entry_may_not_name_what_its_node_does_not_hold_yet(world):
    thread = world.open_thread("eu")
    assert code_of(world.note, "cn", thread.leaf.thread) == "thread-unknown"
    world.exchange()
    assert world.note("cn", thread.leaf.thread)


def test_rule_2_the_verdict_is_by_the_past_and_not_by_what_the_judge_knows_later(world):
    """A liar states an early frontier: the answer names a question of a past it disclaims."""
    thread = world.open_thread("eu")
    world.exchange()
    before = world.cn.mirror.size
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    body = {"entries": [note.id]}
    payload = world.payload("cn", "note.acknowledged", thread=thread.leaf.thread, body=body)
    payload["seen"] = []
    signed = sign(payload, [world.cn.keys["desk"]])
    liar = world.append_signed("cn", signed, frontier=before, honest=False)
    world.exchange()
    assert world.eu.verdicts[liar.position] == world.cn.verdicts[liar.position] == "reference"


def test_rule_2_an_invalid_entry_can_not_be_named(world):
    thread = world.open_thread("eu")
    world.exchange()
    payload = world.payload("cn", "note.posted", thread=thread.leaf.thread, lang="en", by="link")
    invalid = world.append("cn", payload, [world.text("By a machine.")], honest=False)
    world.exchange()
    assert world.eu.verdicts[invalid.position] == "role"
    assert code_of(world.about, "eu", "note.acknowledged", invalid) == "reference"


def test_rule_2_erasures_and_refusals_may_name_an_invalid_entry(world):
    thread = world.open_thread("eu")
    world.exchange()
    payload = world.payload("cn", "note.posted", thread=thread.leaf.thread, lang="en", by="link")
    invalid = world.append("cn", payload, [world.text("A name, perhaps.")], honest=False)
    world.exchange()
    body = {"index": invalid.position.index, "code": "role"}
    world.append("eu", world.payload("eu", "peer.refused", by="node", body=body))
    world.erase("cn", invalid, [0])
    world.exchange()
    assert world.eu.verdicts == world.cn.verdicts


def test_rule_2_nothing_may_be_refused_that_has_not_arrived(world):
    body = {"index": world.eu.mirror.size, "code": "role"}
    payload = world.payload("eu", "peer.refused", by="node", body=body)
    assert code_of(world.append, "eu", payload) == "reference"


# 3, 6 State --------------------------------------------------------------------------


def test_note_leaves_all_else_of_its_thread_as_it_was(world):
    entry = world.note("eu", world.open_thread("eu").leaf.thread, ("A note.",))
    note = parse(entry.envelope.payload)
    assert isinstance(note, NotePosted)
    placed = Placed(entry.position, 3, entry.leaf.accepted, entry.id, note)
    values: dict[str, Any] = {field.name: object() for field in fields(ThreadRow)}
    row = ThreadRow(**values | {"notes_eu": 4, "notes_cn": 5, "order": 6})
    assert touched(row, placed) == replace(row, notes_eu=5, order=placed.order)


def test_rule_3_equal_prefixes_give_equal_states():
    one, other = busy().world, busy().world
    assert one.eu.digest == other.cn.digest
    other.open_thread("cn")
    assert one.eu.digest != other.cn.digest


def test_rule_6_the_digest_covers_neither_texts_nor_files():
    world = busy().world
    before = world.eu.digest
    note = next(entry for entry in world.eu.own.entries if entry.leaf.kind == "note.posted")
    world.erase("eu", note, [0])
    assert world.eu.digest == before


# 4 The fold --------------------------------------------------------------------------


def test_rule_4_a_thread_is_closed_until_either_side_reopens_that_close(world):
    thread = world.open_thread("eu")
    close = world.append("eu", world.payload("eu", "thread.closed", thread=thread.leaf.thread))
    world.exchange()
    assert thread_row(world.cn, thread).is_closed()
    world.about("cn", "thread.reopened", close)
    world.exchange()
    assert not thread_row(world.eu, thread).is_closed()
    again = world.append("eu", world.payload("eu", "thread.closed", thread=thread.leaf.thread))
    assert thread_row(world.eu, thread).is_closed()
    assert again.position.index > close.position.index


def test_rule_4_a_note_written_meanwhile_stays_and_is_marked_as_crossed(world):
    thread = world.open_thread("eu")
    world.exchange()
    world.append("eu", world.payload("eu", "thread.closed", thread=thread.leaf.thread))
    crossing = world.note("cn", thread.leaf.thread, ("Written before the close came.",))
    world.exchange()
    late = world.note("cn", thread.leaf.thread, ("Written after it came.",))
    world.exchange()
    for side in (world.eu, world.cn):
        row = thread_row(side, thread)
        assert (row.notes_eu, row.notes_cn) == (0, 2)
        assert row.crossed(crossing.position, crossing.leaf.peer_frontier)
        assert not row.crossed(late.position, late.leaf.peer_frontier)


def test_rule_4_a_close_ends_only_the_closers_own_asks_that_it_lists(world):
    thread = world.open_thread("eu")
    asks = [world.ask("eu", DUE), world.ask("eu", DUE, "2")]
    note = world.note("eu", thread.leaf.thread, asks=asks)
    world.exchange()
    theirs = world.note("cn", thread.leaf.thread, asks=[world.ask("cn", DUE)])
    world.exchange()
    foreign = {"asks": [{"id": theirs.id, "q": "1"}]}
    payload = world.payload("eu", "thread.closed", thread=thread.leaf.thread, body=foreign)
    assert code_of(world.append, "eu", payload) == "owner"
    listed = {"asks": [{"id": note.id, "q": "1"}]}
    world.append("eu", payload | {"body": listed})
    assert ask_row(world.eu, note).outcome() == "ended"
    assert ask_row(world.eu, note, "2").outcome() == "open"
    assert ask_row(world.eu, theirs).outcome() == "open"


def test_rule_4_the_opener_alone_closes(world):
    thread = world.open_thread("eu")
    world.exchange()
    payload = world.payload("cn", "thread.closed", thread=thread.leaf.thread)
    assert code_of(world.append, "cn", payload) == "owner"


def test_rule_4_what_is_due_when_is_said_by_the_askers_log_alone(world):
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    moves = []
    for due in ("2026-11-25T09:00:00Z", "2026-11-26T09:00:00Z"):
        proposal = world.about("cn", "date.proposed", note, body={"q": "1", "due": due})
        moves.append({"q": "1", "due": due, "basis": "agreed", "proposal": proposal.id})
    world.exchange()
    rebased = {"q": "1", "due": DUE, "basis": "rebase"}
    assert code_of(world.about, "cn", "deadline.moved", note, body=rebased) == "owner"
    accepted = {"q": "1", "due": DUE, "basis": "agreed"}
    world.about("cn", "deadline.moved", note, body=accepted)  # it moves nothing
    for body in moves:
        world.about("eu", "deadline.moved", note, body=body)
    world.exchange()
    assert ask_row(world.cn, note).due == "2026-11-26T09:00:00Z"


def test_rule_4_each_side_has_one_latest_assertion_and_the_last_index_wins(world):
    def assert_(party, state, as_of):
        body = {"number": "A-9", "state": state, "as_of": as_of, "source": "own"}
        return world.append(party, world.payload(party, "application.asserted", body=body))

    assert_("eu", "review", "2026-11-22")
    assert_("eu", "approved", "2026-11-20")  # the later entry counts, not the later date
    assert_("cn", "issued", "2026-11-23")
    world.exchange()
    for side in (world.eu, world.cn):
        row = side.replay.rows["application", "A-9"]
        assert isinstance(row, ApplicationRow)
        eu, cn = row.latest("eu"), row.latest("cn")
        assert eu is not None
        assert cn is not None
        assert (eu.state, cn.state, row.differences()) == ("approved", "issued", ("state",))
        assert [each.state for each in row.eu] == ["review", "approved"]


def test_rule_4_withdrawn_and_answered_meanwhile_both_are_kept(world):
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    world.about("eu", "note.withdrawn", note)
    world.answer("cn", note)
    world.exchange()
    for side in (world.eu, world.cn):
        row = ask_row(side, note)
        assert row.answers
        assert row.ended
        assert row.outcome() == "in-time"
        assert not row.is_open


def test_rule_4_an_act_that_changes_nothing_is_no_error(world):
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    world.exchange()
    first = world.answer("cn", note)
    world.answer("cn", note)
    for _ in range(2):
        world.about("cn", "note.acknowledged", note)
        world.append("eu", world.payload("eu", "thread.closed", thread=thread.leaf.thread))
    world.exchange()
    assert ask_row(world.eu, note).answers[0].id == first.id
    assert world.eu.digest == world.cn.digest


def test_rule_4_a_thread_id_chosen_twice_at_once_is_one_thread_with_two_openings(world):
    thread = world.thread_id()
    world.open_thread("cn", thread=thread)
    world.open_thread("eu", thread=thread)
    world.exchange()
    assert code_of(world.open_thread, "cn", thread=thread) == "thread-known"
    rows = {side.replay.rows["thread", thread] for side in (world.eu, world.cn)}
    (row,) = rows
    assert isinstance(row, ThreadRow)
    assert {fact.party for fact in row.opened} == {"eu", "cn"}


# 5, 7 Order and numbers --------------------------------------------------------------


def test_rule_5_the_display_order_extends_causality_and_is_fixed_when_stored():
    world = busy().world
    for side in (world.eu, world.cn):
        places = {
            entry.position: (
                entry.position.index + entry.leaf.peer_frontier,
                entry.position.party,
            )
            for entry in [*side.own.entries, *side.mirror.entries]
        }
        for position, place in places.items():
            entry = side.copies[position.party].entries[position.index]
            past = Past(position.party, position.index, entry.leaf.peer_frontier)
            assert all(other < place for each, other in places.items() if past.holds(each))


def test_rule_7_late_arrivals_renumber_nothing(world):
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    numbers = str(thread_row(world.eu, thread).position), str(ask_row(world.eu, note).position)
    other = world.open_thread("cn")
    world.note("cn", other.leaf.thread)
    world.exchange()
    again = str(thread_row(world.eu, thread).position), str(ask_row(world.eu, note).position)
    assert again == numbers == (str(thread.position), str(note.position))
    assert (str(Position("eu", 877)), Position.parse("CN-340")) == ("EU-877", Position("cn", 340))


@pytest.mark.parametrize("text", ["EU877", "eu-877", "EU-", "US-1", "EU-01", "EU--1", ""])
def test_rule_7_what_is_no_number_is_refused(text):
    with pytest.raises(ChannelError) as caught:
        Position.parse(text)
    assert caught.value.code == "position-malformed"


def test_rule_7_questions_are_numbered_from_1_and_answers_may_name_ranges(world):
    thread = world.open_thread("eu")
    wrong = [world.ask("eu", DUE, "2")]
    assert code_of(world.note, "eu", thread.leaf.thread, asks=wrong) == "ask-number"
    asks = [world.ask("eu", DUE, str(number)) for number in range(1, 8)]
    note = world.note("eu", thread.leaf.thread, asks=asks)
    world.exchange()
    world.answer("cn", note, ("1", "3-5", "4"))
    answered = [q for q in "1234567" if ask_row(world.cn, note, q).answers]
    assert answered == ["1", "3", "4", "5"]
    for nonsense in ("5-3", "1-9999"):
        assert code_of(world.answer, "cn", note, (nonsense,)) == "entry-malformed"
    assert code_of(world.answer, "cn", note, ("8",)) == "reference"
