"""Filters and order of lists: page, file and API have the same rows, and say what is filtered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson
import pytest

from tests.stories import busy
from tests.web.pages_node import PagesNode
from tests.web.reading import Element
from tests.web.test_assign import Scene
from tests.web.test_every_list_file import records
from tests.web.test_licences import told
from tests.web.test_page_acts import laid_before
from tests.web.test_priority import answered
from tests.web.test_priority import told as asked_for_priority
from tests.web.test_quotas import call
from tests.world import World


@dataclass(frozen=True)
class Listed:
    """A list: its page, its API, the column of its file and the field of its API with the name."""

    page: str
    api: str
    column: str
    name: Callable[[dict[str, Any]], str]
    rows: str = "items"
    who: str = "desk"


LISTS = {
    "batches": Listed("/batches", "/api/batches", "weekly_list", lambda item: item["list"]),
    "meetings": Listed("/meetings", "/api/meetings", "meeting", lambda item: item["number"]),
    "licences": Listed("/licences", "/api/licences", "licence", lambda item: item["licence"]),
    "priority": Listed("/priority", "/api/priorities", "request", lambda item: item["position"]),
    "drafts": Listed("/drafts", "/api/drafts", "draft", lambda item: item["form"]),
    "templates": Listed("/templates", "/api/templates", "template", lambda item: item["title"]),
    "clearances": Listed(
        "/clearances", "/api/clearances", "draft", lambda item: item["kind"], "clearances", "head"
    ),
    "people": Listed(
        "/people", "/api/people", "number", lambda item: item.get("name") or item["title"]
    ),
    "threads": Listed("/threads", "/api/threads", "thread", lambda item: item["number"]),
    "deadlines": Listed("/deadlines", "/api/deadlines", "question", lambda item: item["number"]),
}


DEFAULTS = {"people": ("sort", "number")}
"""What an address leaves out."""


async def named(site: PagesNode, name: str, query: str) -> list[str]:
    """Names of the rows over the API; page and file must have as many, and the same address."""
    listed = LISTS[name]
    status, answer = await call(site, "GET", f"{listed.api}?{query}", listed.who)
    assert status == 200, answer
    names = [listed.name(item) for item in answer[listed.rows]]
    page = (await site.get(f"{listed.page}?{query}", listed.who)).page
    links = [each for each in page.all("link") if each.name == "CSV"]
    assert len(links) == 1, "the file of what is shown"
    address = links[0].attributes["href"]
    assert sorted(parse_qsl(urlsplit(address).query)) == sorted(
        pair for pair in parse_qsl(query) if pair != DEFAULTS.get(name)
    ) or name in {"threads", "deadlines"}
    rows = await records(site, address, listed.who)
    lines = [*dict.fromkeys(row[listed.column] for row in rows)]
    assert len(rows if name in {"drafts", "clearances"} else lines) == len(names)
    if name not in {"drafts", "clearances", "people"}:
        assert lines == names
    return names


def lists_of_two_weeks() -> World:
    world = World.founded()
    first = world.list_batch(["A-1"], list_="W46", state="review", as_of="2026-11-20")
    world.list_batch(["B-1"], list_="W47")
    world.exchange()
    world.answer_batch(
        first, [{"row": 1, "number": "A-1", "state": "approved", "as_of": "2026-11-23"}]
    )
    world.exchange()
    return world


async def test_weekly_lists_are_filtered_and_ordered(pages_of):
    site = await pages_of(lists_of_two_weeks(), "eu")
    for query, lists in (
        ("", ["W47", "W46"]),
        ("sort=oldest", ["W46", "W47"]),
        ("text=w47", ["W47"]),
        ("state=unanswered", ["W47"]),
        ("state=differing", ["W46"]),
        ("state=open_threads", []),
        ("since=2099-01-01", []),
        ("until=2000-01-01", []),
        ("since=2000-01-01&until=2099-01-01", ["W47", "W46"]),
    ):
        if lists:
            assert await named(site, "batches", query) == lists, query
        else:
            page = await site.get(f"/batches?{query}")
            assert "No list matches." in page.text
            assert "Clear the filters" in page.page.names("link")


async def test_meetings_are_filtered_by_side_marks_and_days(pages_of):
    world = busy().world
    first, second = (
        world.meeting("eu", "Third meeting"),
        world.meeting("cn", "第四次会议", on="2026-11-20"),
    )
    world.point("eu", first)
    world.exchange()
    site = await pages_of(world, "cn")
    numbers = [str(first.position), str(second.position)]
    both = await named(site, "meetings", "")
    assert sorted(both) == sorted(numbers)
    assert await named(site, "meetings", "sort=oldest") == both[::-1]
    assert await named(site, "meetings", "side=cn") == [numbers[1]]
    assert await named(site, "meetings", "mark=unmarked") == [numbers[0]]
    assert "No meeting matches." in (await site.get("/meetings?mark=differed")).text
    assert (
        "没有符合条件的会谈。" in (await site.get("/meetings?until=2000-01-01", lang="zh-CN")).text
    )


async def test_requests_for_priority_are_filtered_and_ordered(pages_of):
    world, first, later, _ = asked_for_priority()
    site = await pages_of(world, "cn")
    one, two = str(first.position), str(later.position)
    for query, numbers in (
        ("", [two, one]),
        ("sort=oldest", [one, two]),
        ("text=a-2", [one]),
        ("reason=stock_low", [two]),
        ("state=unanswered", [two, one]),
        ("state=granted", [one]),
        ("since=2000-01-01&until=2099-01-01", [two, one]),
    ):
        assert await named(site, "priority", query) == numbers, query
    for query in ("state=answered", "since=2099-01-01", "until=2000-01-01", "text=%25"):
        page = await site.get(f"/priority?{query}")
        assert "No request matches." in page.text, query
        assert "Clear the filters" in page.page.names("link")
    assert "没有符合条件的请求。" in (await site.get("/priority?text=x", lang="zh-CN")).text


async def test_requests_answered_as_a_whole_are_found(pages_of):
    world, first, later, _ = asked_for_priority()
    answered(world, later, {"A-3": ("cannot", "")})
    world.exchange()
    site = await pages_of(world, "eu")
    assert await named(site, "priority", "state=answered") == [str(later.position)]
    assert await named(site, "priority", "state=unanswered") == [str(first.position)]
    assert await named(site, "priority", "state=granted") == [str(first.position)]


async def test_licences_are_filtered_by_kind_and_last_day(pages_of):
    site = await pages_of(told(), "eu")
    everything = await named(site, "licences", "")
    assert sorted(everything) == await named(site, "licences", "sort=number")
    items = orjson.loads((await site.get("/api/licences")).html)["items"]
    kind, last = items[0]["type"], items[0]["valid_to"]
    assert await named(site, "licences", f"type={kind}") == [
        item["licence"] for item in items if item["type"] == kind
    ]
    assert await named(site, "licences", f"until={last}") == [
        item["licence"] for item in items if item["valid_to"] <= last
    ]
    assert "No licence matches." in (await site.get("/licences?until=2000-01-01")).text


async def test_own_drafts_are_filtered_by_form_and_words(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    key, now = story.world.eu.keys["desk"].key, site.own.node.clock.now()
    for place, text in ((story.thread.leaf.thread, "Ask the importer"), ("new", "运输")):
        await site.own.desk.drafts.save(key, place, orjson.dumps({"text": text}).decode(), now)
    assert sorted(await named(site, "drafts", "")) == ["new", "note"]
    assert await named(site, "drafts", "form=new") == ["new"]
    assert await named(site, "drafts", "text=IMPORTER") == ["note"]
    assert await named(site, "drafts", f"text={story.thread.position}") == ["note"]
    assert (await named(site, "drafts", "sort=oldest")) == (await named(site, "drafts", ""))[::-1]
    page = await site.get("/drafts?text=nothing")
    assert "No draft matches." in page.text
    assert "2 drafts" in page.text, "the number of all"


async def test_releases_are_filtered_by_kind_and_turn(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    await site.own.desk.clearances.put([laid_before(story.world, site)])
    assert await named(site, "clearances", "turn=me") == ["batch.listed"]
    assert await named(site, "clearances", "kind=batch.listed&turn=me") == ["batch.listed"]
    for query in ("turn=own", "kind=note.posted"):
        page = await site.get(f"/clearances?{query}", "head")
        assert "No draft matches." in page.text
    # The choice shows what is filtered by, also where no draft of this kind waits.
    chosen = page.page.one("combobox", "Kind").all("option")
    assert [each.text for each in chosen] == ["all", "Weekly list", "Note"]
    assert [each.text for each in chosen if "selected" in each.attributes] == ["Note"]
    # A draft opened from the queue keeps the filter around it.
    [item] = (await call(site, "GET", "/api/clearances", "head"))[1]["clearances"]
    page = (await site.get(f"/clearances/{item['id']}?turn=me", "head")).page
    assert any(
        each.attributes["href"] == f"/clearances/{item['id']}?turn=me" for each in page.all("link")
    )
    assert (await site.get(f"/clearances/{item['id']}?turn=own", "head")).status == 200


async def test_people_are_ordered_by_name(pages_of):
    site = await pages_of(World.founded(), "eu")
    by_name = await named(site, "people", "sort=name")
    assert by_name == sorted(by_name, key=str.casefold)
    assert sorted(await named(site, "people", "")) == sorted(by_name)


async def test_threads_are_filtered_by_the_side_that_opened(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    assert await named(site, "threads", "side=cn&show=all") == [str(story.other_thread.position)]
    assert str(story.other_thread.position) not in await named(site, "threads", "side=eu&show=all")


async def test_threads_are_filtered_by_desk_person_and_day(pages_of):
    scene = Scene()
    world = scene.world
    ours = world.open_thread("eu", "Ours")
    world.note("eu", scene.threads[1].leaf.thread, ("We look.",), by="other-desk")
    world.exchange()
    site = await pages_of(world, "eu")
    first, second = scene.numbers
    third = str(ours.position)
    people = orjson.loads((await site.get("/api/people")).html)["items"]
    number = {each["name"]: each["number"] for each in people if each.get("name")}
    clerk = number["Łukasz Żelazny"]
    await scene.assign(site, 0, to="clerk")
    everything = "show=all&sort=oldest"
    for query, expected in (
        ("", [first, second, third]),
        ("&holder=-", [second, third]),
        (f"&holder={clerk}", [first]),
        (f"&holder={clerk + 7}", []),
        ("&desk=licensing", [first, third]),
        ("&desk=customs", [second]),
        ("&desk=-", []),
        ("&desk=licensing&holder=-", [third]),
        ("&side=cn&desk=licensing", [first]),
        ("&since=2000-01-01&until=2099-01-01", [first, second, third]),
        ("&since=2099-01-01", []),
        ("&until=2000-01-01", []),
    ):
        assert await named(site, "threads", everything + query) == expected, query
    await scene.assign(site, 0)
    assert await named(site, "threads", f"{everything}&desk=-") == [first], "of nobody again"
    unit = orjson.loads((await site.get("/api/unit?desk=-", "head")).html)["items"]
    assert [each["number"] for each in unit] == [first], "as the heads' page counts it"
    page = (await site.get(f"/threads?{everything}&desk=customs&holder=-")).page
    assert page.links()["Clear the filters"] == "/threads?show=all&scope=all"
    kept = page.fields()
    assert (kept["desk"], kept["holder"]) == ("customs", "-")
    assert "Clear the filters" not in (await site.get(f"/threads?{everything}")).page.names("link")


async def test_threads_of_a_label_are_those_of_the_reader_alone(pages_of):
    scene = Scene()
    site = await pages_of(scene.world, "eu")
    fields = {"act": "label", "thread": scene.numbers[0], "value": "Magnets"}
    assert (await site.post("/mark", fields)).status == 303
    assert await named(site, "threads", "show=all&label=Magnets") == [scene.numbers[0]]
    assert await named(site, "threads", "show=all&label=Nothing") == []
    assert await named(site, "threads", "show=closed&label=Magnets") == []
    other = orjson.loads((await site.get("/api/threads?show=all&label=Magnets", "clerk")).html)
    assert other["items"] == []


async def test_deadlines_are_filtered_by_day_and_ordered(pages_of):
    site = await pages_of(busy().world, "cn")
    nearest = await named(site, "deadlines", "")
    assert nearest
    assert await named(site, "deadlines", "sort=latest") == nearest[::-1]
    assert await named(site, "deadlines", "since=2000-01-01&until=2099-01-01") == nearest
    status, answer = await call(site, "GET", "/api/deadlines?until=2000-01-01")
    assert (status, answer["items"]) == (200, [])


async def test_templates_are_filtered_by_kind_words_and_keeper(pages_of):
    site = await pages_of(World.founded(), "eu")
    form = {"kind": "question", "title": "About magnets", "text": "Which grade?"}
    assert (await site.post("/templates", form)).status == 303

    async def titles(query: str) -> list[str]:
        found = await named(site, "templates", query)
        page: Element = (await site.get(f"/templates?{query}")).page.one("list", "Templates")
        assert [each.text for each in page.all("heading")] == found
        return found

    assert await titles("keeper=desk") == ["About magnets"]
    assert await titles("text=GRADE") == ["About magnets"]
    assert "About magnets" in await titles("kind=question&sort=name")
    everything = await titles("sort=name")
    assert everything == sorted(everything, key=str.casefold)
    assert "No template matches." in (await site.get("/templates?text=nonesuch")).text


@pytest.mark.parametrize(
    "address",
    [
        "/batches?state=lost",
        "/batches?since=yesterday",
        "/threads?until=9999-12-31",
        "/priority?since=0001-01-01",
        "/batches.csv?until=yesterday",
        "/meetings?side=us",
        "/meetings?since=20261101",
        "/priority?reason=hurry",
        "/priority?state=lost",
        "/priority.xlsx?sort=number",
        "/licences?type=general'",
        "/licences?until=soon",
        "/drafts?form=letter",
        "/clearances?turn=you",
        "/templates?keeper=us",
        "/templates.xlsx?sort=kept",
        "/people?sort=age",
        "/threads?side=us",
        "/threads?holder=me",
        "/threads?since=soon",
        "/deadlines?since=tomorrow",
        "/deadlines?sort=random",
    ],
)
async def test_wrong_filter_is_refused_with_a_sentence(pages_of, address):
    site = await pages_of(World.founded(), "eu")
    page = await site.get(address)
    assert page.status == 400
    assert {*page.page.codes()} & {
        "request-malformed",
        "filter-malformed",
        "date-malformed",
        "date-range",
    } or address.endswith("csv?until=yesterday")


async def test_file_of_threads_has_the_chosen_columns_or_all(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    everything = await records(site, "/threads.csv?show=all")
    assert {"translation", "holder", "next_step", "answered_of", "last_words"} <= {*everything[0]}
    row = next(row for row in everything if row["thread"] == str(story.other_thread.position))
    assert (row["last_words"], row["last_by"]) == ("请说明。", "Licensing")
    assert row["last_entry"].startswith("CN-")
    chosen = "/threads?show=all&scope=all&sort=oldest&col=holder&col=list"
    page = (await site.get(chosen)).page
    rows = await records(site, page.one("link", "CSV").attributes["href"])
    assert {"thread", "subject", "weekly_list", "holder", "due"} <= {*rows[0]}
    assert not {"translation", "last_words", "next_step", "answered_of"} & {*rows[0]}
    shown = [str(row["thread"]) for row in rows]
    oldest = await records(site, "/threads.csv?show=all&sort=oldest")
    assert shown == [row["thread"] for row in oldest], "in the order of the view"
    whole = page.one("link", "CSV with all columns").attributes["href"]
    assert await records(site, whole) == oldest
    plain = (await site.get("/threads?show=all")).page
    assert "CSV with all columns" not in plain.names("link")
