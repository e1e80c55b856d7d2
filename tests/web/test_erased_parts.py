"""Parts of an entry that are erased, over the API: each names the entry that declares it."""

from __future__ import annotations

from special_channel.core.rows.writing import sign
from tests.web.pages_node import catch_up
from tests.web.test_page_acts import kept_privately, noted_here
from tests.web.test_quotas import call
from tests.world import World


async def test_erased_part_of_a_note_names_its_order(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, ("One.", "Two."))
    world.exchange()
    site = await pages_of(world, "eu")
    order = world.erase("eu", note, [1])
    world.exchange()
    await catch_up(site.node)
    async with site.node.record.begin() as transaction:
        await transaction.erase(order.position)
    _, entry = await call(site, "GET", f"/api/entries/{note.position}")
    assert [bool(part) for part in entry["parts"]] == [True, False]
    assert entry["erased"] == {"1": str(order.position)}


async def test_erased_part_of_an_internal_note_names_its_order(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    site = await pages_of(world, "eu")
    note = await noted_here(world, site, thread)
    body = {"parts": [0], "basis": "order", "order": "Order 7/2026"}
    payload = world.payload("eu", "private.erased", ref=note.id, body=body, by="head")
    payload |= {"log": site.node.identity.private_origin, "seen": []}
    await kept_privately(site, sign(payload, [world.eu.keys["head"]]))
    _, entry = await call(site, "GET", f"/api/private/entries/{note.id}", "head")
    assert entry["parts"] == [""]
    assert entry["erased"] == {"0": "PRIVATE-1"}
