"""Lists find a number by a part of it, as people type it in either country."""

from __future__ import annotations

import orjson
import pytest

from tests.permits import LICENCE, issue
from tests.web.test_priority import told
from tests.world import World

NUMBER = "FIKTIV-26-0009744"
LATER = "FIKTIV-26-0009745"
WIDE = str.maketrans({each: chr(ord(each) + 0xFEE0) for each in "FIKTV-0123456789"})

PARTS = [
    "0009744", "0009744".translate(WIDE), "fiktiv260009744", "FIKTIV 26 0009744",
    "FIKTIV\u201326\u20130009744", "FIKTIV\u221226", NUMBER.translate(WIDE), "\u300026-000",
]  # fmt: skip


def numbers(answer: str) -> list[str]:
    return [each["number"] for each in orjson.loads(answer)["items"]]


@pytest.mark.parametrize("part", PARTS)
async def test_number_is_found_by_a_part_in_any_width(pages_of, part):
    world = World.founded()
    batch = world.list_batch([NUMBER, LATER, "OTHER-9744"])
    world.exchange()
    site = await pages_of(world, "eu")
    query = {"text": part}
    one = [NUMBER] if part[-1] in "4\uff14" else [NUMBER, LATER]
    assert numbers((await site.get("/api/applications", params=query)).html) == one
    listed = await site.get(f"/api/batches/{batch.position}", params=query)
    _, *rows = orjson.loads(listed.html)["items"]
    assert [each["number"] for each in rows] == one
    weekly = (await site.get("/api/batches", params={"text": "\uff37 47"})).html
    assert [each["list"] for each in orjson.loads(weekly)["items"]] == ["W47"]


@pytest.mark.parametrize("part", ["虚构26", "虚构\uff0d26", "虚构 26\u201400001"])
async def test_licence_is_found_by_a_part(pages_of, part):
    world = World.founded()
    issue(world)
    world.exchange()
    site = await pages_of(world, "eu")
    found = await site.get("/api/licences", params={"text": part})
    assert [each["licence"] for each in orjson.loads(found.html)["items"]] == [LICENCE]


async def test_request_for_priority_is_found_by_a_part(pages_of):
    world, first, *_ = told()
    site = await pages_of(world, "eu")
    found = await site.get("/api/priorities", params={"text": "\uff41\uff11"})
    assert [each["position"] for each in orjson.loads(found.html)["items"]] == [str(first.position)]
