"""A page beyond the end of a list leads to its last page: nobody reads that the list is empty."""

from __future__ import annotations

import pytest

from special_channel.web.shared.paging import last_page, paging
from tests.stories import Story, busy

LISTS = {
    "/applications?text=A-": "desk",
    "/differences": "desk",
    "/threads": "desk",
    "/batches": "desk",
    "/deadlines": "desk",
    "/licences": "desk",
    "/meetings": "desk",
    "/priority": "desk",
    "/notices": "desk",
    "/unit": "head",
    "/people": "registrar",
    "/people/journal": "registrar",
    "/people/cn": "desk",
}
"""Lists with numbered pages, and who reads them."""

ROWS = {
    "/applications?text=A-": "A-1",
    "/batches": "3 applications",
    "/meetings": "EU-",
    "/threads": "CN-",
}
"""Words of a row."""


@pytest.fixture(scope="module")
def story() -> Story:
    made = busy()
    made.world.meeting("eu")
    made.world.exchange()
    return made


async def test_page_beyond_the_end_leads_to_the_last(pages_of, story):
    site = await pages_of(story.world, "eu")
    for path, who in LISTS.items():
        beyond = await site.get(f"{path}{'&' if '?' in path else '?'}page=99", who)
        assert beyond.status == 303, path
        last = beyond.headers["Location"]
        assert last.startswith(path.partition("?")[0]), path
        assert last.endswith("page=1"), path
        shown = await site.get(last, who)
        assert shown.status == 200, path
        assert ROWS.get(path, "") in shown.page.one("main").text, path


def test_last_page_keeps_the_filters():
    assert last_page([paging(4, 101, 50, "/threads?show=all")]) == "/threads?show=all&page=3"
    assert last_page([paging(3, 101, 50, "/threads?show=all")]) is None
    assert last_page([paging(7, 0, 50, "/threads")]) == "/threads?page=1"


def test_page_of_two_lists_goes_as_far_as_the_longer_one():
    short, long = paging(2, 10, 50, "/people/cn"), paging(2, 90, 50, "/people/cn")
    assert last_page([short, long, "no list"]) is None
    short, long = paging(9, 10, 50, "/people/cn"), paging(9, 90, 50, "/people/cn")
    assert last_page([short, long]) == "/people/cn?page=2"
