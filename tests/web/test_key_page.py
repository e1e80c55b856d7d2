"""The page of a key: when it could sign what, and every entry signed with it."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.core.rules.doubt import doubtful_from
from special_channel.stores.reads import Reading
from special_channel.web.key.spans import spans_of
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.test_page_acts import noted_here
from tests.world import World


def stolen() -> tuple[World, int]:
    """Return a world in which a clerk's key is suspended, doubtful from the second of two notes."""
    world = World.founded()
    opened = world.open_thread("eu", by="clerk")
    since = world.eu.copies["eu"].size
    world.note("eu", opened.payload["thread"], by="clerk")
    world.append("eu", world.suspension("eu", "clerk", since=since))
    world.exchange()
    return world, since


def path(world: World, who: str, party: Party = "eu") -> str:
    return f"/keys/{world.sides[party].keys[who].key}"


def spans_on(page: Page) -> list[tuple[str, str]]:
    [listed] = page.marked("class", "spans")
    return [(item.text, item.attributes["class"]) for item in listed.all("listitem")]


async def test_key_shows_spans_with_their_entries(pages_of):
    world, since = stolen()
    site = await pages_of(world, "eu")
    page = (await site.get(path(world, "clerk"), "head")).page
    page.one("heading", "Key of Łukasz Żelazny")
    enrolled, doubtful, stopped = spans_on(page)
    assert enrolled[0].startswith("desk officer, Licensing: 2 entries signed from EU-")
    assert doubtful[0].startswith("Doubtful: 1 entry signed from EU-")
    assert doubtful[1] == "doubt"
    assert stopped[0].startswith(f"Suspended: 0 entries signed from EU-{since + 1}")
    assert f"suspended, doubtful since EU-{since}" in page.text
    assert "confirmed by Registrar" not in page.text
    [_, [entry, by, what, doubt, lifted]] = page.rows("Suspensions 1")
    assert (by, what, doubt, lifted) == ("Tereza Šťastná", "this key", f"EU-{since}", "–")
    assert entry.startswith(f"EU-{since + 1}")


@pytest.mark.parametrize(("query", "kinds"), [
    ("", ["Note disputed", "Opening of a thread", "Enrolment of a key"]),
    ("?span=doubtful", ["Note disputed"]),
    ("?span=before", ["Opening of a thread", "Enrolment of a key"]),
])  # fmt: skip
async def test_entries_are_chosen_by_span(pages_of, query, kinds):
    world, _ = stolen()
    site = await pages_of(world, "eu")
    page = (await site.get(path(world, "clerk") + query, "head")).page
    rows = page.rows(f"Entries signed with this key {len(kinds)}")[1:]
    assert [row[2].partition(" Thread")[0] for row in rows] == kinds
    assert page.one("navigation", "Span").names("link") == ["Doubtful 1", "Before 2", "All 3"]


@pytest.mark.parametrize("query", ["sort=oldest", "sort=oldest&span=before"])
async def test_entries_are_ordered_alike_on_page_api_and_file(pages_of, query):
    world, _ = stolen()
    site = await pages_of(world, "eu")
    where = path(world, "clerk")
    shown = await signed(site, where, query.replace("oldest", "newest"))
    assert await signed(site, where, query) == shown[::-1]
    assert len(shown) > 1
    page = (await site.get(f"{where}?{query}", "head")).page
    href = page.one("link", "CSV").attributes["href"]
    span = "span=before&" if "before" in query else ""
    assert href.endswith(f"?{span}sort=oldest")
    rows = [*csv.reader(io.StringIO((await site.get(href, "head")).html.lstrip("\ufeff")))]
    kinds = [row[3] for row in rows[2:] if len(row) > 3 and row[3]]
    assert kinds == [kind for _, kind in shown[::-1]]
    assert (await site.get(f"{where}?sort=best", "head")).status == 400


async def test_entries_of_a_kind_are_alike_on_page_api_and_file(pages_of):
    world, _ = stolen()
    site = await pages_of(world, "eu")
    where = path(world, "clerk")
    query = "kind=note.posted"
    assert [kind for _, kind in await signed(site, where, query)] == ["note.posted"]
    page = (await site.get(f"{where}?{query}", "head")).page
    assert len(page.rows("Entries signed with this key 1")[1:]) == 1
    offered = [each.text for each in page.one("combobox", "What").all("option")]
    assert offered == ["all", "Enrolment of a key", "Note", "Opening of a thread"]
    assert page.one("navigation", "Span").names("link")[-1] == "All 3", "each span as a whole"
    href = page.one("link", "CSV").attributes["href"]
    assert href.endswith(f"/entries.csv?{query}")
    rows = [*csv.reader(io.StringIO((await site.get(href, "head")).html.lstrip("\ufeff")))]
    assert [row[3] for row in rows[2:] if len(row) > 3 and row[3]] == ["note.posted"]
    assert await signed(site, where, f"{query}&span=before") == []
    none = (await site.get(f"{where}?{query}&span=before", "head")).page
    assert "No entry matches." in none.text
    assert "No entry is signed with it here." not in none.text
    assert none.links()["Clear the filters"] == f"{where}#signed"
    assert none.one("combobox", "What").one("option", "Note").attributes["value"] == "note.posted"
    offered = [each.text for each in none.one("combobox", "What").all("option")]
    assert offered == ["all", "Enrolment of a key", "Note", "Opening of a thread"]
    assert (await site.get(f"{where}?kind=note.eaten", "head")).status == 400


async def signed(site: PagesNode, where: str, query: str) -> list[tuple[str | None, str]]:
    """Entries signed with a key, over the API: number and kind."""
    found = json.loads((await site.get(f"/api{where}?{query}", "head")).html)
    return [(each.get("position"), each["kind"]) for each in found["items"]]


async def test_acts_on_a_key_are_offered_by_role(pages_of):
    world, _ = stolen()
    site = await pages_of(world, "eu")
    acts = {"Suspend this key", "Lift a suspension", "Revoke this key for good"}
    for who, of, offered in (
        ("head", "clerk", {"Lift a suspension", "Revoke this key for good"}),
        ("desk", "clerk", set()),
        ("desk", "head", {"Suspend this key"}),
        ("desk", "desk", {"Suspend this key", "Revoke this key for good"}),
        ("other-desk", "desk", set()),
    ):
        page = (await site.get(path(world, of), who)).page
        assert set(page.links()) & acts == offered, (who, of)
    peer = (await site.get(path(world, "desk", "cn"), "head")).page
    assert set(peer.links()) & acts == set()


async def test_key_that_is_succeeded_offers_no_act(pages_of):
    world = World.founded()
    site = await pages_of(world, "eu")
    acts = {"Suspend this key", "Lift a suspension", "Revoke this key for good"}
    for of in ("checkpoint", "cosigning", "root"):
        page = (await site.get(path(world, of), "head")).page
        assert set(page.links()) & acts == set(), of
    page = (await site.get(path(world, "node"), "head")).page
    assert set(page.links()) & acts == {"Suspend this key", "Revoke this key for good"}


@pytest.mark.parametrize("whole", [True, False])
async def test_a_stop_is_lifted_where_it_was_made(pages_of, whole):
    world = World.founded()
    world.append("eu", world.suspension("eu", "clerk", whole=whole))
    site = await pages_of(world, "eu")
    for of, offered in ((path(world, "clerk"), not whole), ("/people/eu/4", whole)):
        links = (await site.get(of, "head")).page.one("main").links()
        assert ("Lift a suspension" in links) is offered, of
        if offered:
            form = (
                await site.get(links["Lift a suspension"] + "&reason=found&look=1", "head")
            ).page
            assert "Nothing is stopped" not in form.text


async def test_private_entries_are_for_holder_and_keepers_alone(pages_of):
    world = World.founded()
    thread = world.open_thread("eu")
    site = await pages_of(world, "eu")
    await noted_here(world, site, thread)
    for who, seen in (("desk", True), ("head", True), ("oversight", True), ("clerk", False)):
        page = (await site.get(path(world, "desk"), who)).page
        assert ("Internal note" in page.text) is seen, who
        assert ("never sent" in page.text) is seen, who


async def test_key_of_the_other_side_names_nobody(pages_of):
    world, _ = stolen()
    site = await pages_of(world, "cn")
    page = (await site.get(path(world, "clerk"))).page
    page.one("heading", "Key of Licensing · 4")
    assert page.links()["Licensing · 4"] == "/people/eu/4"
    assert "Łukasz" not in page.text


async def test_key_is_the_same_over_the_api_and_as_a_file(pages_of):
    world, since = stolen()
    site = await pages_of(world, "eu")
    where = path(world, "clerk")
    body = json.loads((await site.get(f"/api{where}?span=doubtful", "head")).html)
    assert (body["doubt"], body["total"], body["signed"]) == (f"EU-{since}", 1, 3)
    assert [each["position"] for each in body["items"]] == [f"EU-{since}"]
    lines = (await site.get(f"{where}/entries.csv", "head")).html.splitlines()
    assert lines[1] == "position,at,kind,kind_code,thread,second,delivered,mark"
    assert lines[2].startswith(f"EU-{since} (disputed),2026-11-24T08:00:00Z,Note,note.posted,EU-")
    assert (await site.get("/keys/eu:" + "0" * 32)).status == 404
    assert (await site.get("/keys/none")).status == 404


@pytest.mark.parametrize(("lang", "function"), [
    ("en", "desk officer, Licensing"), ("zh-CN", "经办人，许可处"),
])  # fmt: skip
async def test_function_of_a_key_is_written_in_the_readers_language(pages_of, lang, function):
    world = World.founded()
    site = await pages_of(world, "eu")
    body = json.loads((await site.get(f"/api{path(world, 'clerk')}", "head", lang)).html)
    assert [span["functions"] for span in body["spans"]] == [[function]]


def row_of(world: World, who: str):
    return world.eu.replay.rows["key", world.eu.keys[who].key]


def test_functions_and_stops_divide_a_keys_log():
    world = World.founded()
    world.grant("eu", "clerk", grant=2, desk="customs")
    world.open_thread("eu", by="clerk")
    stop = world.append("eu", world.suspension("eu", "clerk"))
    lifted = world.append("eu", world.restoration("eu", stop), also=["registrar"])
    world.append(
        "eu", world.revocation("eu", "clerk", since=stop.position.index), also=["registrar"]
    )
    row = row_of(world, "clerk")
    kinds = [(span.kind, len(span.grants)) for span in spans_of(row, doubtful_from(row))]
    assert kinds == [
        ("active", 1),
        ("active", 2),
        ("doubtful", 2),
        ("suspended", 0),
        ("doubtful", 2),
        ("ended", 0),
    ]
    assert spans_of(row, None)[2].cause == stop.position.index
    assert spans_of(row, None)[3].first == lifted.position.index + 1


def test_founded_key_begins_with_the_founding():
    row = row_of(World.founded(), "registrar")
    [span] = spans_of(row, None)
    assert (span.kind, span.first, [grant.role for grant in span.grants]) == (
        "active", 0, ["registrar"],
    )  # fmt: skip


async def test_second_signer_finds_what_another_wrote(pages_of):
    world = World.founded()
    world.add_key("eu", "clerk", "laptop")
    site = await pages_of(world, "eu")
    page = (await site.get(path(world, "registrar"), "head")).page
    written = [row[2] for row in page.rows() if "signed second" in row[2]]
    assert "Enrolment of a key written by Łukasz Żelazny, signed second" in written


async def test_what_was_opened_and_signed_in_doubt_is_told(pages_of):
    world, since = stolen()
    site = await pages_of(world, "eu")
    holder = world.eu.keys["clerk"].key
    reading = Reading(
        world.eu.person("clerk"), holder, b"1" * 32, "page", "thread", f"EU-{since - 1}",
        site.own.node.clock.now(),
    )  # fmt: skip
    await site.own.desk.reading.write(reading)
    page = (await site.get(path(world, "clerk"), "head")).page
    told = page.facts()
    assert (told["shared entries signed"], told["threads opened"], told["acts on people"]) == (
        "1", "1", "0",
    )  # fmt: skip
    assert "disputed" in page.rows("Entries signed with this key 3")[1][2]
    desk = (await site.get(path(world, "clerk"), "desk")).page
    assert "threads opened" not in desk.facts()


async def test_reading_before_the_first_doubtful_entry_is_told(pages_of):
    """The record has an index alone: the doubt began somewhere after the entry before."""
    world = World.founded()
    opened = world.open_thread("eu", by="clerk")
    read = datetime.fromtimestamp(world.clock.seconds + 30, UTC)
    world.clock.seconds += 3600
    since = world.eu.copies["eu"].size
    world.note("eu", opened.payload["thread"], by="clerk")
    world.append("eu", world.suspension("eu", "clerk", since=since))
    world.exchange()
    site = await pages_of(world, "eu")
    holder, key = world.eu.person("clerk"), world.eu.keys["clerk"].key
    reading = Reading(holder, key, b"1" * 32, "page", "thread", f"EU-{since - 1}", read)
    await site.own.desk.reading.write(reading)
    page = (await site.get(path(world, "clerk"), "head")).page
    assert page.facts()["threads opened"] == "1"
