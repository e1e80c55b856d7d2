"""Release of drafts: pages offer it by the judge's rule."""

from __future__ import annotations

import pytest

from special_channel.core.bytes import canonical
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.entries import SHARED_KINDS
from special_channel.core.rows.charter import Charter, parse
from special_channel.core.rules.releasing import (
    NOT_HELD,
    Release,
    held_kinds,
    release_of,
    release_roles,
    releasers,
    stops_line,
)
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


def charter(*kinds: str, roles: tuple[str, ...] = ("oversight", "head")) -> Charter:
    release = [{"kind": kind, "roles": list(roles)} for kind in kinds]
    return parse(canonical.dumps(World().charter(release=release)))


ADOPTION = {"charter.adopted": ("registrar", "head", "director")}
"""A charter takes two persons by the rules themselves (K4)."""


@pytest.mark.parametrize("kind", [*sorted(SHARED_KINDS), "asks"])
def test_held_kinds_are_those_that_the_charter_names(kind):
    also = {"asks": ("head",)} if kind == "note.posted" else {}
    assert held_kinds(charter(kind)) == ADOPTION | {kind: ("head",)} | also


def test_nothing_is_held_where_nobody_may_release_or_the_kind_stays_here():
    assert held_kinds(None) == ADOPTION
    assert held_kinds(charter("note.posted", "asks", roles=("oversight",))) == ADOPTION
    assert held_kinds(charter("note.internal", "escalation.acknowledged")) == ADOPTION
    assert release_of(charter("note.posted", roles=("oversight",)), "note.posted") == NOT_HELD


def test_note_that_asks_has_a_rule_of_its_own_or_that_of_notes():
    notes = charter("note.posted")
    assert release_roles(notes, "note.posted", asks=True) == ("head",)
    asking = charter("asks")
    assert release_roles(asking, "note.posted", asks=True) == ("head",)
    assert release_roles(asking, "note.posted") == ()
    assert release_roles(None, "note.posted") == ()


def test_line_stop_is_held_even_where_no_single_official_may_release_it():
    assert release_of(None, "batch.listed", line_stop=True) == Release(
        held=True, roles=("head", "director")
    )
    named = charter("batch.listed", roles=("desk",))
    assert release_of(named, "batch.listed", line_stop=True) == Release(held=True)
    assert release_of(named, "batch.listed") == Release(held=True, roles=("desk",))
    other = charter("batch.listed", roles=("oversight",))
    assert release_of(other, "batch.listed", line_stop=True).roles == ("head", "director")
