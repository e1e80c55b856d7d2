"""An answer against the due time, at the same instant (rules 11, 13 and 16).

Both nodes give the same outcome, the one in rule 13's table for the facts in both logs. The seed is
the test's parameter, so a failure prints it. `./bench --only race` runs this file a thousand times
and names the file for the outcomes.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from pathlib import Path

import pytest

from special_channel.core.bytes.errors import Unavailable
from special_channel.core.rows.questions import QuestionRow

TIMES = int(os.environ.get("SPECIAL_CHANNEL_RACES_TIMES", "1"))
"""Number of races in each test."""

AT_ONCE = 4
"""Number of questions whose answers race with one batch."""


def by_the_table(row: QuestionRow) -> str:
    """Return the outcome by rule 13, implemented from its text alone."""
    passed = [fact for fact in row.passed if fact.due == row.due]
    if not row.answers:
        if not passed:
            return "open"
        return "unanswered-confirmed" if passed[0].confirmed else "unanswered-unconfirmed"
    first = row.answers[0]
    in_time = first.accepted < row.due
    if not passed:
        return "in-time" if in_time else "late"
    knew = passed[0].index < first.frontier
    return "late" if knew or passed[0].confirmed or not in_time else "crossed"


def told(link: str, found: Counter[str]) -> None:
    """Append to the file of outcomes, if one is named."""
    if name := os.environ.get("SPECIAL_CHANNEL_RACES_FILE"):
        with Path(name).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"link": link, "found": found}) + "\n")


async def both_agree(story, ask) -> tuple[str, QuestionRow]:
    rows = [await story.row(party, ask) for party in ("eu", "cn")]
    assert rows[0] == rows[1]
    row = rows[0]
    assert row.outcome() == by_the_table(row)
    assert len(row.passed) <= 1
    for fact in row.passed:
        (entry,) = await story.nodes["eu"].record.entries("eu", fact.index, 1)
        # The passed due time was written without the answer: one of them won (rule 16).
        assert all(answer.index >= entry.frontier for answer in row.answers)
        if fact.confirmed and row.answers:
            # The stamp limits the clock of the answering node (rule 8).
            assert row.answers[0].accepted >= row.due
    return row.outcome(), row


async def fire(bureau, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    for _ in range(20):
        try:
            await bureau.settle(mail=False)
        except Unavailable:
            continue
        return


async def answered(story, ask, turns: int) -> None:
    for _ in range(turns):
        await asyncio.sleep(0)
    await story.answer("cn", ask)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.timeout(120 + 60 * TIMES)
async def test_answer_races_the_due_time_with_the_link_up(story, waiting, seed):
    draw = random.Random(seed)  # noqa: S311 - to be told again
    found: Counter[str] = Counter()
    for _ in range(5 * TIMES):
        story.nodes["cn"].clock.ahead = 0
        due = story.in_(90)
        asks = [await story.ask("eu", due) for _ in range(AT_ONCE)]
        await story.delivered()
        await waiting.settle(mail=False)
        # CN's clock may be a second behind, so that its answers are in time by that clock.
        story.nodes["cn"].clock.ahead = draw.choice((0, -1))
        await story.forward(90)
        await asyncio.gather(
            fire(waiting, draw.randrange(200)),
            *(answered(story, ask, draw.randrange(200)) for ask in asks),
        )
        await story.delivered()
        await waiting.settle(mail=False)
        found.update([(await both_agree(story, ask))[0] for ask in asks])
        await story.forward(5)
    told("up", found)
    assert set(found) <= {"in-time", "late", "crossed"}


@pytest.mark.timeout(120 + 60 * TIMES)
async def test_answer_races_the_due_time_on_a_slow_link(story, waiting):
    """The head arrives without its entries: nothing is confirmed, and the answers cross."""
    draw = random.Random(7)  # noqa: S311 - to be told again
    eu = story.nodes["eu"]
    found: Counter[str] = Counter()
    for _ in range(2 * TIMES):
        due = story.in_(90)
        asks = [await story.ask("eu", due) for _ in range(AT_ONCE)]
        await story.delivered()
        await waiting.settle(mail=False)
        release = asyncio.Event()
        take = eu.link.mirror.take

        async def slow(page, take=take, release=release):
            await release.wait()
            return await take(page)

        eu.link.mirror.take = slow
        try:
            await story.forward(89)
            for ask in asks:
                await story.answer("cn", ask)
            await story.forward(1)
            await fire(waiting, draw.randrange(100))
        finally:
            release.set()
            eu.link.mirror.take = take
        await story.delivered()
        for ask in asks:
            outcome, row = await both_agree(story, ask)
            assert not row.passed[0].confirmed
            found[outcome] += 1
        await story.forward(5)
    told("slow", found)
    assert found == {"crossed": 2 * TIMES * AT_ONCE}


@pytest.mark.timeout(120 + 60 * TIMES)
async def test_answer_races_the_due_time_with_the_link_cut(story, waiting):
    """Answers at all instants around the due time, exchanged after the link is back."""
    draw = random.Random(11)  # noqa: S311 - to be told again
    due, each = story.in_(90), 4 * TIMES
    asks = [await story.ask("eu", due) for _ in range(6 * each)]
    await story.delivered()
    await waiting.settle(mail=False)
    await story.link_down()
    await story.forward(88)
    rest = list(asks)
    draw.shuffle(rest)
    for _ in range(5):
        for ask in (rest.pop() for _ in range(each)):
            await story.answer("cn", ask)
        await fire(waiting, 0)
        await story.forward(1)
    await story.link_up()
    await waiting.settle(mail=False)
    found = Counter([(await both_agree(story, ask))[0] for ask in asks])
    told("cut", found)
    # Answers at due-2 and due-1 cross; at due, due+1, due+2 they are late; others never come.
    assert found == {"crossed": 2 * each, "late": 3 * each, "unanswered-unconfirmed": each}
