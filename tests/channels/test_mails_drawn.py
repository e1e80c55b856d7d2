"""Every mail in both languages, as a mail program draws it: accessible, narrow, dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from special_channel.channels.alerts import Composer
from special_channel.channels.digests import Digest, digest_letter
from special_channel.channels.event_mails import (
    CorrectionNews,
    NoticeLetter,
    PersonalNotice,
    notice_letter_of,
)
from special_channel.channels.notices import PEOPLE, ActLine, Notice, notice_letter
from special_channel.channels.unit_mails import UnitAbsence, UnitDesk, UnitDigest, UnitRelease
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rules.doubt import EntryDoubt
from special_channel.core.rules.notifying import EVENTS, Event
from special_channel.core.time.calendars import Words
from special_channel.messages.catalogue import Lang
from special_channel.ports import Letter
from tests.axe import faults
from tests.browsers import chromium
from tests.channels.test_alerts import ALERT, DISPUTED, DUE, STATES, ZONES

READERS: tuple[tuple[Party, Lang], ...] = (("eu", "en"), ("cn", "zh-CN"))
DAY = timedelta(days=1)


def question(own: Party, lang: Lang, index: int, *, ours: bool, **changes: object):
    """Return an alert about question `index`, of the other side if we have to answer."""
    asker: Party = "eu" if (own == "eu") != ours else "cn"
    made = replace(
        ALERT,
        lang=lang,
        position=Position(asker, index),
        url=f"https://{own}.example/threads/{own.upper()}-142",
        page=f"https://{own}.example/alerts/{'ab' * 8}",
        state="answering" if ours else "confirmed",
        next_title=Words(en="Director", zh="司长"),
        next_at=DUE + DAY,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def digest(own: Party, lang: Lang) -> Letter:
    """Return a digest at noon of the due day, a Thursday."""
    alerts = (
        question(own, lang, 24, ours=False, due=DUE - DAY),
        question(own, lang, 23, ours=True, due=DUE + DAY, state="warning"),
        question(own, lang, 21, ours=True, doubt=DISPUTED),
        question(own, lang, 21, ours=True, step=2),
        question(own, lang, 22, ours=True, due=DUE - DAY),
        question(own, lang, 25, ours=True, due=DUE + 9 * DAY, state="warning"),
    )
    composer = Composer(own, ZONES, f"https://{own}.example")
    page = f"https://{own}.example/alerts"
    return digest_letter(composer, Digest("cd" * 32, "x@y.example", lang, DUE, page, alerts))


def letters(own: Party, lang: Lang) -> Iterator[Letter]:
    """Yield one letter of each kind."""
    composer = Composer(own, ZONES, f"https://{own}.example")
    for place, state in enumerate([*STATES, "requested"]):
        ours = state in {"answering", "warning"}
        about = question(own, lang, 870 + place, ours=ours, state=state)
        yield composer.letter(replace(about, known=DUE, link_down_since=DUE, gap=about.position))
    doubted = EntryDoubt("", -1, "disowned")
    late = {"doubt": doubted, "unmanned": True, "at": DUE + DAY}
    yield composer.letter(question(own, lang, 7, ours=False, **late))
    yield digest(own, lang)
    yield composer.test_letter("ef" * 32, "x@y.example", lang, DUE)
    url = f"https://{own}.example/link"
    entry = f"{own.upper()}-3"
    acts = (
        ActLine("key.suspended", entry, DUE, 4, whole=True),
        ActLine("key.restored", entry, DUE, 4),
        ActLine("role.granted", entry, DUE, 5),
        ActLine("key.revoked", entry, DUE, machine="link"),
    )
    for code in ("undelivered", "peer-undelivered", PEOPLE):
        notice = Notice("ab" * 32, "x@y.example", lang, DUE, code, DUE - DAY, url, 3, acts=acts)
        yield notice_letter(composer, notice)
    yield from personal(own, lang)


def unit_digest(own: Party) -> UnitDigest:
    """Return what two desks hold, with threads of nobody, a draft and an absence."""
    today, other = DUE.date(), "CN" if own == "eu" else "EU"
    names = ("Ilona Kőszegi", "Łukasz Żelazny") if own == "eu" else ("陈思远", "李文静")
    permits = UnitDesk(
        "Export permits desk", "许可处", "/unit?desk=permits", 9, 12, 1,
        ((today, 2), (today + DAY, 1)),
    )  # fmt: skip
    idle = UnitDesk("Sensors and optics", "综合处", "/unit?desk=sensors", 0, None, 0)
    roles = ("head of unit",), ("处长",)
    return UnitDigest(
        day=today, open=10, unheld=1, waiting=2,
        desks=(permits, idle, UnitDesk("", "", "/unit?desk=-", 1, 0, 0)),
        nobody=((f"{other}-44", today),),
        releases=(
            UnitRelease("batch.listed", "L2026-48", "", "/clearances/ab", DUE - DAY, *roles),
            UnitRelease("note.posted", "", f"{other}-14", "/clearances/cd", DUE - DAY, *roles),
        ),
        away=(
            UnitAbsence(names[0], today, names[1], "/unit?holder=3"),
            UnitAbsence(names[1], today, "", "/unit?holder=4"),
        ),
    )  # fmt: skip


LICENCE_ENTRIES = ("CN-144", "CN-147")
"""Entries of CN's log that licences' mails name, for readers of either side."""


def happened(own: Party, event: Event, number: int, **changes: object) -> PersonalNotice:
    """Return what a person is told of an event about question `number` of the other side."""
    other = "CN" if own == "eu" else "EU"
    made = PersonalNotice(
        event, DUE - DAY, f"/threads/{other}-14#{other}-{number}", event, thread=f"{other}-14"
    )
    if event in {"release", "check", "sent_back"}:
        listed = replace(made, draft="batch.listed", list="L2026-48", by="Ilona Kőszegi")
        return replace(listed, **changes)  # type: ignore[arg-type]
    if event in {"decide", "agreed"}:
        return replace(
            made, thread="", position=f"{other}-{number}", url="/quarantine", by="Jan Novák"
        )
    if event == "unit":
        return replace(made, thread="", url="/unit", unit=unit_digest(own))
    if event == "licence":
        place = f"CN-{number + 100}"
        made = replace(made, thread="", position=place, url=f"/entries/{place}")
        return replace(made, **changes)  # type: ignore[arg-type]
    if event in {"assigned", "entry"}:
        place = f"{other}-{number}" if event == "entry" else ""
        return replace(made, position=place, by="Ilona Kőszegi", reason="watched")
    dated = {"asked": f"{other}-{number}", "question": "2", "due": DUE, "reason": "mine"}
    if event == "answer":
        dated["position"] = f"{other}-{number + 1}"
    return replace(made, **dated | changes)  # type: ignore[arg-type]


def personal(own: Party, lang: Lang) -> Iterator[Letter]:
    """Yield a letter of each event, then one with all of them."""
    composer = Composer(own, ZONES, f"https://{own}.example")
    notices = [happened(own, event, 30 + place) for place, event in enumerate(EVENTS)]
    notices += [
        happened(own, "question", 41, agreed=False, absent="Ilona Kőszegi", until=DUE.date()),
        happened(own, "proposed", 42, moved=True),
        happened(own, "passed", 43, ours=True),
        happened(own, "coming", 44, agreed=False),
        happened(own, "check", 45, step="consult", due=DUE),
        happened(own, "release", 46, step="release", due=DUE, list="L2026-49"),
        happened(own, "licence", 47, over=True),
    ]
    for place, notice in enumerate(notices):
        letter = NoticeLetter(f"{place:064x}", "x@y.example", lang, DUE, (notice,))
        yield notice_letter_of(composer, letter)
    both = NoticeLetter("ba" * 32, "x@y.example", lang, DUE, tuple(notices), daily=True)
    yield notice_letter_of(composer, replace(both, corrected=(corrections(own)[0],)))


def corrections(own: Party) -> tuple[CorrectionNews, CorrectionNews]:
    """What the other side corrected: applications, and what it alone changes."""
    other = "CN" if own == "eu" else "EU"
    entries = tuple(f"{other}-{number}" for number in range(311, 318))
    changed: Literal["list", "licence"] = "licence" if own == "eu" else "list"
    return CorrectionNews("application", 12, entries), CorrectionNews(changed, 1, entries[:1])


def test_subject_of_a_notice_says_what_to_do_by_when_and_of_what():
    subjects = {own: [letter.subject for letter in personal(own, lang)] for own, lang in READERS}
    assert subjects["eu"][:8] == [
        "Question to us, answer due Thu 26 Nov 10:30 · CN-30, question 2",
        "Answer received · CN-31, question 2",
        "To release: list L2026-48",
        "To check: list L2026-48",
        "Sent back to you: list L2026-48",
        "Assigned to you: thread CN-14",
        "To decide: quarantined file of CN-36",
        "Agreed, to download now: quarantined file of CN-37",
    ]
    assert subjects["cn"][:8] == [
        "收到问题，请于11月26日（周四）17:30前答复 · EU-30 问题2",
        "已收到答复 · EU-31 问题2",
        "待复核：清单L2026-48",
        "待核稿：清单L2026-48",
        "已退回修改：清单L2026-48",
        "已交您承办：事项EU-14",
        "待审定：取出EU-36已隔离附件的申请",
        "已获同意，请下载：EU-37已隔离附件",
    ]
    assert {
        "To decide: another date is proposed, Thu 26 Nov 10:30 · CN-38, question 2",
        "Our answer is not recorded · CN-43, question 2 · date passed Thu 26 Nov 10:30",
        "For consultation by Thu 26 Nov 10:30: list L2026-48",
        "To release by Thu 26 Nov 10:30: list L2026-49",
        "待确认：对方提出答复时间改为11月26日（周四）17:30 · EU-38 问题2",
        "请于11月26日（周四）17:30前会签：清单L2026-48",
        "请于11月26日（周四）17:30前签发：清单L2026-49",
        "At least 80 % of a licence’s quantity is stated as used · CN-144",
        "More than a licence’s quantity is stated as used · CN-147",
        "一份许可证的登记使用数量已达许可数量的80% · CN-144",
        "一份许可证的登记使用数量超过许可数量 · CN-147",
    } <= {*subjects["eu"], *subjects["cn"]}
    assert (
        subjects["eu"][-1]
        == "5 to answer (first by Thu 26 Nov 10:30), 2 to check (by Thu 26 Nov 10:30),"
        " 2 to release (by Thu 26 Nov 10:30), 2 to decide, 1 sent back, 1 assigned to you, 9 more"
    )
    assert (
        subjects["cn"][-1]
        == "待答复5项（最早11月26日17:30前）、待核稿或会签2项（11月26日17:30前）、"
        "待复核2项（11月26日17:30前）、待审定或确认2项、退回修改1项、交您承办1项、其他9项"
    )


def test_digest_is_a_table_by_turn_with_the_earliest_first():
    english, chinese = digest("eu", "en"), digest("cn", "zh-CN")
    assert english.subject == "4 to answer (first by Wed 25 Nov 10:30), 1 awaiting the CN side"
    assert chinese.subject == "待我方答复4项（最早11月25日17:30前）、待欧方答复1项"
    listed = english.text.split("\n\n")[2:]
    assert listed[:5] == [
        (
            "For us today\n"
            "  Wed 25 Nov 10:30  CN-22, question 1  Our answer is not recorded\n"
            "  Thu 26 Nov 10:30  CN-21, question 1  Our answer is not recorded"
        ),
        "For us this week\n  Fri 27 Nov 10:30  CN-23, question 1  Agreed date ahead",
        "For us later\n  Sat 5 Dec 10:30  CN-25, question 1  Agreed date ahead",
        "Awaiting the CN side\n  Wed 25 Nov 10:30  EU-24, question 1  No answer in either record",
        "Times are Brussels times.",
    ]
    assert "今日待我方答复\n  11月25日（周三）17:30  EU-22问题1  尚无我方答复" in chinese.text
    assert 'href="https://eu.example/threads/EU-142?at=CN-21#CN-21"' in english.html
    assert len(english.matters) == 6, "programs get every alert"


def test_no_subject_is_for_two_states_and_no_mail_shows_an_id():
    for own, lang in READERS:
        written = list(letters(own, lang))
        assert len({one.subject for one in written}) == len(written)
        for letter in written:
            shown = letter.text + re.sub("<[^>]+>", "", letter.html)
            assert not re.search("[0-9a-f]{17}", shown)
            assert not re.search(r"(mail|notice)\.[a-z]|%\(| \.|见。", shown), "no word is missing"


def test_daily_mail_says_in_a_sentence_how_much_was_corrected():
    said = {}
    for own, lang in READERS:
        composer, notices = (
            Composer(own, ZONES, f"https://{own}.example"),
            (happened(own, "question", 30),),
        )
        letter = NoticeLetter("ba" * 32, "x@y.example", lang, DUE, notices, daily=True)
        made = notice_letter_of(composer, replace(letter, corrected=corrections(own)))
        said[own] = made.text.split("\n")[1:3]
    assert said == {
        "eu": [
            (
                "Not seen by you yet: what the CN side corrected on 12 applications"
                " (…, CN-313, CN-314, CN-315, CN-316, CN-317). The inbox shows it."
            ),
            (
                "Not seen by you yet: a later entry of the CN side on one licence (CN-311)."
                " The inbox shows it."
            ),
        ],
        "cn": [
            (
                "欧方更正了12份申请的有关内容（…、EU-313、EU-314、EU-315、EU-316、EU-317），"
                "您尚未查看，详见待办。"
            ),
            "欧方变更了1份清单（EU-311），您尚未查看，详见待办。",
        ],
    }


def test_head_of_a_notice_reads_as_a_sentence():
    heads = {own: [one.text.split("\n")[0] for one in personal(own, lang)] for own, lang in READERS}
    assert heads["eu"][:2] == [
        "It is our turn: question 2 of CN-30 from the CN side waits for our answer.",
        "The CN side has answered question 2 of CN-31.",
    ]
    assert heads["cn"][:2] == ["欧方提出EU-30问题2，由我方答复。", "欧方已答复EU-31问题2。"]


async def test_html_is_accessible_narrow_and_in_the_dark():
    asked: list[str] = []
    async with chromium() as browser:
        for width, scheme in ((320, "dark"), (760, "light")):
            context = await browser.new_context(
                viewport={"width": width, "height": 700},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            page = await context.new_page()
            page.on("request", lambda request: asked.append(request.url))
            for own, lang in READERS:
                for letter in letters(own, lang):
                    await page.set_content(letter.html)
                    assert await faults(page) == [], (letter.subject, width)
                    wide = "document.documentElement.scrollWidth <= innerWidth"
                    assert await page.evaluate(wide), (letter.subject, width)
            await context.close()
    assert asked == [], "a mail fetches nothing"
