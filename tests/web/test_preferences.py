"""A person's own preferences: how threads show languages, how close rows are, single keys."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.web.pages_node import PagesNode
from tests.world import World

PLAIN = {
    "language": "en",
    "text_view": "pair",
    "dense": False,
    "shortcuts": True,
    "possible_questions": False,
}


@pytest.fixture
def world() -> World:
    made = World.founded()
    for subject in ("One", "Another"):
        thread = made.open_thread("eu", subject)
        made.note("eu", thread.leaf.thread)
    made.exchange()
    return made


async def preferences(site: PagesNode, who: str = "desk") -> dict[str, Any]:
    told: dict[str, Any] = json.loads((await site.get("/api/preferences", who)).html)
    return told


async def threads(site: PagesNode) -> list[str]:
    listed = json.loads((await site.get("/api/threads")).html)["items"]
    return [f"/threads/{each['number']}" for each in listed]


def shown_as(page: Any) -> str:
    """The view of a thread's texts that is chosen."""
    [chosen] = [each for each in page.marked("data-view") if "aria-current" in each.attributes]
    return str(chosen.attributes["data-view"])


async def test_view_of_one_thread_is_the_next_threads_too(pages_of, world):
    site = await pages_of(world, "eu")
    one, another = await threads(site)
    assert shown_as((await site.get(one)).page) == "pair"
    assert shown_as((await site.get(f"{one}?view=original")).page) == "original"
    assert shown_as((await site.get(another)).page) == "original"
    assert await preferences(site) == PLAIN | {"text_view": "original"}
    # An unknown word changes nothing, and neither do a colleague's pages.
    assert shown_as((await site.get(f"{one}?view=upside-down")).page) == "pair"
    assert shown_as((await site.get(another)).page) == "original"
    assert shown_as((await site.get(another, "head")).page) == "pair"


@pytest.mark.parametrize(("lang", "close"), [("en", "Close together"), ("zh-CN", "紧凑")])
async def test_rows_are_close_for_one_person_alone(pages_of, world, lang, close):
    site = await pages_of(world, "eu")
    fields = {"text_view": "zh", "rows": "close"}
    assert (await site.post("/preferences", fields)).status == 303
    page = (await site.get("/preferences", lang=lang)).page
    chosen = [each.name for each in page.all("radio") if "checked" in each.attributes]
    assert chosen == ["中文", close]
    body = next(each for each in page.within() if each.tag == "body")
    assert "dense" in body.attributes["class"].split()
    other = (await site.get("/inbox", "head")).page
    body = next(each for each in other.within() if each.tag == "body")
    assert "dense" not in body.attributes["class"].split()


async def test_api_sets_what_the_page_shows(pages_of, world):
    site = await pages_of(world, "cn")
    wanted = {
        "language": "en",
        "text_view": "en",
        "dense": True,
        "shortcuts": False,
        "possible_questions": True,
    }
    told = await site.ask("POST", "/api/preferences", "desk", "en", json=wanted)
    assert (told.status, json.loads(told.html)) == (200, wanted)
    assert await preferences(site) == wanted
    page = (await site.get("/preferences", lang="en")).page
    chosen = [each.name for each in page.all("radio") if "checked" in each.attributes]
    assert chosen == ["English", "Close together"]
    assert "Single-key shortcuts are off." in page.text
    assert shown_as((await site.get((await threads(site))[0])).page) == "en"


async def language_shown(site: PagesNode, lang: str, accepted: str, path: str = "/inbox") -> str:
    """The language of a page for a browser that chose `lang`, if any, and accepts another one."""
    headers = {"Accept-Language": accepted}
    shown = await site.ask("GET", path, "desk", lang, headers=headers)
    return shown.headers["Content-Language"]


@pytest.mark.parametrize("path", ["/inbox", "/preferences", "/threads/EU-9999"])
async def test_pages_follow_the_persons_own_language(pages_of, world, path):
    """A browser that the person has not used yet shows the person's language, in errors too."""
    site = await pages_of(world, "eu")
    assert await language_shown(site, "", "zh-CN", path) == "en"
    told = await site.ask("POST", "/api/preferences", "desk", "en", json={"language": "zh-CN"})
    assert json.loads(told.html)["language"] == "zh-CN"
    assert await language_shown(site, "", "en", path) == "zh-CN"
    assert await language_shown(site, "en", "zh-CN", path) == "en", "this browser's choice"
    stranger = await site.ask("GET", "/sign-in", "", "", headers={"Accept-Language": "en"})
    assert stranger.headers["Content-Language"] == "en"


async def test_language_stays_when_it_is_left_out(pages_of, world):
    site = await pages_of(world, "eu")
    await site.post("/lang", {"to": "zh-CN", "back": "/inbox"})
    await site.ask("POST", "/api/preferences", "desk", "en", json={"dense": True})
    assert await preferences(site) == PLAIN | {"language": "zh-CN", "dense": True}
    assert (await preferences(site, "head"))["language"] == "en"
    told = await site.ask("POST", "/api/preferences", "desk", "en", json={"language": "fr"})
    assert told.status == 400
    assert (await preferences(site))["language"] == "zh-CN"


@pytest.mark.parametrize(
    "fields",
    [{}, {"text_view": "pair"}, {"text_view": "all", "rows": "wide"}, {"rows": "wide"}],
)
async def test_words_without_a_meaning_are_refused(pages_of, world, fields):
    site = await pages_of(world, "eu")
    refused = await site.post("/preferences", fields)
    assert refused.status == 400
    assert "request-malformed" in refused.html
    assert await preferences(site) == PLAIN
