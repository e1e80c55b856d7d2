"""Rules 11 and 13: a withdrawn answer changes the reminders of its question."""

from __future__ import annotations

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.bytes.times import instant
from special_channel.core.entries import parse
from special_channel.escalation.reminders import timer_id
from tests.escalation.test_requested_dates import settled


async def withdraw(story, answer) -> None:
    await story.submit("cn", "note.withdrawn", ref=answer.id)
    await story.delivered()


async def asked(story, *bureaus):
    due = story.in_(90)
    ask = await story.ask("eu", due)
    await story.delivered()
    await settled(*bureaus)
    answer = await story.answer("cn", ask)
    await story.delivered()
    await settled(*bureaus)
    return ask, due, answer


async def test_reminder_is_set_again_when_a_question_reopens(story, waiting, answering):
    ask, due, answer = await asked(story, waiting, answering)
    for each in (waiting, answering):
        assert await each.house.stores.looks.get([ask]) == {}
        assert await each.timers.missing([timer_id(ask)]) == (timer_id(ask),)
    await withdraw(story, answer)
    await settled(waiting, answering)
    for each in (waiting, answering):
        (look,) = (await each.house.stores.looks.get([ask])).values()
        assert look.at == instant(due)
        assert await each.timers.missing([timer_id(ask)]) == ()


async def test_answer_withdrawn_before_due_lets_the_date_pass(story, waiting, answering):
    ask, due, answer = await asked(story, waiting, answering)
    await story.forward(30)
    await withdraw(story, answer)
    await settled(waiting, answering)
    await story.forward(60)
    await settled(waiting, answering)
    assert await story.outcome("eu", ask) == "unanswered-confirmed"
    assert await waiting.steps(ask) == [(due, 1, "confirmed")]
    assert await answering.steps(ask) == [(due, 1, "answering")]


async def test_answer_withdrawn_after_due_lets_no_date_pass(story, waiting, answering):
    ask, _, answer = await asked(story, waiting, answering)
    await story.forward(100)
    await settled(waiting, answering)
    await withdraw(story, answer)
    for seconds in (0, 3600, 5 * 86_400):
        await story.forward(seconds)
        await settled(waiting, answering)
    for party in ("eu", "cn"):
        assert await story.outcome(party, ask) == "withdrawn"
    assert "deadline.passed" not in await waiting.kinds("eu")
    assert waiting.mail.envelopes == answering.mail.envelopes == []


async def test_new_date_after_a_withdrawal_passes_once_accepted(story, waiting, answering):
    ask, _, answer = await asked(story, waiting, answering)
    await story.forward(100)
    await withdraw(story, answer)
    await settled(waiting, answering)
    later = story.in_(90)
    body = {"q": "1", "due": later, "basis": "withdrawn"}
    await story.submit("eu", "deadline.moved", ref=ask[0], body=body)
    await story.delivered()
    accepted = {"q": "1", "due": later, "basis": "agreed"}
    await story.submit("cn", "deadline.moved", ref=ask[0], body=accepted)
    await story.delivered()
    await settled(waiting, answering)
    await story.forward(90)
    await settled(waiting, answering)
    assert await story.outcome("eu", ask) == "unanswered-confirmed"
    assert await waiting.steps(ask) == [(later, 1, "confirmed")]


@pytest.mark.parametrize("held", [True, False], ids=["older-head", "no-head"])
async def test_head_that_covers_a_withdrawn_answer_is_left_out(held, story, waiting, monkeypatch):
    """No fresh head arrives; the newest stored head was stamped before the withdrawal."""
    ask, _, answer = await asked(story, waiting)
    head = await waiting.house.link.heads.fresh_head(1)
    assert head is not None
    await story.forward(30)
    await withdraw(story, answer)
    await waiting.settle()

    async def none(*_):
        return None

    async def kept(*_):
        return head if held else None

    monkeypatch.setattr("special_channel.escalation.evidence.Evidence.fresh_head", none)
    monkeypatch.setattr("special_channel.escalation.evidence.Evidence.stored_head", kept)
    await story.forward(60)
    await waiting.settle()
    row = await story.row("eu", ask)
    assert row.outcome() == "unanswered-unconfirmed"
    entry = (await story.nodes["eu"].record.entries("eu", row.passed[-1].index, 1))[0]
    assert parse(dsse.decode(entry.envelope).payload).body.head is None
