"""Figures of a past date: as recorded then, and with the corrections made since."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import posix
from tests.core.test_replacements import APPROVED, REVIEW, ref, state
from tests.permits import amend, issue, line
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.world import World

ON = "2026-11-24"
LATER = "虚构：后来才写入的内容。"
DUE = "2026-12-01T16:30:00Z"
NUMBERS = [f"A-{place}" for place in range(1, 6)]


def answers(world: World, batch: Any, **fields: dict[str, Any]) -> Any:
    rows: list[dict[str, Any]] = [
        {"row": NUMBERS.index(name.replace("_", "-")) + 1, "number": name.replace("_", "-")}
        | stated
        for name, stated in fields.items()
    ]
    return world.answer_batch(batch, rows)


class Record:
    """A record with a wrong decision, its correction, and news that came later."""

    def __init__(self) -> None:
        self.world = world = World.founded()
        batch = world.list_batch(NUMBERS)
        world.exchange()
        wrong = answers(world, batch, A_1=APPROVED, A_2=REVIEW, A_3=APPROVED)
        world.exchange()
        self.then: dict[Party, int] = {party: getattr(world, party).own.size for party in PARTIES}
        self.wrong, self.batch = wrong, batch

    def go_on(self) -> None:
        """Correct a decision, state what is new, and correct what was stated later."""
        world, batch = self.world, self.batch
        self.right = answers(world, batch, A_1=REVIEW | {"corrects": ref(self.wrong, 1)})
        self.late = answers(world, batch, A_4=APPROVED, A_2=APPROVED)
        answers(world, batch, A_4=REVIEW | {"corrects": ref(self.late, 4)})
        world.exchange()


async def numbers(site: PagesNode, query: str) -> dict[str, Any]:
    shown = await site.get(f"/api/numbers?on={ON}{query}", headers={"Accept": "application/json"})
    assert shown.status == 200, shown.html
    return dict(json.loads(shown.html))


def at(record: Record, counting: str = "recorded", **more: str) -> str:
    fields = {"counting": counting, "eu": f"EU-{record.then['eu'] - 1}"}
    fields |= {"cn": f"CN-{record.then['cn'] - 1}"} | more
    return "".join(f"&{name}={value}" for name, value in fields.items())


def of_cn(view: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in view["sides"] if each["by"] == "cn")


async def figures(site: PagesNode, query: str) -> str:
    """The file of the numbers, without the line that says up to which entries."""
    shown = await site.get(f"/numbers.csv?on={ON}{query}")
    assert shown.status == 200, shown.html
    rows = [row for row in csv.reader(io.StringIO(shown.html)) if any(row[1:])]
    return json.dumps(rows)


@pytest.mark.parametrize("party", PARTIES)
async def test_numbers_as_recorded_then_equal_those_given_out(pages_of, party):
    record = Record()
    site = await pages_of(record.world, party)
    handed, given = await numbers(site, ""), await figures(site, "")
    record.go_on()
    site = await pages_of(record.world, party)
    again = await numbers(site, at(record))
    for name in ("eu", "cn", "sides", "lists", "months", "codes", "coded"):
        assert again[name] == handed[name], name
    assert await figures(site, at(record)) == given
    assert of_cn(await numbers(site, "")) != of_cn(handed)
    assert "corrections" not in again or again["corrections"] == []


@pytest.mark.parametrize("party", PARTIES)
async def test_corrections_since_are_named_with_both_positions(pages_of, party):
    record = Record()
    record.go_on()
    site = await pages_of(record.world, party)
    view = await numbers(site, at(record, "corrected"))
    assert of_cn(view)["approved"] == 1
    assert of_cn(view)["running"] == 2
    [made] = view["corrections"]
    assert (made["number"], made["by"]) == ("A-1", "cn")
    assert (made["position"], made["corrected_in"]) == (
        str(record.wrong.position),
        str(record.right.position),
    )
    apart = {each["measure"]: (each["recorded"], each["corrected"]) for each in view["apart"]}
    assert apart["approved"] == (2, 1)
    assert apart["running"] == (1, 2)
    # What was stated later about other applications is no correction.
    assert "matched" not in apart
    page = await site.get(f"/numbers?on={ON}{at(record, 'corrected')}")
    assert "approved" in page.text
    for position in (record.wrong.position, record.right.position):
        assert str(position) in page.text
    assert "As recorded then With corrections" in page.text


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_corrected_licence_is_named_with_its_terms(pages_of, lang):
    record = Record()
    world = record.world
    terms: dict[str, Any] = {
        "licence": "L-9", "applications": ["A-1"], "issued_on": "2026-11-20",
        "valid_from": "2026-11-20", "valid_to": "2027-11-19",
    }  # fmt: skip
    wrong = issue(world, **terms, lines=[line()])
    world.exchange()
    record.then = {party: getattr(world, party).own.size for party in PARTIES}
    right = issue(world, **terms, lines=[line(code="9A998.b")], corrects=ref(wrong))
    world.exchange()
    site = await pages_of(world, "eu")
    page = await site.get(f"/numbers?on={ON}{at(record, 'corrected')}", lang=lang)
    nothing = {"en": "No correction since then", "zh-CN": "其后的更正均不影响上述数据"}[lang]
    assert nothing not in page.text
    assert page.page.links()["L-9"] == "/licences/L-9"
    for word in (str(wrong.position), str(right.position), "9A998.b"):
        assert word in page.text


async def test_numbers_of_a_day_count_what_was_accepted_by_its_end(pages_of):
    record = Record()
    site = await pages_of(record.world, "eu")
    assert (await numbers(site, "&counting=recorded"))["eu"] == record.then["eu"]
    before = await site.get("/api/numbers?on=2026-11-23&counting=recorded")
    assert json.loads(before.html)["eu"] == 0


@pytest.mark.parametrize("party", PARTIES)
async def test_side_without_a_position_counts_to_the_date(pages_of, party):
    record = Record()
    record.go_on()
    site = await pages_of(record.world, "eu")
    last = f"{party.upper()}-{record.then[party] - 1}"
    view = await numbers(site, f"&{party}={last}")
    other: Party = "cn" if party == "eu" else "eu"
    assert view[party] == record.then[party]
    assert view[other] == getattr(record.world, other).own.size
    missing = await site.get(f"/numbers?on={ON}&{party}={party.upper()}-999")
    assert f"{party.upper()}-999" in missing.text


# Briefs ---------------------------------------------------------------------------------


class Month(Record):
    """A record with questions, promises, line stops, differences, and a brief handed out."""

    def __init__(self) -> None:
        super().__init__()
        world = self.world
        self.held = world.meeting("eu")
        promise = world.point("eu", self.held, "The list comes.", point="promise", who="cn")
        self.other = world.point("eu", self.held, "We said that we would look.")
        world.exchange()
        world.agree("cn", promise)
        self.stops = world.list_batch(
            ["Z-8", "Z-9"], list_="W48", urgency="line_stop", stop_on="2026-12-14",
            state="submitted", as_of="2026-11-20",
        )  # fmt: skip
        world.exchange()
        self.stated = {
            number: state(world, "cn", number=number, state="supplement")
            for number in ("Z-8", "Z-9")
        }
        self.opened = world.open_thread("eu")
        self.thread = self.opened.leaf.thread
        self.note = world.note("eu", self.thread, ("Is it there?",), asks=[world.ask("eu", DUE)])
        world.exchange()
        self.then = {party: getattr(world, party).own.size for party in PARTIES}

    def go_on(self) -> None:
        super().go_on()
        world = self.world
        world.answer("cn", self.note)
        world.exchange()
        amend(world, self.stops, changed=[{"row": 1, "urgency": "normal", "rank": 9}])
        amend(world, self.stops, withdrawn=[{"row": 2, "reason": "no_longer_needed"}])
        self.restated = state(
            world, "cn", number="Z-9", state="accepted", corrects=ref(self.stated["Z-9"])
        )
        world.exchange()
        world.agree("cn", self.other)
        world.meeting("eu", on="2026-11-23")
        world.list_batch(["Z-1"], list_="W49", urgency="line_stop", stop_on="2026-12-15")
        about = {"thread": self.thread, "lang": "zh-CN"}
        translated = world.payload("eu", "note.translated", ref=self.note.id, **about)
        world.append("eu", translated, [world.text(LATER), world.text(LATER)])
        translated = world.payload("eu", "note.translated", ref=self.opened.id, **about)
        world.append("eu", translated, [world.text(LATER, "subject")])
        world.exchange()
        for party in PARTIES:
            world.adopt(party, number=2, effect_en=LATER, effect_zh=LATER)
        world.exchange()


def sections(page: Page) -> str:
    """All that a brief states, without how it is counted."""
    [article] = page.all("article")
    return article.text


def stated(page: Page) -> str:
    """All that a brief states."""
    [article] = page.all("article")
    return article.text


def address(page: Page, counting: str = "recorded") -> str:
    """The address that gives a brief for ever."""
    [link] = [
        str(each.attributes["href"])
        for each in page.all("link")
        if f"counting={counting}" in str(each.attributes.get("href"))
        and "/handover?" in str(each.attributes.get("href"))
    ]
    return link


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("party", PARTIES)
async def test_brief_as_recorded_then_equals_the_one_handed_out(pages_of, party, lang):
    month = Month()
    site = await pages_of(month.world, party)
    handed = await site.get("/brief/working/handover", lang=lang)
    month.go_on()
    site = await pages_of(month.world, party)
    now = await site.get("/brief/working/handover", lang=lang)
    assert stated(now.page) != stated(handed.page)
    assert LATER in stated(now.page) or lang == "en"
    again = await site.get(address(handed.page), lang=lang)
    assert stated(again.page) == stated(handed.page)
    assert LATER not in stated(again.page)
    limit = {"en": "Texts erased since are missing here", "zh-CN": "此后依法删除的文本不再显示"}
    assert limit[lang] in again.text
    corrected = await site.get(address(again.page, "corrected"), lang=lang)
    words = stated(corrected.page)
    for entry in (month.wrong, month.right, month.stated["Z-9"], month.restated):
        assert str(entry.position) in words
    assert "Z-1" not in words
    # The corrected state is in the brief itself, too.
    restated = {"en": "CN: accepted", "zh-CN": "已受理"}[lang]
    assert restated in words
    assert restated not in stated(handed.page)


@pytest.mark.parametrize("party", PARTIES)
async def test_brief_without_an_opening_leaves_out_its_thread(pages_of, party):
    world = World.founded()
    world.meeting("eu")
    world.exchange()
    before = world.eu.own.size
    thread = world.open_thread("eu").leaf.thread
    world.exchange()
    note = world.note("cn", thread, ("Is it there?",), asks=[world.ask("cn", DUE)])
    world.exchange()
    site = await pages_of(world, party)
    last = f"eu=EU-{before - 1}&cn={note.position}"
    page = await site.get(f"/brief/working/handover?{last}&since=2026-11-20")
    assert page.status == 200
    assert "Is it there?" not in stated(page.page)
    whole = await site.get(f"/brief/working/handover?cn={note.position}&eu=EU-{before}")
    assert "Is it there?" in stated(whole.page)


async def test_internal_brief_of_the_past_has_no_private_facts(pages_of):
    month = Month()
    site = await pages_of(month.world, "eu")
    page = await site.get("/brief/working/internal?counting=recorded")
    assert "Private facts of our side are left out" in page.text
    assert "As recorded then: from entries up to EU-" in page.text


async def test_brief_of_a_day_is_of_its_last_minute(pages_of):
    month = Month()
    site = await pages_of(month.world, "eu")
    page = await site.get("/brief/working/handover?on=2026-11-20")
    assert "As of Fri 20 Nov 2026 23:59 Brussels" in stated(page.page)
    assert "Record up to – , –" in stated(page.page).replace("–,", "– ,")


async def test_brief_of_a_day_counts_to_its_end(pages_of):
    world = World.founded()
    # The last half minute of 24 November in Brussels.
    world.clock.seconds = posix("2026-11-24T22:59:30Z")
    late = world.meeting("eu")
    world.exchange()
    world.clock.seconds = posix("2026-11-26T08:00:00Z")
    world.meeting("eu")
    world.exchange()
    site = await pages_of(world, "eu")
    page = await site.get("/brief/working/handover?on=2026-11-24")
    assert "As of Tue 24 Nov 2026 23:59 Brussels" in stated(page.page)
    assert f"Record up to {late.position}" in stated(page.page)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("eu=EU-999", "extent-outside"),
        ("eu=CN-1&cn=CN-1", "extent-outside"),
        ("eu=x&cn=CN-1", "position-malformed"),
        ("at=yesterday", "date-malformed"),
    ],
)
async def test_entries_that_are_not_in_the_record_are_refused(pages_of, query, code):
    site = await pages_of(Record().world, "eu")
    page = await site.get(f"/brief/working/handover?{query}")
    assert (page.status, code in page.html) == (400, True)


async def test_log_without_an_entry_then_counts_none(pages_of):
    site = await pages_of(Record().world, "eu")
    view = await numbers(site, "&counting=recorded&eu=-&cn=-")
    assert (view["eu"], view["cn"], view["sides"][0]["listed"]) == (0, 0, 0)
    page = await site.get(f"/numbers?on={ON}&counting=corrected&eu=-&cn=-")
    assert "No correction since then changes these numbers." in page.text
