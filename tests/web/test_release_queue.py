"""The queue of drafts: who may release which, what is shown of each, and which can be chosen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import part_refs, sign
from special_channel.desk.releasing import sheet_rows
from special_channel.stores.clearances import Clearance
from tests.permits import list_row
from tests.stories import DUE
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.world import World

RELEASE = "Release to CN Ctrl Enter"
DESK_MAY = ["desk", "head", "director"]


async def waits(
    site: PagesNode, kind: str, parts: list[bytes], who: str = "desk", **fields: Any
) -> str:
    """Queue a signed draft; return its id."""
    world, signer = site.node.world, site.node.world.eu.keys[who]
    payload = world.payload("eu", kind, by=who, parts=part_refs(parts), **fields)
    made = sign(payload, [signer], parts)
    id_ = read(made, whole=True).id
    at = site.own.node.clock.now()
    draft = Clearance(id_, made.envelope, tuple(parts), signer.key, at, "waiting")
    await site.own.desk.clearances.put([draft])
    return id_


async def list_waits(site: PagesNode, name: str, who: str = "desk", **row: Any) -> str:
    parts = [site.node.world.data("list", {"rows": [list_row(1, "A-1", **row)]})]
    return await waits(site, "batch.listed", parts, who, body={"list": name, "rows": 1})


async def release(site: PagesNode, id_: str, who: str) -> str:
    """Release a draft as a machine client would; return the code of the refusal."""
    draft = await site.own.desk.clearances.get(id_)
    envelope = dsse.decode(draft.envelope)
    signer = site.node.world.eu.keys[who]
    both = envelope.with_signature(dsse.Signature(signer.key, signer.private.sign(envelope.pae)))
    detail = json.loads((await site.ask("GET", f"/api/clearances/{id_}", who, "en")).html)
    checks = detail.get("checks", {"look": [], "digest": ""})
    looked = [row["row"] for row in checks["look"]]
    both_signed = both.encode().decode()
    body = {"envelope": both_signed, "looked": looked, "summary": checks["digest"]}
    answer = await site.ask("POST", f"/api/clearances/{id_}", who, "en", json=body)
    return str(json.loads(answer.html).get("code", ""))


async def page(site: PagesNode, who: str, path: str = "/clearances") -> Page:
    return Page((await site.get(path, who)).html)


@pytest.mark.parametrize("asks", [False, True])
async def test_note_with_questions_has_a_release_rule_of_its_own(pages_of, asks):
    rules = [{"kind": "note.posted", "roles": DESK_MAY}, {"kind": "asks", "roles": ["head"]}]
    world = World.founded(release=rules)
    site = await pages_of(world, "eu")
    fields: dict[str, Any] = {"asks": [world.ask("eu", DUE)]} if asks else {}
    note = world.text("When is it sent?")
    thread = world.thread_id()
    id_ = await waits(site, "note.posted", [note], thread=thread, lang="en", body={}, **fields)
    queue = await page(site, "clerk")
    assert (RELEASE in queue.names("button")) == (not asks)
    assert ("It can be released by: head of unit" in queue.text) == asks
    if asks:
        assert await release(site, id_, "clerk") == "release-role"


@pytest.mark.parametrize("act", ["added", "changed"])
async def test_line_stop_of_an_amendment_is_released_by_a_leader(pages_of, act):
    rules = [{"kind": "batch.amended", "roles": DESK_MAY}]
    world = World.founded(release=rules)
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    site = await pages_of(world, "eu")
    stop: dict[str, Any] = {"urgency": "line_stop", "rank": 1, "stop_on": "2026-12-08"}
    row = {"added": list_row(3, "A-3") | stop, "changed": {"row": 2} | stop}[act]
    parts = [world.data("list-amendment", {act: [row]})]
    id_ = await waits(site, "batch.amended", parts, ref=batch.id, body={"rows": 1})
    queue = await page(site, "clerk")
    assert RELEASE not in queue.names("button")
    assert "the head of unit or the director releases it" in queue.text
    assert await release(site, id_, "clerk") == "release-leader"
    assert RELEASE in (await page(site, "head")).names("button")


async def test_drafts_that_need_no_look_are_released_together(pages_of):
    """A text is read first, and rows that must be seen are seen first."""
    world = World.founded()
    site = await pages_of(world, "eu")
    await list_waits(site, "W48")
    assert "Release several" not in (await page(site, "head")).names("link")
    stops = await list_waits(site, "W49", urgency="line_stop", stop_on="2026-12-08")
    note = world.text("One paragraph.")
    await waits(site, "note.posted", [note], thread=world.thread_id(), lang="en", body={})
    assert "Release several" in (await page(site, "head")).names("link")
    several = await page(site, "head", "/clearances/several")
    assert "1 of 3 can be released together." in several.text
    boxes = {each.name: "disabled" in each.attributes for each in several.all("checkbox")}
    assert boxes == {
        "Choose: Weekly list: W48": False,
        "Choose: Weekly list: W49": True,
        "Choose: Note": True,
        "Choose all": False,
    }
    assert "1 row must be on screen." in several.text
    assert "Read the text first." in several.text
    assert f"/clearances/{stops}" in [each.attributes["href"] for each in several.all("link")]
    author = await page(site, "desk", "/clearances/several")
    assert author.names("checkbox") == []
    assert "Take back" in (await page(site, "desk")).names("button")


async def ask_each(site: PagesNode, count: int, **more: Any) -> list[str]:
    """Send a thread with a question for each of so many applications in one act; return the ids."""
    world, signer = site.node.world, site.node.world.eu.keys["desk"]
    form = (await page(site, "desk", "/threads/new")).by_id("compose")
    charter = form.attributes["data-charter"] if form else ""
    asks, entries = [world.ask("eu", DUE, rule=None, charter=charter)], []
    for number in range(count):
        thread, question = world.thread_id(), world.text(f"How far is FIKTIV-{number}?")
        body = {"batch": "standing", "applications": [f"FIKTIV-{number}"]}
        for kind, part, fields in (
            ("thread.opened", world.text(f"State of FIKTIV-{number}", "subject"), {"body": body}),
            ("note.posted", question, {"body": {}, "asks": asks}),
        ):
            stated = {"thread": thread, "lang": "en", "parts": part_refs([part])} | fields
            made = sign(world.payload("eu", kind, **stated), [signer], [part])
            entries.append({"envelope": made.envelope.decode(), "parts": [part.decode()]})
    sent = {"entries": entries, "lay": True, **more}
    laid = json.loads((await site.ask("POST", "/api/entries", "desk", "en", json=sent)).html)
    return list(laid["laid"])


async def test_act_that_goes_back_is_in_the_form_again_but_what_was_released(pages_of):
    world = World.founded(release=[{"kind": "asks", "roles": ["head"]}])
    site = await pages_of(world, "eu")
    key, numbers = world.eu.keys["desk"].key, [f"FIKTIV-{n}" for n in range(3)]
    typed = {"subject": "State", "each": "each", "applications": numbers, "asks": ["{}"]}
    drafts, now = site.own.desk.drafts, site.own.node.clock.now()
    version = await drafts.save(key, "new", json.dumps(typed), now)
    ids = await ask_each(site, 3, draft={"name": "new", "version": version})
    assert await drafts.load(key, "new") is None
    assert [await release(site, id_, "head") for id_ in ids[:2]] == ["", ""]
    for id_ in ids[2:4]:
        await site.own.desk.clearances.close(id_, "returned", "State the day.")
    returned = await page(site, "desk")
    assert returned.text.count("State the day.") == 1
    # The opening was released, so the next of the act leads to the form.
    again = await site.post(f"/clearances/{ids[2]}/take-up", {}, "desk")
    assert again.headers["Location"].startswith("/threads/new?sent-back=")
    saved = await drafts.load(key, "new")
    assert json.loads(saved.text) == typed | {"applications": numbers[1:]}
    assert [each.state for each in await site.own.desk.clearances.of_act(ids[0])][2:] == [
        "returned"
    ] * 4
    assert "State the day." in (await page(site, "desk", again.headers["Location"])).text


async def test_one_act_of_many_threads_is_released_in_its_order(pages_of):
    """40 threads with a question each: one page, in which each thread comes before its note."""
    world = World.founded(release=[{"kind": "asks", "roles": ["head"]}])
    site = await pages_of(world, "eu")
    ids = await ask_each(site, 40)
    waiting = json.loads((await site.ask("GET", "/api/clearances", "head", "en")).html)
    assert [each["id"] for each in waiting["clearances"]] == ids
    queue = await page(site, "head")
    [together] = [link for link in queue.all("link") if "sent together (80)" in link.name]
    several = await page(site, "head", together.attributes["href"])
    assert "80 of 80 can be released together." in several.text
    assert all(f"How far is FIKTIV-{number}?" in several.text for number in range(40))
    # Another act is not among them, and another reader gets nothing of it.
    await list_waits(site, "W48")
    assert "W48" not in (await page(site, "head", together.attributes["href"])).text
    assert (await page(site, "desk", together.attributes["href"])).names("checkbox") == []
    assert {await release(site, id_, "head") for id_ in ids} == {""}
    assert len((await page(site, "head", "/clearances/several")).names("checkbox")) == 2


async def test_page_of_one_draft_shows_no_other_and_nothing_returned_waits(pages_of):
    site = await pages_of(World.founded(), "eu")
    ids = []
    for number in (48, 49, 50):
        ids.append(await list_waits(site, f"W{number}"))
        site.node.world.clock.forward(1)  # the queue is in order of time
    first, second, third = ids
    await site.own.desk.clearances.close(third, "returned", "Row 1 lacks its number")
    queue = await page(site, "desk")
    assert [each.name for each in queue.all("article")] == ["Weekly list: W48"]
    [beside] = queue.all("navigation", "Waiting for release")
    assert beside.names("link") == [
        "Weekly list: W48 1 row · yours",
        "Weekly list: W49 1 row · yours",
    ]
    assert "Row 1 lacks its number" in queue.text
    alone = await page(site, "desk", f"/clearances/{second}")
    assert [each.name for each in alone.all("article")] == ["Weekly list: W49"]
    gone = await site.get(f"/clearances/{third}", "head")
    assert (gone.status, "clearance-unknown" in gone.html) == (404, True)
    assert await release(site, third, "head") == "clearance-unknown"
    assert (await site.own.desk.clearances.get(first)).state == "waiting"


async def test_after_a_draft_the_filter_leaves_out_the_first_that_fits_opens(pages_of):
    """A mail names a draft whatever the filter of the reader's queue."""
    site = await pages_of(World.founded(), "eu")
    lists = []
    for number in (48, 49, 50):
        lists.append(await list_waits(site, f"W{number}"))
        site.node.world.clock.forward(1)
    words = [site.node.world.text("One paragraph.")]
    note = await waits(
        site, "note.posted", words, thread=site.node.world.thread_id(), lang="en", body={}
    )
    shown = await page(site, "head", f"/clearances/{note}?kind=batch.listed")
    [opened] = shown.all("article")
    following = opened.attributes["data-next"]
    assert following == f"/clearances/{lists[0]}?kind=batch.listed"
    [opened] = (await page(site, "head", following)).all("article")
    assert opened.attributes["data-next"] == f"/clearances/{lists[1]}?kind=batch.listed"


async def test_return_sheet_and_thread_show_their_texts_in_one_place(pages_of):
    """A subject is the title alone, and a free remark stands in its row alone."""
    world = World.founded()
    site = await pages_of(world, "eu")
    subject = world.text("Certificates without stamp", "subject")
    opening: dict[str, Any] = {
        "thread": world.thread_id(),
        "lang": "en",
        "body": {"batch": "standing"},
    }
    thread = await waits(site, "thread.opened", [subject], **opening)
    note = world.text("One paragraph.")
    said: dict[str, Any] = {"thread": world.thread_id(), "lang": "en", "body": {}}
    words = await waits(site, "note.posted", [note], **said)
    [shown] = (await page(site, "head", f"/clearances/{thread}")).all("article")
    [posted] = (await page(site, "head", f"/clearances/{words}")).all("article")
    assert shown.name.endswith(": Certificates without stamp")
    assert shown.text.count("Certificates without stamp") == 1
    assert posted.text.count("One paragraph.") == 1
    assert "A sheet of" not in shown.text + posted.text


async def test_sheet_of_a_list_names_its_columns_and_values(pages_of):
    site = await pages_of(World.founded(), "eu")
    await list_waits(site, "W48", urgency="urgent")
    head, row = (await page(site, "head")).rows()
    assert dict(zip(head, row, strict=True)) == {
        "Row": "1",
        "Application number": "A-1",
        "Urgency": "urgent",
        "Priority": "1",
        "First listed": "2026-11-20",
        "Times listed": "1",
    }


async def test_sheet_names_the_entry_and_row_that_a_row_corrects(pages_of):
    site = await pages_of(World.founded(), "eu")
    await list_waits(site, "W48", corrects={"id": "a" * 64, "row": 3})
    shown = await page(site, "head")
    look, row = shown.rows()[:2]
    why = dict(zip(look, row, strict=True))["Why it is here"]
    assert why == "Correction: replaces –, row 3. The other side sees both."
    head, row = shown.rows()[2:]
    assert dict(zip(head, row, strict=True))["Corrects"] == f"{'a' * 64}, 3"


@pytest.mark.parametrize("lay", [False, True])
async def test_list_of_one_signature_waits_where_its_sender_asks(pages_of, lay):
    site = await pages_of(World.founded(), "eu")
    world = site.node.world
    parts = [world.data("list", {"rows": [list_row(1, "A-1")]})]
    payload = world.payload("eu", "batch.listed", body={"list": "W48", "rows": 1})
    made = sign(payload | {"parts": part_refs(parts)}, [world.eu.keys["desk"]], parts)
    entry = {"envelope": made.envelope.decode(), "parts": [part.decode() for part in parts]}
    body = {"entries": [entry], "lay": lay}
    answer = json.loads((await site.ask("POST", "/api/entries", "desk", "en", json=body)).html)
    waiting = [draft.id for draft in await site.own.desk.clearances.waiting()]
    if lay:
        assert answer == {"receipts": [], "laid": [read(made, whole=True).id]}
        assert waiting == answer["laid"]
    else:
        assert (answer["code"], waiting) == ("clearance-missing", [])


def test_draft_without_its_parts_has_no_rows():
    world = World.founded()
    rows = [list_row(1, "A-1")]
    parts = [world.data("list", {"rows": rows})]
    payload = world.payload("eu", "batch.listed", body={"list": "W48", "rows": 1})
    signer = world.eu.keys["desk"]
    made = sign(payload | {"parts": part_refs(parts)}, [signer], parts)
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    draft = Clearance("a" * 64, made.envelope, tuple(parts), signer.key, at, "waiting")
    assert sheet_rows(draft) == {"rows": rows}
    assert sheet_rows(replace(draft, parts=())) == {}
