"""Pages in the reader's language alone: no sentence of the other language without its marker."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from special_channel.core.bytes.ids import Party
from tests.web.pages_node import PagesNode
from tests.web.reading import Element, Page
from tests.web.test_effect import print_of
from tests.world import AGREED, Entry, World

READERS = [("cn", "zh-CN", "en"), ("eu", "en", "zh-CN")]
"""A side, its language, and the other."""

SAID = {
    "en": {
        "subject": "Certificate without stamp",
        "text": "The second page has no stamp.",
        "question": "May it be sent again?",
        "point": "The stamp will be added.",
        "differs": "Only for new files.",
    },
    "zh-CN": {
        "subject": "证明文件缺少印章",
        "text": "第二页没有印章。",
        "question": "可否重新发送？",
        "point": "印章将予补盖。",
        "differs": "仅限于新的文件。",
    },
}
MARKER = {"en": "No English translation", "zh-CN": "暂无中文译文"}
ADD = {"en": "Add our translation", "zh-CN": "补充我方译文"}

NUMBER = "FIKTIV-26-0000001"
HELD = {"on": "2026-11-19", "place": "Brussels", "level": "working"}

TOKEN = re.compile("[A-Za-z0-9./@:_#-]+|[\u4e00-\u9fff]+")
WORD = {
    "zh-CN": re.compile("[A-Za-z]*[a-z]{3,}(?:-[A-Za-z]+)*"),
    "en": re.compile("[\u4e00-\u9fff]+"),
}
"""Words of the other language; numbers, codes, addresses and names of files are none."""

CODES = {"audit", "registry", "customs", "leadership", "limited", "three-working-days", AGREED}
"""Desks and rules without a title in the charter of the world, and its marking."""

NAMES = {
    "zh-CN": {"Brussels", "Unit", "Outlook", "Ctrl", "Enter"} | CODES,
    "en": set[str](),
}
"""A place and a unit as their side names them, a product, and keys of the keyboard."""


def visible(element: Element) -> Iterator[str]:
    """Texts that a reader gets before opening an original, without what is typed or signed.

    Names of keys, fingerprints and the choice of a language are left out as well.
    """
    for each in element.inside:
        if isinstance(each, str):
            yield each
            continue
        names = {each.tag, *each.attributes.get("class", "").split()}
        if each.hidden or names & {"code", "kbd", "textarea", "pre", "k", "mono", "lang"}:
            continue
        if "orig" in names:
            for one in each.within():
                if one.tag == "summary":
                    yield from visible(one)
        else:
            yield from visible(each)


def leftovers(html: str, lang: str) -> list[str]:
    """Words of the other language that a page shows."""
    return foreign(" ".join(visible(Page(html))), lang)


def foreign(text: str, lang: str) -> list[str]:
    words = (token.strip(".-:/") for token in TOKEN.findall(text))
    return [word for word in words if WORD[lang].fullmatch(word) and word not in NAMES[lang]]


LACKING = {"en": "No translation of paragraphs 1, 2.", "zh-CN": "第1、2段暂无译文。"}
FIELDS = {
    "en": ["Paragraph 1, English (no translation yet)", "Question 1, English (no translation yet)"],
    "zh-CN": ["第1段，中文（暂无译文）", "问题1，中文（暂无译文）"],
}


class Scene:
    """What one side wrote in its language alone, and the same again with a translation."""

    def __init__(self, writer: Party, lang: str) -> None:
        self.world = world = World.founded()
        self.writer, self.lang, said = writer, lang, SAID[lang]
        self.thread = world.open_thread(writer, said["subject"], lang=lang)
        self.id = self.thread.leaf.thread or ""
        ask = world.ask(writer, "2026-12-04T09:30:00Z") | {"part": 1}
        self.note = world.note(
            writer, self.id, (said["text"], said["question"]), lang=lang, asks=[ask]
        )
        self.batch = world.list_batch([NUMBER])
        self.meeting = self._said("meeting.held", "subject", "subject", **HELD)
        noted = {"point": "statement", "who": writer}
        point = self._said("point.noted", "point", "text", self.meeting.id, **noted)
        world.exchange()
        peer: Party = "cn" if writer == "eu" else "eu"
        world.mark(peer, (point, [said["differs"]]), lang=lang)
        world.exchange()

    def at(self, path: str) -> str:
        """Fill the numbers of what was written into an address."""
        return path.format(
            thread=self.thread.position, batch=self.batch.position, number=NUMBER,
            meeting=self.meeting.position,
        )  # fmt: skip

    def _said(self, kind: str, what: str, role: str, ref: str = "", **body: Any) -> Entry:
        """Append an entry with one text of its writer's language."""
        fields = {"lang": self.lang, "body": body} | ({"ref": ref} if ref else {})
        payload = self.world.payload(self.writer, kind, **fields)
        return self.world.append(
            self.writer, payload, [self.world.text(SAID[self.lang][what], role)]
        )

    def translate(self, party: Party, lang: str) -> Entry:
        said = SAID[lang]
        payload = self.world.payload(
            party, "note.translated", thread=self.id, ref=self.note.id, lang=lang
        )
        texts = [self.world.text(said[name]) for name in ("text", "question")]
        entry = self.world.append(party, payload, texts)
        self.world.exchange()
        return entry

    def translate_subject(self, party: Party, lang: str, words: str) -> Entry:
        payload = self.world.payload(
            party, "note.translated", thread=self.id, ref=self.thread.id, lang=lang
        )
        entry = self.world.append(party, payload, [self.world.text(words, "subject")])
        self.world.exchange()
        return entry


async def alone(site: PagesNode, path: str, lang: str, who: str = "desk", **options: Any) -> str:
    token, party = await site.sign_in(who), site.node.party
    cookies = {f"sc-session-{party}": token, f"sc-lang-{party}": lang, f"sc-alone-{party}": "on"}
    cookie = "; ".join(f'{name}="{value}"' for name, value in cookies.items())
    async with site.client.get(
        site.base + path, headers={"Cookie": cookie, "Accept": "text/html"}, **options
    ) as response:
        assert response.status == 200, path
        return await response.text()


PATHS = (
    "/threads/{thread}", "/threads/{thread}/alerts", "/inbox", "/threads", "/deadlines",
    "/batches/{batch}", "/batches/{batch}?print=all", "/applications", "/applications/{number}",
    "/meetings", "/meetings/{meeting}", "/brief/working/internal", "/brief/working/handover",
    "/keys", "/rules", "/figures", "/numbers", "/clearances", "/people", "/differences",
    "/licences",
)  # fmt: skip


@pytest.mark.parametrize(("party", "lang", "other"), READERS)
async def test_pages_hold_no_sentence_of_the_other_language(party, lang, other, pages_of):
    scene = Scene("eu" if party == "cn" else "cn", other)
    site = await pages_of(scene.world, party)
    found = {path: leftovers(await alone(site, scene.at(path), lang), lang) for path in PATHS}
    assert "; ".join(f"{path}: {words}" for path, words in found.items() if words) == ""


@pytest.mark.parametrize(("party", "lang", "other"), READERS)
async def test_marker_leads_to_the_original_and_to_our_translation(party, lang, other, pages_of):
    scene = Scene("eu" if party == "cn" else "cn", other)
    site = await pages_of(scene.world, party)
    page = Page(await alone(site, scene.at("/threads/{thread}"), lang))
    note = page.by_id(str(scene.note.position))
    assert note is not None
    assert MARKER[lang] in note.text
    [lacks] = note.marked("class", "lacks")
    [link] = [href for name, href in lacks.links().items() if ADD[lang] in name]
    [original] = [each for each in note.all("group") if SAID[other]["text"] in each.source]
    assert "open" not in original.attributes
    form = Page((await site.get(link, "desk", lang)).html)
    assert LACKING[lang] in form.text
    assert [each.name for each in form.one("main").all("textbox")] == FIELDS[lang]
    reader = Page(await alone(site, scene.at("/threads/{thread}"), lang, "oversight"))
    assert [name for name in reader.links() if ADD[lang] in name] == []


@pytest.mark.parametrize(("party", "lang", "other"), READERS)
async def test_translation_is_read_wherever_its_original_was(party, lang, other, pages_of):
    scene = Scene("eu" if party == "cn" else "cn", other)
    entry = scene.translate(party, lang)
    site, said = await pages_of(scene.world, party), SAID[lang]
    for path in ("/threads/{thread}", "/brief/working/handover"):
        html = await alone(site, scene.at(path), lang)
        assert said["question"] in " ".join(visible(Page(html))), path
        assert leftovers(html, lang) == []
    inbox = " ".join(visible(Page(await alone(site, "/inbox", lang))))
    assert said["text"] in inbox
    thread = await site.get(scene.at("/api/threads/{thread}"), "desk", lang)
    [ask] = json.loads(thread.html)["asks"]
    assert (ask["text"]["text"], ask["translation"]["text"]) == (
        SAID[other]["question"], said["question"],
    )  # fmt: skip
    note = Page(await alone(site, scene.at("/threads/{thread}"), lang)).by_id(
        str(scene.note.position)
    )
    assert note is not None
    assert MARKER[lang] not in note.text
    assert note.marked("data-position", str(entry.position))


SUBJECT = {
    "en": ("Subject, English (no translation yet)", "Subject, English"),
    "zh-CN": ("标题，中文（暂无译文）", "标题，中文"),
}
BY = {
    "en": "Courtesy translation by EU; the original prevails",
    "zh-CN": "参考译文 由中方提供，以原文为准",
}


@pytest.mark.parametrize(("party", "lang", "other"), READERS)
async def test_subject_is_translated_later_wherever_it_stands(party, lang, other, pages_of):
    writer: Party = "eu" if party == "cn" else "cn"
    scene = Scene(writer, other)
    site, said, foreign_words = await pages_of(scene.world, party), SAID[lang], SAID[other]
    address = scene.at("/threads/{thread}")
    [link] = [
        href
        for name, href in Page(await alone(site, address, lang)).links().items()
        if href.startswith(f"/entries/{scene.thread.position}/") and ADD[lang] in name
    ]
    form = Page((await site.get(link, "desk", lang)).html)
    assert [each.name for each in form.one("main").all("textbox")] == [SUBJECT[lang][0]]
    assert foreign_words["subject"] in form.text
    # The own side's last word counts, whoever translated last.
    scene.translate_subject(party, lang, "1")
    entry = scene.translate_subject(party, lang, said["subject"])
    scene.translate_subject(writer, lang, "2")
    site = await pages_of(scene.world, party)
    for path in (
        "/threads/{thread}", "/threads/{thread}/alerts", "/inbox", "/threads", "/deadlines",
        "/brief/working/handover",
    ):  # fmt: skip
        text = " ".join(visible(Page(await alone(site, scene.at(path), lang))))
        assert said["subject"] in text, path
    page = Page((await site.get(address, "desk", lang)).html)
    [apart] = page.marked("data-position", str(entry.position))[:1]
    assert apart.text == f"{said['subject']} {BY[lang]}"
    form = Page((await site.get(link, "desk", lang)).html)
    [field] = form.one("main").all("textbox")
    assert (field.name, field.text) == (SUBJECT[lang][1], said["subject"])
    title = json.loads((await site.get(f"/api{address}", "desk", lang)).html)["thread"]["title"]
    assert (title["original"]["text"], title["translation"]["text"], title["later"][1]) == (
        foreign_words["subject"], said["subject"], str(entry.position),
    )  # fmt: skip


async def test_own_language_is_chosen_and_left_by_a_form(pages_of):
    site = await pages_of(World.founded(), "eu")
    for choice in ("on", "off"):
        told = await site.post("/lang/alone", {"alone": choice, "back": "/inbox"})
        assert (told.status, told.headers["Location"]) == (303, "/inbox")
        assert f"sc-alone-eu={choice};" in told.headers["Set-Cookie"]
    refused = await site.post("/lang/alone", {"alone": "maybe"})
    assert (refused.status, "Set-Cookie" in refused.headers) == (400, False)
    assert not Page(await alone(site, "/inbox", "en")).marked("lang", "zh-CN")[1:]


@pytest.mark.parametrize(("party", "lang", "other"), READERS)
async def test_print_of_a_thread_is_in_one_language(party, lang, other, pages_of):
    scene = Scene("eu" if party == "cn" else "cn", other)
    site = await pages_of(scene.world, party)
    url = site.base + scene.at("/threads/{thread}")
    text = "".join(await print_of(site, url, lang, alone=True))
    assert "".join(MARKER[lang].split()) in text
    assert foreign(text, lang) == []
