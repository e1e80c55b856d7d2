"""Forms of drafts as heavy as the API takes them: pages of at most 400 KB, and no text is lost."""

from __future__ import annotations

import json
from html import unescape
from typing import Any

import pytest

from special_channel.desk.text_templates import MAX_TITLE
from special_channel.stores.templates import KeptTemplate
from special_channel.web.drafts.api import DraftFields
from special_channel.web.shared.portions import heavy
from special_channel.web.shell.composer import DRAWN, MAX_APPLICATIONS
from special_channel.web.usual.queries import MOST_KEPT
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_composer import text_field
from tests.web.test_heavy_dossiers import HEAVY
from tests.web.test_heavy_forms import LINE
from tests.web.test_long_threads import MOST_BYTES, many_questions
from tests.world import World

MOST = 65_536
"""Characters of a field, as the API takes it."""

LONG = {
    "en": ("JavaScript loads it after the page", "too long to be shown here without JavaScript"),
    "zh-CN": ("草稿较长，页面打开后由JavaScript载入", "未开启JavaScript时不在本页显示"),
}
DATA = {"en": "Read the whole draft as data", "zh-CN": "以数据形式查看全文"}


def longest(text: str) -> str:
    """A field as long as the API takes it."""
    return (text * MOST)[:MOST]


async def save(site: PagesNode, name: str, **fields: Any) -> None:
    """Save a draft of the desk officer that the API takes."""
    DraftFields.model_validate_json(json.dumps({"fields": fields}))
    key = site.node.world.sides[site.node.party].keys["desk"].key
    saved = json.dumps(fields, ensure_ascii=False)
    await site.own.desk.drafts.save(key, name, saved, site.own.node.clock.now())


async def opened(site: PagesNode, path: str, lang: str = "en") -> Shown:
    """Open a page, following redirects; it has at most 400 KB."""
    shown = await site.get(path, lang=lang, allow_redirects=True)
    assert shown.status == 200
    assert len(shown.html.encode()) <= MOST_BYTES
    return shown


@pytest.mark.parametrize(
    ("text", "lang"), [(text, ("en", "zh-CN")[n % 2]) for n, (text, _) in enumerate(HEAVY)]
)
async def test_page_of_a_heavy_draft_has_at_most_400_kb(pages_of, text, lang):
    """The form of a new thread had 1.3 MB, a thread's page 700 KB."""
    world = World.founded()
    thread = world.open_thread("cn")
    week = world.list_batch(["A-1", "A-2"])
    world.exchange()
    site = await pages_of(world, "eu")
    whole = longest(text)
    ask = json.dumps({"text": whole, "textTr": whole, "due": "", "rule": ""}, ensure_ascii=False)
    note = {"text": whole, "text_tr": whole, "asks": [ask] * 10}
    subject = {"subject": whole, "subject_tr": whole, "text": whole, "text_tr": whole}
    names = {
        f"/threads/{thread.position}": thread.leaf.thread or "",
        "/threads/new": "new",
        f"/batches/{week.position}/new-thread": f"new-{week.id}",
    }
    for name in names.values():
        await save(site, name, **(subject if "new" in name else note))
    for path, name in names.items():
        shown = await opened(site, path, lang)
        assert await text_field(site, path, lang) == ""
        [form] = shown.page.marked("data-draft", name)
        assert "data-saved" in form.attributes
        assert all(each in shown.html for each in LONG[lang])
        # In what a browser shows without the script.
        address = f"/api/drafts/{name}"
        [data] = shown.page.marked("href", address)
        assert data.source == DATA[lang]
        fields = json.loads((await site.get(address)).html)["fields"]
        assert fields == (subject if "new" in name else note)
        await opened(site, f"/templates?draft={name}", lang)
    for path in ("/work", "/drafts"):
        await opened(site, path, lang)


async def test_quotation_is_there_beside_a_heavy_draft(pages_of):
    world = World.founded()
    thread = world.open_thread("cn")
    note = world.note("cn", thread.leaf.thread, ("Where is the stamp?",))
    world.exchange()
    site = await pages_of(world, "eu")
    await save(site, thread.leaf.thread or "", text=longest("&"))
    path = f"/threads/{thread.position}?quote={note.position}"
    shown = await opened(site, path)
    [form] = shown.page.marked("data-draft", thread.leaf.thread)
    assert unescape(form.attributes["data-quote"]).endswith("> Where is the stamp?")
    assert "&amp;&amp;" not in shown.html


async def test_question_about_a_promise_has_at_most_400_kb(pages_of):
    """Of a long point, and with a heavy draft of the question."""
    world = World.founded()
    held = world.meeting("eu", "Third meeting")
    words = {"point": "promise", "due": "2027-11-24"}
    point = world.point("eu", held, "&" * 200_000, who="cn", **words)
    world.exchange()
    world.agree("cn", point)
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/threads/new?promise={point.position}"
    prepared = await text_field(site, path)
    assert str(held.position) in prepared
    assert LONG["en"][0] not in (await opened(site, path)).html
    name = f"promise-{point.id[:32]}"
    await save(site, name, text=longest("&"), text_tr=longest("&"))
    shown = await opened(site, path)
    assert shown.page.marked("data-draft", name)
    assert LONG["en"][0] in shown.html
    assert await text_field(site, path) == ""


async def keep_templates(site: PagesNode) -> None:
    """Keep as many templates as a desk can, with the heaviest names."""
    row = await site.own.stores.views.keys(
        [site.node.world.sides[site.node.party].keys["desk"].key]
    )
    [desk] = {each.desk for each in row.values()}
    for number in range(MOST_KEPT):
        title = f"{number}".ljust(MAX_TITLE, "&")
        template = KeptTemplate(0, "answer", title, "Yes.", "是。")
        await site.own.desk.templates.keep(desk, "someone", template, site.own.node.clock.now())


@pytest.mark.parametrize("questions", [True, False])
async def test_heaviest_draft_of_a_page_fits_beside_the_heaviest_thread(pages_of, questions):
    """And a draft with one character more is not drawn."""
    world, thread, _ = many_questions()
    if not questions:
        world = World.founded()
        thread = world.open_thread("eu")
    for number in range(6):
        world.note("eu", thread.leaf.thread, (f"{number} " + LINE * 6000,))
    world.exchange()
    site = await pages_of(world, "cn")
    await keep_templates(site)
    name, path = thread.leaf.thread or "", f"/threads/{thread.position}?at=end"
    text = "&" * (DRAWN // heavy("&"))
    await save(site, name, text=text)
    for lang in ("en", "zh-CN"):
        shown = await opened(site, path, lang)
        assert await text_field(site, path, lang) == text
        assert LONG[lang][0] not in shown.html
    await save(site, name, text=text + "&")
    assert await text_field(site, path) == ""
    assert LONG["en"][0] in (await opened(site, path)).html


async def test_numbers_of_a_draft_are_those_that_a_thread_can_have(pages_of):
    """A field of the draft can hold 4 MB in any words."""
    site = await pages_of(World.founded(), "eu")
    await keep_templates(site)
    heaviest = [f"{n}".ljust(64, "&") for n in range(MAX_APPLICATIONS)]
    wrong = ["", "two words", "&" * 65, "&" * 10**6, "A\x7f"]
    text = "&" * (DRAWN // heavy("&"))
    await save(site, "new", text=text, applications=[*wrong, *heaviest, "One more"])
    shown = await opened(site, "/threads/new")
    drawn = [each.attributes["value"] for each in shown.page.marked("name", "application")]
    assert [unescape(each) for each in drawn] == heaviest
