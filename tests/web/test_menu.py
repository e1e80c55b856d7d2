"""Counts of waiting items by page, in the menu and in the live stream."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import asynccontextmanager

import pytest

from tests.core.test_charter_changes import stated
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_charters import REGISTRAR, SLOWER, founded
from tests.web.test_page_acts import laid_before
from tests.world import World


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
                while await stream.content.readline() != b"event: menu\n":
                    pass
                return dict(json.loads((await stream.content.readline())[len("data: ") :]))

        yield following


async def test_a_registrar_is_told_of_a_charter_of_the_other_side_until_ours_has_it(pages_of):
    world = founded()
    site = await pages_of(world, "cn")
    calm = await site.get("/inbox", REGISTRAR)
    assert counted(calm) == {"inbox": 0, "rules": 0}
    notice = calm.page.by_id("charter")
    assert notice
    assert notice.hidden
    async with stream_of(site, REGISTRAR) as following:
        assert await following() == {"inbox": 0, "rules": 0}
        world.adopt("eu", calendars=stated(), **SLOWER)
        world.exchange()
        await site.node.catch_up_alone()
        assert await following() == {"inbox": 0, "rules": 1}
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
        assert await following() == {"inbox": 0, "rules": 0}
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
        assert await following() == {"inbox": 0, "clearance": 0}
        await site.own.desk.clearances.put([draft])
        assert await following() == {"inbox": 0, "clearance": 1}
        assert counted(await site.get("/numbers", "head"))["clearance"] == 1
        await site.own.desk.clearances.close(draft.id, "returned", "Row 1")
        assert await following() == {"inbox": 0, "clearance": 0}
    assert counted(await site.get("/numbers", "oversight")) == {"inbox": 0, "access": 0}
