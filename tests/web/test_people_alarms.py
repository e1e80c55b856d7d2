"""The page of alarms about acts on people: who sees them, who takes them."""

from __future__ import annotations

import pytest

from special_channel.stores.people_acts import PeopleActs, PeopleAlarm
from tests.web.pages_node import PagesNode
from tests.web.test_quotas import call
from tests.world import World


async def sounded(
    site: PagesNode, code: str, author: str = "", log: str = "eu", idx: int = 2
) -> int:
    """Store an alarm; return its number."""
    acts, at = PeopleActs(site.node.record.pool), site.own.node.clock.now()
    async with site.node.record.begin() as transaction:
        alarm = PeopleAlarm(0, code, log, idx, author, at)  # type: ignore[arg-type]
        await acts.sound(transaction, alarm)
    return max(each.id for each in await acts.open())


async def test_alarm_is_seen_and_taken_by_another_registrar(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu", alarms=lambda: ("registrar-changed",))
    number = await sounded(site, "registrar-changed", world.eu.person("registrar"))
    shown = await site.get("/alarms", "registrar")
    assert "You signed this act" in shown.text
    assert shown.page.one("main").names("button") == ["Filter"]
    assert (await site.post(f"/alarms/{number}", {}, "registrar")).status == 403
    page = await site.get("/alarms", "second-registrar")
    page.page.one("button", "I have looked into it (EU-2)")
    done = await site.post(f"/alarms/{number}", {}, "second-registrar")
    assert (done.status, done.headers["Location"]) == (303, "/alarms")
    assert "No act on people waits" in (await site.get("/alarms", "second-registrar")).text
    assert (await site.post(f"/alarms/{number}", {}, "second-registrar")).status == 404


async def test_leaders_see_alarms_on_every_page_and_others_do_not(pages_of):
    site = await pages_of(World.founded(), "eu", alarms=lambda: ("root-acted",))
    for who, seen in (("head", True), ("second-registrar", True), ("desk", False)):
        page = (await site.get("/inbox", who)).page
        assert (page.by_id("people-alarms") is not None) == seen
    assert (await site.get("/alarms", "desk")).status == 403


async def test_alarm_about_the_other_side_is_taken_by_a_head(pages_of):
    site = await pages_of(World.founded(), "eu")
    own = await sounded(site, "root-acted")
    number = await sounded(site, "peer-root-changed", log="cn")
    shown = await site.get("/alarms", "head")
    assert "A registrar has to look into this alarm." in shown.text
    assert shown.page.one("main").names("button") == ["Filter", "I have looked into it (CN-2)"]
    status, told = await call(site, "GET", "/api/alarms", "head")
    assert [each["refused"] for each in told["alarms"]] == ["alarm-registrar", ""]
    assert status == 200
    taken = await call(site, "POST", f"/api/alarms/{number}", "head", {})
    assert taken == (200, {"taken": 1})
    status, told = await call(site, "POST", f"/api/alarms/{own}", "head", {})
    assert (status, told["code"]) == (403, "alarm-registrar")


async def test_two_alarms_of_a_kind_are_taken_within_a_second(pages_of):
    site = await pages_of(World.founded(), "eu")
    for idx in (1, 2):  # the clock of the node stands still
        number = await sounded(site, "root-acted", idx=idx)
        taken = await call(site, "POST", f"/api/alarms/{number}", "second-registrar", {})
        assert taken == (200, {"taken": 1})
    _, told = await call(site, "GET", "/api/people/journal", "second-registrar")
    lines = [each for each in told["items"] if each["act"] == "alarm-taken"]
    assert sorted(each["position"] for each in lines) == ["EU-1", "EU-2"]


@pytest.mark.parametrize("number", ["x", "9" * 19, "77"])
async def test_alarm_that_is_none_is_not_found(pages_of, number):
    site = await pages_of(World.founded(), "eu")
    assert (await site.post(f"/alarms/{number}", {}, "head")).status == 404
