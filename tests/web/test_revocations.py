"""CN records on the application's page that an approval was revoked."""

from __future__ import annotations

import json

from special_channel.core.entries import StatementRef, parse_model
from special_channel.core.entries.permits import Revocation
from special_channel.core.rows.writing import sign
from special_channel.desk.statement_bodies import revocation
from tests.permits import issue
from tests.web.test_corrections_shown import WRONG
from tests.web.test_marked_texts import asked, sent
from tests.world import Entry, World


def approved() -> tuple[World, Entry, str]:
    """An approval in a row of CN's sheet, and the address of the form to revoke it."""
    world = World.founded()
    batch = world.list_batch(["A-1"])
    world.exchange()
    approval = world.answer_batch(batch, [WRONG])
    world.exchange()
    return world, approval, f"/applications/A-1/revoke?position={approval.position}&row=1"


async def test_revocation_begins_beside_the_approval_and_is_signed(pages_of):
    world, approval, address = approved()
    site = await pages_of(world, "cn")
    assert address in (await site.get("/applications/A-1")).page.links().values()
    form = await site.get(address)
    assert f"Stated in {approval.position}, row 1: approved" in form.text
    checked = await site.post(address, {"on": "2026-11-23", "after": "review"})
    [body] = checked.page.signs("approval.revoked")
    stated = parse_model(Revocation, body.encode())
    assert (stated.number, stated.on, stated.after) == ("A-1", "2026-11-23", "review")
    assert (stated.approval.id, stated.approval.row) == (approval.id, 1)
    assert "23 Nov 2026" in checked.text
    world.append("cn", world.payload("cn", "approval.revoked", body=json.loads(body)))
    world.exchange()
    shown = await (await pages_of(world, "eu")).get("/applications/A-1")
    assert "under review" in shown.text
    # The revocation is corrected on its own form, and nothing is revoked twice.
    links = (await (await pages_of(world, "cn")).get("/applications/A-1")).page.links()
    [own] = [each for each in links.values() if "/revoke" in each]
    assert own.startswith("/applications/A-1/revoke?corrects=CN-")
    places = [each for each in links.values() if "/correct" in each]
    assert places == [f"/applications/A-1/correct?position={approval.position}&row=1"]
    again = await (await pages_of(world, "cn")).post(
        address, {"on": "2026-11-23", "after": "review"}
    )
    assert again.page.signs("approval.revoked") == []
    assert "The approval has had no effect since" in again.text


async def test_revocation_that_cannot_be_true_is_named_and_not_offered(pages_of):
    world, _, address = approved()
    site = await pages_of(world, "cn")
    early = await site.post(address, {"on": "2026-11-18", "after": "refused"})
    assert early.page.signs("approval.revoked") == []
    assert "Decided on 19 Nov 2026, revoked on 18 Nov 2026, before that." in early.text
    zh = await site.post(address, {"on": "2026-11-18", "after": "refused"}, lang="zh-CN")
    assert "早于决定日期" in zh.text
    faulty = await site.post(address, {"on": "soon", "after": "refused"})
    assert "statement-malformed" in faulty.text


async def test_approval_under_a_licence_is_not_revoked(pages_of):
    world, _, address = approved()
    issue(world, licence="L/1", applications=["A-1"], valid_from="2026-11-20")
    world.exchange()
    site = await pages_of(world, "cn")
    refused = await site.post(address, {"on": "2026-11-23", "after": "review"})
    assert "Licence L/1 names this number and is not over." in refused.text


async def test_the_eu_revokes_nothing(pages_of):
    world, approval, address = approved()
    site = await pages_of(world, "eu")
    assert "/revoke" not in " ".join((await site.get("/applications/A-1")).page.links().values())
    assert (await site.get(address)).status == 403
    # Whatever day it names: it is refused for its author, not for what it says.
    body = {"number": "A-1", "on": "2026-12-24", "after": "review"}
    made = revocation(body, StatementRef(id=approval.id, row=1))
    revoked = sign(world.payload("eu", "approval.revoked", body=made), [world.eu.keys["desk"]])
    answer = await asked(site, "POST", "/api/entries", {"entries": [sent(revoked)]})
    assert (answer["http"], answer["code"]) == (403, "owner")
    here = await pages_of(world, "cn")
    assert (await here.get(f"/applications/A-1/revoke?position={approval.position}")).status == 404


async def test_revocation_with_a_wrong_day_is_replaced(pages_of):
    world, approval, _ = approved()
    said = {"number": "A-1", "after": "review"}
    of = StatementRef(id=approval.id, row=1)

    def revoke(day: str, corrects: StatementRef | None = None) -> Entry:
        body = revocation({**said, "on": day}, of, corrects)
        made = world.append("cn", world.payload("cn", "approval.revoked", body=body))
        world.exchange()
        return made

    wrong = revoke("2026-11-23")
    right = revoke("2026-11-24", StatementRef(id=wrong.id))
    for party in ("eu", "cn"):
        text = (await (await pages_of(world, party)).get("/applications/A-1")).text
        assert f"replaced in {right.position}" in text
        assert f"replaces {wrong.position}" in text


async def test_revocation_is_corrected_on_its_page_with_the_same_checks(pages_of):
    world, approval, _ = approved()
    of = StatementRef(id=approval.id, row=1)
    body = revocation({"number": "A-1", "on": "2026-11-23", "after": "review"}, of)
    wrong = world.append("cn", world.payload("cn", "approval.revoked", body=body))
    world.exchange()
    site = await pages_of(world, "cn")
    address = f"/applications/A-1/revoke?corrects={wrong.position}"
    form = await site.get(address)
    assert f"Stated in {wrong.position}: under review" in form.text
    assert 'value="2026-11-23"' in form.html
    early = await site.post(address, {"on": "2026-11-18", "after": "refused"})
    assert early.page.signs("approval.revoked") == []
    assert "before that" in early.text
    checked = await site.post(address, {"on": "2026-11-24", "after": "refused"})
    [made] = checked.page.signs("approval.revoked")
    stated = parse_model(Revocation, made.encode())
    assert (stated.on, stated.after, stated.approval) == ("2026-11-24", "refused", of)
    assert stated.corrects == StatementRef(id=wrong.id)
    assert f"Corrects {wrong.position}" in checked.text
    right = world.append("cn", world.payload("cn", "approval.revoked", body=json.loads(made)))
    world.exchange()
    shown = await (await pages_of(world, "eu")).get("/applications/A-1")
    assert f"replaces {wrong.position}" in shown.text
    for gone in (wrong.position, approval.position):
        missing = await (await pages_of(world, "cn")).get(
            f"/applications/A-1/revoke?corrects={gone}"
        )
        assert missing.status == 404
    assert str(right.position) in shown.text


async def test_revocation_that_never_was_is_replaced_by_a_statement(pages_of):
    world, approval, _ = approved()
    of = StatementRef(id=approval.id, row=1)
    body = revocation({"number": "A-1", "on": "2026-11-23", "after": "review"}, of)
    wrong = world.append("cn", world.payload("cn", "approval.revoked", body=body))
    world.exchange()
    site = await pages_of(world, "cn")
    form = await site.get(f"/applications/A-1/revoke?corrects={wrong.position}")
    [instead] = [each for each in form.page.links().values() if "/correct?" in each]
    typed = {"state": "approved", "as_of": "2026-11-23", "source": "bureau"}
    checked = await site.post(instead, typed)
    [made] = checked.page.signs("application.asserted")
    assert json.loads(made)["corrects"] == {"id": wrong.id}
    # Dates as everywhere.
    assert "23 Nov 2026" in checked.text
    chinese = await site.post(instead, typed, lang="zh-CN")
    assert "2026年11月23日" in chinese.text
