"""Every mail in both languages, as a mail program draws it: accessible, narrow, dark."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from special_channel.channels.alerts import Composer
from special_channel.channels.digests import Digest, digest_letter
from special_channel.channels.notices import PEOPLE, ActLine, Notice, notice_letter
from special_channel.core.bytes.ids import Party, Position
from special_channel.core.rules.doubt import EntryDoubt
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
        url=f"https://{own}.example/threads/EU-142",
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
    acts = (ActLine("key.suspended", "EU-3", DUE, 4, whole=True),)
    for code in ("undelivered", "peer-undelivered", PEOPLE):
        notice = Notice("ab" * 32, "x@y.example", lang, DUE, code, DUE - DAY, url, 3, acts=acts)
        yield notice_letter(composer, notice)


def test_digest_is_a_table_by_turn_with_the_earliest_first():
    english, chinese = digest("eu", "en"), digest("cn", "zh-CN")
    assert english.subject == "4 to answer, 1 awaiting the CN side"
    assert chinese.subject == "待我方答复4项，待欧方答复1项"
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
    assert "今日待我方答复\n  11月25日（周三）17:30  EU-22 问题1  尚无我方答复" in chinese.text
    assert 'href="https://eu.example/threads/EU-142#CN-21"' in english.html
    assert len(english.matters) == 6, "programs get every alert"


def test_no_subject_is_for_two_states_and_no_mail_shows_an_id():
    for own, lang in READERS:
        written = list(letters(own, lang))
        assert len({one.subject for one in written}) == len(written)
        for letter in written:
            assert not re.search("[0-9a-f]{17}", letter.text + re.sub("<[^>]+>", "", letter.html))


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
