"""The deadlines page: every date on its own side's date, in neutral words, found by filters."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from aiohttp import web

from special_channel.cli import dates
from special_channel.cli.client import Node
from special_channel.cli.official import Signing
from special_channel.cli.output import Output
from special_channel.cli.remote import Call
from special_channel.core.bytes.errors import Malformed
from special_channel.core.time.calendars import DayNote
from special_channel.web.deadlines.pages import CHARACTER, LEVELS, Lane, Mark, lane, left
from special_channel.web.deadlines.queries import DAYS
from special_channel.web.deadlines.views import DeadlinesQuery
from special_channel.web.shared.query import read_query
from tests.cli.test_client import Door, serving
from tests.cli.test_tables import call_of
from tests.cli.tree import unwrap
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.samples.deadlines import lane_days, sample_lanes
from tests.web.test_page_handlers import asked
from tests.world import World

NEXT = "2026-11-27T09:30:00Z"
"""17:30 in Beijing, 10:30 in Brussels, the same Friday."""

EVENING = "2026-11-27T16:30:00Z"
"""17:30 in Brussels on Friday; in Beijing it is Saturday."""

FIRST = date(2026, 11, 23)


def marked(number: str, on: date) -> Mark:
    return Mark(number, f"/threads/{number}", on, (f"{number} Q1",), "eu")


def laid_out(marks: list[Mark]) -> Lane:
    """A lane of plain weekdays, at midnight of its first date."""
    dates = [FIRST + timedelta(days=n) for n in range(DAYS)]
    days = {on: DayNote("weekend" if on.weekday() > 4 else "workday") for on in dates}
    return lane("eu", days, marks, datetime.combine(FIRST, time()))


def test_no_date_of_the_six_weeks_is_lost_however_many_fall_on_one_day():
    last = FIRST + timedelta(days=DAYS - 1)
    marks = [marked(f"EU-{n}", FIRST + timedelta(days=n % 3)) for n in range(60)]
    marks += [marked("CN-1", last), marked("CN-2", FIRST - timedelta(days=1))]
    marks.append(marked("CN-3", last + timedelta(days=1)))
    laid = laid_out(marks)
    assert sum(1 + pill.more for pill in laid.pills) == 61
    numbers = {pill.mark.thread for pill in laid.pills}
    assert "CN-1" in numbers
    assert not {"CN-2", "CN-3"} & numbers
    assert max(pill.level for pill in laid.pills) < LEVELS


def test_no_two_marks_of_a_lane_lie_on_each_other():
    marks = [marked(f"EU-{n}", FIRST + timedelta(days=n * 7 % DAYS)) for n in range(30)]
    pills = laid_out(marks).pills
    for one in pills:
        for other in pills:
            if one is other or one.level != other.level:
                continue
            apart = one.left + one.width <= other.left or other.left + other.width <= one.left
            assert apart, (one.mark.thread, other.mark.thread)


def test_mark_has_room_for_its_text_and_count_behind_it():
    marks = [marked(f"EU-{10**n}", FIRST + timedelta(days=3)) for n in range(LEVELS + 2)]
    pills = laid_out(marks).pills
    texts = [pill.mark.text + (f" +{pill.more}" if pill.more else "") for pill in pills]
    assert texts == ["EU-1", "EU-10", "EU-100", "EU-1000", "EU-10000 +2"]
    for pill, text in zip(pills, texts, strict=True):
        assert pill.width > CHARACTER * len(text), text


def test_lane_joins_the_dates_of_a_closure_and_counts_from_now():
    noon = datetime.combine(FIRST + timedelta(days=2), time(12))
    laid = lane("eu", lane_days("eu"), [], noon)
    [(closure, name)] = laid.names
    assert (closure.first, closure.last) == (date(2026, 12, 24), date(2026, 12, 31))
    assert (closure.x, closure.width) == (left(31), left(8) - left(0))
    assert (name.en, closure.label("en"), closure.label("zh-CN")) == (
        "End of year", "End of year", "年末放假",
    )  # fmt: skip
    assert laid.now_x == (left(2) + left(3)) / 2
    assert laid.assumed == date(2027, 1, 1)
    assert lane("eu", {FIRST: DayNote("closed", name)}, [], noon).shades[0].label("en") == ""


def test_shared_hours_are_listed_once_for_each_opening_from_today():
    lanes = sample_lanes("eu")
    early = datetime(2026, 11, 23, 6, tzinfo=UTC)
    hours = {**lanes.hours, FIRST: (early, early + timedelta(hours=1))}
    assert [start.isoformat() for start, _ in replace(lanes, hours=hours).shared] == [
        "2026-11-24T08:00:00+00:00", "2026-12-28T07:00:00+00:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "url"),
    [
        ([], "/deadlines?side="),
        ([("desk", "0")], "/deadlines?side="),
        ([("side", "ours"), ("desk", "1")], "/deadlines?side=ours&desk=1"),
        ([("state", "passed"), ("batch", "EU-7")], "/deadlines?state=passed&batch=EU-7"),
    ],
)
def test_filter_of_due_times_is_kept_from_page_to_page(fields, url):
    query = read_query(DeadlinesQuery, fields)
    assert (query.url, bool(query.fields)) == (url, url != "/deadlines?side=")


async def test_list_counts_dates_before_the_six_weeks_and_names_the_next(pages_of):
    world = World.founded()
    asked(world, due=NEXT)
    for due in ("2026-12-08T09:30:00Z", "2026-12-09T09:30:00Z"):
        asked(world, due=due)
    world.exchange()
    world.clock.forward(10 * 86_400)
    page = Page((await (await pages_of(world, "eu")).get("/deadlines?side=theirs")).html)
    assert "1 before these weeks" in page.text
    for words in (
        "0 questions for us to answer, 3 awaiting",
        "1 date has passed with no answer recorded.",
        "Next date: Tue 8 Dec 10:30 Brussels, 17:30 Beijing.",
    ):
        assert words in page.text
    chosen = page.one("combobox", "Who answers").all("option")
    assert ["selected" in each.attributes for each in chosen] == [False, False, True]


def drawn(page: Page) -> list[str]:
    """The marks' texts for a screen reader, own lane first."""
    [drawing] = page.marked("class", "ruler lanes")
    return [
        each.attributes["aria-label"] for each in drawing.marked("aria-label") if each.tag == "a"
    ]


def listed(page: Page) -> list[str]:
    """The questions of the table, in order."""
    return [each.text for each in page.marked("class", "q") if each.role == "link"]


async def test_a_date_stands_on_its_own_sides_date_and_is_ours_or_awaited(pages_of):
    world = World.founded()
    _, to_cn = asked(world, due=NEXT)
    thread = world.open_thread("cn", "海关编码")
    to_eu = world.note("cn", thread.leaf.thread, ("?",), asks=[world.ask("cn", EVENING)])
    world.exchange()
    for party in ("eu", "cn"):
        site = await pages_of(world, party)
        page = await site.get("/deadlines")
        own, other = (to_eu, to_cn) if party == "eu" else (to_cn, to_eu)
        # 17:30 in Brussels stands on Brussels' Friday in Beijing too, not on Beijing's Saturday.
        marks = drawn(page.page)
        # What is drawn comes first: the thread's number. Then the question, and the rest.
        assert [mark.split(", ")[1] for mark in marks] == [
            f"{own.position} Q1", f"{other.position} Q1"
        ]  # fmt: skip
        assert all("Fri 27 Nov" in mark for mark in marks)
        assert "1 question for us to answer, 1 awaiting" in page.text
        first = "Brussels" if party == "eu" else "Beijing"
        row = page.html.split('class="data dates"')[1]
        assert row.index(first) < row.index("Beijing" if party == "eu" else "Brussels")
        assert "For us" in page.text
        assert "Awaiting" in page.text
        zh = await site.get("/deadlines", lang="zh-CN")
        assert "我方待答复1个问题" in zh.text
        assert "年末" in zh.text or "圣诞" in zh.text
        assert "自1月1日（周五）起工作日历尚未启用" in zh.text


@dataclass(frozen=True)
class Several:
    """A world with four questions: their numbers by name; a list, and an answer, by number."""

    world: World
    numbers: dict[str, str]
    batch: str
    answer: str


def several() -> Several:
    """Two hours later: a date has passed, one is guessed, one is ours, one is answered."""
    world = World.founded()
    batch = world.list_batch(["A-1"])
    _, passed = asked(world, due="2026-11-24T09:00:00Z")
    on_batch = world.open_thread("eu", "Row 1", batch=batch.id)
    in_2027 = world.ask("eu", "2027-01-08T09:30:00Z", provisional=True)
    guessed = world.note("eu", on_batch.leaf.thread, ("Row 1?",), asks=[in_2027], by="head")
    thread = world.open_thread("cn", "海关编码")
    ours = world.note("cn", thread.leaf.thread, ("?",), asks=[world.ask("cn", EVENING)])
    _, answered = asked(world, due=NEXT)
    answer = world.answer("cn", answered)
    world.exchange()
    world.clock.forward(7200)
    notes = {"passed": passed, "guessed": guessed, "ours": ours, "answered": answered}
    numbers = {name: f"{note.position} Q1" for name, note in notes.items()}
    return Several(world, numbers, str(batch.position), str(answer.position))


async def test_dates_are_found_by_side_state_batch_and_desk(pages_of):
    found = several()
    q, batch = found.numbers, found.batch
    site = await pages_of(found.world, "eu")
    for query, expected in (
        ("", ["passed", "ours", "guessed"]),
        ("?side=ours", ["ours"]),
        ("?side=theirs", ["passed", "guessed"]),
        ("?state=passed", ["passed"]),
        ("?state=provisional", ["guessed"]),
        ("?state=decided", ["answered"]),
        ("?state=decided&side=ours", []),
        (f"?batch={batch}", ["guessed"]),
        ("?batch=standing", ["passed", "ours"]),
        ("?batch=EU-99999", []),
    ):
        page = await site.get("/deadlines" + query)
        assert page.status == 200
        assert listed(page.page) == [q[name] for name in expected], query
    shown = await site.get("/deadlines")
    text = shown.text
    assert "no answer received" in text
    [guessed] = [row for row in shown.page.rows() if "provisional" in " ".join(row)]
    assert q["guessed"] in " ".join(guessed)
    assert "1 after them" in text
    assert "Answered in CN-" in (await site.get("/deadlines?state=decided")).text
    for word in ("overdue", "owes", "missed", "逾期"):
        assert word not in text + (await site.get("/deadlines", lang="zh-CN")).text


async def test_a_desk_may_look_at_its_own_units_dates_alone(pages_of):
    world = World.founded()
    notes = {}
    for who in ("desk", "head"):
        thread = world.open_thread("eu", f"Opened by {who}", by=who)
        ask = world.ask("eu", NEXT)
        notes[who] = world.note("eu", thread.leaf.thread, asks=[ask], by=who)
    world.exchange()
    site = await pages_of(world, "eu")
    all_of_them = [f"{note.position} Q1" for note in notes.values()]
    assert listed((await site.get("/deadlines")).page) == all_of_them
    assert listed((await site.get("/deadlines?desk=1")).page) == all_of_them  # one unit here


async def test_a_moved_and_a_proposed_date_are_told_with_the_first(pages_of):
    world = World.founded()
    _, note = asked(world, due="2026-11-26T09:30:00Z")
    proposal = world.about("cn", "date.proposed", note, body={"q": "1", "due": NEXT})
    world.exchange()
    site = await pages_of(world, "cn")
    assert "proposed: Fri 27 Nov 17:30" in (await site.get("/deadlines")).text
    moved = {"q": "1", "due": NEXT, "basis": "agreed", "proposal": proposal.id}
    world.about("eu", "deadline.moved", note, body=moved)
    world.exchange()
    text = (await (await pages_of(world, "cn")).get("/deadlines")).text
    assert "first Thu 26 Nov; moved: agreed by both sides" in text
    assert "proposed:" not in text


async def test_a_thread_names_each_step_ahead_on_the_own_side_by_its_title_in_both_capitals(
    pages_of,
):
    world = World.founded()
    thread, _ = asked(world, due=NEXT)
    site = await pages_of(world, "eu")
    page = await site.get(f"/threads/{thread.position}")
    ahead = page.text.split("Next step on our side")[1].split("Only our side sees this.")[0]
    assert "Head of unit, Tereza Šťastná from Fri 27 Nov 10:30 Brussels, 17:30 Beijing" in ahead
    assert "the next step on our side is: Head of unit." in page.text
    assert "Director" not in page.text
    # All steps stand on the ladder's own page; those that no machine takes have no date.
    steps = await site.get(f"/threads/{thread.position}/alerts")
    for words in (
        "Head of unit, Tereza Šťastná from Fri 27 Nov 10:30 Brussels, 17:30 Beijing",
        "Director from Tue 1 Dec 10:30 Brussels, 17:30 Beijing",
        "Deputy Director-General, leadership from Thu 3 Dec",
        "Commissioner's cabinet by hand only Commissioner by hand only",
    ):
        assert words in steps.text
    for lang in ("en", "zh-CN"):
        thread_page = (await site.get(f"/threads/{thread.position}", lang=lang)).text
        for words in ("cabinet", "委员办公厅", "by hand", "仅由人工提请"):
            assert words not in thread_page
    chinese = (await site.get(f"/threads/{thread.position}/alerts", lang="zh-CN")).text
    assert "委员办公厅 仅由人工提请" in chinese
    assert "cabinet" not in chinese
    # The other side's node knows its own ladder alone.
    other = await (await pages_of(world, "cn")).get(f"/threads/{thread.position}", lang="zh-CN")
    assert "委员办公厅" not in other.text


async def test_due_times_over_the_api_are_those_of_the_page(pages_of):
    world = World.founded()
    thread, note = asked(world, due=NEXT)
    world.exchange()
    site = await pages_of(world, "eu")
    shown = json.loads((await site.get("/api/deadlines?side=theirs")).html)
    [item] = shown["items"]
    assert item["number"] == f"{note.position} Q1"
    assert (item["thread"], item["outcome"]) == (str(thread.position), "open")
    assert (item["due"]["at"], item["due"]["answering"]) == (NEXT, "cn")
    assert (shown["total"], shown["ours"], shown["theirs"]) == (1, 0, 1)
    assert {"eu", "cn"} <= shown.keys()
    assert listed((await site.get("/deadlines?side=theirs")).page) == [item["number"]]
    assert json.loads((await site.get("/api/deadlines?side=ours")).html)["items"] == []
    assert (await site.get("/api/deadlines?side=both")).status == 400


@asynccontextmanager
async def node_of(site: PagesNode) -> AsyncIterator[Node]:
    """A client of the command line, whose questions this node's API answers."""

    async def answer(request: web.Request) -> web.Response:
        shown = await site.get(f"/api/deadlines?{request.query_string}", lang="")
        return web.Response(
            text=shown.html, status=shown.status, content_type=shown.headers["Content-Type"]
        )

    async with serving(Door(), ("GET", "/api/deadlines", answer)) as node:
        yield node


QUERIES: list[tuple[dict[str, Any], str, list[str]]] = [
    ({}, "", ["passed", "ours", "guessed"]),
    ({"side": "ours"}, "side=ours", ["ours"]),
    ({"side": "", "state": "passed"}, "state=passed", ["passed"]),
    ({"state": "decided"}, "state=decided", ["answered"]),
    ({"batch": "standing", "sort": "latest"}, "batch=standing&sort=latest", ["ours", "passed"]),
    ({"desk": True}, "desk=1", ["passed", "ours", "guessed"]),
    ({"desk": False}, "desk=", ["passed", "ours", "guessed"]),
    ({"since": "2026-11-25", "until": "2026-12-31"}, "since=2026-11-25&until=2026-12-31", ["ours"]),
    ({"page": 2}, "page=2", []),
]
"""Options of the command, the page's address with the same filter, and questions in their order."""


async def test_command_lists_filters_and_orders_as_the_page(pages_of, capsys):
    found = several()
    site = await pages_of(found.world, "eu")
    batch = found.batch
    async with node_of(site) as node:
        for typed, query, names in [*QUERIES, ({"batch": batch}, f"batch={batch}", ["guessed"])]:
            await unwrap(dates.app.commands["list"])(call_of(node), **typed)
            lines = capsys.readouterr().out.splitlines()[2:]
            numbers = [found.numbers[name] for name in names]
            assert [" ".join(line.split()[:2]) for line in lines] == numbers, query
            assert listed((await site.get(f"/deadlines?{query}")).page) == numbers, query
        await unwrap(dates.app.commands["list"])(call_of(node, as_json=True))
        items = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert items == json.loads((await site.get("/api/deadlines")).html)["items"]
        with pytest.raises(Malformed) as refused:
            await unwrap(dates.app.commands["list"])(call_of(node), since="tomorrow")
        assert refused.value.code == "date-malformed"


async def test_command_says_of_a_due_time_what_the_page_says(pages_of, capsys):
    found = several()
    site = await pages_of(found.world, "eu")
    show = unwrap(dates.app.commands["list"])
    async with node_of(site) as node:
        await show(call_of(node))
        passed, ours, guessed = capsys.readouterr().out.splitlines()[2:]
        await show(call_of(node), state="decided")
        answered = capsys.readouterr().out.splitlines()[-1]
        await show(Call(Output(as_json=False, lang="zh-CN"), node, Signing(node)), side="ours")
        chinese = capsys.readouterr().out
    for line, words in (
        (passed, ("Certificate without stamp", "CN", "24 Nov", "10:00", "no answer received")),
        (ours, ("海关编码", "EU", "27 Nov", "17:30", "  3  ", "open")),
        (guessed, ("Row 1", "CN", "8 Jan", "10:30", "provisional date")),
        (answered, ("CN", "27 Nov", "10:30", "answered in time", found.answer)),
    ):
        for each in words:
            assert each in line, line
    assert re.search(r"问题 +事项 +标题 +答复方 +答复时间 +剩余工作日 +状态 +答复条目", chinese)
    assert re.search(r"欧方 +\S*11月27日\S*17:30 +3 +待答复", chinese)


async def test_without_a_question_the_page_says_so(pages_of):
    site = await pages_of(World.founded(), "cn")
    page = await site.get("/deadlines")
    assert "No question is open, so no date is coming up." in page.text
    assert drawn(page.page) == []
    assert "No question matches." in (await site.get("/deadlines?side=ours")).text


@pytest.mark.parametrize("query", ["side=both", "state=late", "batch=" + "x" * 33, "page=0"])
async def test_a_filter_that_does_not_exist_is_refused(pages_of, query):
    site = await pages_of(World.founded(), "eu")
    assert (await site.get(f"/deadlines?{query}")).status == 400
