"""Applications with what really occurs: clocks of all kinds, returns, refiled numbers."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.applications import (
    ApplicationRow,
    AssertedStatement,
    ClockFact,
    events,
)
from special_channel.core.rows.threads import OpeningFact, ThreadRow
from special_channel.core.sense.findings import Fact, Finding
from special_channel.core.sense.reasons import GivenReason
from special_channel.core.time.calendars import merge, parse_release
from special_channel.core.time.statutory import statutory_clock
from special_channel.desk import clock_marks
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.dates import full_date
from special_channel.stores.saved_views import SavedView
from special_channel.web.applications.correcting import CorrectForm, correction_page
from special_channel.web.applications.footnotes import Footnotes
from special_channel.web.applications.marking import MarkForm
from special_channel.web.applications.pages import (
    NumberForm,
    application_page,
    applications_page,
    differences_page,
)
from special_channel.web.applications.portions import portions_of
from special_channel.web.applications.revoking import RevokeForm, revocation_page
from special_channel.web.applications.views import (
    COLUMNS,
    ActItem,
    ApplicationDetail,
    ApplicationItem,
    ApplicationsFound,
    ApplicationsPageQuery,
    DifferencesFound,
    DifferencesPageQuery,
    DifferingItem,
    LinkDetail,
    ListedItem,
    ListItem,
    MarkItem,
    SideDetail,
    SideItem,
    StatementItem,
)
from special_channel.web.shared.clocks import ClockView, pieces, short
from special_channel.web.shared.corrections import CorrectionItem
from special_channel.web.shared.differences import Difference
from special_channel.web.shared.portions import EntryPortionQuery
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.reasons import Sheeted, reason_words, to_confirm
from special_channel.web.shell.saved_views import SavedViewList
from tests.web.samples.batches import TITLE
from tests.web.samples.people import NOW, at, hexes, own

CONFIG = Path(__file__).resolve().parents[3] / "config/calendars"
CN = merge(
    parse_release(tomllib.loads((CONFIG / f"cn-{year}.toml").read_text("utf-8")))
    for year in (2025, 2026)
)
LIST = ListItem(list="L2026-41", batch="EU-120")
LISTS = [("EU-120", "L2026-41")]
THREAD = ThreadRow(
    hexes(5), (OpeningFact("eu", 142, hexes(5), hexes(6), "standing", (), "2026-11-13T15:00:00Z"),)
)
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
        standing=found.standing, stated=bool(acts), accepted=found.accepted,
        accepted_on=next((each.on for each in acts if each.act == "accepted"), None),
        deemed=found.deemed, day=found.day, limit=found.limit, last_day=found.last_day,
        over=found.over,
        provisional=found.provisional, short=short(t, found),
        sentence=t.gettext(f"clock.by-{party}", said=words, **by),
    )  # fmt: skip


def statement(
    lang: Lang, state: str, source: str, as_of: date, position: str, **more: Any
) -> StatementItem:
    return StatementItem(
        position=position, state=state, state_text=catalogue(lang).state(state, source),
        as_of=as_of, source=source, **more,
    )  # fmt: skip


def items(party: Party, lang: Lang) -> tuple[ApplicationItem, ...]:
    states = ("review", "approved", "supplement", "submitted", "issued", "returned")
    names = list(COURSES)
    rows = []
    for n in range(1, 26):
        eu = statement(
            lang, states[n % 6], "supplier", date(2026, 11, 12), "EU-120", decision="approved"
        )
        state = states[(n + n % 3 // 2) % 6]
        cn = statement(lang, state, "bureau", date(2026, 11, 17), "CN-318")
        stated = {"eu": eu, "cn": cn}
        if not n % 7:
            del stated["cn" if party == "eu" else "eu"]
        sides = {
            each: SideItem(
                latest=stated.get(each),
                clock=clock(names[n % 10] if each == "cn" else "nothing", lang, each),
            )
            for each in PARTIES
        }
        rows.append(
            ApplicationItem(
                number=f"FIKTIV-26-{9300 + n:07d}" if n != 5 else "虚构-2026-0098号/甲+" + "X" * 40,
                differences=("state", "accepted") if n % 3 == 2 and n % 7 else (),
                eu=sides["eu"],
                cn=sides["cn"],
                times_listed=n % 5,
                links=(),
                last_list=LIST if n % 5 else None,
                urgency=("normal", "urgent", "line_stop")[n % 3],
            )
        )
    return tuple(rows)


def applications(party: Party, lang: Lang) -> ViewPage:
    view = ApplicationsFound(eu=878, cn=341, total=2000, items=items(party, lang))
    stops = own(party, "Line stops, time not counted", "停产、不计入期限")
    named = {
        stops: "urgency=line_stop&clock=uncounted",
        "钐、镝：等待补正": "text=fik&clock=uncounted&sort=number",
    }
    saved = SavedViewList(
        items=tuple(
            SavedView(id=number, list="applications", name=name, query=query)
            for number, (name, query) in enumerate(named.items(), 1)
        )
    )
    query = ApplicationsPageQuery(text="fik", clock="uncounted", col=COLUMNS, page=2)
    return applications_page(
        view, query, lists=LISTS, threads={view.items[0].number: [THREAD]}, saved=saved, writes=True
    )


def application(party: Party, lang: Lang) -> ViewPage:
    accepted = ActItem(
        act="accepted",
        on=date(2026, 9, 21),
        text={"en": "accepted 21 Sep 2026", "zh-CN": "2026年9月21日受理"}[lang],
    )
    cn_history = (
        statement(lang, "supplement", "return-sheet", date(2026, 9, 3), "CN-201"),
        statement(lang, "review", "bureau", date(2026, 11, 17), "CN-339", clock=(accepted,)),
    )
    eu_history = (
        statement(
            lang, "returned", "supplier", date(2026, 11, 12), "EU-860", decision="approved",
            decided_on=date(2026, 11, 3),
        ),
    )  # fmt: skip
    mark = MarkItem(
        act="uncounted", on=date(2026, 11, 2), text=uncounted(lang), position="CN-341",
        source="bureau",
    )  # fmt: skip
    view = ApplicationDetail(
        number="FIKTIV-26-0009317",
        eu=SideDetail(
            latest=eu_history[-1], clock=clock("returned", lang, "eu"), history=eu_history, marks=()
        ),
        cn=SideDetail(
            latest=cn_history[-1], clock=clock("paused", lang),
            history=cn_history, marks=(mark,), corrections=(
                CorrectionItem(
                    by="cn", position="CN-311", corrected_in="CN-339",
                    before="approved, 13 Nov 2026" if lang == "en" else "准予许可",
                    after="under review, 17 Nov 2026" if lang == "en" else "审查中",
                ),
            ),
        ),
        differences=("state", "accepted", "link"),
        times_listed=2,
        links=(
            LinkDetail(
                by="eu", position="EU-861", number="FIKTIV-26-0009317", former="FIKTIV-26-0001111",
                basis="refiled", other="FIKTIV-26-0001111", times_listed=4, last_list="L2026-38",
            ),
            LinkDetail(
                by="cn", position="CN-402", number="FIKTIV-26-0009317", former="FIKTIV-26-0001110",
                basis="corrected", other="FIKTIV-26-0001110", times_listed=0, holds=False,
                withdrawn_in="CN-403",
            ),
            LinkDetail(
                by="cn", position="CN-403", number="FIKTIV-26-0009317", former="FIKTIV-26-0001110",
                basis="withdrawn", other="FIKTIV-26-0001110", times_listed=0, holds=False,
            ),
        ),
        listed=(
            ListedItem(
                list="L2026-41", batch="EU-120", listed_at=at(13, 15), row=31, urgency="line_stop",
                rank=4, times=1, match="found", answered_in="CN-318", remark="typo",
            ),
            ListedItem(
                list="L2026-40", batch="EU-100", listed_at=at(6, 15), row=7, urgency="urgent",
                rank=9, times=1,
            ),
        ),
        licences=(), covering=(), threads=("EU-142",), eu_size=878, cn_size=341,
    )  # fmt: skip
    form = mark_form(lang) if party == "cn" else None
    given = GivenReason(("S-046",), (), "other", "as told by telephone")
    reasons = {"CN-341": reason_words(catalogue(lang), given)} if party == "cn" else {}
    return application_page(
        view,
        portions_of(view, EntryPortionQuery()),
        [(THREAD, TITLE)],
        form=form,
        match=None,
        writes=True,
        beside=Footnotes(reasons),
    )


def listed_reference(party: Party, lang: Lang) -> ViewPage:
    """A reference that both sides matched, one of them wrongly first; a number to sign."""
    nothing = SideDetail(clock=clock("returned", lang), history=(), marks=())
    former, basis = "REF:FIKTIV-26-17", "matched"
    links = (
        LinkDetail(
            by="cn", position="CN-318", number="FIKTIV-26-0009371", other="FIKTIV-26-0009371",
            holds=False, times_listed=0, former=former, basis=basis,
        ),
        LinkDetail(
            by="cn", position="CN-402", number="FIKTIV-26-0009317", other="FIKTIV-26-0009317",
            times_listed=2, last_list="L2026-41", former=former, basis=basis,
        ),
    )  # fmt: skip
    view = ApplicationDetail(
        number="REF:FIKTIV-26-17", reference="FIKTIV-26-17", eu=nothing, cn=nothing,
        differences=(), times_listed=1, links=links,
        listed=(
            ListedItem(
                list="L2026-41", batch="EU-120", listed_at=at(13, 15), row=31, urgency="urgent",
                rank=4, times=1, match="found", answered_in="CN-402",
                found_as="FIKTIV-26-0009317",
            ),
        ),
        licences=(), covering=(), threads=(), eu_size=878, cn_size=403,
    )  # fmt: skip
    number = "FIKTIV-26-0009317"
    known = catalogue(lang).gettext("number-form.listed", list="L2026-41")
    body = f'{{"basis":"matched","former":"REF:FIKTIV-26-17","number":"{number}"}}'
    match = NumberForm(number, fault=party == "cn", body=body, known=known)
    return application_page(
        view, portions_of(view, EntryPortionQuery()), [], form=None, match=match, writes=True
    )


def uncounted(lang: Lang) -> str:
    """What the page says of time that is not counted, by the same words as the product."""
    t = catalogue(lang)
    first, until = (full_date(day, lang) for day in (date(2026, 11, 2), date(2026, 12, 18)))
    basis = {"en": " (on-site check)", "zh-CN": "（现场核查）"}[lang]
    return t.gettext("clock.uncounted-until", date=first, basis=basis, until=until)


def mark_form(lang: Lang) -> MarkForm:
    """An act that was checked, and one field of it that a later try got wrong."""
    t = catalogue(lang)
    return MarkForm(
        acts=clock_marks.ACTS,
        form={"act": "uncounted", "on": "2026-11-02", "basis": "site_check"},
        fault="expected_until",
        body='{"act":"uncounted"}',
        summary=(
            (t.label("mark-field", "number"), "FIKTIV-26-0009317"),
            (t.label("mark-field", "act"), uncounted(lang)),
        ),
        clock=clock("uncounted", lang).sentence,
        confirm=to_confirm(t, [saturday()], Sheeted()),
    )


def revoke(lang: Lang) -> ViewPage:
    """The form for a revocation, checked."""
    t = catalogue(lang)
    return revocation_page(
        RevokeForm(
            "FIKTIV-26-0009317",
            "CN-340",
            12,
            t.state("approved", "bureau"),
            form={"on": "2026-11-21", "after": "review"},
            body='{"after":"review"}',
            summary=((t.label("release-field", "after"), t.label("state", "review")),),
            confirm=to_confirm(t, [saturday()], Sheeted()),
        )
    )


def correct(party: Party, lang: Lang) -> ViewPage:
    """The form for a correction, checked, with an act."""
    t, side = catalogue(lang), party.upper()
    act = {"act": "accepted", "on": "2026-11-02", "basis": "", "expected_until": ""}
    return correction_page(
        CorrectForm(
            number="虚构2026-0117",
            position=f"{side}-301",
            row=3,
            before=t.label("state", "approved"),
            form={"state": "review", "as_of": "2026-11-20", "source": "meeting"},
            acts=(act, dict.fromkeys(act, "")),
            sources=("applicant", "meeting"),
            body='{"as_of":"2026-11-20","number":"虚构2026-0117","state":"review"}',
            summary=(
                (t.label("statement-field", "state"), t.label("state", "review")),
                (t.label("statement-field", "as_of"), "2026-11-20"),
            ),
        )
    )


def saturday() -> Finding:
    """An act on a day that is not a working day."""
    facts = {"field": Fact("act", "accepted"), "date": Fact("date", "2026-11-21")}
    return Finding("S-046", "confirm", 1, ("on",), facts)


def differences(party: Party, lang: Lang) -> ViewPage:
    t = catalogue(lang)
    aspects = (
        Difference(kind="state", own=t.state("review"), peer=t.state("returned", "supplier")),
        Difference(
            kind="accepted",
            own=full_date(date(2026, 9, 21), lang),
            peer=full_date(date(2026, 9, 23), lang),
        ),
    )
    rows = tuple(
        DifferingItem(
            number=each.number, differences=each.differences, last_list=each.last_list,
            eu=eu, cn=cn, aspects=aspects,
        )
        for each in items(party, lang)
        if each.differences and (eu := each.eu.latest) and (cn := each.cn.latest)
    )  # fmt: skip
    view = DifferencesFound(
        eu=878, cn=341, known=2000, both=1731, differing=len(rows), total=len(rows), items=rows,
        kinds={"state": 7, "accepted": 7, "decided": 0, "decision": 0, "link": 1},
        list_name="L2026-41",
    )  # fmt: skip
    return differences_page(view, DifferencesPageQuery(batch="EU-120"), LISTS)
