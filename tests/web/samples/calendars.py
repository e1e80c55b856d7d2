"""Calendars and rules: the years that ship with the program, and one that no release covers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.charter import Release, ReplyRule
from special_channel.core.time.calendars import Calendar
from special_channel.web.pages.calendars import (
    Adoption,
    CalendarsPage,
    CharterLine,
    Duty,
    Hours,
    Rules,
    SideYear,
    months,
)
from special_channel.web.pages.charters import (
    CharterPage,
    Compared,
    ProposePage,
    Said,
    Section,
    Subject,
    ToSign,
)
from special_channel.web.pages.lanes import LaneDay
from special_channel.web.reading.calendars import ADOPT, _facts
from special_channel.wiring.files import calendars
from tests.web.samples.people import LICENSING, astrid, at, chen, hexes

CALENDARS = calendars(Path(__file__).resolve().parents[3] / "config" / "calendars")


def side_year(party: Party, year: int) -> SideYear:
    calendar: Calendar = CALENDARS[party]

    def look(on: date) -> LaneDay:
        note = calendar.note(on)
        return LaneDay(on, note.kind, note.name)

    facts = _facts(calendar, year)
    return SideYear(party, months(year, look), facts, party == "cn", calendar.last_covered)


def calendars_page(party: Party) -> CalendarsPage:
    adoptions = (
        Adoption(party, f"{party.upper()}-9", at(3, 9), (astrid if party == "eu" else chen)(party)),
        Adoption(peer_of(party), f"{peer_of(party).upper()}-12", at(4, 2), None),
    )
    return CalendarsPage(
        year=2026,
        years=tuple((one, f"/rules?year={one}") for one in (2025, 2026, 2027)),
        sides=(side_year(party, 2026), side_year(peer_of(party), 2027)),
        charters=(
            CharterLine(4, hexes(4), adoptions[1:], in_force=False, adoptable=True),
            CharterLine(3, hexes(3), adoptions[:1], in_force=False),
            CharterLine(2, hexes(2), adoptions, in_force=True),
            CharterLine(1, hexes(1), adoptions, in_force=False),
        ),
        rules=Rules(
            rules=1,
            reply=(
                ReplyRule(
                    rule="line-stop-1wd",
                    working_days=1,
                    count="answering",
                    title_en="Production stoppage",
                    title_zh="停产",
                    warnings=(50, 80),
                    urgency="line_stop",
                    breaks_through=True,
                    suspends="never",
                ),
                ReplyRule(rule="reply-5wd", working_days=5, count="answering"),
                ReplyRule(rule="meeting-3wd", working_days=3, count="both"),
            ),
            release=(
                Release(kind="batch.listed", roles=("desk", "head")),
                Release(kind="batch.answered", roles=("head",)),
            ),
            hours=(Hours(party, "09:00", "17:30"), Hours(peer_of(party), "08:30", "17:30")),
            minimum_notice_seconds=30,
            minimum_notice_working_days=0,
            markings=("sensitive",),
            duty=(Duty(party, LICENSING, 3),),
        ),
        registrar=True,
        adopt=tuple(line.format(url="https://eu.channel.example") for line in ADOPT),
    )


def compared() -> Compared:
    """A charter that changes a rule and names another calendar."""
    return Compared(
        number=4,
        digest=hexes(4),
        before=2,
        sections=(
            Section(
                "Time for an answer",
                (
                    Subject(
                        "Question",
                        "reply-5wd",
                        (
                            Said("Working days", "5", "7"),
                            Said("Days that count", "days of the answering side", "both"),
                        ),
                    ),
                    Subject("Visit", "visit-9wd", (Said("Working days", "", "9"),)),
                ),
            ),
            Section(
                "Calendar releases",
                (
                    Subject(
                        "cn-2027-1",
                        "",
                        (
                            Said("SHA-256", "", hexes(9), mono=True),
                            Said("Last day covered", "", "31 Dec 2027"),
                        ),
                    ),
                ),
            ),
            Section("Markings", (Subject("", "", (Said("Markings", "sensitive", "–"),)),)),
        ),
        to_sign=ToSign('{"data":{"calendars":[]},"role":"data","salt":"","type":"charter"}', "{}"),
    )


def charter_page(party: Party, *, lacking: bool = False) -> CharterPage:
    """A charter that the other side has adopted, as a registrar has it."""
    there = Adoption(peer_of(party), f"{peer_of(party).upper()}-12", at(4, 2), None)
    page = CharterPage(
        line=CharterLine(4, hexes(4), (there,), in_force=False, adoptable=True),
        compared=compared(),
        registrar=True,
        open_here=True,
    )
    if not lacking:
        return page
    return replace(
        page,
        compared=replace(page.compared, to_sign=None),
        refused=("charter-release-missing", (("release", "cn-2027-1"),)),
        lacking=("cn-2027-1",),
    )


def propose_page(*, refused: bool = False) -> ProposePage:
    """A charter that a registrar brought."""
    page = ProposePage(4, 2, f"/rules/charters/{hexes(2)}.json", "charter.json")
    if not refused:
        return replace(page, compared=compared())
    return replace(page, refused=("charter-not-next", (("number", 9), ("next", 4))))
