"""Pages of people by role and visible text: sign-in, enrolment, keys, the registrar's page."""

from __future__ import annotations

import json

import pytest

from special_channel.core.bytes.ids import peer_of
from special_channel.messages.catalogue import Lang
from special_channel.web.people.pages import (
    enrol_page,
    registrar_page,
    sign_in_page,
)
from special_channel.web.people.views import PendingKeys
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.render import render
from tests.web.pages_node import PagesNode, catch_up
from tests.web.reading import Page
from tests.web.samples.access import key_items, registrar, roots
from tests.web.samples.people import frame
from tests.web.test_page_acts import waiting_key
from tests.world import World

KEYS = key_items("eu")


def shown(page: ViewPage, lang: Lang = "en") -> Page:
    return Page(render(page, frame("eu", lang)))


def test_waiting_key_leads_to_the_act_that_signs_it():
    page = shown(registrar("eu"))
    view = registrar("eu").view
    assert isinstance(view, PendingKeys)
    [pending] = view.enrolments
    page.one("heading", "Waiting for confirmation 1")
    page.one("heading", "Zdeněk Šťastný")
    assert pending.key == f"eu:{pending.fingerprint[:32]}"
    links = page.links()
    assert links["Compare and sign (Zdeněk Šťastný)"] == f"/people/acts/{pending.entry_id}"
    assert page.rows("Keys")[0][1] == "Holder"
    assert page.text.count(f"desk officer, Export permits desk, DG TRADE, {pending.unit}") == 1


def test_registrar_without_pending_keys_reads_so():
    page = shown(registrar_page(PendingKeys(enrolments=()), (), {}))
    assert "No key is waiting for confirmation." in page.text
    page.one("heading", "Keys of our side 0")


@pytest.mark.parametrize("party", ["eu", "cn"])
def test_enrolment_shows_our_root_key_first(party):
    page = Page(render(enrol_page(roots()), frame(party, "en")))
    fields = [each.attributes.get("data-f", "") for each in page.within()]
    shown_roots = [each for each in fields if each.startswith("root_")]
    assert shown_roots == [f"root_{party}", f"root_{peer_of(party)}"]


def test_sign_in_goes_on_to_the_page_asked_for():
    page = shown(sign_in_page("/threads/EU-9?view=pair"))
    [button] = [each for each in page.within() if each.attributes.get("data-act") == "signin"]
    assert button.attributes["data-next"] == "/threads/EU-9?view=pair"
    assert page.links()["Enter a one-time code"] == "/enrol"


async def test_reader_sees_their_own_keys_alone(pages_of):
    site = await pages_of(World.founded(), "eu")
    rows = Page((await site.get("/keys")).html).rows("Keys 1")
    assert len(rows) == 2
    assert "this computer" in rows[1][0]
    assert rows[1][5] == "active"


async def test_pending_key_is_the_same_on_page_and_api(pages_of):
    site = await pages_of(World.founded(), "eu")
    key = await waiting_key(site.node.world, site)
    page = Page((await site.get("/registrar", "registrar")).html)
    body = json.loads((await site.get("/api/enrolments", "registrar")).html)
    [item] = body["enrolments"]
    assert (item["key"], item["role"], item["unit"]) == (key, "desk", "Unit A.1")
    assert item["person"] == site.node.world.eu.person("newcomer")
    page.one("heading", item["name"])
    act = (await site.get(page.links()[f"Compare and sign ({item['name']})"], "registrar")).text
    assert key[3:] in act.replace(" ", "")
    for path in ("/registrar", "/api/enrolments"):
        assert (await site.get(path, "desk")).status == 403


async def test_suspended_key_is_listed_until_it_is_restored(pages_of):
    world = World.founded()
    body = {"key": world.eu.keys["clerk"].key, "reason": "stated-at-home"}
    stop = world.append("eu", world.payload("eu", "key.suspended", by="registrar", body=body))
    site = await pages_of(world, "eu")
    states = await states_of(site)
    assert states["Łukasz Żelazny"] == "suspended"
    assert states["Ilona Kőszegi"] == "active"
    restored = world.payload("eu", "key.restored", by="registrar", ref=stop.leaf.id, body=body)
    world.append("eu", restored, also=["head"])
    await catch_up(site.node)
    assert (await states_of(site))["Łukasz Żelazny"] == "active"
    left = {"person": world.eu.person("clerk")}
    world.append("eu", world.payload("eu", "person.left", by="registrar", body=left))
    await catch_up(site.node)
    assert (await states_of(site))["Łukasz Żelazny"] == "holder has left"


async def states_of(site: PagesNode) -> dict[str, str]:
    page = Page((await site.get("/registrar", "registrar")).html)
    return {holder: state for _, holder, _, state, _ in page.rows("Keys")}
