"""A log behind its guard stops only itself: due times and alerts go on (rule 20)."""

from __future__ import annotations

import os
from typing import Any

import pytest

from special_channel.broker.act import Act
from special_channel.broker.guarding import PrivateGuard
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.owing import OwedWriter
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Unavailable
from special_channel.core.entries import parse
from special_channel.escalation.canary import CANARY, Canaries
from tests.escalation.bureau import Bureau


def lose_private_tail(bureau: Bureau, entries: int = 3) -> None:
    """Write a guard with more private entries than the database has."""
    bureau.node.published.write("private", entries, os.urandom(32))


def accept_loss(bureau: Bureau) -> None:
    """Write the guard of the private log as in the database."""
    (bureau.node.published._folder / "private.published").unlink()


def writer(bureau: Bureau) -> OwedWriter:
    guard = PrivateGuard(
        bureau.node.record.head, bureau.node.published, "eu/private", bureau.node.alarms
    )
    return OwedWriter(bureau.house.stores.append, bureau.node.identity, bureau.clock, guard.look)


async def owed(bureau: Bureau) -> list[str]:
    rows = await bureau.node.record.pool.fetch("SELECT kind FROM work.owed ORDER BY number")
    return [row["kind"] for row in rows]


async def bodies(bureau: Bureau) -> list[Any]:
    entries = await bureau.node.record.entries("private", 0, 100)
    return [parse(dsse.decode(entry.envelope).payload).body for entry in entries]


async def test_due_time_with_private_log_behind_is_recorded(story, waiting):
    lose_private_tail(waiting)
    due = story.in_(90)
    ask = await story.ask("eu", due)
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "unanswered-confirmed"
    assert waiting.mail.recipients == ["p1@eu.example"], "the head is told"
    assert await waiting.private() == []
    assert await owed(waiting) == ["escalation.raised", "alert.sent"]
    assert await waiting.steps(ask) == [(due, 1, "confirmed")], "a step that is owed is taken"
    await story.forward(5)
    await waiting.settle()
    assert waiting.mail.recipients == ["p1@eu.example"], "and is taken once"


async def test_owed_entries_are_written_once_and_marked_late(story, waiting):
    lose_private_tail(waiting)
    due = story.in_(90)
    ask = await story.ask("eu", due)
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    await story.forward(600)
    accept_loss(waiting)
    assert await writer(waiting).step() == 2
    raised, sent = await bodies(waiting)
    assert raised.late == raised.fired == due
    assert sent.late == due
    assert await owed(waiting) == []
    assert await waiting.steps(ask) == [(due, 1, "confirmed")]
    assert await writer(waiting).step() == 0
    assert await waiting.private() == ["escalation.raised", "alert.sent"]


async def test_refused_owed_entry_delays_no_other(story, waiting):
    lose_private_tail(waiting)
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    accept_loss(waiting)
    pool = waiting.node.record.pool
    [first] = await pool.fetch("SELECT * FROM work.owed WHERE kind = 'escalation.raised'")
    await pool.execute(
        "INSERT INTO work.owed (kind, body, at) VALUES ($1, $2, $3)",
        *(first["kind"], first["body"], first["at"]),  # the same step twice
    )
    await pool.execute(
        "INSERT INTO work.owed (kind, body, at)"
        " SELECT kind, replace(body, '\"sent\"', '\"diverted\"'), at FROM work.owed"
        " WHERE kind = 'alert.sent'"
    )
    await writer(waiting).step()
    assert await waiting.private() == ["escalation.raised", "alert.sent", "alert.sent"]
    assert [step[1] for step in await waiting.steps(ask)] == [1]
    assert await owed(waiting) == []


async def test_canary_is_sent_with_private_log_behind(story, waiting):
    lose_private_tail(waiting)
    await Canaries(waiting.house).plant()
    await story.forward(60)
    await waiting.worker.sweep()
    await waiting.settle()
    states = await waiting.node.record.pool.fetch(
        "SELECT state FROM work.outbox WHERE kind = 'canary'"
    )
    assert [row["state"] for row in states] == ["sent"]
    assert (await waiting.house.stores.looks.get([CANARY]))[CANARY].state == "armed"


async def test_private_log_behind_refuses_entries_of_officials(story, waiting):
    lose_private_tail(waiting)
    before = await waiting.node.size("eu")

    async def decide(_transaction, heads):
        stating = NodeEntrySigner(waiting.node.identity, heads, story.in_(0))
        body = {"alert": "0" * 64, "channel": "mail", "state": "sent"}
        return Act(private=[stating.private("alert.sent", body)])

    with pytest.raises(Unavailable) as refused:
        await waiting.house.stores.append(decide)
    assert refused.value.code == "private-log-behind"
    assert refused.value.facts == {"held": 0, "signed": 3}
    await story.ask("eu", story.in_(90))
    assert await waiting.node.size("eu") == before + 1, "notes go on"
    assert not waiting.node.committer.read_only


async def test_private_guard_alarm_names_log_and_sizes(story, waiting):
    alarms = waiting.node.alarms
    guard = PrivateGuard(waiting.node.record.head, waiting.node.published, "eu/private", alarms)
    assert await guard.look() is None
    lose_private_tail(waiting, 7)
    await guard.look()
    assert alarms.ringing["private-log-behind"] == {"log": "eu/private", "held": 0, "signed": 7}
    accept_loss(waiting)
    await guard.look()
    assert "private-log-behind" not in alarms.ringing


@pytest.mark.parametrize("reason", ["log-rolled-back", "peer-not-seen"])
async def test_officials_are_alerted_while_shared_log_is_locked(story, waiting, reason):
    due = story.in_(90)
    ask = await story.ask("eu", due)
    await story.delivered()
    await waiting.settle()
    await story.link_down()
    waiting.node.committer.read_only = reason
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "open", "nothing is signed in the shared log"
    assert waiting.mail.recipients == ["p1@eu.example"]
    assert await waiting.steps(ask) == [(due, 1, "unconfirmed")]
    look = (await waiting.house.stores.looks.get([ask]))[ask]
    assert look.at > waiting.clock.now(), "it does not look in a tight loop"
    waiting.node.committer.read_only = ""
    await story.link_up()
    await story.forward(5)
    await waiting.settle()
    assert (await story.outcome("eu", ask)).startswith("unanswered")
    assert waiting.mail.recipients == ["p1@eu.example"], "nobody is told of it twice"


async def test_rolled_back_shared_log_does_not_stop_escalation(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.link_down()
    size = await waiting.node.size("eu")
    waiting.node.published.write("eu", size + 2, os.urandom(32))
    await story.forward(90)
    await waiting.settle()  # Corrupt would end the process with exit code 8
    assert waiting.node.committer.read_only == "log-rolled-back"
    assert await waiting.node.size("eu") == size
    assert waiting.mail.recipients == ["p1@eu.example"]
    assert await story.outcome("eu", ask) == "open"
