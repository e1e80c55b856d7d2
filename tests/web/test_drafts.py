"""The page of drafts: what the reader has written and not sent, to be opened or discarded."""

from __future__ import annotations

import json
from io import BytesIO

import orjson
import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.stores.drafts import Replaces
from special_channel.web.drafts.pages import drafts_page
from special_channel.web.drafts.views import DraftFilters
from special_channel.web.http.services import Limits
from special_channel.web.shell.render import render
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.samples.drafts import draft_list
from tests.web.samples.people import frame
from tests.world import World

SUBJECTS = {"eu": ("Stamps", "印章"), "cn": ("印章", "Stamps")}


async def written(pages_of, party: Party = "eu") -> tuple[PagesNode, str, str]:
    """A node whose desk officer answers a question and writes a thread; the thread and its note."""
    world, other = World.founded(), peer_of(party)
    thread = world.open_thread(other).leaf.thread or ""
    asks = [world.ask(other, "2027-01-15T09:30:00Z")]
    note = world.note(other, thread, ("Where is the stamp?",), asks=asks)
    world.exchange()
    site = await pages_of(world, party)
    texts = {"text": "On page two.", "text_tr": "第二页。"}
    if party == "cn":
        texts = {"text": "第二页。", "text_tr": "On page two."}
    subject = dict(zip(("subject", "subject_tr"), SUBJECTS[party], strict=True))
    answer = texts | {"answers": [f"{note.leaf.id} 1"], "held": "true", "internal": ""}
    for place, fields, who in (
        (thread, answer, "desk"),
        ("new", subject | {"text": "x"}, "desk"),
        ("new", {"subject": "A colleague's"}, "clerk"),
        ("sign note.posted", {"draft": "no draft of a person"}, "desk"),
        ("<b>&", ["no", "fields"], "desk"),
    ):
        key = world.sides[party].keys[who].key
        await site.own.desk.drafts.save(
            key, place, orjson.dumps(fields).decode(), site.own.node.clock.now(), Replaces(0, "a")
        )
    return site, thread, str(note.position)


WORDS = {
    "en": (
        "3 drafts",
        "Answer to {0}, question 1",
        "On page two.",
        "Not sent. You signed it",
        "1 note",
    ),
    "zh-CN": ("3份草稿", "答复{0}的问题1", "第二页。", "未发送：", "有1份"),
}


@pytest.mark.parametrize("party", ["eu", "cn"])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_drafts_are_listed_with_what_they_answer(pages_of, party, lang):
    site, _, note = await written(pages_of, party)
    heading, answer, words, unsent, notice = WORDS[lang]
    page = await site.get("/drafts", lang=lang)
    assert heading in page.page.names("heading")
    link = page.page.one("link", answer.format(note))
    opened = await site.get(link.attributes["href"], lang=lang)
    assert opened.status == 200
    for said in (words, unsent):
        assert said in page.text
    assert ("Stamps" if lang == "en" else "印章") in page.text
    assert "colleague" not in page.text
    assert notice in (await site.get("/inbox", lang=lang)).text


async def test_draft_on_a_meeting_or_note_is_named_and_leads_there(pages_of):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread or ""
    note, held = world.note("eu", thread, ("On page two.",)), world.meeting("eu", "On lists")
    world.exchange()
    site = await pages_of(world, "eu")
    key, now = world.eu.keys["desk"].key, site.own.node.clock.now()
    for place in (f"words-{held.id}", f"note-correct-{note.id}"):
        await site.own.desk.drafts.save(key, place, '{"text":"x"}', now, Replaces(0, "a"))
    shown = await site.get("/drafts")
    expected = {
        f"Points of a meeting: {held.position}": f"/meetings/{held.position}",
        f"Correction, withdrawal or translation of a note: {note.position}": (
            f"/entries/{note.position}/correct"
        ),
    }
    links = {name: shown.page.one("link", name).attributes["href"] for name in expected}
    assert links == expected


async def test_draft_is_discarded_as_it_was_listed(pages_of):
    site, thread, _ = await written(pages_of)
    listed = json.loads((await site.get("/api/drafts")).html)["items"]
    version = next(each["version"] for each in listed if each["name"] == thread)
    now, key = site.own.node.clock.now(), site.node.world.eu.keys["desk"].key
    await site.own.desk.drafts.save(key, thread, '{"text":"More"}', now)
    form = {"name": thread, "version": str(version)}
    refused = await site.post("/drafts/discard", form)
    assert (refused.status, "draft-elsewhere" in refused.text) == (409, True)
    assert (await site.own.desk.drafts.load(key, thread)) is not None
    [again] = [each for each in await site.own.desk.drafts.typed_by(key) if each.place == thread]
    assert (
        await site.post("/drafts/discard", form | {"version": str(again.version)})
    ).status == 303
    assert (await site.own.desk.drafts.load(key, thread)) is None
    assert (await site.post("/drafts/discard", form | {"version": "x"})).status == 400


async def test_drafts_of_a_reader_who_writes_nothing_are_no_page(pages_of):
    site, _, _ = await written(pages_of)
    assert (await site.get("/drafts", "oversight")).status == 403
    assert "/drafts" not in (await site.get("/terms", "oversight")).text


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_no_draft_says_what_becomes_of_what_one_writes(lang):
    page = Page(
        render(drafts_page(draft_list("eu", empty=True), DraftFilters()), frame("eu", lang))
    )
    assert page.names("heading")[0] == {"en": "No drafts", "zh-CN": "没有草稿"}[lang]


async def test_draft_as_long_as_its_note_may_be_is_kept(pages_of):
    """A field of more than 65,536 characters was refused; a paragraph may have four times that."""
    limits = Limits(16 * 2**20, 2**20, 10**6, 10**6)
    site = await pages_of(World.founded(), "eu", limits=limits)
    text = "A line about certificates, its end.\n" * 70_000
    path = "/api/drafts/note-correct-" + "0" * 64
    body = {"fields": {"0" * 64: [text, ""]}, "version": 0, "page": ""}
    headers = {"Content-Type": "application/json"}
    data = BytesIO(json.dumps(body).encode())
    saved = await site.ask("PUT", path, "desk", "en", data=data, headers=headers)
    assert saved.status == 200, saved.html
    kept = await site.ask("GET", path, "desk", "en")
    assert json.loads(kept.html)["fields"] == body["fields"]
    # Not of a composer.
    data = BytesIO(json.dumps(body | {"fields": {"text": text}}).encode())
    refused = await site.ask("PUT", path, "desk", "en", data=data, headers=headers)
    assert refused.status == 400
