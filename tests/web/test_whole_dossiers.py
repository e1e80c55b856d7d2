"""Long dossiers: files have everything, pages have portions, and a bound says so."""

from __future__ import annotations

import re
from typing import Any

import pytest

from special_channel.web.dossiers import applications, lists, threads
from special_channel.web.lists.views import MAX_ROWS
from special_channel.web.thread.windows import PRINTED
from tests.permits import amend, list_row, mark
from tests.web.pages_node import PagesNode
from tests.web.test_applications import state
from tests.web.test_dossiers import EDITIONS, LANGUAGES, LONG, squeezed
from tests.web.test_effect import taken
from tests.web.test_long_threads import conversation
from tests.web.test_meetings import pdf_text
from tests.world import Entry, World

MOST_BYTES = 400_000
"""Of the HTML of any page."""

ANSWER = {
    "match": "found", "state": "supplement", "as_of": "2026-11-20", "accepted_on": "2026-09-21",
    "missing": ["contract"], "remark": "applicant_told", "clock": "runs", "days_used": 41,
}  # fmt: skip


def long_list(rows: int, threads: int) -> tuple[World, Entry, list[str]]:
    """A list of which every row is answered, with threads."""
    world = World.founded()
    numbers = [f"FIKTIV-26-{n:07d}" for n in range(rows)]
    week = world.list_batch(numbers, list_="W47", state="submitted", as_of="2026-11-18")
    for number in range(threads):
        world.open_thread("eu", f"Subject {number}.", batch=week.leaf.id)
    world.exchange()
    said: dict[str, Any] = dict(ANSWER)
    world.answer_batch(
        week, [said | {"row": n, "number": each} for n, each in enumerate(numbers, 1)]
    )
    world.exchange()
    return world, week, numbers


async def portions(site: PagesNode, address: str, lang: str = "en") -> list[str]:
    """Read each page of a dossier, following the links."""
    found = []
    while address:
        shown = await site.get(address, lang=lang)
        assert shown.status == 200, shown.text
        assert len(shown.html.encode()) <= MOST_BYTES
        [article] = shown.page.marked("aria-labelledby", "filing-title")
        found.append(article.text)
        following = [e for e in shown.page.marked("rel") if e.attributes["rel"] == "next"]
        address = following[0].attributes["href"] if following else ""
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("edition", EDITIONS)
async def test_dossier_of_the_longest_list_is_whole(pages_of, edition):
    world, week, numbers = long_list(MAX_ROWS, 120)
    site = await pages_of(world, "eu")
    pages = await portions(site, f"/batches/{week.position}/dossier?edition={edition}")
    assert len(pages) > 2
    first = await site.get(f"/batches/{week.position}/dossier?edition={edition}")
    assert f"Portion 1 of {len(pages)}. The PDF has all portions." in first.text
    shown = " ".join(pages)
    printed = pdf_text(
        await taken(site, f"/batches/{week.position}/dossier.pdf?edition={edition}", "en"), "-raw"
    )
    for text in (shown, printed):
        listed = re.findall(r"FIKTIV-26-\d{7}", text)
        # Once with both sides' states, once with the answer.
        assert {each: listed.count(each) for each in numbers} == dict.fromkeys(numbers, 2)
        subjects = {int(each) for each in re.findall(r"Subject (\d+)\.", text)}
        assert subjects == {*range(120)}
        assert "Only" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_list_dossier_has_the_answers_in_both_languages(pages_of, lang):
    world, week, _ = long_list(2, 0)
    site = await pages_of(world, "cn")
    path = f"/batches/{week.position}/dossier"
    shown = (await portions(site, path, lang))[0]
    printed = pdf_text(await taken(site, f"{path}.pdf?lang={lang}", lang), "-raw")
    for text in map(squeezed, (shown, printed)):
        for words in (
            "List W47", "清单W47", "found", "41 of 45 working days", "applicant told", "contract",
            "accepted 21 Sep 2026", "合同", "补正",
        ):  # fmt: skip
            assert squeezed(words) in text, words


async def test_list_dossier_says_what_any_entry_states_of_time_not_counted(pages_of):
    """It said of a paused application that such time is not stated.

    And of a pause of another round, or of after the sheet, that it is.
    """
    world = World.founded()
    week = world.list_batch(["A-1", "A-2", "A-3", "A-4"])
    mark(world, "cn", "A-1", "accepted", "2026-08-03")
    mark(world, "cn", "A-1", "uncounted", "2026-09-07", basis="test")
    mark(world, "cn", "A-1", "counted", "2026-09-28")
    mark(world, "cn", "A-3", "accepted", "2026-03-02")
    mark(world, "cn", "A-3", "uncounted", "2026-03-09", basis="test")
    mark(world, "cn", "A-3", "returned", "2026-04-01")
    world.exchange()
    answer: dict[str, Any] = {"state": "review", "as_of": "2026-11-20", "accepted_on": "2026-08-03"}
    rows = [
        {"row": 1, "number": "A-1", "days_used": 50},
        {"row": 2, "number": "A-2", "days_used": 60},
        {"row": 3, "number": "A-3", "days_used": 70},
        {"row": 4, "number": "A-4", "days_used": 80},
    ]
    world.answer_batch(week, [answer | {"clock": "runs"} | row for row in rows])
    mark(world, "cn", "A-4", "uncounted", "2026-11-23", basis="test")
    # The first row is taken off, and its number listed once more.
    amend(world, week, withdrawn=[{"row": 1, "reason": "duplicate"}], added=[list_row(5, "A-1")])
    world.exchange()
    site = await pages_of(world, "eu")
    [shown] = await portions(site, f"/batches/{week.position}/dossier?edition=shareable")
    assert "50 working days used, time not counted is stated" in shown
    for days in (60, 70, 80):
        assert f"{days} working days used, time not counted is not stated" in shown


async def test_answered_clock_is_told_in_both_languages(pages_of):
    world = World.founded()
    week = world.list_batch(["A-1", "A-2"])
    world.exchange()
    runs: dict[str, Any] = ANSWER | {"row": 1, "number": "A-1"}
    paused: dict[str, Any] = ANSWER | {"row": 2, "number": "A-2", "clock": "not_counted"}
    world.answer_batch(week, [runs, paused])
    world.exchange()
    site = await pages_of(world, "eu")
    [shown] = await portions(site, f"/batches/{week.position}/dossier?edition=shareable")
    english, chinese = "41 of 45 working days; contract", "2026年9月21日受理；45个工作日中已用41个"
    for words, other in (("runs", "计算中"), ("not counted", "不计入期限")):
        assert f"{words}; accepted 21 Sep 2026; {english} {other}；{chinese}" in shown


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("edition", EDITIONS)
async def test_list_dossier_has_our_references(pages_of, edition, lang):
    world = World.founded()
    week = world.list_batch(["A-1"])
    thread = world.open_thread("eu", "CANARY-SUBJECT on a list", batch=week.leaf.id)
    world.exchange()
    site = await pages_of(world, "eu")
    await site.post(f"/threads/{thread.position}/reference", {"reference": LONG})
    path, query = f"/batches/{week.position}/dossier", f"edition={edition}&lang={lang}"
    [shown] = await portions(site, f"{path}?{query}", lang)
    printed = pdf_text(await taken(site, f"{path}.pdf?{query}", lang), "-raw")
    for text in map(squeezed, (shown, printed)):
        assert (squeezed(LONG) in text) is (edition == "internal")
        assert squeezed("CANARY-SUBJECT") in text


async def test_application_dossier_has_each_entry_and_thread(pages_of):
    world = World.founded()
    week = world.list_batch(["A-1"], state="review", as_of="2026-11-20")
    for _ in range(PRINTED + 5):
        state(world, "cn", "A-1", "review")
    about = {"batch": week.leaf.id, "applications": ["A-1"]}
    for number in range(105):
        world.open_thread("eu", f"Subject {number}.", body=about)
    world.exchange()
    site = await pages_of(world, "eu")
    shown = " ".join(await portions(site, "/applications/A-1/dossier"))
    printed = pdf_text(await taken(site, "/applications/A-1/dossier.pdf", "en"), "-raw")
    for text in (shown, printed):
        assert {int(each) for each in re.findall(r"Subject (\d+)\.", text)} == {*range(105)}
        assert len(re.findall(r"Entry \(SHA-256\)", text)) == PRINTED + 6


@pytest.mark.timeout(300)
async def test_file_of_a_long_thread_has_every_entry(pages_of):
    world = World.founded()
    thread, entries = conversation(world, PRINTED + 30)
    site = await pages_of(world, "eu")
    printed = pdf_text(
        await taken(site, f"/threads/{thread.position}/dossier.pdf?edition=internal", "en"), "-raw"
    )
    assert len(re.findall(r"Entry \(SHA-256\)", printed)) == len(entries)


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_dossier_beyond_its_bound_says_so(pages_of, monkeypatch, lang):
    for module in (applications, lists, threads):
        monkeypatch.setattr(module, "FILED", 2)
    monkeypatch.setattr(threads, "AT_ONCE", 1)
    world = World.founded()
    week = world.list_batch(["A-1"], state="review", as_of="2026-11-20")
    about = {"batch": week.leaf.id, "applications": ["A-1"]}
    opened = [world.open_thread("eu", body=about) for _ in range(3)]
    for _ in range(4):
        world.note("eu", opened[0].leaf.thread)
    world.exchange()
    site = await pages_of(world, "eu")
    said = {
        "en": "Only {} of {} are listed", "zh-CN": "仅列出{}项中的{}项",
    }[lang]  # fmt: skip
    for path, most, total in (
        (f"/batches/{week.position}", 2, 3),
        ("/applications/A-1", 2, 3),
        (f"/threads/{opened[0].position}", 2, 5),
    ):
        printed = pdf_text(await taken(site, f"{path}/dossier.pdf", lang), "-raw")
        facts = (most, total) if lang == "en" else (total, most)
        assert squeezed(said.format(*facts)) in squeezed(printed), path
