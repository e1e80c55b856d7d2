"""Who may release a draft: the rule that the judge applies is the rule that pages offer by."""

from __future__ import annotations

import pytest

from special_channel.core.errors import ChannelError
from special_channel.core.releasing import releasers, stops_line
from tests.permits import list_row
from tests.world import World

STOP = {"urgency": "line_stop", "stop_on": "2026-12-08"}
SECONDS = ("clerk", "head", "director", "oversight")
NAMED: tuple[list[str], ...] = ([], ["desk", "head"], ["head", "director"], ["desk"])


@pytest.mark.parametrize("roles", NAMED, ids=lambda roles: "-".join(roles) or "nobody")
@pytest.mark.parametrize("row", [{}, STOP], ids=["normal", "line-stop"])
@pytest.mark.parametrize("second", SECONDS)
def test_judge_takes_whom_the_rule_names(roles, row, second):
    rules = [{"kind": "batch.listed", "roles": roles}] if roles else []
    world = World.founded(release=rules)
    named = releasers(tuple(roles), line_stop=bool(row))
    role = "desk" if second == "clerk" else second
    if not roles and not row:
        assert named == ()
        return
    code = ""
    try:
        payload = world.payload("eu", "batch.listed", body={"list": "W1", "rows": 1})
        parts = [world.data("list", {"rows": [list_row(1, "A-1", **row)]})]
        world.append("eu", payload, parts, also=[second])
    except ChannelError as error:
        code = error.code
    assert code == ("" if role in named else "clearance-missing")


def test_line_stop_is_found_among_other_rows():
    assert stops_line(["normal", "line_stop"])
    assert not stops_line(["normal", None])
    assert not stops_line([])
