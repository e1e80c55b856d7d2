"""A row of a list has the columns that both charters allow; nodes refuse further columns."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from special_channel.core.entries.batches import OPTED
from tests.core.judging import refusal
from tests.world import World

FIELDS = {"state": "review", "as_of": "2026-11-18", "question": "status", "control_code": "1C905.a"}
NUMBERS = count(1)

sets = st.frozensets(st.sampled_from(sorted(OPTED)))


@lru_cache
def world_of(opted: frozenset[str]) -> World:
    return World.founded(columns=sorted(opted))


def rows(filled: list[frozenset[str]]) -> list[dict[str, Any]]:
    return [
        {
            "row": place,
            "number": f"P-{next(NUMBERS)}",
            "urgency": "normal",
            "rank": place,
            "first_listed": "2026-11-20",
            "times_listed": 1,
        }
        | {name: FIELDS[name] for name in names}
        for place, names in enumerate(filled, 2)
    ]


@settings(max_examples=60, deadline=None)
@given(opted=sets, filled=st.lists(sets, min_size=1, max_size=5), amends=st.booleans())
def test_both_nodes_refuse_a_row_with_a_field_that_the_charter_does_not_opt_in(
    opted, filled, amends
):
    world = world_of(opted)
    sheet = rows(filled)
    if amends:
        batch = world.list_batch([f"P-{next(NUMBERS)}"], list_=f"W{next(NUMBERS)}")
        stated: dict[str, Any] = {"ref": batch.id, "body": {"rows": len(sheet)}}
        payload = world.payload("eu", "batch.amended", **stated)
        parts = [world.data("list-amendment", {"added": sheet})]
    else:
        body = {"list": f"W{next(NUMBERS)}", "rows": len(sheet)}
        payload = world.payload("eu", "batch.listed", body=body)
        parts = [world.data("list", {"rows": sheet})]
    if frozenset().union(*filled) <= opted:
        entry = world.append("eu", payload, parts, also=["head"])
        world.exchange()
        assert world.cn.verdicts[entry.position] == ""
    else:
        assert refusal(world, "eu", payload, parts, also=["head"]) == "column-not-shared"
