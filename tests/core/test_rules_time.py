"""Rules 8 to 15: "in time" without trust in either clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.times import from_posix, instant, posix, timestamp
from special_channel.core.log.note import Note
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rows.writing import part_refs, sign
from special_channel.core.rules.state import question_key
from tests.stories import DUE, LATER
from tests.world import AGREED, Entry, Side, World


class Asked:
    """A world with a question of EU to CN, due in an hour."""

    def __init__(self, *, deliver: bool = True, rule: str | None = AGREED) -> None:
        self.world = World.founded()
        self.thread = self.world.open_thread("eu")
        ask = self.world.ask("eu", DUE, rule=rule)
        self.note = self.world.note("eu", self.thread.leaf.thread, asks=[ask])
        if deliver:
            self.world.exchange()

    def row(self, side: Side | None = None) -> QuestionRow:
        row = (side or self.world.eu).replay.rows[question_key(self.note.id, "1")]
        assert isinstance(row, QuestionRow)
        return row

    def due(self, seconds: int = 0) -> None:
        """Move the clock to the due time, or seconds beyond."""
        self.world.clock.seconds = posix(DUE) + seconds

    def passed(self, **changed: Any) -> Entry:
        return self.world.pass_due("eu", self.note, DUE, **changed)

    def proof(self) -> str:
        """EU's first checkpoint with the question, cosigned by CN."""
        own = self.world.eu.own
        return own.cosigned[min(size for size in own.cosigned if size > self.note.position.index)]

    def outcomes(self) -> set[str]:
        self.world.exchange()
        return {self.row(side).outcome() for side in (self.world.eu, self.world.cn)}


@pytest.fixture
def asked() -> Asked:
    return Asked()


def code_of(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.code


# 8, 10 -------------------------------------------------------------------------------


def test_rule_8_times_are_whole_seconds_of_utc_rounded_down():
    assert from_posix(posix(DUE)) == DUE
    late = datetime(2026, 11, 24, 9, 0, 0, 999_999, tzinfo=UTC)
    assert timestamp(late) == DUE
    beijing = datetime(2026, 11, 24, 17, 0, tzinfo=timezone(timedelta(hours=8)))
    assert timestamp(beijing) == DUE
    assert timestamp(instant(DUE)) == DUE


def test_rule_8_accepted_never_falls_below_a_leaf_or_a_stamp(asked):
    world = asked.world
    world.clock.forward(100)
    world.stamp("eu")
    stamped = world.clock.now
    world.clock.forward(-50)
    assert world.open_thread("eu").leaf.accepted == stamped
    assert world.open_thread("eu").leaf.accepted == stamped


@pytest.mark.parametrize(("seconds", "outcome"), [(-1, "in-time"), (0, "late"), (1, "late")])
def test_rule_10_in_time_is_before_due(seconds, outcome, asked):
    asked.due(seconds)
    asked.world.answer("cn", asked.note)
    assert asked.outcomes() == {outcome}


# 11 ----------------------------------------------------------------------------------


def test_rule_11_a_due_time_that_passed_is_confirmed_by_the_other_sides_stamped_head(asked):
    asked.due()
    asked.passed(head=asked.world.stamp("cn"))
    assert asked.outcomes() == {"unanswered-confirmed"}
    fact = asked.row().passed[0]
    assert (fact.confirmed, fact.heard) == (True, asked.world.cn.own.size)


def test_rule_11_with_the_link_down_it_is_unconfirmed(asked):
    asked.due(-60)
    head = asked.world.stamp("cn")
    asked.due()
    asked.passed(head=head)
    assert asked.outcomes() == {"unanswered-unconfirmed"}
    assert asked.row().passed[0].heard > 0


def test_rule_11_with_no_head_at_all_it_is_unconfirmed(asked):
    asked.due()
    asked.passed()
    assert asked.outcomes() == {"unanswered-unconfirmed"}
    assert asked.row().passed[0].heard == 0


def test_rule_11_a_question_that_never_arrived_has_no_deadline():
    asked = Asked(deliver=False)
    asked.due()
    body = {"q": "1", "due": DUE, "fired": DUE}
    payload = asked.world.payload(
        "eu",
        "deadline.passed",
        by="node",
        thread=asked.note.leaf.thread,
        ref=asked.note.id,
        body=body,
    )
    assert code_of(asked.world.append, "eu", payload) == "entry-malformed"
    for proof in asked.world.eu.own.cosigned.values():
        body = body | {"delivered": proof}
        assert code_of(asked.world.append, "eu", payload | {"body": body}) == "deadline-delivered"


def test_rule_11_a_question_delivered_after_its_due_has_no_deadline():
    asked = Asked(deliver=False)
    asked.due()
    asked.world.exchange()
    assert code_of(asked.passed) == "deadline-delivered"


def test_rule_11_the_proof_of_delivery_holds_or_the_entry_does_not(asked):
    world, own = asked.world, asked.world.eu.own
    asked.due()
    size = max(own.cosigned)
    stamp_only = world.eu.cosign(own.notes[size], posix(DUE) - 1)
    note = Note.parse(own.cosigned[size])
    cut = replace(note.signatures[-1], signature=note.signatures[-1].signature[:-1] + b"!")
    other = world.cn.own.cosigned[max(world.cn.own.cosigned)]
    for proof in (own.notes[size], stamp_only, note.with_signature(cut).encode(), other, "no note"):
        assert code_of(asked.passed, delivered=proof) == "deadline-delivered"


def test_rule_11_the_head_holds_or_the_entry_does_not(asked):
    world = asked.world
    asked.due()
    size = world.cn.own.size
    unstamped = world.cn.own.notes[size]
    by_other = world.eu.cosign(unstamped, posix(DUE))
    own = world.eu.cosign(world.eu.own.notes[size], posix(DUE))
    for head in (unstamped, by_other, own, "no note"):
        assert code_of(asked.passed, head=head) == "deadline-head"


def test_rule_11_a_head_beyond_the_past_is_refused(asked):
    """A head of CN's that EU has not mirrored yet might hold an answer."""
    world = asked.world
    asked.due()
    world.open_thread("cn")
    head = world.stamp("cn", send=False)
    world.eu.replay.roots[world.cn.origin, world.cn.own.size] = world.cn.own.roots[-1]
    assert code_of(asked.passed, head=head) == "deadline-head"


def test_rule_11_after_an_answer_nothing_passes(asked):
    asked.world.answer("cn", asked.note)
    asked.world.exchange()
    asked.due()
    assert code_of(asked.passed) == "deadline-answered"


def test_rule_11_after_a_withdrawal_or_a_close_that_lists_it_nothing_passes():
    for ends in ("withdraw", "close"):
        asked = Asked()
        if ends == "withdraw":
            asked.world.about("eu", "note.withdrawn", asked.note)
        else:
            body = {"asks": [{"id": asked.note.id, "q": "1"}]}
            payload = asked.world.payload(
                "eu", "thread.closed", thread=asked.note.leaf.thread, body=body
            )
            asked.world.append("eu", payload)
        asked.due()
        assert code_of(asked.passed) == "deadline-ended"
        assert asked.outcomes() == {"ended"}


def test_rule_11_once_per_question_and_due(asked):
    asked.due()
    asked.passed()
    assert code_of(asked.passed) == "deadline-known"


def test_rule_11_not_before_its_time_and_for_the_due_in_force(asked):
    asked.due(-1)
    assert code_of(asked.passed) == "deadline-early"
    asked.due()
    assert code_of(asked.world.pass_due, "eu", asked.note, LATER) == "deadline-due"


def test_rule_15_the_waiting_side_writes_it(asked):
    asked.due()
    payload = asked.world.passing("eu", asked.note, DUE)
    node = asked.world.cn.keys["node"].key
    theirs = payload | {"by": node, "log": asked.world.cn.origin, "seen": []}
    assert code_of(asked.world.append, "cn", theirs) == "owner"


# 12 ----------------------------------------------------------------------------------


def moved(asked: Asked, due: str, basis: str = "delivered-late", **more: Any) -> Entry:
    body = {"q": "1", "due": due, "basis": basis} | more
    if basis == "delivered-late" and "delivered" not in more:
        body["delivered"] = asked.proof()
    return asked.world.about("eu", "deadline.moved", asked.note, body=body)


def proposed(asked: Asked, due: str, **more: Any) -> str:
    """CN proposes a date, and the entry is delivered to EU."""
    body = {"q": "1", "due": due} | more
    proposal = asked.world.about("cn", "date.proposed", asked.note, body=body)
    asked.world.exchange()
    return str(proposal.id)


def test_rule_12_a_question_delivered_late_is_moved_and_passes_by_its_new_due():
    asked = Asked(deliver=False)
    asked.due()
    asked.world.exchange()
    moved(asked, LATER)
    asked.world.clock.seconds = posix(LATER)
    asked.world.pass_due("eu", asked.note, LATER, head=asked.world.stamp("cn"))
    assert asked.outcomes() == {"unanswered-confirmed"}


def test_rule_12_an_earlier_due_needs_a_proposal_by_the_answering_side(asked):
    earlier = "2026-11-24T08:30:00Z"
    assert code_of(moved, asked, earlier, "agreed") == "deadline-proposal"
    proposal = asked.world.about("cn", "date.proposed", asked.note, body={"q": "1", "due": earlier})
    assert code_of(moved, asked, earlier, "agreed", proposal=proposal.id) == "deadline-proposal"
    asked.world.exchange()
    other = "2026-11-24T08:31:00Z"
    assert code_of(moved, asked, other, "agreed", proposal=proposal.id) == "deadline-proposal"
    moved(asked, earlier, "agreed", proposal=proposal.id)
    assert asked.row().due == earlier


def test_rule_12_the_answering_side_alone_proposes(asked):
    body = {"q": "1", "due": LATER}
    assert code_of(asked.world.about, "eu", "date.proposed", asked.note, body=body) == "owner"


def test_rule_12_what_passed_for_an_old_due_says_nothing_of_the_new_one(asked):
    asked.due()
    asked.passed(head=asked.world.stamp("cn"))
    moved(asked, LATER, "agreed", proposal=proposed(asked, LATER))
    assert asked.outcomes() == {"open"}
    assert asked.row().passed[0].due == DUE


def test_rule_12_a_correction_never_changes_the_questions(asked):
    world, note = asked.world, asked.note
    payload = world.payload(
        "eu", "note.corrected", thread=note.leaf.thread, ref=note.id, lang="en", asks=[]
    )
    assert code_of(world.append, "eu", payload, [world.text("Corrected.")]) == "field-unknown"
    del payload["asks"]
    before = asked.row()
    world.append("eu", payload, [world.text("Corrected.")])
    assert asked.row() == before


# 13 ----------------------------------------------------------------------------------


def test_rule_13_open_while_nothing_has_happened(asked):
    assert asked.outcomes() == {"open"}
    assert asked.row().is_open


def test_rule_13_crossed_where_the_answer_was_on_its_way(asked):
    """CN answered in time; the link was down, and EU's unconfirmed entry crossed it."""
    asked.due(-2)
    asked.world.answer("cn", asked.note)
    asked.due()
    asked.passed()
    assert asked.outcomes() == {"crossed"}


def test_rule_13_late_where_the_answer_had_seen_that_the_due_time_passed(asked):
    """CN's clock runs behind: its `accepted` is before due, its frontier covers D."""
    asked.due()
    asked.passed()
    asked.world.exchange()
    asked.world.clock.seconds = posix(DUE) - 30
    asked.world.answer("cn", asked.note)
    assert asked.outcomes() == {"late"}


def test_rule_13_late_where_the_other_sides_own_head_had_confirmed(asked):
    """CN's stamped head at due held no answer; an answer that claims an earlier time is late."""
    asked.due()
    head = asked.world.stamp("cn")
    asked.passed(head=head)
    asked.world.append_signed("cn", _answer(asked), accepted="2026-11-24T08:59:59Z")
    assert asked.outcomes() == {"late"}


def test_rule_13_late_where_the_answer_itself_says_so(asked):
    asked.due()
    asked.passed()
    asked.due(5)
    asked.world.append_signed("cn", _answer(asked))
    assert asked.outcomes() == {"late"}


def _answer(asked: Asked) -> Any:
    world = asked.world
    parts = [world.text("It is sent.")]
    payload = world.payload(
        "cn",
        "note.posted",
        thread=asked.note.leaf.thread,
        lang="en",
        answers=[{"id": asked.note.id, "q": ["1"]}],
        parts=part_refs(parts),
    )
    return sign(payload, [world.cn.keys["desk"]], parts)


def test_rule_13_what_passed_is_never_taken_back(asked):
    asked.due()
    asked.passed(head=asked.world.stamp("cn"))
    asked.world.about("eu", "note.withdrawn", asked.note)
    assert asked.outcomes() == {"unanswered-confirmed"}


def test_rule_13_the_first_answer_counts(asked):
    asked.due(-5)
    asked.world.answer("cn", asked.note)
    asked.due(5)
    asked.world.answer("cn", asked.note)
    assert asked.outcomes() == {"in-time"}
    assert len(asked.row().answers) == 2


def test_rule_14_the_same_facts_stand_on_both_sides(asked):
    asked.due(-2)
    asked.world.answer("cn", asked.note)
    asked.due()
    asked.passed()
    asked.world.exchange()
    assert asked.row(asked.world.eu) == asked.row(asked.world.cn)


def test_referrals_are_the_waiting_sides_and_are_kept(asked):
    world = asked.world
    body = {"q": "1", "level": "director"}
    theirs = {"by": "head", "body": body}
    assert code_of(world.about, "cn", "referral.sent", asked.note, **theirs) == "owner"
    assert code_of(world.about, "eu", "referral.sent", asked.note, body=body) == "role"
    world.about("eu", "referral.sent", asked.note, **theirs)
    assert [fact.level for fact in asked.row().referred] == ["director"]


def test_what_is_said_about_a_question_stands_in_its_thread(asked):
    world = asked.world
    other = world.open_thread("cn")
    world.exchange()
    elsewhere = {"thread": other.leaf.thread, "body": {"q": "1", "due": LATER}}
    assert code_of(world.about, "cn", "date.proposed", asked.note, **elsewhere) == "reference"
    answers = [{"id": asked.note.id, "q": ["1"]}]
    assert code_of(world.note, "cn", other.leaf.thread, answers=answers) == "reference"
