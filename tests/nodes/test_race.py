"""Answers at the instant of the due time, through two real nodes: link up, slow, cut.

Whoever wins each race, both records show the same, and it is what rule 13 says.
"""

from __future__ import annotations

import asyncio
import random
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Literal

import pytest
import pytest_asyncio

from special_channel.broker.receipts import Accepted
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.state import question_key
from tests import servers
from tests.channel import ROOT, Channel, channel
from tests.nodes.whole import assert_equal
from tests.proxy import Proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

ASKS = 8
NOTICES = (3, 6, 12, 24)
"""Seconds between asking and the due time: more where so few did not do for the delivery."""
BEFORE = 1.5
"""Seconds by which a question must be with the other side before it falls due, and more."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hasty() -> AsyncIterator[Channel]:
    """A channel with a charter that allows questions due within seconds."""
    with servers.open_folder() as folder:
        charters = folder / "charter"
        shutil.copytree(ROOT / "config" / "charter", charters)
        for file in charters.glob("*.toml"):
            text = file.read_text(encoding="utf-8")
            file.write_text(
                text.replace("minimum_notice_seconds = 30", "minimum_notice_seconds = 1")
            )
        async with channel(folder, proxied=True, charter_folder=charters) as made:
            yield made


async def rows(made: Channel, party: Party, note: str) -> dict[str, QuestionRow]:
    keys = {str(q): question_key(note, str(q)) for q in range(1, ASKS + 1)}
    found = await made.nodes[party].core.record.rows(frozenset(keys.values()))
    asks = {q: found[key] for q, key in keys.items() if key in found}
    return {q: row for q, row in asks.items() if isinstance(row, QuestionRow)}


async def decided(made: Channel, note: str) -> bool:
    """Tell whether each question is answered or passed at the EU node."""
    held = await rows(made, "eu", note)
    return len(held) == ASKS and all(row.answers or row.passed for row in held.values())


async def delivered(made: Channel, index: int) -> bool:
    return (await made.nodes["eu"].core.record.head("eu")).cosigned > index


async def slow(line: Proxy, rng: random.Random) -> None:
    """Hold the line up again and again for some milliseconds, until cancelled."""
    try:
        while True:
            line.stall()
            await asyncio.sleep(rng.uniform(0.01, 0.08))
            line.heal()
            await asyncio.sleep(rng.uniform(0.005, 0.02))
    finally:
        line.heal()


async def answer(made: Channel, thread: str, note: str, q: str, at: float) -> None:
    """Answer a question at an instant of the wall clock, since the test races this clock."""
    await asyncio.sleep(at - datetime.now(UTC).timestamp())
    await made.note("cn", thread, "It is sent.", answers=[{"id": note, "q": [q]}])


async def asked_in_time(made: Channel, thread: str) -> tuple[int, Accepted]:
    """Ask questions that are delivered well before their due times."""
    for notice in NOTICES:
        due = int(datetime.now(UTC).timestamp()) + notice
        when = timestamp(datetime.fromtimestamp(due, UTC))
        asks = [made.ask("eu", when, str(q)) for q in range(1, ASKS + 1)]
        note = await made.note("eu", thread, asks=asks)
        await made.until(partial(delivered, made, note.index))
        await made.until(partial(holds, made, note.id), "cn")
        if datetime.now(UTC).timestamp() < due - BEFORE:
            return due, note
    raise AssertionError("no question was delivered in time")


@pytest.mark.parametrize("link", ["up", "slow", "cut"])
async def test_both_records_tell_the_same_outcome_and_it_is_the_tables(
    hasty: Channel, link: Literal["up", "slow", "cut"]
) -> None:
    rng = random.Random(link)  # noqa: S311 - a test's choice
    thread = await hasty.open_thread("eu")
    due, note = await asked_in_time(hasty, thread)
    lines = list(hasty.lines.values())
    if link == "cut":
        for line in lines:
            line.cut()
    slowing = [asyncio.ensure_future(slow(line, rng)) for line in lines if link == "slow"]
    async with asyncio.TaskGroup() as tasks:
        for q in range(1, ASKS):  # the last is answered by nobody
            tasks.create_task(answer(hasty, thread, note.id, str(q), due + rng.uniform(-0.4, 0.4)))
    for task in slowing:
        task.cancel()
    await asyncio.gather(*slowing, return_exceptions=True)
    if link == "cut":
        await hasty.until(partial(decided, hasty, note.id))
        assert all(row.passed for row in (await rows(hasty, "eu", note.id)).values())
        for line in lines:
            line.heal()
    await hasty.until(partial(decided, hasty, note.id))
    await hasty.caught_up()
    await assert_equal(hasty)
    held = await rows(hasty, "cn", note.id)
    for row in held.values():
        check(row, cut=link == "cut")
    assert held[str(ASKS)].outcome().startswith("unanswered")
    print(link, Counter(row.outcome() for row in held.values()))  # noqa: T201 - shown on failure


async def holds(made: Channel, note: str) -> bool:
    return note in await made.nodes["cn"].core.record.find([note])


def check(row: QuestionRow, *, cut: bool) -> None:
    """Permitted combinations of entries after the race."""
    assert len(row.passed) <= 1, "once per ask and due (rule 15)"
    for fact in row.passed:
        assert not (cut and fact.confirmed), "nobody could confirm it"
        if row.answers:
            first = row.answers[0]
            assert fact.heard <= first.index, "it fired knowing the answer"
            assert not fact.confirmed or first.accepted >= row.due, "the stamp bounds its owner"
            assert row.outcome() in {"late", "crossed"}
    if not row.passed:
        assert row.answers
        assert row.outcome() == ("in-time" if row.answers[0].accepted < row.due else "late")


async def test_a_question_that_was_never_delivered_has_no_passed_deadline(hasty: Channel) -> None:
    """Rule 11: a question without delivery has no deadline."""
    thread = await hasty.open_thread("eu")
    await hasty.caught_up()
    for line in hasty.lines.values():
        line.cut()
    due = datetime.fromtimestamp(int(datetime.now(UTC).timestamp()) + 2, UTC)
    note = await hasty.note("eu", thread, asks=[hasty.ask("eu", timestamp(due))])
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds() + 1.5)  # nothing may happen
    core = hasty.nodes["eu"].core
    row = (await core.record.rows(frozenset({question_key(note.id, "1")})))[
        question_key(note.id, "1")
    ]
    assert isinstance(row, QuestionRow)
    assert row.outcome() == "open"
    for line in hasty.lines.values():
        line.heal()
    await hasty.caught_up()
    assert {party: (await hasty.nodes[party].core.record.state())[2] for party in PARTIES}
