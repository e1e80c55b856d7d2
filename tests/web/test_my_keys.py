"""My keys by role and visible text: keys, functions, sessions, stop card and settings."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlencode

import orjson
import pytest

from special_channel.desk.sessions import end_sessions_of
from special_channel.desk.signin import token_digest
from special_channel.messages.catalogue import Lang
from special_channel.stores.desk_sessions import Session
from special_channel.web.mykeys.pages import keys_page
from special_channel.web.preferences.pages import preferences_page
from special_channel.web.preferences.views import Preferences
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import render
from tests.damage import tamper
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Page
from tests.web.samples.access import keys, my_keys
from tests.web.samples.people import frame
from tests.web.test_acts import LIMITS, offer
from tests.web.test_quotas import call
from tests.world import World

VIEW = my_keys("eu")


def shown(page: ViewPage, lang: Lang = "en") -> Page:
    return Page(render(page, frame("eu", lang)))


def test_keys_are_shown_with_use_and_state():
    head, first, second = shown(keys("eu")).rows("Keys 2")
    assert head == [
        *("Computer", "Key", "Enrolled", "Last used", "Entries signed", "State", "Acts")
    ]
    assert first[0] == "Key enrolled at EU-388 this computer"
    assert first[2:6] == ["Mon 2 Nov 10:00 EU-388", "Tue 24 Nov 09:05", "142", "active"]
    assert second[0] == "Laptop 2"
    assert second[5] == "suspended Sun 1 Nov 10:00"


def test_key_in_use_is_stopped_by_an_act_on_people():
    page = shown(keys("eu"))
    link = page.one("link", "Stop (Key enrolled at EU-388)")
    key = VIEW.keys[0].key
    assert link.attributes["href"] == f"/people/acts/new?kind=key.suspended&key={key}"
    history = page.one("link", "History (Laptop 2)")
    assert history.attributes["href"] == f"/keys/{VIEW.keys[1].key}"


def test_functions_are_shown_as_the_other_side_sees_them():
    text = shown(keys("eu")).text
    assert "until 1 Jan 2027 00:00 · as stand-in" in text
    assert re.search(r"sees “.* · 4”\.", text)
    assert "Stand-in: Tereza Šťastná, desk officer, " in text
    alone = shown(keys_page(VIEW.model_copy(update={"stand_ins": ()}))).text
    assert "No stand-in is set." in alone


def test_doubt_leads_to_the_review():
    page = shown(keys("eu"))
    assert "Entries from EU-812 on were signed" in page.text
    assert page.one("link", "Review these entries").attributes["href"] == "/review"
    assert "EU-812" not in shown(keys_page(VIEW.model_copy(update={"doubt": ""}))).text


def test_stop_card_is_shown_with_its_state():
    assert "used Mon 23 Nov 23:07, so it is spent" in shown(keys("eu")).text
    none = VIEW.model_copy(update={"card": None})
    page = shown(keys_page(none, ()))
    assert "None was printed yet." in page.text
    page.one("button", "Print a stop card")


def test_key_with_damaged_entry_has_no_time():
    key = VIEW.keys[0].model_copy(update={"enrolled": None, "used": None})
    row = shown(keys_page(VIEW.model_copy(update={"keys": (key,)}))).rows("Keys 1")[1]
    assert row[2:4] == ["– EU-388", "–"]


def test_reader_outside_the_directory_has_no_settings_here():
    page = shown(keys_page(VIEW))
    headings = page.one("main").names("heading")
    assert headings == ["My keys", "Keys 2", "Functions", "Away, with a stand-in", "Sessions 2"]
    assert page.one("main").links()["Preferences"] == "/preferences"


@pytest.mark.parametrize(("shortcuts", "state", "button"), [
    (True, "Single-key shortcuts are on.", "Switch them off"),
    (False, "Single-key shortcuts are off.", "Switch them on"),
])  # fmt: skip
def test_shortcuts_are_shown_with_the_button_to_switch(shortcuts, state, button):
    page = shown(preferences_page(Preferences(shortcuts=shortcuts)))
    assert state in page.names("status")
    assert page.one("button", button).attributes["value"] == ("off" if shortcuts else "on")


def test_calendar_links_are_listed_and_the_new_one_shown():
    page = shown(keys("eu"))
    rows = page.rows("Dates in your own calendar 2")
    chosen = "questions to our side, questions to the other side, meetings and promises"
    assert [row[:4] for row in rows[1:]] == [
        ["all of our side", chosen, "Tue 24 Nov 09:30", "not read yet"],
        ["my desk", "questions to our side", "Tue 3 Nov 10:00", "Tue 24 Nov 08:05"],
    ]
    assert "shown only once" in page.text
    assert "https://eu.channel.example/calendar/" in page.text
    assert page.fields()["scope"] == "desk"
    assert "shown only once" not in shown(keys_page(VIEW, ())).text


# On a node -----------------------------------------------------------------------------


async def other_session(site: PagesNode, who: str = "desk") -> str:
    """Open another session of an official, from an address; return its token."""
    key, now = site.node.world.sides[site.node.party].keys[who].key, site.own.node.clock.now()
    session = Session(key, None, "browser", now + timedelta(hours=1), "198.51.100.7", now)
    token = f"another of {who}"
    await site.own.desk.door.sessions.open(token_digest(token), session)
    return token


async def test_page_counts_what_a_key_signed(pages_of):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread or ""
    world.note("eu", thread, ("One.",))
    world.note("eu", thread, ("Two.",), by="clerk")
    world.exchange()
    site = await pages_of(world, "eu")
    counts = [
        int((await site.get("/keys", who)).page.rows("Keys 1")[1][4]) for who in ("desk", "clerk")
    ]
    # Thread and note; each founded person's key signed its enrolment or the founding as well.
    assert counts[0] - counts[1] == 1


async def test_computer_is_named_by_its_owner_alone(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    own, other = (world.eu.keys[who].key for who in ("desk", "clerk"))
    done = await site.post("/keys/label", {"key": own, "label": " Laptop   2 "})
    assert (done.status, done.headers["Location"]) == (303, "/keys")
    assert (await site.get("/keys")).page.rows("Keys 1")[1][0] == "Laptop 2 this computer"
    refused = await site.post("/keys/label", {"key": other, "label": "Mine"})
    assert refused.status == 404
    assert (await site.post("/keys/label", {"key": own, "label": "x" * 61})).status == 400
    turned = await site.post("/keys/label", {"key": own, "label": "a\u202eb"})
    assert turned.status == 400


async def test_sessions_are_listed_and_ended_one_by_one(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.sign_in("desk")
    token = await other_session(site)
    sessions = site.own.desk.door.sessions
    rows = (await site.get("/keys")).page.rows("Sessions 2")
    assert [row[0].partition(" eu:")[0] for row in rows[1:]] == ["this browser", "Browser"]
    assert rows[2][3] == "198.51.100.7"
    person = site.node.world.eu.person("desk")
    now = site.own.node.clock.now()
    [mine, other] = await sessions.of_person("eu", person, now)
    done = await site.post(f"/keys/sessions/{other.id}/end", {})
    assert (done.status, done.headers["Location"]) == (303, "/keys#sessions")
    assert await sessions.find(token_digest(token), now) is None
    assert [each.id for each in await sessions.of_person("eu", person, now)] == [mine.id]
    again = await site.post(f"/keys/sessions/{other.id}/end", {})
    assert again.status == 404
    assert "Where" in (await site.get("/keys")).text


async def test_session_of_another_person_is_not_ended(pages_of):
    site = await pages_of(World.founded(), "eu")
    token = await other_session(site, "clerk")
    sessions, now = site.own.desk.door.sessions, site.own.node.clock.now()
    [theirs] = await sessions.of_person("eu", site.node.world.eu.person("clerk"), now)
    for number in (str(theirs.id), "0", "9" * 19, "x"):
        assert (await site.post(f"/keys/sessions/{number}/end", {})).status == 404
    assert await sessions.find(token_digest(token), now)


async def test_all_sessions_of_a_person_end_together(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.sign_in("desk")
    token, theirs = await other_session(site), await other_session(site, "clerk")
    done = await site.post("/keys/sessions/end", {})
    assert (done.status, done.headers["Location"]) == (303, "/sign-in")
    sessions, now = site.own.desk.door.sessions, site.own.node.clock.now()
    assert await sessions.find(token_digest(token), now) is None
    assert await sessions.find(token_digest(theirs), now)
    past = await sessions.past_of_person(
        "eu", site.node.world.eu.person("desk"), now - timedelta(days=1)
    )
    assert [each.cause for each in past] == ["session-over"] * 2
    assert {each.address for each in past} == {"", "198.51.100.7"}


async def test_sessions_are_listed_and_ended_over_the_api(pages_of):
    site = await pages_of(World.founded(), "eu")
    await other_session(site)
    status, told = await call(site, "GET", "/api/sessions", "desk")
    assert status == 200
    assert [each["here"] for each in told["sessions"]] == [False, True]
    number = told["sessions"][0]["id"]
    assert await call(site, "POST", f"/api/sessions/{number}/end", "desk", {}) == (
        200, {"ended": 1},
    )  # fmt: skip
    status, told = await call(site, "POST", f"/api/sessions/{number}/end", "desk", {})
    assert (status, told["code"]) == (404, "session-unknown")
    assert await call(site, "POST", "/api/sessions/end", "desk", {}) == (200, {"ended": 1})


async def test_session_with_a_number_of_eighteen_digits_is_ended(pages_of):
    site = await pages_of(World.founded(), "eu")
    number = 10**17
    await tamper(
        site.node.database.superuser,
        f"SELECT setval(pg_get_serial_sequence('desk.sessions', 'id'), {number}, false)",
    )
    await other_session(site)
    path = f"/api/sessions/{number}/end"
    assert await call(site, "POST", path, "desk", {}) == (200, {"ended": 1})


async def test_last_use_is_kept_to_the_minute(pages_of):
    site = await pages_of(World.founded(), "eu")
    token = await other_session(site)
    sessions = site.own.desk.door.sessions
    person, now = site.node.world.eu.person("desk"), site.own.node.clock.now()
    for seconds in (0, 30, 61):
        await sessions.find(token_digest(token), now + timedelta(seconds=seconds))
    [held] = await sessions.of_person("eu", person, now)
    assert held.seen == now + timedelta(seconds=61)


# Away, with a stand-in -------------------------------------------------------------------


async def standing_in(pages_of, who: str = "clerk", absent: str = "desk") -> PagesNode:
    """Let a person stand in for another one, both of the desk of permits."""
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    stated = {"for": world.eu.person(absent), "until": "2030-12-11T22:59:00Z"}
    role = {"role": absent, "desk": "licensing"}
    world.grant("eu", who, grant=2, **role, **stated)
    world.exchange()
    made: PagesNode = await pages_of(world, "eu")
    return made


@pytest.mark.parametrize(
    ("lang", "button", "heading", "title"),
    [
        ("en", "Name a stand-in … (desk officer, Licensing)",
         "Name a stand-in for Ilona Kőszegi", "Stand-in for Ilona Kőszegi: Łukasz Żelazny"),
        ("zh-CN", "指定代行人……（经办人，许可处）",
         "为Ilona Kőszegi指定代行人", "Ilona Kőszegi由Łukasz Żelazny代行职责"),
    ],
)  # fmt: skip
async def test_absent_person_names_a_stand_in(pages_of, lang, button, heading, title):
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    world.exchange()
    site = await pages_of(world, "eu")
    keys_of = (await site.get("/keys", "desk", lang)).page
    form = await site.get(keys_of.one("link", button).attributes["href"], "desk", lang)
    form.page.one("heading", heading)
    chosen = world.eu.person("clerk")
    options = [one.attributes["value"] for one in form.page.all("option")]
    assert chosen in options
    assert world.eu.person("desk") not in options, "nobody stands in for themselves"
    filled = form.page.one("main").fields() | {"person": chosen, "until": "2030-12-11 23:59"}
    filled.pop("csrf", "")
    look = await site.get(f"/people/acts/new?{urlencode(filled)}", "desk", lang)
    look.page.one("heading", title)
    [sign] = [one for one in look.page.all("button") if "data-body" in one.attributes]
    body = json.loads(sign.attributes["data-body"])
    assert (body["for"], body["until"]) == (world.eu.person("desk"), "2030-12-11T22:59:00Z")
    assert (body["role"], body["desk"], body["grant"]) == ("desk", "licensing", 2)


async def test_nobody_stands_in_for_somebody_unknown(pages_of):
    site = await pages_of(World.founded(), "eu")
    answer = await site.get("/people/acts/new?kind=role.granted&absent=nobody", "desk")
    assert answer.status == 404
    assert "There is no such person on your side." in answer.text


async def test_absent_person_sees_who_stands_in_and_who_ends_it(pages_of):
    site = await standing_in(pages_of)
    absent = (await site.get("/keys", "desk")).page.one("region", "Away, with a stand-in")
    assert (
        "Stand-in: Łukasz Żelazny, desk officer, Licensing · until 11 Dec 2030 23:59" in absent.text
    )
    assert "The stand-in ends it alone." in absent.text
    assert "End it (Łukasz Żelazny)" not in absent.links()
    other = (await site.get("/keys", "clerk")).page.one("region", "Away, with a stand-in")
    link = other.one("link", "End it (desk officer, Licensing)").attributes["href"]
    look = await site.get(f"{link}&look=1&reason=ended", "clerk")
    [sign] = [one for one in look.page.all("button") if "data-body" in one.attributes]
    assert json.loads(sign.attributes["data-body"])["grant"] == 2


async def test_absent_person_sees_the_stand_in_that_waits_for_a_signature(pages_of):
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    world.exchange()
    site = await pages_of(world, "eu")
    stated = {"for": world.eu.person("desk"), "until": "2030-12-11T22:59:00Z"}
    grant = world.granting("eu", "clerk", grant=2, role="desk", desk="licensing", **stated)
    begun = await offer(site, grant, "desk")
    for lang, title, stand_in, waits in (
        ("en", "Away, with a stand-in", "Stand-in: ", "Waits for a second signature"),
        ("zh-CN", "外出及代行", "代行人：", "待第二人签名"),
    ):
        region = (await site.get("/keys", "desk", lang)).page.one("region", title)
        assert f"{stand_in}Łukasz Żelazny" in region.text
        name = " (Łukasz Żelazny)" if lang == "en" else "（Łukasz Żelazny）"
        assert region.links()[waits + name] == f"/people/acts/{begun.act.id}"
    other = (await site.get("/keys", "clerk")).page.one("region", "Away, with a stand-in")
    assert "Stand-in" not in other.text


async def test_absent_leader_ends_it_with_another_one(pages_of):
    site = await standing_in(pages_of, absent="head")
    region = (await site.get("/keys", "head")).page.one("region", "Away, with a stand-in")
    link = region.one("link", "End it (Łukasz Żelazny)").attributes["href"]
    look = await site.get(f"{link}&look=1&reason=ended", "head")
    assert [one for one in look.page.all("button") if "data-body" in one.attributes]


async def test_overseer_reads_who_names_a_stand_in(pages_of):
    site = await pages_of(World.founded(), "eu")
    region = (await site.get("/keys", "oversight")).page.one("region", "Away, with a stand-in")
    assert "No stand-in is set." in region.text
    assert "A registrar names a stand-in for this function with" in region.text
    assert region.links() == {}


async def test_ended_sessions_wake_the_streams_of_their_windows(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.get("/keys", "desk")
    told: list[str] = []
    door = replace(site.own.desk.door, ended=lambda: told.append("ended"))
    person = site.node.world.eu.person("desk")
    assert await end_sessions_of(door, person) >= 1
    assert told == ["ended"]
    assert await end_sessions_of(door, person) == 0
    assert told == ["ended"], "without a session nobody is woken"


async def test_absence_is_shown_beside_the_name_until_its_last_day(pages_of):
    """The colleague who is named signs nothing by it, unless the record says so."""
    world = World.founded()
    site = await pages_of(world, "eu")
    thread = world.open_thread("cn", "First")
    world.exchange()
    await catch_up(site.node)
    today = site.own.node.clock.now().date()
    last = (today + timedelta(days=2)).isoformat()
    clerk = {"until": last, "stand_in": world.eu.person("clerk")}
    assert (await site.post("/keys/away", clerk)).status == 303
    form = await site.get(f"/assign?thread={thread.position}", "head")
    shown = "Ilona Kőszegi, away until Thu 26 Nov, ask Łukasz Żelazny meanwhile"
    assert shown in form.text
    assert "You are shown as: " + shown in (await site.get("/keys")).text
    listed = orjson.loads((await site.get("/api/absences", "head")).html)["items"]
    assert [(each["until"], each["signs"]) for each in listed if "until" in each] == [(last, False)]
    for fields, code in (
        ({"until": "2026-11-01"}, "away-days"),
        ({"until": "2031-01-01"}, "away-days"),
        ({"until": "soon"}, "date-malformed"),
        ({"until": last, "stand_in": world.eu.person("desk")}, "away-stand-in"),
        ({"until": last, "stand_in": world.cn.person("desk")}, "away-stand-in"),
    ):
        assert (await site.post("/keys/away", fields)).page.codes() == [code]
    world.clock.seconds += 3 * 24 * 60 * 60
    assert "away until" not in (await site.get(f"/assign?thread={thread.position}", "head")).text
    assert "You are shown as present." in (await site.get("/keys")).text
