"""The judge on signatures and keys: founding, enrolment, keys that stop. By rule 2."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core.bytes import canonical, suites
from special_channel.core.bytes.dsse import Signature, decode
from special_channel.core.bytes.suites import PrivateKey
from special_channel.core.entries import PRIVATE_KINDS, SHARED_KINDS, parse
from special_channel.core.replay.judge import _judge_key_id
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, part_refs, sign
from special_channel.core.rules.roles import MAY_SIGN, TWO_PERSONS
from tests.core.judging import code_of, opening, refusal
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
    assert row.standing(Past("cn", 99, before + 1)) == row.now == "active"


@pytest.mark.parametrize("kind", sorted(SHARED_KINDS))
def test_a_role_signs_its_kinds_alone(kind, world):
    """Oversight reads; it signs nothing in a shared log but its own enrolment."""
    assert "oversight" not in MAY_SIGN[kind] or kind == "key.enrolled"
    payload = world.payload("eu", "peer.seen", by="oversight")
    assert code_of(world.append, "eu", payload) == "role"


def test_every_kind_says_who_may_sign_it():
    assert MAY_SIGN.keys() == SHARED_KINDS | PRIVATE_KINDS
    assert TWO_PERSONS.keys() <= MAY_SIGN.keys()


# Founding ----------------------------------------------------------------------------


def founding(world: World, **changed: Any) -> dict[str, Any]:
    whole = World()
    payload = dict(whole.found("eu").payload)
    return payload | {"body": payload["body"] | changed}


def test_a_party_is_founded_once_at_the_beginning(world):
    again = founding(world, private="eu.channel.example/other")
    assert code_of(world.append, "eu", again) == "founding-place"
    fresh = World()
    assert code_of(fresh.append, "eu", founding(fresh, party="cn")) == "founding-place"


def test_nothing_comes_before_the_founding():
    world = World()
    assert code_of(world.enrol, "eu", "desk") == "key-unknown"


def test_a_root_that_is_not_pinned_founds_nothing():
    world = World()
    impostor = world.eu.make_key("impostor")
    payload = founding(world) | {"by": impostor.key}
    public = b64encode(impostor.private.public).decode()
    payload["body"] = payload["body"] | {"public": public}
    assert code_of(world.append, "eu", payload) == "root-untrusted"
    also = founding(World())
    assert code_of(world.append, "eu", also, also=["registrar"]) == "key-unknown"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda keys: [*keys, keys[0]], "entry-malformed", id="a role twice"),
        pytest.param(lambda keys: [*keys[:4], keys[0]], "entry-malformed", id="a role missing"),
        pytest.param(
            lambda keys: [key | {"public": "AAAA"} for key in keys], "key-malformed", id="no key"
        ),
        pytest.param(
            lambda keys: [
                key | {"public": "A="} if key["role"] == "x" else key | {"public": "AAA"}
                for key in keys
            ],
            "key-malformed",
            id="no base64",
        ),
        pytest.param(
            lambda keys: [
                {name: value for name, value in key.items() if name != "name"} for key in keys
            ],
            "entry-malformed",
            id="a checkpoint key without a name",
        ),
    ],
)
def test_the_founded_keys_are_one_a_role_and_usable(change, code):
    world = World()
    keys = founding(world)["body"]["keys"]
    assert code_of(world.append, "eu", founding(world, keys=change(keys))) == code


def test_checkpoints_are_signed_by_ed25519_alone():
    world = World()
    keys = founding(world)["body"]["keys"]
    es256 = PrivateKey.from_seed("es256", sha256(b"es256").digest())
    other = {"suite": "es256", "public": b64encode(es256.public).decode()}
    changed = [key | other if key["role"] == "checkpoint" else key for key in keys]
    assert code_of(world.append, "eu", founding(world, keys=changed)) == "entry-malformed"


# Enrolment ---------------------------------------------------------------------------


def enrolment(world: World, signer: Signer, **changed: Any) -> dict[str, Any]:
    world.eu.keys["new"] = signer
    body = {
        "suite": signer.private.suite,
        "public": b64encode(signer.private.public).decode(),
        "role": "desk",
        "unit": "Unit A.1",
        "desk": "licensing",
    }
    return world.payload("eu", "key.enrolled", by="new", body=body | changed)


def test_an_enrolment_needs_the_registrar(world):
    payload = enrolment(world, world.eu.make_key("new"))
    assert code_of(world.append, "eu", payload) == "signature-missing"
    assert code_of(world.append, "eu", payload, also=["head"]) == "signature-missing"
    world.append("eu", payload, also=["second-registrar"])


def test_a_key_is_enrolled_once(world):
    world.append("eu", enrolment(world, world.eu.make_key("new")), also=["registrar"])
    again = enrolment(world, world.eu.keys["new"], desk="customs")
    assert code_of(world.append, "eu", again, also=["registrar"]) == "key-known"


def test_a_key_id_is_that_of_its_public_key(world):
    other = PrivateKey.from_seed("ed25519", sha256(b"other").digest())
    signer = Signer(suites.key_id("eu", "ed25519", b"x" * 32), other)
    assert code_of(world.append, "eu", enrolment(world, signer), also=["registrar"]) == "key-id"


def test_a_weak_key_is_refused(world):
    """The point of order 1: any signature would verify for somebody."""
    identity = bytes([1]) + bytes(31)
    key = world.eu.make_key("new")
    weak = Signer(suites.key_id("eu", "ed25519", identity), key.private)
    payload = enrolment(world, weak, public=b64encode(identity).decode())
    code = code_of(world.append, "eu", payload, also=["registrar"])
    assert code in {"key-weak", "signature-bad"}
    assert code_of(_judge_key_id, parse(canonical.dumps(payload))) == "key-weak"


def test_an_unknown_suite_is_said_to_be_so(world):
    payload = enrolment(world, world.eu.make_key("new"), suite="ml-dsa-44")
    assert refusal(world, "eu", payload, also=["registrar"]) == "suite-unsupported"


def test_a_public_key_that_is_no_base64_is_refused(world):
    payload = enrolment(world, world.eu.make_key("new"), public="AAA")
    assert code_of(world.append, "eu", payload, also=["registrar"]) == "key-malformed"


# Keys that stop ----------------------------------------------------------------------


def act(world: World, kind: str, target: str, by: str = "head", party="eu") -> dict[str, Any]:
    body = {"key": world.sides[party].keys[target].key, "reason": "device-lost"}
    return world.payload("eu", kind, by=by, body=body)


@pytest.mark.parametrize(
    ("kind", "code"), [("key.suspended", "key-suspended"), ("key.revoked", "key-revoked")]
)
def test_a_stopped_key_signs_nothing_more_until_it_is_restored(kind, code, world):
    how = {} if kind == "key.suspended" else {"also": ["registrar"]}
    world.append("eu", act(world, kind, "desk"), **how)
    assert refusal(world, "eu", opening(world), [world.text("x", "subject")]) == code
    world.append("eu", act(world, "key.restored", "desk"), also=["registrar"])
    world.open_thread("eu")
    world.exchange()
    assert world.eu.digest == world.cn.digest


def test_anyone_of_its_desk_suspends_a_key_at_once(world):
    world.append("eu", act(world, "key.suspended", "desk", "clerk"))
    world.append("eu", act(world, "key.suspended", "clerk", "clerk"))
    other = act(world, "key.suspended", "head", "other-desk")
    assert refusal(world, "eu", other) == "role"


def test_two_persons_revoke_and_restore(world):
    for kind in ("key.revoked", "key.restored"):
        assert refusal(world, "eu", act(world, kind, "desk")) == "signature-missing"
        assert code_of(world.append, "eu", act(world, kind, "desk"), also=["clerk"]) == (
            "signature-missing"
        )


def test_nobody_revokes_or_restores_the_own_key(world):
    for kind in ("key.revoked", "key.restored"):
        payload = act(world, kind, "head")
        assert code_of(world.append, "eu", payload, also=["registrar"]) == "role"


def test_a_nodes_own_keys_are_not_stopped_this_way(world):
    for role in ("root", "node", "checkpoint", "cosigning"):
        assert code_of(world.append, "eu", act(world, "key.suspended", role)) == "role"
        revoked = act(world, "key.revoked", role)
        assert code_of(world.append, "eu", revoked, also=["registrar"]) == "role"


@pytest.mark.parametrize("which", ["link", "new"])
def test_a_link_key_founded_or_enrolled_is_suspended_restored_and_revoked(which, world):
    enrolled = enrolment(world, world.eu.make_key("new"), role="link", desk="machines")
    world.append("eu", enrolled, also=["registrar"])
    for kind, also, standing in (
        ("key.suspended", [], "suspended"),
        ("key.restored", ["registrar"], "active"),
        ("key.revoked", ["registrar"], "revoked"),
    ):
        world.append("eu", act(world, kind, which), also=also)
        world.exchange()
        for side in (world.eu, world.cn):
            assert side.replay.rows["key", world.eu.keys[which].key].now == standing
    assert code_of(world.append, "eu", act(world, "key.suspended", which, by="clerk")) == "role"


def test_a_side_stops_its_own_keys_alone(world):
    assert code_of(world.append, "eu", act(world, "key.suspended", "desk", party="cn")) == "owner"


def test_a_key_that_is_not_enrolled_can_not_be_stopped(world):
    world.eu.make_key("stranger")
    assert code_of(world.append, "eu", act(world, "key.suspended", "stranger")) == "reference"
