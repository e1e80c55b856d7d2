"""The judge on root sets: who replaces one, and what the root may do (K14, K15)."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.directory import KeyRow, PartyRow
from special_channel.core.rows.past import Past
from tests.core.judging import accepted, refusal, signing
from tests.sides import NEXT_PARTS, REGISTRARS, ROOT_PARTS
from tests.world import World

LAST = ("last", "last-2")


def rotation(world: World, party: Party, by: str = "next", **changed: Any) -> dict[str, Any]:
    """Return the payload that puts the next parts in the place of the founded ones."""
    side = world.sides[party]
    for name in LAST:
        side.make_key(name)
    founding = side.own.entries[:1]
    ref = changed.pop("ref", founding[0].id if founding else "a" * 64)
    body = side.roots(NEXT_PARTS, LAST) | {"number": 2} | changed
    return world.payload(party, "roots.rotated", by=by, ref=ref, body=body)


def of_the_root(world: World, party: Party, name: str = "newcomer", by: str = "root") -> Any:
    return world.granting(party, name, by=by)


@pytest.mark.parametrize(
    "also",
    [
        pytest.param(("next-2",), id="recovery"),
        pytest.param(("next-2", "next-3"), id="all new parts"),
        pytest.param(("next-2", "root", "root-2"), id="planned"),
        pytest.param(("next-2", "root"), id="recovery with one old part"),
        pytest.param(("next-2", "registrar"), id="registrar signs along"),
    ],
)
def test_the_next_parts_take_the_place_of_the_last(also, world, party):
    accepted(world, party, rotation(world, party, since=3), also=also)
    rows = world.sides[peer_of(party)].replay.rows
    row = rows["party", party]
    assert isinstance(row, PartyRow)
    assert [roots.number for roots in row.roots] == [1, 2]
    assert (row.roots[1].since, row.pin) == (3, world.sides[party].pin)
    keys = world.sides[party].keys
    for name, standing in (("root", "revoked"), ("next", "active")):
        part = rows["key", keys[name].key]
        assert isinstance(part, KeyRow)
        assert part.now == standing


def test_the_old_parts_sign_nothing_after(world, party):
    accepted(world, party, rotation(world, party), also=["next-2"])
    assert refusal(world, party, of_the_root(world, party), also=["root-2"]) == "key-revoked"
    with_one = of_the_root(world, party, by="next")
    assert refusal(world, party, with_one, also=["root-2"]) == "key-revoked"
    assert refusal(world, party, with_one) == "root-threshold"
    accepted(world, party, with_one, also=["next-3"])


def test_root_sets_are_numbered_one_by_one(world, party):
    for number, code in ((3, "root-number"), (1, "entry-malformed")):
        assert refusal(world, party, rotation(world, party, number=number), also=["next-2"]) == code
    for ref in ("a" * 64, world.sides[party].own.entries[1].id):
        wrong = rotation(world, party, ref=ref)
        assert refusal(world, party, wrong, also=["next-2"]) == "root-number"
    second = accepted(world, party, rotation(world, party), also=["next-2"])
    again = rotation(world, party, since=1)
    assert refusal(world, party, again, also=["next-2"]) == "root-number"
    third = world.sides[party].roots(LAST, ("root",)) | {"number": 3, "next_threshold": 1}
    skipped = world.payload(
        party, "roots.rotated", by="last", ref=world.sides[party].own.entries[0].id, body=third
    )
    assert refusal(world, party, skipped, also=["last-2"]) == "root-number"
    payload = world.payload(party, "roots.rotated", by="last", ref=second.id, body=third)
    accepted(world, party, payload, also=["last-2"])
    accepted(world, party, of_the_root(world, party, by="last"), also=["last-2"])


def test_no_root_set_follows_before_the_founding(party):
    world = World()
    payload = rotation(world, party)
    assert refusal(world, party, payload, also=["next-2"]) == "root-number"


@pytest.mark.parametrize("signers", [ROOT_PARTS, (*ROOT_PARTS, *REGISTRARS)])
def test_all_parts_in_use_can_not_choose_their_successors(signers, world, party):
    """Whoever steals the parts in use has keys to which the founding did not commit."""
    for name in ("thief", "thief-2"):
        world.sides[party].make_key(name)
    stolen = world.sides[party].roots(("thief", "thief-2"), NEXT_PARTS)
    payload = rotation(world, party, by="thief", **stolen)
    assert refusal(world, party, payload, also=["thief-2", *signers]) == "root-commitment"
    partly = world.sides[party].roots(("next", "thief"), NEXT_PARTS)
    payload = rotation(world, party, by="next", **partly)
    assert refusal(world, party, payload, also=["thief"]) == "root-commitment"


@pytest.mark.parametrize(
    ("by", "also", "changed"),
    [
        pytest.param("next", (), {}, id="one signature"),
        pytest.param("next", ("root", "root-2"), {}, id="old parts in place of new ones"),
        pytest.param("next", (), {"threshold": 1}, id="threshold lowered"),
        pytest.param("next", ("next-2",), {"threshold": 1}, id="lowered and reached all the same"),
        pytest.param("next", ("next-2", "next-3"), {"threshold": 3}, id="threshold raised"),
        pytest.param("root", ("next", "next-2"), {}, id="author of the old set"),
        pytest.param("registrar", ("next", "next-2"), {}, id="author a registrar"),
        pytest.param("node", ("next", "next-2"), {}, id="author the node"),
    ],
)
def test_as_many_new_parts_sign_as_the_last_set_said(by, also, changed, world, party):
    payload = rotation(world, party, by=by, **changed)
    assert refusal(world, party, payload, also=also) == "root-threshold"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        pytest.param(lambda keys: keys[::-1], "entry-malformed", id="order"),
        pytest.param(lambda keys: [keys[0], *keys], "entry-malformed", id="twice"),
        pytest.param(lambda _: [], "entry-malformed", id="none"),
    ],
)
def test_new_parts_are_in_order(changed, code, world, party):
    keys = world.sides[party].roots(NEXT_PARTS)["keys"]
    payload = rotation(world, party, keys=changed(keys))
    assert refusal(world, party, payload, also=["next-2"]) == code


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"suite": "ed25519", "public": "AAA"}, "key-malformed"),
        ({"suite": "ed25519", "public": "AAAA"}, "key-malformed"),
        ({"suite": "ml-dsa-44", "public": "AAAA"}, "suite-unsupported"),
    ],
)
def test_a_new_part_that_is_no_key_is_refused(part, code, world, party):
    keys = world.sides[party].roots(NEXT_PARTS)["keys"]
    codes = set()
    for at in range(4):
        payload = rotation(world, party, keys=[*keys[:at], part, *keys[at:]])
        codes.add(refusal(world, party, payload, also=["next-2"]))
    assert code in codes
    assert codes <= {code, "entry-malformed"}, "out of order at the other places"


def test_a_new_part_is_nobody_elses_key(world, party):
    """The key was enrolled for a person after the founding had committed to it."""
    world.append(party, world.enrolment(party, "desk", "next"))
    payload = rotation(world, party)
    assert refusal(world, party, payload, also=["next-2"]) == "key-known"


def test_doubt_about_the_last_set_begins_in_the_log(world, party):
    size = world.sides[party].own.size
    late = rotation(world, party, since=size + 1)
    assert refusal(world, party, late, also=["next-2"]) == "since-order"
    size = world.sides[party].own.size
    accepted(world, party, rotation(world, party, since=size), also=["next-2"])


def test_a_part_of_both_sets_keeps_its_place(party):
    """Its earlier signatures stay signatures of a known key (K1)."""
    world = World()
    side = world.sides[party]
    roots = side.roots(after=("root", "next"))
    accepted(world, party, world.founding(party, roots=roots), also=["root-2", *REGISTRARS])
    side.make_key("last")
    both = side.roots(("root", "next"), ("last",)) | {"number": 2, "next_threshold": 1}
    payload = world.payload(
        party, "roots.rotated", by="root", ref=side.own.entries[0].id, body=both
    )
    accepted(world, party, payload, also=["next"])
    for rows in (world.eu.replay.rows, world.cn.replay.rows):
        kept = rows["key", side.keys["root"].key]
        assert isinstance(kept, KeyRow)
        assert (kept.enrolled, kept.now) == (0, "active")
        assert kept.standing(Past(party, 1, 0)) == "active"
        gone = rows["key", side.keys["root-2"].key]
        assert isinstance(gone, KeyRow)
        assert gone.now == "revoked"
    accepted(world, party, of_the_root(world, party), also=["next"])
    assert refusal(world, party, of_the_root(world, party, "other"), also=["root-2"]) == (
        "key-revoked"
    )


# What the root does --------------------------------------------------------------------


def test_the_root_puts_registrars_in_place_of_lost_ones(world, party):
    side = world.sides[party]
    for name in REGISTRARS:
        left = world.payload(party, "person.left", by="root", body={"person": side.person(name)})
        accepted(world, party, left, also=["root-3"])
    assert refusal(world, party, world.granting(party, "newcomer")) == "person-ended"
    for name in ("first", "other"):
        side.make_key(name)
        granted = world.granting(party, name, by="root", role="registrar", desk="registry")
        accepted(world, party, granted, also=["root-2"])
        accepted(world, party, world.enrolment(party, name), also=["root", "root-2"])
        row = world.sides[peer_of(party)].replay.rows["key", side.keys[name].key]
        assert isinstance(row, KeyRow)
        assert (row.rooted, row.grants[0].rooted, row.role) == (True, True, "registrar")
    accepted(world, party, world.granting(party, "newcomer", by="first"), also=["other"])


@pytest.mark.parametrize(
    ("by", "also", "code"),
    [
        ("root", (), "root-threshold"),
        ("root", ("registrar",), "root-threshold"),
        ("registrar", ("root",), "root-threshold"),
        ("registrar", ("root", "root-2"), "role"),
        ("root", ("next",), "key-unknown"),
    ],
)
def test_parts_of_the_root_act_as_many_together(by, also, code, world, party):
    assert refusal(world, party, of_the_root(world, party, by=by), also=also) == code


def test_one_part_of_the_root_confirms_no_key(world, party):
    world.grant(party, "newcomer")
    world.sides[party].make_key("newcomer")
    payload = world.enrolment(party, "newcomer")
    assert refusal(world, party, payload, also=["root"]) == "root-threshold"
    assert refusal(world, party, payload, also=["root", "registrar"]) == "root-threshold"
    accepted(world, party, payload, also=["root", "root-3"])


@pytest.mark.parametrize("kind", ["thread.opened", "peer.seen", "key.suspended"])
def test_the_root_signs_nothing_else(kind, world, party):
    fields: dict[str, dict[str, Any]] = {
        "thread.opened": {
            "thread": world.thread_id(),
            "lang": "en",
            "body": {"batch": "standing"},
        },
        "peer.seen": {},
        "key.suspended": {"body": world.suspension(party, "desk")["body"]},
    }
    payload = world.payload(party, kind, by="root", **fields[kind])
    parts = [world.text("x", "subject")] if kind == "thread.opened" else []
    assert refusal(world, party, payload, parts, also=["root-2"]) == "role"


def test_the_root_stops_nobody_and_lets_go(world, party):
    stop = world.append(party, world.suspension(party, "desk", "clerk"))
    restored = world.restoration(party, stop, by="root")
    assert refusal(world, party, restored) == "root-threshold"
    accepted(world, party, restored, also=["root-2"])
    accepted(world, party, world.revocation(party, "desk", by="root"), also=["root-2"])
    assert signing(world, party, "desk") == "key-revoked"
