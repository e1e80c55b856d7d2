"""A passed due time: entries, their author and their evidence (rules 9 to 15)."""

from __future__ import annotations

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.bytes.times import posix
from special_channel.core.entries import parse
from special_channel.core.log.checkpoint import cosigned_at
from special_channel.core.log.leaf import Leaf
from special_channel.core.log.note import VerifierKey
from special_channel.escalation.deps import WorkerSettings
from special_channel.escalation.worker import Worker
from tests.escalation.bureau import altered
from tests.escalation.conftest import CANARIES
from tests.link.nodes import until, until_equal
from tests.link.test_waiting import Withheld


async def body_of(story, ask):
    row = await story.row("eu", ask)
    entry = (await story.nodes["eu"].record.entries("eu", row.passed[-1].index, 1))[0]
    return parse(dsse.decode(entry.envelope).payload).body


async def test_passed_due_time_is_confirmed_by_the_peers_head(story, waiting):
    due = story.in_(90)
    ask = await story.ask("eu", due)
    await story.delivered()
    await waiting.settle()
    await story.forward(89)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "open"
    await story.forward(1)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "unanswered-confirmed"
    body = await body_of(story, ask)
    assert body.due == body.fired == due
    key = VerifierKey.parse(story.world.cn.cosigning_vkey)
    assert cosigned_at(body.head, key) >= posix(due)
    assert cosigned_at(body.delivered, key) < posix(due)
    assert await waiting.steps(ask) == [(due, 1, "confirmed")]
    await story.delivered()
    assert await story.outcome("cn", ask) == "unanswered-confirmed"
    assert max(waiting.lateness) < 1


async def test_mail_to_our_head_of_unit_has_no_case_content(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    assert waiting.mail.recipients == ["p1@eu.example"]
    row = await story.row("eu", ask)
    number = f"question 1 of {row.position}"
    assert number.encode() in waiting.mail.raw
    assert f"https://eu.example/threads/EU-{row.index - 1}".encode() in waiting.mail.raw
    for canary in CANARIES:
        assert canary.encode() not in waiting.mail.raw
    assert await waiting.private() == ["escalation.raised", "alert.sent"]
    assert [state for _, state in await waiting.outbox()] == ["sent"]


async def test_step_entry_has_the_passed_date_in_its_past(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    passed = (await story.row("eu", ask)).passed[-1].index
    raised = next(
        entry
        for entry in await story.nodes["eu"].record.entries("private", 0, 10)
        if entry.kind == "escalation.raised"
    )
    assert Leaf.parse(raised.leaf).frontier[0] == passed + 1


async def test_passed_due_time_is_unconfirmed_while_link_is_down(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.link_down()
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "unanswered-unconfirmed"
    assert await waiting.steps(ask) == [((await story.row("eu", ask)).due, 1, "unconfirmed")]
    assert b"link has been down since" in waiting.mail.raw.replace(b"=\r\n", b"")


async def test_answer_behind_a_gap_is_told_and_counts_as_crossed_later(story, waiting):
    """Rules 13, 14 and 18: entries behind a gap have no effect until they are judged."""
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.link_down()
    eu = story.nodes["eu"]
    gap = (await story.submit("cn", "note.posted", "虚构。", lang="zh-CN")).index
    await story.answer("cn", ask)
    line = Withheld(envelopes={gap})
    await story.link_up({"cn": line}, wait=False)

    async def waits():
        return (await eu.house.stores.room.waits("cn")).entries == 2 and eu.link.status.gap == gap

    await until(eu, waits)
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "unanswered-unconfirmed"
    assert await waiting.steps(ask) == [((await story.row("eu", ask)).due, 1, "unconfirmed")]
    (text,) = waiting.mail.texts()
    assert f"CN-{gap} of the other side has not fully arrived" in text
    assert "link has been down" not in text
    await story.link_down()
    line.envelopes.clear()
    await story.link_up({"cn": line})
    assert [await story.outcome(party, ask) for party in ("eu", "cn")] == ["crossed", "crossed"]
    await story.forward(500)
    await waiting.settle()
    assert len(await waiting.steps(ask)) == 1, "any answer stops the ladder"


async def test_peers_clock_behind_ours_confirms_nothing(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    story.nodes["cn"].clock.ahead = -5
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "unanswered-unconfirmed"
    body = await body_of(story, ask)
    assert body.head is not None, "the newest head that is held stands in it all the same"


async def test_undelivered_question_has_no_due_time_to_pass(story, waiting):
    await waiting.settle()
    await story.link_down()
    ask = await story.ask("eu", story.in_(90))
    await waiting.settle()
    await story.forward(500)
    await waiting.settle()
    await waiting.worker.sweep()
    assert await story.outcome("eu", ask) == "open"
    assert await waiting.steps(ask) == []
    assert waiting.mail.envelopes == []


async def test_question_delivered_after_due_time_is_counted_again(story, waiting):
    await waiting.settle()
    await story.link_down()
    ask = await story.ask("eu", story.in_(90))
    await waiting.settle()
    await story.forward(500)
    await waiting.settle()
    await story.link_up()
    await waiting.settle()
    row = await story.row("eu", ask)
    assert [(move.basis, move.due) for move in row.moves] == [("delivered-late", story.in_(60))]
    assert row.outcome() == "open"
    await story.delivered()
    await story.forward(60)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "unanswered-confirmed"


async def test_question_delivered_within_minimum_notice_is_moved(story, waiting):
    await waiting.settle()
    ask = await story.ask("eu", story.in_(29), at=story.in_(-31))
    delivered = story.in_(0)
    await story.delivered()
    await waiting.settle()
    row = await story.row("eu", ask)
    assert [move.due for move in row.moves] == [story.in_(60)]
    assert row.moves[0].due > row.first_due > delivered


async def test_counted_due_time_is_counted_again_from_delivery(story, waiting):
    await waiting.settle()
    await story.link_down()
    # Asked on Tuesday, due after three working days on Friday, delivered on Saturday.
    ask = await story.ask("eu", "2026-11-27T09:30:00Z", rule="three-working-days")
    await waiting.settle()
    await story.forward(4 * 86_400)
    await waiting.settle()
    await story.link_up()
    await waiting.settle()
    row = await story.row("eu", ask)
    assert [move.due for move in row.moves] == ["2026-12-02T09:30:00Z"]


async def test_late_proof_of_delivery_needs_the_peers_head(story, waiting):
    """Cosigned in time, received after the due time: an answer may come with the proof."""
    eu = story.nodes["eu"]
    await waiting.settle()
    held: list[str] = []
    receive = eu.link.mirror._delivered.receive

    async def lost(note):
        held.append(note)
        return False

    object.__setattr__(eu.link.mirror._delivered, "receive", lost)
    ask = await story.ask("eu", story.in_(90))
    cn = story.nodes["cn"]

    async def mirrored() -> bool:
        cosigned: int = (await cn.record.head("eu")).cosigned
        size: int = await eu.size("eu")
        return cosigned == size

    await until(cn, mirrored)
    await story.link_down()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "open"
    object.__setattr__(eu.link.mirror._delivered, "receive", receive)
    await receive(await cn.record.cosigned("eu", (await story.row("eu", ask)).index))
    await waiting.settle()
    assert await story.outcome("eu", ask) == "open", "the peer's head is not reached"
    await story.answer("cn", ask)
    await story.link_up()
    await story.forward(5)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "late"
    assert (await story.row("eu", ask)).passed == ()


async def test_answer_in_time_stops_the_ladder(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.answer("cn", ask)
    await story.delivered()
    await waiting.settle()
    assert await waiting.house.reminders.index.count() == 0
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "in-time"
    assert await waiting.private() == []


async def test_withdrawn_question_ends_without_an_alert(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.submit("eu", "note.withdrawn", ref=ask[0])
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "ended"
    assert await waiting.private() == []


async def test_each_side_alerts_its_own_officials_alone(story, waiting, answering):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    for bureau in (waiting, answering):
        await bureau.settle()
    await story.link_down()
    await story.forward(90)
    for bureau in (waiting, answering):
        await bureau.settle()
    assert waiting.mail.recipients == ["p1@eu.example"]
    assert answering.mail.recipients == ["p1@cn.example"]
    assert [known for _, _, known in await answering.steps(ask)] == ["answering"]
    assert "deadline.passed" not in await answering.kinds("cn")
    assert b"zh-CN" in answering.mail.raw
    # Outbox and mail keep the Chinese text of an alert (failure mode 34).
    (told,) = answering.mail.texts()
    assert "我方第1步提醒第1步，故发送本通知。" in told


async def test_answering_side_waits_for_the_move_after_late_delivery(story, answering):
    await answering.settle()
    ask = await story.ask("eu", story.in_(20), at=story.in_(-40))
    await story.delivered()
    await answering.settle()
    await story.forward(21)
    await answering.settle()
    assert await answering.steps(ask) == [], "the asker is to move it, and did not yet"


async def test_next_step_follows_on_time_and_ministers_by_hand_alone(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    await story.forward(59)
    await waiting.settle()
    assert [step for _, step, _ in await waiting.steps(ask)] == [1]
    await story.forward(1)
    await waiting.settle()
    assert [step for _, step, _ in await waiting.steps(ask)] == [1, 2]
    assert "escalation-unmanned" in waiting.node.alarms.ringing, "nobody is director here"
    await story.forward(100_000)
    await waiting.settle()
    assert [step for _, step, _ in await waiting.steps(ask)] == [1, 2]
    assert await waiting.house.reminders.index.count() == 0


async def test_steps_after_an_outage_keep_their_distance(story, waiting):
    ask = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    await story.forward(90 + 3600)
    await waiting.settle()
    assert [step for _, step, _ in await waiting.steps(ask)] == [1]
    assert max(waiting.lateness) == 3600
    assert b"late" in waiting.mail.raw
    await story.forward(30)
    await waiting.settle()
    assert [step for _, step, _ in await waiting.steps(ask)] == [1, 2]


async def test_agreed_later_due_time_is_the_one_that_passes(story, waiting, answering):
    first, later = story.in_(90), story.in_(200)
    ask = await story.ask("eu", first)
    await story.delivered()
    await waiting.settle()
    proposed = await story.submit("cn", "date.proposed", ref=ask[0], body={"q": "1", "due": later})
    await story.delivered()
    body = {"q": "1", "due": later, "basis": "agreed", "proposal": proposed.id}
    await story.submit("eu", "deadline.moved", ref=ask[0], body=body)
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "open"
    await story.delivered()
    await story.forward(110)
    await waiting.settle()
    row = await story.row("eu", ask)
    assert [fact.due for fact in row.passed] == [later]
    assert await waiting.steps(ask) == [(later, 1, "confirmed")]


async def test_provisional_due_time_is_held_with_an_alarm(story, waiting):
    ask = await story.ask("eu", story.in_(90), provisional=True)
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle()
    assert await story.outcome("eu", ask) == "open"
    assert "deadline-provisional" in waiting.node.alarms.ringing


@pytest.mark.parametrize("batch", [400, 7])
async def test_many_due_at_one_instant_pass_once_each(story, waiting, batch):
    """In one batch, or in batches of two parallel tasks."""
    waiting.worker = Worker(altered(waiting.house, settings=WorkerSettings(batch=batch)))
    due = story.in_(90)
    asks = [story.world.ask("eu", due, str(number)) for number in range(1, 101)]
    accepted = await story.submit("eu", "note.posted", "All of them?", lang="en", asks=asks)
    await story.delivered()
    await waiting.settle()
    await story.forward(90)
    await waiting.settle(mail=False)
    outcomes = {await story.outcome("eu", (accepted.id, str(number))) for number in range(1, 101)}
    assert outcomes == {"unanswered-confirmed"}
    assert (await waiting.kinds("eu")).count("deadline.passed") == 100
    assert (await waiting.private()).count("escalation.raised") == 100
    await until_equal(*story.nodes.values())
