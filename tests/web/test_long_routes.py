"""A draft with long answers on its sign-off route: pages of at most 400 KB, every word in reach."""

from __future__ import annotations

import re

import pytest

from special_channel.messages.catalogue import Lang
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_long_drafts import walk
from tests.web.test_portions import next_of
from tests.web.test_sign_routes import (
    RELEASE,
    answered,
    asked_of,
    changed,
    routes_of,
    sent_back,
    waiting,
)
from tests.world import Entry, World

ROUNDS = 2
WORDS = 5_000
"""Of a remark; with its quotation marks, of five bytes each in HTML, a remark has 170 KB."""

ELSEWHERE: dict[Lang, str] = {
    "en": "Its answers are on another page.",
    "zh-CN": "本步骤意见载于其他页。",
}
LINES: dict[Lang, str] = {
    "en": "print every page; the lines for signatures are on page {}.",
    "zh-CN": "请打印全部各页，签字栏在第{}页。",
}


def remark(name: str) -> str:
    """A long remark; each of its words is there once."""
    return " ".join(f'"{name}-{number}"&证书' for number in range(WORDS))


def said(name: str, pages: list[Shown], within: str) -> list[int]:
    """The numbers of the words of a remark on pages, in order; `within`: an id."""
    parts = [part for shown in pages if (part := shown.page.by_id(within))]
    return [int(each) for part in parts for each in re.findall(rf'"{name}-(\d+)"', part.text)]


@pytest.fixture
def world() -> World:
    """EU has a stand-in at the customs desk."""
    world = World.founded(release=RELEASE)
    absent = {"until": "2026-12-30T00:00:00Z", "for": world.eu.person("other-desk")}
    world.grant("eu", "director", "head", grant=2, role="desk", desk="customs", **absent)
    world.exchange()
    return world


async def to_and_fro(site: PagesNode, note: Entry, rounds: int) -> str:
    """A draft that was sent back, changed, and answered with long remarks; its id."""
    text = site.node.world.text
    id_ = await waiting(site, note)
    for number in range(rounds):
        draft, more = id_, {}
        if number % 2:
            id_, made = await changed(site, draft, "clerk", f"It is sent, round {number}.")
            more = {"answer": "changed", "next": id_, "draft": made}
        words = text(remark(f"given{number}"))
        assert await answered(site, draft, "clerk", 2, words, **more) == (200, "")
        assert (await sent_back(site, id_, "head", remark(f"back{number}"), to=2)).status == 200
    for step, (who, function) in enumerate({"clerk": {}, "head": {}, "director": {
        "desk": "customs", "as": 2}}.items(), 2):  # fmt: skip
        words = text(remark(f"step{step}"))
        assert await answered(site, id_, who, step, words, **function) == (200, "")
    return id_


async def test_every_answer_on_a_route_is_read_in_pages(pages_of, world):
    note = asked_of(world)
    site = await pages_of(world, "eu", routes=routes_of())
    id_ = await to_and_fro(site, note, ROUNDS)
    every = [*range(WORDS)]
    readers: dict[str, Lang] = {"desk": "en", "head": "zh-CN"}
    for who, lang in readers.items():
        first, *pages = await walk(site, f"/clearances/{id_}", "answers", lang, who)
        assert len(pages) > 3
        assert ELSEWHERE[lang] in first.text
        for step in (2, 3, 4):
            assert said(f"step{step}", pages, "answers") == every
        _, *pages = await walk(site, f"/clearances/{id_}", "former", lang, who)
        for number in range(ROUNDS):
            assert said(f"given{number}", pages, "former") == every
            assert said(f"back{number}", pages, "former") == every
        folds = [shown.page.by_id("former") for shown in pages]
        assert all(fold and "open" in fold.attributes for fold in folds)


async def test_answers_are_read_beside_the_portion_of_the_draft(pages_of, world):
    """Who read an answer was back at the beginning of a long draft."""
    note = asked_of(world)
    site = await pages_of(world, "eu", routes=routes_of())
    id_ = await waiting(site, note, "".join(f"Word{number} " for number in range(20_000)))
    assert await answered(site, id_, "clerk", 2, world.text(remark("given"))) == (200, "")
    address = f"/clearances/{id_}?kind=note.posted"
    _, draft, *_ = await walk(site, address, "read", "en", "head")

    def shown_words(shown: Shown) -> list[str]:
        text = shown.page.by_id("text")
        return re.findall(r"Word\d+", text.text) if text else []

    here = shown_words(draft)
    assert here[0] not in {"Word0", ""}
    way = next_of(draft, "answers")
    assert "kind=note.posted" in way
    pages = await walk(site, way, "answers", "en", "head")
    assert len(pages) > 1
    assert all(shown_words(shown) == here for shown in pages)
    [sheet, *_] = [
        each.attributes["href"]
        for each in draft.page.marked("href")
        if "/sheet" in each.attributes["href"]
    ]
    for printed in await walk(site, sheet, "text", "en", "head"):
        queue, back = printed.page.one("navigation", "You are here").all("link")
        assert queue.attributes["href"] == "/clearances?kind=note.posted"
        again = await site.get(back.attributes["href"], "head")
        assert shown_words(again) == here


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_sheets_hold_every_answer_and_the_lines_on_the_last(pages_of, world, lang):
    note = asked_of(world)
    site = await pages_of(world, "eu", routes=routes_of())
    id_ = await to_and_fro(site, note, 0)
    pages = await walk(site, f"/clearances/{id_}/sheet", "text", lang, "clerk")
    assert len(pages) > 1
    for step in (2, 3, 4):
        assert said(f"step{step}", pages, "text") == [*range(WORDS)]
    assert LINES[lang].format(len(pages)) in pages[0].text
    lines = [bool(shown.page.marked("class", "line")) for shown in pages]
    assert lines == [*([False] * (len(pages) - 1)), True]
    proposed = {"en": "Proposed answer", "zh-CN": "拟复内容"}[lang]
    assert [proposed in shown.text for shown in pages] == [True] + [False] * (len(pages) - 1)
