"""Alerts are retried until they are delivered, acknowledged or no longer relevant."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from special_channel.broker.act import Act
from special_channel.core.bytes.errors import NotAllowed, Unavailable
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.writing import sign
from special_channel.core.time.ladder import parse_ladder
from special_channel.escalation.outbox import BACKOFF, LEASE, PATIENCE
from special_channel.escalation.people import Channels
from special_channel.escalation.worker import Worker
from special_channel.ports import Delivered, Letter
from special_channel.stores.history import AlertHistory
from special_channel.stores.outbox import Outgoing
from special_channel.stores.people import Official
from tests.escalation.bureau import Bureau, altered, ladder_of

HEAD, DIRECTOR = "p1@eu.example", "d@eu.example"


class Chat:
    """A channel in this process that records letters, and refuses or fails as a test sets it."""

    def __init__(self, *, group: bool = False) -> None:
        self.group = group
        self.letters: list[Letter] = []
        self.refused: set[str] = set()
        self.away = False

    async def send(self, letter):
        if self.away:
            raise Unavailable("channel-temporary", "Away.", retry_after=7)
        if letter.to in self.refused:
            raise NotAllowed("channel-refused", "Never.")
        self.letters.append(letter)
        return Delivered(letter.id, "taken")

    async def reach(self) -> None:
        """Do nothing: the channel is reachable."""

    @property
    def recipients(self) -> list[str]:
        return [letter.to for letter in self.letters]


class Office:
    """A side's escalation with channels and settings of a test."""

    def __init__(self, bureau: Bureau, story, **changed) -> None:
        self.bureau, self.story = bureau, story
        channels = changed.pop("channels", None) or {"chat": Chat()}
        ways = Channels(channels, tuple(channels))
        self.house = altered(bureau.house, channels=ways, **changed)
        self.worker = Worker(self.house)
        self.history = AlertHistory(bureau.node.record.pool)

    async def settle(self) -> None:
        while await self.worker.step() == 0:
            pass
        await self.send()

    async def send(self) -> None:
        while await self.worker.sender.step() == 0:
            pass

    async def due(self, seconds: int = 90):
        """Post a question whose due time has passed; no alert is sent yet."""
        ask = await self.story.ask("eu", self.story.in_(seconds))
        await self.story.delivered()
        while await self.worker.step() == 0:
            pass
        await self.forward(seconds)
        while await self.worker.step() == 0:
            pass
        return ask

    async def forward(self, seconds: float) -> None:
        await self.story.forward(int(seconds))

    async def states(self, ask) -> list[tuple[str, str, str]]:
        items = await self.history.of_ask(ask)
        return [(one.alert.recipient, one.alert.channel, one.state) for one in items]

    async def hire(self, role: str, email: str, **more) -> int:
        person = Official(0, email, role, "Unit", "licensing", email, "en", **more)  # type: ignore[arg-type]
        return await self.house.alerts.officials.add(person, uuid4().hex)

    async def acknowledge(self, ask) -> None:
        node = self.bureau.node
        (raised, *_) = (await self.house.stores.asks.raised([ask]))[ask]
        key = node.world.sides["eu"].keys["head"]
        said = sign(
            {
                "v": 1,
                "log": node.identity.private_origin,
                "kind": "escalation.acknowledged",
                "by": key.key,
                "at": timestamp(node.clock.now()),
                "seen": [],
                "ref": raised.id,
                "body": {},
            },
            [key],
        )

        async def decide(_transaction, _heads) -> Act:
            return Act(private=[said])

        await node.appender.act(decide)


async def recorded(office: Office) -> list[tuple[str, str]]:
    """Return the recorded states of alerts from the private log, in order."""
    rows = await office.bureau.node.record.pool.fetch(
        "SELECT convert_from(envelope, 'UTF8') AS text FROM private.entries"
        " WHERE kind = 'alert.sent' ORDER BY idx"
    )
    bodies = [
        json.loads(base64.b64decode(json.loads(row["text"])["payload"]))["body"] for row in rows
    ]
    return [(body["channel"], body["state"]) for body in bodies]


async def test_alert_moves_to_next_channel_after_thirty_minutes(story, waiting):
    first, second = Chat(), Chat()
    office = Office(waiting, story, channels={"one": first, "two": second})
    first.away = True
    ask = await office.due()
    await office.send()
    await office.forward(6)
    await office.send()
    (item,) = await office.history.of_ask(ask)
    assert (item.alert.attempts, item.error) == (1, "channel-temporary"), "it asked for 7 s"
    await office.forward(1)
    await office.send()
    assert second.letters == []
    await office.forward(PATIENCE.total_seconds())
    await office.send()
    assert second.recipients == [HEAD]
    assert await office.states(ask) == [(HEAD, "one", "diverted"), (HEAD, "two", "sent")]
    one, two = await office.history.of_ask(ask)
    assert two.alert.base == one.alert.id != two.alert.id, "the same alert, another way"
    assert await recorded(office) == [("one", "diverted"), ("two", "sent")]
    (letter,) = second.letters
    mark = two.alert.id[:16]
    assert f"Take over: https://eu.example/alerts/{mark}\n" in letter.text
    for named in (two.alert.id, mark):
        found = await office.history.get(named)
        assert [item.alert.id for item in found] == [one.alert.id, two.alert.id]
    assert await office.history.get(two.alert.id[:15]) == []


async def test_alert_follows_the_officials_order_of_channels(story, waiting):
    await waiting.node.record.pool.execute(
        "UPDATE desk.officials SET channels = '{two,gone,one}' WHERE role = 'head'"
    )
    one, two = Chat(), Chat()
    two.refused.add(HEAD)
    office = Office(waiting, story, channels={"one": one, "two": two})
    ask = await office.due()
    await office.send()
    assert await office.states(ask) == [(HEAD, "two", "diverted"), (HEAD, "one", "sent")]
    # Two due times on one day are two alerts (failure mode 23).
    later = await office.due(3600)
    await office.send()
    assert len(one.letters) == 2
    assert (await office.states(later))[-1] == (HEAD, "one", "sent")


async def test_undeliverable_alert_goes_to_next_on_the_ladder(story, waiting):
    """A mailbox that bounces does not end the ladder (failure mode 30)."""
    chat = Chat()
    chat.refused.add(HEAD)
    office = Office(waiting, story, channels={"chat": chat})
    await office.hire("director", DIRECTOR)
    ask = await office.due()
    await office.send()
    told = await office.states(ask)  # in no order, since the clock is not moved in between
    assert sorted(told) == [(DIRECTOR, "chat", "sent"), (HEAD, "chat", "refused")]
    alarm = waiting.node.alarms.ringing["alert-undeliverable"]
    assert (alarm["reason"], alarm["passed_on"]) == ("channel-refused", 1)
    assert await recorded(office) == [("chat", "refused"), ("chat", "sent")]
    await office.forward(60)
    await office.settle()
    assert [step for _, step, _ in await waiting.steps(ask)] == [1, 2]
    assert chat.recipients == [DIRECTOR, DIRECTOR]


async def test_node_without_channels_keeps_alerts_until_it_has_one(story, waiting):
    nobody = Office(waiting, story, channels={"gone": Chat()})
    nobody.house = altered(nobody.house, channels=Channels({}, ()))
    nobody.worker = Worker(nobody.house)
    ask = await nobody.due()
    for wait in (*BACKOFF, *BACKOFF):
        await nobody.send()
        await nobody.forward(wait.total_seconds() * 1.3)
    assert [state for _, _, state in await nobody.states(ask)] == ["waiting"]
    chat = Chat()
    office = Office(waiting, story, channels={"chat": chat})
    await office.send()
    assert chat.recipients == [HEAD]


async def test_alerts_wait_for_office_hours_but_the_record_does_not(story, waiting):
    """Asked on Tuesday at 9:00 in Brussels, due at 20:00; nobody signs in for days (mode 29)."""
    chat = Chat()
    office = Office(waiting, story, channels={"chat": chat}, office_hours=True)
    ask = await office.due(11 * 3600)
    await office.send()
    assert chat.letters == []
    assert await story.outcome("eu", ask) == "unanswered-confirmed"
    assert [step for _, step, _ in await waiting.steps(ask)] == [1]
    (item,) = await office.history.of_ask(ask)
    opening = office.house.calendar.next_opening(waiting.clock.now())
    assert item.alert.not_before == opening > waiting.clock.now()
    await office.forward((opening - waiting.clock.now()).total_seconds() - 1)
    await office.send()
    assert chat.letters == []
    await office.forward(1)
    await office.send()
    assert chat.recipients == [HEAD]
    # An urgent step does not wait for the office.
    steps = ladder_of("eu").model_dump(mode="json", exclude_none=True)
    steps["steps"][0]["urgent"] = True
    urgent = Office(
        waiting, story, channels={"chat": chat}, office_hours=True, ladder=parse_ladder(steps)
    )
    await urgent.due(11 * 3600)
    await urgent.send()
    assert len(chat.letters) == 2


async def test_sender_past_its_lease_repeats_the_mail_not_the_record(story, waiting):
    """Sent at least once under one id, and closed once in the private log."""

    class Slow(Chat):
        async def send(self, letter):
            taken = await super().send(letter)
            if len(self.letters) == 1:  # another sender takes over while this one waits
                await office.forward(LEASE.total_seconds() + 1)
                await office.send()
            return taken

    chat = Slow()
    office = Office(waiting, story, channels={"chat": chat})
    ask = await office.due()
    await office.send()
    assert len(chat.letters) == 2
    assert len({letter.id for letter in chat.letters}) == 1
    assert await recorded(office) == [("chat", "sent")]
    assert [state for _, _, state in await office.states(ask)] == ["sent"]


def copy_of(alert: Outgoing, id_: str) -> Outgoing:
    return replace(alert, id=id_, base=id_, document=alert.document.replace(alert.id, id_))


async def test_herd_of_alerts_becomes_one_digest_per_person(story, waiting):
    chat = Chat()
    office = Office(waiting, story, channels={"chat": chat})
    await office.hire("head", "second@eu.example")
    ask = await office.due()
    items = await office.history.of_ask(ask)
    assert len(items) == 2
    herd = [
        copy_of(item.alert, f"{number:062x}{place:02d}")
        for place, item in enumerate(items)
        for number in range(1200)
    ]
    async with waiting.node.record.begin() as transaction:
        await office.house.alerts.outbox.put(transaction, herd)
    await office.send()
    assert chat.letters == [], "gathered first"
    await office.forward(5)
    await office.send()
    assert sorted(chat.recipients) == sorted([HEAD, "second@eu.example"])
    for letter in chat.letters:
        assert letter.text.count(", question 1") == 1, "one row a question"
        assert len(letter.matters) == 1201
    assert (await recorded(office)).count(("chat", "sent")) == 2 * 4, "each id is recorded"
    assert {state for _, _, state in await office.states(ask)} == {"digested"}
    # Further alerts wait until the window ends, and are one digest again.
    async with waiting.node.record.begin() as transaction:
        more = [
            replace(copy_of(one, f"{one.id[:-2]}99"), at=waiting.clock.now()) for one in herd[:9]
        ]
        await office.house.alerts.outbox.put(transaction, more)
    await office.send()
    assert len(chat.letters) == 2
    await office.forward(15 * 60)
    await office.send()
    assert len(chat.letters) == 3


async def test_herd_written_over_seconds_becomes_one_digest(story, waiting):
    chat = Chat()
    office = Office(waiting, story, channels={"chat": chat})
    (item,) = await office.history.of_ask(await office.due())
    herd = []
    for batch in range(3):
        batched = [
            replace(copy_of(item.alert, f"{place:062x}{batch:02d}"), at=waiting.clock.now())
            for place in range(40)
        ]
        async with waiting.node.record.begin() as transaction:
            await office.house.alerts.outbox.put(transaction, batched)
        herd += batched
        await office.send()
        await office.forward(2)
    await office.send()
    assert chat.letters == [], "the last batch is two seconds old"
    await office.forward(3)
    await office.send()
    (letter,) = chat.letters
    assert len(letter.matters) == len(herd) + 1


async def test_acknowledged_step_stops_repeats_but_not_the_clock(story, waiting):
    steps = ladder_of("eu").model_dump(mode="json", exclude_none=True)
    steps["steps"][0]["repeat"] = {"every": {"seconds": 600}, "times": 3}
    for step in steps["steps"][1:]:
        step["after"]["seconds"] = 3 * 3600
    chat = Chat()
    office = Office(waiting, story, channels={"chat": chat}, ladder=parse_ladder(steps))
    ask = await office.due()
    await office.send()
    await office.forward(600)
    await office.send()
    assert chat.recipients == [HEAD, HEAD]
    assert chat.letters[0].id != chat.letters[1].id
    assert chat.letters[1].in_reply_to == chat.letters[0].id
    await office.acknowledge(ask)
    await office.forward(1300)
    await office.send()
    assert len(chat.letters) == 2
    states = [state for _, _, state in await office.states(ask)]
    assert sorted(states) == ["acknowledged", "acknowledged", "sent", "sent"]
    await office.hire("director", DIRECTOR)
    await office.forward(3 * 3600)
    await office.settle()
    assert chat.recipients[-1] == DIRECTOR, "acknowledged is not answered"
    (item, *_) = await office.history.of_ask(ask)
    assert item.acknowledged
    assert item.raised == (await office.house.stores.asks.raised([ask]))[ask][0].id


async def test_waiting_alert_follows_the_office_and_its_question(story, waiting):
    """The office is reassigned, or the question closed, while an alert is queued (mode 27)."""
    chat = Chat()
    chat.away = True
    office = Office(waiting, story, channels={"chat": chat})
    ask, ended = await office.due(), await office.due()
    await office.send()
    pool = waiting.node.record.pool
    await pool.execute("UPDATE desk.officials SET role = 'desk' WHERE email = $1", HEAD)
    await office.hire("head", "new@eu.example")
    closing = {"asks": [{"id": ended[0], "q": ended[1]}]}
    await story.submit("eu", "thread.closed", body=closing)
    chat.away = False
    await office.forward(10)
    await office.send()
    assert chat.recipients == ["new@eu.example"]
    assert sorted(await office.states(ask)) == [
        ("new@eu.example", "chat", "sent"),
        (HEAD, "chat", "superseded"),
    ]
    assert await office.states(ended) == [(HEAD, "chat", "superseded")]
    assert ("chat", "superseded") in await recorded(office)


async def test_worker_stopped_for_hours_alerts_once_and_late(story, waiting):
    """Failure mode 28."""
    chat = Chat()
    office = Office(waiting, story, channels={"chat": chat})
    await story.ask("eu", story.in_(90))
    await story.delivered()
    await office.settle()
    await office.forward(9 * 3600)
    await office.settle()
    await office.settle()
    (letter,) = chat.letters
    assert "This alert is late" in letter.text
    assert (await waiting.private()).count("escalation.raised") == 1


async def test_group_channel_gets_one_alert_and_persons_if_it_fails(story, waiting):
    group, own = Chat(group=True), Chat()
    office = Office(waiting, story, channels={"room": group, "own": own})
    await office.hire("head", "second@eu.example")
    ask = await office.due()
    await office.send()
    assert len(group.letters) == 1
    assert await office.states(ask) == [("room", "room", "sent")]
    group.refused |= {HEAD, "second@eu.example"}
    other = await office.due()
    await office.send()
    assert sorted(own.recipients) == [HEAD, "second@eu.example"]
    assert ("room", "room", "diverted") in await office.states(other)


def test_backoff_lasts_longer_than_patience_with_one_channel():
    assert sum(BACKOFF[:2], timedelta()) < PATIENCE < sum(BACKOFF[:3], timedelta())
