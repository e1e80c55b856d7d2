"""Full-text search on the page and over the API: what is found, shown, filtered and left out."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import pytest

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.writing import file_part, part_refs, sign
from special_channel.desk.file_text_keeper import FileTextKeeper
from special_channel.stores.file_scans import DueFile
from tests.broker.test_rebuild import write
from tests.files import docx
from tests.permits import LICENCE, issue
from tests.scanners.servers import EICAR
from tests.stories import busy
from tests.web.pages_node import PagesNode, Shown, catch_up
from tests.web.reading import Element
from tests.web.test_page_acts import kept_privately, noted_here
from tests.web.test_quotas import call
from tests.web.test_scanned_files import arrive, noted, scanning
from tests.world import World

__all__ = ["scanning"]  # a fixture

EXACT, NEAR = (
    "Found as typed",
    "Found as another form of a word, or by the term in the other language",
)
COMPANY = "Fiktive Magnete Süd AG"


def written() -> World:
    """Threads of both sides, in both languages, a list and a licence."""
    world = World.founded()
    first = world.open_thread("eu", "Certificates for Łódź")
    world.note(
        "eu", first.leaf.thread, ("The exporter supplies a certificate.", "See EU-2026-0048.")
    )
    world.exchange()
    world.note("cn", first.leaf.thread, ("请補正材料。",), lang="zh-CN")
    world.exchange()
    second = world.open_thread("cn", "材料清单", lang="zh-CN")
    world.note("cn", second.leaf.thread, ("请于下周补正最终用户证明。",), lang="zh-CN")
    world.exchange()
    world.note("eu", second.leaf.thread, ("Certificates were supplied.",), by="head")
    world.list_batch(["FIKTIV-26-1", "FIKTIV-26-2"])
    issue(world)
    world.exchange()
    return world


async def found(site: PagesNode, typed: str, who: str = "desk", **filters: str) -> Shown:
    more = "".join(f"&{name}={quote(value)}" for name, value in filters.items())
    return await site.get(f"/search?q={quote(typed)}{more}", who)


def hits(page: Shown, heading: str = EXACT) -> list[str]:
    """Numbers of the hits below a heading, in order."""
    groups = [each for each in page.page.all("group") if each.name == heading]
    return [
        link.text
        for group in groups
        for row in group.all("rowheader")
        for link in row.within()
        if link.tag == "a"
    ]


def marked(page: Shown) -> list[str]:
    return [each.text for each in page.page.within() if each.tag == "mark"]


async def asked(site: PagesNode, path: str, who: str = "desk") -> dict[str, Any]:
    status, answer = await call(site, "GET", path, who)
    assert status == 200, answer
    return answer


@pytest.mark.parametrize("party", PARTIES)
async def test_two_characters_find_both_scripts_on_either_side(pages_of, party):
    site = await pages_of(written(), party)
    page = await found(site, "补正")
    assert len(hits(page)) == 2
    assert {*marked(page)} == {"補正", "补正"}
    [first, second] = hits(page)
    links = page.page.links()
    assert links[first] == f"/entries/{first}"
    assert int(first[3:]) > int(second[3:]), "the newest first"


async def test_exact_hits_come_before_other_forms_and_terms(pages_of):
    site = await pages_of(written(), "eu")
    page = await found(site, "certificate")
    assert len(hits(page)) == 1
    assert len(hits(page, NEAR)) == 2, "a subject, a note: certificates"
    assert page.text.count("(another form of the word)") == 2
    page = await found(site, "supplement")
    assert hits(page) == []
    assert len(hits(page, NEAR)) == 2
    assert {"補正", "补正"} == set(marked(page))
    near = [each for each in page.page.within() if each.tag == "mark"]
    assert {each.attributes.get("class") for each in near} == {"near"}
    assert page.text.count("(term in the other language)") == len(near), "told by a word as well"


@pytest.mark.parametrize(
    ("typed", "count"),
    [
        ("lodz", 1),
        ("EU20260048", 1),
        ("２０２６－００４８", 1),  # noqa: RUF001 - full width
        ('"a certificate"', 1),
        ('"certificate a"', 0),
        ("exporter certificate", 1),
        ("exporter permit", 0),
        ("最终用户证明", 1),
        ("终", 1),
    ],
)
async def test_words_numbers_and_phrases_are_found(pages_of, typed, count):
    site = await pages_of(written(), "eu")
    assert len(hits(await found(site, typed))) == count


async def test_lists_licences_and_applications_are_found_with_our_columns(pages_of):
    world = written()
    site = await pages_of(world, "eu")
    rows = [{"row": 1, "number": "FIKTIV-26-1", "columns": {"eu_company": COMPANY}}]
    await write(site.node, "columns.kept", rows=rows, body={"list": "W47", "rows": 1})
    page = await found(site, "fiktive sud")
    assert hits(page) == ["FIKTIV-26-1"]
    assert "Our own columns: Fiktive Magnete Süd AG" in page.text
    assert page.page.links()["FIKTIV-26-1"] == "/applications/FIKTIV-26-1"
    assert LICENCE in hits(await found(site, LICENCE))
    assert len(hits(await found(site, "W47", kind="list"))) == 1
    other = await pages_of(world, "cn")
    assert hits(await found(other, "fiktive")) == []


async def test_customers_of_a_licence_are_those_of_its_terms(pages_of):
    world = World.founded(columns=["customers"])
    wrong = issue(world, customers=["Fiktive Werke"])
    issue(world, customers=["Fiktive Anlagen"])
    issue(world, customers=["Fiktive Lager"], corrects={"id": wrong.id})
    world.exchange()
    site = await pages_of(world, "eu")
    assert hits(await found(site, "Anlagen")) == [LICENCE]
    for replaced in ("Werke", "Lager"):
        assert hits(await found(site, replaced)) == []


async def test_filters_are_fields_and_links(pages_of):
    world = written()
    site = await pages_of(world, "eu")
    assert len(hits(await found(site, "材料"))) == 2
    assert len(hits(await found(site, "材料", kind="subject"))) == 1
    assert len(hits(await found(site, "材料", side="eu"))) == 0
    assert len(hits(await found(site, "材料", state="closed"))) == 0
    assert len(hits(await found(site, "材料", since="2099-01-01"))) == 0
    assert len(hits(await found(site, "材料", until="2000-01-01"))) == 0
    assert len(hits(await found(site, "材料", since="2000-01-01", until="2099-01-01"))) == 2
    assert len(hits(await found(site, "材料", desk="cn-licensing"))) == 2
    page = await found(site, "certificate supplied", kind="note")
    people = [each for each in page.page.all("link") if "person=" in each.attributes["href"]]
    assert {each.text for each in people} == {
        "Ilona Kőszegi (only texts of this official)",
        "Tereza Šťastná (only texts of this official)",
    }
    [head] = [each for each in people if "Tereza" in each.text]
    only = await site.get(head.attributes["href"])
    assert len(hits(only)) + len(hits(only, NEAR)) == 1
    assert "Only texts of Tereza Šťastná." in only.text
    assert any(link.text == "Clear the filters" for link in only.page.all("link"))


@pytest.mark.parametrize("party", PARTIES)
async def test_official_is_chosen_by_name_or_desk_and_removed(pages_of, party):
    world = written()
    site = await pages_of(world, party)
    page = await found(site, "certificate supplied", kind="note")
    [field] = page.page.marked("name", "person")
    choices = {e.text: e.attributes["value"] for e in field.all("option") if e.attributes["value"]}
    own = [name for name, code in choices.items() if code.startswith(party)]
    assert ("Ilona Kőszegi" in own, "Ilona Kőszegi" in choices) == (party == "eu", party == "eu")
    assert len(choices) > len(own) > 1
    assert len({*choices.values()}) == len(choices), "nobody twice"
    authors = [a for a in page.page.all("link") if "person=" in a.attributes["href"]]
    codes = {a.attributes["href"].rpartition("person=")[2] for a in authors}
    assert {*codes} <= {*choices.values()}
    name, code = next(each for each in choices.items() if each[1] in codes)
    only = await found(site, "certificate supplied", kind="note", person=code)
    assert f"Only texts of {name}." in only.text
    [chosen] = [e for e in only.page.all("option") if "selected" in e.attributes and e.text == name]
    assert chosen.attributes["value"] == code
    [link] = [each for each in only.page.all("link") if each.text == "Show texts of everybody"]
    everybody = await site.get(link.attributes["href"], lang="en")
    assert hits(everybody) == hits(page)
    assert "kind=note" in link.attributes["href"], "the other filters stay"
    # Somebody whom the record does not know is a filter that shows and can be removed.
    nobody = await found(site, "certificate supplied", person=f"{party}-999")
    assert hits(nobody) == []
    assert "Show texts of everybody" in nobody.page.names("link")


async def test_internal_notes_are_found_by_our_side_alone(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    site, other = await pages_of(world, "eu"), await pages_of(world, "cn")
    await noted_here(world, site, thread)
    page = await found(site, '"only for us"')
    assert hits(page) == ["EU-P-0"]
    assert page.page.links()["EU-P-0"] == f"/threads/{thread.position}?at=EU-P-0#EU-P-0"
    assert "Internal note" in page.text
    assert hits(await found(other, '"only for us"')) == []


async def test_erased_text_is_not_found_from_the_same_transaction_on(pages_of):
    world = World.founded()
    thread = world.open_thread("eu", "Stamps")
    note = world.note("eu", thread.leaf.thread, ("One secret.", "Two remain."))
    world.exchange()
    site = await pages_of(world, "eu")
    assert len(hits(await found(site, "secret"))) == 1
    order = world.erase("eu", note, [0])
    world.exchange()
    await catch_up(site.node)
    async with site.node.record.begin() as transaction:
        await transaction.erase(order.position)
        rows = await transaction.execute(
            "SELECT FROM private.searchable WHERE folded LIKE '%secret%'"
        )
        assert rows == []
    assert hits(await found(site, "secret")) == []
    assert hits(await found(site, "remain")) == [str(note.position)]


async def test_erased_internal_note_is_not_found(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    site = await pages_of(world, "eu")
    note = await noted_here(world, site, thread)
    assert len(hits(await found(site, "wait"))) == 1
    body = {"parts": [0], "basis": "order", "order": "Order 7/2026"}
    payload = world.payload("eu", "private.erased", ref=note.id, body=body, by="head")
    payload |= {"log": site.node.identity.private_origin, "seen": []}
    await kept_privately(site, sign(payload, [world.eu.keys["head"]]))
    async with site.node.record.begin() as transaction:
        await transaction.erase_privately(1)
    assert hits(await found(site, "wait")) == []


async def test_withdrawn_and_corrected_notes_say_so(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    gone = world.note("eu", thread.leaf.thread, ("Gone alpha.",))
    world.about("eu", "note.withdrawn", gone)
    world.exchange()
    site = await pages_of(world, "eu")
    page = await found(site, "alpha")
    assert hits(page) == [str(gone.position)]
    assert "Withdrawn" in page.text


async def test_pages_follow_each_other_without_gap_or_repetition(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    for number in range(30):
        world.note("eu", thread.leaf.thread, (f"Alpha {number}.",))
    world.note("eu", thread.leaf.thread, ("Alphas.",))
    world.exchange()
    site = await pages_of(world, "eu")
    for order in ("newest", "best"):
        first = await found(site, "alpha", order=order)
        assert len(hits(first)) == 25
        second = await site.get(first.page.links()["Next"])
        assert len(hits(second)) == 5
        assert len(hits(second, NEAR)) == 1
        assert not {*hits(first)} & {*hits(second)}
        assert "Next" not in second.page.links()
    listed, after = [], ""
    while True:
        answer = await asked(site, f"/api/search?q=alpha&limit=7&after={after}")
        listed += [item["number"] for item in answer["items"]]
        after = answer.get("after", "")
        if not after:
            break
    assert len(listed) == len({*listed}) == 31


async def test_best_match_names_the_words_most_often(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    often = world.note("eu", thread.leaf.thread, ("Alpha alpha, alpha.",))
    world.note("eu", thread.leaf.thread, ("Alpha and much else that is about another matter.",))
    world.exchange()
    site = await pages_of(world, "eu")
    assert hits(await found(site, "alpha"))[0] != str(often.position)
    assert hits(await found(site, "alpha", order="best"))[0] == str(often.position)


@pytest.mark.parametrize(
    ("lang", "first", "last"),
    [("en", "Dated from", "Dated until"), ("zh-CN", "日期（起）", "日期（止）")],
)
async def test_days_of_a_search_are_named_as_in_other_lists(pages_of, lang, first, last):
    site = await pages_of(World.founded(), "eu")
    form = (await site.get("/search", lang=lang)).page.one("main").one("search")
    names = {each.attributes.get("name"): each.name for each in form.within()}
    assert (names["since"], names["until"]) == (first, last)


async def test_best_match_says_if_it_leaves_older_hits_out(pages_of, monkeypatch):
    world = World.founded()
    thread = world.open_thread("eu")
    for number in range(4):
        world.note("eu", thread.leaf.thread, (f"Alpha {number}.",))
    world.exchange()
    site = await pages_of(world, "eu")
    says = "compares the newest"
    assert says not in (await found(site, "alpha", order="best")).text
    for module in ("stores.search", "web.search.queries"):
        monkeypatch.setattr(f"special_channel.{module}.RANKED", 3)
    page = await found(site, "alpha", order="best")
    assert f"More than 3 texts match. “Best match first” {says} 3;" in page.text
    assert len(hits(page)) == 3
    newest = await found(site, "alpha")
    assert says not in newest.text
    assert len(hits(newest)) == 4
    answer = await asked(site, "/api/search?q=alpha&order=best")
    assert answer["ranked"] == 3
    chinese = await site.get("/search?q=alpha&order=best", lang="zh-CN")
    assert "更早的未列入" in chinese.text


WORDLESS = {
    "en": "Type words, a number or a phrase. Filters alone find nothing.",
    "zh-CN": "请输入检索词、编号或者词组。仅设筛选条件的，不作检索。",
}


@pytest.mark.parametrize("lang", WORDLESS)
async def test_filters_without_words_ask_for_words(pages_of, lang):
    site = await pages_of(written(), "eu")
    assert WORDLESS[lang] not in (await site.get("/search", lang=lang)).text
    filtered = await site.get("/search?kind=note&side=cn", lang=lang)
    assert WORDLESS[lang] in filtered.text
    assert "/search?q=" in [each.attributes["href"] for each in filtered.page.all("link")]


async def test_desks_of_equal_title_are_under_their_sides(pages_of):
    page = (await (await pages_of(written(), "eu")).get("/search")).page
    [desks] = [each for each in page.within() if each.attributes.get("name") == "desk"]
    groups = [each for each in desks.within() if each.tag == "optgroup"]
    assert len(groups) == len(PARTIES)
    for group in groups:
        titles = [each.text for each in group.within() if each.tag == "option"]
        assert titles
        assert len(set(titles)) == len(titles)


async def test_nothing_found_says_what_to_try(pages_of):
    site = await pages_of(World.founded(), "eu")
    page = await found(site, "nonesuch", side="eu")
    assert "Nothing found. Try fewer words" in page.text
    assert "Clear the filters" in page.text
    for typed in ("", "——", "…"):
        assert "Drafts are not searched." in (await found(site, typed)).text
    empty = await site.get("/search", lang="zh-CN")
    assert "草稿不在检索范围。" in empty.text


async def test_filter_by_a_list_takes_its_name(pages_of):
    story = busy()
    site = await pages_of(story.world, "eu")
    position = str(story.batch_thread.position)
    number = hits(await found(site, position, batch=str(story.batch.position)))
    assert number
    assert hits(await found(site, position, batch="w47")) == number
    nowhere = await found(site, position, batch="W99")
    assert "This list does not exist. Check the number." in nowhere.text
    assert nowhere.page.one("main").fields()["q"] == position
    assert nowhere.page.one("main").fields()["batch"] == "W99"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (f"q={'x' * 201}", "filter-long"),
        ("q=a&side=us", "filter-malformed"),
        ("q=a&since=yesterday", "date-malformed"),
        ("q=a&batch=EU-9999", "batch-unknown"),
        ("q=a&person=9", "filter-malformed"),
        ("q=a&after=nonsense", "filter-malformed"),
        ("q=a&after=2.0.x.eu.1", "filter-malformed"),
        ("q=a&after=0.%D9%A3.x.eu.1", "filter-malformed"),
        ("q=a&after=0.1.x.drafts.1", "filter-malformed"),
    ],
)
async def test_bad_filter_is_refused_with_a_sentence(pages_of, query, code):
    site = await pages_of(World.founded(), "eu")
    page = await site.get(f"/search?{query}")
    assert page.status in (400, 404)
    assert code in page.page.codes()


@pytest.mark.parametrize(
    "typed",
    [
        "'",
        "\\",
        "' | 'x",
        "& | !",
        "a:*",
        "<->",
        "%",
        "_",
        "$1",
        "a\u200bb",
        "\u3000补\u3000",
    ],
)
async def test_signs_of_the_database_are_plain_text(pages_of, typed):
    site = await pages_of(written(), "eu")
    assert (await found(site, typed)).status == 200


async def test_search_field_is_on_every_page_and_named(pages_of):
    site = await pages_of(World.founded(), "eu")
    for path in ("/inbox", "/threads", "/search"):
        page = await site.get(path)
        [field] = page.page.marked("id", "find")
        assert field.attributes["name"] == "q"
        assert field.name
        form: Element | None = field.around
        while form is not None and form.tag != "form":
            form = form.around
        assert form is not None
        assert (form.attributes["action"], form.attributes.get("method", "get")) == (
            "/search",
            "get",
        )


async def test_reading_entry_has_no_search_terms(pages_of):
    site = await pages_of(written(), "eu")
    await found(site, "certificate")
    async with site.node.record.begin() as transaction:
        rows = await transaction.execute("SELECT * FROM desk.reads WHERE what = 'search'")
    assert len(rows) == 1
    assert "certificate" not in json.dumps([dict(row) for row in rows], default=str)


async def test_overseer_with_a_limited_grant_can_not_search(pages_of):
    world = written()
    site = await pages_of(world, "eu")
    site.scoped = True
    assert (await found(site, "certificate", "oversight")).status == 403
    await site.grant_access()
    assert (await found(site, "certificate", "oversight")).status == 200


async def test_api_and_page_find_the_same(pages_of):
    site = await pages_of(written(), "eu")
    answer = await asked(site, f"/api/search?q={quote('补正')}")
    assert [item["number"] for item in answer["items"]] == hits(await found(site, "补正"))
    [run] = [run for run in answer["items"][0]["excerpts"][0]["runs"] if run["hit"]]
    assert (run["text"], run["hit"]) == ("补正", "exact")
    assert answer["waiting"] == 0


async def read_files(site: PagesNode) -> None:
    await FileTextKeeper(site.own.stores.file_texts, site.own.desk.scanner).step()


CERTIFICATE = docx("The rotor contains dysprosium.", "最终用途：牵引电机转子。")


@pytest.mark.parametrize("party", PARTIES)
async def test_words_of_a_file_are_found_and_open_its_entry(pages_of, party):
    world, _ = noted(("certificate 证明.docx", CERTIFICATE))
    site = await pages_of(world, party)
    await arrive(site, [CERTIFICATE])
    waiting = await found(site, "dysprosium")
    assert hits(waiting) == []
    assert "Our node still adds 1 text to the index" in waiting.text
    await read_files(site)
    for typed, words in (("DYSPROSIUM rotor", "The rotor contains dysprosium."), ("轉子", "转子")):
        page = await found(site, typed)
        [number] = hits(page)
        assert page.page.links()[number] == f"/entries/{number}"
        row = page.page.one("main").all("row")[-1].text
        assert "In a file" in row
        assert "Name of a file: certificate 证明.docx" in row
        assert words in row
        assert "still adds" not in page.text
        assert hits(await found(site, typed, kind="note")) == []
        assert hits(await found(site, typed, kind="attachment", side="cn")) == [number]
        assert hits(await found(site, typed, side="eu")) == []
    assert len(hits(await found(site, "contain"), NEAR)) == 1
    chinese = await site.get(f"/search?q={quote('转子')}", lang="zh-CN")
    assert "附件正文" in chinese.text
    assert "附件名称：certificate 证明.docx" in chinese.text
    [item] = (await asked(site, "/api/search?q=dysprosium"))["items"]
    assert (item["kind"], item["number"]) == ("attachment", number)
    assert item["file"]["runs"] == [{"text": "certificate 证明.docx", "hit": ""}]
    by_name = await found(site, "certificate", kind="attachment")
    assert [each.text for each in by_name.page.within() if each.tag == "mark"] == ["certificate"]


async def test_words_late_in_a_long_file_are_shown_around_the_hit(pages_of):
    data = "\n\n".join([*["Much else."] * 5_000, "A rare EU-2026-0048 supplied."]).encode()
    world, _ = noted(("long.txt", data))
    site = await pages_of(world, "eu")
    await arrive(site, [data])
    await read_files(site)
    for typed in ("rare", "20260048", '"a rare"', "supplies"):
        page = await found(site, typed)
        assert "A rare EU-" in page.text, typed
        assert marked(page), typed


async def test_closed_file_is_not_searched(pages_of, scanning):
    clean, virus = b"A clean dysprosium.", EICAR
    world, _ = noted(("clean.txt", clean), ("virus.txt", virus))
    site = await pages_of(world, "eu", scanners=scanning)
    await arrive(site, [clean, virus])
    await read_files(site)
    assert hits(await found(site, "dysprosium")) == []
    for data in (clean, virus):
        due = DueFile(sha256(data).hexdigest(), len(data), ("first", "second"), 0)
        await site.own.desk.scanner.scan(due)
    await read_files(site)
    assert len(hits(await found(site, "dysprosium"))) == 1
    assert hits(await found(site, "eicar", kind="attachment")) == []


async def test_file_closed_by_a_new_scanner_is_not_shown(pages_of, scanning):
    data = b"A clean dysprosium."
    world, _ = noted(("clean.txt", data))
    site = await pages_of(world, "eu", scanners=scanning)
    await arrive(site, [data])
    # Read while there was no scanner, and the keeper has not run since.
    open_ = replace(site.own.desk.scanner, scanners={})
    await FileTextKeeper(site.own.stores.file_texts, open_).step()
    assert hits(await found(site, "dysprosium")) == []
    await read_files(site)
    assert await site.node.record.pool.fetchval("SELECT count(*) FROM private.file_texts") == 0


async def test_file_of_an_internal_note_is_found_by_our_side_alone(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    world.exchange()
    site, other = await pages_of(world, "eu"), await pages_of(world, "cn")
    data = b"Only for us: the rotor."
    part = file_part(bytes(32), "own.txt", "text/plain", len(data), sha256(data).hexdigest())
    payload = world.payload("eu", "note.internal", thread=thread.leaf.thread, lang="en") | {
        "log": site.node.identity.private_origin,
        "parts": part_refs([part]),
        "seen": [],
    }
    await arrive(site, [data])
    await kept_privately(site, sign(payload, [world.eu.keys["desk"]], [part]))
    await read_files(site)
    page = await found(site, "rotor")
    assert hits(page) == ["EU-P-0"]
    assert page.page.links()["EU-P-0"] == f"/threads/{thread.position}?at=EU-P-0#EU-P-0"
    assert "own.txt" in page.text
    assert hits(await found(other, "rotor")) == []


async def test_file_that_cannot_be_read_breaks_no_page(pages_of):
    files = [
        ("broken.pdf", b"%PDF-1.7 dysprosium"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ]
    large = ("large.txt", b"dysprosium " * 2_000_000)
    world, _ = noted(*files, large)
    site = await pages_of(world, "eu")
    await arrive(site, [data for _, data in files])

    async def chunks():
        yield large[1]

    await site.own.stores.files.put(chunks(), max_bytes=2**25, type_="text/plain")
    await read_files(site)
    page = await found(site, "dysprosium")
    assert hits(page) == []
    assert "still adds" not in page.text


@pytest.mark.parametrize("who", ["desk", "oversight"])
async def test_threads_of_hits_are_chosen_for_the_acts_of_the_inbox(pages_of, who):
    """The boxes and buttons are those of the inbox; an act on a private mark leads back."""
    site = await pages_of(written(), "eu")
    shown = await found(site, "certificate", who)
    [*boxes] = shown.page.all("checkbox")
    numbers = [each.attributes["value"] for each in boxes]
    assert len(numbers) > 1

    def acts(page: Element) -> list[tuple[str | None, str | None]]:
        forms = [each for each in page.all("button") if "data-hot" in each.attributes]
        return [(e.attributes.get("formaction"), e.attributes.get("value")) for e in forms]

    inbox = (await site.get("/inbox?scope=all", who)).page
    offered = {(at, None if at == "/work" else act) for at, act in acts(inbox)}
    assert {*acts(shown.page)} == offered
    [back] = shown.page.marked("name", "next")
    # A thread with two hits is taken once.
    chosen = "&".join(f"thread={each}" for each in (*numbers, numbers[0]))
    query = f"{chosen}&next={quote(back.attributes['value'])}"
    for path in ("/assign", "/acknowledge") if who == "desk" else ():
        assert (await site.get(f"{path}?{query}", who)).status == 200
    if who == "desk":
        first = (await site.get(f"/work?{query}", who)).headers["Location"]
        assert first.startswith(f"/threads/{numbers[0]}?work=")
    form = (await site.get(f"/mark?act=watch&{query}", who)).page
    marked = [each.attributes["value"] for each in form.marked("name", "thread")]
    assert marked == list(dict.fromkeys(numbers))
    fields = {"act": "watch", "thread": marked[0], "next": back.attributes["value"]}
    done = await site.post("/mark", fields, who)
    assert (done.status, done.headers["Location"]) == (303, "/search?q=certificate")


async def test_hit_without_a_thread_has_no_box(pages_of):
    site = await pages_of(written(), "eu")
    page = (await found(site, "FIKTIV-26-1", kind="application")).page
    assert page.one("link", "FIKTIV-26-1").attributes["href"]
    assert page.all("checkbox") == []
