"""Lists of threads and due times as files: the rows of the page, in words and local times."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from special_channel.core.bytes.ids import PARTIES
from special_channel.web.inbox import tables
from tests.stories import Story, busy
from tests.web.pages_node import PagesNode


async def rows_of(site: PagesNode, path: str, lang: str = "en") -> list[dict[str, str]]:
    """Rows of a table by the codes of its columns, without the words on its effect."""
    shown = await site.get(path, lang=lang)
    assert shown.status == 200, shown.text
    table = csv.reader(io.StringIO(shown.html.lstrip("\ufeff"), newline=""))
    _words, codes, *rows, _effect = table
    return [dict(zip(codes, row, strict=True)) for row in rows if any(row)]


@pytest.fixture(scope="module")
def story() -> Story:
    return busy()


@pytest.mark.parametrize("party", PARTIES)
async def test_file_of_threads_has_the_rows_of_the_list(pages_of, story, party):
    site = await pages_of(story.world, party)
    rows = await rows_of(site, "/threads.csv?show=all")
    listed = (await site.get("/threads?show=all")).page.all("listitem")
    assert {row["thread"] for row in rows} == {
        str(each.position) for each in (story.thread, story.batch_thread, story.other_thread)
    }
    assert len([each for each in listed if "data-row" in each.attributes]) == len(rows)
    [asked] = [row for row in rows if row["thread"] == str(story.thread.position)]
    assert asked["subject"] == "Certificate without stamp"
    assert asked["question"] == f"{story.note.position} Q2"
    assert asked["due"] == ("2026-11-27 10:30" if party == "eu" else "2026-11-27 17:30")
    assert (asked["thread_state"], asked["eu_notes"], asked["cn_notes"]) == ("Open", "1", "2")
    [listed_row] = [row for row in rows if row["thread"] == str(story.batch_thread.position)]
    assert listed_row["weekly_list"] == "W47"


@pytest.mark.parametrize("path", ["/threads.csv?show=all", "/threads.csv?show=all&col=holder"])
async def test_file_of_threads_has_our_references(pages_of, story, path):
    site = await pages_of(story.world, "eu")
    number = str(story.thread.position)
    for reference in ("Ares(2026) 1", "Ares(2026) 2"):
        await site.post(f"/threads/{number}/reference", {"reference": reference})
    rows = {row["thread"]: row["file_reference"] for row in await rows_of(site, path)}
    assert rows.pop(number) == "Ares(2026) 2", "the last one is in use"
    assert set(rows.values()) == {""}
    await site.post(f"/threads/{number}/reference", {"reference": ""})
    assert {row["file_reference"] for row in await rows_of(site, path)} == {""}
    other = await pages_of(story.world, "cn")
    assert "Ares" not in (await other.get(path)).html


LAST = {"last_entry", "last_by", "last_at", "last_words"}


async def test_file_of_threads_has_the_chosen_columns_alone(pages_of, story):
    site = await pages_of(story.world, "eu")
    for query, has in (("", True), ("&col=last", True), ("&col=holder", False)):
        row, *_ = await rows_of(site, f"/threads.csv?show=all{query}")
        assert LAST & row.keys() == (LAST if has else set()), query
    assert "holder" in row
    assert "next_step" not in row


async def test_file_of_deadlines_is_as_filtered(pages_of, story):
    site = await pages_of(story.world, "cn")
    [row] = await rows_of(site, "/deadlines.csv?side=ours", "zh-CN")
    assert (row["question"], row["thread"]) == (
        f"{story.note.position} Q2",
        str(story.thread.position),
    )
    assert row["answering"] == "中方"
    assert await rows_of(site, "/deadlines.csv?side=theirs") == []
    decided = await rows_of(site, "/deadlines.csv?state=decided")
    assert {row["answered_in"] for row in decided} == {str(story.answer.position)}


@pytest.mark.parametrize("name", ["threads", "deadlines"])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_page_leads_to_its_files(pages_of, story, name, lang):
    site = await pages_of(story.world, "eu")
    page = (await site.get(f"/{name}", lang=lang)).page
    for ending in ("XLSX", "CSV"):
        href = page.one("link", ending).attributes["href"]
        assert href.startswith(f"/{name}.{ending.lower()}?")
        assert (
            await site.ask("GET", f"/{name}.csv?{href.partition('?')[2]}", "desk", lang)
        ).status == 200


async def test_file_that_ends_before_the_list_says_so(pages_of, story, monkeypatch):
    site = await pages_of(story.world, "eu")

    async def sheets() -> str:
        token = await site.sign_in("desk")
        cookie = {"Cookie": f'sc-session-eu="{token}"'}
        async with site.client.get(f"{site.base}/threads.xlsx?show=all", headers=cookie) as answer:
            assert answer.status == 200
            with zipfile.ZipFile(io.BytesIO(await answer.read())) as book:
                return "".join(book.read(each).decode() for each in book.namelist())

    assert "1 / 3" not in await sheets()
    monkeypatch.setattr(tables, "MAX_THREADS", 1)
    assert "1 / 3" in await sheets()
