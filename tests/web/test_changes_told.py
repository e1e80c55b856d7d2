"""The inbox names amended lists and changed licences of the other side until they were seen."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.stores.corrections import _CHANGES
from tests.permits import LICENCE, amend, issue, line, list_row
from tests.web.pages_node import PagesNode
from tests.web.test_corrections_shown import corrected
from tests.world import World

DAY = 24 * 60 * 60


async def told(site: PagesNode, who: str = "desk", lang: str = "en") -> dict[str, Any]:
    return dict(json.loads((await site.get("/api/corrections", who, lang=lang)).html))


def amended() -> tuple[World, str, str, str]:
    """A list that was amended twice: its entry, and those of the amendments."""
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2", "A-3"])
    changes = [{"row": row, "urgency": "urgent", "rank": 9 - row} for row in (1, 2)]
    first = amend(world, batch, changed=changes, withdrawn=[{"row": 3, "reason": "solved"}])
    second = amend(world, batch, added=[list_row(4, "A-4")])
    world.exchange()
    return world, str(batch.position), str(first.position), str(second.position)


def changed() -> tuple[World, list[str]]:
    """A licence, a later end of validity, and a correction of the quantity."""
    world = World.founded()
    first = issue(world)
    second = issue(world, valid_to="2027-12-31")
    third = issue(
        world, valid_to="2027-12-31", lines=[line(quantity="7")], corrects={"id": second.id}
    )
    world.exchange()
    return world, [str(each.position) for each in (first, second, third)]


async def test_amended_list_is_named_with_counts_in_both_languages(pages_of):
    world, listed, first, second = amended()
    site = await pages_of(world, "cn")
    [item] = (await told(site))["lists"]
    name = item["list"]
    assert (item["number"], item["url"]) == (listed, f"/batches/{listed}")
    assert [(each["position"], each["said"]) for each in item["amendments"]] == [
        (first, "2 rows changed, 1 taken off"),
        (second, "1 row added"),
    ]
    page = await site.get("/inbox")
    [group] = page.page.marked("aria-labelledby", "g-corrected")
    assert f"List {name} was amended" in group.text
    assert f"2 rows changed, 1 taken off ({first})" in group.text
    assert page.page.links()[name] == f"/batches/{listed}"
    assert page.page.marked("class", "grp")[0].text.startswith("Corrections 1 list")
    chinese = (await site.get("/inbox", lang="zh-CN")).text.replace(" ", "")
    assert f"清单{name}已变更" in chinese
    assert f"变更2行、移出1行（{first}）" in chinese
    assert f"增列1行（{second}）" in chinese
    assert (await told(site))["licences"] == []


async def test_changed_licence_is_named_before_and_after(pages_of):
    world, (first, second, third) = changed()
    site = await pages_of(world, "eu")
    [item] = (await told(site))["licences"]
    assert (item["number"], item["url"].startswith("/licences/")) == (LICENCE, True)
    later, right = item["changes"]
    assert (later["position"], later["corrected_in"], later["correction"]) == (first, second, False)
    assert later["before"] == "valid: 1 Dec 2026 – 30 Nov 2027"
    assert later["after"] == "valid: 1 Dec 2026 – 31 Dec 2027"
    assert (right["position"], right["corrected_in"], right["correction"]) == (second, third, True)
    assert "1C905.a 5 t" in right["before"]
    assert "1C905.a 7 t" in right["after"]
    assert "valid" not in right["after"], "it did not change"
    page = await site.get("/inbox")
    [group] = page.page.marked("aria-labelledby", "g-corrected")
    assert f"→ valid: 1 Dec 2026 – 31 Dec 2027 ({second})" in group.text, "no correction"
    assert f"({third}, correction)" in group.text
    chinese = (await site.get("/inbox", lang="zh-CN")).text.replace(" ", "")
    assert "变更为“有效期：" in chinese
    assert "1C905.a7吨" in chinese


async def test_change_behind_the_fifth_value_is_shown(pages_of):
    world = World.founded()
    lines = [line(code=f"1C905.a.{place}", quantity="5") for place in range(1, 8)]
    issue(world, lines=lines)
    issue(world, lines=[*lines[:-1], lines[-1] | {"quantity": "8"}])
    world.exchange()
    site = await pages_of(world, "eu")
    [change] = (await told(site))["licences"][0]["changes"]
    assert change["before"].startswith("quantities: 1C905.a.7 5 ")
    assert change["after"].startswith("quantities: 1C905.a.7 8 ")
    assert change["after"].endswith("…")


async def test_terms_recorded_again_are_no_change_of_terms(pages_of):
    world = World.founded()
    issue(world)
    again = issue(world)
    world.exchange()
    site = await pages_of(world, "eu")
    [change] = (await told(site))["licences"][0]["changes"]
    assert change["unchanged"]
    for lang, words in (
        ("en", f"recorded again with the same terms ({again.position})"),
        ("zh-CN", f"重新登记，内容未变（{again.position}）"),
    ):
        page = (await site.get("/inbox", lang=lang)).page
        [group] = page.marked("aria-labelledby", "g-corrected")
        assert words in group.text.replace(" ", "" if lang == "zh-CN" else " ")
        assert "→" not in group.text


async def test_own_changes_are_no_news(pages_of):
    for world, party in ((amended()[0], "eu"), (changed()[0], "cn")):
        site = await pages_of(world, party)
        assert "g-corrected" not in (await site.get("/inbox")).html
        view = await told(site)
        assert (view["lists"], view["licences"], view["lists_total"]) == ([], [], 0)


async def test_first_list_and_first_terms_are_no_change(pages_of):
    world = World.founded()
    world.list_batch(["A-1"])
    issue(world)
    world.exchange()
    for party in ("eu", "cn"):
        view = await told(await pages_of(world, party))
        assert (view["lists"], view["licences"]) == ([], [])


async def test_change_goes_away_for_who_opened_its_page(pages_of):
    for world, party, name, path in (
        (amended()[0], "cn", "lists", "/batches/EU-"),
        (changed()[0], "eu", "licences", "/licences/"),
    ):
        site = await pages_of(world, party)
        [item] = (await told(site))[name]
        assert item["url"].startswith(path)
        assert (await site.get(item["url"])).status == 200
        assert (await told(site))[name] == []
        assert len((await told(site, "head"))[name]) == 1, "another person"


async def test_changes_are_marked_as_seen_by_page_and_api(pages_of):
    for world, party, name, field in (
        (amended()[0], "cn", "lists", "seen-list"),
        (changed()[0], "eu", "licences", "seen-licence"),
    ):
        site = await pages_of(world, party)
        [item] = (await told(site))[name]
        made = item["amendments" if name == "lists" else "changes"][-1]
        last = made["position" if name == "lists" else "corrected_in"]
        assert f'name="{field}" value="{last} {item["number"]}"' in (await site.get("/inbox")).html
        await site.post("/inbox/corrections", {field: f"{last} {item['number']}"})
        assert (await told(site))[name] == []
        body = {name: [{"number": item["number"], "last": f"{last[:2]}-99999"}]}
        answer = await site.ask("POST", "/api/corrections", "head", "en", json=body)
        assert json.loads(answer.html)[f"{name}_total"] == 0
        rows = await site.node.record.pool.fetch("SELECT idx FROM desk.corrections_seen")
        assert {f"{last[:2]}-{each['idx']}" for each in rows} == {last}, "never beyond the last"


async def test_later_amendment_alone_is_new_again(pages_of):
    world, listed, first, second = amended()
    site = await pages_of(world, "cn")
    body = {"lists": [{"number": listed, "last": first}]}
    await site.ask("POST", "/api/corrections", "desk", "en", json=body)
    [item] = (await told(site))["lists"]
    assert [each["position"] for each in item["amendments"]] == [second]


async def test_list_and_application_of_one_name_are_marked_apart(pages_of):
    world, *_ = corrected()
    site = await pages_of(world, "eu")
    before = (await told(site))["total"]
    body = {"licences": [{"number": "A-1", "last": "CN-9"}], "lists": []}
    await site.ask("POST", "/api/corrections", "desk", "en", json=body)
    assert (await told(site))["total"] == before == 1


async def test_old_changes_are_no_news(pages_of):
    world, *_ = amended()
    world.clock.forward(31 * DAY)
    site = await pages_of(world, "cn")
    assert (await told(site))["lists"] == []


@pytest.mark.parametrize("field", ["lists", "licences"])
async def test_malformed_mark_of_a_change_is_refused(pages_of, field):
    site = await pages_of(World.founded(), "eu")
    body = {field: [{"number": "EU-1", "last": "x"}]}
    answer = await site.ask("POST", "/api/corrections", "desk", "en", json=body)
    assert (answer.status, "position-malformed" in answer.html) == (400, True)


async def test_changed_licences_are_read_from_their_index(pages_of):
    """Most licences never change: their number costs the inbox nothing."""
    site = await pages_of(changed()[0], "eu")
    values = ("eu:nobody", "2026-11-24T08:00:00Z", 9)
    async with site.node.record.pool.acquire() as connection, connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetch(f"EXPLAIN {_CHANGES['licence']}", *values)
    assert "licences_changed" in "".join(str(line[0]) for line in plan)
