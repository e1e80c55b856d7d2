"""An answer against the due time at one instant, a thousand times: rule 13's table, no more.

What is expected is known from what was done, not from the rows. The real lock is raced for in
`tests/escalation/test_race.py`.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.times import from_posix, posix
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.state import question_key
from tests.world import Entry, World

ROUNDS = 334


@dataclass
class Race:
    """A question and the entries about it."""

    world: World
    draw: random.Random
    note: Entry
    due: int
    answered: Entry | None = None
    passed: Entry | None = None
    confirmed: bool = False

    def answer(self, behind: int = 0) -> None:
        """CN answers by its own clock, possibly behind."""
        self.world.clock.seconds = self.due - behind
        self.answered = self.world.answer("cn", self.note)

    def fire(self, head: str | None, stamped: int) -> None:
        """EU's worker writes, unless under the lock an answer stands."""
        self.world.clock.seconds = self.due
        try:
            self.passed = self.world.pass_due("eu", self.note, from_posix(self.due), head=head)
        except Refused as refused:
            if refused.code != "deadline-answered":
                raise
        else:
            self.confirmed = head is not None and stamped >= self.due

    def expected(self) -> str:
        assert self.answered is not None
        in_time = posix(self.answered.leaf.accepted) < self.due
        if self.passed is None:
            return "in-time" if in_time else "late"
        knew = self.answered.leaf.peer_frontier > self.passed.position.index
        return "late" if knew or self.confirmed or not in_time else "crossed"


def link_up(race: Race) -> None:
    """Entries are delivered at once; a head is stamped before or after."""
    world, behind = race.world, race.draw.choice((0, 0, 1))
    order = race.draw.choice(("answer first", "fire first", "between head and lock"))
    world.clock.seconds = race.due - behind
    if order == "answer first":
        race.answer(behind)
        world.exchange()
    stamped = world.clock.seconds
    head = world.stamp("cn")
    if order == "between head and lock":
        race.answer(behind)
        if race.draw.random() < 0.5:
            world.exchange()
    race.fire(head, stamped)
    world.exchange()
    if order == "fire first":
        race.answer(0)


def link_slow(race: Race) -> None:
    """No fresh head in half a second: the newest held or none, and an answer on its way."""
    world = race.world
    world.clock.seconds = race.due - 1
    head = race.draw.choice((None, world.stamp("cn")))
    if race.draw.random() < 0.8:
        race.answer(race.draw.choice((0, 0, 1)))
        race.fire(head, race.due - 1)
    else:
        race.fire(head, race.due - 1)
        world.deliver("eu")  # the page of EU arrives before CN writes
        race.answer(0)


def link_cut(race: Race) -> None:
    """Neither hears of the other before the heal."""
    acts = [lambda: race.answer(race.draw.choice((0, 0, 1))), lambda: race.fire(None, 0)]
    race.draw.shuffle(acts)
    for act in acts:
        act()


@pytest.mark.parametrize(
    ("link", "seen"),
    [
        (link_up, {"in-time", "late", "crossed"}),
        (link_slow, {"late", "crossed"}),
        (link_cut, {"late", "crossed"}),
    ],
)
def test_the_outcome_is_the_table_s(link, seen):
    draw = random.Random(13)  # noqa: S311 - to be told again
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    found: Counter[str] = Counter()
    for _ in range(ROUNDS):
        due = world.clock.seconds + 60
        note = world.note("eu", thread, asks=[world.ask("eu", from_posix(due))])
        world.exchange()
        race = Race(world, draw, note, due)
        link(race)
        world.exchange()
        rows = [side.replay.rows[question_key(note.id, "1")] for side in (world.eu, world.cn)]
        assert rows[0] == rows[1]
        assert isinstance(rows[0], QuestionRow)
        assert rows[0].outcome() == race.expected()
        assert len(rows[0].passed) == (race.passed is not None)
        found[race.expected()] += 1
    assert set(found) == seen, found
