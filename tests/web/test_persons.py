"""Persons and their functions on pages: who is let in, in which function, and who releases."""

from __future__ import annotations

import json
from typing import Any

from special_channel.core.bytes import dsse
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.test_releasing import BOTH, waiting_list
from tests.world import World


def ended(world: World, who: str, grant: int = 1) -> None:
    """End a function of a person."""
    body = {"person": world.eu.person(who), "grant": grant, "reason": "ended"}
    world.append("eu", world.payload("eu", "role.ended", by="registrar", body=body))


async def code_of(site: PagesNode, who: str) -> tuple[int, str]:
    shown = await site.get("/api/heads", who=who, headers={"Accept": "application/json"})
    return shown.status, json.loads(shown.html).get("code", "")


async def test_person_without_a_function_is_not_let_in(pages_of):
    world = World.founded()
    ended(world, "clerk")
    site = await pages_of(world, "eu")
    assert await code_of(site, "clerk") == (403, "grant-ended")
    assert await code_of(site, "desk") == (200, "")


async def test_person_who_left_is_not_let_in(pages_of):
    world = World.founded()
    left = {"person": world.eu.person("clerk")}
    world.append("eu", world.payload("eu", "person.left", by="registrar", body=left))
    site = await pages_of(world, "eu")
    assert (await code_of(site, "clerk"))[1] == "person-ended"


async def test_page_names_the_function_in_which_its_reader_signs(pages_of):
    world = World.founded()
    ended(world, "clerk")
    world.grant("eu", "clerk", grant=2)
    site = await pages_of(world, "eu")
    first, second = [Page((await site.get("/keys", who=who)).html) for who in ("desk", "clerk")]
    stated = [
        [one.attributes["data-as"] for one in page.marked("data-as")] for page in (first, second)
    ]
    assert stated == [["1"], ["2"]]


async def test_author_releases_nothing_with_another_key(pages_of):
    world = World.founded(release=BOTH)
    world.eu.make_key("desk again")
    enrolled = world.enrolment("eu", "desk", key="desk again")
    world.append("eu", enrolled)
    site = await pages_of(world, "eu")
    id_ = await waiting_list(site)
    shown = await site.get(f"/clearances/{id_}", who="desk again")
    assert f'data-ref="{id_}"' not in shown.html
    held = await site.own.desk.clearances.get(id_)
    assert held is not None
    envelope = dsse.decode(held.envelope)
    signer = world.eu.keys["desk again"]
    both = envelope.with_signature(dsse.Signature(signer.key, signer.private.sign(envelope.pae)))
    sent: dict[str, Any] = {"envelope": both.encode().decode()}
    told = await site.ask("POST", f"/api/clearances/{id_}", "desk again", "en", json=sent)
    assert (told.status, json.loads(told.html)["code"]) == (403, "clearance-own")


async def test_function_that_its_desk_repeats_is_written_once(pages_of):
    desk = {"desk": "registry", "party": "eu", "title_en": "Registrar", "title_zh": "密钥管理员"}
    site = await pages_of(World.founded(desks=[desk]), "eu")
    for path in ("/people", "/people/eu", "/people/eu/1"):
        shown = await site.get(path, "registrar")
        assert "registrar, registrar" not in shown.text.casefold(), path
