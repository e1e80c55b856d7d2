"""Calendar feeds: read by another program's parser, holding nothing but numbers and dates."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from special_channel.desk.signin import token_digest
from special_channel.web.feeds.ical import Event, escaped, folded, write
from special_channel.web.http.security import FEEDS_PER_MINUTE
from tests.web.pages_node import PagesNode, Shown, catch_up
from tests.web.test_deadlines import EVENING, NEXT
from tests.world import Entry, World

AT = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
CANARIES = ("CANARY-SUBJECT", "CANARY-WORDS", "金丝雀")


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=300))
def test_any_text_is_folded_by_octets_and_read_back_whole(text):
    made = write("期限，我方", "zh-CN", [Event("u", AT, AT, text, "https://eu.test", alarms=(AT,))])
    assert all(len(line) <= 75 for line in made.split(b"\r\n"))
    for line in made.split(b"\r\n"):
        line.decode()  # no character is cut in two
    assert b"\n" not in made.replace(b"\r\n", b"")
    (read,) = Calendar.from_ical(made).walk("VEVENT")
    assert str(read["SUMMARY"]) == text
    (alarm,) = read.walk("VALARM")
    assert (str(alarm["DESCRIPTION"]), alarm["TRIGGER"].dt) == (text, AT)


def test_a_line_of_exactly_seventy_five_octets_stays_one():
    assert folded("x" * 75) == b"x" * 75 + b"\r\n"
    assert folded("x" * 76) == b"x" * 75 + b"\r\n x\r\n"
    assert folded("x" * 74 + "期") == b"x" * 74 + b"\r\n " + "期".encode() + b"\r\n"
    assert escaped("a,b;c\\d\ne") == "a\\,b\\;c\\\\d\\ne"


def ours(world: World, due: str, **fields) -> Entry:
    """A question of CN's to the EU, full of words that belong to the case."""
    thread = world.open_thread("cn", "CANARY-SUBJECT 金丝雀", **fields)
    ask = world.ask("cn", due, part=0)
    return world.note("cn", thread.leaf.thread, ("CANARY-WORDS 金丝雀?",), asks=[ask])


async def made(
    site: PagesNode, who: str = "desk", scope: str = "side", topics: tuple[str, ...] = ("answer",)
) -> tuple[str, Shown]:
    """Make a feed on the page of keys; return the feed's path and the page."""
    ticked = {f"topic-{topic}": "on" for topic in topics}
    page = await site.post("/keys/feeds", {"scope": scope} | ticked, who=who)
    assert page.status == 200
    [address] = [each.text for each in page.page.marked("class", "bytes")]
    path = address.removeprefix(site.own.node.url)
    assert re.fullmatch(r"/calendar/[A-Za-z0-9_-]{43}\.ics", path)
    return path, page


async def read(site: PagesNode, path: str, **headers: str) -> Shown:
    """Ask as a calendar does: no cookie, no language."""
    return await site.ask("GET", path, who="", lang="", headers={"Accept": "*/*"} | headers)


def events(shown: Shown) -> dict[str, Any]:
    assert shown.status == 200
    assert shown.headers["Content-Type"] == "text/calendar; charset=utf-8"
    calendar = Calendar.from_ical(shown.html)
    assert str(calendar["METHOD"]) == "PUBLISH"
    return {str(each["UID"]): each for each in calendar.walk("VEVENT")}


def tag(shown: Shown) -> str:
    return next(value for name, value in shown.headers.items() if name.lower() == "etag")


async def test_a_calendar_reads_each_open_question_once_and_nothing_of_its_case(pages_of):
    world = World.founded()
    first, second = ours(world, NEXT), ours(world, EVENING)
    theirs = world.open_thread("eu")
    world.note("eu", theirs.leaf.thread, asks=[world.ask("eu", NEXT)])
    world.exchange()
    site = await pages_of(world, "eu")
    path, _ = await made(site)
    shown = await read(site, path)
    host = site.node.identity.origin("eu").partition("/")[0]
    held = events(shown)
    assert set(held) == {f"cn-{n.position.index}-q1@{host}" for n in (first, second)}
    event = held[f"cn-{first.position.index}-q1@{host}"]
    assert event["DTSTART"].dt == datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
    assert str(event["SUMMARY"]) == f"{first.position} Q1: for us to answer"
    assert (int(event["SEQUENCE"]), str(event["STATUS"])) == (0, "CONFIRMED")
    assert str(event["URL"]) == f"{site.own.node.url}/entries/{first.position}"
    # Outlook shows no `URL`: the address stands in the text that it does show.
    said = "Fri 27 Nov 10:30 Brussels, 17:30 Beijing\n"
    assert str(event["DESCRIPTION"]) == f"{said}{site.own.node.url}/entries/{first.position}"
    assert str(event["TRANSP"]) == "TRANSPARENT", "a date for an answer blocks no time"
    # Thursday morning, when the own office opens, and two hours before.
    assert [alarm["TRIGGER"].dt for alarm in event.walk("VALARM")] == [
        datetime(2026, 11, 26, 8, tzinfo=UTC),
        datetime(2026, 11, 27, 7, 30, tzinfo=UTC),
    ]
    assert not [canary for canary in CANARIES if canary in shown.html]


async def test_title_stands_in_a_calendar_where_allowed_and_nothing_is_marked(pages_of):
    world = World.founded()
    for title, fields in (("Samples", {}), ("CANARY-MARKED", {"marking": "limited"})):
        thread = world.open_thread("cn", title, **fields)
        world.note(
            "cn", thread.leaf.thread, ("CANARY-WORDS?",), asks=[world.ask("cn", NEXT, part=0)]
        )
    world.exchange()
    allowed, plain = await pages_of(world, "eu", titles=True), await pages_of(world, "eu")
    path, _ = await made(allowed)
    shown = await read(allowed, path)
    summaries = [str(each["SUMMARY"]) for each in events(shown).values()]
    assert sorted(each.partition(" \u00b7 ")[2] for each in summaries) == ["", "Samples"]
    assert "CANARY" not in shown.html
    path, _ = await made(plain)
    assert "Samples" not in (await read(plain, path)).html


async def test_a_calendar_follows_a_moved_date_and_asks_for_what_has_changed_alone(pages_of):
    world = World.founded()
    first, second = ours(world, NEXT), ours(world, EVENING)
    world.exchange()
    site = await pages_of(world, "eu")
    path, _ = await made(site)
    shown = await read(site, path)
    cached = await read(site, path, **{"If-None-Match": tag(shown)})
    assert (cached.status, cached.html) == (304, "")
    proposal = world.about("eu", "date.proposed", first, body={"q": "1", "due": EVENING})
    world.exchange()
    moved = {"q": "1", "due": EVENING, "basis": "agreed", "proposal": proposal.id}
    world.about("cn", "deadline.moved", first, body=moved)
    answer = world.answer("eu", second)
    world.exchange()
    await catch_up(site.node)
    held = events(await read(site, path, **{"If-None-Match": tag(shown)}))
    host = site.node.identity.origin("eu").partition("/")[0]
    moved_uid, answered_uid = (f"cn-{each.position.index}-q1@{host}" for each in (first, second))
    event, before = held[moved_uid], events(shown)[moved_uid]
    assert event["DTSTART"].dt == datetime(2026, 11, 27, 16, 30, tzinfo=UTC)
    assert (int(before["SEQUENCE"]), int(event["SEQUENCE"])) == (0, 1)
    assert event["DTSTAMP"].dt >= before["DTSTAMP"].dt
    # An answered question says so without an alarm, and leaves a week after its answer.
    answered = held[answered_uid]
    assert str(answered["SUMMARY"]).endswith(f"Q1: answered in {answer.position}")
    assert (int(answered["SEQUENCE"]), answered.walk("VALARM")) == (1, [])
    world.clock.forward(8 * 86400)
    assert set(events(await read(site, path))) == {moved_uid}


async def test_a_passed_and_a_guessed_date_are_said_in_the_owners_language(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    for due, provisional in (("2026-11-24T09:00:00Z", False), ("2027-01-08T09:30:00Z", True)):
        ask = world.ask("eu", due, provisional=provisional)
        world.note("eu", thread.leaf.thread, asks=[ask])
    world.exchange()
    world.clock.forward(7200)
    site = await pages_of(world, "cn")
    path, _ = await made(site)
    held = [(str(e["SUMMARY"]), str(e["STATUS"])) for e in events(await read(site, path)).values()]
    assert [said.partition("：")[2] for said, _ in held] == [
        "尚无我方答复", "待我方答复，答复时间暂定"
    ]  # fmt: skip
    assert [state for _, state in held] == ["CONFIRMED", "TENTATIVE"]


async def test_desk_calendar_leaves_out_what_another_unit_handles(pages_of):
    world = World.founded()
    world.eu.make_key("elsewhere")
    world.grant("eu", "elsewhere", unit="Unit D.4")
    world.append("eu", world.enrolment("eu", "elsewhere"))
    free, handled = ours(world, NEXT), ours(world, EVENING)
    world.exchange()
    world.note("eu", handled.leaf.thread, ("Unit D.4 looks into it.",), by="elsewhere")
    world.exchange()
    site = await pages_of(world, "eu")
    host = site.node.identity.origin("eu").partition("/")[0]
    uids = {note.id: f"cn-{note.position.index}-q1@{host}" for note in (free, handled)}
    for scope, notes in (("desk", [free]), ("side", [free, handled])):
        path, _ = await made(site, scope=scope)
        assert set(events(await read(site, path))) == {uids[note.id] for note in notes}, scope


async def test_whoever_has_no_address_or_an_ended_one_learns_the_same_nothing(pages_of):
    world = World.founded()
    ours(world, NEXT)
    world.exchange()
    site = await pages_of(world, "eu")
    path, page = await made(site)
    other, _ = await made(site, who="clerk", scope="desk")
    assert (await read(site, path)).status == 200
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    kept = await site.node.record.pool.fetch("SELECT token FROM desk.feeds")
    assert token_digest(token) in {row["token"] for row in kept}
    assert token.encode() not in b"".join(row["token"] for row in kept)
    assert token not in (await site.get("/keys")).html
    # Not by anybody else, not by another site's page, not by any number.
    [revoke] = [
        form.attributes["action"]
        for form in page.page.all("form")
        if form.attributes["action"].startswith("/keys/feeds/")
    ]
    assert (await site.post(revoke, {}, who="clerk")).status == 404
    assert (await site.post(revoke, {"csrf": "0" * 64})).status == 403
    for number in ("0", "x", "9" * 30, "²"):
        assert (await site.post(f"/keys/feeds/{number}/revoke", {})).status == 404
    assert (await read(site, path)).status == 200
    assert (await site.post(revoke, {})).headers["Location"] == "/keys#feeds"
    gone = await read(site, path)
    unknown = await read(site, "/calendar/" + "x" * 43 + ".ics")
    assert (gone.status, gone.html) == (unknown.status, unknown.html) == (404, gone.html)
    assert (await read(site, other)).status == 200
    clerk = world.eu.keys["clerk"].key
    world.append(
        "eu",
        world.payload(
            "eu", "key.suspended", by="registrar", body={"key": clerk, "reason": "stated-at-home"}
        ),
    )
    await catch_up(site.node)
    ended = await read(site, other)
    assert (ended.status, ended.html) == (404, gone.html)


async def test_nobody_searches_for_addresses_and_nobody_makes_them_without_end(pages_of):
    site = await pages_of(World.founded(), "eu")
    for _ in range(10):
        path, _page = await made(site)
    assert (await read(site, path)).status == 200
    more = {"scope": "side", "topic-answer": "on"}
    assert (await site.post("/keys/feeds", more)).status == 409
    assert (await site.post("/keys/feeds", {"scope": "all"}, who="head")).status == 400
    statuses = [
        (await read(site, f"/calendar/{n}.ics", Cookie=f"sc-session-eu={n}")).status
        for n in range(FEEDS_PER_MINUTE + 1)
    ]
    assert set(statuses[:-1]) == {404}
    assert statuses[-1] == 429
    # Whoever has an address is counted apart from strangers behind the same proxy.
    assert (await read(site, path)).status == 200


async def test_holder_missing_in_our_directory_makes_no_calendar_link(pages_of):
    site = await pages_of(World.founded(), "eu")
    more = {"scope": "side", "topic-answer": "on"}
    refused = await site.post("/keys/feeds", more, who="other-desk")
    assert refused.status == 403
    assert "Our directory has no holder for this key." in refused.text
    assert "Ask your registrar." in refused.text


async def test_a_calendar_holds_what_was_chosen_and_no_word_of_it(pages_of):
    world = World.founded()
    asked = world.open_thread("eu", "CANARY-SUBJECT")
    note = world.note("eu", asked.leaf.thread, ("CANARY-WORDS",), asks=[world.ask("eu", NEXT)])
    ours(world, NEXT)
    world.exchange()
    meeting = world.meeting("cn", "CANARY-SUBJECT", on="2026-11-24", place="CANARY-PLACE")
    point = world.point("cn", meeting, "CANARY-WORDS", point="promise", due="2026-12-09")
    world.exchange()
    site = await pages_of(world, "eu")
    path, page = await made(site, topics=("awaited", "meetings", "closed"))
    [row] = [each for each in page.page.rows() if "all of our side" in each]
    assert "questions to the other side, meetings and promises, days closed on either side" in row
    shown = await read(site, path)
    host = site.node.identity.origin("eu").partition("/")[0]
    held = {uid.removesuffix(f"@{host}"): each for uid, each in events(shown).items()}
    awaited = held.pop(f"eu-{note.position.index}-q1")
    assert str(awaited["SUMMARY"]).startswith(f"{note.position} Q1, question to the other side: ")
    happened = held.pop(str(meeting.position).lower())
    assert (str(happened["SUMMARY"]), happened["DTSTART"].dt.isoformat()) == (
        f"Meeting {meeting.position}",
        "2026-11-24",
    )
    promised = held.pop(str(point.position).lower())
    assert str(promised["SUMMARY"]) == f"Promise of the other side: {meeting.position}, point 1"
    assert str(promised["STATUS"]) == "TENTATIVE", "our side has not agreed to it"
    # What remains are closures of both sides, whole days with their own names.
    assert {uid.split("-")[1] for uid in held} == {"eu", "cn"}
    christmas = held["closed-eu-2026-12-24"]
    assert str(christmas["SUMMARY"]).startswith("Offices closed in Brussels: ")
    assert christmas["DTEND"].dt > christmas["DTSTART"].dt
    assert not [word for word in (*CANARIES, "CANARY-PLACE") if word in shown.html]
    for topics in ((), ("answer", "secrets")):
        ticked = {f"topic-{topic}": "on" for topic in topics}
        refused = await site.post("/keys/feeds", {"scope": "side"} | ticked)
        assert (refused.status, "Choose at least one" in refused.html) == (400, True)


async def test_links_are_made_listed_and_revoked_over_the_api(pages_of):
    site = await pages_of(World.founded(), "eu")

    async def call(method: str, path: str, who: str = "desk", **options: Any) -> Shown:
        path, headers = f"/api/calendar-links{path}", {"Accept": "application/json"}
        shown: Shown = await site.ask(method, path, who, "en", headers=headers, **options)
        return shown

    draft = {"scope": "side", "topics": ["closed", "answer"]}
    address = json.loads((await call("POST", "", json=draft)).html)["address"]
    path = address.removeprefix(site.own.node.url)
    assert (await read(site, path)).status == 200
    [link] = json.loads((await call("GET", "")).html)["feeds"]
    assert (link["scope"], link["topics"]) == ("side", ["answer", "closed"])
    assert address.rpartition("/")[2] not in str(link)
    assert (await call("POST", f"/{link['id']}/revoke", "clerk", json={})).status == 404
    revoked = await call("POST", f"/{link['id']}/revoke", json={})
    assert json.loads(revoked.html) == {"feeds": []}
    assert (await read(site, path)).status == 404
