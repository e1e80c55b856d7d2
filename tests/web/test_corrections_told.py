"""The inbox names what the other side corrected, until the reader opened the application."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from special_channel.stores.corrections import _CORRECTED
from tests.core.test_replacements import ref
from tests.permits import amend, mark
from tests.web.pages_node import PagesNode
from tests.web.test_corrections_shown import corrected
from tests.world import World


async def told(site: PagesNode, who: str = "desk") -> list[dict[str, object]]:
    view = json.loads((await site.get("/api/corrections", who)).html)
    assert view["total"] == len(view["items"])
    return list(view["items"])


async def test_inbox_names_before_and_after_with_both_positions(pages_of):
    world, _, wrong, right = corrected()
    site = await pages_of(world, "eu")
    for lang, title in (("en", "Corrections"), ("zh-CN", "更正")):
        page = await site.get("/inbox", lang=lang)
        first = page.page.marked("class", "grp")[0]
        applications = {"en": "1 application", "zh-CN": "1份申请"}[lang]
        assert first.text.startswith(f"{title} {applications}")
        [group] = page.page.marked("aria-labelledby", "g-corrected")
        assert "A-1" in group.text
        for position in (wrong, right):
            assert position in group.text
        assert page.page.links()["A-1"] == "/applications/A-1"
    [item] = await told(site)
    made = item["corrections"]
    assert isinstance(made, list)
    assert [(each["position"], each["corrected_in"]) for each in made] == [(wrong, right)]


async def test_own_corrections_are_no_news(pages_of):
    world, *_ = corrected()
    site = await pages_of(world, "cn")
    assert await told(site) == []
    assert (await site.get("/inbox")).page.marked("id", "g-corrected") == []


async def test_group_goes_away_for_who_opened_the_application(pages_of):
    world, batch, *_ = corrected()
    site = await pages_of(world, "eu")
    await site.get(batch)
    assert len(await told(site)) == 1
    await site.get("/applications/A-1")
    assert await told(site) == []
    assert (await site.get("/inbox")).page.marked("id", "g-corrected") == []
    assert len(await told(site, "head")) == 1


async def test_marking_as_seen_leads_back_to_the_filtered_inbox(pages_of):
    world, _, _, right = corrected()
    site = await pages_of(world, "eu")
    query = "scope=all&away=1&label=Magnets+%26+Co&group=read"
    [form] = (await site.get(f"/inbox?{query}")).page.marked("action", "/inbox/corrections")
    fields = {
        each.attributes["name"]: each.attributes["value"]
        for each in form.within()
        if each.attributes.get("type") == "hidden"
    }
    done = await site.post("/inbox/corrections", fields)
    at = done.headers["Location"]
    assert at.startswith("/inbox?")
    assert sorted(parse_qsl(urlsplit(at).query)) == sorted(parse_qsl(query))
    assert await told(site) == []
    elsewhere = {"seen": f"{right} A-1", "next": "https://example.com/"}
    assert (await site.post("/inbox/corrections", elsewhere)).headers["Location"] == "/inbox"


async def test_all_shown_are_marked_as_seen_by_page_and_api(pages_of):
    world, _, _, right = corrected()
    site = await pages_of(world, "eu")
    form = (await site.get("/inbox")).page.marked("action", "/inbox/corrections")
    assert [each.name for each in form[0].all("button")] == ["Mark those listed here as seen"]
    done = await site.post("/inbox/corrections", {"seen": f"{right} A-1"})
    assert done.status == 303 or "g-corrected" not in done.html
    assert await told(site) == []
    assert len(await told(site, "head")) == 1
    # A position beyond the last correction hides nothing that comes later.
    body = {"items": [{"number": "A-1", "last": "CN-99999"}, {"number": "none", "last": "CN-1"}]}
    answer = await site.ask("POST", "/api/corrections", "head", "en", json=body)
    assert json.loads(answer.html)["total"] == 0
    reads = await site.node.record.pool.fetch(
        "SELECT reader, number, idx FROM desk.corrections_seen"
    )
    assert {(each["number"], f"CN-{each['idx']}") for each in reads} == {("A-1", right)}
    refused = await site.ask(
        "POST", "/api/corrections", "desk", "en", json={"items": [{"number": "A-1", "last": "x"}]}
    )
    assert (refused.status, "position-malformed" in refused.html) == (400, True)


async def test_later_correction_alone_is_new_again(pages_of):
    world, _, _, right = corrected()
    acted = mark(world, "cn", "A-1", "council", "2026-11-18")
    again = mark(world, "cn", "A-1", "council", "2026-11-19", corrects=ref(acted))
    world.exchange()
    site = await pages_of(world, "eu")
    reader = world.eu.person("desk")
    for seen, expected in ((0, [right, str(again.position)]), (1, [str(again.position)])):
        if seen:
            # A page that was opened between the two, and an older window after it.
            await site.own.desk.corrections.see_applications(
                reader, "cn", {"A-1": again.position.index - 1}
            )
            await site.own.desk.corrections.see_applications(reader, "cn", {"A-1": 0})
        [item] = await told(site)
        made = item["corrections"]
        assert isinstance(made, list)
        assert [each["corrected_in"] for each in made] == expected


@pytest.mark.parametrize("limit", ["0", "101", "x"])
async def test_corrections_are_listed_within_bounds(pages_of, limit):
    site = await pages_of(World.founded(), "eu")
    assert (await site.get(f"/api/corrections?limit={limit}")).status == 400


async def test_old_corrections_are_no_news(pages_of):
    world, *_ = corrected()
    site = await pages_of(world, "eu")
    reads = site.own.desk.corrections
    assert await reads.applications("eu:nobody", "cn", "2026-11-24T08:00:00Z", 9) != ([], 0)
    assert await reads.applications("eu:nobody", "cn", "2026-11-24T08:00:01Z", 9) == ([], 0)


async def test_old_correction_beside_a_new_one_is_not_named(pages_of):
    world, *_ = corrected()
    world.clock.forward(31 * 24 * 60 * 60)
    acted = mark(world, "cn", "A-1", "council", "2026-11-18")
    new = mark(world, "cn", "A-1", "council", "2026-11-19", corrects=ref(acted))
    world.exchange()
    [item] = await told(await pages_of(world, "eu"))
    made = item["corrections"]
    assert isinstance(made, list)
    assert [each["corrected_in"] for each in made] == [str(new.position)]


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_corrected_applications_are_read_from_their_index(pages_of, party):
    world, *_ = corrected()
    site = await pages_of(world, "eu")
    values = ("eu:nobody", "2026-11-24T08:00:00Z", 9)
    async with site.node.record.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN {_CORRECTED[party]}", *values)
    assert f"applications_{party}_corrected" in "".join(str(line[0]) for line in plan)


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_amended_urgency_is_struck_and_said_in_words(pages_of, party):
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"])
    changed = amend(world, batch, changed=[{"row": 1, "urgency": "urgent", "rank": 9}])
    amend(world, batch, changed=[{"row": 2, "urgency": "normal", "rank": 8}])
    world.exchange()
    site = await pages_of(world, party)
    page = await site.get(f"/batches/{batch.position}")
    assert [each.text for each in page.page.all("deletion")] == ["Replaced: normal"]
    assert f"urgent amended in {changed.position}" in page.text
    chinese = await site.get(f"/batches/{batch.position}", lang="zh-CN")
    assert f"已由{changed.position}修订" in chinese.text
