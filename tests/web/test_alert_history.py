"""The alert history: recipient, time, channel, result, takeover."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from pydantic import TypeAdapter

from special_channel.channels.alerts import Alert
from special_channel.channels.digests import Digest
from special_channel.core.bytes.times import instant
from special_channel.core.time.calendars import Words
from special_channel.stores.outbox import Outbox, Outgoing
from special_channel.stores.people import Official
from tests.stories import DUE
from tests.web.pages_node import NAMES, PagesNode
from tests.web.reading import Page
from tests.web.test_page_handlers import asked
from tests.world import Entry, World

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HEAD = Words(en="Head of unit", zh="处长")


def alert(note: Entry, thread: Entry, id_: str, **changed) -> Alert:
    made = Alert(
        id=id_,
        to="head@eu.example",
        lang="en",
        position=note.position,
        question="1",
        state="confirmed",
        due=instant(DUE),
        at=AT,
        planned=AT,
        step=1,
        title=HEAD,
        url=f"https://eu.example/threads/{thread.position}",
    )
    return replace(made, **changed)


def outgoing(told: Alert, note: Entry, **changed) -> Outgoing:
    document = TypeAdapter(Alert).dump_json(told).decode()
    made = Outgoing(
        told.id, (note.id, "1"), DUE, told.step, "mail", document, told.at,
        recipient=told.to, base=told.id,
    )  # fmt: skip
    return replace(made, **changed)


class Desk:
    """A side's node with a question, and its outbox."""

    def __init__(self, site: PagesNode, thread: Entry, note: Entry) -> None:
        self.site, self.thread, self.note = site, thread, note
        self.outbox = Outbox(site.node.record.pool)

    async def official(self, who: str) -> Official:
        name = NAMES[self.site.node.party][who]
        return next(one for one in await self.site.own.desk.officials.all() if one.name == name)

    async def put(self, *alerts: Outgoing) -> None:
        async with self.site.node.record.begin() as transaction:
            await self.outbox.put(transaction, alerts)

    async def close(self, id_: str, state: str, at: datetime, provider: str = "") -> None:
        async with self.site.node.record.begin() as transaction:
            assert await self.outbox.close(transaction, id_, state, at, provider)  # type: ignore[arg-type]

    async def rows(self, path: str, lang: str = "en", who: str = "desk") -> list[str]:
        """The rows of the page's tables, as words."""
        page = await self.page(path, lang, who)
        return [row.text for row in page.all("row") if row.all("cell")]

    async def api(self, query: str, who: str = "desk") -> dict[str, Any]:
        shown = await self.site.get(f"/api/alerts?{query}", who)
        assert shown.status == 200, shown.html
        answer: dict[str, Any] = orjson.loads(shown.html)
        return answer

    async def page(self, path: str, lang: str = "en", who: str = "desk") -> Page:
        shown = await self.site.get(path, lang=lang, who=who)
        assert shown.status == 200
        return Page(shown.html)


@pytest.fixture
async def desk(pages_of) -> Desk:
    world = World.founded()
    thread, note = asked(world)
    return Desk(await pages_of(world, "eu"), thread, note)


async def test_a_delivered_alert_says_whom_when_which_way_and_what_became_of_it(desk: Desk):
    head = await desk.official("head")
    told = outgoing(alert(desk.note, desk.thread, "a1"), desk.note, official=head.id)
    await desk.put(told)
    await desk.close("a1", "sent", AT + timedelta(seconds=3), "250 taken")
    for path in ("/alerts", f"/threads/{desk.thread.position}/alerts"):
        (row,) = await desk.rows(path)
        for words in ("Tue 24 Nov 10:00", "17:00 Beijing", f"{desk.note.position} Q1",
                      "Step 1: Head of unit", NAMES["eu"]["head"], "delivered"):  # fmt: skip
            assert words in row, path
        (chinese,) = await desk.rows(path, lang="zh-CN")
        assert "第1步：处长" in chinese
        assert "已送达" in chinese
    assert await desk.rows("/alerts?show=mine") == []
    assert len(await desk.rows("/alerts?show=mine", who="head")) == 1


async def test_what_waits_says_why_and_until_when(desk: Desk):
    base = alert(desk.note, desk.thread, "b1")
    await desk.put(
        outgoing(base, desk.note, not_before=AT + timedelta(days=400)),
        outgoing(replace(base, id="b2", step=175), desk.note, kind="warning"),
        outgoing(
            replace(base, id="b3"), desk.note, id="b3", kind="repeat", repeat=2, channel="chat"
        ),
    )
    claimed = await desk.outbox.claim(AT, AT, 9)
    assert {one.id for one in claimed} == {"b2", "b3"}
    await desk.outbox.retry("b2", AT + timedelta(minutes=5), "mail-temporary", AT)
    held, warning, again = sorted(
        await desk.rows("/alerts"), key=lambda row: ("Held" not in row, "Warning" not in row)
    )
    assert "Held until office hours" in held
    assert "75% of the time has passed" in warning.replace("75 %", "75%")
    assert "Next try Tue 24 Nov 10:05" in warning
    assert "mail-temporary" in warning
    assert "repeat 2" in again
    assert "chat" in again
    assert "everyone who reads the channel" in again


async def test_alerts_are_filtered_by_state_and_by_day_of_our_capital(desk: Desk):
    head = await desk.official("head")
    # 23:30 UTC is the next day in Brussels.
    times = {"f1": AT, "f2": AT.replace(hour=23, minute=30), "f3": AT + timedelta(days=2)}
    for id_, at in times.items():
        told = alert(desk.note, desk.thread, id_, at=at)
        await desk.put(outgoing(told, desk.note, official=head.id))
    await desk.close("f1", "sent", AT + timedelta(seconds=3), "250 taken")

    async def dated(filters: str) -> list[str]:
        days = ("24 Nov", "25 Nov", "26 Nov")
        return [next(d for d in days if d in row) for row in await desk.rows(f"/alerts?{filters}")]

    assert await dated("") == ["26 Nov", "25 Nov", "24 Nov"]
    assert await dated("state=sent") == ["24 Nov"]
    assert await dated("state=waiting") == ["26 Nov", "25 Nov"]
    assert await dated("since=2026-11-25&until=2026-11-25") == ["25 Nov"]
    assert await dated("until=2026-11-25&before=2026-11-24T10:00:00Z") == ["24 Nov"]
    page = await desk.page("/alerts?state=refused&since=2026-11-25")
    assert "No alert matches." in page.one("main").text
    assert (
        "没有符合条件的提醒" in (await desk.page("/alerts?state=refused", "zh-CN")).one("main").text
    )
    lines = (await desk.site.get("/alerts.csv?state=waiting&since=2026-11-26")).html.splitlines()
    assert [line.split(",")[0] for line in lines[2:-1]] == ["2026-11-26 10:00"]
    for wrong in ("state=lost", "since=2026-13-01"):
        assert (await desk.site.get(f"/alerts?{wrong}")).status == 400


async def test_a_message_that_lists_several_names_them(desk: Desk):
    listed = tuple(alert(desk.note, desk.thread, f"c{n}", question=str(n)) for n in (1, 2, 3))
    digest = Digest("d" * 64, "head@eu.example", "en", AT, "https://eu.example/alerts", listed)
    document = TypeAdapter(Digest).dump_json(digest).decode()
    await desk.put(Outgoing(digest.id, ("", ""), "", 0, "mail", document, AT, kind="digest"))
    (row,) = await desk.rows("/alerts")
    assert "3 questions in one message" in row
    assert f"{desk.note.position} Q3" in row


async def test_pages_go_on_where_the_last_one_ended_and_cut_no_instant_in_two(desk: Desk):
    def made(n: int, at: datetime) -> Outgoing:
        told = alert(desk.note, desk.thread, f"{n:064x}", at=at, question=str(n))
        return outgoing(told, desk.note)

    await desk.put(*(made(n, AT - timedelta(minutes=n)) for n in range(40)))
    await desk.put(*(made(100 + n, AT - timedelta(hours=2)) for n in range(60)))
    await desk.put(*(made(200 + n, AT - timedelta(hours=3)) for n in range(3)))
    first = await desk.page("/alerts")
    seen = await desk.rows("/alerts")
    assert len(seen) == 100, "the sixty of one instant stay together"
    assert first.one("navigation", "Pages").names("link") == ["Older"]
    older = first.one("navigation", "Pages").links()["Older"]
    assert len(await desk.rows(older)) == 3
    last = (await desk.page(older)).one("navigation", "Pages")
    assert last.links() == {"The newest": "/alerts"}


async def test_alerts_are_listed_oldest_first_to_the_end(desk: Desk):
    def made(n: int, at: datetime) -> Outgoing:
        return outgoing(alert(desk.note, desk.thread, f"{n:064x}", at=at), desk.note)

    await desk.put(*(made(n, AT + timedelta(minutes=n)) for n in range(45)))
    await desk.put(*(made(100 + n, AT + timedelta(hours=1)) for n in range(10)))
    await desk.put(*(made(200 + n, AT + timedelta(hours=2)) for n in range(3)))
    first = await desk.page("/alerts?sort=oldest")
    assert first.one("navigation", "Pages").names("link") == ["Newer"]
    seen = await desk.rows("/alerts?sort=oldest")
    assert len(seen) == 55, "the ten of one instant stay together"
    newer = first.one("navigation", "Pages").links()["Newer"]
    assert len(await desk.rows(newer)) == 3
    last = (await desk.page(newer)).one("navigation", "Pages")
    assert last.links() == {"The oldest": "/alerts?sort=oldest"}
    query, found = "sort=oldest", []
    while query:
        answer = await desk.api(query)
        found += [each["id"] for each in answer["items"]]
        after = answer.get("newer")
        query = f"sort=oldest&after={after}" if after else ""
    assert found == [*(f"{n:064x}" for n in (*range(45), *range(100, 110), *range(200, 203)))]
    newest = [each["id"] for each in (await desk.api(""))["items"]]
    assert newest == found[::-1][: len(newest)]


async def test_alerts_over_the_api_are_those_of_the_page(desk: Desk):
    head = await desk.official("head")
    told = outgoing(alert(desk.note, desk.thread, "a1"), desk.note, official=head.id)
    warned = outgoing(alert(desk.note, desk.thread, "b2", step=175), desk.note, kind="warning")
    await desk.put(told, warned)
    await desk.close("a1", "sent", AT + timedelta(seconds=3), "250 taken")
    [item] = (await desk.api("state=sent"))["items"]
    assert (item["number"], item["name"], item["state"], item["channel"]) == (
        f"{desk.note.position} Q1", head.name, "sent", "mail",
    )  # fmt: skip
    assert item["title"] == {"en": "Head of unit", "zh": "处长"}
    assert {each["id"] for each in (await desk.api(""))["items"]} == {"a1", "b2"}
    assert [each["id"] for each in (await desk.api("show=mine", "head"))["items"]] == ["a1"]
    assert (await desk.api("show=mine"))["items"] == []
    for wrong in ("state=lost", "sort=random", "after=2026-11-24", "until=soon"):
        assert (await desk.site.get(f"/api/alerts?{wrong}")).status == 400


async def test_who_asks_for_nonsense_is_told_so(desk: Desk):
    for path in ("/alerts?show=theirs", "/alerts?before=yesterday", "/alerts?before=2026-11-24"):
        assert (await desk.site.get(path)).status == 400, path
    assert (await desk.site.get("/threads/EU-99999/alerts")).status == 404


async def test_row_of_an_alert_has_a_cell_for_each_fact(desk: Desk):
    head = await desk.official("head")
    told = outgoing(alert(desk.note, desk.thread, "a1"), desk.note, official=head.id)
    await desk.put(told)
    await desk.close("a1", "sent", AT + timedelta(minutes=3), "250 taken")
    page = await desk.page("/alerts")
    heads, row = page.rows()
    assert heads == [
        "Made", "Question", "What", "Recipient on our side", "Channel used", "State", "Taken over",
    ]  # fmt: skip
    assert row == [
        "Tue 24 Nov 10:00 Tue 24 Nov 17:00 Beijing", f"{desk.note.position} Q1",
        "Step 1: Head of unit", f"head of unit {NAMES['eu']['head']}", "E-mail",
        "delivered Tue 24 Nov 10:03", "–",
    ]  # fmt: skip
    links = page.one("main").links()
    assert links[f"{desk.note.position} Q1"] == f"/threads/{desk.thread.position}"
    assert links["Tue 24 Nov 10:00"] == "/alerts/a1"
    one = await desk.page("/alerts/a1")
    assert row[2] in one.text
    assert (await desk.site.get("/alerts/none")).status == 404


async def test_alert_that_failed_says_after_how_many_attempts_and_why(desk: Desk):
    base = alert(desk.note, desk.thread, "b2")
    await desk.put(outgoing(base, desk.note))
    for minutes in (0, 5):
        await desk.outbox.claim(AT + timedelta(minutes=minutes), AT, 9)
        later = AT + timedelta(minutes=minutes + 5)
        await desk.outbox.retry("b2", later, "mail-temporary", AT + timedelta(minutes=minutes))
    (row,) = await desk.rows("/alerts")
    assert "2 attempts, mail-temporary" in row
    assert "Next try Tue 24 Nov 10:10" in row
    await desk.close("b2", "undeliverable", AT + timedelta(hours=1))
    (row,) = await desk.rows("/alerts")
    assert "Next try" not in row


async def test_page_says_whose_alerts_it_shows(desk: Desk):
    for path, current in (("/alerts", "all"), ("/alerts?show=mine", "mine")):
        shown = (await desk.page(path)).one("navigation", "Which alerts")
        [marked] = [each for each in shown.all("link") if "aria-current" in each.attributes]
        assert marked.attributes["href"] == f"/alerts?show={current}"
    assert "No alert has been sent on our side yet." in (await desk.page("/alerts")).text


async def test_alert_to_a_group_is_nobodys_own(desk: Desk):
    """Not even of a reader whom our directory does not name."""
    await desk.put(outgoing(alert(desk.note, desk.thread, "a1"), desk.note))
    for who in ("desk", "other-desk"):
        assert len(await desk.rows("/alerts", who=who)) == 1, who
        assert await desk.rows("/alerts?show=mine", who=who) == [], who
