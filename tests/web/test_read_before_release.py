"""What is signed on several pages: all of it is reached, and the act stands on the last page."""

from __future__ import annotations

import re

import pytest

from special_channel.core.bytes.canonical import Value
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import sign
from special_channel.core.sense.reasons import GivenReason
from special_channel.messages.catalogue import Lang
from special_channel.stores.clearances import Clearance
from special_channel.web.shell import private_log
from tests.permits import licence_body, list_row
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_long_drafts import walk
from tests.web.test_reasons import reasoned
from tests.web.test_release_queue import list_waits, waits
from tests.web.test_sign_routes import (
    RELEASE,
    answered,
    asked_of,
    changed,
    routes_of,
    waiting,
)
from tests.world import World

NUMBERS = [f"FIKTIV-26-{n:07d}" for n in range(1, 101)]
LICENCES = [{"kind": "licence.issued", "roles": ["desk", "head"]}]
READ = {
    "en": "Read the draft to its end first: page 1 of {}.",
    "zh-CN": "须先将文稿阅读至末页：现为第1页，共{}页。",
}
HERE = {"en": "Findings on this page: {} of {}.", "zh-CN": "须核实内容共{1}项，本页列出{0}项。"}


async def licence_waits(pages_of) -> tuple[PagesNode, str]:
    """A licence of a hundred applications under review, with a reason; CN's node and its id."""
    world = World.founded(release=LICENCES)
    listed = world.list_batch(NUMBERS, list_="W46")
    world.exchange()
    rows: list[dict[str, Value]] = [
        {"row": row, "number": number, "state": "review", "as_of": "2026-11-20"}
        for row, number in enumerate(NUMBERS, 1)
    ]
    world.answer_batch(listed, rows)
    world.exchange()
    site, signer = await pages_of(world, "cn"), world.cn.keys["desk"]
    body = licence_body(applications=NUMBERS)
    made = sign(world.payload("cn", "licence.issued", body=body), [signer], [])
    given = GivenReason(("S-076",), (), "other", "已与发证机关核实，各申请均已批准。" * 11)
    await private_log.store(site.own, [reasoned(site, made, given)])
    id_, at = read(made, whole=True).id, site.own.node.clock.now()
    draft = Clearance(id_, made.envelope, (), signer.key, at, "waiting")
    await site.own.desk.clearances.put([draft])
    return site, id_


def acts(pages: list[Shown], act: str = "clear") -> list[bool]:
    """Whether each page has the button of an act."""
    return [bool(shown.page.marked("data-act", act)) for shown in pages]


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_findings_are_read_to_their_end_before_the_release(pages_of, lang):
    site, id_ = await licence_waits(pages_of)
    pages = await walk(site, f"/clearances/{id_}", "read", lang)
    found = [len(shown.page.marked("data-stated", "S-076")) for shown in pages]
    assert (len(pages) > 1, sum(found)) == (True, len(NUMBERS))
    assert acts(pages) == [*([False] * (len(pages) - 1)), True]
    assert READ[lang].format(len(pages)) in pages[0].text
    for shown, here in zip(pages, found, strict=True):
        listed = shown.page.by_id("stated")
        assert listed is not None
        assert HERE[lang].format(here, len(NUMBERS)) in listed.text
        assert len({*re.findall(r"FIKTIV-26-\d{7}", listed.text)}) == here


async def test_portions_keep_the_filter_of_the_queue(pages_of):
    """Pages of a text, of rows, and of a returned draft's remark."""
    site = await pages_of(World.founded(), "eu")
    back = await list_waits(site, "W47")
    await site.own.desk.clearances.close(back, "returned", "Which day? " * 4_000)
    world, long = site.node.world, "Each certificate was sent by post. " * 7_000
    stated = {"thread": world.thread_id(), "lang": "en", "body": {}}
    text = await waits(site, "note.posted", [world.text(long)], **stated)
    stop = {"urgency": "line_stop", "stop_on": "2026-12-08"}
    rows = [list_row(n, number, **stop) for n, number in enumerate(NUMBERS * 2, 1)]
    parts = [world.data("list", {"rows": rows})]
    sheet = await waits(site, "batch.listed", parts, body={"list": "W48", "rows": len(rows)})
    filters = "turn=me&sort=newest"
    linked = [
        address
        for draft, who in ((text, "head"), (sheet, "head"), (text, "desk"))
        for shown in [await site.get(f"/clearances/{draft}?{filters}", who)]
        for each in shown.page.within()
        for address in (each.attributes.get("href"), each.attributes.get("data-elsewhere"))
        if address and "part=" in address
    ]
    of_parts = {part for each in linked for part in re.findall("part=([a-z-]+)", each)}
    assert of_parts == {"read", "rows", "all", "sent-back"}
    assert [each for each in linked if f"?{filters}&part=" not in each] == []


async def test_changes_of_a_checker_are_read_to_their_end_before_an_answer(pages_of):
    """The text itself fits the first page; what was changed in it is on the second."""
    world = World.founded(release=RELEASE)
    world.eu.make_key("deputy")
    world.enrol("eu", "deputy", role="head")
    world.exchange()
    note = asked_of(world)
    steps = [{"word": "check", "role": "desk"}, {"word": "check", "role": "head"}]
    site = await pages_of(
        world, "eu", routes=routes_of(*steps, {"word": "release", "role": "head"})
    )
    words = "".join(f"Item {number} is sent by post. " for number in range(2_000))
    first = await waiting(site, note, words)
    id_, made = await changed(site, first, "clerk", f"{words}Nothing is left.")
    said = {"answer": "changed", "next": id_, "draft": made}
    assert await answered(site, first, "clerk", 2, **said) == (200, "")
    pages = await walk(site, f"/clearances/{id_}", "read", who="head")
    assert len(pages) == 2
    added = [each.text for shown in pages for each in shown.page.within() if each.tag == "ins"]
    assert "Nothing is left." in added[-1]
    assert "<ins>" not in pages[0].html
    answers = [bool(shown.page.marked("data-answer", "agreed")) for shown in pages]
    assert answers == [False, True]


async def test_text_on_several_pages_says_who_changes_it(pages_of):
    site, id_ = await long_on_a_route(pages_of)
    said: dict[Lang, str] = {
        "en": "It is on several pages, so its texts can’t be changed here.",
        "zh-CN": "本文稿分页显示，不能在此修改正文。",
    }
    for lang, words in said.items():
        pages = await walk(site, f"/clearances/{id_}", "read", lang, "clerk")
        assert len(pages) > 1
        assert all(words in shown.text for shown in pages)
        assert not any(shown.page.marked("name", "step-text") for shown in pages)


async def test_decision_on_paper_is_recorded_on_the_last_page(pages_of):
    site, id_ = await long_on_a_route(pages_of)
    consulted = {"desk": "customs", "as": 2, "answer": "unconcerned"}
    for who, step, said in (("clerk", 2, {}), ("head", 3, {}), ("director", 4, consulted)):
        assert await answered(site, id_, who, step, **said) == (200, "")
    pages = await walk(site, f"/clearances/{id_}", "read", who="deputy")
    assert len(pages) > 1
    for act in ("paper", "agreed"):
        found = [bool(shown.page.marked("data-answer", act)) for shown in pages]
        assert found == [False] * (len(pages) - 1) + [act == "paper"]
    assert not pages[0].page.marked("name", "paper-office")
    assert READ["en"].format(len(pages)) in pages[0].text


async def long_on_a_route(pages_of) -> tuple[PagesNode, str]:
    """An answer on a route, whose text is 358 KB of HTML."""
    world = World.founded(release=RELEASE)
    world.eu.make_key("deputy")
    world.enrol("eu", "deputy", role="head")
    absent = {"until": "2026-12-30T00:00:00Z", "for": world.eu.person("other-desk")}
    world.grant("eu", "director", "head", grant=2, role="desk", desk="customs", **absent)
    world.exchange()
    note = asked_of(world)
    site = await pages_of(world, "eu", routes=routes_of())
    return site, await waiting(site, note, "'Each' 'certificate' was sent by post. " * 6_500)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_sheets_of_a_long_text_say_how_many_they_are(pages_of, lang):
    """What a print shows: no link between pages is printed."""
    site, id_ = await long_on_a_route(pages_of)
    pages = await walk(site, f"/clearances/{id_}/sheet", "text", lang, "clerk")
    assert len(pages) == 2
    sheets = [shown.page.marked("class", "signsheet")[0] for shown in pages]
    for number, sheet in enumerate(sheets, 1):
        count = {"en": f"Page {number} of 2", "zh-CN": f"第{number}页，共2页"}[lang]
        assert count in sheet.text
    assert "".join(each.text for each in sheets).count("certificate") == 6_500
    last = {
        "en": "print every page; the lines for signatures are on page 2.",
        "zh-CN": "请打印全部各页，签字栏在第2页。",
    }[lang]
    assert [last in each.text for each in sheets] == [True, False]
    assert [bool(each.marked("class", "sign")) for each in sheets] == [False, True]
    received = {"en": "Letter received, with translation", "zh-CN": "来文及译文摘要"}[lang]
    assert [received in each.text for each in sheets] == [True, False]


async def test_sheet_of_a_text_that_is_read_on_several_pages_is_one(pages_of):
    world = World.founded(release=RELEASE)
    note = asked_of(world)
    site = await pages_of(world, "eu", routes=routes_of())
    words = " ".join(f"Item {number} of the answer. {'It is sent. ' * 50}" for number in range(250))
    id_ = await waiting(site, note, words)
    assert len(await walk(site, f"/clearances/{id_}", "read", who="clerk")) > 1
    [shown] = await walk(site, f"/clearances/{id_}/sheet", "text", who="clerk")
    assert len({*re.findall(r"Item \d+ of the answer", shown.text)}) == 250
    assert shown.page.marked("class", "sign")
    assert "Page 1 of" not in shown.text
