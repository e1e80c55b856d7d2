"""Who answers proposes on the thread's page that a clock be suspended; who asked agrees there.

Two real nodes and a real Chromium for each official. The calendars have weekdays alone and go
on for decades, so that what is counted depends on no year's holidays.
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
from playwright.async_api import Playwright

from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.bytes.times import instant, timestamp
from special_channel.core.time.calendars import merge
from special_channel.desk import charter
from special_channel.desk.charter import read_release
from special_channel.messages.catalogue import Lang
from special_channel.web.http.services import SERVICES
from special_channel.web.shared.capitals import both
from tests import servers
from tests.axe import faults
from tests.channel import CHARTER, ROOT, Channel, channel
from tests.story.windows import Window, entry, sign, window

pytestmark = pytest.mark.asyncio(loop_scope="module")

Locales = dict[Party, str]
RULE, WORKING_DAYS = "reply-5wd", 5
CLOSES = "17:30"
"""Of the Chinese calendar, by Beijing's wall clock."""
WORDS = {
    "en": ("Propose to suspend the clock", "Agree", "both sides suspended the clock"),
    "zh-CN": ("提议中止计时", "同意", "双方商定中止计时"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def steady() -> AsyncIterator[Channel]:
    """A channel with a second charter that counts by weekdays alone."""
    with servers.open_folder() as folder:
        async with channel(folder) as running:
            await count_by_weekdays(running)
            yield running


async def count_by_weekdays(made: Channel) -> None:
    """Let both sides adopt calendars without holidays, and store the files."""
    calendars = []
    for party in PARTIES:
        text = (ROOT / f"config/calendars/{party}-2026.toml").read_text("utf-8")
        head, *_ = text.split("\n[[")
        head = head.replace("\nrelease = 1", "\nrelease = 2")
        data = head.replace("last = 2026-12-31", "last = 2099-12-31").encode()
        release = read_release(f"{party}.toml", data)
        assert (release.covers.last.year, release.closed) == (2099, ())
        calendars.append(merge([release]))
        for each in PARTIES:
            shelf = made.nodes[each].app[SERVICES].times.releases
            assert shelf is not None
            shelf.keep(release, data)
    first, _ = charter.document(CHARTER, calendars)
    document: dict[str, Any] = json.loads(first) | {"number": 2}
    await made.adopt(charter.read_charter(json.dumps(document).encode())[0])


def weekday_after(day: date, count: int) -> date:
    """Return the n-th weekday after a date."""
    while count:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day


def close_of(day: date) -> datetime:
    """Return the close of business of a date in Beijing, in UTC."""
    return datetime.fromisoformat(f"{day}T{CLOSES}").replace(tzinfo=BEIJING).astimezone(UTC)


BEIJING = ZoneInfo("Asia/Shanghai")


async def ask(eu: Window) -> str:
    """Open a thread with a question that is counted by the rule; return the note's id."""
    page = await eu.go("/threads/new")
    await page.fill("[name=subject]", "Stamps on certificates")
    await page.fill("[name=text]", "Three certificates carry none.")
    await page.click("[data-act=add-ask]")
    await page.fill("[name=ask_text]", "Will they be sent again?")
    await page.select_option("[name=ask_rule]", RULE)
    await sign(page)
    await page.wait_for_url("**/threads/EU-*", wait_until="domcontentloaded")
    note = await page.get_attribute("[data-timeline] [data-kind='note.posted']", "data-entry-id")
    assert note is not None
    await eu.checked(note)
    return note


async def confirm(each: Window, button: str) -> str:
    """Sign by a button; return the dialog's name of the act, and the bytes shown."""
    await each.page.click(button + ":not([disabled])")
    await each.page.wait_for_selector("#confirm[open]")
    what = await each.page.inner_text("#confirm [data-f=what]")
    shown = await each.page.text_content("#confirm [data-f=bytes]")
    await each.page.click("#confirm [data-act=sign]")
    return f"{what}\n{shown}"


async def propose(cn: Window, days: tuple[date, date], lang: str) -> None:
    """Type the days on the thread's page; the wrong way round they are refused, then signed."""
    page = cn.page
    assert WORDS[lang][0] in await page.inner_text(".aside .qs")
    await page.click("details:has(form.span) summary")
    for (first, last), found in (
        (days[::-1], "code:text('suspension-malformed')"),
        (days, "[data-sign='date.proposed']:not([disabled])"),
    ):
        await page.fill("form.span [name=first]", first.isoformat())
        await page.fill("form.span [name=last]", last.isoformat())
        await page.click("form.span button")
        await page.wait_for_url("**/suspend?*", wait_until="domcontentloaded")
        await page.wait_for_selector(found)
        assert await faults(page) == []
    said = await confirm(cn, "[data-sign='date.proposed']")
    assert WORDS[lang][0] in said
    assert '"suspended":{' in said
    await page.wait_for_url("**/threads/EU-*", wait_until="domcontentloaded")


async def entry_shown(each: Window, kind: str) -> dict[str, Any]:
    """Wait until the open page has an entry of a kind, checked; return what was signed."""
    row = f'[data-timeline] [data-kind="{kind}"]'
    await each.page.wait_for_selector(row + '[data-proof="ok"]')
    found = await each.page.get_attribute(row, "data-entry-id")
    answer = await (await each.context.request.get(f"{each.url}/api/entries/{found}")).json()
    signed: dict[str, Any] = json.loads(b64decode(json.loads(answer["envelope"])["payload"]))
    return signed | {"accepted": answer["accepted"]}


def dates_of(asked: dict[str, Any]) -> tuple[tuple[date, date], str, str]:
    """Return two days that would have counted, the date before they don't count, and the one after.

    Counted from the record's own instant, by plain weekdays.
    """
    on = instant(asked["accepted"]).astimezone(BEIJING).date()
    before, after = (
        timestamp(close_of(weekday_after(on, count))) for count in (WORKING_DAYS, WORKING_DAYS + 2)
    )
    return (weekday_after(on, 1), weekday_after(on, 2)), before, after


async def head_says(each: Window, due: str) -> None:
    """Wait until the head of the open page shows a date as agreed, in both capitals."""
    lang: Lang = await each.page.evaluate("document.documentElement.lang")
    date_ = both(instant(due), each.party, lang, datetime.now(UTC))
    head = each.page.locator('[data-live="stand"][role="status"] li')
    await head.filter(has_text=AGREED[lang]).filter(has_text=date_).wait_for()


AGREED = {"en": "Agreed date: ", "zh-CN": "约定答复时间："}


async def says_it_is_moved(each: Window, note: str, due: str, words: str) -> None:
    """Wait until the open page shows the date in its head, at the question, and as agreed."""
    agreed = await entry_shown(each, "deadline.moved")
    assert (agreed["body"]["basis"], agreed["body"]["due"]) == ("suspended", due)
    await head_says(each, due)
    row = entry(note, f' [data-ask="1"] time[data-due][datetime="{due}"]')
    await each.page.wait_for_selector(row)
    await each.page.wait_for_selector(entry(note, "[data-proof=ok]"))
    await each.until(
        f"document.querySelector('.dates [aria-current]').innerText.includes({json.dumps(words)})"
    )
    assert await each.page.locator("[data-sign='deadline.moved']").count() == 0


async def holds_when_read_anew(each: Window, note: str, due: str) -> None:
    """Reload: the question has the agreed date, and all proofs are valid."""
    await each.page.reload()
    await each.page.wait_for_selector(entry(note, f' time[data-due][datetime="{due}"]'))
    assert await each.all_checked() == {("ok", "")}
    assert await each.quiet() == []


@pytest.mark.parametrize(
    "locales",
    [{"eu": "en", "cn": "zh-CN"}, {"eu": "zh-CN", "cn": "en"}],
    ids=["own-languages", "swapped"],
)
async def test_a_clock_stands_still_once_both_signed_and_both_open_pages_say_so(
    steady: Channel, chromium: Playwright, locales: Locales
) -> None:
    async with (
        window(chromium, steady, "eu", locales["eu"]) as eu,
        window(chromium, steady, "cn", locales["cn"]) as cn,
    ):
        await eu.enrol()
        await cn.enrol()
        note = await ask(eu)
        await steady.caught_up()
        await cn.go("/threads/" + eu.page.url.rsplit("/", 1)[-1])
        asked = await entry_shown(cn, "note.posted")
        days, before, after = dates_of(asked)
        assert [one["due"] for one in asked["asks"]] == [before]

        await propose(cn, days, locales["cn"])
        # It stands on the asker's page, which was open all the while, and nothing has moved.
        assert (await entry_shown(eu, "date.proposed"))["body"]["due"] == after
        await eu.page.wait_for_selector(".aside .dates [data-sign='deadline.moved']")
        for each in (eu, cn):
            await head_says(each, before)
        assert await cn.page.locator("[data-sign='deadline.moved']").count() == 0

        said = await confirm(eu, ".aside .dates [data-sign='deadline.moved']")
        assert WORDS[locales["eu"]][1] in said
        for each in (eu, cn):
            await says_it_is_moved(each, note, after, WORDS[locales[each.party]][2])
        for each in (eu, cn):
            await holds_when_read_anew(each, note, after)
