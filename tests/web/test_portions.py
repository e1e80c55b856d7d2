"""Pages of long files: each of at most 400 KB, with links to every row, and the data to sign."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from urllib.parse import urldefrag

import pytest
import xlsxwriter
from pydantic import ValidationError

from special_channel.desk import payloads
from special_channel.desk.clearance import Sender, queue_for_release
from special_channel.desk.payloads import Author, Fields
from special_channel.web.lists.views import MAX_ROWS
from special_channel.web.shared.portions import PortionQuery, Portions, heavy
from special_channel.web.shell.markup import visible
from tests.desk.test_lists import HEADER, csv
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_list_check import AT, PATH, line, sent, workbook
from tests.web.test_long_threads import MOST_BYTES
from tests.world import World

NUMBERS = [f"FIKTIV-26-{n:07d}" for n in range(1, MAX_ROWS + 1)]


def long_file(**more: str) -> bytes:
    """A file of 2,000 rows, each with columns of ours."""
    lines = [line(row, number) for row, number in enumerate(NUMBERS, 1)]
    for row, change in more.items():
        at = int(row.lstrip("r")) - 1
        lines[at] = lines[at].replace("urgent", change)
    return csv(*lines, header=HEADER)


def next_of(shown: Shown, part: str) -> str:
    """The link to the rest of a table."""
    found = (
        e.attributes["href"] for e in shown.page.marked("rel") if e.attributes["rel"] == "next"
    )
    return next((urldefrag(each).url for each in found if f"part={part}" in each), "")


async def read_on(site: PagesNode, shown: Shown, part: str, who: str = "desk") -> list[Shown]:
    """Follow the links of a table, from its first portion on."""
    pages, address = [], next_of(shown, part)
    assert address, "a long table links to all of its rows"
    while address:
        found = await site.get(address, who)
        assert (found.status, len(found.html.encode()) <= MOST_BYTES) == (200, True), address
        pages.append(found)
        address = next_of(found, part)
    return pages


@pytest.mark.parametrize("text", ["plain & <signed>", '"quoted"', "证书", "\u202ea" * 500])
def test_text_weighs_what_its_html_has(text):
    """Controls of direction are marked one by one: they weigh seven times their own bytes."""
    assert heavy(text) == len(visible(text).encode())


def test_each_main_table_keeps_the_place_in_the_others():
    asked = PortionQuery(part="rows", page=2, beside="read.3,rows.9")
    portions = Portions("/drafts/1?kind=note", asked)
    rows, read = (portions.of(name, ["word"] * 500, main=True) for name in ("rows", "read"))
    assert (rows.first, read.first) == (100, 200)
    beside = portions.around(rows=rows.pages, read=read.pages)
    rows, read = beside.again("rows", rows), beside.again("read", read)
    base = "/drafts/1?kind=note&part="
    assert rows.url == f"{base}rows&beside=read.3&page=2#rows"
    assert rows.pages.next_url == f"{base}rows&beside=read.3&page=3#rows"
    assert read.pages.previous_url == f"{base}read&beside=rows.2&page=2#read"
    assert beside.table("answers") == f"{base}answers&beside=rows.2,read.3"
    assert PortionQuery(beside="rows.2,read.3").page_of("read", main=True) == 3
    for wrong in ("rows", "rows.0", "rows.2,", ",".join(f"{each}.2" for each in "abcde")):
        with pytest.raises(ValidationError):
            PortionQuery(beside=wrong)


@pytest.mark.timeout(300)
async def test_check_of_the_longest_list_is_on_pages_of_400_kb(pages_of):
    site = await pages_of(World.founded(), "eu")
    shown = await site.post(PATH, sent(long_file()))
    assert len(shown.html.encode()) <= MOST_BYTES
    pages = await read_on(site, shown, "rows")
    listed = [each for page in pages for each in re.findall(r"FIKTIV-26-\d{7}", page.text)]
    assert sorted({*listed}) == NUMBERS
    assert re.search(rf"Shown: 1 to \d+ of {MAX_ROWS}\.", pages[0].text)
    for place, marked in (("crossing", "data-bytes"), ("kept", "data-log")):
        [part] = [e for e in shown.page.marked(marked) if e.attributes.get("id") == place]
        assert part.text == ""
        data = (await site.get(part.attributes["data-url"])).html
        # What is signed is what the page was made of.
        assert sha256(data.encode()).hexdigest() == part.attributes["data-sha256"]
        assert [row["number"] for row in json.loads(data)["data"]["rows"]] == NUMBERS
    assert (await site.get(f"{PATH}/data.json", who="clerk")).status == 404, "its reader's alone"


@pytest.mark.timeout(300)
async def test_everything_wrong_in_the_longest_list_is_reachable(pages_of):
    site = await pages_of(World.founded(), "eu")
    bad = long_file(**{f"r{row}": "soon" for row in range(1, 1001)})
    shown = await site.post(PATH, sent(bad))
    assert len(shown.html.encode()) <= MOST_BYTES
    lines = [
        each.attributes["data-aside"]
        for page in await read_on(site, shown, "fix")
        for each in page.page.marked("data-aside")
    ]
    assert lines == [str(each) for each in range(2, 1002)]


@pytest.mark.timeout(300)
async def test_longest_amendment_is_on_pages_of_400_kb(pages_of):
    world = World.founded()
    batch = world.list_batch(NUMBERS, list_="L2026-47", urgency="normal")
    world.exchange()
    site = await pages_of(world, "eu")
    url = f"/batches/{batch.position}/amend"
    shown = await site.post(url, sent(long_file()))
    assert len(shown.html.encode()) <= MOST_BYTES
    assert f"{MAX_ROWS} rows are amended." in shown.text
    rows = [
        each.text.split()[0]
        for page in await read_on(site, shown, "rows")
        for each in page.page.marked("data-amended")
    ]
    assert rows == [str(each) for each in range(1, MAX_ROWS + 1)]
    [part] = shown.page.marked("data-bytes")
    data = (await site.get(part.attributes["data-url"])).html
    assert sha256(data.encode()).hexdigest() == part.attributes["data-sha256"]
    assert len(json.loads(data)["data"]["changed"]) == MAX_ROWS


@pytest.mark.timeout(300)
async def test_release_of_the_longest_list_shows_every_row(pages_of):
    """All rows to be seen, and all signed rows, on pages that say how many there are."""
    world = World.founded()
    site = await pages_of(world, "eu")
    keys = world.eu.keys["desk"]
    author = Author(keys, world.eu.origin, AT, (), lambda size: b"\1" * size)
    rows: list[Fields] = [
        {
            "row": row, "number": number, "urgency": "line_stop", "rank": row,
            "first_listed": "2026-11-20", "times_listed": 1, "stop_on": "2026-12-03",
        }
        for row, number in enumerate(NUMBERS, 1)
    ]  # fmt: skip
    drafted = payloads.batch_listed(author, "L2026-47", rows)
    by = Sender(keys.key, {1: "desk"}, "eu", world.eu.origin)
    await queue_for_release(site.own.desk.clearances, [drafted], by, site.own.node.clock.now())
    [draft] = await site.own.desk.clearances.waiting()
    address, seen = f"/clearances/{draft.id}", list[int]()
    while address:
        shown = await site.get(address, who="head")
        assert (shown.status, len(shown.html.encode()) <= MOST_BYTES) == (200, True), address
        assert f"{MAX_ROWS} rows must be on screen" in shown.text
        here = [int(each.attributes["data-look"]) for each in shown.page.marked("data-look")]
        [card] = shown.page.marked("data-others")
        others = [int(each) for each in card.attributes["data-others"].split()]
        assert sorted((*here, *others)) == [*range(1, MAX_ROWS + 1)]
        at = card.attributes["data-places"].split()
        assert len(at) == len(others)
        seen += here
        address = next_of(shown, "rows")
    assert seen == [*range(1, MAX_ROWS + 1)]
    # A link to a row on another portion opens the portion that has it.
    far = await site.get(f"/clearances/{draft.id}?part=rows&at=1500", who="head")
    assert "1500" in {each.attributes["data-look"] for each in far.page.marked("data-look")}
    every = await read_on(
        site, await site.get(f"/clearances/{draft.id}", who="head"), "all", "head"
    )
    listed = [each for page in every for each in page.page.marked("id", "all")]
    assert {one for each in listed for one in re.findall(r"FIKTIV-26-\d{7}", each.text)} == {
        *NUMBERS
    }


async def test_page_of_a_list_says_how_many_threads_it_has(pages_of):
    world = World.founded()
    week = world.list_batch(NUMBERS, state="submitted", as_of="2026-11-18")
    for number in range(103):
        world.open_thread("eu", f"Subject {number}.", batch=week.leaf.id)
    world.exchange()
    site = await pages_of(world, "eu")
    shown = await site.get(f"/batches/{week.position}")
    assert len(shown.html.encode()) <= MOST_BYTES
    assert "Shown: 1 to 100 of 103." in shown.text
    [link] = [each for each in shown.page.links().values() if f"batch={week.position}" in each]
    rest = await site.get(link.replace("&amp;", "&"))
    assert rest.status == 200
    assert "103" in rest.text


@pytest.mark.timeout(300)
async def test_comments_and_reasons_of_a_long_file_are_reachable(pages_of):
    """2,000 rows, each with a comment of its own and a finding that needs a reason."""
    site = await pages_of(World.founded(), "eu")
    heads = [*HEADER.split(","), "stop_on"]

    def fill(_: xlsxwriter.Workbook, sheet: xlsxwriter.worksheet.Worksheet) -> None:
        sheet.write_row(0, 0, heads)
        for row, number in enumerate(NUMBERS, 1):
            stop = line(row, number).replace("urgent,", "line_stop,")
            sheet.write_row(row, 0, [*stop.split(","), "2027-06-01"])
            sheet.write_comment(row, 1, f"Comment {row}. " + "Bitte prüfen. " * 8)

    await site.post(PATH, sent(workbook(fill)))
    await site.post(PATH, {"send:comment": "send"})
    shown = await site.get(PATH)
    assert len(shown.html.encode()) <= MOST_BYTES
    assert shown.page.marked("data-reason")
    pages = await read_on(site, shown, "comments")
    found = {int(n) for page in pages for n in re.findall(r"Comment (\d+)\.", page.text)}
    assert found == {*range(1, MAX_ROWS + 1)}
