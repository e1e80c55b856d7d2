"""Takeover by a recipient's click: signed, in the private log, and never by opening a page."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from special_channel.broker.act import Act
from special_channel.broker.guarding import Behind
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.writing import sign
from special_channel.escalation.statements import escalation_raised
from special_channel.messages.catalogue import catalogue
from special_channel.web.http.states import RemindersState
from special_channel.web.shared.capitals import moment
from tests.web.pages_node import URL
from tests.web.reading import Page
from tests.web.test_alert_history import AT, Desk, alert, outgoing
from tests.web.test_page_handlers import asked
from tests.world import World


class Told(Desk):
    """An escalated step, and its recipients."""

    raised: EntryId = ""

    async def raise_(self, *who: str) -> None:
        node = self.site.node
        (row,) = await self.site.own.stores.views.asks(only_open=True)

        async def decide(_transaction, heads) -> Act:
            step = (1, "head", "confirmed")
            stating = NodeEntrySigner(node.identity, heads, timestamp(node.clock.now()))
            return Act(private=[escalation_raised(stating, row, step)])

        (accepted,) = await node.appender.act(decide)
        self.raised = accepted.id
        for each in who:
            official = await self.official(each)
            told = alert(self.note, self.thread, f"{each:x<64}")
            await self.put(outgoing(told, self.note, official=official.id, due=row.due))

    def acknowledgement(self, who: str, at: int = 0) -> dict[str, object]:
        node = self.site.node
        key = node.world.sides[node.party].keys[who]
        signed = sign(
            {
                "v": 1,
                "log": node.identity.private_origin,
                "kind": "escalation.acknowledged",
                "by": key.key,
                "at": timestamp(node.clock.now() + timedelta(seconds=at)),
                "seen": [],
                "ref": self.raised,
                "body": {},
            },
            [key],
        )
        return {"envelope": signed.envelope.decode(), "parts": []}

    async def send(self, who: str, entry: dict[str, object]):
        return await self.site.ask(
            "POST", "/api/entries", who, "en", json={"entries": [entry]},
            headers={"Origin": URL, "Accept": "application/json"},
        )  # fmt: skip

    async def kinds(self) -> list[str]:
        rows = await self.site.node.record.pool.fetch("SELECT kind FROM private.entries")
        return [row["kind"] for row in rows]


@pytest.fixture
async def told(pages_of) -> Told:
    world = World.founded()
    thread, note = asked(world)
    return Told(await pages_of(world, "eu"), thread, note)


async def test_one_click_by_whoever_was_told_and_by_nobody_else(told: Told):
    await told.raise_("head")
    page = f"/alerts/{'head':x<64}"
    for path in (page, f"/threads/{told.thread.position}"):
        [button] = Page((await told.site.get(path, who="head")).html).all("button", "Take over")
        assert button.attributes["data-ref"] == told.raised
        assert not Page((await told.site.get(path, who="desk")).html).all("button", "Take over")
    # Mail scanners open links before anybody reads the mail.
    assert "escalation.acknowledged" not in await told.kinds()

    refused = await told.send("desk", told.acknowledgement("desk"))
    assert (refused.status, "not-told" in refused.html) == (403, True)
    entry = told.acknowledgement("head")
    first = await told.send("head", entry)
    assert first.status == 200, first.html
    assert '"position":"PRIVATE-' in first.html.replace(" ", "")
    assert (await told.send("head", entry)).html == first.html, "sent again: the same receipt"
    assert (await told.kinds()).count("escalation.acknowledged") == 1

    shown = await told.site.get(page, who="head", lang="zh-CN")
    assert not Page(shown.html).all("button", "Take over")
    assert "Taken over" not in shown.html
    id_ = first.html.split('"id":"')[1][:64] if '"id":"' in first.html else ""
    held = await told.site.get(f"/api/entries/{id_}", who="head")
    assert '"delivered":true' in held.html.replace(" ", ""), "the browser need not send it again"
    assert (await told.site.get(f"/api/entries/{told.raised}", who="head")).status == 404
    assert (await told.site.get("/alerts/unknown", who="head")).status == 404


async def test_step_taken_over_names_who_and_when_not_when_raised(told: Told):
    world = told.site.node.world
    await told.raise_("head")
    path = f"/threads/{told.thread.position}"
    raised_at = local(told)
    before = (await told.site.get(path, who="head")).text
    assert f"Raised on our side to: Head of unit, Tereza Šťastná, {raised_at}" in before
    world.clock.seconds += 16 * 60
    assert (await told.send("head", told.acknowledgement("head"))).status == 200
    taken_at = local(told)
    world.clock.seconds += 60 * 60
    assert raised_at != taken_at
    for who, english, chinese in (
        ("head", f"Taken over by you, {taken_at}", "您已接办，11月24日（周二）"),
        (
            "desk",
            f"Taken over on our side by Tereza Šťastná, {taken_at}",
            "我方Tereza Šťastná已接办，11月24日（周二）",
        ),
    ):
        page = (await told.site.get(path, who=who)).text
        # Once in the headline, once at the step, which keeps the time at which it was raised.
        assert page.count(english) == 2
        assert "Raised on our side to" not in page
        assert f"raised {raised_at}" in page
        assert (await told.site.get(path, who=who, lang="zh-CN")).text.count(chinese) == 2
        for listed in ("/deadlines", "/inbox"):
            assert english in (await told.site.get(listed, who=who)).text, listed
    assert taken_at in (await told.site.get(f"/alerts/{'head':x<64}", who="head")).text


def local(told: Told) -> str:
    """The hand-set clock, as written on this side's pages."""
    own = told.site.own
    return moment(own.node.clock.now(), own.node.identity.party, "en", own.node.clock.now())


async def test_a_raised_step_claims_to_have_told_nobody_while_its_alert_waits(told: Told):
    """A due time is a close of business: its first step always meets a closed office."""
    await told.raise_()
    head, opens = await told.official("head"), datetime(2026, 12, 1, 8, tzinfo=UTC)
    (row,) = await told.site.own.stores.views.asks(only_open=True)
    waits = outgoing(alert(told.note, told.thread, "w" * 64), told.note, official=head.id)
    await told.put(replace(waits, due=row.due, not_before=opens))
    path = f"/threads/{told.thread.position}"
    english, chinese = [(await told.site.get(path, lang=lang)).text for lang in ("en", "zh-CN")]
    assert "Raised on our side to: Head of unit" in english
    assert "alert to be sent at Tue 1 Dec 09:00 Brussels, 16:00 Beijing" in english
    assert "told" not in english.partition("All steps and alerts of our side")[0]
    assert "提醒将于布鲁塞尔时间12月1日（周二）09:00，北京时间16:00发出" in chinese
    assert "已提醒" not in chinese
    await told.close("w" * 64, "sent", opens)
    assert "alert to be sent" not in (await told.site.get(path, lang="en")).text


async def test_a_step_that_told_a_group_or_nobody_is_anybodys_to_take_on(told: Told):
    await told.raise_()
    await told.put(
        outgoing(alert(told.note, told.thread, "g" * 64), told.note, channel="chat", official=0)
    )
    assert (await told.send("desk", told.acknowledgement("desk"))).status == 200


async def test_pages_say_whose_reminders_do_not_run(told: Told):
    (quiet, ours, theirs, lost) = (
        RemindersState(),
        RemindersState(stopped_since=AT),
        RemindersState(peer_stopped_since=AT),
        RemindersState(canary_lost=True),
    )
    sentences = (
        "Reminders on our side have not run since",
        "The other side’s reminders have not run since",
        "The hourly test of our reminders failed.",
    )
    app = told.site.own.status
    for state, expected in ((quiet, None), (ours, 0), (theirs, 1), (lost, 2)):
        object.__setattr__(app, "reminders", lambda state=state: state)
        shown = (await told.site.get("/inbox")).html
        assert [place for place, words in enumerate(sentences) if words in shown] == (
            [] if expected is None else [expected]
        )
        status = (await told.site.get("/api/status")).html
        assert ("2026-11-24T09:00:00Z" in status) == (expected in {0, 1})


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "The end of our private log is lost: 5 entries were signed, 2 are stored here."),
        ("zh-CN", "我方内部日志末尾条目已丢失：已签署5条，现存2条。"),
    ],
)
async def test_pages_say_what_waits_while_private_tail_is_lost(told: Told, lang: str, words: str):
    assert words not in (await told.site.get("/inbox", lang=lang)).text
    lost = Behind("private", held=2, signed=5)
    object.__setattr__(told.site.own.status, "private_behind", lambda: lost)
    assert words in (await told.site.get("/inbox", lang=lang)).text
    status = json.loads((await told.site.get("/api/status")).html)
    assert (status["private_held"], status["private_signed"]) == (2, 5)
    assert status["ready"]


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
async def test_pages_say_why_nothing_is_signed(told: Told, lang: str):
    words = catalogue("zh-CN" if lang == "zh-CN" else "en").sentence("database-changed").text
    assert words not in (await told.site.get("/inbox", lang=lang)).text
    object.__setattr__(told.site.own.status, "ready", lambda: "database-changed")
    assert words in (await told.site.get("/inbox", lang=lang)).text


async def test_refusal_says_that_releases_wait_for_private_log(told: Told):
    await told.raise_("desk")
    published = told.site.node.published
    published.write("private", 9, b"\x07" * 32)
    refused = await told.send("desk", told.acknowledgement("desk"))
    assert refused.status == 503
    problem = json.loads(refused.html)
    assert problem["code"] == "private-log-behind"
    assert "this node had signed 9 entries, 1 are stored here" in problem["title"]
