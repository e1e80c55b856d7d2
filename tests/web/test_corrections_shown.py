"""A correction is shown beside what it replaced: on the application's page and in its list."""

from __future__ import annotations

import json

import pytest

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
            f"Replaced: approved, 20 Nov 2026 ({wrong}) "
            f"→ under review, 20 Nov 2026 ({right}, correction)"
        )
        assert line in page.text, page.text
        struck = [each.text for each in page.page.all("deletion")]
        assert f"Replaced: approved, 20 Nov 2026 ({wrong})" in struck
        chinese = await site.get(path, lang="zh-CN")
        said = chinese.text.replace(" ", "")
        assert f"更正：原内容：{wrong}所报“准予许可”，应为“审查中”（{right}）" in said
    shown = await site.get("/applications/A-1")
    assert f"Replaced: approved replaced in {right}" in shown.text
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
        "by": "cn", "position": wrong, "before": "approved, 20 Nov 2026", "corrected_in": right,
        "after": "under review, 20 Nov 2026",
    }  # fmt: skip
    assert (second["position"], "18 Nov" in second["before"]) == (str(acted.position), True)
    assert [each.get("corrected_in") for each in cn["history"]] == [right, None]
    assert cn["marks"][0]["corrected_in"] == second["corrected_in"]
    assert cn["latest"]["state"] == "review"
    found = json.loads((await site.get(f"/api{batch}?states=1")).html)["items"]
    [row] = [each for each in found if each.get("number") == "A-1"]
    assert (row["state"], row["answered_in"]) == ("review", right)
