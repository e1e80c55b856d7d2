"""What waits for a person is filtered and ordered alike on page, API and file."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.web.pages_node import PagesNode
from tests.web.test_acts import LIMITS, offer
from tests.web.test_notices import tell
from tests.web.test_people_alarms import sounded
from tests.web.test_quotas import call
from tests.web.test_waiting_files import taken
from tests.world import World


async def alike(
    site: PagesNode, paths: tuple[str, str], query: str, who: str
) -> list[dict[str, Any]]:
    """Items over the API; the file to which the page leads has as many rows."""
    status, answer = await call(site, "GET", f"{paths[1]}?{query}", who)
    assert status == 200, answer
    [items] = [value for name, value in answer.items() if name in {"items", "acts", "alarms"}]
    assert len(await taken(site, f"{paths[0]}?{query}", who)) == len(items)
    return [dict(each) for each in items]


async def test_alarms_are_filtered_and_ordered(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    await sounded(site, "registrar-changed", world.eu.person("registrar"), idx=3)
    await sounded(site, "peer-root-changed", log="cn", idx=5)

    async def listed(query: str) -> list[str]:
        found = await alike(site, ("/alarms", "/api/alarms"), query, "registrar")
        return [each["position"] for each in found]

    assert await listed("") == ["EU-3", "CN-5"]
    assert await listed("sort=newest") == ["CN-5", "EU-3"]
    assert await listed("text=cn-5") == ["CN-5"]
    assert await listed("who=others") == ["EU-3"], "signed by the reader"
    assert await listed("who=mine") == ["CN-5"]
    none = await site.get("/alarms?text=nothing", "registrar")
    assert "No alarm matches." in none.text
    links = none.page.all("link", "Clear the filters")
    assert {each.attributes["href"] for each in links} == {"/alarms"}
    assert (await site.get("/alarms?sort=best", "registrar")).status == 400


async def test_waiting_acts_are_filtered_and_ordered(pages_of):
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    site = await pages_of(world, "eu")
    await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    site.node.clock.ahead += 60
    await offer(site, world.revocation("eu", "clerk"), "head", reason="lost")

    async def listed(query: str, who: str = "head") -> list[str]:
        found = await alike(site, ("/people/acts", "/api/acts"), query, who)
        return [each["title"] for each in found]

    both = await listed("")
    assert len(both) == 2
    assert await listed("sort=newest") == both[::-1]
    assert await listed("sort=expiry") == both
    assert await listed(f"text={both[0]}") == both[:1]
    assert await listed("may=withdraw") == both, "the head began both"
    assert await listed("may=sign", "registrar") == both
    page = await site.get("/people/acts?may=sign", "head")
    assert page.page.one("heading", "No act matches")
    assert (await site.get("/people/acts?may=never", "head")).status == 400


async def test_news_are_filtered_and_ordered(pages_of):
    site = await pages_of(World.founded(), "eu")
    due = site.own.node.clock.now() + timedelta(days=1)
    await tell(site, "desk", "cn:1", event="question", due=due)
    site.node.clock.ahead += 60
    await tell(site, "desk", "cn:2")

    async def listed(query: str) -> list[str]:
        found = await alike(site, ("/notices", "/api/notices"), query, "desk")
        return [each["event"] for each in found]

    assert await listed("") == ["answer", "question"]
    assert await listed("sort=oldest") == ["question", "answer"]
    assert await listed("event=question") == ["question"]
    assert await listed("text=to+us") == ["question"]
    assert await listed("event=release") == []
    chosen = await site.get("/notices?event=question")
    assert "Mark all as seen" not in chosen.text, "it would mark what is not shown"
    assert "Mark all as seen" in (await site.get("/notices")).text
    assert "No notice matches." in (await site.get("/notices?event=release")).text
    assert (await site.get("/notices?event=rain")).status == 400


@pytest.mark.parametrize("scope", ["mine", "all"])
async def test_disputed_entries_are_filtered_and_ordered(pages_of, scope):
    world = World.founded()
    world.add_key("eu", "desk", "laptop")
    thread = world.open_thread("eu", by="clerk")
    first = world.note("eu", thread.leaf.thread)
    second = world.note("eu", thread.leaf.thread)
    world.append("eu", world.suspension("eu", "desk", since=first.position.index))
    world.exchange()
    site = await pages_of(world, "eu")
    who = "laptop" if scope == "mine" else "head"

    async def listed(query: str) -> list[str]:
        found = await alike(site, ("/review", "/api/reviews"), f"scope={scope}&{query}", who)
        return [each["position"] for each in found]

    whole = [str(each.position) for each in (first, second)]
    assert await listed("") == whole
    assert await listed("sort=newest") == whole[::-1]
    assert await listed(f"text={whole[1]}") == whole[1:]
    assert await listed("text=note&what=rest") == whole
    assert await listed("what=people") == []
    none = await site.get(f"/review?scope={scope}&what=people", who)
    assert none.page.one("heading", "0 disputed entries match")
    clear = none.page.one("link", "Clear the filters").attributes["href"]
    assert clear == ("/review" if scope == "mine" else "/review?scope=all")
    assert (await site.get("/review?sort=best", who)).status == 400
