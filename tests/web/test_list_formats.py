"""Lists over the API as files: the bytes of the page's file, and filters that a file lacks."""

from __future__ import annotations

import pytest

from special_channel.web.http.operation import OPERATION
from special_channel.web.http.routes import ROUTES
from special_channel.web.shared.file_formats import MEDIA, ONLY_JSON, PAGE_OF
from tests.stories import busy
from tests.web.test_marks import FAR, asked, marks
from tests.web.test_quotas import call
from tests.world import World

FUNCTION = {
    "/api/access": "oversight",
    "/api/people/journal": "registrar",
    "/api/clearances": "head",
    "/api/unit": "head",
    "/api/quarantine": "registrar",
    "/api/alarms": "registrar",
}
"""Who reads a list that not every official may read."""

FILTERED = {"/api/search": "q=certificate", "/api/threads": "show=all", "/api/work": "scope=all"}


def test_every_file_of_a_page_is_a_format_of_a_list():
    pages = {path for method, path, _ in ROUTES if method == "GET" and path.endswith(".csv")}
    # One is to be filled in; the demonstration's mails have a page and no API.
    alone = {"/batches/{number}/answer.csv", "/mailbox.csv"}
    assert pages == {f"{page}.csv" for page in PAGE_OF.values()} | alone
    described = {path for _, path, handler in ROUTES if getattr(handler, OPERATION, None)
                 and getattr(handler, OPERATION).files}  # fmt: skip
    assert described == {*PAGE_OF}
    assert ONLY_JSON.keys() <= PAGE_OF.keys()


@pytest.mark.parametrize("path", sorted({*PAGE_OF} - {"/api/batches/{number}", "/api/keys/{key}"}))
async def test_format_of_a_list_is_the_file_of_its_page(pages_of, path):
    site = await pages_of(busy().world, "eu")
    who, chosen = FUNCTION.get(path, "desk"), FILTERED.get(path, "")
    page = await site.get(f"{PAGE_OF[path]}.csv?{chosen}", who)
    over_api = await site.get(f"{path}?format=csv&{chosen}", who)
    assert (page.status, over_api.status) == (200, 200)
    assert over_api.html == page.html
    assert over_api.headers["Content-Type"].startswith(MEDIA["csv"])
    assert over_api.headers["Content-Disposition"] == page.headers["Content-Disposition"]
    chinese = await site.get(f"{path}?format=csv&lang=zh-CN&{chosen}", who)
    assert chinese.html == (await site.get(f"{PAGE_OF[path]}.csv?{chosen}", who, "zh-CN")).html


async def test_format_of_a_list_and_of_a_key_has_their_rows(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    [item, *_] = (await call(site, "GET", "/api/batches"))[1]["items"]
    key = story.world.eu.keys["desk"].key
    for api, page in (
        (f"/api/batches/{item['number']}", f"/batches/{item['number']}/rows"),
        (f"/api/keys/{key}", f"/keys/{key}/entries"),
    ):
        shown = await site.get(f"{api}?format=csv")
        assert (shown.status, shown.html) == (200, (await site.get(f"{page}.csv")).html)


async def test_format_is_refused_where_rows_would_be_others(pages_of):
    site = await pages_of(busy().world, "eu")
    for query, field in (
        ("/api/threads?format=pdf", "format"),
        ("/api/people?format=csv&party=cn", "party"),
        ("/api/figures?format=xlsx&since=2026-01-01", "since"),
    ):
        status, told = await call(site, "GET", query)
        assert (status, told["code"], told["facts"]) == (
            400, "request-malformed", {"field": field}
        )  # fmt: skip
    assert (await call(site, "GET", "/api/unit?format=csv"))[0] == 403


async def test_file_of_the_inbox_says_what_was_put_away(pages_of):
    world = World.founded()
    first, second = asked(world, FAR), asked(world, FAR)
    world.exchange()
    site = await pages_of(world, "eu")
    await marks(site, threads=[first], act="done")
    for query, words in (("scope=all", 0), ("scope=all&away=1", 1)):
        shown = await site.get(f"/api/work?format=csv&{query}")
        assert (shown.html.count("Done by you"), second in shown.html) == (words, True)
    await marks(site, threads=[second], act="remind", value="2026-12-24")
    shown = await site.get("/api/work?format=csv&scope=all&away=1")
    assert (shown.html.count("Done by you"), shown.html.count("Reminder Thu 24 Dec")) == (1, 1)
