"""Long lists of our own side are led on in pages of 400 KB, and a file is whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from urllib.parse import urldefrag, urlsplit

import pytest

from special_channel.messages.catalogue import Lang
from special_channel.web.access.views import AccessFilters, AccessView
from special_channel.web.quarantine.views import Quarantine
from special_channel.web.shared.portions import PortionQuery
from special_channel.web.shared.query import read_query
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import render
from tests.web.reading import Element, Page
from tests.web.samples.grants import granted, no_grants, page_of, scopes
from tests.web.samples.people import frame, hexes
from tests.web.samples.reviews import quarantine_of, quarantine_sample
from tests.web.test_answer import sent, told
from tests.web.test_long_threads import MOST_BYTES
from tests.web.test_notices import tell
from tests.world import World


def read_on(made: Callable[[PortionQuery], ViewPage], part: str, lang: Lang = "en") -> list[Page]:
    """Follow the links of a table from its first portion on; each page is within its bytes."""
    pages: list[Page] = []
    asked = PortionQuery()
    while True:
        html = render(made(asked), frame("eu", lang))
        assert len(html.encode()) <= MOST_BYTES
        pages.append(Page(html))
        links = [urldefrag(each.attributes["href"]).url for each in pages[-1].marked("rel", "next")]
        rest = [each for each in links if f"part={part}&" in f"{each}&"]
        if not rest:
            return pages
        fields = [pair.partition("=") for pair in urlsplit(rest[0]).query.split("&")]
        asked = read_query(PortionQuery, [(name, value) for name, _, value in fields])


@pytest.mark.parametrize(
    ("part", "facts"),
    [("in-force", {"in_force": True}), ("past", {"in_force": False, "ended": "PRIVATE-9"})],
)
def test_every_grant_of_many_is_reachable(part, facts):
    """600 grants; a page said nothing of those beyond its 500."""
    view = no_grants("eu").view
    assert isinstance(view, AccessView)
    rows = tuple(granted("eu", at % 200, scopes()[1], position=f"PRIVATE-{at}", **facts)
                 for at in range(600))  # fmt: skip
    view = view.model_copy(update={"grants": rows})
    query = AccessFilters(text="audit")
    pages = read_on(lambda asked: page_of("eu", view, query, asked), part)
    assert "Shown: 1 to" in pages[0].text
    listed = [
        head.name for page in pages for head in page.one("group", heading(part)).all("rowheader")
    ]
    assert sorted({*listed}) == sorted(row.position for row in rows)
    links = [each.attributes["href"] for each in pages[0].marked("rel", "next")]
    assert all("text=audit" in each for each in links), "the filter stays"


def heading(part: str) -> str:
    return {"in-force": "Grants in force", "past": "Over or ended"}[part]


def test_every_quarantined_file_of_many_is_reachable():
    view = quarantine_sample("eu").view
    assert isinstance(view, Quarantine)
    found = view.files[0]
    files = [
        found.model_copy(update={"sha256": hexes(at), "name": f"file {at}"}) for at in range(250)
    ]
    pages = read_on(lambda asked: quarantine_of(*files, asked=asked), "files")
    assert len(pages) > 1
    names = [
        each.name for page in pages for each in page.all("heading") if each.name[:5] == "file "
    ]
    assert names == [each.name for each in files]


async def test_long_private_cells_of_an_answer_are_fetched_by_their_digest(pages_of):
    """2 MB of our own columns stood in the page of an answer."""
    world, path = told()
    site = await pages_of(world, "cn")
    lines = [
        {
            "row": str(row),
            "application_no": f"A-{row}",
            "match": "found",
            "remark_en": "备注" * 2_000,
        }
        for row in (1, 2, 3)
    ]
    done = await site.post(f"{path}/answer", sent(lines))
    assert done.status == 303, done.text
    shown = await site.get(f"{path}/answer")
    [part] = shown.page.marked("data-sign", "columns.kept")
    assert (part.text, part.attributes["data-url"]) == ("", f"{path}/answer/data.json")
    data = (await site.get(part.attributes["data-url"])).html
    assert sha256(data.encode()).hexdigest() == part.attributes["data-sha256"]
    assert [row["row"] for row in json.loads(data)["data"]["rows"]] == [1, 2, 3]
    assert (await site.get(f"{path}/answer/data.json", who="clerk")).status == 404, "its author’s"


async def test_news_beyond_a_page_are_led_to(pages_of):
    site = await pages_of(World.founded(), "eu")
    for number in range(53):
        await tell(site, "desk", f"cn:{number}", asked=f"CN-{100 + number}")

    def listed(page: Element) -> list[str]:
        return [each.name for each in page.one("list", "New for you").all("link")]

    first = (await site.get("/notices")).page
    [link] = first.marked("rel", "next")
    second = (await site.get(link.attributes["href"])).page
    assert (len(listed(first)), len(listed(second))) == (50, 3)
    assert len({*listed(first), *listed(second)}) == 53
