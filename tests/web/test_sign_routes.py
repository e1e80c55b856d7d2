"""A draft on its sign-off route: its page, the answers of officials, and what our side keeps."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical, dsse
from special_channel.core.entries import SHARED_KINDS
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import file_part, part_refs, sign
from special_channel.core.time.routes import Routes, parse_routes
from tests.web.pages_node import PagesNode, Shown
from tests.web.test_dates import DUE
from tests.web.test_releasing import released
from tests.world import Entry, World

RELEASE = [{"kind": "note.posted", "roles": ["desk", "head", "director"]}]
TITLE = {"en": "Answers with a date", "zh": "限时复函"}
OFFICE = {"en": "Deputy Director-General", "zh": "副总司长"}
STEPS: list[dict[str, Any]] = [
    {"word": "check", "role": "desk", "before": {"working_days": 2}},
    {"word": "check", "role": "head"},
    {"word": "consult", "desks": ["customs"]},
    {"word": "release", "office": OFFICE},
]
SECRET = "CANARY 内部意见"


def routes_of(*steps: dict[str, Any]) -> Routes:
    route = {"id": "answers", "title": TITLE, "kinds": ["note.posted"]}
    data = {"v": 1, "side": "eu", "routes": [route | {"steps": steps or STEPS}]}
    return parse_routes(data, "eu", SHARED_KINDS)


@pytest.fixture
def world() -> World:
    """EU has a second desk officer with a head's function, and a stand-in at the customs desk."""
    world = World.founded(release=RELEASE)
    world.eu.make_key("deputy")
    world.enrol("eu", "deputy", role="head")
    absent = {"until": "2026-12-30T00:00:00Z", "for": world.eu.person("other-desk")}
    world.grant("eu", "director", "head", grant=2, role="desk", desk="customs", **absent)
    world.exchange()
    return world


async def waiting(site: PagesNode, note: Entry, words: str = "It is sent.") -> str:
    """An answer to a question, sent for release as the composer does; its id."""
    world = site.node.world
    part = world.text(words)
    fields = {"thread": note.leaf.thread, "lang": "en", "parts": part_refs([part])}
    ticked = [{"id": note.id, "q": ["1"]}]
    payload = world.payload("eu", "note.posted", answers=ticked, **fields)
    made = sign(payload, [world.eu.keys["desk"]], [part])
    body = {"entries": [sent(made)], "lay": True}
    answer = await site.ask("POST", "/api/entries", "desk", "en", json=body)
    assert answer.status == 200, answer.html
    [id_] = json.loads(answer.html)["laid"]
    return str(id_)


def sent(made: Submission) -> dict[str, Any]:
    return {
        "envelope": made.envelope.decode(),
        "parts": [part.decode() for part in made.parts if part],
    }


def private(
    site: PagesNode, kind: str, who: str, body: dict[str, Any], *parts: bytes, **more: Any
) -> dict[str, Any]:
    world = site.node.world
    fields = {"lang": "en", "parts": part_refs(parts)} if parts else {}
    payload = world.payload("eu", kind, by=who, body=body) | fields | more
    payload |= {"log": site.own.node.identity.private_origin, "seen": []}
    return sent(sign(payload, [world.eu.keys[who]], parts))


async def answered(
    site: PagesNode, id_: str, who: str, step: int, *parts: bytes, **said: Any
) -> tuple[int, str]:
    """Answer a step as a browser does; return the status and the error's code."""
    more = {name: said.pop(name) for name in ("as",) if name in said}
    more_sent = {name: said.pop(name) for name in ("draft", "confirmed") if name in said}
    person = site.node.world.eu.person(who)
    body = {"id": id_, "step": step, "person": person, "answer": "agreed"} | said
    note = private(site, "draft.checked", who, body, *parts, **more)
    asked = {"note": note} | more_sent
    answer = await site.ask("POST", f"/api/clearances/{id_}/steps", who, "en", json=asked)
    return answer.status, json.loads(answer.html).get("code", "")


async def sent_back(
    site: PagesNode, draft: str, who: str, remark: str, function: int = 1, **body: Any
) -> Shown:
    part = site.node.world.text(remark)
    more = {"as": function} if function > 1 else {}
    note = private(site, "draft.returned", who, {"id": draft} | body, part, **more)
    return await site.ask("POST", f"/api/clearances/{draft}/return", who, "en", json=note)


async def changed(
    site: PagesNode, draft: str, who: str, words: str, **other: Any
) -> tuple[str, dict[str, Any]]:
    """The draft with another text, signed by a checker; its id and what is sent."""
    world = site.node.world
    held = await site.own.desk.clearances.get(draft)
    assert held is not None
    payload = json.loads(dsse.decode(held.envelope).payload)
    part = world.text(words)
    payload |= {"by": world.eu.keys[who].key, "parts": part_refs([part])} | other
    made = sign(payload, [world.eu.keys[who]], [part])
    return dsse.decode(made.envelope).id, sent(made)


async def released_by(site: PagesNode, id_: str, who: str) -> tuple[int, str]:
    """Release a draft with the note that its route asks for."""
    note = private(site, "draft.cleared", who, {"id": id_})
    status, told = await released(site, id_, who, note=note)
    return status, told.get("code", "")


def asked_of(world: World) -> Entry:
    """A question of the other side."""
    thread = world.open_thread("cn")
    charter = sha256(canonical.dumps(world.charter(release=RELEASE))).hexdigest()
    asks = [world.ask("cn", DUE, part=0, charter=charter)]
    payload = world.payload("cn", "note.posted", thread=thread.leaf.thread, lang="zh-CN", asks=asks)
    note = world.append("cn", payload, [world.text("何时寄出？")], also=["head"])
    world.exchange()
    return note


async def test_draft_takes_its_whole_route(pages_of, world):
    """Two checkers, a consulted desk by its stand-in, one step back, a leader on paper."""
    note = asked_of(world)
    eu = await pages_of(world, "eu", routes=routes_of())
    first = await waiting(eu, note)
    await is_shown(eu, first)
    second = await is_changed(eu, first)
    await goes_back(eu, second)
    await is_decided(eu, second)
    await keeps_all(eu, first, second)


async def is_shown(eu: PagesNode, draft: str) -> None:
    """Each reader sees whose turn it is; nobody answers out of turn."""
    assert "step 2 of 5, Check: your turn" in (await eu.get("/clearances", "clerk")).text
    assert "step 2 of 5, Check: desk officer" in (await eu.get("/clearances", "head")).text
    page = await eu.get(f"/clearances/{draft}", "clerk", "zh-CN")
    assert "办文流程：限时复函" in page.text
    assert 'data-act="clear"' not in page.html
    assert (await answered(eu, draft, "head", 3))[1] == "route-step"
    assert (await answered(eu, draft, "desk", 2))[1] == "route-twice"


async def is_changed(eu: PagesNode, draft: str) -> str:
    """A checker changes a word; the draft goes on, marked, and its author sees it."""
    id_, made = await changed(eu, draft, "clerk", "It was sent on Monday.")
    remark = eu.node.world.text(SECRET)
    said = {"answer": "changed", "next": id_, "draft": made}
    assert await answered(eu, draft, "clerk", 2, remark, **said) == (200, "")
    assert (await eu.get(f"/clearances/{draft}", "head")).status == 404
    page = await eu.get(f"/clearances/{id_}", "desk")
    for words in ("Changed in step 2 by", SECRET, "You wrote this"):
        assert words in page.text, words
    assert "<del>" in page.html
    assert "<ins>" in page.html
    return id_


async def goes_back(eu: PagesNode, draft: str) -> None:
    """The second checker agrees, a stand-in of the consulted desk sends it back, and agrees."""
    assert await answered(eu, draft, "head", 3) == (200, "")
    assert await answered(eu, draft, "other-desk", 4, desk="licensing") == (403, "route-person")
    back = await sent_back(eu, draft, "director", "Ask the unit again.", to=3)
    assert json.loads(back.html)["code"] == "route-person", "not in the director's own function"
    back = await sent_back(eu, draft, "director", "Ask the unit again.", function=2, to=3)
    assert back.status == 200, back.html
    assert "Ask the unit again." in (await eu.get(f"/clearances/{draft}", "head")).text
    unit = eu.node.world.text("The unit agrees.")
    assert await answered(eu, draft, "head", 3, unit) == (200, "")
    consulted = {"desk": "customs", "as": 2, "answer": "unconcerned"}
    assert await answered(eu, draft, "director", 4, **consulted) == (200, "")
    answers = (await eu.get(f"/clearances/{draft}", "deputy")).text
    # The director signed for an official of the desk, both times in this function.
    for said in ("not concerned", "sent back to step 3"):
        assert f"{said}, customs · 7 (for customs · 5)" in answers


async def is_decided(eu: PagesNode, draft: str) -> None:
    """A leader without a key decides on the printed sheet; an official records it, and releases."""
    assert await released_by(eu, draft, "deputy") == (403, "route-person"), "first the decision"
    sheet = await eu.get(f"/clearances/{draft}/sheet", "deputy", "zh-CN")
    for words in ("呈批件", "来文及译文摘要", "拟复内容", "核稿", "会签", "签发", "副总司长"):
        assert words in sheet.text, words
    assert "It was sent on Monday." in sheet.text
    assert await recorded(eu, draft) == (200, "")
    page = await eu.get(f"/clearances/{draft}", "deputy")
    for words in (
        "released on paper: Deputy Director-General, 1 Dec 2026", "recorded by", "scan.pdf",
    ):  # fmt: skip
        assert words in page.text, words
    assert 'data-act="clear"' in page.html
    assert (await released_by(eu, draft, "head"))[1] == "route-twice"
    assert await released_by(eu, draft, "deputy") == (200, "")


async def recorded(eu: PagesNode, draft: str) -> tuple[int, str]:
    """Record a decision on paper with its scan."""
    world = eu.node.world
    scan = b"%PDF-1.7 scan of the sheet"
    headers = {"Content-Type": "application/pdf", "Accept": "application/json"}
    put = await eu.ask("POST", "/api/files", "deputy", "en", data=scan, headers=headers)
    digest = json.loads(put.html)["sha256"]
    texts = [world.text("Deputy Director-General"), world.text("G2/2026/0418")]
    file = file_part(b"s" * 32, "scan.pdf", "application/pdf", len(scan), digest)
    return await answered(eu, draft, "deputy", 5, *texts, file, on="2026-12-01")


async def keeps_all(eu: PagesNode, *versions: str) -> None:
    """Our private log holds each step and each version, bytes included."""
    entries = [
        each
        for each in await eu.node.record.entries("private", 0, 100)
        if each.kind.startswith("draft.")
    ]
    assert [each.kind for each in entries] == [
        "draft.routed", "draft.checked", "draft.routed", "draft.checked", "draft.returned",
        "draft.checked", "draft.checked", "draft.checked", "draft.cleared",
    ]  # fmt: skip
    wholes = [each for each in entries if each.kind == "draft.routed"]
    for entry, version in zip(wholes, versions, strict=True):
        whole = json.loads(entry.parts[0] or b"")
        assert dsse.decode(whole["data"]["envelope"].encode()).id == version
        assert None not in entry.parts
    payload = json.loads(dsse.decode(wholes[0].envelope).payload)
    assert payload["body"]["steps"][1]["by"] < DUE


async def test_changed_draft_changes_texts_alone(pages_of, world):
    note = asked_of(world)
    site = await pages_of(world, "eu", routes=routes_of())
    draft = await waiting(site, note)
    other, made = await changed(site, draft, "clerk", "Else.", answers=[])
    said = {"answer": "changed", "next": other, "draft": made}
    assert await answered(site, draft, "clerk", 2, **said) == (409, "route-change")
    mine, made = await changed(site, draft, "clerk", "Else.")
    assert mine != draft
    said = {"answer": "changed", "next": other, "draft": made}
    assert await answered(site, draft, "clerk", 2, **said) == (400, "clearance-differs")
    assert await answered(site, draft, "clerk", 2, answer="changed", next=mine) == (
        400, "clearance-differs",
    )  # fmt: skip
    assert len(await site.node.record.entries("private", 0, 10)) == 1
    assert (await sent_back(site, draft, "clerk", "Shorter.")).status == 200
    assert "Shorter." in (await site.get("/clearances")).text


async def test_draft_without_a_route_is_released_as_before(pages_of, world):
    note = asked_of(world)
    site = await pages_of(world, "eu")
    draft = await waiting(site, note)
    page = await site.get(f"/clearances/{draft}", "clerk")
    assert "Sign-off route" not in page.text
    assert (await site.get(f"/clearances/{draft}/sheet", "clerk")).status == 404
    assert (await answered(site, draft, "clerk", 2))[1] == "route-unknown"
    assert (await released(site, draft, "clerk"))[0] == 200
