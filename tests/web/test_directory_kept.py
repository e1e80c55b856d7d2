"""The directory is read once for many pages, and again once a directory entry comes."""

from __future__ import annotations

from dataclasses import replace

from tests.world import World


async def test_directory_is_read_again_once_an_entry_of_it_comes(pages_of):
    site = await pages_of(World.founded(), "eu")
    store, heads = site.own.stores.directory, await site.own.stores.record.heads()
    before = await store.known(heads)
    await site.watch()
    assert await store.known(dict(heads)) is before
    assert site.statements == []
    grown = {**heads, "cn": replace(heads["cn"], directory=heads["cn"].directory + 1)}
    later = await store.known(grown)
    assert later is not before
    assert later == before, "the record is the same"
    for table in ("record.keys", "record.persons", "record.parties", "record.charters"):
        assert sum(table in each for each in site.statements) == 1, table


async def test_pages_ask_for_keys_and_charters_no_more(pages_of):
    world = World.founded()
    thread = world.open_thread("eu", "Samples")
    world.exchange()
    world.note("cn", thread.leaf.thread, ("Which papers?",))
    world.exchange()
    site = await pages_of(world, "eu")
    assert (await site.get("/inbox")).status == 200
    await site.watch()
    shown = await site.get("/inbox?scope=all")
    assert "Samples" in shown.text
    assert [each for each in site.statements if "FROM record.charters" in each] == []
    assert [each for each in site.statements if "SELECT doc FROM record.keys" in each] == []


async def test_inbox_asks_for_no_thread_by_an_empty_list(pages_of):
    site = await pages_of(World.founded(), "eu")
    await site.watch()
    assert (await site.get("/inbox")).status == 200
    assert [each for each in site.statements if "SELECT key, doc FROM record.threads" in each] == []
