"""State and date belong to each question: in the header, lists, print, brief, feed and API."""

from __future__ import annotations

import pytest

from special_channel.cli.silence import state_of
from tests.web.pages_node import PagesNode
from tests.world import World

DUES = (
    "2026-11-24T09:00:00Z",
    "2026-11-30T09:30:00Z",
    "2026-12-01T09:30:00Z",
    "2026-12-02T09:30:00Z",
)


def four_questions(*, heard: bool) -> World:
    """Four questions of the EU in one thread, of which one passed; `heard`: both records known."""
    world = World.founded()
    thread = world.open_thread("eu", "Four questions")
    asks = [world.ask("eu", due, q=str(number)) for number, due in enumerate(DUES, 1)]
    words = [f"Question {number}?" for number in range(1, 5)]
    note = world.note("eu", thread.leaf.thread, words, asks=asks)
    world.exchange()
    world.clock.forward(1200)
    early = world.stamp("cn")
    world.clock.forward(2500)
    world.pass_due("eu", note, DUES[0], head=world.stamp("cn") if heard else early)
    world.exchange()
    return world


HEADER = {
    ("eu", "en", True): (
        "EU-10 Q1 Awaiting CN"
        " As of Tue 24 Nov 10:00 neither record holds an answer."
        " Agreed date: Tue 24 Nov 10:00 Brussels, 17:00 Beijing."
        " EU-10 Q2 Awaiting CN In 4 working days"
        " Agreed date: Mon 30 Nov 10:30 Brussels, 17:30 Beijing."
        " EU-10 Q3 Awaiting CN In 5 working days"
        " Agreed date: Tue 1 Dec 10:30 Brussels, 17:30 Beijing."
        " EU-10 Q4 Awaiting CN In 6 working days"
        " Agreed date: Wed 2 Dec 10:30 Brussels, 17:30 Beijing."
    ),
    ("eu", "en", False): (
        "EU-10 Q1 Awaiting CN"
        " No answer had reached us by Tue 24 Nov 10:00;"
        " the other side’s record is known up to Tue 24 Nov 09:20."
        " Agreed date: Tue 24 Nov 10:00 Brussels, 17:00 Beijing."
        " EU-10 Q2 Awaiting CN In 4 working days"
    ),
    ("cn", "zh-CN", True): (
        "EU-10 Q1 待我方答复"
        " 尚无我方答复。截至11月24日17:00，双方记录中均无答复。"
        "约定答复时间：北京时间11月24日（周二）17:00，布鲁塞尔时间10:00。"
        " EU-10 Q2 待我方答复 还剩4个工作日"
        " 约定答复时间：北京时间11月30日（周一）17:30，布鲁塞尔时间10:30。"
        " EU-10 Q3 待我方答复 还剩5个工作日"
    ),
    ("eu", "zh-CN", True): (
        "EU-10 Q1 待虚构答复"
        " 截至11月24日10:00，双方记录中均无答复。"
    ),
    ("eu", "zh-CN", False): (
        "EU-10 Q1 待虚构答复"
        " 截至11月24日10:00，我方尚未收到答复；对方记录已知至11月24日09:20。"
    ),
    ("cn", "en", False): (
        "EU-10 Q1 For us to answer"
        " Our answer is not recorded. As of Tue 24 Nov 17:00 neither record holds an answer."
    ),
}  # fmt: skip


@pytest.mark.parametrize(("party", "lang", "heard"), HEADER)
async def test_header_says_of_each_question_its_own_state(pages_of, party, lang, heard):
    site = await pages_of(four_questions(heard=heard), party)
    page = await site.get(f"/threads/{await thread_of(site)}", lang=lang)
    assert HEADER[party, lang, heard] in page.text
    passed = [words for words in ("Date passed", "期限") if words in page.text]
    assert passed == []


async def thread_of(site: PagesNode) -> str:
    (row,) = await site.own.views.threads(show="all", limit=9)
    return str(row.position)


@pytest.mark.parametrize(
    ("party", "lang", "inbox", "dates"),
    [
        ("eu", "en", "no answer in either record EU-10 Q1", "no answer in either record"),
        ("cn", "zh-CN", "尚无我方答复 EU-10 Q1", "尚无我方答复"),
        ("eu", "zh-CN", "双方记录中均无答复 EU-10 Q1", "双方记录中均无答复"),
        ("cn", "en", "our answer is not recorded EU-10 Q1", "our answer is not recorded"),
    ],
)
async def test_lists_say_it_of_the_one_that_passed(pages_of, party, lang, inbox, dates):
    site = await pages_of(four_questions(heard=True), party)
    assert inbox in (await site.get("/inbox", lang=lang)).text
    listed = (await site.get("/deadlines", lang=lang)).html.split('class="data dates"')[1]
    assert listed.count(dates) == 1


@pytest.mark.parametrize(
    ("party", "lang", "said"),
    [
        ("eu", "en", "As of Tue 24 Nov 10:00 neither record holds an answer;"),
        (
            "cn", "en",
            "Our answer is not recorded. As of Tue 24 Nov 17:00 neither record holds an answer;",
        ),
        ("cn", "zh-CN", "尚无我方答复。截至11月24日17:00，双方记录中均无答复；"),
        ("eu", "zh-CN", "截至11月24日10:00，双方记录中均无答复；"),
    ],
)  # fmt: skip
async def test_brief_says_it_of_the_one_that_passed(pages_of, party, lang, said):
    site = await pages_of(four_questions(heard=True), party)
    text = (await site.get("/brief/working/internal", "head", lang)).text
    assert text.count(said) == 1


@pytest.mark.parametrize(
    ("party", "lang", "states"),
    [
        ("eu", "en", ["no answer in either record", "open", "open", "open"]),
        ("cn", "en", ["our answer is not recorded", "open", "open", "open"]),
        ("eu", "zh-CN", ["双方记录中均无答复", "待答复", "待答复", "待答复"]),
        ("cn", "zh-CN", ["尚无我方答复", "待答复", "待答复", "待答复"]),
    ],
)
async def test_command_line_says_of_each_question_its_state(pages_of, party, lang, states):
    site = await pages_of(four_questions(heard=True), party)
    token = await site.sign_in("desk")
    cookie = {"Cookie": f'sc-session-{party}="{token}"'}
    async with site.client.get(f"{site.base}/api/asks", headers=cookie) as answer:
        items = (await answer.json())["items"]
    now = site.own.clock.now()
    assert [state_of(item, party, lang, now) for item in items] == states
