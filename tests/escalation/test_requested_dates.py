"""Rules 11 and 15: a requested date does not pass, unless the answering side accepted it."""

from __future__ import annotations

from special_channel.stores.history import AlertHistory


async def accept(story, ask, due: str):
    body = {"q": ask[1], "due": due, "basis": "agreed"}
    return await story.submit("cn", "deadline.moved", ref=ask[0], body=body)


async def sizes(story) -> list[int]:
    return [await node.size(party) for party, node in story.nodes.items()]


async def settled(*bureaus) -> None:
    for each in bureaus:
        await each.settle()


async def test_requested_date_passes_without_an_entry(story, waiting, answering):
    """The asking side is reminded once; the other side gets nothing."""
    ask = await story.ask("eu", story.in_(90), rule=None)
    await story.delivered()
    await settled(waiting, answering)
    before, private = await sizes(story), await answering.private()
    for seconds in (90, 3600, 5 * 86_400):
        await story.forward(seconds)
        await settled(waiting, answering)
    assert await sizes(story) == before
    assert await answering.private() == private
    assert answering.mail.envelopes == []
    assert await answering.outbox() == []
    for party in ("eu", "cn"):
        assert await story.outcome(party, ask) == "open"
        assert not (await story.row(party, ask)).is_agreed
    assert "escalation.raised" not in await waiting.private()
    assert waiting.mail.recipients == ["p0@eu.example"], "the own desk, once"
    (text,) = waiting.mail.texts()
    assert "Requested date: " in text
    assert "The date was not agreed" in text
    assert "Next step" not in text
    history = AlertHistory(waiting.node.record.pool)
    assert [(one.alert.kind, one.alert.step, one.state) for one in await history.of_ask(ask)] == [
        ("warning", 200, "sent")
    ]


async def test_accepted_date_passes_and_both_sides_take_steps(story, waiting, answering):
    due = story.in_(90)
    ask = await story.ask("eu", due, rule=None)
    await story.delivered()
    await settled(waiting, answering)
    await accept(story, ask, due)
    await story.delivered()
    await settled(waiting, answering)
    await story.forward(90)
    await settled(waiting, answering)
    assert await story.outcome("eu", ask) == "unanswered-confirmed"
    assert await waiting.steps(ask) == [(due, 1, "confirmed")]
    assert await answering.steps(ask) == [(due, 1, "answering")]
    assert waiting.mail.recipients == ["p1@eu.example"], "no reminder of a request besides"
    assert answering.mail.recipients == ["p1@cn.example"]


async def test_date_accepted_after_it_came_does_not_pass(story, waiting, answering):
    due = story.in_(90)
    ask = await story.ask("eu", due, rule=None)
    await story.delivered()
    await settled(waiting, answering)
    await story.forward(90)
    await settled(waiting, answering)
    await accept(story, ask, due)
    await story.delivered()
    await story.forward(60)
    await settled(waiting, answering)
    assert await story.outcome("eu", ask) == "open"
    assert answering.mail.envelopes == []


async def test_reminder_of_a_request_is_dropped_once_it_is_answered(story, waiting):
    ask = await story.ask("eu", story.in_(90), rule=None)
    await story.delivered()
    await waiting.settle(mail=False)
    await story.forward(90)
    await waiting.settle(mail=False)
    await story.answer("cn", ask)
    await story.delivered()
    await waiting.settle()
    assert waiting.mail.envelopes == []
    assert [state for _, state in await waiting.outbox()] == ["superseded"]
