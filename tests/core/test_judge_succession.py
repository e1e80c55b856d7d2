"""The judge on checkpoint and cosigning keys that take another's place (K16, K18)."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.dsse import decode
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.entries import MachineEnrolled, parse
from special_channel.core.kinds.machines import needs_of_machine
from special_channel.core.rows.directory import KeyRow, PartyRow, commitment
from special_channel.core.rows.log_keys import LogKey
from special_channel.core.rows.writing import sign
from tests.core.judging import accepted, refusal
from tests.sides import Side, public_text
from tests.world import World

ROLES = ("checkpoint", "cosigning")
PERSONS = ("second-registrar", "head")
"""Who signs after the first registrar, as many as any rule asks for."""


class Committed(World):
    """A world whose founded checkpoint and cosigning keys commit to those that follow."""

    def founding(self, party: Party, **changed: Any) -> dict[str, Any]:
        payload: Any = super().founding(party, **changed)
        for machine in payload["body"]["machines"]:
            if machine["role"] in ROLES:
                machine["next"] = committed(self.sides[party], machine["role"] + "-2")
        stated: dict[str, Any] = payload
        return stated


def committed(side: Side, name: str) -> str:
    private = (side.keys.get(name) or side.make_key(name)).private
    return commitment(private.suite, private.public)


@pytest.fixture
def world() -> World:
    return Committed.founded()


@pytest.fixture(params=ROLES)
def role(request: pytest.FixtureRequest) -> str:
    named: str = request.param
    return named


def succession(
    world: World, party: Party, role: str, which: str = "", by: str = "registrar", **changed: Any
) -> dict[str, Any]:
    """Return the payload by which the key `which` follows; it commits to `which` with a `+`."""
    side = world.sides[party]
    which = which or f"{role}-2"
    key = side.keys.get(which) or side.make_key(which)
    body: dict[str, Any] = {
        "role": role,
        "suite": key.private.suite,
        "public": public_text(key),
        "name": side.origin if role == "checkpoint" else side.cosigning_name,
        "next": committed(side, f"{which}+"),
        "reason": "routine",
    }
    body = {field: value for field, value in (body | changed).items() if value is not None}
    return world.payload(party, "machine.enrolled", by=by, body=body)


def keys_of(world: World, party: Party, role: str) -> tuple[LogKey, ...]:
    row = world.sides[peer_of(party)].replay.rows["party", party]
    assert isinstance(row, PartyRow)
    return row.checkpoint if role == "checkpoint" else row.cosigning


def test_the_committed_key_takes_the_place(world, party, role):
    entry = accepted(world, party, succession(world, party, role), also=PERSONS)
    first, second = keys_of(world, party, role)
    side = world.sides[party]
    assert (first.key, first.start, first.reason) == (side.keys[role].key, 0, "")
    assert second.key == side.keys[f"{role}-2"].key
    assert (second.start, second.reason) == (entry.position.index, "routine")
    rows = world.sides[peer_of(party)].replay.rows
    old, new = rows["key", first.key], rows["key", second.key]
    assert isinstance(old, KeyRow)
    assert isinstance(new, KeyRow)
    assert (old.ended, old.now, new.now) == (entry.position.index, "revoked", "active")
    assert (new.machine, new.name) == (role, second.verifier.name)


def test_one_key_follows_the_other_by_its_commitment(world, party, role):
    accepted(world, party, succession(world, party, role), also=PERSONS)
    again = succession(world, party, role)
    assert refusal(world, party, again, also=PERSONS) == "key-known"
    third = succession(world, party, role, f"{role}-2+", reason="compromised")
    accepted(world, party, third, also=PERSONS)
    assert [key.reason for key in keys_of(world, party, role)] == ["", "routine", "compromised"]


def test_a_key_that_nobody_committed_to_needs_the_root(world, party, role):
    other = succession(world, party, role, "other")
    assert refusal(world, party, other, also=PERSONS) == "successor-uncommitted"
    by_root = succession(world, party, role, "other", "root", reason="lost")
    assert refusal(world, party, by_root) == "root-threshold"
    accepted(world, party, by_root, also=["root-2"])
    assert keys_of(world, party, role)[-1].reason == "lost"


def test_a_founding_without_a_commitment_leaves_the_root(party, role):
    world = World.founded()
    payload = succession(world, party, role)
    assert refusal(world, party, payload, also=PERSONS) == "successor-uncommitted"
    accepted(world, party, succession(world, party, role, by="root"), also=["root-2"])


def test_the_committed_key_of_the_other_role_does_not_follow(world, party, role):
    other = next(one for one in ROLES if one != role)
    payload = succession(world, party, role, f"{other}-2")
    assert refusal(world, party, payload, also=PERSONS) == "successor-uncommitted"


@pytest.mark.parametrize(
    "changed", [{"next": None}, {"name": None}, {"name": "other.example/log"}, {"suite": "es256"}]
)
def test_a_key_that_follows_is_complete(changed, world, party, role):
    if "suite" in changed:
        es256 = world.sides[party].make_key("es256", "es256")
        changed = changed | {"public": public_text(es256)}
    payload = succession(world, party, role, **changed)
    assert refusal(world, party, payload, also=PERSONS) == "entry-malformed"


@pytest.mark.parametrize("by", ["desk", "node", "checkpoint", "checkpoint-2"])
def test_others_name_no_key_that_follows(by, world, party, role):
    payload = succession(world, party, role, by=by)
    assert refusal(world, party, payload) in {"role", "key-unknown"}


def test_a_key_that_followed_signs_no_entry(world, party, role):
    accepted(world, party, succession(world, party, role), also=PERSONS)
    for name, code in ((role, "key-revoked"), (f"{role}-2", "role")):
        assert refusal(world, party, world.payload(party, "peer.seen", by=name)) == code


def test_an_invalid_succession_leaves_the_key(world, party, role):
    refusal(world, party, succession(world, party, role, "other"), also=PERSONS)
    world.exchange()
    assert len(keys_of(world, party, role)) == 1


def test_needs_of_a_succession_end_without_its_party(world, party, role):
    signer = world.sides[party].keys["registrar"]
    entry = parse(decode(sign(succession(world, party, role), [signer]).envelope).payload)
    assert isinstance(entry, MachineEnrolled)
    assert list(needs_of_machine({}, entry)) == []
