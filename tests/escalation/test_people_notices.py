"""Acts on people are told to registrars, leaders and overseers, and are alarms until taken."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from special_channel.core.bytes.errors import ChannelError
from special_channel.desk.people_alarms import PeopleAlarmDeps, open_alarms, take
from special_channel.escalation.people_notices import PeopleNotices
from special_channel.escalation.worker import Worker
from special_channel.stores.people import Official
from special_channel.stores.people_acts import PeopleActs
from tests.link.nodes import signed

STAFF = {"registrar": "registrar", "head": "head", "oversight": "oversight", "clerk": "desk"}


class Told:
    """The EU's notices about acts on people."""

    def __init__(self, story: Any, bureau: Any) -> None:
        self.story, self.bureau = story, bureau
        self.acts = PeopleActs(bureau.node.record.pool)
        self.notices = PeopleNotices(bureau.house, self.acts)
        self.worker = Worker(bureau.house)
        node = bureau.node
        self.alarms = PeopleAlarmDeps(self.acts, node.appender, node.identity, node.clock)

    async def act(self, payload: dict[str, Any], also: tuple[str, ...] = ()) -> None:
        entry = signed(self.story.world, "eu", payload, also=also)
        await self.bureau.node.appender.submit([entry])

    async def stop(self, name: str, by: str = "head", **body: Any) -> None:
        await self.act(self.story.world.suspension("eu", name, by, **body))

    async def grant(self, name: str, number: int) -> None:
        """Give a person a further function, by registrar and head."""
        body = {"grant": number, "desk": f"desk-{number}", "role": "desk"}
        await self.act(self.story.world.granting("eu", name, **body), also=("head",))

    async def work(self) -> list[tuple[str, str]]:
        """Run a step; return recipient and text of each new mail, in order of recipients."""
        self.bureau.mail.envelopes.clear()
        await self.notices.step()
        while await self.worker.sender.step() == 0:
            pass
        mail = self.bureau.mail
        return sorted(zip(mail.recipients, mail.texts(), strict=True))

    @property
    def ringing(self) -> set[str]:
        return set(self.bureau.node.alarms.ringing)


@pytest_asyncio.fixture
async def told(story, bureaus) -> Told:
    made = Told(story, bureaus["eu"])
    for name, role in STAFF.items():
        mail = f"{name}@eu.example"
        person = Official(0, f"Fictional {name}", role, "Unit", "permits", mail, "en")  # type: ignore[arg-type]
        await made.bureau.house.alerts.officials.add(person, story.world.eu.person(name))
    chinese = Official(0, "虚构", "director", "Unit", "permits", "zh@eu.example", "zh-CN")
    await made.bureau.house.alerts.officials.add(chinese, uuid4().hex)
    assert await made.work() == []  # nothing of before is news
    return made


async def test_act_is_told_to_leaders_and_to_the_person(told):
    await told.stop("clerk", whole=True)
    mails = await told.work()
    assert [to for to, _ in mails] == [
        "clerk@eu.example", "head@eu.example", "oversight@eu.example", "p1@eu.example",
        "registrar@eu.example", "zh@eu.example",
    ]  # fmt: skip
    text = dict(mails)["registrar@eu.example"]
    assert "all keys of person" in text
    assert "https://eu.example/people/eu" in text
    assert "Fictional" not in text
    assert "的全部密钥被停用" in dict(mails)["zh@eu.example"]
    assert await told.work() == []


async def test_acts_beyond_three_come_as_one_list(told):
    for number in (2, 3, 4):
        await told.grant("desk", number)
        mails = await told.work()
        assert [text.count("EU-") for _, text in mails] == [1] * 5
    await told.grant("desk", 5)
    await told.grant("clerk", 2)
    assert await told.work() == []
    await told.story.forward(601)
    mails = await told.work()
    assert {text.count("EU-") for _, text in mails} == {2}


async def test_stop_never_waits(told):
    for number in (2, 3, 4, 5):
        await told.grant("desk", number)
    assert {text.count("EU-") for _, text in await told.work()} == {4}
    await told.grant("desk", 6)
    assert await told.work() == []
    await told.stop("clerk")
    assert {text.count("EU-") for _, text in await told.work()} == {2}


async def test_many_acts_at_once_are_one_list(told):
    for by in ("head", "registrar", "clerk", "node"):
        await told.stop("desk", by, whole=True)
    mails = await told.work()
    assert {text.count("EU-") for _, text in mails} == {4}
    assert len(mails) == 5


async def test_change_of_a_registrar_is_an_alarm_until_another_takes_it(told):
    world = told.story.world
    await told.stop("second-registrar", by="registrar")
    await told.work()
    assert told.ringing == {"registrar-changed"}
    [alarm] = await open_alarms(told.alarms)
    author, other = world.eu.person("registrar"), world.eu.person("second-registrar")
    for role, person, code in (
        ("head", other, "alarm-registrar"), ("registrar", author, "alarm-author"),
    ):  # fmt: skip
        with pytest.raises(ChannelError) as refused:
            await take(told.alarms, alarm.id, {role}, person)
        assert refused.value.code == code
    await told.work()
    assert told.ringing == {"registrar-changed"}
    await take(told.alarms, alarm.id, {"registrar"}, other)
    await told.work()
    assert told.ringing == set()
    assert (await told.bureau.private())[-1] == "act.recorded"
    with pytest.raises(ChannelError) as refused:
        await take(told.alarms, alarm.id, {"registrar"}, other)
    assert refused.value.code == "alarm-unknown"


async def test_machine_and_root_are_alarms(told):
    world = told.story.world
    stop = world.suspension("eu", "link", "registrar", reason="stolen")
    await told.act(stop, also=("head",))
    await told.act(world.granting("eu", "clerk", by="root", grant=2, desk="x"), also=("root-2",))
    mails = await told.work()
    assert told.ringing - {"link-failed"} == {"machine-changed", "root-acted"}
    assert any("a key of our" in text for _, text in mails)


async def test_burst_of_persons_is_an_alarm(told):
    for name in ("desk", "clerk", "oversight", "head"):
        await told.stop(name, "node", whole=True)
    await told.work()
    assert "people-burst" not in told.ringing
    await told.stop("second-registrar", "node", whole=True)
    await told.work()
    assert {"people-burst", "registrar-changed"} == told.ringing


async def test_acts_of_the_other_side_are_no_letters(told, bureaus):
    world, node = told.story.world, bureaus["cn"].node
    payload = world.suspension("cn", "clerk", "head")
    await node.appender.submit([signed(world, "cn", payload)])
    await told.story.delivered()
    assert await told.work() == []
    assert told.ringing == set()


async def test_restart_and_second_worker_tell_nothing_twice(told):
    await told.stop("clerk")
    assert len(await told.work()) == 6
    again = Told(told.story, told.bureau)
    assert await again.work() == []
