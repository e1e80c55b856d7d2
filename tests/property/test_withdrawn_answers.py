"""Rules 2, 4 and 13: answer, withdrawal, due time, move and close in any order of arrival.

Each history is written by two sides that hear of each other by chance, is replayed in orders that
respect pasts, and gives one state. `SPECIAL_CHANNEL_INTERLEAVINGS` sets how many histories.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from contextlib import suppress

import pytest

from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import from_posix, posix
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.state import question_key
from tests.property.test_fold_interleavings import Proven, replayed, shuffled
from tests.world import Entry, World

HISTORIES = int(os.environ.get("SPECIAL_CHANNEL_INTERLEAVINGS", "40"))
ORDERS = 2
STEPS = 9
DUE_IN = 60


class History:
    """A question, and both sides' entries around its due time."""

    def __init__(self, world: World, draw: random.Random, thread: str) -> None:
        self.world, self.draw = world, draw
        self.due = world.clock.seconds + DUE_IN
        ask = world.ask("eu", from_posix(self.due), rule=draw.choice(("some-seconds", None)))
        self.note = world.note("eu", thread, asks=[ask])
        self.answers: list[Entry] = []
        world.exchange()

    def run(self) -> None:
        """Take steps; entries that the judge refuses are not written."""
        acts = (
            self.answer,
            self.answer,
            self.withdraw,
            self.withdraw,
            self.pass_due,
            self.pass_due,
            self.move,
            self.accept,
            self.close,
            self.hear,
            self.hear,
        )
        for _ in range(STEPS):
            self.world.clock.forward(self.draw.randrange(1, 25))
            with suppress(Refused):
                self.draw.choice(acts)()
        self.world.exchange()

    def row(self) -> QuestionRow:
        row = self.world.eu.replay.rows[question_key(self.note.id, "1")]
        assert isinstance(row, QuestionRow)
        return row

    def answer(self) -> None:
        self.answers.append(self.world.answer("cn", self.note))

    def withdraw(self) -> None:
        if self.answers:
            self.world.about("cn", "note.withdrawn", self.draw.choice(self.answers))

    def pass_due(self) -> None:
        head = self.draw.choice((None, self.world.stamp("cn")))
        self.world.pass_due("eu", self.note, self.row().due, head=head)

    def move(self) -> None:
        due = from_posix(self.world.clock.seconds + 40)
        body = {"q": "1", "due": due, "basis": "withdrawn"}
        self.world.about("eu", "deadline.moved", self.note, body=body)

    def accept(self) -> None:
        row = self.world.cn.replay.rows[question_key(self.note.id, "1")]
        assert isinstance(row, QuestionRow)
        body = {"q": "1", "due": row.due, "basis": "agreed"}
        self.world.about("cn", "deadline.moved", self.note, body=body)

    def close(self) -> None:
        if self.draw.random() < 0.4:
            body = {"asks": [{"id": self.note.id, "q": "1"}]}
            thread = self.note.leaf.thread
            payload = self.world.payload("eu", "thread.closed", thread=thread, body=body)
            self.world.append("eu", payload)

    def hear(self) -> None:
        self.world.deliver(self.draw.choice(PARTIES))


def expected(row: QuestionRow) -> str:
    """Rule 13's table once more, from intervals of time in the place of the fold's."""
    passed = [fact for fact in row.passed if fact.due == row.due]
    standing = [answer for answer in row.answers if answer.withdrawn is None]
    if not standing:
        if passed:
            return f"unanswered-{'confirmed' if passed[0].confirmed else 'unconfirmed'}"
        if row.ended:
            return "ended"
        gone = [answer.withdrawn.accepted for answer in row.answers if answer.withdrawn]
        return "withdrawn" if any(at >= row.due for at in gone) else "open"
    # Go back from an answer that stands to those that stood when it came.
    first = min(standing, key=lambda answer: answer.index)
    while True:
        before = [
            answer
            for answer in row.answers
            if answer.index < first.index
            and (answer.withdrawn is None or answer.withdrawn.index > first.index)
        ]
        if not before:
            break
        first = min(before, key=lambda answer: answer.index)
    if not passed:
        if not row.is_agreed:
            return "answered"
        return "in-time" if first.accepted < row.due else "late"
    knew = first.frontier > passed[0].index
    late = knew or passed[0].confirmed or first.accepted >= row.due
    return "late" if late else "crossed"


@pytest.mark.timeout(1200)
def test_histories_of_withdrawn_answers_give_one_state():
    draw = random.Random(16)  # noqa: S311 - to be told again
    found: Counter[str] = Counter()
    world = World.founded()
    for _ in range(HISTORIES):
        if world.eu.own.size > 120:
            world = World.founded()
        thread = world.open_thread("eu").leaf.thread
        assert thread is not None
        history = History(world, draw, thread)
        history.run()
        key = question_key(history.note.id, "1")
        ours, theirs = world.eu.replay.rows[key], world.cn.replay.rows[key]
        assert ours == theirs
        assert isinstance(ours, QuestionRow)
        assert ours.outcome() == expected(ours)
        _never_unfair(ours)
        found[ours.outcome()] += 1
        entries = {party: world.presented(party) for party in PARTIES}
        proven: Proven = {
            presented.position: frozenset(each.keyid for each in presented.envelope.signatures)
            for party in PARTIES
            for presented in entries[party]
        }
        for _ in range(ORDERS):
            digest, verdicts = replayed(world, shuffled(entries, draw), proven)
            assert digest == world.eu.digest == world.cn.digest
            assert verdicts == world.eu.verdicts
    assert set(found) >= {"open", "withdrawn", "ended", "unanswered-unconfirmed"}, found
    assert sum(found.values()) == HISTORIES


def _never_unfair(row: QuestionRow) -> None:
    """No date passed without agreement, or while EU had an answer that was not withdrawn."""
    for fact in row.passed:
        accepted = [one for one in row.acceptances if one.due == fact.due]
        assert row.rule or accepted
        assert posix(fact.fired) >= posix(fact.due)
