"""Filters that a page refuses: it keeps its form and says why; files and the API refuse."""

from __future__ import annotations

from urllib.parse import quote

from tests.stories import busy
from tests.web.pages_node import PagesNode, Shown
from tests.web.reading import Element
from tests.web.test_acts import key_of
from tests.web.test_every_list import LISTS
from tests.web.test_quotas import call

DATED = {
    "/threads": "/api/threads",
    "/search": "/api/search",
    "/alerts": "/api/alerts",
    "/batches": "/api/batches",
    "/deadlines": "/api/deadlines",
    "/meetings": "/api/meetings",
    "/priority": "/api/priorities",
    "/people/journal": "/api/people/journal",
}
"""Lists that are filtered by a first and a last day, with their APIs."""

READERS = {
    "/people/journal": "registrar",
    "/unit": "head",
    "/alarms": "head",
    "/quarantine": "head",
    "/access": "oversight",
}

WRONG_ORDER = "since=2026-12-01&until=2026-01-01"

LONG = "rare earth " * 40


def field(page: Element, name: str) -> Element:
    [found] = [each for each in form(page).within() if each.attributes.get("name") == name]
    return found


def form(page: Element) -> Element:
    """The form of the list; the menu has one of its own."""
    return page.one("main").one("search")


def alert(page: Element) -> str:
    [found] = [each for each in page.all("alert") if each.attributes.get("id") == "refusal"]
    return found.text


async def one_of(site: PagesNode, path: str) -> str:
    """Return the address of a page about one thing of the record."""
    _, found = await call(site, "GET", "/api/batches", "desk")
    return path.format(number=found["items"][0]["number"], key=key_of(site.node, "desk"))


def lacking(shown: Shown) -> set[str]:
    """What a page says that it has none of."""
    paragraphs = shown.page.one("main").within()
    return {each.text for each in paragraphs if each.attributes.get("class") == "empty"}


def counted(shown: Shown) -> set[str]:
    """What the headings of a page count, and its sentences with a number of nothing."""
    main = shown.page.one("main")
    headings = {each.text for each in main.within() if each.tag in {"h1", "h2"}}
    numbers = {each for each in headings if each[-1:].isdigit() or each[:1].isdigit()}
    leads = {each.text for each in main.within() if each.tag == "p" and each.text[:2] == "0 "}
    return numbers | leads | {each for each in headings if each.startswith("No ")}


async def asked(site: PagesNode, path: str, query: str, lang: str = "en"):
    return await site.get(f"{path}?{query}", READERS.get(path, "desk"), lang)


async def test_days_in_the_wrong_order_are_named_on_each_page(pages_of):
    site = await pages_of(busy().world, "eu")
    for path in DATED:
        shown = await asked(site, path, f"{WRONG_ORDER}&q=licence")
        assert shown.status == 400, path
        assert alert(shown.page).startswith("The last day is before the first."), path
        for name, day in (("since", "2026-12-01"), ("until", "2026-01-01")):
            typed = field(shown.page, name)
            assert typed.attributes["value"] == day, path
            assert typed.attributes["aria-invalid"] == "true", path
        assert "Clear the filters" in shown.page.names("link"), path
        assert "CSV" not in shown.page.names("link"), "its file would be refused"
        chinese = await asked(site, path, WRONG_ORDER, "zh-CN")
        assert alert(chinese.page).startswith("最后一日早于第一日。"), path


async def test_days_in_the_wrong_order_are_refused_to_programs(pages_of):
    site = await pages_of(busy().world, "eu")
    for path, api in DATED.items():
        for address in (api, f"{path}.csv"):
            query = f"q=a&{WRONG_ORDER}"
            status, answer = await call(
                site, "GET", f"{address}?{query}", READERS.get(path, "desk")
            )
            assert (status, answer["code"]) == (400, "date-order"), address


async def test_figures_refuse_days_in_the_wrong_order(pages_of):
    site = await pages_of(busy().world, "eu")
    status, answer = await call(site, "GET", f"/api/figures?{WRONG_ORDER}", "desk")
    assert (status, answer["code"]) == (400, "date-order")


async def test_a_refused_filter_lists_nothing(pages_of):
    site = await pages_of(busy().world, "eu")
    whole = await asked(site, "/threads", "show=all")
    refused = await asked(site, "/threads", f"show=all&{WRONG_ORDER}")
    assert whole.page.marked("data-row")
    assert not refused.page.marked("data-row")
    assert "0 threads" not in refused.text
    assert "No thread here." not in refused.text


async def test_a_mistyped_day_keeps_the_other_filters(pages_of):
    site = await pages_of(busy().world, "eu")
    for path in (*DATED, "/licences"):
        shown = await asked(site, path, "q=licence&until=foo&since=2026-11-01")
        assert shown.status == 400, path
        assert alert(shown.page).startswith("Write a date as 2026-11-24"), path
        assert field(shown.page, "until").attributes["aria-invalid"] == "true", path
        if path != "/licences":
            since = field(shown.page, "since").attributes
            assert since["value"] == "2026-11-01", path
            assert "aria-invalid" not in since, path
        if path == "/search":
            assert field(shown.page, "q").attributes["value"] == "licence"


async def test_numbers_of_a_wrong_day_are_those_of_today(pages_of):
    site = await pages_of(busy().world, "eu")
    for day in ("foo", "1999-01-01", "0001-01-01"):
        shown = await asked(site, "/numbers", f"on={day}&sort=oldest")
        assert shown.status == 400, day
        assert "date" in alert(shown.page).lower(), day
        options = field(shown.page, "sort").within()
        [chosen] = [each for each in options if "selected" in each.attributes]
        assert chosen.attributes["value"] == "oldest"


async def test_a_text_too_long_is_kept_with_its_limit(pages_of):
    site = await pages_of(busy().world, "eu")
    shown = await asked(site, "/search", f"side=eu&q={quote(LONG)}")
    assert shown.status == 400
    assert "at most 200 characters" in alert(shown.page)
    assert "The program that sent it" not in shown.text
    assert field(shown.page, "q").attributes["value"].startswith("rare earth rare earth")
    chinese = await asked(site, "/search", f"q={quote(LONG)}", "zh-CN")
    assert "最多填写200个字符" in alert(chinese.page)
    status, answer = await call(site, "GET", f"/api/search?q={quote(LONG)}", "desk")
    assert (status, answer["code"]) == (400, "request-malformed")


async def test_every_list_keeps_its_form_with_a_refused_filter(pages_of):
    site = await pages_of(busy().world, "eu")
    names = {"/figures": "counting", "/search": "order"}
    for path in LISTS.keys() - {"/keys", "/mailbox"}:
        address = await one_of(site, path)
        shown = await asked(site, address, f"{names.get(path, 'sort')}=upwards")
        assert shown.status == 400, path
        said = "This list cannot be filtered by “upwards”."
        assert alert(shown.page).startswith(said), path
        assert form(shown.page).all("button"), path
        # The threads of a weekly list are no rows of its filter.
        rows = shown.page.marked("data-row")
        assert not [each for each in rows if "{number}" not in path or each.tag != "li"], path
        whole = await asked(site, address, "")
        assert lacking(shown) <= lacking(whole), "a list that is not read says nothing of its rows"
        assert counted(shown) <= counted(whole), path


async def test_days_are_taken_in_full_width_signs(pages_of):
    site = await pages_of(busy().world, "cn")
    first, last = (
        "".join(chr(ord(sign) + 0xFEE0) for sign in day) for day in ("2026-11-02", "2026-11-30")
    )
    for path in DATED:
        shown = await asked(site, path, f"q=a&since={first}&until={last}")
        assert shown.status == 200, path
        assert field(shown.page, "since").attributes["value"] == "2026-11-02", path
