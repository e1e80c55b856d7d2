"""The filters of the inbox: page, file, API and the walk through it list the same threads."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest

from special_channel.stores.reads import ReadMark
from tests.web.pages_node import PagesNode
from tests.web.reading import Page, group_of, numbers
from tests.web.test_assign import Scene
from tests.web.test_every_list_file import records
from tests.web.test_work_through import LATER, SOON, asked, bar, step
from tests.world import World

GROUPS = ("ours", "theirs", "read")


async def scene(pages_of) -> tuple[PagesNode, Scene, list[str]]:
    """Two questions to us, the first of the desk's, one to the other side, one thread to read."""
    made = Scene()
    world = made.world
    soon, later = asked(world, SOON), asked(world, LATER)
    ours = world.open_thread("eu", "Our question")
    world.note("eu", ours.leaf.thread, asks=[world.ask("eu", SOON)])
    world.exchange()
    site = await pages_of(world, "eu")
    return site, made, [soon, later, str(ours.position), *reversed(made.numbers)]


def listed(page: Page) -> list[str]:
    return [
        number
        for name in GROUPS
        if page.marked("aria-labelledby", f"g-{name}")
        for number in numbers(group_of(page, name))
    ]


async def filed(site: PagesNode, query: str) -> list[str]:
    rows = await records(site, f"/inbox.csv?{query}", "desk")
    return [row["thread"] for row in rows if row["thread"]]


async def walked(site: PagesNode, query: str) -> list[str]:
    """The threads that the walk through the inbox names, and where it ends."""
    at, found = await step(site, f"/work?{query}"), list[str]()
    while at.startswith("/threads/"):
        found.append(urlsplit(at).path.rpartition("/")[2])
        [place] = parse_qs(urlsplit(at).query)["work"]
        at = await step(site, f"/work?after={quote(place)}")
    return [*found, at]


async def label(site: PagesNode, number: str, value: str) -> None:
    made = await site.post("/mark", {"thread": number, "act": "label", "value": value})
    assert made.status == 303, made.text


async def test_filters_list_the_same_everywhere(pages_of):
    site, made, order = await scene(pages_of)
    people = json.loads((await site.get("/api/people")).html)["items"]
    clerk = next(each["number"] for each in people if each.get("name") == "Łukasz Żelazny")
    first, second, ours, *read = order
    await label(site, second, "Magnets & 磁材~!")
    await made.assign(site, 0, to="clerk")
    held = made.numbers[0]
    for query, expected in (
        ("", order),
        ("group=ours", [first, second]),
        ("group=theirs", [ours]),
        ("group=read", read),
        ("group=reminded", []),
        (f"holder={clerk}", [held]),
        ("holder=-", [each for each in order if each != held]),
        ("desk=customs", []),
        (f"label={quote('Magnets & 磁材~!')}", [second]),
        ("label=Other", []),
        ("sort=changed", [second, first, ours, *read]),
        ("sort=oldest", [first, second, ours, *reversed(read)]),
        ("group=ours&sort=changed", [second, first]),
        ("holder=-&sort=oldest", [first, second, ours, *sorted({*read} - {held})]),
    ):
        whole = f"scope=all{'&' if query else ''}{query}"
        page = (await site.get(f"/inbox?{whole}")).page
        assert listed(page) == expected, query
        assert await filed(site, whole) == expected, query
        *found, end = await walked(site, whole)
        assert found == expected, query
        assert (urlsplit(end).path, parse_qsl(urlsplit(end).query)) == (
            "/inbox",
            parse_qsl(whole),
        ), query
        # What waits for us is what it is, whatever is listed.
        assert "2 threads for us to answer" in page.text


async def test_filter_finds_a_thread_beyond_those_that_a_group_lists(pages_of):
    world = World.founded()
    threads = [str(world.open_thread("cn", f"To read {n}").position) for n in range(60)]
    world.exchange()
    site = await pages_of(world, "eu")
    old = threads[::-1][54]
    await label(site, old, "Magnets")
    assert old not in listed((await site.get("/inbox?scope=all")).page)
    query = "scope=all&label=Magnets"
    page = (await site.get(f"/inbox?{query}")).page
    assert listed(page) == [old]
    assert page.links()["Work through"] == "/work?scope=all&label=Magnets"
    assert await filed(site, query) == [old]
    assert await walked(site, query) == [old, f"/inbox?{query}"]
    step_ = json.loads((await site.get(f"/api/work?{query}")).html)
    assert (step_["number"], step_["left"]) == (old, 1)


async def test_filter_finds_a_question_beyond_the_nearest(pages_of):
    made = Scene()
    world, (first, second) = made.world, made.threads
    for number in range(12):
        asks = [world.ask("cn", SOON, str(each + 1)) for each in range(100)]
        world.note("cn", first.leaf.thread, (f"Note {number}",), asks=asks)
    world.note("cn", second.leaf.thread, asks=[world.ask("cn", LATER)])
    world.exchange()
    site = await pages_of(world, "eu")
    assert numbers(group_of((await site.get("/inbox?scope=all")).page, "ours")) == made.numbers[:1]
    assert (await made.assign(site, 1, to="clerk")).status == 200
    people = json.loads((await site.get("/api/people")).html)["items"]
    clerk = next(each["number"] for each in people if each.get("name") == "Łukasz Żelazny")
    query = f"scope=all&holder={clerk}"
    page = (await site.get(f"/inbox?{query}")).page
    assert numbers(group_of(page, "ours")) == [made.numbers[1]]
    assert await filed(site, query) == [made.numbers[1]]
    questions = json.loads((await site.get(f"/api/asks?holder={clerk}")).html)["items"]
    assert [each["thread"] for each in questions] == [second.leaf.thread]


async def test_filter_finds_a_reminder_beyond_those_listed(pages_of):
    world = World.founded()
    threads = [world.open_thread("cn", f"To read {n}") for n in range(60)]
    world.exchange()
    site = await pages_of(world, "eu")
    today, me = site.own.node.clock.now().date(), world.eu.person("desk")
    ids = [thread.leaf.thread for thread in threads if thread.leaf.thread]
    await site.own.desk.marks.remind(me, ids, ReadMark(99, 99), today)
    shown = numbers(group_of((await site.get("/inbox?scope=all")).page, "reminded"))
    left = next(each for each in (str(thread.position) for thread in threads) if each not in shown)
    await label(site, left, "Magnets")
    page = (await site.get("/inbox?scope=all&label=Magnets")).page
    assert numbers(group_of(page, "reminded")) == [left]


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_empty_filter_claims_nothing_of_the_inbox(pages_of, lang):
    site, _, _ = await scene(pages_of)
    page = (await site.get("/inbox?scope=all&desk=customs&group=ours", lang=lang)).page
    said = {
        "en": ("No thread here.", "No question waits"),
        "zh-CN": ("没有事项。", "没有待我方"),
    }[lang]
    assert said[0] in page.text
    assert said[1] not in page.text
    clear = {"en": "Clear the filters", "zh-CN": "清除筛选条件"}[lang]
    assert page.links()[clear] == "/inbox?scope=all"


async def test_questions_of_the_api_are_filtered_by_who_holds_their_threads(pages_of):
    site, _, order = await scene(pages_of)
    await label(site, order[1], "Magnets")
    rows = {}
    for query in ("", "label=Magnets", "label=Other", "desk=customs", "holder=-", "answering=cn"):
        found = json.loads((await site.get(f"/api/asks?{query}")).html)["items"]
        rows[query] = len(found)
    assert rows == {
        "": 3, "label=Magnets": 1, "label=Other": 0, "desk=customs": 0, "holder=-": 3,
        "answering=cn": 1,
    }  # fmt: skip
    refused = await site.get("/api/asks?holder=clerk")
    assert (refused.status, json.loads(refused.html)["code"]) == (400, "request-malformed")


async def test_place_with_an_unfit_filter_is_refused(pages_of):
    site = await pages_of(World.founded(), "eu")
    for place in ("all.0.1.EU-1!group=none", "all.0.1.EU-1!", "all.0.1.EU-1!desk=a b"):
        refused = await site.get(f"/api/work?after={quote(place)}")
        assert refused.status == 400, place


async def test_filter_stays_from_thread_to_thread(pages_of):
    site, _, order = await scene(pages_of)
    first, second, *_ = order
    page = (await site.get("/inbox?scope=all&group=ours")).page
    opened = await step(site, page.links()["Work through"])
    assert urlsplit(opened).path == f"/threads/{first}"
    links = bar((await site.get(opened)).page).links()
    following = await step(site, links["Next]"])
    assert urlsplit(following).path == f"/threads/{second}"
    links = bar((await site.get(following)).page).links()
    assert urlsplit(links["Previous["]).path == f"/threads/{first}"
    assert await step(site, links["Next]"]) == "/inbox?scope=all&group=ours"


def hidden(page: Page) -> dict[str, list[str]]:
    """What the form around the list sends with the chosen threads."""
    [form] = [
        each for each in page.all("form") if "Assign the chosen threads" in each.names("button")
    ]
    found: dict[str, list[str]] = {}
    for each in form.within():
        if each.attributes.get("type") == "hidden":
            found.setdefault(each.attributes["name"], []).append(each.attributes["value"])
    return found


async def acknowledging(site: PagesNode, query: str) -> str:
    """Where the reader goes on after acknowledging chosen threads."""
    page = (await site.get(f"/acknowledge?{query}")).page
    [button] = page.marked("data-next")
    [less, *_] = [each for each in page.all("link") if each.text.startswith("Leave out")]
    page = (await site.get(less.attributes["href"])).page
    assert [each.attributes["data-next"] for each in page.marked("data-next")] in (
        [], [button.attributes["data-next"]],
    )  # fmt: skip
    return button.attributes["data-next"]


@pytest.mark.parametrize("more", ["", "&away=1"])
async def test_acts_on_chosen_threads_lead_back_to_the_filtered_list(pages_of, more):
    site, _, order = await scene(pages_of)
    first, second = order[:2]
    value = "Magnets & 磁材~!"
    for number in (first, second):
        await label(site, number, value)
    whole = f"scope=all{more}&label={quote(value)}&group=ours"
    sent = hidden((await site.get(f"/inbox?{whole}")).page)
    [back] = sent["next"]
    assert urlsplit(back).path == "/inbox"
    assert sorted(parse_qsl(urlsplit(back).query)) == sorted(parse_qsl(whole))
    chosen = f"thread={first}&thread={second}&{urlencode(sent, doseq=True)}"
    for act in ("done", "label", "remind", "watch"):
        page = (await site.get(f"/mark?act={act}&{chosen}")).page
        assert back in [each.attributes["value"] for each in page.marked("name", "next")], act
    assert (await acknowledging(site, chosen)) == back
    [form] = (await site.get(f"/assign?{chosen}")).page.marked("data-next")
    assert form.attributes["data-next"] == back
    done = await site.post("/mark", {"thread": second, "act": "done", "next": back})
    assert done.headers["Location"] == back


async def test_answers_to_chosen_threads_lead_back_to_the_filtered_list(pages_of):
    site, _, order = await scene(pages_of)
    first, second = order[:2]
    value = "Magnets & 磁材~!"
    for number in (first, second):
        await label(site, number, value)
    whole = f"scope=all&label={quote(value)}"
    sent = urlencode(hidden((await site.get(f"/inbox?{whole}")).page), doseq=True)
    at = await step(site, f"/work?thread={first}&thread={second}&scope=all&{sent}")
    for number, following in ((first, second), (second, "")):
        assert urlsplit(at).path == f"/threads/{number}"
        at = await step(site, bar((await site.get(at)).page).links()["Next]"])
        assert following in at
    assert (urlsplit(at).path, parse_qsl(urlsplit(at).query)) == ("/inbox", parse_qsl(whole))


async def test_filtered_group_lists_each_of_its_threads(pages_of):
    world = World.founded()
    threads = [asked(world, LATER) for _ in range(35)]
    world.exchange()
    site = await pages_of(world, "eu")
    body = {"threads": threads[:33], "act": "label", "value": "Magnets"}
    made = await site.ask("POST", "/api/marks", "desk", "en", json=body)
    assert made.status == 200, made.text
    for query, count, more in (
        ("scope=all&label=Magnets", 33, []),
        ("scope=all&group=ours", 30, ["All 35 by date"]),
    ):
        page = (await site.get(f"/inbox?{query}")).page
        assert numbers(group_of(page, "ours")) == threads[:count], query
        [group] = [each for each in page.all("heading") if each.attributes.get("id") == "g-ours"]
        assert str(count if not more else 35) in group.text
        links = [e for e in page.all("link") if e.text.endswith("by date")]
        groups = [e.text for e in links if e.attributes["href"].startswith("/deadlines?side=ours")]
        assert groups == more, query
