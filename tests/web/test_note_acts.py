"""Acts about a note: the menu beside it, their forms, and what both sides read afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.ids import Party
from tests.web.reading import Element, Page
from tests.world import Entry, World

TEXT = ("Please send the contract again.", "The second page is missing.")


class Scene:
    """A note of the EU with a translation and a question, answered by CN."""

    def __init__(self) -> None:
        self.world = World.founded()
        self.thread = self.world.open_thread("eu")
        self.id = self.thread.leaf.thread or ""
        self.note = self.world.note("eu", self.id, TEXT)
        self.world.exchange()

    def about(self, party: Party, kind: str, note: Entry, *texts: str, lang: str) -> Entry:
        world = self.world
        fields: dict[str, Any] = {"thread": self.id, "ref": note.id}
        if texts:
            fields["lang"] = lang
        payload = world.payload(party, kind, **fields)
        entry = world.append(party, payload, [world.text(text) for text in texts])
        world.exchange()
        return entry


def entry(page: Page, of: Entry) -> Element:
    [item] = [one for one in page.all("listitem") if one.attributes.get("id") == str(of.position)]
    return item


def acts(item: Element, of: Entry) -> list[str]:
    start = f"/entries/{of.position}/"
    return [href.removeprefix(start) for href in item.links().values() if href.startswith(start)]


@pytest.mark.parametrize(
    ("party", "who", "offered"),
    [
        ("eu", "desk", ["correct", "withdraw", "translate"]),
        ("cn", "desk", ["translate"]),
        ("eu", "oversight", []),
    ],
)
async def test_menu_offers_what_the_reader_may_do(party: Party, who, offered, pages_of):
    scene = Scene()
    pages = await pages_of(scene.world, party)
    page = (await pages.get(f"/threads/{scene.thread.position}", who)).page
    found = acts(entry(page, scene.note), scene.note)
    assert [act for act in found if act in {"correct", "withdraw", "translate"}] == offered
    assert "evidence" in found
    for act in ("correct", "withdraw", "translate"):
        status = (await pages.get(f"/entries/{scene.note.position}/{act}", who)).status
        assert (status == 200) == (act in offered)


@pytest.mark.parametrize(
    ("lang", "heading", "says"),
    [
        ("en", "Correct {0}", "Questions and dates stay as they are."),
        ("zh-CN", "更正{0}", "问题及答复时间不变。"),
    ],
)
async def test_form_of_a_correction_holds_the_text_that_is_there(lang, heading, says, pages_of):
    scene = Scene()
    pages = await pages_of(scene.world, "eu")
    page = (await pages.get(f"/entries/{scene.note.position}/correct", "desk", lang)).page
    page.one("heading", heading.format(scene.note.position))
    assert says in page.text
    [own, _] = page.one("main").all("textbox")
    assert own.text == "\n\n".join(TEXT) or own.text == " ".join(TEXT)


async def test_withdrawal_says_which_questions_open_and_end(pages_of):
    scene = Scene()
    world = scene.world
    question = world.ask("cn", "2026-12-04T09:30:00Z")
    asked = world.note("cn", scene.id, ("Which one?",), asks=[question])
    world.exchange()
    answer = world.answer("eu", asked)
    world.exchange()
    pages = await pages_of(world, "eu")
    page = (await pages.get(f"/entries/{answer.position}/withdraw", "desk")).page
    said = f"open again, with their dates as they are: {asked.position} Q1."
    assert said in page.text


@pytest.mark.parametrize(("party", "lang"), [("eu", "en"), ("cn", "zh-CN")])
async def test_both_sides_read_the_reason_of_a_withdrawal(party: Party, lang, pages_of):
    scene = Scene()
    scene.about("eu", "note.withdrawn", scene.note, "Sent twice.", lang="en")
    pages = await pages_of(scene.world, party)
    page = (await pages.get(f"/threads/{scene.thread.position}", "desk", lang)).page
    item = entry(page, scene.note)
    assert "Sent twice." in item.text
    assert not {"correct", "withdraw"} & {*acts(item, scene.note)}
    again = await pages.get(f"/entries/{scene.note.position}/withdraw", "desk", lang)
    assert again.status != 200


async def test_only_a_note_is_corrected(pages_of):
    scene = Scene()
    pages = await pages_of(scene.world, "eu")
    answer = await pages.get(f"/entries/{scene.thread.position}/correct", "desk")
    assert (answer.status, "reference" in answer.text) == (409, True)


@pytest.mark.parametrize(
    ("party", "lang", "summary", "said"),
    [
        ("eu", "en", "Show what changed against EU-{n}", "Removed: contract New: licence"),
        ("cn", "zh-CN", "显示与EU-{n}的不同之处", "删去：contract 新增：licence"),
    ],
)
async def test_correction_shows_what_changed_against_the_note(party, lang, summary, said, pages_of):
    scene = Scene()
    changed = (TEXT[0].replace("contract", "licence"), TEXT[1])
    correction = scene.about("eu", "note.corrected", scene.note, *changed, lang="en")
    pages = await pages_of(scene.world, party)
    page = (await pages.get(f"/threads/{scene.thread.position}", "desk", lang)).page
    shown = entry(page, correction).text
    assert summary.format(n=scene.note.position.index) in shown
    assert f"Please send the {said} again." in shown
    assert summary.format(n=scene.note.position.index) not in entry(page, scene.note).text


async def test_text_that_is_gone_or_of_another_language_is_not_compared(pages_of):
    scene = Scene()
    scene.about("eu", "note.corrected", scene.note, "请再次发送合同。", lang="zh-CN")
    scene.about("eu", "note.corrected", scene.note, "Send it.", lang="en")
    scene.world.erase("eu", scene.note, [0])
    scene.world.exchange()
    pages = await pages_of(scene.world, "cn")
    page = (await pages.get(f"/threads/{scene.thread.position}", "desk")).page
    assert "Show what changed" not in page.text
