"""State and date belong to each question: in the header, lists, print, brief, feed and API."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from special_channel.cli.output import Output
from special_channel.cli.tables import Reader, question
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.messages.catalogue import Lang
from special_channel.stores.thread_views import ThreadFilter
from tests.web.pages_node import PagesNode
from tests.web.reading import rows_of
from tests.web.test_effect import print_of
from tests.web.test_feeds import events, made, read
from tests.world import FOUNDED, World

ASKED = FOUNDED + 1
"""Index of the note that asks, after its thread is opened."""

DUES = (
    "2026-11-24T09:00:00Z",
    "2026-11-30T09:30:00Z",
    "2026-12-01T09:30:00Z",
    "2026-12-02T09:30:00Z",
)


def _reader(party: Party, lang: Lang, now: datetime) -> Reader:
    return Reader(Output(as_json=False, lang=lang), party, now)


def four_questions(*, heard: bool, asker: Party = "eu") -> World:
    """A thread with four questions, one of them passed; `heard`: both records known."""
    world = World.founded()
    thread = world.open_thread(asker, "Four questions")
    asks = [world.ask(asker, due, q=str(number)) for number, due in enumerate(DUES, 1)]
    words = [f"Question {number}?" for number in range(1, 5)]
    note = world.note(asker, thread.leaf.thread, words, asks=asks)
    world.exchange()
    world.clock.forward(1200)
    early = world.stamp(peer_of(asker))
    world.clock.forward(2500)
    world.pass_due(asker, note, DUES[0], head=world.stamp(peer_of(asker)) if heard else early)
    world.exchange()
    return world


HEADER = {
    ("eu", "en", True): (
        f"EU-{ASKED} Q1 Awaiting CN"
        " As of Tue 24 Nov 10:00 neither record holds an answer."
        " Agreed date: Tue 24 Nov 10:00 Brussels, 17:00 Beijing."
        f" EU-{ASKED} Q2 Awaiting CN In 4 working days"
        " Agreed date: Mon 30 Nov 10:30 Brussels, 17:30 Beijing."
        f" EU-{ASKED} Q3 Awaiting CN In 5 working days"
        " Agreed date: Tue 1 Dec 10:30 Brussels, 17:30 Beijing."
        f" EU-{ASKED} Q4 Awaiting CN In 6 working days"
        " Agreed date: Wed 2 Dec 10:30 Brussels, 17:30 Beijing."
    ),
    ("eu", "en", False): (
        f"EU-{ASKED} Q1 Awaiting CN"
        " No answer had reached us by Tue 24 Nov 10:00;"
        " the other side’s record is known up to Tue 24 Nov 09:20."
        " Agreed date: Tue 24 Nov 10:00 Brussels, 17:00 Beijing."
        f" EU-{ASKED} Q2 Awaiting CN In 4 working days"
    ),
    ("cn", "zh-CN", True): (
        f"EU-{ASKED} Q1 待我方答复"
        " 尚无我方答复。截至11月24日17:00，双方记录中均无答复。"
        "约定答复时间：北京时间11月24日（周二）17:00，布鲁塞尔时间10:00。"
        f" 答复 EU-{ASKED} Q1 EU-{ASKED} Q2 待我方答复 还剩4个工作日"
        " 约定答复时间：北京时间11月30日（周一）17:30，布鲁塞尔时间10:30。"
        f" 答复 EU-{ASKED} Q2 EU-{ASKED} Q3 待我方答复 还剩5个工作日"
    ),
    ("eu", "zh-CN", True): (
        f"EU-{ASKED} Q1 待虚构答复"
        " 截至11月24日10:00，双方记录中均无答复。"
    ),
    ("eu", "zh-CN", False): (
        f"EU-{ASKED} Q1 待虚构答复"
        " 截至11月24日10:00，我方尚未收到答复；对方记录已知至11月24日09:20。"
    ),
    ("cn", "en", False): (
        f"EU-{ASKED} Q1 For us to answer"
        " Our answer is not recorded. As of Tue 24 Nov 17:00 neither record holds an answer."
    ),
}  # fmt: skip


@pytest.mark.parametrize(("party", "lang", "heard"), HEADER)
async def test_header_says_of_each_question_its_own_state(pages_of, party, lang, heard):
    site = await pages_of(four_questions(heard=heard), party)
    page = await site.get(f"/threads/{await thread_of(site)}", lang=lang)
    blanks = "" if lang == "zh-CN" else " "  # between elements, where Chinese has none
    assert blanks.join(HEADER[party, lang, heard].split()) in blanks.join(page.text.split())
    passed = [words for words in ("Date passed", "期限") if words in page.text]
    assert passed == []
    [board] = page.page.marked("class", "board")
    assert tuple(each.attributes["datetime"] for each in board.marked("datetime")) == DUES


async def thread_of(site: PagesNode) -> str:
    (row,) = await site.own.stores.views.threads(ThreadFilter(), 9)
    return str(row.position)


@pytest.mark.parametrize(
    ("party", "lang", "inbox", "dates"),
    [
        ("eu", "en", f"no answer in either record EU-{ASKED} Q1", "no answer in either record"),
        ("cn", "zh-CN", f"尚无我方答复 EU-{ASKED} Q1", "尚无我方答复"),
        ("eu", "zh-CN", f"双方记录中均无答复 EU-{ASKED} Q1", "双方记录中均无答复"),
        ("cn", "en", f"our answer is not recorded EU-{ASKED} Q1", "our answer is not recorded"),
    ],
)
async def test_lists_say_it_of_the_one_that_passed(pages_of, party, lang, inbox, dates):
    site = await pages_of(four_questions(heard=True), party)
    assert inbox in (await site.get("/inbox", lang=lang)).text
    listed = (await site.get("/deadlines", lang=lang)).html.split('class="data dates"')[1]
    assert listed.count(dates) == 1


ONLY_OURS = {
    "en": (
        "the other side’s record is known up to Tue 24 Nov 09:20",
        "no answer received",
        (
            "No answer had reached us by Tue 24 Nov 10:00;"
            " the other side’s record is known up to Tue 24 Nov 09:20;"
        ),
    ),
    "zh-CN": (
        "对方记录已知至11月24日09:20",
        "尚未收到答复",
        "截至11月24日10:00，我方尚未收到答复；对方记录已知至11月24日09:20；",
    ),
}
"""Of a question of ours that passed by our record alone: second line, first line, a brief's."""


@pytest.mark.parametrize("lang", ONLY_OURS)
async def test_every_place_says_up_to_when_their_record_is_known(pages_of, lang):
    site = await pages_of(four_questions(heard=False), "eu")
    known, short, sentence = ONLY_OURS[lang]
    assert f"{short} {known} EU-{ASKED} Q1" in (await site.get("/inbox", lang=lang)).text
    rows = rows_of((await site.get("/deadlines", lang=lang)).html)
    [state] = [row[-1] for row in rows if short in row[-1]]
    assert state.startswith(f"{short} {known}")
    for kind in ("internal", "handover"):
        brief = (await site.get(f"/brief/working/{kind}", "head", lang)).text
        assert brief.count(on_paper(sentence, "eu", lang)) == 1
    states = [
        _reader("eu", lang, site.own.node.clock.now()).state(item) for item in await asks_of(site)
    ]
    assert states[0] == f"{short}{'；' if lang == 'zh-CN' else '; '}{known}"
    assert not any(known in state for state in states[1:])
    thread = await print_of(site, f"{site.base}/threads/{await thread_of(site)}", lang)
    assert "".join(sentence[:-1].split()) in "".join(thread)


CAPITALS = {"en": ("Brussels", "Beijing"), "zh-CN": ("布鲁塞尔", "北京")}


def on_paper(said: str, party: Party, lang: Lang) -> str:
    """What a brief says for it: the other side reads it, in other years: year and both capitals."""
    own, other = CAPITALS[lang] if party == "eu" else reversed(CAPITALS[lang])
    ahead = 7 if party == "eu" else -7

    def both(found: re.Match[str]) -> str:
        on, hour, minutes = found.groups()
        here, there = f"{hour}{minutes}", f"{int(hour) + ahead:02}{minutes}"
        if lang == "en":
            return f"{on} 2026 {here} {own} ({there} {other})"
        return f"{own}时间2026年{on}{here}（{other}时间{there}）"

    return re.sub(r"(\d+ Nov|11月\d+日) ?(\d\d)(:\d\d)", both, said).replace(
        "时间11月", "时间2026年11月"
    )


@pytest.mark.parametrize("lang", ONLY_OURS)
async def test_side_that_is_to_answer_reads_only_of_its_own_answer(pages_of, lang):
    site = await pages_of(four_questions(heard=False), "cn")
    ours = {"en": "our answer is not recorded", "zh-CN": "尚无我方答复"}[lang]
    for path in ("/inbox", "/deadlines", f"/threads/{await thread_of(site)}"):
        page = (await site.get(path, lang=lang)).text
        assert ours in page.lower()
        for words in ("is known up to", "对方记录已知至", "received", "收到答复"):
            assert words not in page
    assert _reader("cn", lang, site.own.node.clock.now()).state((await asks_of(site))[0]) == ours


async def asks_of(site: PagesNode) -> list[dict[str, Any]]:
    token = await site.sign_in("desk")
    cookie = {"Cookie": f'sc-session-{site.own.node.identity.party}="{token}"'}
    async with site.client.get(f"{site.base}/api/asks", headers=cookie) as answer:
        items: list[dict[str, Any]] = (await answer.json())["items"]
    return [question(item) for item in items]


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
    assert text.count(on_paper(said, party, lang)) == 1


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
    items = await asks_of(site)
    now = site.own.node.clock.now()
    assert [_reader(party, lang, now).state(item) for item in items] == states


def requested_and_withdrawn(asker: Party = "eu") -> World:
    """A requested date that goes by, and an answer withdrawn after its agreed date."""
    world = World.founded()
    thread = world.open_thread(asker, "Two questions")
    asks = [world.ask(asker, DUES[0], rule=None), world.ask(asker, DUES[1], q="2")]
    note = world.note(asker, thread.leaf.thread, ("One?", "Two?"), asks=asks)
    world.exchange()
    answer = world.answer(peer_of(asker), note, ["2"])
    world.exchange()
    world.clock.forward(6 * 24 * 3600 + 7200)
    world.about(peer_of(asker), "note.withdrawn", answer)
    world.exchange()
    return world


@pytest.mark.parametrize(
    ("party", "lang", "requested", "withdrawn"),
    [
        (
            "eu", "en",
            (f"EU-{ASKED} Q1 Awaiting CN Requested date"
            " Answer requested by Tue 24 Nov 10:00 Brussels, 17:00 Beijing."),
            f"EU-{ASKED} Q2 Awaiting CN Answered 24 Nov, withdrawn 30 Nov, not answered again.",
        ),
        (
            "cn", "zh-CN",
            (f"EU-{ASKED} Q1 待我方答复 希望答复时间"
            " 希望于北京时间11月24日（周二）17:00，布鲁塞尔时间10:00前答复。"),
            f"EU-{ASKED} Q2 待我方答复 我方11月24日答复，11月30日撤回，尚未重新答复。",
        ),
        (
            "eu", "zh-CN",
            (f"EU-{ASKED} Q1 待虚构答复 希望答复时间"
            " 希望于布鲁塞尔时间11月24日（周二）10:00，北京时间17:00前答复。"),
            f"EU-{ASKED} Q2 待虚构答复 对方11月24日答复，11月30日撤回，尚未重新答复。",
        ),
        (
            "cn", "en",
            (f"EU-{ASKED} Q1 For us to answer Requested date"
            " Answer requested by Tue 24 Nov 17:00 Beijing, 10:00 Brussels."),
            (f"EU-{ASKED} Q2 For us to answer"
            " Answered 24 Nov, withdrawn 30 Nov, not answered again."),
        ),
    ],
)  # fmt: skip
async def test_requested_date_and_withdrawn_answer_have_their_words(
    pages_of, party, lang, requested, withdrawn
):
    site = await pages_of(requested_and_withdrawn(), party)
    page = await site.get(f"/threads/{await thread_of(site)}", lang=lang)
    assert requested in page.text
    assert withdrawn in page.text
    brief = (await site.get("/brief/working/internal", "head", lang)).text
    answered, taken_back = ("09:00", "11:00") if party == "eu" else ("16:00", "18:00")
    timed = withdrawn.replace("24日", f"24日{answered}").replace("30日", f"30日{taken_back}")
    for sentence in (requested.rpartition(" ")[2][:-1], timed.rpartition("答复 ")[2][:-1]):
        assert lang == "en" or on_paper(sentence, party, lang) in brief
    for words in ("Date passed", "答复时间已到", "neither record", "双方记录"):
        assert words not in page.text


@pytest.mark.parametrize(
    ("party", "lang", "states"),
    [
        ("eu", "en", ["answer requested", "answer withdrawn, not answered again"]),
        ("cn", "en", ["answer requested", "our answer withdrawn, not answered again"]),
        ("eu", "zh-CN", ["希望答复", "答复已撤回，尚未重新答复"]),
        ("cn", "zh-CN", ["希望答复", "我方答复已撤回，尚未重新答复"]),
    ],
)
async def test_command_line_and_lists_have_words_for_both(pages_of, party, lang, states):
    site = await pages_of(requested_and_withdrawn(), party)
    items = await asks_of(site)
    now = site.own.node.clock.now()
    assert [_reader(party, lang, now).state(item) for item in items] == states
    assert f"{states[0]} EU-{ASKED} Q1" in (await site.get("/inbox", lang=lang)).text
    [table] = (await site.get("/deadlines", lang=lang)).page.marked("class", "data dates")
    said = [each.text for each in table.within() if each.tag == "span"]
    assert [said.count(state) for state in states] == [1, 1]


@pytest.mark.parametrize(
    ("party", "passed", "requested", "withdrawn"),
    [
        (
            "eu",
            f"CN-{ASKED} Q1: our answer is not recorded",
            f"Answer requested: CN-{ASKED} Q1",
            f"CN-{ASKED} Q2: our answer was withdrawn, not answered again",
        ),
        (
            "cn",
            f"EU-{ASKED} Q1：尚无我方答复",
            f"希望答复：EU-{ASKED} Q1",
            f"EU-{ASKED} Q2：我方答复已撤回，尚未重新答复",
        ),
    ],
)
async def test_calendar_says_of_each_question_its_state(
    pages_of, party, passed, requested, withdrawn
):
    for world, expected in (
        (four_questions(heard=True, asker=peer_of(party)), {passed}),
        (requested_and_withdrawn(peer_of(party)), {requested, withdrawn}),
    ):
        site = await pages_of(world, party)
        path, _ = await made(site)
        held = {str(each["SUMMARY"]) for each in events(await read(site, path)).values()}
        assert expected <= held


@pytest.mark.parametrize(
    ("party", "lang", "sentence"),
    [
        ("eu", "en", "As of Tue 24 Nov 10:00 neither record holds an answer."),
        ("cn", "zh-CN", "尚无我方答复。截至11月24日17:00，双方记录中均无答复。"),
    ],
)
async def test_print_has_the_sentence_and_no_step_by_hand(pages_of, party, lang, sentence):
    site = await pages_of(four_questions(heard=True), party)
    number = await thread_of(site)
    for path in (f"/threads/{number}", f"/threads/{number}/alerts"):
        sheets = "".join(await print_of(site, site.base + path, lang))
        for words in ("byhand", "cabinet", "仅由人工提请", "部领导"):
            assert words not in sheets
        assert ("".join(sentence.split()) in sheets) == (not path.endswith("alerts"))


async def test_ladder_is_told_of_the_agreed_question_alone(pages_of):
    world = World.founded()
    thread = world.open_thread("eu", "Two dates")
    asks = [world.ask("eu", DUES[1], rule=None), world.ask("eu", DUES[2], q="2")]
    world.note("eu", thread.leaf.thread, ("One?", "Two?"), asks=asks)
    world.exchange()
    site = await pages_of(world, "cn")
    number = await thread_of(site)
    page = (await site.get(f"/threads/{number}", lang="zh-CN")).text
    # The requested date is the nearer one, and nobody is told of it in steps.
    assert f"EU-{ASKED} Q2：" in page
    assert f"EU-{ASKED} Q1：" not in page
