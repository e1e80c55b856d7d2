"""A meeting with points of every kind, the form of a new one, and both briefs."""

from __future__ import annotations

from datetime import date
from typing import Any

from special_channel.core.bytes.ids import Party
from special_channel.core.rows.meetings import PresentRole
from special_channel.core.sense.findings import Finding, facts_of
from special_channel.desk.briefs import Brief, BriefLine, Section
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.sense import said as said_of
from special_channel.web.briefs.pages import BriefChoice
from special_channel.web.briefs.pages import brief_page as brief_of
from special_channel.web.meetings import pages
from special_channel.web.meetings.queries import MeetingsPageQuery
from special_channel.web.meetings.views import (
    EntryText,
    MarkItem,
    MeetingDetail,
    MeetingItem,
    MeetingsFound,
    PointItem,
)
from special_channel.web.shared.extents import ExtentView
from special_channel.web.shared.paging import Paging
from special_channel.web.shared.words import Pair
from special_channel.web.shell.content import Proof
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.meetings import LevelView
from special_channel.web.shell.questions import QuestionState
from tests.web.samples.people import EFFECT, NOW, astrid, at, chen, en, hexes, zh

WORKING = LevelView(level="working", level_title={"en": "Working level", "zh-CN": "工作层"})
LEVELS = (
    WORKING,
    LevelView(level="directors", level_title={"en": "Directors’ level", "zh-CN": "司局级"}),
    LevelView(level="ministers", level_title={"en": "Ministerial level", "zh-CN": "部级"}),
)
HELD = date(2026, 11, 19)
MEETING = MeetingItem(
    **dict(WORKING),
    number="EU-900",
    meeting=hexes(50),
    party="eu",
    on=HELD,
    place="Brussels 布鲁塞尔",
    present=(PresentRole("eu", "head"), PresentRole("eu", "desk"), PresentRole("cn", "head")),
    points=4,
    agreed=2,
    differed=1,
    subject=Pair(en("Export permits: third working meeting", 0), zh("出口许可第三次工作层会谈", 1)),
    subjects=("Export permits: third working meeting", "出口许可第三次工作层会谈"),
)


def meetings_page() -> ViewPage:
    by_telephone = {
        **dict(MEETING), **dict(LEVELS[1]), "number": "CN-280", "on": date(2026, 10, 15),
        "place": "视频会谈 Video call", "party": "cn", "points": 2, "differed": 0,
        "subject": Pair(zh("司局级电话会谈", 0)),
    }  # fmt: skip
    items = (MEETING, MeetingItem(**by_telephone))
    view = MeetingsFound(eu=901, cn=343, total=2, items=items)
    return pages.meetings_page(
        view, Paging(1, 1, 2), LEVELS, query=MeetingsPageQuery(), drafts=True
    )


def entry(seed: int, position: str, kind: str, reader: Party, *texts: str) -> dict[str, Any]:
    """Fields of an entry: its text and the translation, as far as they are given."""
    party: Party = "eu" if position.startswith("EU") else "cn"
    own, other = (en, zh) if party == "eu" else (zh, en)
    author = astrid(reader) if party == "eu" else chen(reader)
    return {
        "entry_id": hexes(seed),
        "entry_kind": kind,
        "position": position,
        "party": party,
        "author": author,
        "accepted": at(20, 9, seed % 60),
        "lang": "en" if party == "eu" else "zh-CN",
        "paragraphs": tuple(own(text, 0) for text in texts[:1]),
        "translation": tuple(other(text, 1) for text in texts[1:2]),
        "proof": Proof(author.key, f"/entries/{position}/envelope", f"/entries/{position}/receipt"),
    }


def agreed(seed: int, position: str, reader: Party, point: str) -> MarkItem:
    """A mark that agrees to a point."""
    return MarkItem(**entry(seed, position, "point.marked", reader), point=point, agreed=True)


def meeting_page(reader: Party) -> ViewPage:
    """Drafted by the EU: its side adds points, the other marks them."""
    differed = entry(
        63, "CN-342", "point.marked", reader,
        "我方表示将在明年第一季度内研究，未承诺具体日期。",
        "We said that we would look into it in the first quarter; no day was named.",
    )  # fmt: skip
    question = QuestionState(
        number="EU-950 Q1",
        url="/entries/EU-950",
        due=at(1, 9, month=12),
        outcome="open",
        sentence="待答复" if reader == "cn" else "open",
    )
    points = (
        PointItem(
            **entry(51, "EU-901", "point.noted", reader,
                    "MOFCOM sends the list of the 23 applications that need a further certificate.",
                    "商务部提供需补充证明的23件申请清单。"),
            name="EU-900 P1", number=1, kind="promise", who="cn", due=date(2026, 12, 1),
            standing="agreed",
            marks=(
                agreed(62, "CN-341", reader, hexes(51)),
            ),
            asks=(question,),
        ),
        PointItem(
            **entry(52, "EU-902", "point.noted", reader,
                    "General licences for magnets (“第三项”……) by the end of March.",
                    "3月底前签发磁体通用许可。"),
            name="EU-900 P2", number=2, kind="promise", who="cn", due=date(2027, 3, 31),
            standing="differed",
            marks=(
                agreed(64, "CN-339", reader, hexes(52)),
                MarkItem(**differed, point=hexes(52), agreed=False),
            ),
            asks=(),
        ),
        PointItem(
            **entry(53, "EU-903", "point.noted", reader,
                    "Firms in Šiauliai, Győr and Łódź report line stops from mid-December."),
            name="EU-900 P3", number=3, kind="statement", who="eu", standing="noted", marks=(),
            asks=(),
        ),
    )  # fmt: skip
    said = EntryText(**entry(50, "EU-900", "meeting.held", reader))
    view = MeetingDetail(**dict(MEETING), eu=951, cn=343, said=said, items=points)
    facts = facts_of(date=("date", "2027-03-31"), who=("side", "cn"))
    closed = Finding("S-088", "note", 1, ("due",), facts, "closed")
    # The other side recorded the points: the reader of China notes what does not fit.
    notes = {"EU-902": said_of(catalogue("zh-CN"), closed)} if reader == "cn" else {}
    return pages.meeting_page(view, writes=True, notes=notes)


def new_meeting_page() -> ViewPage:
    return pages.draft_page(LEVELS, HELD)


AS_OF = (
    "北京时间2026年11月24日16:40，布鲁塞尔时间09:40",
    "24 Nov 2026, 09:40 Brussels, 16:40 Beijing",
)
CHANGED = ("清单2份、函件14份", "lists: 2; notes: 14")
LAST = ("2026年11月19日，EU-900", "19 Nov 2026, EU-900")
"""Facts at the head of a brief, in Chinese and in English."""


def sample_brief(party: Party, lang: Lang, *, internal: bool) -> Brief:
    """A full page: all that may stand on one."""
    t = catalogue(lang)
    mark = f"internal-{party}" if internal else "handover"
    english = lang == "en"
    company = "Company: Fictional Magnets GmbH" if english else "企业：虚构磁材公司"
    own = ("Ilona Kőszegi" if english else "陈思远", company) if internal else ()
    asks = tuple(
        BriefLine(
            f"EU-142 Q{n}",
            "May the certificate that bears both signatures, without a stamp, be taken as it is?",
            "en",
            (
                "for CN, by Thu 26 Nov 10:00" if english else "由中方答复，11月26日（周四）17:00前",
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
            "Commission: in review (24 Nov 2026); MOFCOM: supplement (20 Nov 2026)"
            if english
            else "欧盟委员会：审查中（2026年11月24日）；商务部：待补正（2026年11月20日）",
            lang,
            ("L2026-41 (EU-120)", "day 31 of 45" if english else "第31个工作日，共45个"),
            own[1:],
        )
        for n in range(44, 48)
    )
    points = tuple(
        BriefLine(
            f"EU-900 P{n}",
            "MOFCOM sends the list by 1 December." if english else "商务部于12月1日前提供清单。",
            lang,
            ("open: EU-950 Q1" if english else "待答复：EU-950 Q1",),
        )
        for n in range(1, 5)
    )
    parts = (
        ("ask", "ask-ours", asks, ""),
        ("raise", "raise-ours", raised, t.gettext("brief.more", count=4)),
        ("promises", "promises", points, ""),
        ("stops", "stops", stops, t.gettext("brief.more", count=7)),
        ("differences", "differences", points[:2] + stops[:2], ""),
        ("changed", "changed", (BriefLine("EU-901, CN-339", CHANGED[english], lang),), ""),
    )
    return Brief(
        lang=lang,
        internal=internal,
        mark=t.label("brief-kind", mark),
        title=t.gettext("brief.title", level=WORKING.title(lang)),
        facts=(
            (t.gettext("brief.as-of"), AS_OF[english]),
            (t.gettext("brief.last-meeting"), LAST[english]),
        ),
        sections=tuple(
            Section(code, t.gettext(f"brief.{title}"), lines, "", more)
            for code, title, lines, more in parts
        ),
        private_word=t.gettext("brief.only-ours"),
        foot=t.gettext("brief.foot"),
        effect=EFFECT.first(lang).text,
    )  # fmt: skip


def brief_page(party: Party, lang: Lang, *, internal: bool) -> ViewPage:
    here = ExtentView(eu=913, cn=402, eu_corrected=913, cn_corrected=402)
    choice = BriefChoice(WORKING, at=NOW, here=here)
    return brief_of(sample_brief(party, lang, internal=internal), choice, LEVELS)
