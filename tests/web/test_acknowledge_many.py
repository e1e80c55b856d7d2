"""Many notes of the other side are acknowledged in one entry, by page and API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.rows.writing import sign
from tests.web.pages_node import PagesNode
from tests.world import World

HEADINGS = {
    "en": ("Acknowledge receipt of 30 notes", "Acknowledge receipt of 1 note"),
    "zh-CN": ("确认收悉30份函件", "确认收悉1份函件"),
}


def written(party: Party, threads: int = 3, notes: int = 10) -> tuple[World, list[str]]:
    """Let the other side write notes in threads; return the threads' numbers."""
    world, other = World.founded(), peer_of(party)
    numbers = []
    for number in range(threads):
        thread = world.open_thread(other, f"Stamps {number}")
        numbers.append(str(thread.position))
        for note in range(notes):
            world.note(other, thread.leaf.thread, [f"Note {number}.{note}"])
    world.exchange()
    return world, numbers


async def asked(site: PagesNode, path: str, who: str = "desk") -> dict[str, Any]:
    answer = await site.ask("GET", path, who, "en")
    found: dict[str, Any] = json.loads(answer.html)
    return found


async def acknowledge(site: PagesNode, world: World, document: dict[str, Any]) -> int:
    """Sign what the page gives and send it; return the status."""
    party = site.node.party
    payload = world.payload(party, "note.acknowledged", **document)
    made = sign(payload, [world.sides[party].keys["desk"]], ())
    entry = {"envelope": made.envelope.decode(), "parts": []}
    answer = await site.ask("POST", "/api/entries", "desk", "en", json={"entries": [entry]})
    return answer.status


@pytest.mark.parametrize("party", PARTIES)
async def test_thirty_notes_are_one_entry(pages_of, party):
    world, numbers = written(party)
    site = await pages_of(world, party)
    for lang, (many, _) in HEADINGS.items():
        shown = await site.get("/acknowledge?thread=" + "&thread=".join(numbers), "desk", lang)
        [button] = shown.page.marked("data-sign", "note.acknowledged")
        assert button.text.strip() == button.attributes["data-what"] == many
        assert "data-thread" not in button.attributes, "notes of several threads"
    body = json.loads(button.attributes["data-body"])
    listed = await asked(site, "/api/acknowledge")
    assert listed["total"] == 30
    assert body["entries"] == [each["entry_id"] for each in listed["items"]]
    assert [each["words"]["text"] for each in listed["items"]][::10] == [
        "Note 0.0", "Note 1.0", "Note 2.0",
    ]  # fmt: skip
    assert await acknowledge(site, world, {"body": body}) == 200
    assert (await asked(site, "/api/acknowledge"))["total"] == 0
    shown = await site.get("/acknowledge", "desk", "en")
    assert "Nothing to acknowledge" in shown.text
    assert shown.page.marked("data-sign") == []


async def test_notes_left_out_stay_and_one_thread_is_named(pages_of):
    world, numbers = written("eu", notes=2)
    site = await pages_of(world, "eu")
    shown = await site.get(f"/acknowledge?thread={numbers[1]}", "desk", "en")
    first, second = [
        link.attributes["href"]
        for link in shown.page.all("link")
        if "leave=" in link.attributes["href"]
    ]
    shown = await site.get(first, "desk", "en")
    [button] = shown.page.marked("data-sign", "note.acknowledged")
    assert button.text.strip() == HEADINGS["en"][1]
    assert "1 note is left out." in shown.text
    fields = {
        "thread": button.attributes["data-thread"],
        "body": json.loads(button.attributes["data-body"]),
    }
    assert await acknowledge(site, world, fields) == 200
    rest = await asked(site, f"/api/acknowledge?thread={numbers[1]}")
    assert [f"leave={each['position']}" in first for each in rest["items"]] == [True]
    assert second != first


async def test_entry_names_two_hundred_at_most_and_the_rest_follow(pages_of):
    world, _ = written("eu", threads=1, notes=201)
    site = await pages_of(world, "eu")
    listed = await asked(site, "/api/acknowledge")
    assert (listed["total"], len(listed["items"])) == (201, 200)
    shown = await site.get("/acknowledge", "desk", "en")
    assert "The first 200. The rest follow once these are signed." in shown.text
    [button] = shown.page.marked("data-sign", "note.acknowledged")
    assert button.attributes["data-next"] == "/acknowledge", "to the last one"


async def test_number_of_our_own_leaves_out_no_note_of_theirs(pages_of):
    world, _ = written("eu", threads=1, notes=2)
    site = await pages_of(world, "eu")
    [first, _second] = (await asked(site, "/api/acknowledge"))["items"]
    ours = first["position"].replace("CN", "EU")
    listed = await asked(site, f"/api/acknowledge?leave={ours}")
    assert len(listed["items"]) == 2
    shown = await site.get(f"/acknowledge?leave={ours}", "desk", "en")
    assert "left out" not in shown.text
    assert "2 notes" in shown.page.all("heading")[0].text


@pytest.mark.parametrize(
    ("path", "who", "status"),
    [
        ("/acknowledge", "oversight", 403),
        ("/acknowledge", "registrar", 403),
        ("/acknowledge?thread=EU-999", "desk", 404),
        ("/acknowledge?leave=x", "desk", 400),
        ("/acknowledge?" + "&".join(f"thread=CN-{n}" for n in range(51)), "desk", 400),
    ],
)
async def test_who_does_not_write_and_what_is_not_there_is_refused(pages_of, path, who, status):
    site = await pages_of(World.founded(), "eu")
    assert (await site.get(path, who, "en")).status == status
