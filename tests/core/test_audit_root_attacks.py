"""The verifier names what a hostile owner's root committed without effect: attacks 19 to 21."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.audit.findings import Report
from special_channel.core.bytes.ids import Party
from tests.bundles import evidence_of, trust_of
from tests.core.judging import accepted
from tests.core.test_judge_roots import of_the_root, rotation
from tests.sides import NEXT_PARTS, ROOT_PARTS
from tests.world import Entry, World


def forced(world: World, party: Party, payload: Any, also: Sequence[str] = ()) -> Entry:
    """Commit an entry as a hostile owner does, whatever the judge says."""
    entry = world.append(party, payload, honest=False, also=list(also))
    world.exchange()
    return entry


def report_of(world: World) -> Report:
    return audit(evidence_of(world), trust_of(world)).report


def named(world: World, entry: Entry, code: str) -> None:
    """The verifier names the entry with the judge's code, and proves nothing."""
    report = report_of(world)
    found = [each for each in report.findings if each.place.id == entry.id]
    assert code in {each.code for each in found} | {dict(each.facts).get("code") for each in found}
    assert report.verdict == "not-proven"


def test_too_few_parts_grant_nothing(party):
    world = World.founded()
    named(world, forced(world, party, of_the_root(world, party)), "root-threshold")


def test_parts_of_a_past_set_grant_nothing(party):
    world = World.founded()
    accepted(world, party, rotation(world, party), also=["next-2"])
    late = forced(world, party, of_the_root(world, party), ["root-2"])
    named(world, late, "key-revoked")


def test_all_parts_in_use_bring_no_set_of_their_choice(party):
    world = World.founded()
    for name in ("thief", "thief-2"):
        world.sides[party].make_key(name)
    stolen = world.sides[party].roots(("thief", "thief-2"), NEXT_PARTS)
    payload = rotation(world, party, by="thief", **stolen)
    named(world, forced(world, party, payload, ["thief-2", *ROOT_PARTS]), "root-commitment")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param({"number": 3}, "root-number", id="number skipped"),
        pytest.param({"ref": "a" * 64}, "root-number", id="behind another founding"),
        pytest.param({"threshold": 1}, "root-threshold", id="threshold lowered"),
    ],
)
def test_a_set_out_of_the_chain_is_not_taken(changed, code, party):
    world = World.founded()
    entry = forced(world, party, rotation(world, party, **changed), ["next-2"])
    named(world, entry, code)
    assert report_of(world).roots[party][0] == 1


def test_a_number_is_not_repeated(party):
    world = World.founded()
    accepted(world, party, rotation(world, party), also=["next-2"])
    again = forced(world, party, rotation(world, party, since=1), ["next-2"])
    named(world, again, "root-number")
