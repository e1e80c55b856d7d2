"""The judge on stops: suspension, restoration and revocation (K11 to K13)."""

from __future__ import annotations

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.directory import KeyRow
from tests.core.judging import accepted, refusal, signing
from tests.world import World


def key_row(world: World, party: Party, name: str) -> KeyRow:
    """Return the other side's row of a key."""
    rows = world.sides[peer_of(party)].replay.rows
    row = rows["key", world.sides[party].keys[name].key]
    assert isinstance(row, KeyRow)
    return row


# Suspension ----------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("by", ["desk", "clerk", "head", "director", "registrar"])
def test_one_person_stops_a_key_at_once(by, whole, world, party):
    accepted(world, party, world.suspension(party, "desk", by, whole=whole))
    assert signing(world, party, "desk") == "key-suspended"


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("by", ["other-desk", "oversight", "link"])
def test_people_of_other_desks_stop_nobody(by, whole, world, party):
    for name in ("desk", "head", "registrar"):
        stop = world.suspension(party, name, by, whole=whole)
        assert refusal(world, party, stop) == "role"


def test_a_desk_stops_leaders_who_are_of_it_alone(world, party):
    assert refusal(world, party, world.suspension(party, "registrar", "desk")) == "role"
    accepted(world, party, world.suspension(party, "head", "desk"))


def test_the_node_stops_a_person_who_used_the_stop_card(world, party):
    accepted(world, party, world.suspension(party, "desk", "node", whole=True))
    assert signing(world, party, "desk") == "key-suspended"
    machine = world.suspension(party, "link", "node", reason="stolen")
    assert refusal(world, party, machine) == "role"


def test_a_machine_among_the_signers_gives_no_desk(world, party):
    stop = world.suspension(party, "link", "desk", reason="stolen")
    assert refusal(world, party, stop) == "persons-missing"
    assert refusal(world, party, stop, also=["node"]) == "persons-missing"


def test_a_desk_counts_by_the_functions_in_force(world, party):
    accepted(world, party, world.granting(party, "clerk", grant=2, desk="customs"))
    accepted(world, party, world.suspension(party, "clerk", "other-desk"))
    body = {"person": world.sides[party].person("desk"), "grant": 1, "reason": "moved"}
    accepted(world, party, world.payload(party, "role.ended", by="head", body=body))
    accepted(world, party, world.granting(party, "desk", grant=2, desk="customs"))
    accepted(world, party, world.granting(party, "third"))
    world.add_key(party, "third", "third")
    assert refusal(world, party, world.suspension(party, "desk", "third")) == "role"


def test_a_later_key_of_a_stopped_person_is_stopped_too(world, party):
    world.append(party, world.suspension(party, "desk", whole=True))
    world.add_key(party, "desk", "laptop")
    assert signing(world, party, "laptop") == "key-suspended"


def test_a_stopped_key_leaves_the_persons_others(world, party):
    world.add_key(party, "desk", "laptop")
    stop = accepted(world, party, world.suspension(party, "desk", "laptop"))
    assert signing(world, party, "laptop") == ""
    assert signing(world, party, "desk") == "key-suspended"
    assert refusal(world, party, world.suspension(party, "clerk", "desk")) == "key-suspended"
    assert key_row(world, party, "desk").stops[0].id == stop.id


@pytest.mark.parametrize("role", ["root", "checkpoint", "cosigning"])
def test_a_nodes_own_keys_are_not_stopped_this_way(role, world, party):
    assert refusal(world, party, world.suspension(party, role, reason="stolen")) == "role"
    revoked = world.revocation(party, role, reason="stolen")
    assert refusal(world, party, revoked, also=["registrar"]) == "role"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"key": "eu:" + "0" * 32, "person": "a" * 32},
        {"key": "desk"},
        {"person": "a"},
        {"person": "a" * 32, "reason": "quarrel"},
        {"person": "a" * 32, "since": -1},
    ],
)
def test_a_stop_names_one_key_or_one_person(body, world, party):
    stated = {"reason": "stated-at-home"} | body
    payload = world.payload(party, "key.suspended", by="head", body=stated)
    assert refusal(world, party, payload) == "entry-malformed"


def test_a_side_stops_its_own_keys_alone(world, party):
    theirs = world.suspension(peer_of(party), "desk")["body"]
    payload = world.payload(party, "key.suspended", by="head", body=theirs)
    assert refusal(world, party, payload) == "owner"
    revoked = world.payload(party, "key.revoked", by="head", body=theirs)
    assert refusal(world, party, revoked, also=["registrar"]) == "owner"


def test_who_is_not_there_is_not_stopped(world, party):
    world.sides[party].make_key("stranger")
    assert refusal(world, party, world.suspension(party, "stranger")) == "reference"
    assert refusal(world, party, world.suspension(party, "stranger", whole=True)) == (
        "person-unknown"
    )
    revoked = world.revocation(party, "stranger")
    assert refusal(world, party, revoked, also=["registrar"]) == "reference"


# Reasons -------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["lost", "stolen", "suspected", "reported"])
def test_the_reason_of_a_persons_stop_stays_at_home(reason, world, party):
    for whole in (False, True):
        stop = world.suspension(party, "desk", whole=whole, reason=reason)
        assert refusal(world, party, stop) == "reason-place"


@pytest.mark.parametrize("reason", ["found", "mistaken"])
def test_the_reason_of_a_restoration_stays_at_home(reason, world, party):
    for whole in (False, True):
        stop = world.append(party, world.suspension(party, "desk", whole=whole))
        restored = world.restoration(party, stop, reason=reason)
        assert refusal(world, party, restored, also=["registrar"]) == "reason-place"


@pytest.mark.parametrize("reason", ["lost", "stolen", "replaced", "retired"])
def test_the_reason_of_a_revocation_stays_at_home(reason, world, party):
    revoked = world.revocation(party, "desk", reason=reason)
    assert refusal(world, party, revoked, also=["registrar"]) == "reason-place"


def test_the_reason_of_a_machines_stop_crosses(world, party):
    silent = world.suspension(party, "link")
    assert refusal(world, party, silent) == "reason-place"
    stopped = world.suspension(party, "link", reason="suspected")
    stop = accepted(world, party, stopped, also=["desk"])
    silent = world.restoration(party, stop, reason="stated-at-home")
    assert refusal(world, party, silent, also=["registrar"]) == "reason-place"
    accepted(world, party, world.restoration(party, stop, reason="found"), also=["registrar"])
    assert refusal(world, party, world.revocation(party, "link"), also=["registrar"]) == (
        "reason-place"
    )
    accepted(world, party, world.revocation(party, "link", reason="retired"), also=["registrar"])
    assert key_row(world, party, "link").now == "revoked"


# Restoration ---------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [False, True])
def test_two_leaders_let_go_and_the_key_signs_again(whole, world, party):
    stop = accepted(world, party, world.suspension(party, "desk", whole=whole))
    assert refusal(world, party, world.restoration(party, stop), also=()) == "persons-missing"
    for second in ("clerk", "oversight", "node"):
        alone = world.restoration(party, stop)
        assert refusal(world, party, alone, also=[second]) == "persons-missing"
    accepted(world, party, world.restoration(party, stop), also=["director"])
    assert signing(world, party, "desk") == ""
    again = world.restoration(party, stop)
    assert refusal(world, party, again, also=["director"]) == "reference"


@pytest.mark.parametrize("by", ["clerk", "oversight", "node", "link"])
def test_officials_restore_and_revoke_nothing(by, world, party):
    stop = world.append(party, world.suspension(party, "desk"))
    restored = world.restoration(party, stop, by)
    assert refusal(world, party, restored, also=["registrar"]) == "role"
    revoked = world.revocation(party, "desk", by)
    code = "role" if by in {"node", "link"} else "persons-missing"
    assert refusal(world, party, revoked, also=["registrar"]) == code


def test_two_stops_need_two_restorations(world, party):
    first = world.append(party, world.suspension(party, "desk", "clerk"))
    second = world.append(party, world.suspension(party, "desk", whole=True))
    accepted(world, party, world.restoration(party, first), also=["registrar"])
    assert signing(world, party, "desk") == "key-suspended"
    accepted(world, party, world.restoration(party, second), also=["registrar"])
    assert signing(world, party, "desk") == ""


def test_a_restoration_names_what_its_stop_named(world, party):
    """Else a person would be free with one key, and stopped with the others."""
    world.add_key(party, "desk", "laptop")
    whole = world.append(party, world.suspension(party, "desk", whole=True))
    one = world.append(party, world.suspension(party, "desk"))
    key = world.suspension(party, "desk")["body"]
    person = world.suspension(party, "desk", whole=True)["body"]
    other = world.suspension(party, "laptop")["body"]
    for stop, body in ((whole, key), (whole, other), (one, person), (one, other)):
        payload = world.payload(party, "key.restored", by="head", ref=stop.id, body=body)
        assert refusal(world, party, payload, also=["registrar"]) == "reference"
    accepted(world, party, world.restoration(party, whole), also=["registrar"])
    assert signing(world, party, "laptop") == ""
    assert signing(world, party, "desk") == "key-suspended"


def test_a_restoration_names_a_stop(world, party):
    stop = world.append(party, world.suspension(party, "desk"))
    for ref in ("a" * 64, world.sides[party].own.entries[2].id):
        payload = world.restoration(party, stop) | {"ref": ref}
        assert refusal(world, party, payload, also=["registrar"]) == "reference"
    free = world.suspension(party, "clerk")["body"]
    payload = world.payload(party, "key.restored", by="head", ref=stop.id, body=free)
    assert refusal(world, party, payload, also=["registrar"]) == "reference"


def test_nobody_restores_the_own_key(world, party):
    world.add_key(party, "head", "laptop")
    for whole in (False, True):
        stop = world.append(party, world.suspension(party, "head", "head", whole=whole))
        own = world.restoration(party, stop, "laptop")
        code = "key-suspended" if whole else "persons-missing"
        assert refusal(world, party, own, also=["registrar"]) == code
        lent = world.restoration(party, stop, "director")
        assert refusal(world, party, lent, also=["laptop"]) == code
        accepted(world, party, lent, also=["registrar"])


@pytest.mark.parametrize("name", ["desk", "head", "oversight"])
def test_the_holder_is_one_of_two_who_revoke(name, world, party):
    own = world.revocation(party, name, name)
    assert refusal(world, party, own, also=()) == "persons-missing"
    assert refusal(world, party, own, also=["clerk"]) == "persons-missing"
    accepted(world, party, own, also=["registrar"])
    assert key_row(world, party, name).now == "revoked"


# Revocation ----------------------------------------------------------------------------


def test_a_revocation_is_for_good(world, party):
    before = world.append(party, world.suspension(party, "desk", "clerk"))
    accepted(world, party, world.revocation(party, "desk"), also=["registrar"])
    assert signing(world, party, "desk") == "key-revoked"
    restored = world.restoration(party, before)
    assert refusal(world, party, restored, also=["registrar"]) == "key-ended"
    assert refusal(world, party, world.enrolment(party, "desk")) == "key-known"
    assert key_row(world, party, "desk").now == "revoked"


def test_one_person_states_no_doubt_about_a_key_that_has_ended(world, party):
    accepted(world, party, world.revocation(party, "desk"), also=["registrar"])
    assert refusal(world, party, world.suspension(party, "desk", "clerk", since=0)) == "key-ended"
    assert key_row(world, party, "desk").stops == ()


def test_two_leaders_revoke(world, party):
    revoked = world.revocation(party, "desk")
    for second in ((), ("clerk",), ("oversight",), ("node",)):
        assert refusal(world, party, revoked, also=second) == "persons-missing"
    accepted(world, party, revoked, also=["director"])


def test_a_second_revocation_states_an_earlier_doubt(world, party):
    size = world.sides[party].own.size
    late = world.revocation(party, "desk", since=size + 1)
    assert refusal(world, party, late, also=["registrar"]) == "since-order"
    accepted(world, party, world.revocation(party, "desk"), also=["registrar"])
    ended = key_row(world, party, "desk").ended
    assert refusal(world, party, world.revocation(party, "desk"), also=["registrar"]) == (
        "since-order"
    )
    accepted(world, party, world.revocation(party, "desk", since=9), also=["registrar"])
    for since in (9, 10):
        again = world.revocation(party, "desk", since=since)
        assert refusal(world, party, again, also=["registrar"]) == "since-order"
    accepted(world, party, world.revocation(party, "desk", since=0), also=["registrar"])
    row = key_row(world, party, "desk")
    assert (row.since, row.ended, row.how) == (0, ended, "revoked")


def test_doubt_begins_at_an_index_that_the_log_has(world, party):
    size = world.sides[party].own.size
    late = world.suspension(party, "desk", since=size + 1)
    assert refusal(world, party, late) == "since-order"
    size = world.sides[party].own.size
    accepted(world, party, world.suspension(party, "desk", since=size))
    assert key_row(world, party, "desk").stops[0].since == size
