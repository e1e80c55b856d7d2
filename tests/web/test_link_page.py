"""Entries behind a gap, as shown to officials (rule 18)."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass

import pytest
import pytest_asyncio

from special_channel.link.checking import EntryMissing
from special_channel.web.http.states import LinkState
from tests.link.nodes import page_of
from tests.web.pages_node import PagesNode
from tests.world import Entry, World


@dataclass
class Behind:
    """CN's pages; of two notes in a known thread the first is incomplete."""

    site: PagesNode
    thread: Entry
    withheld: Entry
    later: Entry

    @property
    def here(self) -> str:
        return f"/threads/{self.thread.position}"


@pytest_asyncio.fixture
async def behind(pages_of) -> Behind:
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    first = world.eu.own.size
    state = LinkState(gap=first, behind=5)
    site = await pages_of(world, "cn", link=lambda: state)
    withheld = world.note("eu", thread.leaf.thread, ("Withheld.",))
    later = world.note("eu", thread.leaf.thread, ("Said later.",))
    world.open_thread("eu", "A thread that nobody here knows")

    def lacking(page):
        page["commits"][0]["entries"][0]["envelope"] = ""

    with pytest.raises(EntryMissing):
        await site.node.take(page_of(world, "eu", first, change=lacking))
    return Behind(site, thread, withheld, later)


async def test_what_waits_is_shown_by_number_and_kind_and_without_its_text(behind):
    for path in ("/link", behind.here, f"{behind.here}/now"):
        shown = await behind.site.get(path)
        assert f"{behind.withheld.position} Note" in shown.text
        assert f"arrived, not checked yet; waiting for {behind.withheld.position}" in shown.text
        assert behind.later.id not in shown.html, "nothing to acknowledge"
        for words in ("Said later.", "nobody here knows"):
            assert words not in shown.text
        chinese = (await behind.site.get(path, lang="zh-CN")).text
        assert f"{behind.later.position} 函件" in chinese
        assert f"已到达、尚未核验：等待{behind.withheld.position}" in chinese


async def test_the_link_page_counts_what_arrived_and_what_did_not(behind):
    shown = await behind.site.get("/link")
    assert f'href="{behind.here}">Thread {behind.thread.position}</a>' in shown.html
    assert f"{behind.withheld.position} has not fully arrived." in shown.text
    assert "2 later entries of EU have arrived and wait to be checked." in shown.text
    assert "2 more are still with the other node." in shown.text
    assert (
        f"{behind.withheld.position} has not fully arrived."
        in (await behind.site.get("/inbox")).text
    )


async def test_the_status_says_what_waits_and_for_what(behind):
    answer = await behind.site.ask("GET", "/api/status", "desk", "en", headers={"Accept": "*/*"})
    said = json.loads(answer.html)
    assert said["waits_for"] == str(behind.withheld.position)
    assert (said["waiting"], said["behind"]) == (2, 5)
    assert said["eu"] == behind.withheld.position.index


async def test_once_it_is_judged_nothing_waits_and_the_text_is_read(behind):
    await behind.site.node.mirror_all()
    assert "Said later." in (await behind.site.get(behind.here)).text
    for path in (behind.here, f"{behind.here}/now"):  # a page that is open asks for the second
        assert "data-unchecked" not in (await behind.site.get(path)).html
    assert "All entries that arrived are checked." in (await behind.site.get("/link")).text


async def test_an_open_page_hears_of_what_comes_to_wait(behind):
    """The entry is not in a log yet, but the page fetches its regions again."""
    site = behind.site
    token = await site.sign_in("desk")
    headers = {"Cookie": f'sc-session-cn="{token}"'}
    async with site.client.get(f"{site.base}/api/stream", headers=headers) as stream:
        assert stream.status == 200
        assert await stream.content.readline() == b"retry: 2000\n"
        waits = await site.own.stores.waiting.waits("eu")
        last = site.node.world.eu.own.size
        site.node.world.note("eu", behind.thread.leaf.thread, ("Said while the page is open.",))
        await site.node.link.mirror._keep(page_of(site.node.world, "eu", last))
        assert (await site.own.stores.waiting.waits("eu")).entries == waits.entries + 1
        async with asyncio.timeout(30):
            while (line := await stream.content.readline()) != b"event: private\n":
                assert not line.startswith(b":"), "a heartbeat came first"
    assert behind.here in (await site.get("/link")).html
