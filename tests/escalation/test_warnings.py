"""The answering side's node alone warns its desk before a due time."""

from __future__ import annotations

from special_channel.core.bytes.times import instant
from special_channel.escalation.evidence import Evidence
from special_channel.stores.history import AlertHistory

DUE = "2026-11-27T09:30:00Z"


async def test_answering_desk_is_warned_once_after_an_outage(
    story, waiting, answering, monkeypatch
):
    charter = Evidence.charter

    def warning(self, row):
        found = charter(self, row)
        rules = tuple(
            rule.model_copy(update={"warnings": (50, 75, 90)}) for rule in found.reply_rules
        )
        return found.model_copy(update={"reply_rules": rules})

    monkeypatch.setattr(Evidence, "charter", warning)
    history = AlertHistory(answering.node.record.pool)
    ask = await story.ask("eu", DUE, rule="three-working-days")
    await story.delivered()
    await answering.settle()
    (look,) = (await answering.house.stores.looks.get([ask])).values()
    assert look.at < instant(DUE), "it waits for the first warning"

    async def until(moment) -> None:
        await story.forward(int((moment - answering.clock.now()).total_seconds()))
        await answering.settle()
        await waiting.settle()

    await until(look.at)
    assert answering.mail.recipients == ["p0@cn.example"], "the own desk, not its head"
    (text,) = answering.mail.texts()
    assert "您可以答复，或者提议另定答复时间。" in text
    assert "我方下一步：届时记录中仍无答复的，于" in text
    assert "接办" not in text
    # After an outage over two warnings only the last is sent.
    await until(instant("2026-11-27T09:00:00Z"))
    assert len(answering.mail.envelopes) == 2
    items = await history.of_ask(ask)
    assert [(one.alert.kind, one.alert.step, one.state) for one in items] == [
        ("warning", 150, "sent"),
        ("warning", 190, "sent"),
    ]
    assert "escalation.raised" not in await answering.private()
    assert waiting.mail.envelopes == [], "who waits is not warned"
    await until(instant(DUE))
    (*_, last) = await history.of_ask(ask)
    assert (last.alert.kind, last.alert.step) == ("step", 1)
