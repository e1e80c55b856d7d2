"""Pages of errors: their headings, and the ways back to the page of a form."""

from __future__ import annotations

import pytest

from special_channel.web.http.problems import ProblemPage
from special_channel.web.http.sessions import csrf_token
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_quotas import call
from tests.world import World

BACK = "Back to the page"
INBOX = "Go to the inbox"


def links(shown: Shown) -> dict[str, str]:
    """The buttons of a page, by their words."""
    found = [each for each in shown.page.marked("class", "btn") if each.tag == "a"]
    return {each.text: each.attributes["href"] or "" for each in found}


async def refused(site: PagesNode, path: str, fields: dict[str, str], came: str) -> Shown:
    """Post a form as a browser that names the page where it was."""
    token = await site.sign_in("desk")
    data = {"csrf": csrf_token(token)} | fields
    return await site.ask("POST", path, "desk", "en", data=data, headers={"Referer": came})


@pytest.mark.parametrize(
    ("path", "fields", "page"),
    [
        ("/keys/hold", {"seconds": "abc"}, "/keys"),
        ("/keys/hold", {"seconds": "-5"}, "/keys"),
        ("/keys/away", {"until": "2020-01-01"}, "/keys"),
        ("/keys/label", {"label": "x" * 500}, "/keys"),
        ("/notices", {"preset": "loud"}, "/notices"),
    ],
)
async def test_refused_form_leads_back_to_its_page(pages_of, path, fields, page):
    site = await pages_of(World.founded(), "eu")
    shown = await site.post(path, fields)
    assert shown.status >= 400
    assert links(shown) == {BACK: page, INBOX: "/"}
    [heading] = [each for each in shown.page.all("heading") if each.tag == "h1"]
    assert heading.text == "The request can’t be carried out"


@pytest.mark.parametrize(
    ("path", "back"),
    [
        ("/help/nothing-like-it", "/help"),
        ("/threads/EU-99999/dossier?edition=internal", "/threads"),
        ("/nothing", ""),
    ],
)
async def test_refused_link_leads_to_the_page_above(pages_of, path, back):
    site = await pages_of(World.founded(), "eu")
    shown = await site.get(path)
    assert links(shown).get(BACK, "") == back
    assert links(shown)[INBOX] == "/"
    if back:
        assert (await site.get(back)).status == 200


async def test_page_named_by_the_browser_comes_first(pages_of):
    site = await pages_of(World.founded(), "eu")
    home = site.own.node.url
    for came, back in {
        f"{home}/keys?page=2": "/keys?page=2",
        f"{home}/help": "/help",
        "https://elsewhere.example/help": "/keys",
        f"{home}.elsewhere.example/help": "/keys",
        f"{home}//elsewhere.example/help": "/keys",
        f"{home.replace('://', '://somebody@')}/help": "/keys",
        f"{home}/keys/hold": "/keys",
        f"{home}/api/inbox": "/keys",
        f"{home}/help?{'x' * 3000}": "/keys",
        f"{home}:0x/help": "/keys",
        "javascript:alert(1)": "/keys",
    }.items():
        shown = await refused(site, "/keys/hold", {"seconds": "abc"}, came)
        assert links(shown)[BACK] == back, came


async def test_whoever_is_signed_out_is_led_to_no_inbox(pages_of):
    site = await pages_of(World.founded(), "eu")
    elsewhere = {"Origin": "https://elsewhere.example"}
    shown = await site.ask("POST", "/stop", "", "en", data={"mail": "x"}, headers=elsewhere)
    assert (shown.status, links(shown)) == (403, {BACK: "/stop"})


@pytest.mark.parametrize(
    ("status", "code", "heading"),
    [
        (409, "away-days", "400"),
        (409, "hold-seconds", "400"),
        (409, "draft-elsewhere", "409"),
        (409, "release-changed", "409"),
        (404, "page-unknown", "404"),
        (422, "signature-wrong", "400"),
        (504, "outcome-unknown", "500"),
    ],
)
def test_heading_says_that_something_changed_only_if_it_did(status, code, heading):
    assert ProblemPage(status, code).heading == heading


@pytest.mark.parametrize(
    ("query", "first", "last"),
    [
        ("/threads?since=0001-01-01", "0001-01-02", "9999-12-30"),
        ("/threads?until=9999-12-31", "0001-01-02", "9999-12-30"),
        ("/figures?since=1999-12-31", "2000-01-01", "9999-12-31"),
    ],
)
async def test_day_out_of_range_names_the_range(pages_of, query, first, last):
    site = await pages_of(World.founded(), "eu")
    status, told = await call(site, "GET", f"/api{query}")
    assert (status, told["code"]) == (400, "date-range")
    assert told["title"] == f"A date must be from {first} to {last}."
