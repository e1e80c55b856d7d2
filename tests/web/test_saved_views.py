"""Filters, order and columns of a list are saved under a name, for their person alone."""

from __future__ import annotations

import orjson
import pytest

from tests.stories import Story, busy
from tests.web.pages_node import PagesNode
from tests.web.test_quotas import call
from tests.web.test_shortcuts import browser_of

VIEWS = {
    "threads": "show=closed&scope=mine&sort=oldest&col=last&col=holder",
    "applications": "peer=review&sort=day&col=own&col=clock",
    "search": "q=certificate&kind=note&order=best",
}


@pytest.fixture(scope="module")
def story() -> Story:
    return busy()


async def names(site: PagesNode, list_: str, who: str = "desk") -> dict[str, str]:
    """Saved views over the API, by name with their queries."""
    items = orjson.loads((await site.get(f"/api/views/{list_}", who)).html)["items"]
    return {each["name"]: each["query"] for each in items}


@pytest.mark.parametrize("list_", VIEWS)
async def test_view_is_saved_picked_renamed_and_removed(pages_of, story, list_):
    site = await pages_of(story.world, "eu")
    query = VIEWS[list_]
    kept = await site.post(f"/{list_}/views", {"name": "  My urgent  magnets ", "query": query})
    assert (kept.status, kept.headers["Location"]) == (303, f"/{list_}?{query}")
    page = (await site.get(f"/{list_}?{query}")).page
    link = page.one("link", "My urgent magnets")
    assert (link.attributes["href"], link.attributes["aria-current"]) == (
        f"/{list_}?{query}", "true",
    )  # fmt: skip
    assert await names(site, list_) == {"My urgent magnets": query}
    assert await names(site, list_, "head") == {}
    others = (await site.get(f"/{list_}", "head")).text
    assert "My urgent magnets" not in others
    [rename] = [
        form.attributes["action"] for form in page.all("form") if "Rename" in form.names("button")
    ]
    for who in ("head", "clerk"):
        assert (await site.post(rename, {"name": "Taken"}, who)).status == 404
        assert (await site.post(f"{rename}/remove", {}, who)).status == 404
    assert (
        (await site.post(rename, {"name": "Magnets"})).headers["Location"].startswith(f"/{list_}?")
    )
    assert await names(site, list_) == {"Magnets": query}
    assert (await site.post(f"{rename}/remove", {})).status == 303
    assert await names(site, list_) == {}
    assert (await site.post(f"{rename}/remove", {})).status == 404


@pytest.mark.parametrize("list_", VIEWS)
async def test_used_name_is_refused_with_the_form_as_typed(pages_of, story, list_):
    site = await pages_of(story.world, "eu")
    first, query = {"name": "Urgent", "query": ""}, VIEWS[list_]
    assert (await site.post(f"/{list_}/views", first)).status == 303
    before = await names(site, list_)
    again = await site.post(f"/{list_}/views", {"name": " Urgent ", "query": query})
    assert again.status == 409
    assert "Another view of this list is called Urgent." in again.text
    assert await names(site, list_) == before
    [form] = [
        each for each in again.page.all("form") if "Replace that view" in each.names("button")
    ]
    typed = {key: form.fields()[key] for key in ("name", "query")}
    assert typed == {"name": "Urgent", "query": query}
    # Under another name both are kept; replacing is an act of its own.
    action = form.attributes["action"]
    assert (await site.post(action, typed | {"name": "Other"})).status == 303
    assert await names(site, list_) == before | {"Other": query}
    replaced = await site.post(action, typed | {"replace": "yes"})
    assert replaced.headers["Location"] == f"/{list_}?{query}"
    assert await names(site, list_) == {"Urgent": query, "Other": query}


@pytest.mark.parametrize(
    ("name", "shown", "said"),
    [
        ("\u202e \n", "", "A view needs a name of at most 60 characters."),
        ("x" * 61, "x" * 61, "A view needs a name of at most 60 characters."),
    ],
)
async def test_refused_name_keeps_the_form_as_typed(pages_of, story, name, shown, said):
    site = await pages_of(story.world, "eu")
    refused = await site.post("/threads/views", {"name": name, "query": "show=all"})
    assert refused.status == 400
    assert said in refused.text
    assert "Replace that view" not in refused.page.names("button")
    [form] = [each for each in refused.page.all("form") if "Save" in each.names("button")]
    assert (form.fields()["name"], form.fields()["query"]) == (shown, "show=all&scope=all")
    corrected = form.fields() | {"name": "Ur\u202egent"}
    assert (await site.post(form.attributes["action"], corrected)).status == 303
    assert await names(site, "threads") == {"Urgent": "show=all&scope=all"}


async def test_refused_new_name_keeps_the_form_as_typed(pages_of, story):
    site = await pages_of(story.world, "eu")
    for name in ("Daily", "Weekly"):
        await site.post("/threads/views", {"name": name, "query": ""})
    _, told = await call(site, "GET", "/api/views/threads", "desk")
    [id_] = [each["id"] for each in told["items"] if each["name"] == "Weekly"]
    for name, status in (("Daily", 409), ("", 400), ("x" * 61, 400)):
        refused = await site.post(f"/threads/views/{id_}", {"name": name, "query": "show=all"})
        assert refused.status == status
        assert "Replace that view" not in refused.page.names("button")
        [form] = [each for each in refused.page.all("form") if "Rename" in each.names("button")]
        assert form.fields()["name"] == name
    assert (
        await site.post(form.attributes["action"], form.fields() | {"name": "Monthly"})
    ).status == 303
    assert {*await names(site, "threads")} == {"Daily", "Monthly"}


async def test_views_of_lists_are_apart_and_names_replace(pages_of, story):
    site = await pages_of(story.world, "eu")
    for list_, query in VIEWS.items():
        status, told = await call(
            site, "POST", f"/api/views/{list_}", "desk", {"name": "Daily", "query": query}
        )
        assert status == 200
        assert [(each["list"], each["name"], each["query"]) for each in told["items"]] == [
            (list_, "Daily", query)
        ]
    again = {"name": "Daily", "query": "show=all"}
    status, told = await call(site, "POST", "/api/views/threads", "desk", again)
    assert (status, told["code"]) == (409, "view-name-taken")
    assert await names(site, "threads") == {"Daily": VIEWS["threads"]}
    await call(site, "POST", "/api/views/threads", "desk", again | {"replace": True})
    assert await names(site, "threads") == {"Daily": "show=all&scope=all"}
    assert await names(site, "search") == {"Daily": VIEWS["search"]}
    other = {"name": "Weekly", "query": ""}
    _, told = await call(site, "POST", "/api/views/threads", "desk", other)
    [id_] = [each["id"] for each in told["items"] if each["name"] == "Weekly"]
    path = f"/api/views/threads/{id_}"
    status, told = await call(site, "POST", path, "desk", {"name": "Daily"})
    assert (status, told["code"]) == (409, "view-name-taken")
    status, told = await call(site, "DELETE", path, "desk", None)
    assert (status, [each["name"] for each in told["items"]]) == (200, ["Daily"])


@pytest.mark.parametrize(
    ("list_", "words"),
    [
        ("threads", "If none is ticked, all columns are shown."),
        ("applications", "If none is ticked, the usual columns are shown."),
    ],
)
async def test_choice_of_columns_says_what_none_means(pages_of, story, list_, words):
    assert words in (await (await pages_of(story.world, "eu")).get(f"/{list_}")).text


@pytest.mark.parametrize("width", [1280, 390])
async def test_act_on_a_view_keeps_off_the_edge(pages_of, story, width):
    site = await pages_of(story.world, "eu")
    await site.post("/threads/views", {"name": "Urgent", "query": ""})
    async with browser_of(site, "desk") as page:
        await page.set_viewport_size({"width": width, "height": 800})
        await page.goto(f"{site.base}/threads")
        chip = await page.locator(".kept li").bounding_box()
        act = await page.locator(".kept li summary").bounding_box()
        left = chip["x"] + chip["width"] - act["x"] - act["width"]
        assert left >= 8


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"name": "", "query": ""}, 400, "view-name"),
        ({"name": "x" * 61, "query": ""}, 400, "view-name"),
        ({"name": "\u202e", "query": ""}, 400, "view-name"),
        ({"name": "a", "query": "show=some"}, 400, "request-malformed"),
        ({"name": "a", "query": "x" * 2001}, 400, "request-malformed"),
    ],
)
async def test_view_that_is_none_is_not_saved(pages_of, story, body, status, code):
    site = await pages_of(story.world, "eu")
    found, told = await call(site, "POST", "/api/views/threads", "desk", body)
    assert (found, told["code"]) == (status, code)
    assert await names(site, "threads") == {}


async def test_views_are_limited_over_all_lists(pages_of, story):
    site = await pages_of(story.world, "eu")
    for number in range(50):
        body = {"name": f"n{number}", "query": ""}
        list_ = ("threads", "search")[number % 2]
        assert (await call(site, "POST", f"/api/views/{list_}", "desk", body))[0] == 200
    more = {"name": "one more", "query": ""}
    status, told = await call(site, "POST", "/api/views/applications", "desk", more)
    assert (status, told["code"]) == (409, "views-full")
    again = {"name": "n0", "query": "show=all", "replace": True}
    assert (await call(site, "POST", "/api/views/threads", "desk", again))[0] == 200


@pytest.mark.parametrize("id_", ["0", "x", "9" * 19, "-1"])
async def test_unknown_view_is_neither_renamed_nor_removed(pages_of, story, id_):
    site = await pages_of(story.world, "eu")
    for method, body in (("POST", {"name": "a"}), ("DELETE", None)):
        status, told = await call(site, method, f"/api/views/threads/{id_}", "desk", body)
        assert (status, told["code"]) == (404, "view-unknown")


async def test_reader_whom_the_directory_does_not_name_saves_views(pages_of, story):
    site = await pages_of(story.world, "eu")
    who = "second-registrar"
    assert "Save this view" in (await site.get("/threads", who)).page.text
    body = {"name": "a", "query": ""}
    assert (await call(site, "POST", "/api/views/threads", who, body))[0] == 200
    assert await names(site, "threads", who) == {"a": "show=open&scope=all"}


async def test_threads_are_sorted_filtered_and_shown_by_columns(pages_of, story):
    site = await pages_of(story.world, "eu")

    async def numbers(query: str) -> list[str]:
        page = (await site.get(f"/threads?show=all&{query}")).page
        return [each.attributes["value"] for each in page.one("main").all("checkbox")
                if each.attributes["name"] == "thread"]  # fmt: skip

    opened = [str(each.position) for each in (story.thread, story.other_thread, story.batch_thread)]
    assert await numbers("sort=oldest") == opened
    found = orjson.loads((await site.get("/api/threads?show=all&sort=oldest")).html)["items"]
    assert [each["number"] for each in found] == opened
    assert set(await numbers("")) == set(opened)
    assert await numbers(f"batch={story.batch.position}") == [str(story.batch_thread.position)]
    for name in ("W47", "w47", "W-47", "%EF%BC%B7%EF%BC%94%EF%BC%97"):
        assert await numbers(f"batch={name}") == [str(story.batch_thread.position)]
    nowhere = await site.get("/threads?batch=W99&side=eu")
    assert nowhere.status == 404
    assert "This list does not exist. Check the number. batch-unknown" in nowhere.page.text
    assert nowhere.page.one("search", "Filter").fields()["batch"] == "W99", "what was typed stays"
    assert (await site.get("/threads?sort=name")).status == 400
    whole = (await site.get("/threads?show=all")).page.one("main")
    assert "Rows 2 and 3?" in whole.text
    assert "W47" in whole.text
    few = (await site.get("/threads?show=all&col=translation")).page.one("main")
    assert "Rows 2 and 3?" not in few.text
    assert "W47" not in few.text
    for link in ("Closed", "Mine"):
        [href] = [
            each.attributes["href"]
            for each in few.all("link")
            if each.name.startswith(link) and "/threads?" in each.attributes["href"]
        ]
        assert "col=translation" in href
