"""A meeting with points of every kind, the form of a new one, and both briefs."""

from __future__ import annotations

from datetime import date

from special_channel.core.bytes.ids import Party
from special_channel.desk.briefs import Brief, BriefLine, Section
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.web.pages.brief import BriefPage
from special_channel.web.pages.meetings import (
    LevelName,
    MeetingLine,
    MeetingPage,
    MeetingsPage,
    NewMeetingPage,
    Point,
    PointForm,
    PointMark,
    PromiseAsk,
    Said,
)
from special_channel.web.reading.meetings import ROLES
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.words import Pair
from special_channel.web.shell.content import Proof
from tests.web.samples.people import EFFECT, astrid, at, chen, en, hexes, zh

WORKING = LevelName("working", Pair(en("Working level"), zh("工作层")))
LEVELS = (
    WORKING,
    LevelName("directors", Pair(en("Directors’ level"), zh("司局级"))),
    LevelName("ministers", Pair(en("Ministerial level"), zh("部级"))),
)
TITLE = Pair(en("Export permits: third working meeting", 0), zh("出口许可第三次工作层会谈", 1))
HELD = date(2026, 11, 19)


def meetings_page(party: Party) -> MeetingsPage:
    rows = (
        MeetingLine(
            "EU-900", "/meetings/EU-900", TITLE, HELD, "Brussels 布鲁塞尔", WORKING.title, "eu",
            points=4, agreed=2, differed=1,
        ),
        MeetingLine(
            "CN-280", "/meetings/CN-280", Pair(zh("司局级电话会谈", 0)), date(2026, 10, 15),
            "视频会谈 Video call", LEVELS[1].title, "cn", points=2, agreed=2,
        ),
    )  # fmt: skip
    return MeetingsPage(rows, Paging(1, 1, 2), LEVELS, "/meetings/new")


def said(seed: int, position: str, kind: str, reader: Party, *words: str) -> Said:
    party: Party = "eu" if position.startswith("EU") else "cn"
    own, other = (en, zh) if party == "eu" else (zh, en)
    author = astrid(reader) if party == "eu" else chen(reader)
    return Said(
        entry_id=hexes(seed),
        position=position,
        party=party,
        kind=kind,
        author=author,
        accepted=at(20, 9, seed % 60),
        lang="en" if party == "eu" else "zh-CN",
        paragraphs=tuple(own(text, 0) for text in words[:1]),
        translation=tuple(other(text, 1) for text in words[1:2]),
        proof=Proof(author.key, f"/entries/{position}/envelope", f"/entries/{position}/receipt"),
    )


def meeting_page(reader: Party) -> MeetingPage:
    """Drafted by the EU: its side adds points, the other marks them."""
    other = reader == "cn"
    state = "待答复" if other else "open"
    agreed = PointMark(agreed=True, said=said(62, "CN-341", "point.agreed", reader))
    differed = PointMark(
        agreed=False,
        said=said(63, "CN-342", "point.differed", reader,
             "我方表示将在明年第一季度内研究，未承诺具体日期。",
             "We said that we would look into it in the first quarter; no day was named."),
    )  # fmt: skip
    before = said(64, "CN-339", "point.agreed", reader)
    earlier = PointMark(agreed=True, said=before, superseded=True)
    points = (
        Point(
            "EU-900 P1", "promise", "cn",
            said(51, "EU-901", "point.noted", reader,
                 "MOFCOM sends the list of the 23 applications that need a further certificate.",
                 "商务部提供需补充证明的23件申请清单。"),
            "agreed", date(2026, 12, 1), (agreed,),
            (PromiseAsk("EU-950 Q1", "/entries/EU-950", Due(at(1, 9, month=12), "cn", 4), state),),
            markable=other, ask_url="" if other else "/threads/new?promise=EU-901",
        ),
        Point(
            "EU-900 P2", "promise", "cn",
            said(52, "EU-902", "point.noted", reader,
                 "General licences for magnets (“第三项”……) by the end of March.",
                 "3月底前签发磁体通用许可。"),
            "differed", date(2027, 3, 31),
            (earlier, differed),
            markable=other,
        ),
        Point(
            "EU-900 P3", "statement", "eu",
            said(53, "EU-903", "point.noted", reader,
                 "Firms in Šiauliai, Győr and Łódź report line stops from mid-December."),
            "noted", markable=other,
        ),
    )  # fmt: skip
    form = PointForm("en", "zh-CN", hexes(50))
    return MeetingPage(
        number="EU-900",
        title=TITLE,
        said=said(50, "EU-900", "meeting.held", reader),
        on=HELD,
        place="Brussels 布鲁塞尔",
        level=WORKING,
        drafter="eu",
        present=(("eu", "head"), ("eu", "desk"), ("cn", "head")),
        points=points,
        form=None if other else form,
        mark=PointForm("zh-CN", "en") if other else None,
    )


def new_meeting_page(party: Party) -> NewMeetingPage:
    own, other = ("en", "zh-CN") if party == "eu" else ("zh-CN", "en")
    return NewMeetingPage(PointForm(own, other), LEVELS, HELD, ROLES)


def sample_brief(party: Party, lang: Lang, *, internal: bool) -> Brief:
    """A full page: all that may stand on one."""
    t = catalogue(lang)
    mark = f"internal-{party}" if internal else "handover"
    own = ("Ilona Kőszegi", "Company: Fictional Magnets GmbH") if internal else ()
    asks = tuple(
        BriefLine(
            f"EU-142 Q{n}",
            "May the certificate that bears both signatures, without a stamp, be taken as it is?",
            "en",
            (
                t.gettext("brief.due", due="Thu 26 Nov, 10:00"),
                t.gettext("brief.thread", number="EU-142"),
            ),
            own,
            "/entries/EU-142",
        )
        for n in (1, 2, 3)
    )
    raised = tuple(
        BriefLine(
            f"CN-340 Q{n}", "请说明最终用户和最终用途证明“第三项”……的签字人。", "zh-CN", (), own
        )
        for n in (1, 2, 3)
    )
    stops = tuple(
        BriefLine(
            f"FIKTIV-26-00097{n}",
            "Commission: in review (24 Nov 2026); MOFCOM: supplement (20 Nov 2026)",
            "en",
            ("L2026-41 (EU-120)", "day 31 of 45"),
            own[1:],
        )
        for n in range(44, 48)
    )
    points = tuple(
        BriefLine(
            f"EU-900 P{n}", "MOFCOM sends the list by 1 December.", "en", ("open: EU-950 Q1",)
        )
        for n in range(1, 5)
    )
    parts = (
        ("ask", "ask-ours", asks, ""),
        ("raise", "raise-ours", raised, t.gettext("brief.more", count=4)),
        ("promises", "promises", points, ""),
        ("stops", "stops", stops, t.gettext("brief.more", count=7)),
        ("differences", "differences", points[:2] + stops[:2], ""),
        ("changed", "changed", (BriefLine("EU-901, CN-339", "lists: 2; notes: 14", lang),), ""),
    )
    return Brief(
        lang=lang,
        internal=internal,
        mark=t.label("brief-kind", mark),
        title=t.gettext("brief.title", level=WORKING.title.first(lang).text),
        facts=((t.gettext("brief.as-of"), "24 Nov 2026, 09:40 Brussels, 16:40 Beijing"),
               (t.gettext("brief.last-meeting"), "19 Nov 2026, EU-900")),
        sections=tuple(
            Section(code, t.gettext(f"brief.{title}"), lines, "", more)
            for code, title, lines, more in parts
        ),
        private_word=t.gettext("brief.only-ours"),
        foot=t.gettext("brief.foot"),
        effect=EFFECT.first(lang).text,
    )  # fmt: skip


def brief_page(party: Party, lang: Lang, *, internal: bool) -> BriefPage:
    kind, other = ("internal", "handover") if internal else ("handover", "internal")
    return BriefPage(
        sample_brief(party, lang, internal=internal),
        WORKING,
        LEVELS,
        f"/brief/working/{other}",
        tuple((code, f"/brief/working/{kind}.pdf?lang={code}") for code in ("en", "zh-CN")),
    )
