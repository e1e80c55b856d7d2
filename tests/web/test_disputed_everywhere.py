"""Disputed entries say so wherever an entry is named (K21, K22): pages, files and the API.

Every route of the table is read, or named with the reason why it shows no entry, so that a new
route asks for a decision. In one world, before doubt is stated, with it, and after reviews.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
import python_calamine
from pydantic import TypeAdapter

from special_channel.broker.act import Act
from special_channel.channels.digests import Digest
from special_channel.core.bytes.ids import Party
from special_channel.core.rows.submission import read as read_submission
from special_channel.core.rows.writing import part_refs, sign
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.stores.clearances import Clearance
from special_channel.stores.outbox import Outbox
from special_channel.web.http.routes import ROUTES
from tests.permits import list_row
from tests.web.disputed import DisputedWorld
from tests.web.disputed_routes import READ, REFERENCES, SILENT, Read
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Element, Page
from tests.web.test_acts import offer
from tests.web.test_alert_history import AT, alert, outgoing
from tests.web.test_effect import taken
from tests.web.test_feeds import made as made_feed
from tests.web.test_meetings import pdf_text

NUMBER = re.compile(r"(EU|CN)-(\d+)(?!\d)(?: ?[QP]\d+)?")
LANGS: tuple[Lang, ...] = ("en", "zh-CN")
NAMED = ("position", "number", "batch", "since", "answered_in", "against")
"""Fields of the API that name the entry whose doubt stands beside them."""
Words = Mapping[str, str]
"""Words of entries in doubt, by number; an entry without doubt is not among them."""


def test_every_route_is_read_or_says_why_it_names_no_entry():
    shown = {path for method, path, _ in ROUTES if method == "GET"}
    assert shown == READ.keys() | SILENT.keys()
    assert READ.keys() & SILENT.keys() == set()


# Reading ------------------------------------------------------------------------------


def label(word: str, lang: Lang) -> str:
    return catalogue(lang).label("doubt", word)


def sentences(word: str, lang: Lang) -> re.Pattern[str]:
    """The sentences of a strip, whatever entry and time they name."""
    keys = {"disputed": ("own", "other", "delivered"), "disowned": ("disowned",)}[word]
    singular = catalogue(lang).singular
    found = (singular[f"doubted.{key}.{whose}"] for key in keys for whose in ("author", "further"))
    plain = (re.sub(r"%\\\(\w+\\\)s", ".+?", re.escape(text)) for text in found)
    return re.compile("|".join(plain))


def named(text: str) -> Iterator[tuple[str, str]]:
    """Each number in a text, and the text after it."""
    for match in NUMBER.finditer(text):
        yield f"{match[1]}-{match[2]}", text[match.end() :]


def beside(rest: str, lang: Lang) -> str | None:
    """The word of doubt right beside a number, of which this is the text after it."""
    rest = rest.lstrip().lstrip("(（")
    return next((w for w in ("disputed", "disowned") if rest.startswith(label(w, lang))), None)


def unsaid(text: str, words: Words, lang: Lang) -> list[str]:
    """The numbers in a text that have not the word that they should have beside them."""
    return [n for n, rest in named(text) if beside(rest, lang) != words.get(n)]


def wrong_in_page(page: Element, words: Words, lang: Lang) -> list[str]:
    """What a page does not say of an entry that it names, or says of another.

    Each row of a table says it of each entry that it names; elsewhere once on a page is enough,
    beside the number or in the entry's own place.
    """
    found = [f"{n}: a word too many" for n, rest in named(page.text)
             if beside(rest, lang) not in {None, words.get(n)}]  # fmt: skip
    for row in page.all("row"):
        text = row.text
        head = next(iter(row.all("rowheader")), row).text
        found += [f"{n} in row: {text[:90]}" for n in unsaid(text, words, lang)
                  if not (head.startswith(n) and label(words[n], lang) in text)]  # fmt: skip
    said = {n for n, rest in named(page.text) if beside(rest, lang)}
    said |= {n for row in page.all("row") if (n := _first(row.text)) if n in words}
    for number in {n for n, _ in named(page.text)} & words.keys() - said:
        place = page.by_id(number)
        if place is None or not sentences(words[number], lang).search(place.text):
            found.append(f"{number} on the page")
    return found


def _first(text: str) -> str:
    match = NUMBER.match(text)
    return f"{match[1]}-{match[2]}" if match else ""


def wrong_in_json(answer: object, words: Words) -> list[str]:
    """The entries of an answer of the API whose doubt it does not state, or states wrongly."""
    stated: dict[str, str | None] = {}
    own: set[str] = set()
    for key, each in objects(answer):
        numbers = [each[name] for name in NAMED if isinstance(each.get(name), str)]
        found = [n for text in numbers for n, _ in named(text)]
        if isinstance(each.get("doubt"), dict):
            if "-P-" not in str(each.get("position")):  # not one of our private log
                stated[found[0]] = each["doubt"]["word"]
        elif key not in REFERENCES:
            own |= {n for name in ("position", "number") for n, _ in named(str(each.get(name)))}
    wrong = [f"{n}: {word}" for n, word in stated.items() if words.get(n) != word]
    return wrong + [n for n in own if n in words and n not in stated]


def objects(answer: object, key: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Each object of an answer, with the name of the field that holds it."""
    if isinstance(answer, list):
        for each in answer:
            yield from objects(each, key)
    elif isinstance(answer, dict):
        yield key, answer
        for name, each in answer.items():
            yield from objects(each, name)


def cells(path: str, document: bytes) -> list[str]:
    """The cells of a table, as a file."""
    if path.partition("?")[0].endswith(".csv"):
        return [cell for row in csv.reader(io.StringIO(document.decode())) for cell in row]
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(document))
    sheets = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    return [str(cell) for sheet in sheets for row in sheet for cell in row]


# The walk -----------------------------------------------------------------------------


class Walk:
    """A node's routes, with the paths of the disputed world."""

    def __init__(self, site: PagesNode, disputed: DisputedWorld, names: Mapping[str, str]) -> None:
        self.site, self.disputed, self.names = site, disputed, names
        self.party: Party = site.node.party

    async def wrong(self, words: Words) -> str:
        """What is wrong with the words of entries, a line for each path and language."""
        found: list[str] = []
        for each in (one for reads in READ.values() for one in reads if self.party in one.parties):
            for lang in LANGS:
                wrong = await self._wrong(each, lang, words)
                found += [f"{each.path} {lang}: {wrong}"] if wrong else []
        return "\n".join(found)

    async def _wrong(self, each: Read, lang: Lang, words: Words) -> list[str]:
        path = each.path.format_map(self.names)
        if path.startswith("/api/") and ".pdf" not in path:
            shown = await self.site.get(path, each.who, headers={"Accept": "application/json"})
            assert shown.status == 200, (path, shown.html)
            return wrong_in_json(json.loads(shown.html), words)
        if path.endswith(".ics"):
            text = (await self.site.get(path, each.who)).html.replace("\r\n ", "")
            summaries = re.findall(r"SUMMARY;LANGUAGE=(.+?):(.+)\r\n", text)
            assert summaries
            return [n for spoken, line in summaries for n in unsaid(line, words, spoken)]
        if re.search(r"\.(csv|xlsx|pdf)(\?|$)", path):
            return await self._wrong_in_file(path, lang, words)
        shown = await self.site.get(path, each.who, lang)
        assert shown.status == 200, (path, each.who, shown.text[-300:])
        main = Page(shown.html).one("main")
        if path.startswith("/review"):  # its heading says of all its entries that they are disputed
            listed = {_first(row.text) for row in main.all("row")} - {""}
            assert not listed or label("disputed", lang) in main.all("heading")[0].text
            return [number for number in listed if words.get(number) != "disputed"]
        return wrong_in_page(main, words, lang)

    async def _wrong_in_file(self, path: str, lang: Lang, words: Words) -> list[str]:
        asked = f"{path}{'&' if '?' in path else '?'}lang={lang}" if ".pdf" in path else path
        document = await taken(self.site, asked, lang)
        if ".pdf" in path:
            text = " ".join(pdf_text(document, "-raw").split())
            # A line that ends within Chinese words is no blank.
            return unsaid(
                re.sub(r"(?<=[\u4e00-\u9fff（]) (?=[\u4e00-\u9fff）])", "", text), words, lang
            )
        return [n for cell in cells(path, document) for n in unsaid(unescape(cell), words, lang)]


async def walk_of(site: PagesNode, disputed: DisputedWorld) -> Walk:
    """Put drafts, alerts and a private note in place; return the walk with all names of paths."""
    world, party = disputed.world, site.node.party
    keys, other = world.sides[party].keys, world.sides["cn" if party == "eu" else "eu"].keys
    draft = await waiting(site, disputed)
    await private_note(site, disputed)
    await put_alerts(site, disputed)
    feed, _ = await made_feed(site, "clerk")
    act = ""
    if party == "eu":
        begun = await offer(site, world.revocation("eu", "newcomer"), "head", reason="lost")
        act = begun.act.id
    entries = {name: str(each.position) for name, each in vars(disputed).items()
               if hasattr(each, "position")}  # fmt: skip
    names = {
        **entries, "feed": feed, "draft": draft, "act": act,
        "note_id": disputed.note.id, "overdue_id": disputed.overdue.id,
        "key": keys["desk"].key, "their_key": other["desk"].key, "new_key": keys["newcomer"].key,
    }  # fmt: skip
    return Walk(site, disputed, names)


async def waiting(site: PagesNode, disputed: DisputedWorld) -> str:
    """Lay a draft about the list before a second official; return its id."""
    world, party = disputed.world, site.node.party
    if party == "eu":
        sheet: dict[str, Any] = {"added": [list_row(5, "A-5")]}
        kind, part = "batch.amended", world.data("list-amendment", sheet)
    else:
        sheet = {"rows": [{"row": 4, "number": "A-4", "match": "found"}]}
        kind, part = "batch.answered", world.data("return-sheet", sheet)
    signer = world.sides[party].keys["clerk"]
    payload = world.payload(party, kind, by="clerk", ref=disputed.batch.id, body={"rows": 1})
    made = sign(payload | {"parts": part_refs([part])}, [signer], [part])
    id_ = read_submission(made, whole=True).id
    at = site.own.node.clock.now()
    draft = Clearance(id_, made.envelope, (part,), signer.key, at, "waiting")
    await site.own.desk.clearances.put([draft])
    return id_


async def private_note(site: PagesNode, disputed: DisputedWorld) -> str:
    """Write a note in the private log with the key that comes into doubt; return its id."""
    world, party = disputed.world, site.node.party
    part = world.text("For us.")
    payload = world.payload(party, "note.internal", thread=disputed.thread.leaf.thread, lang="en")
    payload |= {"log": site.node.identity.private_origin, "parts": part_refs((part,))}
    signed = sign(payload, [world.sides[party].keys["desk"]], [part])

    async def decide(_transaction: object, _heads: object) -> Act:
        return Act(private=[signed])

    [accepted] = await site.node.appender.act(decide)
    return accepted.id


async def put_alerts(site: PagesNode, disputed: DisputedWorld) -> None:
    """Queue an alert about an overdue question, and a message that lists it."""
    told = alert(disputed.overdue, disputed.overdue_thread, "a1")
    listed = (told, replace(told, id="a2", position=disputed.note.position))
    digest = Digest("digest", told.to, "en", AT, "https://eu.example/alerts", listed)
    document = TypeAdapter(Digest).dump_json(digest).decode()
    combined = replace(
        outgoing(told, disputed.overdue), id="digest", base="digest", kind="digest",
        ask=("", ""), due="", step=0, document=document,
    )  # fmt: skip
    async with site.node.record.begin() as transaction:
        outbox = Outbox(site.node.record.pool)
        await outbox.put(transaction, [outgoing(told, disputed.overdue), combined])


@pytest.mark.timeout(600)  # some 300 readings, three times; a busy machine takes a minute
@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_disputed_entries_say_so_wherever_they_are_named(pages_of, party: Party):
    disputed = DisputedWorld()
    site = await pages_of(disputed.world, party)
    walk = await walk_of(site, disputed)
    assert await walk.wrong({}) == ""
    disputed.doubt()
    await catch_up(site.node)
    words = {str(entry.position): "disputed" for entry in disputed.disputed}
    assert len({entry.payload["kind"] for entry in disputed.disputed}) > 20
    assert await walk.wrong(words) == ""
    words = {n: word for n, word in disputed.review().items() if word == "disowned"}
    await catch_up(site.node)
    assert await walk.wrong(words) == ""
