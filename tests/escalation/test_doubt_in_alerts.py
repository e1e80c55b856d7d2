"""An alert about an entry in doubt says so, in words and as a field of the webhook (K21)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest_asyncio

from special_channel.channels.posting import make_poster
from special_channel.channels.signatures import new_key, signing_key
from special_channel.channels.webhook import WebhookMail
from special_channel.core.bytes.ids import Position
from special_channel.stores.history import AlertHistory
from special_channel.stores.work import QuestionKey
from tests import damage
from tests.channels.services import Service, service
from tests.escalation.bureau import Bureau
from tests.escalation.conftest import Story
from tests.escalation.test_alerts_go_on import Office, copy_of
from tests.link.nodes import signed

BEFORE, AFTER = 90, 900
"""Seconds until the due time of a question signed before the doubt, and of the one in doubt."""


@dataclass
class Duty:
    """The EU's escalation with a duty system behind a webhook, and questions to CN."""

    story: Story
    office: Office
    system: Service
    asks: list[QuestionKey] = field(default_factory=list)

    async def act(self, payload: dict[str, Any], also: Sequence[str] = ()) -> Position:
        """Append an act on people to the EU's log."""
        submission = signed(self.story.world, "eu", payload, also=also)
        (accepted,) = await self.office.bureau.node.appender.submit([submission])
        return Position("eu", accepted.index)

    async def ask(self, seconds: int) -> Position:
        """Ask CN a question, which is delivered."""
        self.asks.append(await self.story.ask("eu", self.story.in_(seconds)))
        await self.story.delivered()
        await self.office.settle()
        return (await self.story.row("eu", self.asks[-1])).position

    async def told(self, seconds: int) -> list[dict[str, Any]]:
        """Move the clock; return the data of the webhooks that arrive."""
        self.system.taken.clear()
        await self.office.forward(seconds)
        await self.office.settle()
        return [orjson.loads(taken.body)["data"] for taken in self.system.taken]


@pytest_asyncio.fixture
async def duty(story: Story, waiting: Bureau) -> AsyncIterator[Duty]:
    private, _ = new_key(bytes(range(32)))
    async with service(status=204) as system:
        poster = make_poster(system.url("/duty"), ("127.0.0.1",), None, 5.0)
        webhook = WebhookMail(poster, (signing_key(private),), waiting.clock)
        made = Duty(story, Office(waiting, story, channels={"webhook": webhook}), system)
        world = story.world
        world.eu.make_key("laptop")
        # The new key is the one of the same person, which reviews what the old one signed.
        payload = world.enrolment("eu", "desk", "laptop")
        await made.act(payload, also=("registrar", "second-registrar"))
        yield made


async def test_webhook_states_doubt_as_the_api_does(duty):
    calm = await duty.ask(BEFORE)
    asked = await duty.ask(AFTER)
    world = duty.story.world
    stop = world.suspension("eu", "desk", since=asked.index)
    await duty.act(stop)
    [first] = await duty.told(BEFORE)
    [matter] = first["matters"]
    # Signed with the same key before the doubt begins: nothing is said of it.
    assert matter["number"] == f"{calm} Q1"
    assert "doubt" not in matter
    assert "doubt" not in first["text"]
    data = [each for each in await duty.told(AFTER) if f"{asked}, question 1" in each["subject"]]
    [matter] = data[0]["matters"]
    assert matter["doubt"] == {
        "key": world.eu.keys["desk"].key,
        "since": str(asked),
        "word": "disputed",
    }
    assert (
        f"The EU side states doubt about the key that signed {asked}, from {asked} on."
        f" {asked} remains valid."
    ) in data[0]["text"]
    # People read numbers and words; the key's id is for programs alone.
    assert world.eu.keys["desk"].key not in data[0]["text"]


async def test_disowned_question_stays_so_once_doubt_is_lifted(duty):
    asked = await duty.ask(AFTER)
    world, (note, _) = duty.story.world, duty.asks[0]
    before = await duty.act(world.suspension("eu", "desk", since=asked.index))
    body = {"word": "disowned", "entries": [note]}
    await duty.act(world.payload("eu", "entry.reviewed", by="laptop", body=body))
    stop = (await duty.office.bureau.node.record.entries("eu", before.index, 1))[0]
    target = {"key": world.eu.keys["desk"].key, "reason": "stated-at-home"}
    payload = world.payload("eu", "key.restored", by="head", ref=stop.id, body=target)
    await duty.act(payload, also=("registrar",))
    [data] = await duty.told(AFTER)
    [matter] = data["matters"]
    assert matter["doubt"] == {"key": "", "since": "", "word": "disowned"}
    said = f"The EU side states that its official did not write {asked}. {asked} remains valid."
    assert said in data["text"]


async def test_confirmed_question_is_in_no_doubt(duty):
    asked = await duty.ask(AFTER)
    world, (note, _) = duty.story.world, duty.asks[0]
    await duty.act(world.suspension("eu", "desk", since=asked.index))
    body = {"word": "confirmed", "entries": [note]}
    await duty.act(world.payload("eu", "entry.reviewed", by="laptop", body=body))
    [data] = await duty.told(AFTER)
    assert "doubt" not in data["matters"][0]
    assert "doubt" not in data["text"]


async def test_answering_side_reads_the_same_words_by_mail(duty, answering):
    asked = await duty.ask(AFTER)
    await duty.act(duty.story.world.suspension("eu", "desk", since=asked.index))
    await duty.story.delivered()
    await answering.settle()
    await duty.story.forward(AFTER)
    await answering.settle()
    (text,) = answering.mail.texts()
    assert f"欧方表示，签署{asked}所用密钥自{asked}起是否由本人持有存疑。该条目仍然有效。" in text


async def test_digest_marks_each_question_in_doubt(duty):
    asked = await duty.ask(AFTER)
    await duty.act(duty.story.world.suspension("eu", "desk", since=asked.index))
    [first] = await duty.told(AFTER)
    record = duty.office.bureau.node.record
    (item,) = await AlertHistory(record.pool).of_ask(duty.asks[0])
    herd = [copy_of(item.alert, f"{number:064x}") for number in range(40)]
    async with record.begin() as transaction:
        await duty.office.house.alerts.outbox.put(transaction, herd)
    [digest] = [each for each in await duty.told(5) if len(each["matters"]) > 1]
    marks = {each["doubt"]["word"] for each in digest["matters"]}
    assert (marks, first["matters"][0]["doubt"]["word"]) == ({"disputed"}, "disputed")
    (listed,) = [line for line in digest["text"].splitlines() if f"{asked}, question 1" in line]
    assert listed.endswith("; disputed")


async def test_damaged_review_holds_up_no_alert(duty):
    """Doubt changes no due time: the alert goes out, without what can't be read."""
    asked = await duty.ask(AFTER)
    world, (note, _) = duty.story.world, duty.asks[0]
    await duty.act(world.suspension("eu", "desk", since=asked.index))
    body = {"word": "disowned", "entries": [note]}
    await duty.act(world.payload("eu", "entry.reviewed", by="laptop", body=body))
    superuser = duty.office.bureau.node.database.superuser
    await damage.tamper(superuser, "UPDATE record.reviews SET doc = '{}'::jsonb")
    [data] = await duty.told(AFTER)
    assert data["matters"][0]["number"] == f"{asked} Q1"
    assert "doubt" not in data["matters"][0]
