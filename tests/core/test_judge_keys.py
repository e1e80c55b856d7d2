"""The judge on signatures and the enrolment of persons' keys. By rule 2, and K10."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pytest

from special_channel.core.bytes import suites
from special_channel.core.bytes.dsse import Signature, decode
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import PRIVATE_KINDS, SHARED_KINDS
from special_channel.core.kinds.directory import MAX_PERSON_KEYS
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, part_refs, sign
from special_channel.core.rules.persons import ACTS
from special_channel.core.rules.private import SECOND_ROLES
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.signers import check_key
from special_channel.core.rules.state import person_key
from tests.core.judging import accepted, code_of, opening, refusal, signing
from tests.world import World

# Signatures --------------------------------------------------------------------------


def test_a_valid_entry_is_valid_on_both_sides(world):
    world.append("eu", opening(world), [world.text("x", "subject")])
    world.exchange()
    assert set(world.cn.verdicts.values()) == {""}


@pytest.mark.parametrize("suite", ["ed25519", "es256"])
def test_officials_sign_by_either_suite(suite):
    world = World.founded(suite)
    thread = world.open_thread("cn")
    world.exchange()
    assert world.eu.verdicts[thread.position] == ""


def test_an_entry_meant_for_another_log_is_refused(world):
    payload = opening(world, log=world.cn.origin, seen=[])
    assert refusal(world, "eu", payload, [world.text("x", "subject")]) == "entry-other-log"


def test_an_entry_stands_once(world):
    thread = world.open_thread("eu")
    assert code_of(world.append_signed, "eu", thread.submission) == "entry-duplicate"


def test_an_author_who_did_not_sign_is_refused(world):
    payload = opening(world) | {"by": world.eu.keys["clerk"].key}
    parts = [world.text("x", "subject")]
    payload["parts"] = part_refs(parts)
    signed = sign(payload, [world.eu.keys["desk"]], parts)
    assert code_of(world.append_signed, "eu", signed) == "signature-missing"


def test_a_key_of_the_other_party_signs_nothing_here(world):
    parts = [world.text("x", "subject")]
    payload = opening(world) | {"parts": part_refs(parts)}
    signed = sign(payload, [world.eu.keys["desk"], world.cn.keys["desk"]], parts)
    assert code_of(world.append_signed, "eu", signed) == "owner"


def test_a_wrong_signature_is_refused(world):
    thread = opening(world)
    parts = [world.text("x", "subject")]
    signed = sign(thread | {"parts": part_refs(parts)}, [world.eu.keys["desk"]], parts)
    envelope = decode(signed.envelope)
    bad = replace(envelope, signatures=(Signature(world.eu.keys["desk"].key, bytes(64)),))
    code = code_of(world.append_signed, "eu", Submission(bad.encode(), signed.parts))
    assert code == "signature-bad"


def test_a_key_that_nobody_enrolled_is_unknown(world):
    world.eu.make_key("stranger")
    payload = opening(world, by="stranger")
    assert refusal(world, "eu", payload, [world.text("x", "subject")]) == "key-unknown"


def test_a_key_enrolled_later_was_unknown_then(world):
    """The judge knows the key by now, but the signed entry's past does not."""
    signer = world.eu.make_key("newcomer")
    before = world.cn.mirror.size
    world.enrol("eu", "newcomer")
    world.exchange()
    payload = world.payload("cn", "note.translated", seen=[])
    assert payload["by"] != signer.key
    assert before < world.cn.mirror.size
    row = world.cn.replay.rows["key", signer.key]
    assert isinstance(row, KeyRow)
    assert row.standing(Past("cn", 99, before)) == "unknown"
    assert row.standing(Past("cn", 99, before + 2)) == row.now == "active"


@pytest.mark.parametrize("kind", sorted(SHARED_KINDS))
def test_a_role_signs_its_kinds_alone(kind, world):
    """Oversight reads; it signs nothing in a shared log but what ends its own function or key."""
    own = {"role.ended", "key.suspended", "key.revoked"}
    assert "oversight" not in MAY_SIGN[kind] or kind in own
    payload = world.payload("eu", "peer.seen", by="oversight")
    assert code_of(world.append, "eu", payload) == "role"


def test_every_kind_says_who_may_sign_it():
    assert MAY_SIGN.keys() == SHARED_KINDS | PRIVATE_KINDS
    assert {*ACTS, *SECOND_ROLES} <= MAY_SIGN.keys()


# Enrolment ---------------------------------------------------------------------------


def enrolment(world: World, party: Party, key: str = "new", **changed: Any) -> dict[str, Any]:
    """Return the payload that enrols a further key of the desk's official."""
    side = world.sides[party]
    if key not in side.keys:
        side.make_key(key)
    return world.enrolment(party, "desk", key, **changed)


def test_an_enrolment_needs_the_registrar(world, party):
    payload = enrolment(world, party)
    for seconds in ((), ("registrar",), ("head", "desk"), ("clerk", "director"), ("node",)):
        assert refusal(world, party, payload, also=seconds) == "persons-missing"
    accepted(world, party, payload, also=["second-registrar", "desk"])
    assert signing(world, party, "new") == ""


def test_an_enrolment_says_who_confirmed_it(world, party):
    accepted(world, party, enrolment(world, party), also=["registrar", "clerk"])
    side = world.sides[party]
    for rows in (world.eu.replay.rows, world.cn.replay.rows):
        row = rows["key", side.keys["new"].key]
        assert isinstance(row, KeyRow)
        assert set(row.confirmed) == {side.keys[name].key for name in ("registrar", "clerk")}
        assert (row.person, row.number, row.rooted) == (side.person("desk"), 3, False)
        person = rows[person_key(party, side.person("desk"))]
        assert isinstance(person, PersonRow)
        assert person.keys == (side.keys["desk"].key, side.keys["new"].key)


def test_the_new_key_signs_its_enrolment(world, party):
    payload = enrolment(world, party)
    signed = sign(payload, [world.sides[party].keys["registrar"]], [])
    assert code_of(world.append_signed, party, signed) == "signature-missing"


def test_a_key_needs_a_person_with_a_function(world, party):
    world.sides[party].make_key("newcomer")
    payload = world.enrolment(party, "newcomer")
    assert refusal(world, party, payload) == "person-unknown"
    world.grant(party, "newcomer")
    body = {"person": world.sides[party].person("newcomer"), "grant": 1, "reason": "ended"}
    world.append(party, world.payload(party, "role.ended", by="head", body=body))
    payload = world.enrolment(party, "newcomer")
    assert refusal(world, party, payload) == "person-unknown"
    world.grant(party, "newcomer", grant=2)
    accepted(world, party, world.enrolment(party, "newcomer"))
    assert signing(world, party, "newcomer") == "grant-ended"
    assert signing(world, party, "newcomer", 2) == ""


@pytest.mark.parametrize(
    "name", ["desk", "clerk", "registrar", "root", "node", "checkpoint", "link"]
)
def test_a_key_is_enrolled_once_in_whatever_role(name, world, party):
    payload = enrolment(world, party, name)
    assert refusal(world, party, payload, also=["second-registrar", "head"]) == "key-known"


def test_a_key_that_ended_is_not_enrolled_again(world, party):
    world.append(party, world.revocation(party, "desk"), also=["registrar"])
    payload = enrolment(world, party, "desk")
    assert refusal(world, party, payload) == "key-known"


def test_a_person_has_at_most_eight_active_keys(world, party):
    for n in range(2, 9):
        accepted(world, party, enrolment(world, party, f"key {n}"))
    ninth = enrolment(world, party, "key 9")
    assert refusal(world, party, ninth) == "key-count"
    accepted(world, party, world.suspension(party, "key 8"))
    assert refusal(world, party, ninth) == "key-count"
    accepted(world, party, world.revocation(party, "key 8"), also=["registrar"])
    accepted(world, party, ninth)


def test_a_person_has_a_bounded_number_of_keys_in_all(world):
    """Every act on a person reads all keys of that person."""
    for n in range(2, MAX_PERSON_KEYS + 1):
        world.append("eu", enrolment(world, "eu", f"key {n}"))
        world.append("eu", world.revocation("eu", f"key {n}"), also=["registrar"])
    world.exchange()
    assert refusal(world, "eu", enrolment(world, "eu")) == "key-count"


def test_a_key_id_is_that_of_its_public_key(world, party):
    side = world.sides[party]
    private = side.make_key("other").private
    side.keys["new"] = Signer(suites.key_id(party, "ed25519", b"x" * 32), private)
    payload = world.enrolment(party, "desk", "new")
    assert refusal(world, party, payload) == "key-id"


def test_a_weak_key_is_refused(world, party):
    """The point of order 1: any signature would verify for somebody."""
    identity = bytes([1]) + bytes(31)
    side = world.sides[party]
    private = side.make_key("other").private
    side.keys["new"] = Signer(suites.key_id(party, "ed25519", identity), private)
    payload = enrolment(world, party, public=b64encode(identity).decode())
    code = refusal(world, party, payload, also=["registrar"])
    assert code in {"key-weak", "signature-bad"}
    with pytest.raises(RuleBroken, match="key-weak"):
        check_key("ed25519", b64encode(identity).decode())


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"suite": "ml-dsa-44"}, "suite-unsupported"),
        ({"public": "AAA"}, "key-malformed"),
        ({"rp": "client.example"}, "entry-malformed"),
        ({"rp": "Client.example"}, "entry-malformed"),
        ({"person": "desk"}, "entry-malformed"),
        ({"role": "head"}, "field-unknown"),
    ],
)
def test_an_enrolment_of_no_use_is_refused(changed, code, world, party):
    payload = enrolment(world, party, **changed)
    assert refusal(world, party, payload) == code


def test_signatures_of_one_key_count_once(world, party):
    """An envelope with two of them is none."""
    signed = sign(enrolment(world, party), [world.sides[party].keys["new"]], [])
    envelope = decode(signed.envelope)
    with pytest.raises(Malformed, match="envelope-malformed"):
        replace(envelope, signatures=envelope.signatures * 2)
