"""The other node says what times show of valid entries of a hostile owner (K8, K28)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import pytest_asyncio

from special_channel.core.bytes.times import from_posix
from tests.core.auditing import report_of
from tests.core.test_audit_acts import DAY, newcomers
from tests.link.nodes import page_of
from tests.web.pages_node import PagesNode
from tests.world import World

CODES = {"cooling-short", "grant-overdue"}


def hostile() -> tuple[World, list[str]]:
    """Return a world whose EU node keeps no door, and its entries too soon and too late."""
    world = newcomers()
    soon = world.append("eu", world.granting("eu", "newcomer", by="third"), also=["registrar"])
    until = from_posix(world.clock.seconds + DAY)
    world.append("eu", world.granting("eu", "desk", grant=2, until=until))
    limited: dict[str, Any] = {"as": 2}
    world.open_thread("eu", **limited)
    world.clock.forward(DAY)
    late = world.open_thread("eu", **limited)
    world.append("eu", world.granting("eu", "another", by="third"), also=["registrar"])
    world.exchange()
    return world, [str(late.position), str(soon.position)]


@pytest_asyncio.fixture
async def site(pages_of) -> PagesNode:
    world, _ = hostile()
    made: PagesNode = await pages_of(world, "cn")
    return made


async def api(site: PagesNode, path: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((await site.get(path)).html)
    return value


async def test_mirror_and_verifier_name_the_same_entries(pages_of):
    world, places = hostile()
    site = await pages_of(world, "cn")
    found = [each for each in report_of(world).findings if each.code in CODES]
    stated = {(f"EU-{each.place.index}", each.code, *dict(each.facts).values()) for each in found}
    rows, total = await site.own.stores.views.time_notices("eu", 50)
    noticed = {
        (f"EU-{row.index}", row.notice.code, row.notice.key or row.notice.until) for row in rows
    }
    assert noticed == stated
    assert [f"EU-{row.index}" for row in rows] == places
    assert total == 2
    assert await site.own.stores.views.time_notices("cn", 50) == ([], 0)
    assert set(await site.node.codes("eu")) == {""}, "each entry is valid"


@pytest.mark.parametrize("path", ["/people/eu", "/link"])
async def test_pages_state_the_times_and_that_the_entries_stay_valid(site, path):
    said = (await site.get(path)).page.one("main")
    assert "Times that EU states 2" in said.names("heading")
    assert (
        "sooner after the appointment than the charter says. The entry remains valid." in said.text
    )
    assert "had passed by the time of the log. The entry remains valid. Time limit" in said.text
    chinese = (await site.get(path, lang="zh-CN")).page.one("main").text
    assert "任职时间短于章程规定。该条目仍然有效。" in chinese
    assert "作者职责的截止时间已过。该条目仍然有效。该职责的截止时间：" in chinese
    ours = (await site.get("/people/cn")).page.one("main")
    assert not [name for name in ours.names("heading") if name.startswith("Times")]


@pytest.mark.parametrize("path", ["/people/eu", "/link"])
async def test_numbers_lead_to_the_entries_in_words(site, path):
    """People read sentences, never signed bytes: an act on people stands among the changes."""
    said = (await site.get(path)).page
    late, soon = ((await api(site, "/api/status"))["times"])["items"]
    places = []
    for item in (late, soon):
        number = item["position"]
        led = [link.attributes["href"] for link in said.all("link", number)]
        # The list of changes follows on the page of people.
        assert led[0] == f"/entries/{number}"
        moved = await site.get(led[0])
        place, _, anchor = moved.headers["Location"].partition("#")
        shown = (await site.get(place)).page
        assert anchor == number
        found = shown.by_id(anchor)
        assert found is not None
        places.append((place.partition("?")[0], found.text))
    assert places[0][0] == f"/threads/{late['position']}"
    assert places[1][0] == "/people/eu"
    assert "granted" in places[1][1]


async def test_change_is_on_the_page_that_its_number_names(pages_of):
    """Changes come fifty a page: an older one is found all the same."""
    world = World.founded()
    first = world.grant("eu", "clerk", grant=2)
    for number in range(3, 55):
        world.grant("eu", "clerk", grant=number)
    world.exchange()
    site = await pages_of(world, "cn")
    moved = await site.get(f"/entries/{first.position}")
    place = moved.headers["Location"].partition("#")[0]
    assert (await site.get(place)).page.by_id(str(first.position)) is not None
    assert (await site.get("/people/eu")).page.by_id(str(first.position)) is None


@pytest.mark.parametrize("path", ["/api/people/changes?party=eu&limit=1", "/api/status"])
async def test_api_states_the_times(site, path):
    times = (await api(site, path))["times"]
    late, soon = times["items"]
    assert times["total"] == 2
    assert (late["code"], late["kind"], soon["code"]) == (
        "grant-overdue", "thread.opened", "cooling-short",
    )  # fmt: skip
    assert soon["key"] == site.node.world.eu.keys["third"].key
    assert "until" in late
    assert "key" not in late


async def test_no_alarm_sounds_and_no_entry_is_refused(site):
    assert not site.node.alarms.heard
    assert (await api(site, "/api/status"))["alarms"] == []


async def test_act_of_a_later_page_asks_when_its_signer_was_appointed(pages_of):
    world = newcomers()
    site = await pages_of(world, "cn")
    size = world.eu.own.size
    world.append("eu", world.granting("eu", "newcomer", by="third"), also=["registrar"])
    await site.node.take(page_of(world, "eu", size))
    [row], _ = await site.own.stores.views.time_notices("eu", 50)
    assert (row.index, row.notice.code) == (size, "cooling-short")


async def test_page_without_new_leaders_asks_nothing(pages_of):
    world = newcomers()
    site = await pages_of(world, "cn")
    size = world.eu.own.size
    world.open_thread("eu")
    world.append("eu", world.granting("eu", "newcomer"), also=["second-registrar"])
    await site.watch(site.node.shared.pool)
    await site.node.take(page_of(world, "eu", size))
    assert site.statements
    asked = [each for each in site.statements if "time_notices" in each or "idx, accepted" in each]
    assert asked == []
