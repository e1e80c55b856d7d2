"""An official corrects a statement of our own side on the application's page."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.entries import parse_model
from special_channel.core.entries.batches import Assertion
from tests.core.test_replacements import state
from tests.web.pages_node import PagesNode
from tests.web.reading import Page
from tests.web.test_corrections_shown import WRONG
from tests.world import Entry, World


def told() -> tuple[World, Entry, Entry]:
    """A wrong statement of each side: the EU's own entry, and a row of CN's sheet."""
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"])
    acts: Any = [{"act": "accepted", "on": "2026-11-02"}]
    ours = state(world, "eu", number="A-1", source="supplier", clock=acts)
    world.exchange()
    theirs = world.answer_batch(batch, [WRONG])
    world.exchange()
    return world, ours, theirs


async def page(site: PagesNode, path: str) -> Page:
    shown = await site.get(path)
    assert shown.status == 200, shown.text
    return Page(shown.html)


@pytest.mark.parametrize(("party", "row"), [("eu", 0), ("cn", 1)])
async def test_form_begins_with_the_statement_and_signs_a_correction(pages_of, party, row):
    world, ours, theirs = told()
    entry = ours if party == "eu" else theirs
    site = await pages_of(world, party)
    links = (await page(site, "/applications/A-1")).links().values()
    address = f"/applications/A-1/correct?position={entry.position}&row={row}"
    assert [each for each in links if "/correct?" in each] == [address]
    form = (await page(site, address)).one("main")
    assert f"{entry.position} was never right" in form.text
    fields = form.fields()
    expected = ("review", "2026-11-02") if party == "eu" else ("approved", "")
    assert (fields["state"], fields["on-0"]) == expected
    checked = Page(
        (
            await site.post(
                address, fields | {"state": "accepted", "decision": "", "decided_on": ""}
            )
        ).html
    )
    [body] = checked.signs("application.asserted")
    stated = parse_model(Assertion, body.encode())
    assert stated.corrects is not None
    assert (stated.corrects.id, stated.corrects.row or 0) == (entry.id, row)
    assert (stated.state, stated.decision) == ("accepted", None)
    [would] = checked.marked("aria-labelledby", "would")
    [facts] = [each for each in would.within() if each.tag == "dl"]
    assert str(entry.position) in facts.text
    assert entry.id not in facts.text


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"as_of": "tomorrow"}, "statement-malformed"),
        ({"as_of": "2099-01-01"}, "statement-impossible"),
    ],
)
async def test_what_cannot_be_signed_is_named(pages_of, changed, code):
    world, ours, _ = told()
    site = await pages_of(world, "eu")
    address = f"/applications/A-1/correct?position={ours.position}&row=0"
    fields = (await page(site, address)).one("main").fields()
    shown = Page((await site.post(address, fields | changed)).html)
    assert shown.signs("application.asserted") == []
    assert code in shown.text


@pytest.mark.parametrize("missing", ["on", "act"])
async def test_act_that_lacks_a_field_is_refused_by_it(pages_of, missing):
    world, ours, _ = told()
    site = await pages_of(world, "eu")
    address = f"/applications/A-1/correct?position={ours.position}&row=0"
    fields = (await page(site, address)).one("main").fields()
    changed = {"act-1": "council", "on-1": "2026-11-10"} | {f"{missing}-1": ""}
    shown = Page((await site.post(address, fields | changed)).html)
    assert shown.signs("application.asserted") == []
    assert "statement-malformed" in shown.text
    invalid = shown.one("main").fields()
    assert (invalid["act-1"], invalid["on-1"]) == (changed["act-1"], changed["on-1"])
    [field] = shown.marked("aria-invalid", "true")
    assert field.attributes["name"] == f"{missing}-1"


@pytest.mark.parametrize("query", ["position=EU-999&row=0", "position={theirs}&row=1", ""])
async def test_only_own_standing_statements_are_corrected(pages_of, query):
    world, ours, theirs = told()
    site = await pages_of(world, "eu")
    address = f"/applications/A-1/correct?{query.format(theirs=theirs.position)}"
    shown = await site.get(address)
    assert (shown.status, "statement-unknown" in shown.html) == (404, True)
    state(world, "eu", number="A-1", source="supplier", corrects={"id": ours.id})
    world.exchange()
    site = await pages_of(world, "eu")
    replaced = await site.get(f"/applications/A-1/correct?position={ours.position}&row=0")
    assert replaced.status == 404
    assert (await site.get(address, "oversight")).status == 403
