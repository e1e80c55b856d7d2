"""What a browser keeps and asks for by version: icons by their hash, the directory by its tag."""

from __future__ import annotations

import pytest

from special_channel.web.http.statics import read_statics
from special_channel.web.shell.render import icon_urls
from tests.web.pages_node import PagesNode, Shown, catch_up
from tests.world import World

DIRECTORY = "/api/directory"


async def read(site: PagesNode, who: str = "desk", **headers: str) -> Shown:
    """Ask for the directory as a program does."""
    shown = await site.ask(
        "GET", DIRECTORY, who, "", headers={"Accept": "application/json", **headers}
    )
    assert isinstance(shown, Shown)
    return shown


def tag_of(shown: Shown) -> str:
    return next(value for name, value in shown.headers.items() if name.lower() == "etag")


async def test_directory_is_sent_again_only_once_it_changes(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    first = await read(site)
    tag = tag_of(first)
    assert first.headers["Cache-Control"] == "private, no-cache"
    kept = await read(site, **{"If-None-Match": tag})
    assert (kept.status, kept.html, tag_of(kept)) == (304, "", tag)
    assert (await read(site, **{"If-None-Match": 'W/"0"'})).html == first.html
    world.add_key("eu", "desk", "desk-2")
    await catch_up(site.node)
    changed = await read(site, **{"If-None-Match": tag})
    assert changed.status == 200
    assert tag_of(changed) != tag


async def test_directory_kept_by_a_browser_needs_a_session(pages_of):
    """A tag proves nothing: who is signed out learns not even that nothing has changed."""
    site = await pages_of(World.founded(), "eu")
    tag = tag_of(await read(site))
    assert (await read(site, "", **{"If-None-Match": tag})).status == 401


async def test_long_answers_are_compressed_and_short_ones_not(pages_of):
    world = World.founded()
    note = world.note("eu", world.open_thread("eu").leaf.thread)
    world.exchange()
    site = await pages_of(world, "eu")
    for path, compressed in ((DIRECTORY, True), (f"/api/entries?ids={note.id}", True),
                             ("/api/entries?ids=0", False)):  # fmt: skip
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip"}
        shown = await site.ask("GET", path, "desk", "", headers=headers)
        assert shown.status == 200, path
        assert ("Content-Encoding" in shown.headers) == compressed, path
        plain = await site.ask("GET", path, "desk", "", headers=headers | {"Accept-Encoding": ""})
        assert "Content-Encoding" not in plain.headers
        assert plain.html == shown.html


async def test_icons_are_served_below_their_own_hash(pages_of):
    site = await pages_of(World.founded(), "eu")
    url = icon_urls()["search"].partition("#")[0]
    shown = await site.get(url)
    assert (shown.status, shown.headers["Content-Type"]) == (200, "image/svg+xml; charset=utf-8")
    assert "immutable" in shown.headers["Cache-Control"]
    assert f"{url}#inbox" in (await site.get("/inbox")).html
    for other in ("0" * 16, read_statics().held["css/case.css"].digest[:16]):
        assert (await site.get(f"/static/{other}/icons/icons.svg")).status == 404


def test_icon_without_a_symbol_is_an_error():
    with pytest.raises(KeyError):
        icon_urls()["no-such-icon"]
