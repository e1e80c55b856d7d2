"""A correction is shown beside what it replaced: on the application's page and in its list."""

from __future__ import annotations

import json

import pytest

from special_channel.core.entries import StatementRef, parse_model
from special_channel.core.entries.permits import Mark
from special_channel.desk.payloads import Fields
from tests.permits import mark
from tests.world import World

WRONG: Fields = {
    "row": 1, "number": "A-1", "state": "approved", "as_of": "2026-11-20", "decision": "approved",
    "decided_on": "2026-11-19",
}  # fmt: skip
RIGHT: Fields = {"row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-20"}


def corrected() -> tuple[World, str, str, str]:
    """A wrong decision and its correction: the list, and the numbers of both sheets."""
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    wrong = world.answer_batch(batch, [WRONG])
    right = world.answer_batch(batch, [RIGHT | {"corrects": {"id": wrong.id, "row": 1}}])
    world.exchange()
    return world, f"/batches/{batch.position}", str(wrong.position), str(right.position)


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_replaced_state_is_struck_and_said_in_words(pages_of, party):
    world, batch, wrong, right = corrected()
    site = await pages_of(world, party)
    for path in (batch, "/applications/A-1"):
        page = await site.get(path)
        line = (
            f"Replaced: approved, 20 Nov 2026 ({wrong}, row 1) "
            f"→ under review, 20 Nov 2026 ({right}, row 1, correction)"
        )
        assert line in page.text, page.text
        struck = [each.text for each in page.page.all("deletion")]
        assert f"Replaced: approved, 20 Nov 2026 ({wrong}, row 1)" in struck
        chinese = await site.get(path, lang="zh-CN")
        said = chinese.text.replace(" ", "")
        assert f"更正：原内容：{wrong}第1行所报“准予许可”，应为“审查中”（{right}第1行）" in said
    shown = await site.get("/applications/A-1")
    assert f"Replaced: approved replaced in {right}, row 1" in shown.text
    assert f"replaces {wrong}, row 1" in shown.text
    assert [each.text for each in shown.page.all("deletion")][-1] == "Replaced: approved"
    listed = await site.get(batch)
    assert listed.text.count("correction)") == 1


async def test_api_names_what_a_correction_replaced(pages_of):
    world, batch, wrong, right = corrected()
    acted = mark(world, "cn", "A-1", "council", "2026-11-18")
    mark(world, "cn", "A-1", "council", "2026-11-19", corrects={"id": acted.id})
    world.exchange()
    site = await pages_of(world, "eu")
    cn = json.loads((await site.get("/api/applications/A-1")).html)["cn"]
    first, second = cn["corrections"]
    assert first == {
        "by": "cn", "position": wrong, "row": 1, "before": "approved, 20 Nov 2026",
        "corrected_in": right, "corrected_row": 1, "after": "under review, 20 Nov 2026",
    }  # fmt: skip
    assert (second["position"], "18 Nov" in second["before"]) == (str(acted.position), True)
    assert [each.get("corrected_in") for each in cn["history"]] == [right, None]
    assert cn["marks"][0]["corrected_in"] == second["corrected_in"]
    assert cn["marks"][1]["corrects"] == str(acted.position)
    assert (cn["history"][1]["corrects"], cn["history"][1]["corrects_row"]) == (wrong, 1)
    assert cn["latest"]["state"] == "review"
    found = json.loads((await site.get(f"/api{batch}?states=1")).html)["items"]
    [row] = [each for each in found if each.get("number") == "A-1"]
    assert (row["state"], row["answered_in"]) == ("review", right)


@pytest.mark.parametrize("party", ["eu", "cn"])
async def test_act_is_corrected_by_the_form_that_began_with_it(pages_of, party):
    world = World.founded()
    source = {"eu": "supplier", "cn": "bureau"}[party]
    acted = mark(world, party, "A-1", "accepted", "2026-11-02", source=source)
    world.exchange()
    site = await pages_of(world, party)
    address = f"/applications/A-1?corrects={acted.position}"
    assert address in (await site.get("/applications/A-1")).page.links().values()
    form = await site.get(address)
    assert f"A correction says that {acted.position} was never right" in form.text
    typed = {"act": "accepted", "on": "2026-11-03", "basis": "", "expected_until": ""}
    checked = await site.post(address, typed)
    [body] = checked.page.signs("clock.marked")
    stated = parse_model(Mark, body.encode())
    assert stated.corrects == StatementRef(id=acted.id)
    assert (stated.on, stated.source) == ("2026-11-03", source)
    world.append(party, world.payload(party, "clock.marked", body=json.loads(body)))
    world.exchange()
    again = await (await pages_of(world, party)).get(address)
    assert (again.status, "statement-unknown" in again.text) == (404, True)
    for reader in ("eu", "cn"):
        shown = await (await pages_of(world, reader)).get("/applications/A-1")
        assert "Replaced: accepted 2 Nov 2026" in [each.text for each in shown.page.all("deletion")]
        assert f"replaces {acted.position}" in shown.text


async def test_the_eu_corrects_no_act_but_its_own(pages_of):
    world = World.founded()
    acted = mark(world, "cn", "A-1", "accepted", "2026-11-02")
    world.exchange()
    site = await pages_of(world, "eu")
    shown = await site.get("/applications/A-1")
    assert not [each for each in shown.page.links().values() if "corrects=" in each]
    refused = await site.post(f"/applications/A-1?corrects={acted.position}", {"act": "accepted"})
    assert refused.status == 404
