"""A stand-in's pages: what each function in force opens, and no longer once it has ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from special_channel.core.bytes.times import posix
from special_channel.core.rows.writing import part_refs, sign
from special_channel.messages.catalogue import sentence
from tests.damage import tamper
from tests.web.damaged import Known, check
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.test_acts import LIMITS
from tests.web.test_dates import DUE, ask
from tests.web.test_menu import counted, stream_of
from tests.web.test_quotas import call
from tests.world import Entry, World

OTHER_DESK = 5
"""Number of the officer of the customs desk: after two registrars, desk and clerk."""

UNTIL = "2026-12-04T17:00:00Z"


def standing_in(world: World, role: str, absent: str, who: str = "clerk") -> Entry:
    """Let a desk officer act for an absent person; the other side knows it."""
    side = world.eu
    more: dict[str, Any] = {
        "until": UNTIL,
        "for": side.person(absent),
        "keys": [side.keys[who].key],
    }
    desk = {"oversight": "audit", "registrar": "registry"}.get(role, "licensing")
    granted = world.grant("eu", who, grant=2, role=role, desk=desk, **more)
    world.exchange()
    return granted


async def ended(site: PagesNode, grant: int = 2, who: str = "clerk") -> None:
    """End a function in the record; the node's cached sessions grow a second older."""
    world = site.node.world
    body = {"person": world.eu.person(who), "grant": grant, "reason": "ended"}
    payload = world.payload("eu", "role.ended", by="registrar", body=body)
    world.append("eu", payload, also=["second-registrar"])
    await site.node.catch_up_alone()
    site.node.clock.ticks += 2


async def menu_of(site: PagesNode, who: str = "clerk") -> list[str]:
    page = (await site.get("/numbers", who)).page
    return [link.attributes["data-nav"] for link in page.marked("data-nav")]


def acts_of(page: Page) -> set[str]:
    """Return the kinds of acts to which a page's links lead."""
    targets = [each.attributes.get("href", "") for each in page.all("link")]
    return {one.split("kind=")[1].split("&")[0] for one in targets if "/acts/new?" in one}


@pytest.mark.parametrize(
    ("role", "absent", "item"),
    [("head", "head", "channels"), ("oversight", "oversight", "access")],
)
async def test_menu_has_what_a_stand_in_reaches(pages_of, role, absent, item):
    world = World.founded()
    standing_in(world, role, absent)
    site = await pages_of(world, "eu")
    assert item in await menu_of(site)
    assert item not in await menu_of(site, "desk")
    await ended(site)
    assert item not in await menu_of(site)


async def test_overseer_with_a_desk_function_releases(pages_of):
    world = World.founded()
    side = world.eu
    more = {"until": UNTIL, "for": side.person("desk")}
    world.grant("eu", "oversight", grant=2, role="desk", desk="licensing", **more)
    world.exchange()
    site = await pages_of(world, "eu")
    assert {"access", "clearance"} <= set(await menu_of(site, "oversight"))
    await ended(site, who="oversight")
    assert "clearance" not in await menu_of(site, "oversight")


async def test_stream_counts_by_functions_until_one_ends(pages_of):
    world = World.founded()
    standing_in(world, "registrar", "registrar")
    site = await pages_of(world, "eu")
    async with stream_of(site, "clerk") as following:
        counts = {"inbox": 0, "clearance": 0, "drafts": 0, "notices": 0, "people": 0, "review": 0}
        assert await following() == counts | {"rules": 0, "quarantine": 0}
        await ended(site)
        assert await following() == counts
    assert "rules" not in counted(await site.get("/numbers", "clerk"))


async def test_person_page_offers_acts_until_a_grant_ends(pages_of):
    world = World.founded()
    standing_in(world, "head", "head")
    site = await pages_of(world, "eu")
    path = f"/people/eu/{OTHER_DESK}"
    led = acts_of((await site.get(path, "clerk")).page)
    assert led == {"role.granted", "role.ended", "key.suspended", "person.left"}
    assert acts_of((await site.get(path, "desk")).page) == set()
    await ended(site)
    assert acts_of((await site.get(path, "clerk")).page) == set()


async def test_key_page_offers_acts_until_a_grant_ends(pages_of):
    world = World.founded()
    standing_in(world, "head", "head")
    site = await pages_of(world, "eu")
    path = f"/keys/{world.eu.keys['other-desk'].key}"
    assert acts_of((await site.get(path, "clerk")).page) == {"key.suspended", "key.revoked"}
    await ended(site)
    assert acts_of((await site.get(path, "clerk")).page) == set()


async def test_second_desk_stops_a_key_of_that_desk(pages_of):
    world = World.founded()
    world.grant("eu", "other-desk", grant=2, role="desk", desk="licensing", by="registrar")
    world.exchange()
    site = await pages_of(world, "eu")
    path = f"/keys/{world.eu.keys['desk'].key}"
    assert acts_of((await site.get(path, "other-desk")).page) == {"key.suspended"}
    await ended(site, who="other-desk")
    assert acts_of((await site.get(path, "other-desk")).page) == set()


async def test_stand_in_refers_a_passed_question(pages_of):
    world = World.founded()
    standing_in(world, "head", "head")
    thread, note = ask(world)
    world.clock.seconds = posix(DUE) + 1
    world.pass_due("eu", note, DUE)
    world.exchange()
    site = await pages_of(world, "eu")
    page = f"/threads/{thread.position}"
    assert len((await site.get(page, "clerk")).page.signs("referral.sent")) == 2
    await ended(site)
    assert (await site.get(page, "clerk")).page.signs("referral.sent") == []


async def test_stand_in_reads_the_threads_of_the_absent_unit(pages_of):
    world = World.founded()
    side, unit = world.eu, {"unit": "Unit D.4"}
    side.make_key("absent")
    world.grant("eu", "absent", **unit)
    world.append("eu", world.enrolment("eu", "absent"))
    more = {"until": UNTIL, "for": side.person("absent")}
    world.grant("eu", "clerk", grant=2, role="desk", desk="licensing", **unit, **more)
    thread = world.open_thread("eu", by="absent")
    world.note("eu", thread.leaf.thread, by="absent", asks=[world.ask("eu", DUE)])
    world.exchange()
    site = await pages_of(world, "eu")
    number = str(thread.position)
    assert number in (await site.get("/inbox?scope=unit", "clerk")).text
    await ended(site)
    assert number not in (await site.get("/inbox?scope=unit", "clerk")).text


async def begun_in(site: PagesNode, address: str) -> str | None:
    """Return the functions that the form's button states; None without a button."""
    page = (await site.get(f"/people/acts/new?{address}&look=1", "clerk")).page
    buttons = [each for each in page.all("button") if "data-body" in each.attributes]
    return buttons[0].attributes["data-functions"] if buttons else None


async def test_act_is_begun_in_a_function_in_which_it_counts(pages_of):
    world = World.founded(limits=LIMITS | {"cooling_seconds": 0})
    standing_in(world, "head", "head")
    world.open_thread("cn")  # the other side shows that it knows the stand-in (K3)
    world.exchange()
    site = await pages_of(world, "eu")
    side = site.node.world.eu
    key, own = side.keys["desk"].key, side.keys["clerk"].key
    person, clerk = side.person("other-desk"), side.person("clerk")
    customs = side.keys["other-desk"].key
    assert await begun_in(site, f"kind=key.suspended&key={key}&reason=lost") == "1 2"
    assert await begun_in(site, f"kind=key.suspended&key={own}&reason=lost") == "1 2"
    assert await begun_in(site, f"kind=key.suspended&key={customs}&reason=lost") == "2"
    assert await begun_in(site, f"kind=key.revoked&key={key}&reason=lost") == "2"
    moved = f"kind=role.ended&person={person}&grant=1&reason=moved"
    assert await begun_in(site, moved) == "2"
    mine = f"kind=role.ended&person={clerk}&grant=1&reason=moved"
    assert await begun_in(site, mine) == "1 2"
    given = f"kind=role.granted&person={person}&role=desk&desk=licensing&unit=A"
    assert await begun_in(site, given) == "1 2"
    absent = f"&absent={side.person('director')}&until=2026-12-11 22:00"
    assert await begun_in(site, given.replace("role=desk", "role=director") + absent) is None


TYPED = {"fields": {"text": "Half a note"}, "version": 0, "page": "a" * 32}


async def posted(site: PagesNode, who: str, grant: int) -> tuple[int, dict[str, Any]]:
    """Send an opening of a thread that is signed in a function."""
    world = site.node.world
    stated = {"thread": world.thread_id(), "lang": "en", "body": {"batch": "standing"}}
    part = world.text("Certificate without stamp", "subject")
    payload = world.payload("eu", "thread.opened", by=who, parts=part_refs([part]), **stated)
    made = sign(payload | {"as": grant}, [world.eu.keys[who]], [part])
    entry = {"envelope": made.envelope.decode(), "parts": [part.decode()]}
    return await call(site, "POST", "/api/entries", who, {"entries": [entry], "lay": True})


async def test_entry_is_refused_once_the_grant_has_ended(pages_of):
    world = World.founded()
    standing_in(world, "head", "head")
    site = await pages_of(world, "eu")
    signed: dict[str, Any] = {"by": "clerk", "as": 2}
    world.open_thread("eu", **signed)
    assert (await call(site, "PUT", "/api/drafts/note", "clerk", TYPED))[0] == 200
    await site.node.catch_up_alone()
    size = (await site.node.record.head("eu")).size
    await ended(site)
    status, told = await posted(site, "clerk", 2)
    assert (status, told["code"]) == (403, "grant-ended")
    assert told["title"] == sentence("grant-ended", "en").text
    assert (await site.node.record.head("eu")).size == size + 1, "the end of the function alone"
    kept = await call(site, "GET", "/api/drafts/note", "clerk")
    assert kept[1]["fields"] == TYPED["fields"]
    assert (await posted(site, "clerk", 1))[0] == 200, "the own function goes on"


async def test_session_without_a_function_ends_and_the_draft_is_kept(pages_of):
    world = World.founded()
    side = world.eu
    side.make_key("deputy")
    more: dict[str, Any] = {"until": UNTIL, "for": side.person("desk")}
    world.grant("eu", "deputy", **more)
    world.append("eu", world.enrolment("eu", "deputy"))
    world.exchange()
    site = await pages_of(world, "eu")
    assert (await call(site, "PUT", "/api/drafts/note", "deputy", TYPED))[0] == 200
    await ended(site, grant=1, who="deputy")
    status, told = await call(site, "GET", "/api/drafts/note", "deputy")
    assert (status, told["code"]) == (403, "grant-ended")
    assert told["title"] == sentence("grant-ended", "en").text
    world.grant("eu", "deputy", grant=2, role="desk", desk="licensing")
    await site.node.catch_up_alone()
    site.node.clock.ticks += 2
    kept = await call(site, "GET", "/api/drafts/note", "deputy")
    assert kept[1]["fields"] == TYPED["fields"]


async def test_heads_say_of_a_stand_ins_function_alone_for_whom_it_is(pages_of):
    world = World.founded()
    standing_in(world, "head", "head")
    site = await pages_of(world, "eu")
    _, heads = await call(site, "GET", "/api/heads", "clerk")
    functions = [(each["number"], each["role"], each["words"]) for each in heads["functions"]]
    assert functions == [
        (1, "desk", ""),
        (2, "head", "head of unit, Licensing, as stand-in for Tereza Šťastná"),
    ]


async def test_heads_name_nobody_for_an_absent_person_whose_row_is_damaged(pages_of):
    world = World.founded()
    standing_in(world, "head", "head")
    known = Known()
    site = await pages_of(world, "eu", check=known)
    absent = world.eu.person("head")
    edited = "UPDATE record.persons SET doc = jsonb_set(doc, '{number}', '99')"
    where = f"WHERE doc ->> 'person' = '{absent}'"
    await tamper(site.node.database.superuser, f"{edited} {where}")
    await check(site, known)
    _, heads = await call(site, "GET", "/api/heads", "clerk")
    [_, function] = heads["functions"]
    assert function["words"] == "head of unit, Licensing, as stand-in for –"


@pytest.mark.parametrize("ends", ["key", "time"])
async def test_colleague_is_called_stand_in_while_the_record_lets_them_sign(pages_of, ends):
    world = World.founded()
    standing_in(world, "head", "head")
    site = await pages_of(world, "eu")
    last = (site.own.node.clock.now() + timedelta(days=30)).date().isoformat()
    away = {"until": last, "stand_in": world.eu.person("clerk")}
    assert (await site.post("/keys/away", away, "head")).status == 303
    thread = world.open_thread("cn", "First")
    world.exchange()
    await site.node.catch_up_alone()
    form = f"/assign?thread={thread.position}"
    assert "stand-in: Łukasz Żelazny" in (await site.get(form)).text
    if ends == "key":
        body = {"key": world.eu.keys["clerk"].key, "reason": "stated-at-home"}
        world.append("eu", world.payload("eu", "key.suspended", by="registrar", body=body))
        await site.node.catch_up_alone()
    else:
        world.clock.seconds += 15 * 24 * 60 * 60
    shown = (await site.get(form)).text
    assert "stand-in: Łukasz Żelazny" not in shown
    assert "ask Łukasz Żelazny meanwhile" in shown
