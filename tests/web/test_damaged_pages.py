"""What is damaged in the database is named on pages and in the API, and never shown."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from tests import damage
from tests.stories import busy
from tests.web.damaged import Known, check
from tests.web.pages_node import PagesNode
from tests.world import Entry

NAMED = {
    "en": "This entry is damaged in our side’s database and is not shown.",
    "zh-CN": "该条目在我方数据库中已损坏，不予显示。",
}
PART = {
    "en": "Damaged in our side’s database and not shown.",
    "zh-CN": "我方数据库中该内容已损坏，不予显示。",
}
LANGS = tuple(NAMED)


@pytest.fixture
def story():
    return busy()


@pytest.fixture
def known() -> Known:
    return Known()


@pytest_asyncio.fixture
async def pages(pages_of, story, known) -> PagesNode:
    """EU's pages, with a check's findings."""
    served: PagesNode = await pages_of(story.world, "eu", check=known)
    return served


async def hurt(pages: PagesNode, *statements: str) -> None:
    await damage.tamper(pages.node.database.superuser, *statements)


def place(entry: Entry) -> tuple[Party, int]:
    return entry.position.party, entry.position.index


@pytest.mark.parametrize("lang", LANGS)
async def test_edited_text_is_named_and_not_shown(pages, story, lang):
    await hurt(pages, *damage.text_changed(*place(story.note), "Good morning", "Bad morning"))
    shown = await pages.get(f"/threads/{story.thread.position}", lang=lang)
    assert shown.status == 200
    assert "Bad morning" not in shown.html
    assert PART[lang] in shown.text
    assert "May the certificate be sent again?" in shown.text  # its other paragraph holds


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize(
    "hurts", [damage.envelope_changed, damage.leaf_hash_changed, damage.leaf_changed]
)
async def test_damaged_entry_is_named_and_not_shown(pages, story, lang, hurts):
    await hurt(pages, *hurts(*place(story.with_file)))
    shown = await pages.get(f"/threads/{story.thread.position}", lang=lang)
    assert shown.status == 200
    assert f"{story.with_file.position} {NAMED[lang]}" in shown.text
    assert "附件见后" not in shown.html
    assert "2025" not in shown.text


@pytest.mark.parametrize("lang", LANGS)
async def test_deleted_note_is_named_where_it_stood(pages, story, lang):
    await hurt(pages, *damage.entry_deleted(*place(story.note)))
    shown = await pages.get(f"/threads/{story.thread.position}", lang=lang)
    assert shown.status == 200
    assert f"{story.note.position} {NAMED[lang]}" in shown.text
    assert "May the certificate be sent again?" not in shown.text
    places = [shown.html.index(f'id="{each.position}"') for each in (story.note, story.with_file)]
    assert places == sorted(places)


@pytest.mark.parametrize("lang", LANGS)
async def test_deleted_opening_leaves_pages_that_read(pages, story, lang):
    await hurt(pages, *damage.entry_deleted(*place(story.thread)))
    for path in (f"/threads/{story.thread.position}", "/threads", "/inbox", "/deadlines"):
        shown = await pages.get(path, lang=lang)
        assert shown.status == 200, path
    shown = await pages.get(f"/threads/{story.thread.position}", lang=lang)
    assert PART[lang] in shown.text
    assert "Certificate without stamp" not in shown.html


async def test_every_page_names_what_the_check_found(pages, story, known):
    await hurt(pages, *damage.text_changed(*place(story.note), "Good morning", "Bad morning"))
    await hurt(pages, *damage.state_changed("A-1", "withdrawn"))
    await check(pages, known)
    for lang, said in (
        ("en", f"and not shown: {story.note.position}, A-1. Tell the operator of our node."),
        ("zh-CN", f"不予显示：{story.note.position}、A-1。请告知本节点运维人员。"),
    ):
        shown = await pages.get("/batches", lang=lang)
        assert said in shown.text


async def test_application_with_an_edited_state_is_not_shown(pages, known):
    await hurt(pages, *damage.state_changed("A-1", "withdrawn"))
    await check(pages, known)
    for lang, said in (
        ("en", "A-1 is damaged in your side’s database and is not shown."),
        ("zh-CN", "我方数据库中的A-1已损坏，不予显示。"),
    ):
        shown = await pages.get("/applications/A-1", lang=lang)
        assert shown.status == 503
        assert said in shown.text
    listed = await pages.get("/applications")
    assert 'href="/applications/A-1"' not in listed.html
    assert 'href="/applications/A-2"' in listed.html


async def test_signed_bytes_of_a_damaged_entry_are_refused(pages, story):
    await hurt(pages, *damage.envelope_changed(*place(story.note)))
    await hurt(pages, *damage.entry_deleted(*place(story.with_file)))
    for entry in (story.note, story.with_file):
        for what in ("envelope", "receipt"):
            shown = await pages.get(f"/entries/{entry.position}/{what}")
            assert shown.status == 503
            assert f"{entry.position} is damaged in your side’s database" in shown.text
    assert (await pages.get("/entries/EU-9999/envelope")).status == 404


async def test_api_names_damage_and_says_when_the_check_passed(pages, story, known):
    await check(pages, known)
    passed = known.state.passed.isoformat()
    path = f"/api/threads/{story.thread.position}"
    whole = await get(pages, path)
    assert whole["check_passed_at"] == passed
    status = await get(pages, "/api/status")
    assert instant(status["check_passed_at"]) == known.state.passed
    await hurt(pages, *damage.text_changed(*place(story.note), "Good morning", "Bad morning"))
    await hurt(pages, *damage.envelope_changed(*place(story.with_file)))
    await hurt(pages, *damage.entry_deleted(*place(story.answer)))
    await check(pages, known)
    answer = await get(pages, path)
    items = {each["position"]: each for each in answer["items"]}
    edited, kept = items[str(story.note.position)]["paragraphs"]
    assert (edited["text"], edited["presence"]) == ("", "damaged")
    assert (kept["text"], kept["presence"]) == ("May the certificate be sent again?", "present")
    for entry in (story.with_file, story.answer):
        item = items[str(entry.position)]
        assert (item["type"], item["kind"], item["entry_id"]) == ("event", "damaged", "")
    assert "Bad morning" not in str(answer)
    status = await get(pages, "/api/status")
    assert instant(status["check_passed_at"]).isoformat() == passed
    assert {(each["place"], each["what"]) for each in status["damaged"]} >= {
        (str(story.note.position), "part"),
        (str(story.with_file.position), "envelope"),
        (str(story.answer.position), "entry"),
    }
    proof = await get(pages, f"/api/entries/{story.with_file.position}")
    assert (proof["envelope"], proof["leaf"], proof["receipt"]) == ("", "", "")
    assert proof["damaged"] == ["envelope"]


async def get(pages: PagesNode, path: str):
    shown = await pages.get(path, headers={"Accept": "application/json"})
    assert shown.status == 200, shown.html
    return json.loads(shown.html)
