"""Rule 13 with answers that are taken back: one test for each cell of its table, and the judge.

The question is due at `DUE`. What is withdrawn before that never stood; what is withdrawn at or
after it had stood when the time came, and nothing passes.
"""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.rows.past import Past
from special_channel.core.rules.state import question_key
from tests.core.judging import code_of
from tests.core.test_rules_time import Asked, moved
from tests.stories import DUE, LATER
from tests.world import Entry


class Reply(Asked):
    """A question, answers and withdrawals, timed in seconds around the due time."""

    def answer(self, seconds: int, *, hear: bool = True) -> Entry:
        """CN answers."""
        self.due(seconds)
        said = self.world.answer("cn", self.note)
        return self.heard(said, hear=hear)

    def withdraw(self, answer: Entry, seconds: int, *, hear: bool = True) -> Entry:
        """CN takes an answer back."""
        self.due(seconds)
        return self.heard(self.world.about("cn", "note.withdrawn", answer), hear=hear)

    def heard(self, entry: Entry, *, hear: bool) -> Entry:
        if hear:
            self.world.exchange()
        return entry

    def confirm(self, seconds: int = 0) -> Entry:
        """EU states that the time passed, by CN's stamped head."""
        self.due(seconds)
        return self.passed(head=self.world.stamp("cn"))

    def end(self) -> None:
        """EU closes the thread and lists the question."""
        body = {"asks": [{"id": self.note.id, "q": "1"}]}
        thread = self.note.leaf.thread
        self.world.append("eu", self.world.payload("eu", "thread.closed", thread=thread, body=body))


@pytest.fixture
def reply() -> Reply:
    return Reply()


# Rule 13's table: no answer stands ------------------------------------------------------


def test_withdrawn_before_due_is_open_again(reply):
    reply.withdraw(reply.answer(-60), -30)
    assert reply.outcomes() == {"open"}
    assert reply.row().is_open
    assert (reply.row().due, reply.row().answer) == (DUE, None)


def test_withdrawn_before_due_passes_confirmed(reply):
    """The question runs on as unanswered: a head that covers the withdrawal holds no answer."""
    reply.withdraw(reply.answer(-60), -30)
    reply.confirm()
    assert reply.outcomes() == {"unanswered-confirmed"}


def test_withdrawn_before_due_passes_unconfirmed(reply):
    reply.withdraw(reply.answer(-60), -30)
    reply.due()
    reply.passed()
    assert reply.outcomes() == {"unanswered-unconfirmed"}


@pytest.mark.parametrize("seconds", [0, 1, 600])
def test_withdrawn_at_or_after_due_is_withdrawn(seconds, reply):
    reply.withdraw(reply.answer(-60), seconds)
    assert reply.outcomes() == {"withdrawn"}
    assert reply.row().is_open


def test_late_answer_withdrawn_is_withdrawn(reply):
    """No date passed before the withdrawal, and none can pass afterwards."""
    reply.withdraw(reply.answer(5), 600)
    assert reply.outcomes() == {"withdrawn"}


def test_passed_then_answered_and_withdrawn_stays_passed(reply):
    reply.confirm()
    reply.withdraw(reply.answer(5), 600)
    assert reply.outcomes() == {"unanswered-confirmed"}


def test_crossed_answer_withdrawn_stays_unconfirmed(reply):
    answer = reply.answer(-2, hear=False)
    reply.due()
    reply.passed()
    assert reply.outcomes() == {"crossed"}
    reply.withdraw(answer, 600)
    assert reply.outcomes() == {"unanswered-unconfirmed"}


def test_answered_and_withdrawn_unheard_stays_passed(reply):
    """The link was down from before the answer until after the withdrawal."""
    answer = reply.answer(-60, hear=False)
    reply.due()
    reply.passed()
    reply.withdraw(answer, 60, hear=False)
    assert reply.outcomes() == {"unanswered-unconfirmed"}


def test_withdrawn_then_question_closed_is_ended(reply):
    reply.withdraw(reply.answer(-60), 60)
    reply.end()
    assert reply.outcomes() == {"ended"}
    assert not reply.row().is_open


# Rule 13's table: an answer stands ------------------------------------------------------


def test_answered_again_before_due_is_in_time(reply):
    reply.withdraw(reply.answer(-60), -30)
    reply.answer(-1)
    assert reply.outcomes() == {"in-time"}


def test_answered_again_after_due_is_late(reply):
    reply.withdraw(reply.answer(-60), 60)
    reply.answer(120)
    assert reply.outcomes() == {"late"}


def test_better_answer_before_the_first_goes_keeps_it_in_time(reply):
    """At no moment was the question without an answer."""
    first = reply.answer(-60)
    reply.answer(60)
    reply.withdraw(first, 120)
    assert reply.outcomes() == {"in-time"}
    answer = reply.row().answer
    assert answer is not None
    assert answer.id == first.id


def test_second_of_two_answers_withdrawn_changes_nothing(reply):
    reply.answer(-60)
    reply.withdraw(reply.answer(60), 120)
    assert reply.outcomes() == {"in-time"}
    assert reply.row().taken_back is None


def test_answer_before_due_to_be_withdrawn_and_answered_with_a_passing_is_late(reply):
    reply.withdraw(reply.answer(-60), -30)
    reply.confirm()
    reply.answer(60)
    assert reply.outcomes() == {"late"}


def test_answered_again_while_a_passing_crossed_is_crossed(reply):
    reply.withdraw(reply.answer(-60), -30)
    reply.answer(-2, hear=False)
    reply.due()
    reply.passed()
    assert reply.outcomes() == {"crossed"}


def test_answer_that_stands_outlives_a_close(reply):
    reply.answer(-60)
    reply.end()
    assert reply.outcomes() == {"in-time"}


def test_requested_date_answered_and_withdrawn_after_it_is_withdrawn():
    reply = Reply(rule=None)
    reply.withdraw(reply.answer(-60), 60)
    assert reply.outcomes() == {"withdrawn"}


# What withdrawals are told by -------------------------------------------------------------


def test_last_withdrawal_is_told_with_its_answer(reply):
    first = reply.answer(-60)
    reply.withdraw(first, -50)
    second = reply.answer(-40)
    gone = reply.withdraw(second, 60)
    taken = reply.row().taken_back
    assert taken is not None
    assert (taken[0].id, taken[1].id) == (second.id, gone.id)
    assert reply.row(reply.world.cn) == reply.row()


def test_second_withdrawal_of_one_answer_is_refused(reply):
    answer = reply.answer(-60)
    reply.withdraw(answer, -30)
    before = reply.row()
    with pytest.raises(RuleBroken, match="note-withdrawn"):
        reply.withdraw(answer, 60)
    assert reply.row() == before
    assert reply.outcomes() == {"open"}


def test_correction_changes_words_only(reply):
    answer, world = reply.answer(-60), reply.world
    before = reply.row()
    stated: dict[str, Any] = {"thread": answer.leaf.thread, "ref": answer.id, "lang": "en"}
    world.append("cn", world.payload("cn", "note.corrected", **stated), [world.text("It is.")])
    world.exchange()
    assert reply.row() == before


def test_note_that_answers_and_asks_does_both_when_withdrawn(reply):
    world = reply.world
    asks = [world.ask("cn", LATER)]
    ticked = [{"id": reply.note.id, "q": ["1"]}, {"id": reply.note.id, "q": ["1"]}]
    back = world.note("cn", reply.thread.leaf.thread, asks=asks, answers=ticked)
    world.exchange()
    world.about("cn", "note.withdrawn", back)
    world.exchange()
    theirs = world.eu.replay.rows[question_key(back.id, "1")]
    assert (reply.row().outcome(), theirs.outcome()) == ("open", "ended")


def test_past_without_the_withdrawal_holds_the_answer(reply):
    answer = reply.answer(-60)
    gone = reply.withdraw(answer, 60)
    row = reply.row()
    before = Past("eu", 99, gone.position.index)
    after = Past("eu", 99, gone.position.index + 1)
    assert (row.answered_in(before), row.answered_in(after)) == (True, False)
    assert row.withdrawn_in(before, DUE) is None
    assert row.withdrawn_in(after, LATER) is None
    fact = row.withdrawn_in(after, DUE)
    assert fact is not None
    assert fact.id == gone.id


# Rule 11: what passes ----------------------------------------------------------------------


def test_nothing_passes_after_an_answer_that_was_withdrawn_after_due(reply):
    reply.withdraw(reply.answer(-60), 60)
    reply.due(120)
    assert code_of(reply.passed, head=reply.world.stamp("cn")) == "deadline-withdrawn"


def test_nothing_passes_while_the_withdrawal_is_not_heard(reply):
    """EU has the answer, but not yet its withdrawal in time."""
    answer = reply.answer(-60)
    reply.withdraw(answer, -30, hear=False)
    delivered = reply.proof()
    reply.due()
    assert code_of(reply.passed) == "deadline-answered"
    reply.world.exchange()
    reply.passed(head=reply.world.stamp("cn"), delivered=delivered)
    assert reply.outcomes() == {"unanswered-confirmed"}


def test_head_in_which_an_answer_stands_proves_nothing(reply):
    """The head was stamped between answer and withdrawal."""
    answer = reply.answer(-60)
    reply.due(-45)
    head = reply.world.stamp("cn")
    reply.withdraw(answer, -30)
    reply.due()
    assert code_of(reply.passed, head=head) == "deadline-head"
    reply.passed()
    assert reply.outcomes() == {"unanswered-unconfirmed"}


def test_head_before_the_answer_shows_what_was_held(reply):
    head = reply.world.stamp("cn")
    reply.withdraw(reply.answer(-60), -30)
    reply.due()
    reply.passed(head=head)
    assert reply.outcomes() == {"unanswered-unconfirmed"}


# Rule 12: the asker's new due time ------------------------------------------------------------


def test_new_due_after_a_withdrawal_runs_as_a_request(reply):
    reply.withdraw(reply.answer(-60), 60)
    moved(reply, LATER, "withdrawn")
    assert reply.outcomes() == {"open"}
    assert (reply.row().due, reply.row().is_agreed) == (LATER, False)


def test_new_due_that_is_accepted_passes(reply):
    reply.withdraw(reply.answer(-60), 60)
    moved(reply, LATER, "withdrawn")
    world = reply.world
    world.exchange()
    body = {"q": "1", "due": LATER, "basis": "agreed"}
    world.about("cn", "deadline.moved", reply.note, body=body)
    world.exchange()
    world.clock.forward(3600)
    world.pass_due("eu", reply.note, LATER, head=world.stamp("cn"))
    assert reply.outcomes() == {"unanswered-confirmed"}


def test_no_new_due_while_the_question_runs_on(reply):
    """Nothing was withdrawn, or it was in time: the due time in force is still ahead."""
    assert code_of(moved, reply, LATER, "withdrawn") == "deadline-not-withdrawn"
    reply.withdraw(reply.answer(-60), -30)
    assert code_of(moved, reply, LATER, "withdrawn") == "deadline-not-withdrawn"


def test_new_due_lies_after_the_withdrawal(reply):
    reply.withdraw(reply.answer(-60), 60)
    soon = reply.row().taken_back
    assert soon is not None
    assert code_of(moved, reply, soon[1].accepted, "withdrawn") == "deadline-not-withdrawn"


def test_no_new_due_while_an_answer_stands(reply):
    reply.withdraw(reply.answer(-60), 60)
    reply.answer(120)
    assert code_of(moved, reply, LATER, "withdrawn") == "deadline-answered"
