"""Texts with classification marks are stored nowhere: no draft, entry, private note or template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from structlog.testing import capture_logs

from special_channel.core.bytes.ids import PARTIES
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign
from tests.web.pages_node import PagesNode
from tests.world import World

MARKED = {
    "text-eu-classified": "RESTREINT UE/EU RESTRICTED",
    "text-state-secret": "机密★10年",
    "text-other-mark": "NATO SECRET",
}
FOUND = {
    "text-eu-classified": "RESTREINT UE EU RESTRICTED",
    "text-state-secret": "机密★",
    "text-other-mark": "NATO SECRET",
}
QUIET = "Please answer by Friday."


async def asked(
    site: PagesNode, method: str, path: str, json_: Mapping[str, Any]
) -> dict[str, Any]:
    """The node's answer to a request of the desk officer."""
    headers = {"Accept": "application/json"}
    answer = await site.ask(method, path, "desk", "en", json=json_, headers=headers)
    found: dict[str, Any] = json.loads(answer.html or "{}")
    return found | {"http": answer.status}


def sent(made: Submission) -> dict[str, Any]:
    parts = [part.decode() for part in made.parts if part is not None]
    return {"envelope": made.envelope.decode(), "parts": parts}


def internal(world: World, site: PagesNode, thread: str | None, text: str) -> Submission:
    """An internal note of the desk officer, signed and not sent."""
    party, parts = site.node.party, [world.text(text)]
    payload = world.payload(party, "note.internal", thread=thread, lang="en") | {
        "log": site.node.identity.private_origin,
        "parts": part_refs(parts),
        "seen": [],
    }
    return sign(payload, [world.sides[party].keys["desk"]], parts)


@pytest.mark.parametrize("code", MARKED)
@pytest.mark.parametrize("party", PARTIES)
async def test_marked_text_is_refused_at_every_door_and_stored_nowhere(pages_of, party, code):
    world = World.founded()
    thread = world.open_thread(party).leaf.thread
    world.exchange()
    site = await pages_of(world, party)
    text = f"First line\n{MARKED[code]}\nLast line"
    question = json.dumps({"text": text, "textTr": "", "due": "2027-01-05T09:30:00Z"})
    size = (await site.node.record.head(party)).size
    # Written by the world alone: the node has neither of them.
    note = sent(world.note(party, thread, [text]).submission)
    inside = sent(internal(world, site, thread, text))
    named = sent(world.open_thread(party, MARKED[code]).submission)
    doors: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", "/api/drafts/x", {"fields": {"text": text}}),
        ("PUT", "/api/drafts/x", {"fields": {"asks": [question]}}),
        ("POST", "/api/entries", {"entries": [note]}),
        ("POST", "/api/entries", {"entries": [named]}),
        ("POST", "/api/clearances", note),
        ("POST", "/api/templates", {"kind": "answer", "title": "x", "text": text}),
        ("POST", "/api/templates", {"kind": "answer", "title": MARKED[code], "text": "x"}),
        ("POST", "/api/private/entries", {"entries": [inside]}),
    ]
    with capture_logs() as lines:
        answers = [await asked(site, *door) for door in doors]
    assert {(answer["http"], answer["code"]) for answer in answers} == {(409, code)}
    assert all(FOUND[code] in answer["title"] for answer in answers)
    # Nothing is written, and no log has the words.
    assert (await site.node.record.head(party)).size == size
    assert (await asked(site, "GET", "/api/drafts/x", {})).get("fields") is None
    assert FOUND[code] not in str(lines)
    # The same without the mark is taken.
    assert (await asked(site, "PUT", "/api/drafts/x", {"fields": {"text": QUIET}}))["http"] == 200


async def test_entry_stored_before_the_rule_gets_its_receipt(pages_of, monkeypatch):
    world = World.founded()
    thread = world.open_thread("eu").leaf.thread
    world.exchange()
    site = await pages_of(world, "eu")
    note = sent(world.note("eu", thread, [MARKED["text-state-secret"]]).submission)
    with monkeypatch.context() as earlier:
        earlier.setattr("special_channel.web.shell.attachments.refuse_marked", list)
        assert (await asked(site, "POST", "/api/entries", {"entries": [note]}))["http"] == 200
    assert (await asked(site, "POST", "/api/entries", {"entries": [note]}))["http"] == 200
