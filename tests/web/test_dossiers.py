"""Dossiers of threads, lists and applications: what each edition holds, as page and as PDF."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.log import checkpoint
from special_channel.desk.dossiers import TEMPLATE
from special_channel.desk.typesetting import pdf
from special_channel.messages.catalogue import catalogue
from special_channel.messages.dates import DATE
from special_channel.web.shared.own_cells import own_cell
from special_channel.web.thread.windows import PRINTED
from tests.web.pages_node import NAMES
from tests.web.reading import Page
from tests.web.samples.dossiers import sample_dossier
from tests.web.samples.people import NOW
from tests.web.test_effect import taken
from tests.web.test_long_threads import conversation
from tests.web.test_meetings import SECRETS, keep_privately, pdf_facts, pdf_text
from tests.web.test_scanned_files import NAMES as FILE_NAMES
from tests.web.test_scanned_files import arrive, noted
from tests.web.test_silence import ASKED, four_questions
from tests.world import Entry, World

DUE = "2026-12-01T16:30:00Z"
EDITIONS = ("internal", "shareable")
LANGUAGES = ("en", "zh-CN")


@pytest.fixture
def world() -> World:
    made = World.founded()
    made.list_batch(["A-1", "A-2"], state="review", as_of="2026-11-20")
    made.exchange()
    return made


def opened(world: World, party: Party) -> Entry:
    """A thread of a side with a question, an answer that was withdrawn, and a correction."""
    thread = world.open_thread(party)
    due = world.ask(party, DUE)
    asked = world.note(party, thread.leaf.thread, ("Is it there?",), asks=[due])
    world.exchange()
    answer = world.answer(peer_of(party), asked)
    world.about(peer_of(party), "note.withdrawn", answer)
    about: dict[str, Any] = {"thread": thread.leaf.thread, "lang": "en", "ref": asked.id}
    corrected = world.payload(party, "note.corrected", **about, body={})
    world.append(party, corrected, [world.text("Is it all there?")])
    world.exchange()
    return thread


def part(page: Page, code: str) -> str:
    [found] = [
        each for each in page.marked("aria-labelledby", f"p-{code}") if each.tag == "section"
    ]
    return found.text


def squeezed(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("party", PARTIES)
async def test_shareable_dossier_has_nothing_of_our_side_alone(pages_of, world, party, lang):
    thread = opened(world, party)
    site = await pages_of(world, party)
    await keep_privately(site, thread.leaf.thread or "", world.sides[party].keys["desk"])
    for path in (f"/threads/{thread.position}", "/batches/EU-14", "/applications/A-1"):
        for edition in EDITIONS:
            shown = await site.get(f"{path}/dossier?edition={edition}", lang=lang)
            assert shown.status == 200, shown.text
            [article] = shown.page.marked("aria-labelledby", "filing-title")
            printed = await taken(site, f"{path}/dossier.pdf?edition={edition}&lang={lang}", lang)
            texts = (article.text, pdf_text(printed))
            private = [*SECRETS.values(), *NAMES[party].values(), "CANARY"]
            for text in map(squeezed, texts):
                found = [each for each in private if squeezed(each) in text]
                if edition == "shareable":
                    assert found == []
                else:
                    # The sheet's columns are the EU's; the thread has the note and its author.
                    secret = SECRETS["note" if "threads" in path else "column"]
                    assert squeezed(secret) in text
                    assert any(squeezed(name) in text for name in NAMES[party].values())


LONG = "Ares(2026) CANARY-REFERENCE " * 3 + "end"
"""A reference of our records office, nearly as long as one may be."""


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("edition", EDITIONS)
async def test_application_dossier_has_our_references(pages_of, edition, lang):
    """The internal edition has a column of them; no byte of the shareable one is about them."""
    world = World.founded()
    batch = world.list_batch(["A-1"], state="review", as_of="2026-11-20")
    about = {"batch": batch.leaf.id, "applications": ["A-1"]}
    thread = world.open_thread("eu", "CANARY-SUBJECT of a thread on a list", body=about)
    world.exchange()
    site = await pages_of(world, "eu")
    path, query = "/applications/A-1/dossier", f"edition={edition}&lang={lang}"
    await site.post(f"/threads/{thread.position}/reference", {"reference": LONG})
    shown = await site.get(f"{path}?{query}", lang=lang)
    rows = part(shown.page, "threads")
    assert str(thread.position) in rows
    printed = squeezed(pdf_text(await taken(site, f"{path}.pdf?{query}", lang), "-raw"))
    head = "Our file reference" if lang == "en" else "我方文号"
    for text in (squeezed(rows), printed):
        assert (squeezed(LONG) in text) is (edition == "internal")
        assert (squeezed(head) in text) is (edition == "internal")
        assert "CANARY-SUBJECT" in text, "a long reference leaves room for the subject"


def undated(text: str) -> list[str]:
    """The dates of a text that have no year."""
    return [each[0] for each in DATE.finditer(text) if not re.search(r"\d{4}", each[0])]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("party", PARTIES)
async def test_every_date_of_a_dossier_has_its_year(pages_of, world, party, lang):
    thread = opened(world, party)
    asked = world.note(party, thread.leaf.thread, ("Which?",), asks=[world.ask(party, DUE)])
    world.exchange()
    later = {"q": "1", "due": "2026-12-08T16:30:00Z"}
    proposal = world.about(peer_of(party), "date.proposed", asked, body=later)
    world.exchange()
    moved = later | {"basis": "agreed", "proposal": proposal.id}
    world.about(party, "deadline.moved", asked, body=moved)
    world.exchange()
    site = await pages_of(world, party)
    await keep_privately(site, thread.leaf.thread or "", world.sides[party].keys["desk"])
    for path in (f"/threads/{thread.position}", "/batches/EU-14", "/applications/A-1"):
        for edition in EDITIONS:
            shown = await site.get(f"{path}/dossier?edition={edition}", lang=lang)
            [article] = shown.page.marked("aria-labelledby", "filing-title")
            query = f"edition={edition}&lang={lang}"
            printed = pdf_text(await taken(site, f"{path}/dossier.pdf?{query}", lang), "-raw")
            # A line can end within a date.
            gap = "" if lang == "zh-CN" else " "
            for text in (article.text, gap.join(printed.split())):
                assert DATE.search(text)
                assert undated(text) == []


KEPT = {
    "is_sme": ("false", "no", "否"),
    "qty_basis": ("contained", "rare earth contained", "所含稀土"),
    "end_use_sector": ("wind", "wind power", "风电"),
    "stock_out_on": ("2026-12-15", "15 Dec 2026", "2026年12月15日"),
    "company": ("Fictional Magnets", "Fictional Magnets", "Fictional Magnets"),
}
"""Cells of our columns: as the file had them, and as pages say it."""


@pytest.mark.parametrize("lang", LANGUAGES)
def test_own_columns_are_filed_in_words(lang):
    t = catalogue(lang)
    said = {name: own_cell(t, name, cell) for name, (cell, *_) in KEPT.items()}
    assert said == {name: words[lang != "en"] for name, (_, *words) in KEPT.items()}
    for name, cell in {"is_sme": "perhaps", "qty_basis": "?", "stock_out_on": "2026-13-45"}.items():
        assert own_cell(t, name, cell) == cell


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", ["/batches/EU-14", "/applications/A-1"])
async def test_internal_dossier_has_no_raw_value(pages_of, world, monkeypatch, path, lang):
    thread = opened(world, "eu").leaf.thread or ""
    site = await pages_of(world, "eu")
    monkeypatch.setitem(SECRETS, "column", "false")
    await keep_privately(site, thread, world.eu.keys["desk"], "is_sme")
    shown = await site.get(f"{path}/dossier?edition=internal", lang=lang)
    ours = part(shown.page, "ours")
    assert ("false" in ours, ("no" if lang == "en" else "否") in ours) == (False, True)


async def test_list_dossier_in_chinese_has_one_word_for_what_a_side_states(pages_of, world):
    shown = await (await pages_of(world, "eu")).get("/batches/EU-14/dossier", lang="zh-CN")
    heads = [each.text for each in shown.page.within() if each.tag == "th"]
    stated = [each for each in heads if each.endswith(("记载", "记录", "登记"))]
    assert [each[-2:] for each in stated if each != "记录"] == ["登记"] * 4


def test_chinese_print_has_no_gaps_around_numbers():
    document = pdf(TEMPLATE, sample_dossier("cn", "zh-CN", internal=False), NOW)
    found = pdf_text(document)
    assert re.search("2026年11月[0-9]+日", found)
    assert not re.search("2026 年|年 [0-9]|[0-9] 月|月 [0-9]|[0-9] 日", found)


@pytest.mark.parametrize(("lang", "named"), [("en", "File {} · "), ("zh-CN", "附件 {}·")])
async def test_thread_dossier_names_the_files_of_a_note(pages_of, lang, named):
    world, path = noted()
    site = await pages_of(world, "eu")
    await arrive(site)
    shown = await site.get(f"{path}/dossier", lang=lang)
    for name in FILE_NAMES:
        assert named.format(name) in shown.text


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_dossier_prints_what_its_page_shows(pages_of, world, lang):
    thread = opened(world, "eu")
    site = await pages_of(world, "cn")
    for edition in EDITIONS:
        path = f"/threads/{thread.position}/dossier"
        shown = await site.get(f"{path}?edition={edition}", lang=lang, who="head")
        [article] = shown.page.marked("aria-labelledby", "filing-title")
        printed = squeezed(
            pdf_text(await taken(site, f"{path}.pdf?edition={edition}&lang={lang}", lang), "-raw")
        )
        for leaf in article.within():
            if not any(leaf.within()):
                assert squeezed(leaf.text) in printed, leaf.text


async def test_dossier_states_the_cosigned_checkpoints(pages_of, world):
    thread = opened(world, "eu")
    late = world.note("eu", thread.leaf.thread, ("Not delivered yet.",))
    site = await pages_of(world, "eu")
    shown = await site.get(f"/threads/{thread.position}/dossier")
    records = part(shown.page, "records")
    for party in PARTIES:
        head = (await site.node.record.heads())[party]
        note = await site.node.record.cosigned(party, head.cosigned - 1)
        assert note is not None
        _, stated = checkpoint.parse(note)
        assert squeezed(stated.root.hex()) in squeezed(records)
        assert f" {stated.size} " in records
    assert str(late.position) in part(shown.page, "entries")
    assert "Later entries of EU, not cosigned yet: 1." in records
    # The other side's record does not hold it yet: nothing may say so.
    on_its_way = "Holds only what both sides’ records hold, and entries on their way to CN."
    assert on_its_way in shown.text
    other = await site.get("/batches/EU-14/dossier")
    assert "Holds only what both sides’ records hold. List W47" in other.text


@pytest.mark.parametrize("edition", EDITIONS)
async def test_answer_on_its_way_is_no_answer_of_both_records(pages_of, world, edition):
    thread = world.open_thread("eu")
    asked = world.note("eu", thread.leaf.thread, ("Is it there?",), asks=[world.ask("eu", DUE)])
    world.exchange()
    answer = world.answer("cn", asked)
    site = await pages_of(world, "cn")
    shown = await site.get(f"/threads/{thread.position}/dossier?edition={edition}")
    questions = part(shown.page, "questions")
    assert (f"Answered in {answer.position}" in questions) is (edition == "internal")
    assert questions.endswith(" open") is (edition == "shareable")


@pytest.mark.parametrize("party", PARTIES)
async def test_each_entry_stands_with_its_digest(pages_of, world, party):
    thread = opened(world, "eu")
    site = await pages_of(world, party)
    shown = await site.get(f"/threads/{thread.position}/dossier")
    answer = json.loads((await site.get(f"/api/threads/{thread.position}")).html)
    entries = squeezed(part(shown.page, "entries"))
    ids = [item["entry_id"] for item in answer["items"]]
    assert len(ids) == 5
    assert [entries.count(each) for each in ids] == [1] * 5


@pytest.mark.parametrize("edition", EDITIONS)
async def test_withdrawn_and_corrected_texts_say_so(pages_of, world, edition):
    thread = opened(world, "eu")
    site = await pages_of(world, "eu")
    shown = await site.get(f"/threads/{thread.position}/dossier?edition={edition}")
    entries = part(shown.page, "entries")
    assert "withdrawn: It is sent." in entries
    assert "Corrected in EU-" in entries
    assert re.search(r"Changed against EU-\d+ .* Is it New: all there\?", entries)
    assert (
        "was withdrawn Tue 24 Nov 2026 09:00 Brussels (16:00 Beijing); the question is open again."
        in shown.text
    )


@pytest.mark.parametrize("heard", [True, False])
async def test_shareable_dossier_tells_a_passed_date_in_nobodys_words(pages_of, heard):
    world = four_questions(heard=heard)
    told = {}
    for party in PARTIES:
        site = await pages_of(world, party)
        shown = await site.get(f"/threads/EU-{ASKED - 1}/dossier")
        questions = part(shown.page, "questions")
        assert f"EU-{ASKED}, question 1" in questions
        assert re.search(r"\b(our|us|we)\b", questions.lower()) is None, questions
        told[party] = questions
    passed = "As of Tue 24 Nov 2026 17:00 Beijing (10:00 Brussels) neither record holds an answer."
    assert passed in told["cn"]
    if heard:
        assert stated_times(told["eu"], "en") == stated_times(told["cn"], "en")
    else:
        assert (
            "No answer had reached EU by Tue 24 Nov 2026 10:00 Brussels (17:00 Beijing);"
            " the record of CN is known" in told["eu"]
        )


CLOCK = re.compile(r"\b\d\d:\d\d\b", re.ASCII)
IN_CAPITAL = {
    "en": re.compile(r"(?P<at>\d\d:\d\d) (?P<place>Brussels|Beijing)"),
    "zh-CN": re.compile(r"(?P<place>布鲁塞尔|北京)时间[^:]*?(?P<at>\d\d:\d\d)"),
}


def stated_times(text: str, lang: str) -> set[tuple[str, str]]:
    """The hours of a text, each with its capital; none may be without."""
    found = [(each["place"], each["at"]) for each in IN_CAPITAL[lang].finditer(text)]
    assert len(found) == len(CLOCK.findall(text)), text
    return set(found)


def asked_about_a_list() -> tuple[World, Entry]:
    """A thread on a list: an answer by half past five in Brussels is due on Beijing's next day."""
    world = World.founded()
    batch = world.list_batch(["A-1"], state="review", as_of="2026-11-20")
    about = {"batch": batch.leaf.id, "applications": ["A-1"]}
    thread = world.open_thread("eu", "On a list", body=about)
    asks = [world.ask("eu", DUE)]
    world.note("eu", thread.leaf.thread, ("Is it there?",), asks=asks)
    gone = world.note("eu", thread.leaf.thread, ("It is not there.",))
    world.about("eu", "note.withdrawn", gone)
    world.exchange()
    return world, thread


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("edition", EDITIONS)
async def test_dossier_names_the_capital_of_each_time(pages_of, edition, lang):
    """Both sides' dossiers are laid on one table: they state the same hours of a question."""
    world, thread = asked_about_a_list()
    told = {}
    for party in PARTIES:
        site = await pages_of(world, party)
        for path in (f"/threads/{thread.position}", "/applications/A-1"):
            shown = await site.get(f"{path}/dossier?edition={edition}", lang=lang)
            [article] = shown.page.marked("aria-labelledby", "filing-title")
            for each in article.within():
                if each.tag in {"td", "th", "dd", "b"} and stated_times(each.text, lang):
                    assert "–" not in each.text, "a sentence with a gap"
            told[party, path] = stated_times(part(shown.page, "questions"), lang)
    for path in ("/applications/A-1", f"/threads/{thread.position}"):
        assert told["eu", path] == told["cn", path]
        hours = {at for _, at in told["eu", path]}
        assert {"17:30", "00:30"} <= hours


@pytest.mark.timeout(300)
@pytest.mark.parametrize("edition", EDITIONS)
async def test_dossiers_of_a_long_thread_hold_every_entry_once(pages_of, edition):
    world = World.founded()
    thread, entries = conversation(world, PRINTED + 30)
    site = await pages_of(world, "cn")
    address, found = f"/threads/{thread.position}/dossier?edition={edition}", []
    while address:
        shown = await site.get(address)
        found += re.findall(r"(?:EU|CN)-\d+(?= · )", part(shown.page, "entries"))
        [following] = shown.page.marked("rel", "next") or [None]
        address = following.attributes["href"] if following else ""
    assert [each for each in found if found.count(each) > 1] == []
    assert {str(each.position) for each in entries} == {*found}
    assert len(found) == len(entries)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("internal", [True, False])
def test_dossier_is_a_tagged_pdf_of_its_language(lang, internal):
    """The writer refuses what PDF/UA-1 forbids; its marks are read back from the file."""
    document = sample_dossier("eu", lang, internal=internal)
    data = pdf(TEMPLATE, document, NOW)
    assert data == pdf(TEMPLATE, document, NOW)
    facts = pdf_facts(data)
    assert re.search(r"Tagged:\s+yes", facts)
    assert document.subject in facts
    assert b"<pdfuaid:part>1</pdfuaid:part>" in data
    assert f"/Lang({lang})".encode() in data
    assert b"/JavaScript" not in data
    pages = pdf_text(data).split("\f")[:-1]
    assert len(pages) > 1
    for number, text in enumerate(pages, 1):
        assert f"{number}/{len(pages)}" in squeezed(text)
        assert squeezed(document.label) in squeezed(text)
        assert squeezed(document.effect) in squeezed(text)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/threads/EU-99999/dossier", 404, "thread-unknown"),
        ("/batches/EU-99999/dossier", 404, "batch-unknown"),
        ("/applications/NONE/dossier", 404, "application-unknown"),
        ("/applications/A-1/dossier?edition=secret", 400, "request-malformed"),
        ("/threads/{thread}/dossier?later_than=EU-1", 404, "entry-unknown"),
    ],
)
async def test_unknown_subjects_and_editions_are_refused(pages_of, world, path, status, code):
    thread = opened(world, "eu")
    site = await pages_of(world, "eu")
    printed = path.replace("/dossier", "/dossier.pdf")
    for address in (path, printed, f"/api{printed}"):
        shown = await site.get(address.format(thread=thread.position))
        assert (shown.status, code in shown.html) == (status, True), address


async def test_unknown_languages_of_files_are_refused(pages_of, world):
    thread = opened(world, "eu")
    site = await pages_of(world, "eu")
    dossier = f"/threads/{thread.position}/dossier.pdf"
    for address in (dossier, f"/api{dossier}", "/threads.csv", "/threads.xlsx", "/api/threads"):
        refused = await site.get(f"{address}?lang=fr")
        assert (refused.status, "request-malformed" in refused.html) == (400, True), address
    for lang in ("en", "zh", "zh-CN", ""):
        assert (await site.get(f"/threads.csv?lang={lang}")).status == 200, lang


@pytest.mark.parametrize(("party", "lang", "other"), [("eu", "zh-CN", "en"), ("cn", "en", "zh-CN")])
async def test_name_in_the_other_script_says_its_language(pages_of, world, party, lang, other):
    """On the page of a dossier, and on that of the thread, which is printed as well."""
    thread = opened(world, party)
    site = await pages_of(world, party)
    named = f'<span lang="{other}">{NAMES[party]["desk"]}</span>'
    for query in ("/dossier?edition=internal", "?print=all"):
        assert named in (await site.get(f"/threads/{thread.position}{query}", lang=lang)).html
