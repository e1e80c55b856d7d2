"""Charter and calendars: the years that ship with the program, and one that no release covers."""

from __future__ import annotations

from pathlib import Path

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.charter import Charter, DutyDesk, parse
from special_channel.messages.catalogue import Lang
from special_channel.web.calendars.pages import ADOPT, rules_page
from special_channel.web.calendars.views import RulesView, SideYear
from special_channel.web.charter.pages import charter_page, proposal_page
from special_channel.web.charter.views import (
    CharterDetail,
    Comparison,
    FieldChange,
    ProposalView,
    SectionChanges,
    SubjectChanges,
    ToSign,
)
from special_channel.web.shell.charters import AdoptionView, CharterView
from special_channel.web.shell.frame import ViewPage
from special_channel.wiring.files import calendars
from tests.web.samples.people import LICENSING, astrid, at, chen, hexes
from tests.world import World

CALENDARS = calendars(Path(__file__).resolve().parents[3] / "config" / "calendars")


def side_year(party: Party, year: int) -> SideYear:
    calendar = CALENDARS[party]
    return SideYear(
        party=party,
        release=next((each for each in calendar.releases if each.year == year), None),
        in_charter=party == "cn",
        last=calendar.last_covered,
    )


def document() -> Charter:
    """Founding charter with other rules, limits and duty desks."""
    stop = {
        "rule": "line-stop-1wd", "working_days": 1, "count": "answering",
        "title_en": "Production stoppage", "title_zh": "停产", "warnings": [50, 80],
        "urgency": "line_stop", "breaks_through": True, "suspends": "never",
    }  # fmt: skip
    stated = World.founded().charter(
        reply_rules=[
            stop,
            {"rule": "reply-5wd", "working_days": 5, "count": "answering"},
            {"rule": "meeting-3wd", "working_days": 3, "count": "both"},
        ],
        release=[
            {"kind": "batch.listed", "roles": ["desk", "head"]},
            {"kind": "batch.answered", "roles": ["head"]},
        ],
        office_hours=[
            {"party": "eu", "zone": "Europe/Brussels", "opens": 540, "closes": 1050},
            {"party": "cn", "zone": "Asia/Shanghai", "opens": 510, "closes": 1050},
        ],
        limits={"file_bytes": 1000, "minimum_notice_seconds": 30},
        markings=["sensitive"],
    )
    return parse(canonical.dumps(stated))


def calendars_page(party: Party) -> ViewPage:
    both = adopted(party, party), adopted(peer_of(party), party)
    view = RulesView(
        year=2026,
        years=(2025, 2026, 2027),
        sides=(side_year(party, 2026), side_year(peer_of(party), 2027)),
        charters=(
            line(4, both[1:], adoptable=True),
            line(3, both[:1]),
            line(2, both, in_force=True),
            line(1, both),
        ),
        rules=document(),
        duty=((DutyDesk(party=party, desk="licensing", closure_days=3), LICENSING),),
    )
    adopt = tuple(each.format(url="https://eu.channel.example") for each in ADOPT)
    return rules_page(view, CALENDARS, registrar=True, adopt=adopt)


def line(number: int, adoptions: tuple[AdoptionView, ...], **others: bool) -> CharterView:
    return CharterView(
        number=number, digest=hexes(number), adoptions=adoptions, **{"in_force": False} | others
    )


def adopted(party: Party, reader: Party) -> AdoptionView:
    """Our side's adoption has an author; the other side's entry is not readable."""
    if party != reader:
        return AdoptionView(party=party, position=f"{party.upper()}-12", at=at(4, 2), by=None)
    me = (astrid if party == "eu" else chen)(party)
    return AdoptionView(party=party, position=f"{party.upper()}-9", at=at(3, 9), by=me)


def changed(field: str, before: str, after: str, *, mono: bool = False) -> FieldChange:
    return FieldChange(field=field, before=before, after=after, mono=mono)


def section(name: str, *subjects: tuple[str, str, tuple[FieldChange, ...]]) -> SectionChanges:
    return SectionChanges(
        name=name,
        subjects=tuple(
            SubjectChanges(name=subject, code=code, fields=fields)
            for subject, code, fields in subjects
        ),
    )


def charter_changes(lang: Lang) -> Comparison:
    """A charter that changes a rule and names another calendar, in the words of the page."""
    zh = lang == "zh-CN"
    days = "工作日数" if zh else "Working days"
    markings = "标识" if zh else "Markings"
    return Comparison(
        number=4,
        digest=hexes(4),
        before=2,
        sections=(
            section(
                "答复时间" if zh else "Time for an answer",
                (
                    "问题" if zh else "Question",
                    "reply-5wd",
                    (
                        changed(days, "5", "7"),
                        changed("计算方式", "答复方工作日", "双方共同工作日")
                        if zh
                        else changed("Days that count", "days of the answering side", "both"),
                    ),
                ),
                ("实地核查" if zh else "Visit", "visit-9wd", (changed(days, "", "9"),)),
            ),
            section(
                "日历版本" if zh else "Calendar releases",
                (
                    "cn-2027-1",
                    "",
                    (
                        changed("SHA-256", "", hexes(9), mono=True),
                        changed("截止日期", "", "2027年12月31日")
                        if zh
                        else changed("Last day covered", "", "31 Dec 2027"),
                    ),
                ),
            ),
            section(markings, ("", "", (changed(markings, "敏感" if zh else "sensitive", "–"),))),
        ),
    )


TO_SIGN = ToSign(
    part='{"data":{"calendars":[]},"role":"data","salt":"","type":"charter"}', body="{}"
)


def charter_sample(party: Party, lang: Lang = "en", *, lacking: bool = False) -> ViewPage:
    """A charter adopted by the other side, for a registrar."""
    return charter_page(
        CharterDetail(
            line=line(4, (adopted(peer_of(party), party),), adoptable=True),
            changes=charter_changes(lang),
            registrar=True,
            to_sign=None if lacking else TO_SIGN,
            refused=("charter-release-missing", (("release", "cn-2027-1"),)) if lacking else None,
            lacking=("cn-2027-1",) if lacking else (),
        )
    )


def propose_page(lang: Lang = "en", *, refused: bool = False) -> ViewPage:
    """A charter that a registrar uploaded."""
    url = f"/rules/charters/{hexes(2)}.json"
    view = ProposalView(following=4, force=2, force_url=url, file="charter.json")
    if refused:
        why = ("charter-not-next", (("number", 9), ("next", 4)))
        return proposal_page(view.model_copy(update={"refused": why}))
    return proposal_page(
        view.model_copy(update={"changes": charter_changes(lang), "to_sign": TO_SIGN})
    )
