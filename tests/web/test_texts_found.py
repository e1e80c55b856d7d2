"""What the node finds in a text is told with each save, before the signature and at the release."""

from __future__ import annotations

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.bytes.times import instant
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.stores.clearances import Clearance
from tests.web.pages_node import PagesNode
from tests.web.test_marked_texts import asked, internal, sent
from tests.world import World

ADDRESS = "jana@fictional.example"
TEXT = f"Write to {ADDRESS} or to Beispiel GmbH.\n\nMs Novák knows."
SENTENCES = {
    "en": [
        (
            "Paragraph 1: This looks like personal data (e-mail address: j…@fictional.example). "
            "Role titles are enough. (Regulation (EU) 2018/1725, Chapter V; Personal Information "
            "Protection Law, Art. 36, to be checked)"
        ),
        "Paragraph 1: A company seems to be named: Beispiel GmbH. What is signed crosses.",
        "Paragraph 2: A person seems to be named: Ms Novák.",
    ],
    "zh-CN": [
        (
            "第1段：疑似个人信息（电子邮箱：j…@fictional.example），以职务称谓即可。"
            "（《个人信息保护法》第三十六条；欧盟第2018/1725号条例第五章，待核对）"
        ),
        "第1段：似提及企业：Beispiel GmbH，签署后将原样发送。",
        "第2段：似提及个人：Ms Novák。",
    ],
}
RULES = [("S-097", "confirm", 1), ("S-099", "confirm", 1), ("S-098", "note", 2)]


def written(world: World, party: Any, text: str, **fields: Any) -> Submission:
    thread = world.open_thread(party).leaf.thread
    world.exchange()
    return world.note(party, thread, text.split("\n\n"), **fields).submission


def items(answer: dict[str, Any], name: str) -> list[tuple[str, str, int]]:
    return [(each["rule"], each["grade"], each["number"]) for each in answer[name]]


@pytest.mark.parametrize("party", PARTIES)
async def test_save_of_a_draft_tells_what_its_texts_hold(pages_of, party):
    site = await pages_of(World.founded(), party)
    with capture_logs() as lines:
        answer = await asked(site, "PUT", "/api/drafts/x", {"fields": {"text": TEXT}})
        # A draft before its signature says the same.
        note = {"make": "note", "text": TEXT}
        draft = json.dumps({"steps": [{"entries": [note]}]})
        shown = await asked(site, "PUT", "/api/drafts/sign x", {"fields": {"draft": [draft]}})
    assert items(answer, "found") == items(shown, "found") == RULES
    assert [each["sentence"] for each in answer["found"]] == SENTENCES["en"]
    assert ADDRESS not in str(answer)
    assert "fictional.example" not in str(lines)
    assert "Novák" not in str(lines)
    # What is read again later is the text alone; a sound text has nothing, and internal notes stay.
    assert (await asked(site, "GET", "/api/drafts/x", {}))["found"] == []
    sound: list[dict[str, str]] = [{"text": "Please answer."}, {"text": TEXT, "internal": "true"}]
    for name, fields in enumerate(sound):
        saved = await asked(site, "PUT", f"/api/drafts/{name}", {"fields": fields})
        assert saved["found"] == []


@pytest.mark.parametrize("lang", SENTENCES)
async def test_look_reads_signed_entries_and_stores_nothing(pages_of, lang):
    world = World.founded()
    note = written(world, "eu", TEXT, marking="limited")
    site = await pages_of(World.founded(), "eu")
    size = (await site.node.record.head("eu")).size
    headers = {"Accept": "application/json"}
    body = {"entries": [sent(note)]}
    answer = await site.ask("POST", "/api/entries/look", "desk", lang, json=body, headers=headers)
    found = json.loads(answer.html)["items"]
    assert [each["sentence"] for each in found] == SENTENCES[lang]
    assert (await site.node.record.head("eu")).size == size


async def posted(pages_of, path: str, *, charter: Any = None, **fields: Any) -> dict[str, Any]:
    """The answer to a note that is marked for inside."""
    world = World.founded(**(charter or {}))
    thread = world.open_thread("eu").leaf.thread
    world.exchange()
    site = await pages_of(world, "eu")
    note = sent(world.note("eu", thread, ["TLP:AMBER"], **fields).submission)
    return await asked(site, "POST", path, {"entries": [note]} if "entries" in path else note)


@pytest.mark.parametrize("path", ["/api/entries", "/api/clearances"])
async def test_note_marked_for_inside_without_a_marking_is_refused(pages_of, path):
    refused = await posted(pages_of, path)
    assert (refused["http"], refused["code"]) == (409, "text-unmarked")
    assert refused["title"] == "The text is marked “TLP:AMBER”, and no marking is chosen."
    assert refused["next"] == "Choose the marking, or remove the words. Nothing was sent."


async def test_note_marked_for_inside_with_a_marking_is_taken(pages_of):
    assert (await posted(pages_of, "/api/entries", marking="limited"))["http"] == 200


async def test_note_marked_for_inside_has_a_reason_where_the_charter_has_no_marking(pages_of):
    refused = await posted(pages_of, "/api/entries", charter={"markings": []})
    assert (refused["code"], refused["facts"]["rule"]) == ("sense-unconfirmed", "S-096")


async def test_internal_note_needs_no_marking(pages_of):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    site = await pages_of(world, "eu")
    inside = sent(internal(world, site, thread, "TLP:AMBER"))
    kept = await asked(site, "POST", "/api/private/entries", {"entries": [inside]})
    assert kept["http"] == 200


async def waits(pages_of, party: Any) -> tuple[PagesNode, str]:
    """A note that waits for release, with what is to be looked at."""
    world = World.founded(release=[{"kind": "note.posted", "roles": ["head", "director"]}])
    thread = world.open_thread(party).leaf.thread
    world.exchange()
    site = await pages_of(world, party)
    parts = [world.text(text) for text in TEXT.split("\n\n")]
    payload = world.payload(party, "note.posted", thread=thread, lang="en")
    signer = world.sides[party].keys["desk"]
    made = sign(payload | {"parts": part_refs(parts)}, [signer], parts)
    id_, at = read(made, whole=True).id, instant(world.clock.now)
    await site.own.desk.clearances.put(
        [Clearance(id_, made.envelope, tuple(parts), signer.key, at, "waiting")]
    )
    return site, id_


@pytest.mark.parametrize(("party", "lang"), [("eu", "en"), ("cn", "zh-CN")])
async def test_releasing_official_sees_what_is_in_the_text(pages_of, party, lang):
    site, draft = await waits(pages_of, party)
    text = (await site.get(f"/clearances/{draft}", "head", lang)).text
    for sentence in SENTENCES[lang]:
        assert sentence in text
    assert ADDRESS in text, "the text itself is what is released"
    answer = await asked_head(site, f"/api/clearances/{draft}")
    assert items(answer, "found") == RULES


async def asked_head(site: PagesNode, path: str) -> dict[str, Any]:
    answer = await site.ask("GET", path, "head", "en", headers={"Accept": "application/json"})
    found: dict[str, Any] = json.loads(answer.html)
    return found
