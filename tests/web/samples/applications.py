"""Applications with what really occurs: clocks of all kinds, returns, refiled numbers."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    events,
)
from special_channel.core.time.calendars import merge, parse_release
from special_channel.core.time.statutory import statutory_clock
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.dates import full_date
from special_channel.stores.filters import SavedFilter
from special_channel.stores.lists import EarlierListings
from special_channel.web.pages.application import (
    COLUMNS,
    Appearance,
    ApplicationPage,
    ApplicationsPage,
    Asked,
    Choices,
    DifferenceLine,
    DifferencesPage,
    Line,
    LinkView,
    MarkForm,
    MarkView,
    SideView,
    Statement,
)
from special_channel.web.reading.clock_form import EMPTY
from special_channel.web.shared.clocks import ClockView, pieces, short
from special_channel.web.shared.differences import Difference
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.references import Assertion, ListRef, ThreadRef
from special_channel.web.shared.states import STATES
from tests.web.samples.batches import TITLE
from tests.web.samples.people import NOW, at

CONFIG = Path(__file__).resolve().parents[3] / "config/calendars"
CN = merge(
    parse_release(tomllib.loads((CONFIG / f"cn-{year}.toml").read_text("utf-8")))
    for year in (2025, 2026)
)
LIST = ListRef("L2026-41", "EU-120", "/batches/EU-120")
COURSES: dict[str, tuple[ClockFact, ...]] = {
    "running": (ClockFact("accepted", "2026-09-21"),),
    "paused": (
        ClockFact("accepted", "2026-09-21"),
        ClockFact("uncounted", "2026-10-12", "expert_opinion"),
        ClockFact("counted", "2026-10-31"),
    ),
    "uncounted": (
        ClockFact("accepted", "2026-10-09"),
        ClockFact("uncounted", "2026-11-02", "site_check", "2026-12-18"),
    ),
    "over": (ClockFact("accepted", "2026-09-01"),),
    "deemed": (ClockFact("received", "2026-11-02"),),
    "received": (ClockFact("received", "2026-11-23"),),
    "council": (ClockFact("accepted", "2026-08-03"), ClockFact("council", "2026-08-20")),
    "returned": (ClockFact("accepted", "2026-10-09"), ClockFact("returned", "2026-11-03")),
    "next-year": (ClockFact("accepted", "2026-11-20"),),
    "nothing": (),
}


def clock(name: str, lang: Lang, party: Party = "cn") -> ClockView:
    """What the page says of a course, by the same words as the product."""
    said = AssertedStatement("review", "2026-11-17", "bureau", COURSES[name], index=1, id="00")
    acts = events(ApplicationRow("A", eu=(said,), cn=(said,)), party)
    on, t = NOW.date(), catalogue(lang)
    found = statutory_clock(CN, acts, on)
    words = pieces(t, CN, acts, found, on)
    by = {"source": t.label("source", "supplier"), "side": "MOFCOM" if lang == "en" else "商务部"}
    return ClockView(
        party, found.standing, found.day, found.limit, short(t, found),
        t.gettext(f"clock.by-{party}", said=words, **by),
        found.over, found.deemed, found.provisional, found.accepted, found.last_day,
    )  # fmt: skip


def lines(party: Party, lang: Lang) -> tuple[Line, ...]:
    states = ("review", "approved", "supplement", "submitted", "issued", "returned")
    names = list(COURSES)
    rows = []
    for n in range(1, 26):
        eu = Assertion(states[n % 6], date(2026, 11, 12), "supplier", "EU-120")
        cn = Assertion(states[(n + n % 3 // 2) % 6], date(2026, 11, 17), "bureau", "CN-318")
        own, peer = (eu, cn if n % 7 else None) if party == "eu" else (cn, eu)
        number = f"FIKTIV-26-{9300 + n:07d}" if n != 5 else "虚构-2026-0098号/甲+" + "X" * 40
        rows.append(
            Line(
                number, f"/applications/{n}", own, peer,
                differences=("state", "accepted") if n % 3 == 2 and n % 7 else (),
                clock=clock(names[n % 10], lang) if n % 10 else None,
                urgency=("normal", "urgent", "line_stop")[n % 3],
                times_listed=n % 5,
                list=LIST if n % 5 else None,
                accepted=(date(2026, 9, 21), None),
                decisions=("approved", ""),
                threads=(ThreadRef("EU-142", "/threads/EU-142", TITLE, 2),) if n < 4 else (),
            )
        )  # fmt: skip
    return tuple(rows)


def applications_page(party: Party, lang: Lang) -> ApplicationsPage:
    return ApplicationsPage(
        rows=lines(party, lang),
        paging=Paging(2, 20, 2000, "/applications?page=1", "/applications?page=3"),
        asked=Asked(text="fik", clock="uncounted", columns=COLUMNS),
        choices=Choices(STATES, ("none", "over"), ("number", "day"), (("EU-120", "L2026-41"),)),
        up_to=("EU-877", "CN-340"),
        query="text=fik&clock=uncounted",
        new_thread_url="/threads/new",
        saved=(
            SavedFilter(1, "Line stops, time not counted", "urgency=line_stop&clock=uncounted"),
            SavedFilter(2, "钐、镝：等待补正", "text=fik&clock=uncounted"),
        ),
    )


def application_page(party: Party, lang: Lang) -> ApplicationPage:
    cn = SideView(
        "cn",
        (
            Statement("review", "bureau", date(2026, 11, 17), "CN-339", acts=("accepted 21 Sep",)),
            Statement("supplement", "return-sheet", date(2026, 9, 3), "CN-201"),
        ),
        clock("paused", lang),
        date(2026, 9, 21),
        (MarkView("CN-341", uncounted(lang), "bureau"),),
    )
    eu = SideView(
        "eu",
        (
            Statement(
                "returned", "supplier", date(2026, 11, 12), "EU-860", "approved", date(2026, 11, 3)
            ),
        ),
        clock("returned", lang, "eu"),
    )
    sides = {"eu": eu, "cn": cn}
    url = "/applications/FIKTIV-26-0001111"
    return ApplicationPage(
        number="FIKTIV-26-0009317",
        sides=(sides[party], sides[peer_of(party)]),
        differences=("state", "accepted", "link"),
        links=(
            LinkView(
                "eu", "EU-861", "FIKTIV-26-0009317", "FIKTIV-26-0001111", "refiled",
                "FIKTIV-26-0001111", url,
                EarlierListings(4, "2026-08-28", "L2026-38", "EU-88"),
            ),
            LinkView(
                "cn", "CN-402", "FIKTIV-26-0009317", "FIKTIV-26-0001110", "corrected",
                "FIKTIV-26-0001110", url,
            ),
        ),
        appearances=(
            Appearance(LIST, at(13, 15), 31, "line_stop", 4, 1, "found", "CN-318", "typo"),
            Appearance(ListRef("L2026-40", "EU-100", "/batches/EU-100"), at(6, 15), 7, "urgent", 9),
        ),
        threads=(ThreadRef("EU-142", "/threads/EU-142", TITLE, 2),),
        new_thread_url="/threads/new",
        marks=mark_form(lang) if party == "cn" else None,
    )  # fmt: skip


def uncounted(lang: Lang) -> str:
    """What the page says of time that is not counted, by the same words as the product."""
    t = catalogue(lang)
    first, until = (full_date(day, lang) for day in (date(2026, 11, 2), date(2026, 12, 18)))
    basis = {"en": " (on-site check)", "zh-CN": "（现场核查）"}[lang]
    return t.gettext("clock.uncounted-until", date=first, basis=basis, until=until)


def mark_form(lang: Lang) -> MarkForm:
    """An act that was checked, and one field of it that a later try got wrong."""
    t = catalogue(lang)
    return replace(
        EMPTY,
        given={"act": "uncounted", "on": "2026-11-02", "basis": "site_check"},
        fault="expected_until",
        body='{"act":"uncounted"}',
        told=(
            (t.label("mark-field", "number"), "FIKTIV-26-0009317"),
            (t.label("mark-field", "act"), uncounted(lang)),
        ),
        then=clock("uncounted", lang).sentence,
    )


def differences_page(party: Party, lang: Lang) -> DifferencesPage:
    t = catalogue(lang)
    rows = []
    for each in lines(party, lang):
        if each.differences:
            found = [Difference("state", t.state("review"), t.state("returned", "supplier"))]
            found.append(Difference("accepted", "21 Sep 2026", "23 Sep 2026"))
            rows.append(
                DifferenceLine(each.number, each.url, each.list, each.own, each.peer, tuple(found))
            )
    return DifferencesPage(
        rows=tuple(rows),
        paging=Paging(1, 1, len(rows)),
        up_to=("EU-877", "CN-340"),
        known=2000, both=1731, differing=len(rows),
        kinds=(("state", 7), ("accepted", 7), ("decided", 0), ("decision", 0), ("link", 1)),
        batch="EU-120", batch_name="L2026-41", batches=(("EU-120", "L2026-41"),),
        query="batch=EU-120",
    )  # fmt: skip
