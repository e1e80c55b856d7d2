"""The judge on keys of machines: link, node and service keys (K19 in part)."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rules.roles import SERVICE_KINDS
from tests.core.judging import accepted, refusal
from tests.sides import public_text
from tests.world import World


def machine(world: World, party: Party, role: str, by: str = "", **changed: Any) -> dict[str, Any]:
    """Return the payload that enrols the key `new`; its own author if it signs itself."""
    side = world.sides[party]
    new = side.keys.get("new") or side.make_key("new")
    body: dict[str, Any] = {
        "role": role,
        "suite": "ed25519",
        "public": public_text(new),
        "reason": "routine",
    }
    if role == "service":
        kinds = ["application.asserted", "clock.marked"]
        body |= {"owner": side.person("desk"), "desk": "licensing", "kinds": kinds}
    body = {name: value for name, value in (body | changed).items() if value is not None}
    author = by or ("registrar" if role == "link" else "new")
    return world.payload(party, "machine.enrolled", by=author, body=body)


def row_of(world: World, party: Party, name: str) -> KeyRow:
    row = world.sides[peer_of(party)].replay.rows["key", world.sides[party].keys[name].key]
    assert isinstance(row, KeyRow)
    return row


def test_a_registrar_enrols_a_link_key(world, party):
    accepted(world, party, machine(world, party, "link"))
    row = row_of(world, party, "new")
    assert (row.machine, row.now, row.rooted, row.desk) == ("link", "active", False, "link")


@pytest.mark.parametrize("role", ["node", "service"])
def test_a_node_or_service_key_signs_its_own_enrolment(role, world, party):
    payload = machine(world, party, role)
    for seconds in ((), ("registrar",), ("head", "director"), ("registrar", "desk", "node")):
        assert refusal(world, party, payload, also=seconds) == "persons-missing"
    other = machine(world, party, role, "registrar")
    assert refusal(world, party, other) == "signature-bad", "checked with the key that it states"
    accepted(world, party, payload, also=["registrar", "head"])
    assert row_of(world, party, "new").role == role


def test_a_new_node_key_writes_what_the_node_writes(world, party):
    accepted(world, party, machine(world, party, "node"))
    accepted(world, party, world.payload(party, "peer.seen", by="new"))
    accepted(world, party, world.payload(party, "peer.seen", by="node"))


@pytest.mark.parametrize("role", ["link", "node", "service"])
def test_the_root_enrols_machines_alone(role, world, party):
    by, also = ("root", ()) if role == "link" else ("new", ("root",))
    payload = machine(world, party, role, by)
    assert refusal(world, party, payload, also=also) == "root-threshold"
    accepted(world, party, payload, also=[*also, "root-2"])
    assert row_of(world, party, "new").rooted


@pytest.mark.parametrize("by", ["desk", "oversight", "node", "link"])
def test_others_enrol_no_link_key(by, world, party):
    assert refusal(world, party, machine(world, party, "link", by)) == "role"


def test_a_registrar_is_one_of_those_who_enrol_a_link_key(world, party):
    payload = machine(world, party, "link", "head")
    assert refusal(world, party, payload, also=["director"]) == "persons-missing"
    assert refusal(world, party, machine(world, party, "link"), also=()) == "persons-missing"
    accepted(world, party, payload, also=["registrar"])


def test_a_service_has_an_owner_a_desk_and_kinds(world, party):
    accepted(world, party, machine(world, party, "service"))
    row = row_of(world, party, "new")
    assert (row.owner, row.desk) == (world.sides[party].person("desk"), "licensing")
    assert row.kinds == ("application.asserted", "clock.marked")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"owner": None}, "entry-malformed"),
        ({"desk": None}, "entry-malformed"),
        ({"kinds": None}, "entry-malformed"),
        ({"kinds": []}, "entry-malformed"),
        ({"kinds": ["a.b"] * 7}, "entry-malformed"),
        ({"kinds": ["Everything"]}, "entry-malformed"),
        ({"reason": "stated-at-home"}, "entry-malformed"),
        ({"owner": "f" * 32}, "person-unknown"),
    ],
)
def test_a_service_without_one_of_them_is_refused(changed, code, world, party):
    payload = machine(world, party, "service", **changed)
    assert refusal(world, party, payload) == code


@pytest.mark.parametrize("role", ["link", "node"])
@pytest.mark.parametrize(
    "stated", [{"owner": "a" * 32}, {"desk": "licensing"}, {"kinds": ["clock.marked"]}]
)
def test_other_machines_state_none_of_them(role, stated, world, party):
    payload = machine(world, party, role, **stated)
    assert refusal(world, party, payload) == "entry-malformed"


def test_the_owner_is_a_person_of_the_same_side(world, party):
    theirs = world.sides[peer_of(party)].person("desk")
    payload = machine(world, party, "service", owner=theirs)
    assert refusal(world, party, payload) == "owner"
    body = {"person": world.sides[party].person("desk")}
    accepted(world, party, world.payload(party, "person.left", by="head", body=body))
    payload = machine(world, party, "service")
    assert refusal(world, party, payload) == "person-ended"


NUMBER = "FIKTIV-26-0000001"


def asserted(world: World, party: Party, by: str = "new") -> dict[str, Any]:
    """Return the payload of a statement on an application."""
    body = {"number": NUMBER, "as_of": "2026-11-23", "state": "review", "source": "bureau"}
    return world.payload(party, "application.asserted", by=by, body=body)


def test_a_service_writes_the_kinds_of_its_list(world, party):
    accepted(world, party, machine(world, party, "service"))
    accepted(world, party, asserted(world, party))
    linked = {"number": NUMBER, "former": "FIKTIV-26-0000002", "basis": "refiled"}
    other = world.payload(party, "application.linked", by="new", body=linked)
    assert refusal(world, party, other) == "service-kind"


def test_a_service_writes_no_other_kind(world, party):
    accepted(world, party, machine(world, party, "service"))
    thread = world.open_thread(party).leaf.thread
    closed = world.payload(party, "thread.closed", by="new", thread=thread, body={})
    assert refusal(world, party, closed) == "role"
    assert refusal(world, party, world.payload(party, "peer.seen", by="new")) == "role"
    stop = world.suspension(party, "desk", "new")
    assert refusal(world, party, stop) == "role"


def test_a_service_is_enrolled_for_kinds_that_services_write(world, party):
    for kind in ("note.posted", "deadline.moved", "nothing.known"):
        payload = machine(world, party, "service", kinds=["clock.marked", kind])
        assert refusal(world, party, payload) == "service-kind"
    everything = sorted(SERVICE_KINDS)
    accepted(world, party, machine(world, party, "service", kinds=everything))


def test_a_service_ends_with_its_owner(world, party):
    accepted(world, party, machine(world, party, "service"))
    accepted(world, party, asserted(world, party))
    body = {"person": world.sides[party].person("desk")}
    left = world.payload(party, "person.left", by="head", body=body)
    accepted(world, party, left, also=["second-registrar"])
    assert refusal(world, party, asserted(world, party)) == "service-kind"


@pytest.mark.parametrize("name", ["desk", "registrar", "root", "node", "link"])
def test_a_machine_has_a_key_of_nobody_else(name, world, party):
    public = public_text(world.sides[party].keys[name])
    link = machine(world, party, "link", public=public)
    assert refusal(world, party, link) == "key-known"
    node = machine(world, party, "node", name, public=public)
    assert refusal(world, party, node, also=["second-registrar", "head"]) == "key-known"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"public": "AAA"}, "key-malformed"),
        ({"public": "AAAA"}, "key-malformed"),
        ({"suite": "ml-dsa-44"}, "suite-unsupported"),
    ],
)
def test_a_machines_key_that_is_none_is_refused(changed, code, world, party):
    assert refusal(world, party, machine(world, party, "link", **changed)) == code
    node = machine(world, party, "node", **changed)
    assert refusal(world, party, node) == code


def test_a_service_is_stopped_by_its_desk(world, party):
    accepted(world, party, machine(world, party, "service"))
    stop = world.suspension(party, "new", "other-desk", reason="suspected")
    assert refusal(world, party, stop) == "role"
    assert refusal(world, party, stop, also=["link"]) == "role"
    accepted(world, party, world.suspension(party, "new", "clerk", reason="suspected"))
    assert row_of(world, party, "new").now == "suspended"


@pytest.mark.parametrize("which", ["link", "new"])
def test_a_link_key_founded_or_enrolled_is_stopped_and_ended(which, world, party):
    accepted(world, party, machine(world, party, "link"))
    without_leader = world.suspension(party, which, "clerk", reason="lost")
    assert refusal(world, party, without_leader, also=["desk"]) == "persons-missing"
    lost = world.suspension(party, which, reason="lost")
    assert refusal(world, party, lost) == "persons-missing"
    stop = accepted(world, party, lost, also=["desk"])
    assert row_of(world, party, which).now == "suspended"
    accepted(world, party, world.restoration(party, stop, reason="found"), also=["registrar"])
    assert row_of(world, party, which).now == "active"
    accepted(world, party, world.revocation(party, which, reason="replaced"), also=["registrar"])
    assert row_of(world, party, which).now == "revoked"
    late = world.suspension(party, which, reason="lost")
    assert refusal(world, party, late, also=["desk"]) == "key-ended"
