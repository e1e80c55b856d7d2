"""Counts of waiting items by page, in the menu and in the live stream."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from special_channel.core.rows.directory import KeyRow
from special_channel.core.rules.doubt import KnownDoubts
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.desk import acts
from special_channel.desk.act_queue import ActPeople, WaitingActs
from special_channel.stores.menu_rows import MenuRow
from special_channel.web.http.sessions import Visitor
from special_channel.web.shell.context import OFFICIALS
from special_channel.web.shell.counts import PersonalCounts
from tests.core.test_charter_changes import stated
from tests.damage import tamper
from tests.web.pages_node import PagesNode, Shown
from tests.web.samples.people import NOW
from tests.web.test_access_acts import Scene
from tests.web.test_acts import LIMITS, offer, second
from tests.web.test_charters import REGISTRAR, SLOWER, founded
from tests.web.test_page_acts import laid_before
from tests.world import World

CALM = {"inbox": 0, "notices": 0, "people": 0, "review": 0}
"""What every reader's menu counts while nothing waits."""


DRAFTS = {"clearance": 0, "drafts": 0, "quarantine": 0}
"""What a head's menu counts next to it."""


def counted(page: Shown) -> dict[str, int]:
    """Numbers at the links of the menu, by page; 0 for a hidden number."""
    found = {}
    for link in page.page.marked("data-nav"):
        for number in link.marked("data-f", "count"):
            count = int(number.source)
            assert number.hidden == (not count)
            found[link.attributes["data-nav"]] = count
    return found


@asynccontextmanager
async def stream_of(site: PagesNode, who: str):
    """Counts of the menu in the stream, in order."""
    token = await site.sign_in(who)
    headers = {"Cookie": f'sc-session-{site.node.party}="{token}"'}
    async with site.client.get(f"{site.base}/api/stream", headers=headers) as stream:

        async def following() -> dict[str, int]:
            async with asyncio.timeout(30):
                while (line := await stream.content.readline()) != b"event: menu\n":
                    assert line, "the stream ended"
                return dict(json.loads((await stream.content.readline())[len("data: ") :]))

        yield following


async def test_menu_leads_to_the_page_of_each_name(pages_of):
    site = await pages_of(World.founded(), "eu")
    links = (await site.get("/terms")).page.marked("data-nav")
    pages = {link.attributes["data-nav"]: link.attributes["href"] for link in links}
    assert pages.pop("clearance") == "/clearances"
    assert pages.pop("new-thread") == "/threads/new"
    assert pages == {page: f"/{page}" for page in pages}
    assert "meetings" in pages


def test_forms_to_write_are_for_those_who_may_post_notes():
    assert MAY_SIGN["note.posted"] == OFFICIALS


@pytest.mark.parametrize(("who", "count"), [("desk", 2), ("clerk", 0), ("node", 0)])
def test_reader_counts_the_own_entries_to_review_alone(who, count):
    side = World.founded().eu
    row = side.replay.rows["key", side.keys[who].key]
    assert isinstance(row, KeyRow)
    doubts = KnownDoubts(unreviewed={("eu", ""): 3, ("eu", side.person("desk")): 2})
    news = [f"{side.person('desk')} 4"]
    row_of_menu = MenuRow(0, 0, [], 0, 0, [], news)
    acts = WaitingActs(ActPeople({}, {}, 0, {}), ())
    counts = PersonalCounts(acts, doubts, None, row_of_menu)
    reader = Visitor(row.key, row, None, "browser", "token", NOW)
    drafts = {} if who == "node" else {"drafts": 0}
    expected = {"people": 0, "review": count, "notices": 2 * count} | drafts
    assert counts.of("eu", reader) == expected


async def test_a_registrar_is_told_of_a_charter_of_the_other_side_until_ours_has_it(pages_of):
    world = founded()
    site = await pages_of(world, "cn")
    calm = await site.get("/inbox", REGISTRAR)
    assert counted(calm) == CALM | {"rules": 0, "quarantine": 0}
    notice = calm.page.by_id("charter")
    assert notice
    assert notice.hidden
    async with stream_of(site, REGISTRAR) as following:
        assert await following() == CALM | {"rules": 0, "quarantine": 0}
        world.adopt("eu", calendars=stated(), **SLOWER)
        world.exchange()
        await site.node.catch_up_alone()
        assert await following() == CALM | {"rules": 1, "quarantine": 0}
        for lang, words in (
            ("en", "adopted a charter that our side has not"),
            ("zh-CN", "尚未通过的章程"),
        ):
            page = await site.get("/batches", REGISTRAR, lang=lang)
            assert counted(page)["rules"] == 1
            assert words in page.text
            [notice] = page.page.marked("data-waits", "rules")
            assert not notice.hidden
        # The page of rules that is open asks for its list of charters anew.
        charter = re.compile(r"Charter 2 adopted by one side .*? SHA-256 (?:\w{4} ){16}")
        [now] = charter.findall((await site.get("/rules/now", REGISTRAR)).text)
        assert now in (await site.get("/rules", REGISTRAR)).text
        world.adopt("cn", calendars=stated(), **SLOWER)
        world.exchange()
        await site.node.catch_up_alone()
        assert await following() == CALM | {"rules": 0, "quarantine": 0}
    assert "in force" in (await site.get("/rules/now", REGISTRAR)).text


@pytest.mark.parametrize("who", ["desk", "head", "oversight"])
async def test_nobody_else_is_asked_to_adopt_it(pages_of, who):
    world = founded()
    world.adopt("eu", calendars=stated(), **SLOWER)
    world.exchange()
    site = await pages_of(world, "cn")
    page = await site.get("/inbox", who)
    assert "rules" not in counted(page)
    assert "data-waits" not in page.html
    async with stream_of(site, who) as following:
        assert "rules" not in await following()


async def test_a_draft_that_is_laid_or_sent_back_is_told_to_who_signs_and_to_nobody_else(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    draft = laid_before(world, site)
    async with stream_of(site, "head") as following:
        assert await following() == CALM | DRAFTS
        await site.own.desk.clearances.put([draft])
        assert await following() == CALM | DRAFTS | {"clearance": 1}
        assert counted(await site.get("/numbers", "head"))["clearance"] == 1
        await site.own.desk.clearances.close(draft.id, "returned", "Row 1")
        assert await following() == CALM | DRAFTS
    assert counted(await site.get("/numbers", "oversight")) == CALM | {"access": 0}


@asynccontextmanager
async def streams_of(site: PagesNode, *names: str):
    """The streams of several people, who are told at the same time."""
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(stream_of(site, name)) for name in names}


def known_world() -> World:
    """A world in which the other side knows our people, who wait for nothing (K3, K8)."""
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    world.exchange()
    return world


async def test_act_is_counted_for_whoever_may_sign_it_and_nobody_else(pages_of):
    world = known_world()
    site = await pages_of(world, "eu")
    names = ("registrar", "second-registrar", "head", "desk", "other-desk")
    async with streams_of(site, *names) as told:
        assert {name: (await told[name]())["people"] for name in names} == dict.fromkeys(names, 0)
        begun = await offer(site, world.revocation("eu", "clerk"), "registrar", reason="lost")
        # The registrar who began it is told of nothing; a colleague of the desk can't sign it.
        for name in ("second-registrar", "head"):
            assert (await told[name]())["people"] == 1
        for name, count in (("registrar", 0), ("second-registrar", 1), ("desk", 0)):
            assert counted(await site.get("/numbers", name))["people"] == count
        page = (await site.get("/numbers", "head")).page
        page.one("link", "People and keys1(1 waiting)")
        await second(site, begun, "head")
        for name in ("second-registrar", "head"):
            assert (await told[name]())["people"] == 0


async def test_act_that_lapsed_or_was_taken_back_is_counted_no_longer(pages_of):
    world = known_world()
    site = await pages_of(world, "eu")
    begun = await offer(site, world.revocation("eu", "clerk"), "registrar", reason="lost")
    assert counted(await site.get("/numbers", "head"))["people"] == 1
    await acts.close(site.own.desk.acts, begun.act.id, "withdrawn", begun.act.by)
    assert counted(await site.get("/numbers", "head"))["people"] == 0
    await offer(site, world.revocation("eu", "desk"), "registrar", reason="lost")
    assert counted(await site.get("/numbers", "head"))["people"] == 1
    site.node.clock.ahead += int(acts.ACT_LIFE.total_seconds())
    assert counted(await site.get("/numbers", "head"))["people"] == 0


async def test_pages_ask_no_more_for_many_acts_that_wait(pages_of):
    world = known_world()
    site = await pages_of(world, "eu")
    await site.get("/numbers", "head")
    await site.watch()
    await site.get("/numbers", "head")
    calm = len(site.statements)
    for name in ("clerk", "desk", "other-desk", "director", "oversight"):
        await offer(site, world.revocation("eu", name), "registrar", reason="lost")
    await site.get("/numbers", "head")
    assert counted(await site.get("/numbers", "head"))["people"] == 5
    assert len(site.statements) == calm
    assert sum("desk.acts" in each for each in site.statements) == 1


async def test_act_that_can_not_be_read_hides_no_page(pages_of):
    world = known_world()
    site = await pages_of(world, "eu")
    await offer(site, world.revocation("eu", "clerk"), "registrar", reason="lost")
    await tamper(site.node.database.superuser, "UPDATE desk.acts SET envelope = '{}'")
    page = await site.get("/numbers", "head")
    assert (page.status, counted(page)["people"]) == (200, 0)


async def test_entries_to_review_are_counted_for_their_person_alone(pages_of):
    world = known_world()
    world.add_key("eu", "desk", "desk again")
    thread = world.open_thread("eu").leaf.thread
    for text in ("one", "two"):
        world.note("eu", thread, (text,))
    side = world.eu
    site = await pages_of(world, "eu")
    calm = (await site.get("/numbers", "desk")).page
    [item] = calm.marked("data-nav", "review")
    assert item.hidden
    async with streams_of(site, "desk again", "clerk") as told:
        assert (await told["desk again"]())["review"] == 0
        world.append("eu", world.suspension("eu", "desk", since=side.own.size - 2))
        await site.node.catch_up_alone()
        assert (await told["desk again"]())["review"] == 2
    page = (await site.get("/numbers", "desk again")).page
    page.one("link", "To review2(2 waiting)")
    assert counted(await site.get("/numbers", "clerk"))["review"] == 0
    (await site.get("/numbers", "clerk")).page.one("link", "To review")


async def test_grants_are_counted_for_each_overseer_apart(pages_of):
    world = known_world()
    for name in ("auditor", "inspector"):
        world.grant("eu", name, role="oversight", desk="audit")
        world.add_key("eu", name, name)
    site = await pages_of(world, "eu")
    names = ("oversight", "auditor", "inspector")
    for name in names[1:]:
        await site.grant_access(name)
    async with streams_of(site, *names) as told:
        for name in names:
            assert (await told[name]())["access"] == 0
        await Scene(world, site, None).begin()
        site.node.changes.notify()  # a grant that waits writes no entry, so streams look by time
        assert (await told["auditor"]())["access"] == 1
    # Neither who signed first nor who would read signs it.
    for name, count in (("oversight", 0), ("auditor", 1), ("inspector", 0)):
        assert counted(await site.get("/numbers", name))["access"] == count
