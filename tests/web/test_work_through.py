"""Work through the inbox: one thread after the other, from a place that the address keeps."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.stores.clearances import Clearance
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Element, group_of, numbers
from tests.web.test_shortcuts import browser_of
from tests.world import World

SOON = "2026-11-26T16:30:00Z"
LATER = "2026-12-04T16:30:00Z"


def asked(world: World, due: str) -> str:
    thread = world.open_thread("cn", "Which heading applies?")
    world.note("cn", thread.leaf.thread, asks=[world.ask("cn", due)])
    return str(thread.position)


def week() -> tuple[World, list[str]]:
    """Threads to answer, to await and to read; their numbers in the order of the inbox."""
    world = World.founded()
    read = [str(world.open_thread("cn", f"To read {n}").position) for n in range(2)]
    later, soon = asked(world, LATER), asked(world, SOON)
    ours = world.open_thread("eu", "Our question")
    world.note("eu", ours.leaf.thread, asks=[world.ask("eu", SOON)])
    world.exchange()
    return world, [soon, later, str(ours.position), *reversed(read)]


async def step(site: PagesNode, path: str) -> str:
    """Go on; return the address of the thread or list that opens."""
    shown = await site.get(path)
    assert shown.status == 303
    return shown.headers["Location"]


def bar(page: Element) -> Element:
    return page.one("region", "Work through the inbox")


async def test_work_goes_down_the_inbox_and_back(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    inbox = (await site.get("/inbox?scope=all")).page
    groups = ("ours", "theirs", "read")
    assert [each for name in groups for each in numbers(group_of(inbox, name))] == order
    at, walked = inbox.links()["Work through"], []
    for _ in order:
        at = await step(site, at)
        walked.append(urlsplit(at).path.rpartition("/")[2])
        page = (await site.get(at)).page
        at = bar(page).links()["Next]"]
        back = bar(page).links()["Previous["]
    assert walked == order
    assert await step(site, at) == "/inbox?scope=all"
    # The thread before was read, and has left the inbox.
    assert urlsplit(back).path == f"/threads/{order[-2]}"


async def test_place_stays_when_a_thread_leaves_the_inbox(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    first = await step(site, "/work?scope=all")
    page = (await site.get(first)).page
    [form] = [each for each in bar(page).all("form") if "Done" in each.text]
    fields = {
        each.attributes["name"]: each.attributes["value"]
        for each in form.within()
        if each.attributes.get("type") == "hidden"
    }
    done = await site.post("/mark", fields | {"act": "done"})
    second = await step(site, done.headers["Location"])
    assert urlsplit(second).path == f"/threads/{order[1]}"
    # What arrives before the place waits in the inbox; the walk goes on.
    newer = asked(world, SOON)
    world.exchange()
    await catch_up(site.node)
    place = parse_qs(urlsplit(second).query)["work"][0]
    assert urlsplit(await step(site, f"/work?after={place}")).path == f"/threads/{order[2]}"
    assert newer in numbers(group_of((await site.get("/inbox?scope=all")).page, "ours"))


async def test_bar_offers_the_acts_that_the_thread_allows(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    page = (await site.get(await step(site, "/work?scope=all"))).page
    names = {each.name for role in ("link", "button") for each in bar(page).all(role)}
    keys = {each.attributes.get("data-hot") for each in bar(page).within()} - {None}
    acts = {"Acknowledge receiptA", "AnswerR", "AssignS", "Remind meH", "WatchW", "DoneD"}
    assert acts <= {" ".join(each.split()) for each in names}
    assert keys == {"a", "r", "s", "h", "w", "d"}
    [button] = [each for each in bar(page).all("button") if "Acknowledge" in each.name]
    assert button.attributes["data-next"].startswith("/work?after=all.0.")
    assert "data-confirm" in button.attributes, "no single key signs"
    [form] = page.marked("data-compose")
    assert form.attributes["data-next"] == button.attributes["data-next"]
    # Awaited from the other side: nothing to answer, nothing to acknowledge.
    ours = (await site.get(f"/threads/{order[2]}?work=all.1.{SOON}.{order[2]}")).page
    assert not {"a", "r"} & {each.attributes.get("data-hot") for each in bar(ours).within()}


@pytest.mark.parametrize("at", ["", "?work={place}"])
async def test_one_button_of_a_thread_names_the_key_that_writes(pages_of, at):
    world, order = week()
    site = await pages_of(world, "eu")
    place = f"all.0.{SOON}.{order[0]}"
    page = (await site.get(f"/threads/{order[0]}{at.format(place=place)}")).page
    hints = [each for each in page.marked("class", "k") if each.text == "R"]
    assert len(hints) == 1


async def test_bar_names_no_keys_to_who_switched_them_off(pages_of):
    world, _ = week()
    site = await pages_of(world, "eu")
    await site.post("/preferences/shortcuts", {"shortcuts": "off"})
    page = (await site.get(await step(site, "/work?scope=all"))).page
    assert "Done" in bar(page).names("button")


async def test_forms_of_the_bar_lead_on_to_the_next_thread(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    page = (await site.get(await step(site, "/work?scope=all"))).page
    links = bar(page).links()
    assign = (await site.get(links["AssignS"])).page
    [form] = assign.marked("data-next")
    assert urlsplit(await step(site, form.attributes["data-next"])).path == f"/threads/{order[1]}"
    remind = (await site.get(links["Remind meH"])).page
    hidden, *_ = remind.marked("name", "next")  # of the days, and of a day that is typed
    assert urlsplit(await step(site, hidden.attributes["value"])).path == f"/threads/{order[1]}"
    elsewhere = (await site.get(f"/assign?thread={order[0]}&next=//else.example/")).page
    [form] = elsewhere.marked("data-next")
    assert form.attributes["data-next"] == f"/threads/{order[0]}"


async def test_escape_returns_from_a_form_to_the_thread(pages_of):
    """H and S open a form; Escape leads back to the thread at its place, where ] goes on."""
    world, order = week()
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk") as page:
        await page.goto(f"{site.base}/work?scope=all")
        thread = page.url
        assert urlsplit(thread).path == f"/threads/{order[0]}"
        for key, form in (("h", "/mark?"), ("s", "/assign?")):
            await page.keyboard.press(key)
            await page.wait_for_url(lambda url, form=form: form in url)
            back = page.get_by_role("link", name="Back to the thread")
            assert await back.is_visible()
            # The list of colleagues has the focus: Escape leaves it first.
            await page.keyboard.press("Escape")
            if key == "s":
                await page.keyboard.press("Escape")
            await page.wait_for_url(lambda url: "/threads/" in url)
            assert unquote(page.url).partition("&")[0] == unquote(thread).partition("&")[0]
        await page.keyboard.press("]")
        await page.wait_for_url(f"**/threads/{order[1]}?*")


async def test_previous_after_a_form_leads_to_where_the_reader_came_from(pages_of):
    """The first thread has left the inbox: no neighbour of the second one leads to it."""
    world, order = week()
    site = await pages_of(world, "eu")
    first, second = order[-2:]
    at = await step(site, f"/work?scope=all&after={order[2]}")
    at = await step(site, bar((await site.get(at)).page).links()["Next]"])
    opened = bar((await site.get(at)).page).links()
    assert urlsplit(opened["Previous["]).path == f"/threads/{first}"
    for form in ("AssignS", "Remind meH"):
        left = (await site.get(opened[form])).page.links()["Back to the threadEsc"]
        assert urlsplit(left).path == f"/threads/{second}"
        again = bar((await site.get(left)).page).links()
        assert again["Previous["] == opened["Previous["]
        assert again["Next]"] == opened["Next]"]


SIZES = ((390, 844), (1280, 900))
BELOW_THE_HEAD = """(read) => {
  const bar = document.querySelector('.selbar').getBoundingClientRect().top;
  const head = document.querySelector('header.top');
  const stays = getComputedStyle(head).position === 'sticky';
  const top = stays ? head.getBoundingClientRect().bottom : 0;
  const notes = [...document.querySelectorAll(read ? '.chain .para' : '[data-unread] .para')];
  const note = read ? notes.pop() : notes[0];
  const { top: from, bottom: to } = note.getBoundingClientRect();
  return [top <= from, to <= bar];
}"""
"""Whether the first new paragraph, or the newest read one, is between the page's head and bar."""


@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("size", SIZES)
async def test_newest_note_is_legible_when_its_thread_opens(pages_of, size, scripts, read):
    """What is new, or the newest note of a thread that was read, is in view without scrolling."""
    world = World.founded()
    thread = world.open_thread("cn", "Which heading applies to the magnets of these lists?")
    for words in ("The first.", "The second.", "The third."):
        world.note("cn", thread.leaf.thread, (words,), asks=[world.ask("cn", SOON)])
    world.exchange()
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk", java_script_enabled=scripts) as page:
        await page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
        if read:
            await site.post(f"/threads/{thread.position}/read", {}, "desk")
        await page.goto(f"{site.base}/work?scope=all")
        assert urlsplit(page.url).path == f"/threads/{thread.position}"
        assert await page.evaluate(BELOW_THE_HEAD, read) == [True, True]


async def test_form_about_a_selection_leads_back_to_its_list(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    chosen = f"thread={order[0]}&thread={order[1]}&next=%2Finbox%3Fscope%3Dall"
    for form in (f"/mark?act=remind&{chosen}", f"/assign?{chosen}"):
        links = (await site.get(form)).page.links()
        assert links["Back to the listEsc"] == "/inbox?scope=all"
    alone = (await site.get(f"/mark?act=remind&thread={order[0]}")).page.links()
    assert alone["Back to the threadEsc"] == f"/threads/{order[0]}"


BAR = """() => {
  const shown = [...document.querySelectorAll('.selbar .btn')].filter((each) => each.offsetHeight);
  const tops = new Set(shown.map((each) => Math.round(each.getBoundingClientRect().top)));
  return [shown.length, tops.size, document.documentElement.scrollWidth <= innerWidth];
}"""
"""Buttons of the bar, in how many rows they are, and whether the page itself stays in place."""


async def spoken(page: Any) -> str:
    """The texts that Chromium gives to assistive programs, also those that styles draw."""
    session = await page.context.new_cdp_session(page)
    nodes = (await session.send("Accessibility.getFullAXTree"))["nodes"]
    texts = [each for each in nodes if each.get("role", {}).get("value") == "StaticText"]
    return "".join(each["name"]["value"] for each in texts)


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(("lang", "words"), [("en", "{} chosen"), ("zh-CN", "已选{}项")])
async def test_bar_of_a_selection_counts_and_chooses_none(pages_of, lang, words, scripts):
    world, _ = week()
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk", java_script_enabled=scripts) as page:
        await page.context.add_cookies([{"name": "sc-lang-eu", "value": lang, "url": site.base}])
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(f"{site.base}/inbox?scope=all")
        boxes, count = page.locator(".pick input"), page.locator(".selbar .count")
        assert await boxes.count() == 5
        for chosen in (1, 2):
            await boxes.nth(chosen).check()
            assert words.format(chosen) in await spoken(page)
            assert await count.is_visible()
        buttons, rows, still = await page.evaluate(BAR)
        assert (buttons, rows <= 2, still) == (8, True, True)
        none = "Choose none" if lang == "en" else "清除选择"
        await page.get_by_role("button", name=none).click()
        assert await page.locator(".pick input:checked").count() == 0
        assert not await count.is_visible()


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_bar_of_a_thread_has_two_rows_on_a_phone(pages_of, lang):
    world, _ = week()
    site = await pages_of(world, "eu")
    async with browser_of(site, "desk") as page:
        await page.context.add_cookies([{"name": "sc-lang-eu", "value": lang, "url": site.base}])
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.goto(f"{site.base}/work?scope=all")
        buttons, rows, still = await page.evaluate(BAR)
        assert (buttons, rows, still) == (8, 2, True)


async def lay(site: PagesNode, number: str) -> None:
    """Put a note of the desk's in a thread before a second official."""
    world = site.node.world
    row = await site.own.stores.views.thread(Position.parse(number))
    assert row is not None
    parts = [world.text("For two.")]
    payload = world.payload("eu", "note.posted", thread=row.thread, body={}, lang="en")
    signer = world.eu.keys["desk"]
    made = sign(payload | {"parts": part_refs(parts)}, [signer], parts)
    at, id_ = site.own.node.clock.now(), read(made, whole=True).id
    draft = Clearance(id_, made.envelope, tuple(parts), signer.key, at, "waiting")
    await site.own.desk.clearances.put([draft])


async def test_walk_goes_on_when_an_act_waits_for_release(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    first = await step(site, "/work?scope=all")
    ahead = bar((await site.get(first)).page).links()["Next]"]
    said = f"What you signed in {order[0]} waits for release by a second official."
    # The address alone makes no page say so.
    assert said not in (await site.get(await step(site, f"{ahead}&laid=1"))).text
    await lay(site, order[0])
    second = await step(site, f"{ahead}&laid=1")
    assert urlsplit(second).path == f"/threads/{order[1]}"
    shown = await site.get(second)
    assert said in shown.text
    assert {"To release"} <= shown.page.one("main").links().keys()
    assert said not in (await site.get(second.replace("&laid=1", ""))).text
    assert said not in (await site.get(second, "head")).text, "it is the author's"
    last = f"/work?after=all.3.9.{order[-1]}"
    assert await step(site, f"{last}&laid=1") == "/clearances"


async def chosen_step(site: PagesNode, chosen: list[str]) -> str:
    """Answer chosen threads by the button of the inbox; return the address of the first."""
    page = (await site.get("/inbox?scope=all")).page
    [button] = [e for e in page.all("button") if e.attributes.get("formaction") == "/work"]
    assert (button.name, button.attributes["data-hot"]) == ("Answer…", "r")
    field = f"{button.attributes['name']}={button.attributes['value']}"
    return await step(site, "&".join((f"/work?{field}", *(f"thread={each}" for each in chosen))))


async def test_selection_is_answered_one_thread_after_the_other(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    # Not in the order of the inbox; the last is nothing to answer, and is opened all the same.
    chosen = [order[1], order[0], order[3]]
    at, walked, headings = await chosen_step(site, [*chosen, chosen[0]]), [], []
    for _ in chosen:
        address = urlsplit(at)
        assert address.fragment == "compose"
        walked.append(address.path.rpartition("/")[2])
        page = (await site.get(at.partition("#")[0])).page
        headings.append([each for each in page.names("heading") if "Answer to" in each])
        [form] = page.marked("data-compose")
        links = bar(page).links()
        assert form.attributes["data-next"] == links["Next]"]
        at = await step(site, links["Next]"])
    assert walked == chosen
    assert [len(each) for each in headings] == [1, 1, 0]
    assert at == "/inbox?scope=all"
    assert urlsplit(links["Previous["]).path == f"/threads/{chosen[1]}"
    assert await step(site, f"{links['Next]']}&laid=1") == "/clearances"
    back = (await site.get(links["Previous["].partition("#")[0])).page
    assert len([each for each in back.names("heading") if "Answer to" in each]) == 1
    assert urlsplit(await step(site, bar(back).links()["Next]"])).path == f"/threads/{chosen[2]}"
    assert "Previous[" not in bar(back).links(), "its place does not know the one before"


async def test_selection_says_what_was_laid_before_a_colleague(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    first = await chosen_step(site, order[:2])
    await lay(site, order[0])
    ahead = bar((await site.get(first.partition("#")[0])).page).links()["Next]"]
    second = await step(site, f"{ahead}&laid=1")
    said = f"What you signed in {order[0]} waits for release by a second official."
    assert said in (await site.get(second.partition("#")[0])).text


async def test_selection_has_bounds_and_fits_into_the_forms(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    many = "&".join(f"thread=EU-{n}" for n in range(51))
    assert "At most 50 threads" in (await site.get(f"/work?{many}")).text
    assert (await site.get("/work?thread=EU-999999")).status == 404
    place = f"all.0.0.{order[0]}~" + "EU-999999999999999~" * 49
    came = f"all.0.0.{order[1]}~" + "EU-999999999999999~" * 49
    path = f"/threads/{order[0]}?work={place}&came={came}"
    links = bar((await site.get(path)).page).links()
    for name in ("AssignS", "Remind meH"):
        assert (await site.get(links[name])).status == 200
    assert (await site.get(f"/work?after={place}EU-1~")).status == 400


async def test_chosen_threads_are_walked_over_the_api(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    query = f"thread={order[3]}&thread={order[0]}"
    first = json.loads((await site.get(f"/api/work?{query}")).html)
    assert (first["number"], first["left"], first["group"]) == (order[3], 2, "")
    place = parse_qs(urlsplit(first["url"]).query)["work"][0]
    second = json.loads((await site.get(f"/api/work?after={place}")).html)
    assert (second["number"], second["left"]) == (order[0], 1)


@pytest.mark.parametrize("place", ["x", "all.9.1.CN-1", "some.0.1.CN-1", "all.0.1.XX-1",
                                   "all.0.1.CN-1~x~", "all.0.1.CN-1~CN-2"])  # fmt: skip
async def test_place_that_is_none_is_refused(pages_of, place):
    site = await pages_of(World.founded(), "eu")
    assert (await site.get(f"/work?after={place}")).status == 400
    assert (await site.get("/work")).headers["Location"].startswith("/inbox")


async def test_next_thread_is_found_over_the_api(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    answer = json.loads((await site.get("/api/work?scope=all")).html)
    assert (answer["number"], answer["left"]) == (order[0], len(order))
    last = json.loads((await site.get(f"/api/work?after=all.3.9.{order[-1]}")).html)
    assert last == {"url": "/inbox?scope=all", "left": 0, "number": "", "group": "", "due": ""}


async def test_number_is_a_place_while_the_inbox_has_the_thread(pages_of):
    world, order = week()
    site = await pages_of(world, "eu")
    walked: list[dict[str, str]] = []
    number = ""
    while not walked or walked[-1]["number"]:
        step = json.loads((await site.get(f"/api/work?scope=all&after={number}")).html)
        walked.append(step)
        number = step["number"]
    assert [step["number"] for step in walked] == [*order, ""]
    groups = [step["group"] for step in walked[:-1]]
    assert groups == sorted(groups, key=("ours", "theirs", "reminded", "read").index)
    assert {bool(step["due"]) for step in walked if step["group"] in {"ours", "theirs"}} == {True}
    # A thread that has left the inbox has no place: the walk begins anew.
    gone = json.loads((await site.get("/api/work?scope=all&after=CN-999")).html)
    assert gone["number"] == order[0]
