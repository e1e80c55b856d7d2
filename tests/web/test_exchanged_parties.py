"""Exchange the parties: each side plays the other's part, and every output reads the same.

Pages, mails, calendar links, exports and verdicts. Names, cities, calendars and numbers differ, so
they are replaced before two texts are compared.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import pytest

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.export.report import lines
from special_channel.export.verify import verify
from special_channel.messages.catalogue import LANGS, Lang
from tests.bundles import trust_file
from tests.channels.test_mails_drawn import LICENCE_ENTRIES, letters
from tests.export.bundling import bundle, packed, repaired, unpacked
from tests.web import test_feeds as feeds
from tests.web.pages_node import NAMES, PagesNode
from tests.web.reading import Page
from tests.world import World

DUES: Final = ("2026-11-24T09:00:00Z", "2026-11-30T09:30:00Z", "2026-12-01T09:30:00Z")

PAGES: Final = (
    "/inbox", "/threads", "/threads?show=all", "/threads/{thread}", "/threads/{closed}",
    "/deadlines", "/meetings", "/meetings/{meeting}", "/meetings/new", "/entries/{note}/evidence",
    "/differences", "/alerts", "/threads/{thread}/alerts", "/figures",
    "/people", "/clearances", "/review", "/keys",
    "/rules/now", "/link",
    "/brief/working/internal", "/brief/working/handover", "/assign?thread={thread}",
)  # fmt: skip
"""Pages that both sides have alike. Lists are the EU's act and return sheets are CN's."""

KEY_PAGES: Final = (
    "/people", "/people?state=suspended", "/people/{own}", "/people/{other}", "/people/journal",
    "/people/acts", "/keys/{restored}", "/keys/{suspended}", "/keys/{revoked}",
)  # fmt: skip
"""Pages about acts on people and keys, as a head of unit reads them."""

STOPPED: Final = {"restored": "clerk", "suspended": "other-desk", "revoked": "director"}
"""Officials of the first side, by what happened to the key."""

WORDS: Final[Mapping[Party, tuple[str, ...]]] = {
    "eu": (
        r"European Commission", r"Commission", r"(?<![A-Za-z])(?:EU|eu(?![A-Za-z]))", "Brussels",
        "欧盟委员会", "欧委会", "欧盟", "欧方", "布鲁塞尔",
    ),
    "cn": (
        r"Ministry of Commerce", r"MOFCOM", r"(?<![A-Za-z])(?:CN|cn(?![A-Za-z]))", "Beijing",
        r"\bChina\b", "中国商务部", "商务部", "中国", "中方", "北京",
    ),
}  # fmt: skip
"""Words for a side and its capital, longer ones first. Steps of a path to a page have no blank."""

HEX: Final = re.compile(r"\b[0-9a-f]{4}\b|\b[0-9a-f]{8,}\b")

OFFICES: Final = re.compile(
    r"(?:Deputy )?(?:[Dd]irector-general|[Dd]irector\b)|[Hh]ead of (?:unit|division)"
    r"|Commissioner(?:'s cabinet)?|Vice-minister|Minister\b"
    r"|贸易和经济安全委员|委员办公厅|委员|(?:副总?)?[司局部]长|处长"
)
"""Offices of the two ladders and of the participants of a meeting."""

DAYS: Final = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [0-9]+ (?:Nov|Dec)(?: – )?)+(?: closed \(.*?\))?"
    r"|(?:(?:[0-9]+年)?[0-9]+月[0-9]+日(?:（周.）)? ?(?:至 ?)?)+(?:放假（.*?）)?"
)
"""Days: a time of one capital may be the next day in the other; calendars close on others."""


def played(first: Party) -> tuple[World, Mapping[str, str]]:
    """What the first side asks and the second answers, withdraws, lets pass; and the numbers."""
    second = peer_of(first)
    world = World.founded()
    thread = world.open_thread(first, "Stamps")
    asks = [world.ask(first, due, q=str(number)) for number, due in enumerate(DUES, 1)]
    note = world.note(first, thread.leaf.thread, ["One?", "Two?", "Three?"], asks=asks)
    world.exchange()
    other = world.open_thread(second, "Contracts")
    asked = world.note(
        second, other.leaf.thread, ["Which?"], asks=[world.ask(second, "2026-11-30T09:00:00Z")]
    )
    world.exchange()
    world.acknowledge(second, note)
    answer = world.answer(second, note, ("2",))
    world.answer(first, asked)
    world.exchange()
    world.about(second, "note.withdrawn", answer)
    act_on_people(world, first)
    meeting = world.meeting(first, place="Geneva")
    point = world.point(first, meeting)
    world.exchange()
    world.differ(second, point)
    world.exchange()
    world.clock.forward(3700)
    world.pass_due(first, note, DUES[0], head=world.stamp(second))
    world.exchange()
    named = {"thread": thread, "closed": other, "meeting": meeting, "note": note}
    keys = {name: world.sides[first].keys[who].key for name, who in STOPPED.items()}
    return world, keys | {name: str(entry.position) for name, entry in named.items()}


def act_on_people(world: World, side: Party) -> None:
    """Suspend and restore a key, suspend a person, revoke a key, grant a function."""
    world.exchange()
    stop = world.append(side, world.suspension(side, "clerk"))
    world.append(side, world.restoration(side, stop))
    world.append(side, world.suspension(side, "other-desk", whole=True))
    world.append(side, world.revocation(side, "director"))
    world.grant(side, "deputy", unit="Unit B.2")


def neutral(text: str, party: Party) -> str:
    """Replace names, cities and numbers by what they are to the reader's side."""
    text = HEX.sub("#", DAYS.sub("", text))
    text = re.sub("English|Chinese|zh-CN|英文|中文", "<language>", text)
    text = OFFICES.sub("<office>", text)
    for side in (party, peer_of(party)):
        for name in NAMES[side].values():
            text = text.replace(name, "<official>")
        for word in WORDS[side]:
            text = re.sub(word, "<own>" if side == party else "<other>", text)
    return re.sub(r"[0-9#]+", "#", text)


def words(text: str, party: Party) -> list[str]:
    return neutral(text, party).split()


async def read(site: PagesNode, path: str, lang: Lang, who: str) -> list[str]:
    shown = await site.get(path, who, lang)
    assert shown.status < 500, path
    main = shown.page.all("main")
    text = main[0].text if main else shown.text
    return [str(shown.status), *words(text, site.node.party)]


async def calendar(site: PagesNode, lang: Lang) -> list[str]:
    """Return what a calendar link of an official holds, event by event."""
    party = site.node.party
    officials = site.own.desk.officials
    official = await officials.of_key(site.node.world.sides[party].keys["desk"].key)
    assert official
    await officials.set_language(official.id, lang)
    path, _ = await feeds.made(site, topics=("answer", "awaited", "meetings", "closed"))
    events = feeds.events(await feeds.read(site, path))
    closed = {uid for uid in events if uid.startswith("closed-")}
    held = [properties(event) for uid, event in events.items() if uid not in closed]
    # Offices close on other days and for other reasons: no dates, and each side once.
    places = {re.split("[:：]", str(events[uid]["SUMMARY"]))[0] for uid in closed}
    return [*words("\n".join(held), party), *unordered(places, party)]


def properties(event: Any) -> str:
    """Return the properties of an event and of its alarms, one a line."""
    whole: str = event.to_ical().decode().replace("\r\n ", "")
    return whole


async def outputs(
    site: PagesNode, facts: Mapping[str, str], lang: Lang
) -> AsyncIterator[tuple[str, list[str]]]:
    """Yield each page and the calendar of an official as words, by what it is."""
    sides = {"own": site.node.party, "other": peer_of(site.node.party)}
    for pages, who in ((PAGES, "desk"), (KEY_PAGES, "head")):
        for page in pages:
            yield page, await read(site, page.format(**facts, **sides), lang, who)
    yield "calendar", await calendar(site, lang)


def differences(one: Sequence[str], other: Sequence[str]) -> Iterator[str]:
    """Where two texts differ, with the words before."""
    compared = difflib.SequenceMatcher(None, one, other, autojunk=False)
    for tag, at, until, other_at, other_until in compared.get_opcodes():
        if tag != "equal":
            before = " ".join(one[max(0, at - 5) : at])
            found = [" ".join(one[at:until]), " ".join(other[other_at:other_until])]
            yield f"{before} {found}"


@pytest.mark.parametrize("lang", LANGS)
async def test_every_page_reads_the_same_with_the_parties_exchanged(pages_of, lang):
    unlike: list[str] = []
    for reader in ("first", "second"):
        sites = []
        for first in PARTIES:
            world, facts = played(first)
            side = first if reader == "first" else peer_of(first)
            site = await pages_of(world, side)
            sites.append([each async for each in outputs(site, facts, lang)])
        for (page, one), (_, other) in zip(*sites, strict=True):
            unlike += [f"{reader} {page}: {words}" for words in differences(one, other)]
    assert unlike == []


def written(own: Party, lang: Lang) -> Iterator[list[str]]:
    """Yield the words of each mail: its subject, its plain part, its HTML as shown."""
    for letter in letters(own, lang):
        text = f"{letter.subject} {letter.text} {Page(letter.html).text}"
        # CN alone states licences and their use: its entry, whoever reads the mail.
        for entry in LICENCE_ENTRIES:
            text = text.replace(entry, "<licence>")
        yield words(text, own)


@pytest.mark.parametrize("lang", LANGS)
def test_every_mail_reads_the_same_with_the_parties_exchanged(lang):
    pairs = zip(written("eu", lang), written("cn", lang), strict=True)
    assert [unlike for one, other in pairs for unlike in differences(one, other)] == []


def unordered(texts: Iterable[str], party: Party) -> list[str]:
    """Return the words of texts without their order.

    Bundles and verdicts name the EU's log first, whoever exports: both sides' bundles of one record
    hold the same tables.
    """
    return "\n".join(sorted(neutral(text, party) for text in texts)).split()


def shown_entries(html: str, party: Party) -> list[str]:
    """Return the words of a bundle's page: head and foot, our entries, the other side's."""
    page = Page(html)
    around = [element.text for element in page.within() if element.tag in {"header", "footer"}]
    # Entries of one moment are in the order of their logs.
    entries = sorted(
        page.all("article"), key=lambda each: each.attributes["id"][:2] != party.upper()
    )
    said = " ".join(each.text for each in entries)
    return [*unordered(" ".join(around).split(), party), *words(said, party)]


def exported(first: Party, by: Party) -> dict[str, list[str]]:
    """Return what a bundle of one side says: its files, its texts, and the verdicts about it."""
    world, facts = played(first)
    data, trust = bundle(world, by=by), trust_file(world)
    top, files = unpacked(data)
    note = world.sides[first].own.entries[int(facts["note"].partition("-")[2])]
    lacking = {path: held for path, held in files.items() if note.id not in path}
    # The manual check names one log as an example, the same in every bundle.
    readme = files["README.txt"].decode().replace("data/logs/eu/", "data/logs/<party>/")
    found = {
        "files": sorted(words("\n".join(files), by)),
        "README": words(readme, by),
        "view": shown_entries(files["data/view/index.html"].decode(), by),
    }
    for table in ("asks", "passed", "keys"):
        found[table] = unordered(files[f"data/tables/{table}.csv"].decode().splitlines(), by)
    for name, made in (("whole", data), ("lacking", packed(top, repaired(lacking)))):
        report = verify(made, trust)
        for lang in LANGS:
            found[f"verdict {name} {lang}"] = unordered(lines(report, lang), by)
    return found


@pytest.mark.parametrize("exporter", ["first", "second"])
def test_exports_and_verdicts_read_the_same_with_the_parties_exchanged(exporter):
    one, other = (
        exported(first, first if exporter == "first" else peer_of(first)) for first in PARTIES
    )
    assert [
        f"{name}: {unlike}" for name in one for unlike in differences(one[name], other[name])
    ] == []
    assert "entry-missing:" in one["verdict lacking en"]
